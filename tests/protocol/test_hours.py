"""In and out of hours, bank holidays, and both clock changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pathway.protocol.hours import in_hours, shown
from tests.protocol.told import folded, limits

LONDON = ZoneInfo("Europe/London")


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-03-02 08:59:59", False),
        ("2026-03-02 09:00", True),
        ("2026-03-02 16:59:59", True),
        ("2026-03-02 17:00", False),
        ("2026-03-06 12:00", True),  # Friday
        ("2026-03-07 12:00", False),  # Saturday
        ("2026-03-08 12:00", False),
        ("2026-12-25 12:00", False),
        ("2026-12-28 12:00", False),  # Boxing Day, moved to the Monday
        ("2026-04-03 12:00", False),  # Good Friday
        ("2026-04-06 12:00", False),  # Easter Monday
        ("2026-05-04 12:00", False),
        ("2026-05-25 12:00", False),
        ("2026-08-31 12:00", False),
        ("2026-07-01 09:00", True),  # 08:00 UTC
        ("2026-07-01 08:59", False),
        ("2026-07-01 17:00", False),  # 16:00 UTC
    ],
)
def test_working_hours_are_those_of_the_wall(when, expected):
    assert in_hours(local(when)) is expected
    assert in_hours(local(when).astimezone(UTC)) is expected


@pytest.mark.parametrize(
    ("when", "nation", "expected"),
    [
        ("2026-04-06 12:00", "SCT", True),  # Easter Monday is a working day in Scotland
        ("2026-11-30 12:00", "SCT", False),
        ("2026-11-30 12:00", "ENG", True),
        ("2026-03-17 12:00", "NIR", False),
        ("2026-03-17 12:00", "WLS", True),
    ],
)
def test_bank_holidays_are_those_of_the_nation(when, nation, expected):
    assert in_hours(local(when), nation) is expected


@pytest.mark.parametrize(
    ("when", "amber", "due"),
    [
        ("2026-03-02 16:59:59", "0:20", "0:30"),
        ("2026-03-02 17:00", "0:45", "1:00"),
        ("2026-04-03 12:00", "0:45", "1:00"),
        ("2026-03-07 12:00", "0:45", "1:00"),
        ("2026-07-01 09:30", "0:20", "0:30"),
    ],
)
def test_triage_has_longer_out_of_hours(when, amber, due):
    assert limits("triage", "0:00 referral.received", local(when).astimezone(UTC)) == ("0:00", amber, due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2024-10-26 12:00", "2024-10-27 11:00 GMT"),
        ("2025-03-29 12:00", "2025-03-30 13:00 BST"),
        ("2025-10-25 20:30", "2025-10-26 19:30 GMT"),
        ("2026-03-28 12:00", "2026-03-29 13:00 BST"),
        ("2026-10-24 12:00", "2026-10-25 11:00 GMT"),
    ],
)
def test_a_day_is_24_elapsed_hours_across_the_clock_change(start, due):
    (run,) = folded("mri_a", "0:00 case.suspected A", start=local(start).astimezone(UTC))
    assert f"{run.due_at.astimezone(LONDON):%Y-%m-%d %H:%M %Z}" == due
    (met,) = folded("mri_a", "0:00 case.suspected A | 24:00 imaging.acquired mri", start=local(start).astimezone(UTC))
    assert (met.outcome, met.ended_at) == ("met", met.due_at)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-10-25 00:30", "01:30 BST on 25 October 2026"),
        ("2026-10-25 01:30", "01:30 GMT on 25 October 2026"),
        ("2026-03-29 12:00", "13:00 BST on 29 March 2026"),
        ("2026-03-28 12:00", "12:00 on 28 March 2026"),
        ("2026-10-26 12:00", "12:00 on 26 October 2026"),
    ],
)
def test_a_sentence_says_bst_or_gmt_on_a_day_on_which_the_clocks_change(moment, words):
    assert shown(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == words
