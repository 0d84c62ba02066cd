"""The wall board: no name, no number, unanswered first; a screen left to it shows nothing else."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.record.heartbeat import Fault
from pathway.web.session import ACTIVE, STARTED, WALL
from pathway.worklist import wall
from tests import factories


@pytest.fixture
def cases(unit, trust):
    """Three cases: the last to be due has an alert that nobody answers."""
    made = []
    for name, hours in (("Ashdown", 0.2), ("Birch", 3), ("Cedar", 0.1)):
        who = factories.patient(trust, family_name=name, given_names="Quill", local_number=f"H-{name}",
                                local_issuer="Trust", nhs_number=factories.a_number())  # fmt: skip
        made.append(factories.case(at=clock.now() - timedelta(hours=hours), place=unit, who=who))
    tick()
    return made


def test_unanswered_first_then_by_time_and_nothing_that_names_anybody(signed_in, cases):
    first, late, last = cases
    text = signed_in.get(reverse("wall")).content.decode()
    assert text.index(late.code) < text.index(first.code) < text.index(last.code)
    assert text.count("data-pressing") == 1
    assert text.count("Unanswered") == 1
    assert "Speak to the coordinator" in text
    for case in cases:
        patient = case.patient
        for private in (patient.family_name, patient.given_names, patient.nhs_number, patient.number,
                        patient.local_number):  # fmt: skip
            assert private.upper() not in text.upper()
    assert "3 open cases." in text


def test_what_has_no_room_is_counted_and_a_case_that_cannot_be_checked_is_said(signed_in, cases, monkeypatch):
    monkeypatch.setattr(wall, "LINES", 1)
    Fault.objects.create(case=cases[1], error="ValueError()", at=clock.now())
    text = signed_in.get(reverse("wall"), headers={"X-Background": "1"}).content.decode()
    assert "3 open cases; 2 more, due later, are not on this screen." in text
    assert "Not checked" in text
    assert text.count("Unanswered") == 1
    assert "<html" not in text


def test_a_screen_left_to_the_wall_sends_nothing_that_was_typed_on_it(signed_in, cases):
    """A page of the bedside may have left entries on this device; sending them would end the session of the screen."""
    assert "data-lock" in signed_in.get(reverse("wall")).content.decode()
    signed_in.post(reverse("wall"))
    assert "data-lock" not in signed_in.get(reverse("wall")).content.decode()


def test_another_organisation_sees_nothing_and_an_empty_board_says_so(client, outsider, cases):
    client.force_login(outsider)
    text = client.get(reverse("wall")).content.decode()
    assert "No open case." in text
    assert cases[0].code not in text


@pytest.fixture
def left(signed_in, cases):
    """A browser that was left to the wall board, hours ago."""
    assert signed_in.post(reverse("wall")).url == reverse("wall")
    session = signed_in.session
    session[ACTIVE] = session[STARTED] = time.time() - settings.SESSION_IDLE_SECONDS - 3600
    session.save()
    return signed_in


def test_the_board_stays_on_although_nobody_touches_it_but_not_for_ever(left):
    text = left.get(reverse("wall")).content.decode()
    assert "This screen shows the wall board and nothing else." in text
    assert 'data-idle="0"' in text
    assert left.get(reverse("pulse")).status_code == 200
    session = left.session
    session[STARTED] = time.time() - settings.SESSION_COOKIE_AGE
    session.save()
    assert left.get(reverse("wall"), headers={"X-Background": "1"}).status_code == 401


@pytest.mark.parametrize(
    "name", ["worklist", "worklist_table", "next", "inbox", "handovers", "case", "intake", "people"]
)
def test_nothing_else_opens_on_a_screen_that_was_left_to_the_board(left, cases, name):
    address = reverse(name, args=[cases[0].uuid] if name == "case" else [])
    answer = left.get(address, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(reverse("account_login"))
    assert "This screen showed the wall board only, and was signed out." in text
    assert not any(case.patient.family_name.upper() in text.upper() for case in cases)
    assert WALL not in left.session


def test_whoever_signs_in_afterwards_has_a_whole_session_again(left, client, clinician):
    left.get(reverse("worklist"))
    client.force_login(clinician)
    assert client.get(reverse("inbox")).status_code == 200
