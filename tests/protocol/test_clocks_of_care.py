"""Every row of the clock table about steroids and position that exists so far."""

import pytest

from tests.protocol.test_clocks_to_the_scan import ENDS, A
from tests.protocol.told import limits, runs

INDICATED = f"{A} | 1:00 steroids.indicated"
GIVEN = f"{A} | 1:00 steroids.started | 5:00 case.excluded"
WITHHELD = f"{A} | 1:00 steroids.withheld haematology"
FLAT = f"{A} | 1:00 position.immobilised"
ORDERED = f"{A} | 1:00 position.ordered flat"


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, []),
        (INDICATED, ["1:00-"]),
        (f"{INDICATED} | 5:00 steroids.started", ["1:00-5:00 met"]),
        (f"{INDICATED} | 5:00:01 steroids.started", ["1:00-5:00:01 breached"]),
        (f"{A} | 0:30 steroids.started | 1:00 steroids.indicated", ["1:00-1:00 met"]),
        (f"{INDICATED} | 2:00 steroids.withheld infection", ["1:00-2:00 void"]),
        (f"{INDICATED} | 2:00 steroids.withheld haematology | 3:00 steroids.indicated", ["1:00-2:00 void", "3:00-"]),
        (f"{INDICATED} | 2:00 case.excluded", ["1:00-2:00 void"]),
        (f"{INDICATED} | 2:00 case.metastases_only", ["1:00-2:00 void"]),
        (f"{INDICATED} | 2:00 case.supportive_care", ["1:00-"]),
        (f"{INDICATED} | 2:00 case.declined treatment", ["1:00-"]),
        (f"{INDICATED} | 2:00 steroids.started | 3:00 steroids.stopped | 4:00 steroids.indicated",
         ["1:00-2:00 met", "4:00-"]),
        (f"{INDICATED} | 2:00 case.reclassified B", ["1:00-"]),
        (f"{INDICATED} | 2:00 clock.voided dexamethasone", ["1:00-2:00 void"]),
        *((f"{INDICATED} | 2:00 {end}", [f"1:00-2:00 {outcome}"]) for end, outcome in ENDS),
    ],
)  # fmt: skip
def test_dexamethasone(story, expected):
    assert runs("dexamethasone", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{A} | 1:00 steroids.started", []),
        (f"{A} | 5:00 case.excluded", []),
        (GIVEN, ["5:00-"]),
        (f"{A} | 5:00 case.excluded | 6:00 steroids.started", ["6:00-"]),
        (f"{GIVEN} | 17:00 steroids.stopped", ["5:00-17:00 met"]),
        (f"{GIVEN} | 17:00:01 steroids.stopped", ["5:00-17:00:01 breached"]),
        (f"{A} | 1:00 steroids.started | 3:00 steroids.stopped | 5:00 case.excluded", ["5:00-5:00 met"]),
        (f"{A} | 1:00 steroids.started | 3:00 steroids.stopped | 4:00 steroids.started | 5:00 case.excluded",
         ["5:00-"]),
        (f"{A} | 0:30 steroids.stopped | 1:00 steroids.started | 5:00 case.excluded", ["5:00-"]),
        (f"{A} | 1:00 steroids.started | 1:00 steroids.stopped | 5:00 case.excluded", ["5:00-5:00 met"]),
        (f"{GIVEN} | 6:00 steroids.stopped | 7:00 case.reopened A | 8:00 case.excluded", ["5:00-6:00 met"]),
        (f"{GIVEN} | 6:00 steroids.stopped | 7:00 case.reopened A | 8:00 steroids.started | 9:00 case.excluded",
         ["5:00-6:00 met", "9:00-"]),
        (f"{GIVEN} | 6:00 clock.voided dexamethasone_stop", ["5:00-6:00 void"]),
        *((f"{GIVEN} | 6:00 {end}", [f"5:00-6:00 {outcome}"]) for end, outcome in ENDS),
    ],
)  # fmt: skip
def test_dexamethasone_stop(story, expected):
    assert runs("dexamethasone_stop", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (WITHHELD, ["1:00-"]),
        (f"{A} | 1:00 steroids.withheld infection", []),
        (f"{A} | 1:00 steroids.withheld other", []),
        (f"{WITHHELD} | 3:00 steroids.haematology_advised", ["1:00-3:00 met"]),
        (f"{WITHHELD} | 3:00:01 steroids.haematology_advised", ["1:00-3:00:01 breached"]),
        (f"{A} | 0:30 steroids.haematology_advised | 1:00 steroids.withheld haematology", ["1:00-"]),
        (f"{WITHHELD} | 2:00 steroids.started", ["1:00-2:00 superseded"]),
        (f"{WITHHELD} | 2:00 case.excluded", ["1:00-2:00 void"]),
        (f"{WITHHELD} | 2:00 case.metastases_only", ["1:00-"]),
        (f"{WITHHELD} | 2:00 steroids.indicated", ["1:00-"]),
        (f"{WITHHELD} | 2:00 clock.voided haematology_advice", ["1:00-2:00 void"]),
        *((f"{WITHHELD} | 2:00 {end}", [f"1:00-2:00 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_haematology_advice(story, expected):
    assert runs("haematology_advice", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (ORDERED, []),
        (FLAT, ["1:00-"]),
        (f"{FLAT} | 25:00 stability.advised", ["1:00-25:00 met"]),
        (f"{FLAT} | 25:00:01 stability.advised", ["1:00-25:00:01 breached"]),
        (f"{A} | 0:30 stability.advised | 1:00 position.immobilised", ["1:00-1:00 met"]),
        (f"{A} | 0:30 stability.advised | 1:00 position.immobilised | 9:00 position.immobilised",
         ["1:00-1:00 met", "9:00-"]),
        (f"{FLAT} | 2:00 position.immobilised", ["1:00-"]),
        (f"{FLAT} | 9:00 position.cleared_to_sit", ["1:00-9:00 superseded"]),
        (f"{FLAT} | 9:00 position.freed", ["1:00-9:00 superseded"]),
        (f"{FLAT} | 9:00 position.reviewed mobile", ["1:00-"]),
        (f"{FLAT} | 9:00 case.excluded", ["1:00-"]),
        (f"{FLAT} | 9:00 case.supportive_care", ["1:00-"]),
        (f"{FLAT} | 9:00 discharge.discharged", ["1:00-"]),
        (f"{FLAT} | 9:00 clock.voided stability", ["1:00-9:00 void"]),
        *((f"{FLAT} | 9:00 {end}", [f"1:00-9:00 {outcome}"]) for end, outcome in ENDS),
    ],
)  # fmt: skip
def test_stability(story, expected):
    assert runs("stability", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, []),
        (f"{A} | 1:00 referral.triaged pathway positioning=flat", []),
        (ORDERED, ["1:00-"]),
        (f"{A} | 1:00 position.ordered elevated", ["1:00-"]),
        (f"{A} | 1:00 position.ordered mobile", []),
        (FLAT, ["1:00-"]),
        (f"{ORDERED} | 2:00 position.immobilised", ["1:00-"]),
        (f"{A} | 1:00 position.reviewed flat", ["1:00-"]),
        (f"{ORDERED} | 25:00 position.reviewed flat", ["1:00-25:00 met", "25:00-"]),
        (f"{ORDERED} | 25:00:01 position.reviewed flat", ["1:00-25:00:01 breached", "25:00:01-"]),
        (f"{ORDERED} | 9:00 position.reviewed elevated", ["1:00-9:00 met", "9:00-"]),
        (f"{ORDERED} | 9:00 position.reviewed mobile", ["1:00-9:00 met"]),
        (f"{ORDERED} | 9:00 position.ordered flat", ["1:00-9:00 met", "9:00-"]),
        (f"{ORDERED} | 9:00 position.ordered mobile", ["1:00-9:00 met"]),
        (f"{ORDERED} | 9:00 position.cleared_to_sit", ["1:00-9:00 met"]),
        (f"{ORDERED} | 9:00 position.freed", ["1:00-9:00 met"]),
        (f"{ORDERED} | 9:00 position.reviewed flat | 20:00 position.reviewed flat | 30:00 position.freed",
         ["1:00-9:00 met", "9:00-20:00 met", "20:00-30:00 met"]),
        (f"{ORDERED} | 9:00 stability.advised", ["1:00-"]),
        (f"{ORDERED} | 9:00 case.excluded", ["1:00-"]),
        (f"{ORDERED} | 9:00 case.supportive_care", ["1:00-"]),
        (f"{ORDERED} | 9:00 discharge.discharged", ["1:00-9:00 frozen"]),
        (f"{ORDERED} | 9:00 clock.voided flat_review", ["1:00-9:00 void"]),
        *((f"{ORDERED} | 9:00 {end}", [f"1:00-9:00 {outcome}"]) for end, outcome in ENDS),
    ],
)  # fmt: skip
def test_flat_review(story, expected):
    assert runs("flat_review", story) == expected


@pytest.mark.parametrize(
    ("clock", "story", "expected"),
    [
        ("dexamethasone", INDICATED, ("1:00", "2:00", "5:00")),
        ("dexamethasone_stop", GIVEN, ("5:00", "9:00", "17:00")),
        ("haematology_advice", WITHHELD, ("1:00", "1:30", "3:00")),
        ("stability", FLAT, ("1:00", "13:00", "25:00")),
        ("flat_review", ORDERED, ("1:00", "21:00", "25:00")),
        ("flat_review", f"{ORDERED} | 25:00 position.reviewed flat", ("25:00", "45:00", "49:00")),
    ],
)
def test_amber_and_due(clock, story, expected):
    assert limits(clock, story) == expected
