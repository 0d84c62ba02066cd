"""The sweeper hears of a case that wakes earlier than it did, and of no other."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.alerts import WAKES, wake
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from tests.engine.truth import assert_true
from tests.factories import START, happen, staff
from tests.factories import case as a_case

MINUTE = timedelta(minutes=1)
AMBER = START + 30 * MINUTE  # of contact_a
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard():
    """How often the sweeper was woken since this was asked last, by a connection of its own."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}, autocommit=True) as listener:
        listener.execute(f"LISTEN {WAKES}")
        yield lambda: len(list(listener.notifies(timeout=0.2)))


def alert_of(case):
    return Alert.objects.get(case=case, clock__standard="contact_a")


def test_a_move_that_makes_a_case_wake_earlier_is_heard_and_no_other(unit, heard):
    case = a_case(place=unit)
    assert heard() == 1, "a new case wakes for the first time"
    happen(case, "contact.made", at=START + 5 * MINUTE)
    assert heard() == 0, "its earliest clock ended: it wakes later"
    happen(case, "case.deteriorated", at=START + 10 * MINUTE)
    assert Case.objects.get(pk=case.pk).wake_at == START + 10 * MINUTE
    assert heard() == 1
    happen(case, "pain.scored", at=START + 11 * MINUTE)
    assert heard() == 0, "it wakes when it did"
    happen(case, "case.entered_in_error", at=START + 12 * MINUTE)
    assert (Case.objects.get(pk=case.pk).wake_at, heard()) == (None, 0)


def test_passing_an_alert_on_is_heard_and_asking_for_time_is_not(unit, heard):
    case, person = a_case(place=unit), staff(unit)
    with clock.at(AMBER):
        tick()
    heard()
    with clock.at(AMBER + MINUTE):
        respond.acknowledge(alert_of(case), by=person, until=AMBER + 20 * MINUTE)
        assert heard() == 0, "the case wakes later"
        respond.acknowledge(alert_of(case), by=person, until=AMBER + 5 * MINUTE)
        assert heard() == 1, "it lapses sooner"
        respond.ask_for_help(alert_of(case), by=person)
        assert heard() == 1
        assert_true(case)
        respond.ask_for_help(alert_of(case), by=person)
        assert heard() == 0, "the sweep will come anyway"


def test_a_case_wakes_with_the_earliest_of_its_clocks_or_not_at_all(unit, heard):
    case = a_case(place=unit)
    first, *others = Clock.objects.filter(case=case, wake_at__isnull=False).order_by("wake_at")
    heard()
    wake(first, None)
    assert (Case.objects.get(pk=case.pk).wake_at, heard()) == (others[0].wake_at, 0)
    for each in others:
        wake(each, None)
    assert (Case.objects.get(pk=case.pk).wake_at, heard()) == (None, 0)
    wake(first, AMBER)
    assert (Case.objects.get(pk=case.pk).wake_at, heard()) == (AMBER, 1)
