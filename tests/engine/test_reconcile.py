"""The signed count of a day: what was due, raised and told, by the rows alone; nobody changes it unseen."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.correct import correct
from pathway.engine.reconcile import catch_up, make
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery
from pathway.record.audit import Audit, Reconciliation
from pathway.record.case import Case
from tests.factories import START, at, duty, happen, user
from tests.factories import case as a_case

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY = date(2026, 3, 2)
EVENING = at("2026-03-03 00:30")
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    """Suspected at 9; swept each ten minutes of its day."""
    duty(unit, "coordinator", user(trust=unit.organisation))
    made = a_case(place=unit)
    sweep_from(START)
    return made


def counted(day=DAY, now=EVENING):
    return make(day, now)


def test_a_day_on_which_all_went_well_is_all_zero(case):
    row = counted()
    assert row.is_zero
    assert str(row) == "2026-03-02: all zero"
    assert row.total("due") == row.total("came") > 0
    assert row.total("raised") == Alert.objects.count()
    assert row.total("told") + row.total("nobody") >= row.total("raised")
    assert list(row.levels) == sorted(row.levels)


def test_what_was_due_and_never_raised_is_missing_at_its_level(case):
    Delivery.objects.all().delete()
    lost = Alert.objects.filter(clock__standard="contact_a")
    levels = set(lost.values_list("level", flat=True))
    lost.delete()
    row = counted()
    assert {level for level, counts in row.levels.items() if counts["missing"]} == levels == {"E1", "E3"}
    assert not row.is_zero
    assert str(row) == "2026-03-02: not zero"


def test_an_alert_of_somebody_on_duty_that_is_in_no_inbox_is_untold(case):
    Alert.objects.update(nobody=False)
    Delivery.objects.all().delete()
    assert counted().total("untold") == Alert.objects.count()


def test_a_clock_that_ended_before_its_time_was_not_due(unit):
    case = a_case(place=unit)
    happen(case, "contact.made", at=START + 20 * MINUTE)
    sweep_from(START)
    assert not Alert.objects.filter(clock__standard="contact_a").exists()
    assert counted().is_zero


def test_what_a_later_entry_changed_is_said_to_be_changed_and_not_missing(unit):
    """The call was typed in as made in time, and the next day as made hours later: nothing was due in between."""
    case = a_case(place=unit)
    event = happen(case, "contact.made", at=START + 20 * MINUTE)
    sweep_from(START)
    with clock.at(at("2026-03-02 23:00")):
        correct(
            event, by=user("coordinator", unit.organisation, "clinician"), why="misread", occurred_at=START + 5 * HOUR
        )
    row = counted()
    assert row.levels["E1"]["changed"] == 1
    assert row.total("missing") == 0


def sweep_from(start, hours=15):
    """Sweep each ten minutes."""
    for minutes in range(0, hours * 60, 10):
        with clock.at(start + minutes * MINUTE):
            tick()


def test_the_day_is_that_of_the_united_kingdom(unit):
    """E1 at 00:20 British Summer Time is 23:20 UTC of the day before."""
    a_case(place=unit, at=at("2026-06-30 22:50"))
    sweep_from(at("2026-06-30 23:00"), hours=2)
    days = {day: counted(date.fromisoformat(day), at("2026-07-02 01:00")).total("raised") for day in
            ("2026-06-30", "2026-07-01")}  # fmt: skip
    assert days["2026-07-01"] == Alert.objects.count() > 0
    assert days["2026-06-30"] == 0


def test_drills_are_left_out(case):
    Case.objects.update(drill=True)
    assert counted().levels == {}


def test_the_audits_of_the_day_are_counted_in(case):
    with clock.at(START + 3 * HOUR):
        audit()
    Audit.objects.update(is_clean=False)
    assert counted().counts["audits"] == {"made": 1, "unclean": 1}


def test_days_that_were_missed_are_made_up_for_and_none_twice(case):
    assert [row.day for row in catch_up(EVENING)] == [DAY]
    assert catch_up(EVENING) == []
    assert [row.day.day for row in catch_up(EVENING + timedelta(days=3))] == [3, 4, 5]
    assert len(catch_up(EVENING + timedelta(days=90))) == 30
    first = Reconciliation.objects.get(day=DAY)
    make(DAY, EVENING + HOUR)
    assert Reconciliation.objects.get(day=DAY).signature == first.signature, "the first count stands"


def test_the_auditor_makes_the_count_of_the_day_before(case):
    with clock.at(EVENING):
        audit()
    assert Reconciliation.objects.get().day == DAY


def reconciled(*arguments):
    said = StringIO()
    call_command("reconcile", *arguments, stdout=said)
    return said.getvalue()


def test_the_command_counts_and_the_check_finds_what_was_changed_since(case):
    with clock.at(EVENING):
        assert reconciled().startswith("2026-03-02: all zero; ")
        assert reconciled("--check").strip().endswith("signature right")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pathway_reconciliation SET counts = jsonb_set(counts, '{late_ms}', '0')")
        cursor.execute("UPDATE pathway_reconciliation SET counts = jsonb_set(counts, '{levels,E1,raised}', '99')")
    with pytest.raises(CommandError, match="Not as signed, or signed with another key: 2026-03-02"):
        reconciled("--check")


def test_a_key_that_was_exchanged_still_verifies_and_a_foreign_one_does_not(case, settings):
    counted()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key, as long as it has to be, and then some more of it"
    assert not Reconciliation.objects.get().is_genuine
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Reconciliation.objects.get().is_genuine
