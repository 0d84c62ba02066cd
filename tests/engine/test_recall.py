"""An alert that stands again, after its end was taken back, reaches somebody who is there now."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery
from pathway.record.shift import Duty, Shift
from tests.engine.truth import assert_true
from tests.factories import START, duty, happen, teller, user
from tests.factories import case as a_case

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
BACK = START + 80 * MINUTE
pytestmark = pytest.mark.django_db


def sweep(at):
    with clock.at(at):
        tick()


def alerts(case):
    found = Alert.objects.filter(case=case, clock__standard="contact_a").order_by("rung")
    return [(each.level, each.why, each.passed_why, each.nobody) for each in found]


def told(person):
    mine = Delivery.objects.filter(user=person, alert__clock__standard="contact_a")
    return list(mine.order_by("told_at", "alert__rung").values_list("alert__level", "told_at"))


@pytest.fixture
def person(unit):
    """Who holds every role of the contact clock."""
    found = user("clinician", unit.organisation)
    for role in ("nurse in charge", "coordinator", "on-call consultant", "MSCC lead"):
        duty(unit, role, found)
    return found


@pytest.fixture
def fixed(unit):
    """Who is told where nobody holds a role."""
    unit.fixed_contact = user("clinician", unit.organisation)
    unit.save()
    return unit.fixed_contact


@pytest.fixture
def told_once(unit, person):
    """`told_once(minutes)`: a case whose contact clock was told by then, and ended; with the entry that ended it."""

    def told_once(minutes):
        case = a_case(place=unit)
        for each in range(30, minutes + 1, 15):
            sweep(START + each * MINUTE)
        return case, happen(case, "contact.made", at=START + (minutes + 2) * MINUTE)

    return told_once


def take_back(entry, at=BACK):
    with clock.at(at):
        correct(entry, by=teller(entry.case.organisation), why="another patient", withdrawn=True)
        assert_true(entry.case)


def test_whoever_has_left_is_not_told_again_and_a_level_without_anybody_is_passed_at_once(told_once, person, fixed):
    case, entry = told_once(30)
    assert alerts(case) == [("E1", "time", "", False)]
    Duty.objects.all().delete()
    person.is_active = False
    person.save()
    take_back(entry, at=START + 40 * MINUTE)
    sweep(START + 40 * MINUTE)
    assert alerts(case) == [("E1", "time", "empty", True), ("E3", "empty", "", True)]
    assert told(person) == [("E1", START + 30 * MINUTE)]
    assert told(fixed) == [("E3", START + 40 * MINUTE)]


def test_whoever_is_off_duty_is_told_again_and_the_last_level_reaches_the_fixed_contact_at_once(
    told_once, person, fixed
):
    case, entry = told_once(60)
    assert told(fixed) == []
    Duty.objects.all().delete()
    take_back(entry)
    sweep(BACK)
    assert [level for level, at in told(person) if at == BACK] == ["E1", "E3"]
    assert told(fixed) == [("E3", BACK)]
    assert alerts(case)[-1][3], "nobody was on duty for it"


def test_whoever_comes_on_duty_after_it_is_told_by_the_next_minute(told_once, unit, person):
    _, entry = told_once(60)
    Duty.objects.all().delete()
    take_back(entry)
    sweep(BACK)
    relief = user("clinician", unit.organisation)
    begins = BACK + 5 * MINUTE
    Shift.objects.create(
        kind="extra", unit=unit, role="on-call consultant", user=relief, starts_at=begins, ends_at=begins + 60 * MINUTE
    )
    sweep(begins + SECOND)
    assert told(relief) == [("E3", begins + SECOND)]


def test_while_somebody_is_on_duty_it_is_passed_on_to_nobody(told_once, person, fixed):
    case, entry = told_once(30)
    take_back(entry, at=START + 40 * MINUTE)
    sweep(START + 40 * MINUTE)
    assert alerts(case) == [("E1", "time", "", False)]
    assert told(fixed) == []


def test_the_last_level_that_nobody_holds_counts_as_unanswered_at_once(told_once, person):
    case, entry = told_once(60)
    Duty.objects.all().delete()
    take_back(entry)
    sweep(BACK)
    assert case.alerts.get(clock__standard="contact_a", level="E3").unanswered_at == BACK
    with clock.at(BACK):
        assert_true(case)
