"""Acknowledging: it says who acts and until when, lapses, and ends nothing."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.refused import NotAllowed, Refused
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.clock import Clock
from tests.engine.truth import assert_true
from tests.factories import START, duty, happen
from tests.factories import case as a_case

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RAISED = START + 30 * MINUTE
pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(unit, coordinator, clinician):
    duty(unit, "coordinator", coordinator)
    duty(unit, "coordinator", clinician)
    case = a_case(place=unit)
    with clock.at(RAISED):
        tick()
    return Alert.objects.get(case=case)


def take(alert, by, at=RAISED + MINUTE, until=None):
    with clock.at(at):
        return acknowledge(alert, by=by, until=until)


def test_it_says_who_acts_until_when_and_ends_nothing(alert, coordinator):
    take(alert, coordinator)
    kept = Alert.objects.get(pk=alert.pk)
    assert (kept.acknowledged_by, kept.acknowledged_at) == (str(coordinator), RAISED + MINUTE)
    assert kept.acting_until == RAISED + 16 * MINUTE, "the rung's own interval"
    assert kept.stood_down_at is None
    assert Clock.objects.get(pk=alert.clock_id).ended_at is None
    with clock.at(RAISED + MINUTE):
        assert_true(alert.case)


def test_it_is_read_in_the_inbox_of_that_person_only(alert, coordinator, clinician):
    take(alert, coordinator)
    assert alert.deliveries.get(user=coordinator).read_at == RAISED + MINUTE
    assert alert.deliveries.get(user=clinician).read_at is None


def test_while_somebody_acts_another_is_told_who(alert, coordinator, clinician):
    take(alert, coordinator)
    with pytest.raises(Refused, match=f"{coordinator} is acting on this until 09:46"):
        take(alert, clinician, at=RAISED + 10 * MINUTE)
    take(alert, coordinator, at=RAISED + 10 * MINUTE)


def test_it_lapses(alert, coordinator, clinician):
    take(alert, coordinator)
    take(alert, clinician, at=RAISED + 16 * MINUTE)
    assert Alert.objects.get(pk=alert.pk).acknowledged_by == str(clinician)


def test_it_does_not_keep_the_next_rung_from_being_told(alert, coordinator):
    take(alert, coordinator, until=RAISED + 4 * HOUR)
    with clock.at(START + HOUR):
        tick()
        assert_true(alert.case)
    assert set(Alert.objects.filter(clock=alert.clock).values_list("level", flat=True)) == {"E1", "E3"}


@pytest.mark.parametrize("until", [RAISED, RAISED + MINUTE, RAISED + MINUTE + 4 * HOUR + timedelta(seconds=1)])
def test_the_time_is_ahead_and_within_four_hours(alert, coordinator, until):
    with pytest.raises(Refused, match="within the next four hours"):
        take(alert, coordinator, until=until)


def test_what_has_stood_down_is_not_acknowledged(alert, coordinator):
    happen(alert.case, "contact.made", at=RAISED)
    with pytest.raises(Refused, match="stood down: clock ended"):
        take(alert, coordinator)


def test_only_who_cares_for_patients_acknowledges(alert, manager, auditor):
    for by in (manager, auditor):
        with pytest.raises(NotAllowed):
            take(alert, by)


def test_every_acknowledgement_is_kept_though_the_alert_holds_only_the_newest(alert, coordinator, clinician):
    take(alert, coordinator)
    take(alert, clinician, at=RAISED + 16 * MINUTE, until=RAISED + HOUR)
    rows = list(alert.responses.order_by("pk").values_list("by", "by_uuid", "at", "until"))
    assert rows == [
        (str(coordinator), coordinator.uuid, RAISED + MINUTE, RAISED + 16 * MINUTE),
        (str(clinician), clinician.uuid, RAISED + 16 * MINUTE, RAISED + HOUR),
    ]


def test_an_alert_that_stands_again_keeps_who_had_acknowledged_it(alert, coordinator, clinician):
    take(alert, coordinator)
    event = happen(alert.case, "contact.made", at=RAISED + 2 * MINUTE)
    with clock.at(RAISED + 3 * MINUTE):
        correct(event, by=coordinator, why="another patient", withdrawn=True)
    again = Alert.objects.get(pk=alert.pk)
    assert (again.stood_down_at, again.acknowledged_by) == (None, "")
    assert [each.by for each in again.responses.all()] == [str(coordinator)]
    take(alert, clinician, at=RAISED + 4 * MINUTE)
    assert again.responses.count() == 2


def test_two_people_of_one_name_are_two_people(alert, coordinator, clinician):
    for person in (coordinator, clinician):
        person.first_name, person.last_name = "Same", "Name"
        person.save()
    take(alert, coordinator)
    with pytest.raises(Refused, match="Same Name is acting"):
        take(alert, clinician, at=RAISED + 2 * MINUTE)
    coordinator.last_name = "Married"
    take(alert, coordinator, at=RAISED + 3 * MINUTE)
    assert Alert.objects.get(pk=alert.pk).acknowledged_by == "Same Married"


def test_what_is_refused_is_no_acknowledgement(alert, coordinator, manager):
    with pytest.raises(NotAllowed):
        take(alert, manager)
    with pytest.raises(Refused):
        take(alert, coordinator, until=RAISED)
    assert not alert.responses.exists()
