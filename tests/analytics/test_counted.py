"""The count of each day: what it found, days without one, days that changed since, and days of 23 and 25 hours."""

from datetime import date

import pytest
from django.db import connection

from pathway.analytics.counted import Counted, Missing, days
from pathway.engine import reconcile
from pathway.record.audit import Reconciliation
from tests.factories import at

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 09:00")


def made(*numbers, **counts):
    """Signed counts of these days of March, as the reconciliation makes them, with other numbers where given."""
    for number in numbers:
        row = Reconciliation(day=march(number), made_at=NOW, counts=reconcile.counts(march(number)) | counts)
        row.sign()
        row.save(force_insert=True)


def march(number):
    return date(2026, 3, number)


def test_days_without_a_count_are_missing_and_never_fine(db):
    made(9, 10, audits={"made": 1440, "unclean": 0})
    found = days(march(3), march(20), NOW)
    kinds = [(row.row.day if isinstance(row, Counted) else (row.first, row.last, row.days)) for row in found.rows]
    assert kinds == [(march(11), march(11), 1), march(10), march(9), (march(3), march(8), 6)]
    assert (found.total, found.missing, found.fine, found.not_zero, found.not_genuine) == (9, 7, 2, 0, 0)
    assert not any(isinstance(row, Missing) for row in found.counted)
    assert days(march(12), march(20), NOW).rows == [], "today is not over"


@pytest.mark.parametrize("counts", [
    {"audits": {"made": 1439, "unclean": 0}}, {"audits": {"made": 1440, "unclean": 1}},
    {"audits": {"made": 1440, "unclean": 0}, "doubled": 1},
])  # fmt: skip
def test_a_day_with_a_gap_a_fault_or_a_double_is_not_fine(db, counts):
    made(9, **counts)
    found = days(march(9), march(9), NOW)
    assert (found.total, found.fine, found.not_zero) == (1, 0, int("doubled" in counts))


def test_a_count_that_was_changed_since_is_not_as_it_was_signed(db):
    made(9, audits={"made": 1440, "unclean": 0})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pathway_reconciliation SET counts = jsonb_set(counts, '{late_ms}', '7')")
    found = days(march(9), march(9), NOW)
    assert (found.fine, found.not_genuine) == (0, 1)


@pytest.mark.parametrize(("number", "minutes"), [(28, 1440), (29, 1380), (30, 1440)])
def test_a_day_on_which_the_clocks_change_has_its_own_length(db, number, minutes):
    made(number)
    (row,) = days(march(number), march(number), at("2026-04-09 09:00")).rows
    assert row.minutes == minutes
