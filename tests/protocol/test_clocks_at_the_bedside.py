"""The rows of the clock table about the person in the bed, and about what comes after it."""

import pytest

from tests.protocol.test_clocks_to_the_scan import A, B
from tests.protocol.told import limits, runs

SEEN = f"{A} | 10:00 neuro.examined"
SAT = f"{A} | 1:00 position.cleared_to_sit"
ADMITTED = f"{B} | 1:00 case.admitted"
KNOWN = f"{ADMITTED} | 2:00 case.confirmed"
HOME = f"{A} | 1:00 discharge.discharged"
WORSE = f"{A} | 1:00 case.deteriorated"
RUNNING = {
    "neuro_exam": (A, "0:00-"),
    "bladder": (A, "0:00-"),
    "vte": (ADMITTED, "1:00-"),
    "skin": (ADMITTED, "1:00-"),
    "physiotherapy": (KNOWN, "2:00-"),
    "occupational_therapy": (KNOWN, "2:00-"),
    "remobilise": (SAT, "1:00-"),
    "pain": (f"{A} | 1:00 pain.scored 5", "1:00-"),
    "discharge_plan": (ADMITTED, "1:00-"),
}


@pytest.mark.parametrize("clock", RUNNING)
def test_leaving_the_bed_freezes_and_nothing_else_that_is_decided_ends(clock):
    story, run = RUNNING[clock]
    assert runs(clock, f"{story} | 3:00 discharge.discharged") == [f"{run}3:00 frozen"]
    for event in ("case.supportive_care", "case.metastases_only", "case.declined treatment", "case.declined imaging"):
        assert runs(clock, f"{story} | 3:00 {event}") == [run]
    excluded = f"{run}3:00 superseded" if clock == "neuro_exam" else run
    assert runs(clock, f"{story} | 3:00 case.excluded") == [excluded]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, ["0:00-"]),
        (B, []),
        (f"{B} | 1:00 neuro.examined", []),
        (f"{A} | 24:00 neuro.examined", ["0:00-24:00 met", "24:00-"]),
        (f"{A} | 24:00:01 neuro.examined", ["0:00-24:00:01 breached", "24:00:01-"]),
        (f"{SEEN} | 34:00 neuro.examined | 60:00 neuro.examined",
         ["0:00-10:00 met", "10:00-34:00 met", "34:00-60:00 breached", "60:00-"]),
        (f"{SEEN} | 10:00 neuro.examined", ["0:00-10:00 met", "10:00-10:00 met", "10:00-"]),
        (f"0:00 neuro.examined | 1:00 {A.removeprefix('0:00 ')}", ["1:00-"]),
        *((f"{SEEN} | 12:00 {treated} | 13:00 neuro.examined", ["0:00-10:00 met", "10:00-12:00 superseded"])
          for treated in ("surgery.started", "radiotherapy.fraction 1", "systemic.started")),
        (f"{SEEN} | 12:00 radiotherapy.fraction 2", ["0:00-10:00 met", "10:00-"]),
        (f"{SEEN} | 12:00 case.excluded | 13:00 neuro.examined", ["0:00-10:00 met", "10:00-12:00 superseded"]),
        (f"{SEEN} | 12:00 case.reclassified B | 13:00 neuro.examined", ["0:00-10:00 met", "10:00-12:00 superseded"]),
        (f"{SEEN} | 12:00 discharge.discharged | 13:00 neuro.examined", ["0:00-10:00 met", "10:00-12:00 frozen"]),
        (f"{SEEN} | 12:00 clock.voided neuro_exam | 13:00 neuro.examined", ["0:00-10:00 met", "10:00-12:00 void"]),
        (f"{B} | 5:00 neuro.examined | 6:00 case.reclassified A", ["6:00-"]),
        (f"{A} | 5:00 case.closed | 6:00 neuro.examined | 9:00 case.reopened A", ["0:00-5:00 frozen", "9:00-"]),
    ],
)  # fmt: skip
def test_neuro_exam(story, expected):
    assert runs("neuro_exam", story) == expected


@pytest.mark.parametrize("deed", ["bladder.scanned", "bladder.planned", "bladder.catheterised"])
def test_bladder(deed):
    assert runs("bladder", f"{A} | 4:00 {deed}") == ["0:00-4:00 met"]
    assert runs("bladder", f"{A} | 4:00:01 {deed}") == ["0:00-4:00:01 breached"]
    assert runs("bladder", f"0:00 {deed} | 1:00 case.suspected A") == ["1:00-1:00 met"]
    assert runs("bladder", f"{B} | 1:00 {deed} | 2:00 case.reclassified A") == ["2:00-"]
    assert runs("bladder", f"{B} | 2:00 case.reclassified A | 2:00 {deed}") == ["2:00-2:00 met"]
    assert runs("bladder", f"{A} | 1:00 {deed} | 2:00 case.closed | 3:00 case.reopened A") == ["0:00-1:00 met", "3:00-"]
    assert runs("bladder", f"{A} | 1:00 case.reclassified B | 2:00 {deed}") == ["0:00-1:00 superseded"]


@pytest.mark.parametrize(
    ("clock", "deeds", "due"),
    [
        ("vte", ("vte.assessed", "vte.dosed"), "15:00"),
        ("vte", ("vte.dosed", "vte.assessed"), "15:00"),
        ("vte", ("vte.assessed", "vte.not_given"), "15:00"),
        ("vte", ("vte.not_given", "vte.assessed"), "15:00"),
        ("skin", ("skin.assessed",), "7:00"),
        ("discharge_plan", ("discharge.started",), "49:00"),
        ("discharge_plan", ("discharge.needs_assessed",), "49:00"),
    ],
)
def test_from_the_admission(clock, deeds, due):
    *half, last = deeds
    begun = "".join(f" | 2:00 {deed}" for deed in half)
    before = "".join(f" | 0:10 {deed}" for deed in deeds)
    assert runs(clock, f"{ADMITTED}{begun} | {due} {last}") == [f"1:00-{due} met"]
    assert runs(clock, f"{ADMITTED}{begun} | {due}:01 {last}") == [f"1:00-{due}:01 breached"]
    assert runs(clock, f"{B}{before}") == []
    assert runs(clock, f"{B}{before} | 1:00 case.admitted") == ["1:00-1:00 met"]
    assert runs(clock, f"{B}{before} | 1:00 case.admitted | 9:00 case.admitted") == ["1:00-1:00 met"]
    assert runs(clock, f"0:00 case.admitted{before} | 1:00 case.suspected B") == ["1:00-"]
    assert runs(clock, f"0:00 case.admitted | 1:00 case.suspected B{begun} | {due} {last}") == [f"1:00-{due} met"]
    assert runs(clock, f"{ADMITTED} | 2:00 case.reclassified A") == ["1:00-"]


@pytest.mark.parametrize(("clock", "due"), [("physiotherapy", "26:00"), ("occupational_therapy", "50:00")])
def test_from_the_confirmation_in_hospital(clock, due):
    deed = f"{clock}.assessed"
    assert runs(clock, f"{KNOWN} | {due} {deed}") == [f"2:00-{due} met"]
    assert runs(clock, f"{KNOWN} | {due}:01 {deed}") == [f"2:00-{due}:01 breached"]
    assert runs(clock, ADMITTED) == []
    assert runs(clock, f"{ADMITTED} | 1:30 {deed} | 2:00 case.confirmed") == ["2:00-2:00 met"]
    assert runs(clock, f"{B} | 0:30 {deed} | 1:00 case.admitted | 2:00 case.confirmed") == ["2:00-"]
    assert runs(clock, f"{B} | 1:00 case.confirmed | 1:30 {deed} | 2:00 case.admitted") == ["2:00-"]
    assert runs(clock, f"{KNOWN} | 3:00 {deed} | 4:00 case.confirmed") == ["2:00-3:00 met"]
    assert runs(clock, f"{KNOWN} | 3:00 {deed} | 4:00 case.confirmed | 5:00 case.admitted") == ["2:00-3:00 met"]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{SAT} | 25:00 rehabilitation.stepped R2", ["1:00-25:00 met"]),
        (f"{SAT} | 25:00:01 rehabilitation.stepped R2", ["1:00-25:00:01 breached"]),
        (f"{SAT} | 9:00 rehabilitation.stepped R1", ["1:00-"]),
        (f"{SAT} | 9:00 rehabilitation.stepped R1 | 10:00 rehabilitation.stepped R3", ["1:00-10:00 met"]),
        (f"{A} | 0:30 rehabilitation.stepped R2 | 1:00 position.cleared_to_sit", ["1:00-"]),
        (f"{SAT} | 9:00 rehabilitation.stopped R2", ["1:00-9:00 superseded"]),
        (f"{SAT} | 9:00 position.ordered elevated | 10:00 position.cleared_to_sit", ["1:00-9:00 superseded", "10:00-"]),
        (f"{SAT} | 9:00 position.ordered mobile | 10:00 position.reviewed flat", ["1:00-"]),
        (f"{SAT} | 9:00 position.freed", ["1:00-9:00 superseded"]),
        (f"{SAT} | 9:00 case.deteriorated", ["1:00-9:00 superseded"]),
        (f"{SAT} | 9:00 case.deteriorated | 11:00 position.cleared_to_sit", ["1:00-9:00 superseded", "11:00-"]),
        (f"{SAT} | 9:00 position.cleared_to_sit", ["1:00-"]),
    ],
)
def test_remobilise(story, expected):
    assert runs("remobilise", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{A} | 1:00 pain.scored rest=3 movement=3", []),
        (f"{A} | 1:00 pain.scored rest=4 movement=0", ["1:00-"]),
        (f"{A} | 1:00 pain.scored rest=0 movement=4", ["1:00-"]),
        (f"{A} | 1:00 pain.scored 8 | 2:00 pain.scored 5 | 6:00 pain.scored 3", ["1:00-2:00 met", "2:00-6:00 met"]),
        (f"{A} | 1:00 pain.scored 8 | 2:00:01 pain.scored 5 | 6:00:02 pain.scored 3",
         ["1:00-2:00:01 breached", "2:00:01-6:00:02 breached"]),
        (f"{A} | 1:00 pain.scored 8 | 2:00 pain.scored 3 | 3:00 pain.scored 2", ["1:00-2:00 met"]),
        (f"{A} | 1:00 pain.scored 8 | 2:00 clock.voided pain | 3:00 pain.scored 9", ["1:00-2:00 void", "3:00-"]),
    ],
)  # fmt: skip
def test_pain(story, expected):
    assert runs("pain", story) == expected


@pytest.mark.parametrize(
    ("clock", "due", "end", "other"),
    [
        ("followup_day_30", 1 + 37 * 24, "followup.recorded day_30", "followup.recorded week_8"),
        ("followup_week_8", 1 + 63 * 24, "followup.recorded week_8", "followup.recorded day_30"),
    ],
)
def test_followup(clock, due, end, other):
    assert runs(clock, f"{HOME} | {due}:00 {end}") == [f"1:00-{due}:00 met"]
    assert runs(clock, f"{HOME} | {due}:00:01 {end}") == [f"1:00-{due}:00:01 breached"]
    assert runs(clock, f"{HOME} | 9:00 {other}") == ["1:00-"]
    assert runs(clock, f"{A} | 0:30 {end} | 1:00 discharge.discharged") == ["1:00-"]
    assert runs(clock, f"{HOME} | 9:00 case.excluded | 10:00 case.supportive_care") == ["1:00-"]
    assert runs(clock, f"{HOME} | 9:00 discharge.discharged") == ["1:00-"]
    assert runs(clock, f"{HOME} | 9:00 case.died") == ["1:00-9:00 frozen"]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{WORSE} | 2:00 neuro.examined", ["1:00-2:00 met"]),
        (f"{WORSE} | 2:00:01 neuro.examined", ["1:00-2:00:01 breached"]),
        (f"{WORSE} | 1:00 neuro.examined", ["1:00-1:00 met"]),
        (f"{A} | 0:30 neuro.examined | 1:00 case.deteriorated", ["1:00-"]),
        (f"{WORSE} | 1:30 case.deteriorated", ["1:00-"]),
        (f"{WORSE} | 2:00 neuro.examined | 3:00 case.deteriorated", ["1:00-2:00 met", "3:00-"]),
        (f"{B} | 1:00 case.deteriorated", ["1:00-"]),
        (f"{WORSE} | 2:00 discharge.discharged | 2:10 case.excluded | 2:20 case.supportive_care", ["1:00-"]),
        (f"{WORSE} | 2:00 surgery.started", ["1:00-"]),
    ],
)
def test_deterioration(story, expected):
    assert runs("deterioration", story) == expected


@pytest.mark.parametrize(
    ("clock", "story", "expected"),
    [
        ("neuro_exam", SEEN, ("10:00", "30:00", "34:00")),
        ("bladder", A, ("0:00", "2:00", "4:00")),
        ("vte", ADMITTED, ("1:00", "11:00", "15:00")),
        ("skin", ADMITTED, ("1:00", "5:00", "7:00")),
        ("physiotherapy", KNOWN, ("2:00", "20:00", "26:00")),
        ("occupational_therapy", KNOWN, ("2:00", "38:00", "50:00")),
        ("remobilise", SAT, ("1:00", "13:00", "25:00")),
        ("pain", f"{A} | 1:00 pain.scored rest=7 movement=2", ("1:00", "1:45", "2:00")),
        ("pain", f"{A} | 1:00 pain.scored rest=2 movement=10", ("1:00", "1:45", "2:00")),
        ("pain", f"{A} | 1:00 pain.scored rest=6 movement=6", ("1:00", "4:00", "5:00")),
        ("pain", f"{A} | 1:00 pain.scored 8 | 2:00 pain.scored 5", ("2:00", "5:00", "6:00")),
        ("discharge_plan", ADMITTED, ("1:00", "37:00", "49:00")),
        ("followup_day_30", HOME, ("1:00", "721:00", "889:00")),
        ("followup_week_8", HOME, ("1:00", "1345:00", "1513:00")),
        ("deterioration", WORSE, ("1:00", "1:00", "2:00")),
    ],
)
def test_amber_and_due(clock, story, expected):
    assert limits(clock, story) == expected
