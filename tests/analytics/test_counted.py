"""The count of each day: what it found, days without one, days that changed since, and days of 23 and 25 hours."""

from datetime import UTC, date, timedelta

import pytest
from django.db import connection, models

from pathway.analytics.counted import Counted, Missing, days
from pathway.engine import reconcile
from pathway.protocol.hours import MINUTE
from pathway.record.access import midnight
from pathway.record.audit import Audit, Reconciliation
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
    {"audits": {"made": 1367, "unclean": 0}}, {"audits": {"made": 1440, "unclean": 1}},
    {"audits": {"made": 1440, "unclean": 0}, "doubled": 1},
])  # fmt: skip
def test_a_day_with_a_gap_a_fault_or_a_double_is_not_fine(db, counts):
    made(9, **counts)
    found = days(march(9), march(9), NOW)
    assert (found.total, found.fine, found.not_zero) == (1, 0, int("doubled" in counts))


def audited(day, *gaps):
    """An audit in each minute of a day, but for these minutes since midnight, the last one not included."""
    missing = {minute for first, last in gaps for minute in range(first, last)}
    counts = (models.PositiveIntegerField, models.PositiveBigIntegerField)
    zeros = {field.name: 0 for field in Audit._meta.concrete_fields if isinstance(field, counts)}
    begin = midnight(day).astimezone(UTC)
    Audit.objects.bulk_create(
        Audit(at=begin + minute * MINUTE, is_clean=True, **zeros) for minute in range(1440) if minute not in missing
    )


@pytest.mark.parametrize(("gaps", "pause", "watched"), [
    ((), 1, True), (((600, 602),), 3, True), (((600, 603),), 4, False), (((0, 4),), 4, False),
    (((1437, 1440),), 4, False),
])  # fmt: skip
def test_how_long_no_audit_was_made_also_at_either_end_of_the_day(db, gaps, pause, watched):
    """Two auditors make twice as many, so the number alone does not say it."""
    made(9, audits={"made": 2800, "unclean": 0})
    audited(march(9), *gaps)
    (row,) = days(march(9), march(9), NOW).rows
    assert (row.pause, row.is_watched, row.is_fine) == (pause * MINUTE, watched, watched)


def test_of_older_days_only_the_number_of_audits_is_known(db):
    made(9, audits={"made": 1416, "unclean": 0})
    audited(march(9), (600, 700))
    (row,) = days(march(9), march(9), NOW + timedelta(days=30)).rows
    assert (row.pause, row.is_watched) == (None, True)


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
