"""The rows of the clock table about the steroid course: taper_plan, taper_end, ppi_glucose."""

import pytest

from tests.protocol.test_clocks_to_the_scan import A
from tests.protocol.told import limits, runs

GIVEN = f"{A} | 1:00 steroids.started"
COURSE = f"{GIVEN} | 5:00 radiotherapy.fraction 1"
TAPERS = ("taper_plan", "taper_end")
UNMOVED = [
    "case.excluded", "case.supportive_care", "case.metastases_only", "case.declined treatment",
    "case.declined imaging", "discharge.discharged", "case.reclassified B", "case.transferred",
]  # fmt: skip


@pytest.mark.parametrize("clock", TAPERS)
@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (GIVEN, []),
        (f"{A} | 5:00 radiotherapy.fraction 1 | 6:00 surgery.started", []),
        (f"{GIVEN} | 5:00 radiotherapy.fraction 2 | 6:00 systemic.started", []),
        (COURSE, ["5:00-"]),
        (f"{GIVEN} | 5:00 surgery.started", ["5:00-"]),
        (f"{A} | 1:00 radiotherapy.fraction 1 | 5:00 steroids.started", ["5:00-"]),
        (f"{A} | 1:00 surgery.started | 5:00 steroids.started", ["5:00-"]),
        (f"{COURSE} | 9:00 surgery.started | 10:00 radiotherapy.fraction 1", ["5:00-"]),
        (f"{GIVEN} | 3:00 steroids.stopped | 5:00 surgery.started", ["5:00-5:00 met"]),
        (f"{GIVEN} | 3:00 steroids.stopped | 4:00 steroids.started | 5:00 surgery.started", ["5:00-"]),
        (f"{A} | 0:30 steroids.stopped | 1:00 steroids.started | 5:00 surgery.started", ["5:00-"]),
        (f"{A} | 1:00 surgery.started | 3:00 steroids.stopped | 5:00 steroids.started", ["5:00-"]),
        (f"{COURSE} | 9:00 steroids.stopped", ["5:00-9:00 met"]),
        (f"{COURSE} | 9:00 steroids.stopped | 10:00 surgery.started", ["5:00-9:00 met"]),
        (f"{COURSE} | 9:00 steroids.stopped | 10:00 steroids.started", ["5:00-9:00 met", "10:00-"]),
        (f"{COURSE} | 9:00 steroids.stopped | 10:00 steroids.started | 11:00 surgery.started",
         ["5:00-9:00 met", "10:00-"]),
        (f"{COURSE} | 9:00 steroids.changed", ["5:00-"]),
        *((f"{COURSE} | 9:00 {event}", ["5:00-"]) for event in UNMOVED),
    ],
)  # fmt: skip
def test_both_tapers(clock, story, expected):
    assert runs(clock, story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{COURSE} | 29:00 steroids.taper_planned", ["5:00-29:00 met"]),
        (f"{COURSE} | 29:00:01 steroids.taper_planned", ["5:00-29:00:01 breached"]),
        (f"{COURSE} | 29:00 steroids.stopped", ["5:00-29:00 met"]),
        (f"{COURSE} | 29:00:01 steroids.stopped", ["5:00-29:00:01 breached"]),
        (f"{GIVEN} | 3:00 steroids.taper_planned | 5:00 surgery.started", ["5:00-5:00 met"]),
        (f"{GIVEN} | 3:00 steroids.taper_planned | 4:00 steroids.started | 5:00 surgery.started", ["5:00-"]),
        (f"{A} | 1:00 surgery.started | 3:00 steroids.taper_planned | 5:00 steroids.started", ["5:00-"]),
    ],
)
def test_taper_plan(story, expected):
    assert runs("taper_plan", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{COURSE} | 197:00 steroids.stopped", ["5:00-197:00 met"]),
        (f"{COURSE} | 197:00:01 steroids.stopped", ["5:00-197:00:01 breached"]),
        (f"{COURSE} | 9:00 steroids.taper_planned", ["5:00-"]),
    ],
)
def test_taper_end(story, expected):
    assert runs("taper_end", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{GIVEN} | 2:00 steroids.protected | 25:00 steroids.glucose_checked", ["1:00-25:00 met"]),
        (f"{GIVEN} | 2:00 steroids.protected | 25:00:01 steroids.glucose_checked", ["1:00-25:00:01 breached"]),
        (f"{GIVEN} | 2:00 steroids.glucose_checked | 25:00 steroids.protected", ["1:00-25:00 met"]),
        (f"{GIVEN} | 2:00 steroids.glucose_checked | 25:00:01 steroids.protected", ["1:00-25:00:01 breached"]),
        (f"{GIVEN} | 2:00 steroids.protected | 3:00 steroids.protected", ["1:00-"]),
        (f"{A} | 0:30 steroids.protected | 1:00 steroids.started | 9:00 steroids.glucose_checked", ["1:00-9:00 met"]),
        (f"{A} | 0:30 steroids.protected | 0:40 steroids.glucose_checked | 1:00 steroids.started", ["1:00-1:00 met"]),
        (f"{GIVEN} | 2:00 steroids.started", ["1:00-"]),
        (f"{GIVEN} | 2:00 steroids.protected | 3:00 steroids.stopped", ["1:00-3:00 superseded"]),
        ((f"{GIVEN} | 2:00 steroids.protected | 3:00 steroids.stopped | 4:00 steroids.started"
         " | 5:00 steroids.glucose_checked"), ["1:00-3:00 superseded", "4:00-5:00 met"]),
        ((f"{GIVEN} | 2:00 steroids.protected | 3:00 steroids.glucose_checked | 4:00 steroids.stopped"
         " | 5:00 steroids.started"), ["1:00-3:00 met", "5:00-"]),
        *((f"{GIVEN} | 9:00 {event}", ["1:00-"]) for event in UNMOVED),
    ],
)  # fmt: skip
def test_ppi_glucose(story, expected):
    assert runs("ppi_glucose", story) == expected


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("taper_plan", ("5:00", "17:00", "29:00")),
        ("taper_end", ("5:00", "149:00", "197:00")),
        ("ppi_glucose", ("1:00", "13:00", "25:00")),
    ],
)
def test_amber_and_due(clock, expected):
    assert limits(clock, COURSE) == expected
