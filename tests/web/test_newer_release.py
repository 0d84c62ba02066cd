"""A case of a version that only a newer release knows spoils no list, and its own pages say what it is."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from tests import factories


@pytest.fixture
def cases(unit, signed_in, coordinator):
    """Two cases of which the coordinator was told; the first follows a version of a newer release."""
    factories.duty(unit, "coordinator", coordinator)
    made = [factories.case(at=clock.now() - timedelta(minutes=40), place=unit) for _ in range(2)]
    tick()
    Case.objects.filter(pk=made[0].pk).update(protocol="mscc-2099.1", next_standard="of_a_newer_release")
    Alert.objects.filter(case=made[0]).update(protocol="mscc-2099.1")
    Clock.objects.filter(case=made[0], standard="contact_a").update(standard="of_a_newer_release")
    return made


@pytest.mark.parametrize("page", ["worklist", "worklist_table", "inbox", "next"])
def test_every_list_shows_both_and_says_the_clock_by_its_key(signed_in, cases, page):
    answer = signed_in.get(reverse(page))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert all(case.code in text for case in cases)
    assert "of_a_newer_release" in text
    assert "Speak to the coordinator" in text
    assert "a step that only a newer release knows" in text.lower()


def test_the_wall_board_and_the_sheet_of_a_hand_over_name_the_clock_by_its_key(signed_in, cases, clinician):
    unit = cases[0].unit
    sheet = signed_in.post(reverse("new_handover"), {"scope": unit.uuid, "to": clinician.uuid}).url
    for page in (reverse("wall"), sheet):
        text = signed_in.get(page).content.decode()
        assert all(case.code in text for case in cases)
        assert "of_a_newer_release" in text
        assert "Speak to the coordinator" in text


def test_a_row_that_is_read_again_is_no_error(signed_in, cases):
    answer = signed_in.get(reverse("worklist_row", args=[cases[0].uuid]))
    assert answer.status_code == 200
    assert "No deadline" not in answer.content.decode()


def test_its_own_pages_say_that_a_newer_release_is_needed_and_nothing_is_changed(signed_in, cases):
    alert = cases[0].alerts.get()
    asked = [
        signed_in.get(reverse("case", args=[cases[0].uuid])),
        signed_in.get(reverse("alert", args=[alert.uuid])),
        signed_in.post(reverse("alert", args=[alert.uuid]), {"what": "acts", "minutes": "15"}),
        signed_in.get(reverse("ahead", args=[cases[0].uuid, "contact_a"])),
    ]
    assert [answer.status_code for answer in asked] == [409] * 4
    assert all("can only be read by a newer release" in answer.content.decode() for answer in asked)
    alert.refresh_from_db()
    assert alert.acknowledged_at is None
    assert alert.deliveries.get().read_at is None, "what could not be shown was not read"
