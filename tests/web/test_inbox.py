"""The inbox: what is told, what is read, and acknowledging."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import protocol
from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.notify.inbox import inbox, seen, unread
from pathway.record.alert import Alert, Delivery
from pathway.web.alerts import LENGTHS
from tests import factories


@pytest.fixture
def case(unit, coordinator):
    """A case whose contact clock is amber; the coordinator was told."""
    for role in ("coordinator", "MSCC lead"):
        factories.duty(unit, role, coordinator)
    made = factories.case(at=clock.now() - timedelta(minutes=40), place=unit)
    tick()
    return made


@pytest.fixture
def alert(case):
    return case.alerts.get()


def pages(client, user):
    client.force_login(user)
    return client.get(reverse("inbox")).content.decode()


def test_a_message_says_level_clock_patient_and_the_move_that_ends_it(client, coordinator, case):
    text = pages(client, coordinator)
    assert "E1: limit near: Speak to the coordinator" in text
    assert case.patient.name in text
    assert (
        f'<a href="{reverse("case", args=[case.uuid])}#track-contact">Record contact with the coordinator</a>' in text
    )
    assert "I am acting for 15 min" in text
    assert "1</span> unread" in text


def test_reading_the_inbox_neither_acknowledges_nor_marks_as_read(client, coordinator, alert):
    pages(client, coordinator)
    client.get(reverse("alert", args=[alert.uuid]))
    client.head(reverse("alert", args=[alert.uuid]))
    assert Alert.objects.get().acknowledged_at is None
    assert unread(coordinator) == 1


def test_opening_the_case_marks_as_read_but_does_not_acknowledge(client, coordinator, case):
    client.force_login(coordinator)
    client.get(reverse("case", args=[case.uuid]))
    assert unread(coordinator) == 0
    assert Alert.objects.get().acknowledged_at is None


def test_acknowledging_holds_for_the_interval_of_the_rung(client, coordinator, alert):
    client.force_login(coordinator)
    answer = client.post(reverse("alert", args=[alert.uuid]), follow=True)
    done = Alert.objects.get()
    assert done.acknowledged_by == str(coordinator)
    assert timedelta(minutes=14) < done.acting_until - clock.now() <= timedelta(minutes=15)
    assert unread(coordinator) == 0
    text = answer.content.decode()
    assert "The clock runs on." in text
    assert "Somebody acts" in text
    assert "I am acting for" not in text


def test_acknowledging_for_longer_and_back_to_the_case(client, coordinator, case, alert):
    client.force_login(coordinator)
    answer = client.post(reverse("alert", args=[alert.uuid]), {"minutes": "240", "back": "case"})
    assert answer.url == reverse("case", args=[case.uuid])
    assert Alert.objects.get().acting_until - clock.now() > timedelta(minutes=239)


def test_a_second_submit_is_harmless(client, coordinator, alert):
    client.force_login(coordinator)
    for _ in range(2):
        assert client.post(reverse("alert", args=[alert.uuid])).status_code == 302
    assert Alert.objects.count() == 1


def test_a_length_that_is_not_offered_is_refused(client, coordinator, alert):
    client.force_login(coordinator)
    assert "There is a problem" in client.post(reverse("alert", args=[alert.uuid]), {"minutes": "9"}).content.decode()
    assert Alert.objects.get().acknowledged_at is None


def test_somebody_else_is_told_who_acts_already(client, coordinator, clinician, alert):
    client.force_login(coordinator)
    client.post(reverse("alert", args=[alert.uuid]))
    client.force_login(clinician)
    answer = client.post(reverse("alert", args=[alert.uuid]))
    assert answer.status_code == 409
    assert f"{coordinator} is acting on this until" in answer.content.decode()


def test_who_may_not_act_is_refused(client, manager, outsider, alert):
    address = reverse("alert", args=[alert.uuid])
    client.force_login(manager)
    assert client.post(address).status_code == 403
    client.force_login(outsider)
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    assert Alert.objects.get().acknowledged_at is None


def test_when_the_clock_ends_the_message_stands_down_and_says_why(client, coordinator, case, alert):
    factories.happen(case, "contact.made")
    text = pages(client, coordinator)
    assert "Nothing to act on" in text
    assert "clock ended" in text
    assert unread(coordinator) == 0
    assert client.post(reverse("alert", args=[alert.uuid])).status_code == 409
    assert "This alert stood down" in client.get(reverse("alert", args=[alert.uuid])).content.decode()


def test_a_higher_rung_takes_the_place_of_the_one_before(coordinator, unit):
    factories.duty(unit, "coordinator", coordinator)
    start = factories.START
    factories.case(at=start, place=unit)
    for minutes in (30, 60):
        with clock.at(start + timedelta(minutes=minutes)):
            tick()
    shown = inbox(coordinator)
    assert Delivery.objects.count() == 2
    assert [message.alert.level for message in shown.standing] == ["E3"]
    assert unread(coordinator) == 1


def test_only_ones_own_messages_of_ones_own_organisation_are_shown(coordinator, clinician, case):
    assert inbox(clinician).standing == []
    coordinator.organisation = factories.organisation()
    coordinator.save()
    assert inbox(coordinator).standing == []
    assert unread(coordinator) == 0


def test_seeing_one_case_leaves_the_messages_of_others_unread(coordinator, unit, case):
    other = factories.case(at=clock.now() - timedelta(minutes=40), place=unit)
    tick()
    seen(coordinator, other)
    assert unread(coordinator) == 1


def test_the_page_asks_for_the_list_alone(client, coordinator, case):
    client.force_login(coordinator)
    text = client.get(reverse("inbox"), headers={"X-Background": "1"}).content.decode()
    assert text.startswith("<div data-read-at=")
    assert "<html" not in text


def test_every_rung_waits_for_a_length_that_can_be_chosen():
    intervals = {
        rung.acknowledge for version in protocol.VERSIONS.values() for each in version.all for rung in each.ladder
    }
    assert {str(int(interval.total_seconds() // 60)) for interval in intervals} <= LENGTHS.keys()
