"""Every row of the clock table about the scan itself: mri_a, mri_b, report, result_ack."""

import pytest

from tests.protocol.test_clocks_to_the_scan import ENDS, NO_SCAN, A, B
from tests.protocol.told import folded, limits, runs

SCANNED = f"{A} | 9:00 imaging.acquired mri"
NO_ANSWER = "10:00 imaging.communicated non_diagnostic"
UNCLEAR = f"{SCANNED} | {NO_ANSWER}"
AGAIN = "161:00 imaging.acquired mri | 162:00 imaging.communicated non_diagnostic"
CT = f"{A} | 8:00 imaging.contraindicated | 9:00 imaging.acquired ct"
TOLD = f"{SCANNED} | 10:00 imaging.communicated mscc"
FOUND = "case.suspected {} place=imaging"


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, ["0:00-"]),
        (B, []),
        (f"{A} | 20:00 imaging.acquired mri", ["0:00-20:00 met"]),
        (f"{A} | 24:00 imaging.acquired mri", ["0:00-24:00 met"]),
        (f"{A} | 24:00:01 imaging.acquired mri", ["0:00-24:00:01 breached"]),
        (f"{A} | 20:00 imaging.acquired ct", ["0:00-"]),
        (f"{A} | 19:00 imaging.contraindicated | 20:00 imaging.acquired ct", ["0:00-20:00 met"]),
        (f"{A} | 19:00 imaging.acquired ct | 20:00 imaging.contraindicated", ["0:00-20:00 met"]),
        (f"{A} | 19:00 imaging.contraindicated", ["0:00-"]),
        (f"{A} | 19:00 imaging.contraindicated | 20:00 imaging.acquired mri", ["0:00-20:00 met"]),
        (f"{A} | 25:00 imaging.contraindicated | 26:00 imaging.acquired ct", ["0:00-26:00 breached"]),
        (f"{A} | 5:00 imaging.started | 5:20 imaging.abandoned", ["0:00-"]),
        (f"{A} | 5:00 imaging.abandoned | 9:00 imaging.acquired mri", ["0:00-9:00 met"]),
        ("0:00 imaging.acquired mri | 1:00 case.suspected A", ["1:00-"]),
        (f"{UNCLEAR}", ["0:00-"]),
        (f"{UNCLEAR} | 20:00 imaging.acquired mri", ["0:00-20:00 met"]),
        (f"{SCANNED} | 30:00 imaging.communicated non_diagnostic | 31:00 imaging.acquired mri",
         ["0:00-31:00 breached"]),
        (f"{SCANNED} | 10:00 imaging.communicated normal", ["0:00-9:00 met"]),
        (f"{SCANNED} | 10:00 case.declined imaging", ["0:00-9:00 met"]),
        (f"{SCANNED} | 9:30 case.declined imaging | 10:00 imaging.communicated non_diagnostic", ["0:00-9:30 void"]),
        (f"{SCANNED} | 9:30 case.supportive_care | 9:40 case.declined imaging | {NO_ANSWER}", ["0:00-9:30 void"]),
        (f"{SCANNED} | 10:00 case.declined imaging | 10:00 imaging.communicated non_diagnostic", ["0:00-10:00 void"]),
        (f"{UNCLEAR} | 11:00 case.declined imaging", ["0:00-11:00 void"]),
        (f"{UNCLEAR} | 12:00 imaging.acquired mri | 13:00 case.declined imaging | 14:00 imaging.communicated mscc",
         ["0:00-12:00 met"]),
        (f"{SCANNED} | 9:30 case.declined treatment | 10:00 imaging.communicated non_diagnostic", ["0:00-"]),
        (f"{SCANNED} | 9:30 case.excluded | 10:00 imaging.communicated non_diagnostic", ["0:00-"]),
        (f"{SCANNED} | 9:30 case.declined imaging | 9:40 case.closed | 9:50 case.reopened A | {NO_ANSWER}",
         ["0:00-9:00 met", "9:50-"]),
        (f"{CT} | 10:00 imaging.communicated non_diagnostic | 12:00 imaging.acquired ct", ["0:00-12:00 met"]),
        (f"{CT} | 10:00 imaging.communicated non_diagnostic | 11:00 imaging.contraindicated", ["0:00-"]),
        (f"{A} | 9:00 imaging.acquired ct | 10:00 imaging.communicated non_diagnostic", ["0:00-"]),
        (f"{SCANNED} | 9:30 case.reclassified B | 10:00 imaging.communicated non_diagnostic", ["0:00-9:00 met"]),
        (f"{A} | 5:00 case.declined imaging | 10:00 imaging.communicated non_diagnostic", ["0:00-5:00 void"]),
        (f"{A} | 10:00 imaging.communicated non_diagnostic", ["0:00-"]),
        (f"{SCANNED} | 9:30 case.died | 10:00 imaging.communicated non_diagnostic", ["0:00-9:00 met"]),
        (f"{A} | 5:00 case.reclassified B", ["0:00-5:00 superseded"]),
        (f"{A} | 5:00 case.declined treatment", ["0:00-"]),
        (f"{A} | 5:00 case.metastases_only", ["0:00-"]),
        (f"{A} | 5:00 clock.voided mri_a", ["0:00-5:00 void"]),
        (f"{A} | 25:00 case.died", ["0:00-25:00 frozen"]),
        *((f"{A} | 5:00 {void}", ["0:00-5:00 void"]) for void in NO_SCAN),
        *((f"{A} | 5:00 {end}", [f"0:00-5:00 {outcome}"]) for end, outcome in ENDS),
    ],
)  # fmt: skip
def test_mri_a(story, expected):
    assert runs("mri_a", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (B, ["0:00-"]),
        ("0:00 case.suspected C", ["0:00-"]),
        (A, []),
        (f"{B} | 90:00 imaging.acquired mri", ["0:00-"]),
        (f"{B} | 90:00 imaging.acquired mri | 168:00 case.planned", ["0:00-168:00 met"]),
        (f"{B} | 90:00 imaging.acquired mri | 168:00:01 case.planned", ["0:00-168:00:01 breached"]),
        (f"{B} | 80:00 case.planned | 90:00 imaging.acquired mri", ["0:00-90:00 met"]),
        (f"{B} | 90:00 imaging.acquired mri | 100:00 decision.made", ["0:00-100:00 met"]),
        (f"{B} | 90:00 imaging.acquired mri | 100:00 case.metastases_only", ["0:00-100:00 met"]),
        (f"{B} | 90:00 imaging.acquired mri | 100:00 case.excluded", ["0:00-100:00 met"]),
        (f"{B} | 90:00 imaging.acquired ct | 100:00 case.planned", ["0:00-"]),
        (f"{B} | 100:00 case.excluded", ["0:00-100:00 void"]),
        (f"{B} | 90:00 imaging.acquired mri | 100:00 case.supportive_care", ["0:00-100:00 void"]),
        (f"{B} | 90:00 imaging.acquired mri | 100:00 case.declined imaging", ["0:00-100:00 void"]),
        (f"{B} | 90:00 case.planned", ["0:00-"]),
        (f"{B} | 57:00 case.reclassified A", ["0:00-57:00 superseded"]),
        (f"{B} | 57:00 case.reclassified C", ["0:00-"]),
        ("0:00 imaging.acquired mri | 1:00 case.suspected B | 2:00 case.planned", ["1:00-"]),
        (f"{B} | 9:00 clock.voided mri_b", ["0:00-9:00 void"]),
        *((f"{B} | 9:00 {void}", ["0:00-9:00 void"]) for void in NO_SCAN),
        *((f"{B} | 9:00 {end}", [f"0:00-9:00 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_mri_b(story, expected):
    assert runs("mri_b", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, []),
        (SCANNED, ["9:00-"]),
        (f"{B} | 9:00 imaging.acquired mri", ["9:00-"]),
        (f"{SCANNED} | 11:00 imaging.communicated normal", ["9:00-11:00 met"]),
        (f"{SCANNED} | 11:00:01 imaging.communicated normal", ["9:00-11:00:01 breached"]),
        (f"{UNCLEAR}", ["9:00-10:00 met"]),
        (f"{SCANNED} | 10:00 imaging.verified", ["9:00-"]),
        (f"{SCANNED} | 10:00 imaging.shared", ["9:00-"]),
        (f"{SCANNED} | 10:00 imaging.acknowledged", ["9:00-10:00 superseded"]),
        (f"{SCANNED} | 10:00 case.confirmed", ["9:00-10:00 superseded"]),
        (f"{SCANNED} | 10:00 case.impending", ["9:00-10:00 superseded"]),
        (f"{SCANNED} | 10:00 case.metastases_only", ["9:00-10:00 superseded"]),
        (f"{SCANNED} | 10:00 case.excluded", ["9:00-10:00 superseded"]),
        (f"{SCANNED} | 10:00 case.declined imaging", ["9:00-"]),
        (f"{SCANNED} | 10:00 case.supportive_care", ["9:00-"]),
        (f"{SCANNED} | 10:00 case.reclassified B", ["9:00-"]),
        (f"{SCANNED} | 10:00 clock.voided report", ["9:00-10:00 void"]),
        (f"{UNCLEAR} | 20:00 imaging.acquired mri",
         ["9:00-10:00 met", "20:00-"]),
        *((f"{SCANNED} | 10:00 {end}", [f"9:00-10:00 {outcome}"]) for end, outcome in ENDS),
    ],
)  # fmt: skip
def test_report(story, expected):
    assert runs("report", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (TOLD, ["10:00-"]),
        *(
            (f"{SCANNED} | 10:00 imaging.communicated {result}", [])
            for result in ("metastases", "other", "normal", "non_diagnostic")
        ),
        (f"{SCANNED} | 10:00 imaging.communicated impending", ["10:00-"]),
        (f"{TOLD} | 10:30 imaging.acknowledged", ["10:00-10:30 met"]),
        (f"{TOLD} | 10:30:01 imaging.acknowledged", ["10:00-10:30:01 breached"]),
        (f"{SCANNED} | 9:30 imaging.acknowledged | 10:00 imaging.communicated mscc", ["10:00-"]),
        (f"{TOLD} | 10:20 case.confirmed", ["10:00-10:20 superseded"]),
        (f"{TOLD} | 10:20 case.impending", ["10:00-10:20 superseded"]),
        (f"{TOLD} | 10:20 decision.made", ["10:00-10:20 superseded"]),
        (f"{TOLD} | 10:20 case.excluded", ["10:00-"]),
        (f"{TOLD} | 10:20 case.supportive_care", ["10:00-"]),
        (f"{TOLD} | 10:20 clock.voided result_ack", ["10:00-10:20 void"]),
        *((f"{TOLD} | 10:20 {end}", [f"10:00-10:20 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_result_ack(story, expected):
    assert runs("result_ack", story) == expected


@pytest.mark.parametrize(
    ("clock", "story", "expected"),
    [
        ("mri_a", A, ("0:00", "12:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 20:00", ("0:00", "18:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 24:00", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 26:00", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 20:00 | 5:00 imaging.booked 26:00", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 26:00 | 5:00 imaging.booked 20:00", ("0:00", "18:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 5:00 | 5:20 imaging.abandoned", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 9:00 | 9:00 imaging.acquired mri", ("0:00", "18:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 3:00", ("0:00", "18:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 2:59", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{A} | 3:00 imaging.booked 20:00 | 5:00 imaging.booked 4:00", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{UNCLEAR} | 3:00 imaging.booked 9:00", ("0:00", "12:00", "24:00")),
        ("mri_a", f"{B} | 57:00 case.reclassified A", ("57:00", "69:00", "81:00")),
        ("mri_a", f"{B} | 160:00 case.reclassified A", ("160:00", "168:00", "168:00")),
        ("mri_a", f"{B} | 9:00 imaging.acquired mri | 10:00 case.planned | 160:00 case.reclassified A",
         ("160:00", "172:00", "184:00")),
        ("mri_a", f"{B} | 160:00 case.reclassified A | {AGAIN}", ("160:00", "168:00", "168:00")),
        ("mri_b", B, ("0:00", "120:00", "168:00")),
        ("report", SCANNED, ("9:00", "10:00", "11:00")),
        ("result_ack", TOLD, ("10:00", "10:15", "10:30")),
    ],
)  # fmt: skip
def test_amber_and_due(clock, story, expected):
    assert limits(clock, story) == expected


@pytest.mark.parametrize(
    ("clock", "story", "expected"),
    [
        ("mri_a", f"0:00 imaging.acquired mri | 1:00 {FOUND.format('A')}", ["1:00-1:00 met"]),
        ("mri_a", f"0:00 imaging.acquired ct | 1:00 {FOUND.format('A')}", ["1:00-"]),
        ("mri_a", f"0:00 imaging.acquired mri | 1:00 {FOUND.format('A')} | 2:00 imaging.communicated non_diagnostic",
         ["1:00-"]),
        ("mri_a", f"0:00 imaging.acquired mri | 1:00 {FOUND.format('B')} | 3:00 case.reclassified A", ["3:00-"]),
        ("mri_b", f"0:00 imaging.acquired mri | 1:00 {FOUND.format('B')}", ["1:00-"]),
        ("mri_b", f"0:00 imaging.acquired mri | 1:00 {FOUND.format('B')} | 3:00 case.planned", ["1:00-3:00 met"]),
    ],
)  # fmt: skip
def test_a_suspicion_raised_by_a_scan_counts_that_scan(clock, story, expected):
    assert runs(clock, story) == expected


def test_a_day_that_began_before_the_week_ended_is_over_with_the_week():
    (run,) = folded("mri_a", f"{B} | 170:00 case.reclassified A")
    assert (run.due_at - run.started_at).total_seconds() == -2 * 3600
    assert run.amber_at <= run.due_at
