"""The rows of the clock table from the result to the treatment: what is in time, and what counts beside one event."""

import pytest

from tests.protocol.test_clocks_to_the_scan import A, B
from tests.protocol.told import folded, limits, runs, shown

RESULT = f"{A} | 1:00 imaging.communicated mscc"
SURGEON, ONCOLOGIST = "opinion.surgical not_suitable", "opinion.oncology radiotherapy"
RADIOTHERAPY = f"{A} | 1:00 decision.made radiotherapy"
CONFIRMED = f"{A} | 1:00 case.confirmed"
SURGERY = f"{A} | 1:00 decision.made surgery"
TREATED = ["surgery.started", "radiotherapy.fraction 1", "systemic.started"]
NO_TREATMENT = ["case.metastases_only", "case.excluded", "case.supportive_care", "case.declined treatment"]
RUNNING = {
    "senior": RESULT,
    "plan_24": f"{B} | 1:00 case.reclassified A",
    "radiotherapy": RADIOTHERAPY,
    "treatment": CONFIRMED,
    "surgery": SURGERY,
    "total_48": f"{B} | 1:00 case.reclassified A",
}


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{RESULT} | 2:00 {SURGEON} | 5:00 {ONCOLOGIST}", ["1:00-5:00 met"]),
        (f"{RESULT} | 2:00 {SURGEON} | 5:00:01 {ONCOLOGIST}", ["1:00-5:00:01 breached"]),
        (f"{RESULT} | 2:00 {ONCOLOGIST} | 5:00 {SURGEON}", ["1:00-5:00 met"]),
        (f"{RESULT} | 2:00 {ONCOLOGIST} | 5:00:01 {SURGEON}", ["1:00-5:00:01 breached"]),
        (f"{RESULT} | 2:00 {SURGEON} | 2:00 {ONCOLOGIST}", ["1:00-2:00 met"]),
        (f"{RESULT} | 1:00 {SURGEON} | 1:00 {ONCOLOGIST}", ["1:00-1:00 met"]),
        (f"{RESULT} | 2:00 {SURGEON} | 3:00 {SURGEON}", ["1:00-"]),
        (f"{RESULT} | 2:00 {SURGEON} | 3:00 opinion.oncology more_information", ["1:00-"]),
        (f"{RESULT} | 2:00 opinion.surgical more_information | 3:00 {ONCOLOGIST}", ["1:00-"]),
        (f"{RESULT} | 2:00 opinion.surgical more_information | 3:00 {ONCOLOGIST} | 4:00 {SURGEON}",
         ["1:00-4:00 met"]),
        (f"{RESULT} | 2:00 {SURGEON} | 3:00 opinion.surgical more_information | 4:00 {ONCOLOGIST}",
         ["1:00-4:00 met"]),
        (f"{A} | 0:30 {SURGEON} | 1:00 imaging.communicated mscc | 2:00 {ONCOLOGIST}", ["1:00-"]),
        (f"{A} | 0:30 {SURGEON} | 0:40 {ONCOLOGIST} | 1:00 imaging.communicated mscc", ["1:00-"]),
        (f"{RESULT} | 2:00 {SURGEON} | 3:00 decision.made radiotherapy", ["1:00-3:00 superseded"]),
        ((f"{RESULT} | 2:00 {SURGEON} | 3:00 decision.made radiotherapy | 4:00 imaging.communicated mscc"
         f" | 5:00 {ONCOLOGIST}"), ["1:00-3:00 superseded", "4:00-"]),
        (f"{RESULT} | 2:00 imaging.communicated impending | 3:00 {SURGEON} | 4:00 {ONCOLOGIST}", ["1:00-4:00 met"]),
        (f"{RESULT} | 2:00 imaging.communicated normal", ["1:00-"]),
        (f"{RESULT} | 2:00 case.reclassified B", ["1:00-"]),
    ],
)  # fmt: skip
def test_senior(story, expected):
    assert runs("senior", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, ["0:00-"]),
        (f"{A} | 24:00 case.planned", ["0:00-24:00 met"]),
        (f"{A} | 24:00:01 case.planned", ["0:00-24:00:01 breached"]),
        (f"{A} | 24:00 decision.made supportive", ["0:00-24:00 met"]),
        (f"{A} | 24:00:01 decision.made supportive", ["0:00-24:00:01 breached"]),
        (f"{B} | 5:00 case.planned | 9:00 case.reclassified A", ["9:00-"]),
        (f"{A} | 9:00 case.reclassified C | 20:00 case.reclassified A", ["0:00-9:00 superseded", "20:00-"]),
        (f"{A} | 9:00 case.closed | 20:00 case.reopened A", ["0:00-9:00 frozen", "20:00-"]),
        (f"{A} | 9:00 case.closed | 20:00 case.reopened B", ["0:00-9:00 frozen"]),
        (f"{A} | 9:00 case.reclassified A", ["0:00-"]),
    ],
)
def test_plan_24(story, expected):
    assert runs("plan_24", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{RADIOTHERAPY} | 25:00 radiotherapy.fraction 1", ["1:00-25:00 met"]),
        (f"{RADIOTHERAPY} | 25:00:01 radiotherapy.fraction 1", ["1:00-25:00:01 breached"]),
        (f"{RADIOTHERAPY} | 9:00 radiotherapy.fraction 2", ["1:00-"]),
        (f"{A} | 0:30 radiotherapy.fraction 1 | 1:00 decision.made radiotherapy", ["1:00-"]),
        (f"{A} | 1:00 radiotherapy.decided | 2:00 radiotherapy.planned", []),
        (f"{RADIOTHERAPY} | 9:00 decision.made radiotherapy", ["1:00-"]),
        (f"{RADIOTHERAPY} | 9:00 decision.made surgery | 10:00 decision.made radiotherapy",
         ["1:00-9:00 superseded", "10:00-"]),
        (f"{SURGERY} | 9:00 surgery.started | 30:00 radiotherapy.decided | 200:00 radiotherapy.fraction 1", []),
    ],
)  # fmt: skip
def test_radiotherapy(story, expected):
    assert runs("radiotherapy", story) == expected


@pytest.mark.parametrize("deed", TREATED)
def test_treatment_is_in_time_to_the_second(deed):
    assert runs("treatment", f"{CONFIRMED} | 25:00 {deed}") == ["1:00-25:00 met"]
    assert runs("treatment", f"{CONFIRMED} | 25:00:01 {deed}") == ["1:00-25:00:01 breached"]
    assert runs("treatment", f"{A} | 0:30 {deed} | 1:00 case.confirmed") == ["1:00-"]
    assert runs("total_48", f"{A} | 48:00 {deed}") == ["0:00-48:00 met"]
    assert runs("total_48", f"{A} | 48:00:01 {deed}") == ["0:00-48:00:01 breached"]
    assert runs("total_48", f"{B} | 0:30 {deed} | 1:00 case.reclassified A") == ["1:00-"]


def test_treatment_does_not_start_on_impending_compression_nor_end_with_the_class():
    assert runs("treatment", f"{A} | 1:00 case.impending") == []
    assert runs("treatment", f"{CONFIRMED} | 2:00 case.reclassified B") == ["1:00-"]
    assert runs("total_48", f"{A} | 2:00 case.reclassified B") == ["0:00-2:00 superseded"]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{SURGERY} | 25:00 surgery.started", ["1:00-25:00 met"]),
        (f"{SURGERY} | 25:00:01 surgery.started", ["1:00-25:00:01 breached"]),
        (f"{A} | 1:00 surgery.decided | 25:00 surgery.started", ["1:00-25:00 met"]),
        (f"{SURGERY} | 5:00 surgery.decided | 25:00 surgery.started", ["1:00-25:00 met"]),
        (f"{A} | 1:00 surgery.decided | 5:00 decision.made surgery", ["1:00-"]),
        # two decided on together are one decision to operate: the first knife to skin meets it, whichever it is
        (
            f"{A} | 1:00 surgery.decided row=o1 | 2:00 surgery.decided row=o2 | 9:00 surgery.started row=o2",
            ["1:00-9:00 met"],
        ),
        (
            f"{A} | 1:00 surgery.decided row=o1 | 9:00 surgery.started row=o1 | 10:00 surgery.decided row=o2",
            ["1:00-9:00 met", "10:00-"],
        ),
        (f"{A} | 1:00 surgery.decided | 5:00 decision.made radiotherapy", ["1:00-5:00 superseded"]),
        (f"{A} | 0:30 surgery.started | 1:00 surgery.decided", ["1:00-"]),
        (f"{SURGERY} | 5:00 surgery.listed | 6:00 radiotherapy.fraction 1", ["1:00-"]),
    ],
)
def test_surgery(story, expected):
    assert runs("surgery", story) == expected


@pytest.mark.parametrize("clock", RUNNING)
@pytest.mark.parametrize("event", NO_TREATMENT)
def test_no_clock_presses_for_a_treatment_that_is_not_to_be(clock, event):
    assert runs(clock, f"{RUNNING[clock]} | 3:00 {event}") == ["1:00-3:00 void"]
    (late,) = folded(clock, f"{RUNNING[clock]} | 90:00 {event}")
    assert (late.outcome, late.ended_at > late.due_at) == ("void", True)


@pytest.mark.parametrize("clock", RUNNING)
@pytest.mark.parametrize("event", ["case.declined imaging", "discharge.discharged", "case.transferred"])
def test_what_leaves_the_clocks_of_treatment_alone(clock, event):
    assert runs(clock, f"{RUNNING[clock]} | 3:00 {event}") == ["1:00-"]


@pytest.mark.parametrize("clock", RUNNING)
def test_a_suspension_moves_neither_start_nor_due(clock):
    (before,) = folded(clock, RUNNING[clock])
    (run,) = folded(clock, f"{RUNNING[clock]} | 2:00 clock.suspended {clock} until=6:00")
    assert (run.started_at, run.amber_at, run.due_at) == (before.started_at, before.amber_at, before.due_at)
    assert shown(run.suspended_until) == "6:00"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("senior", ("1:00", "3:00", "5:00")),
        ("plan_24", ("1:00", "19:00", "25:00")),
        ("radiotherapy", ("1:00", "13:00", "25:00")),
        ("treatment", ("1:00", "13:00", "25:00")),
        ("surgery", ("1:00", "13:00", "25:00")),
        ("total_48", ("1:00", "37:00", "49:00")),
    ],
)
def test_amber_and_due(clock, expected):
    assert limits(clock, RUNNING[clock]) == expected
