"""What 2026.2 says of clocks that start again, go on, or may not start: readmissions, classes, courses and results."""

from datetime import timedelta

import pytest

from pathway import protocol
from tests.protocol.test_clocks_to_the_scan import A, B
from tests.protocol.test_widths import run_of
from tests.protocol.test_widths import told as told_less_exactly
from tests.protocol.told import folded, limits, runs, shown

BEFORE = protocol.get("mscc-2026.1")
NO_ANSWER = "imaging.communicated non_diagnostic"
SCAN, CT = "imaging.acquired mri", "imaging.acquired ct"
LYING = "position.immobilised"
GIVEN = f"{A} | 1:00 steroids.started"
EXCLUDED = f"{GIVEN} | 3:00 case.excluded"
SUPPORTED = f"{A} | 1:00 case.supportive_care | 2:00 case.confirmed"
DECLINED = f"{A} | 3:00 case.declined imaging"
STAY = f"{A} | 0:00 case.admitted | 1:00 skin.assessed | 1:00 vte.assessed | 1:00 vte.dosed | 1:00 discharge.started"
KNOWN = f"{A} | 0:00 case.admitted | 1:00 case.confirmed | 2:00 physiotherapy.assessed"
DECIDED, OVER = "decision.made radiotherapy", "radiotherapy.completed"
FIRST = f"{A} | 1:00 {DECIDED} | 2:00 radiotherapy.fraction 1 row=r1"
IN_BED = ("skin", "vte", "discharge_plan")


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{A} | 1:00 stability.advised | 2:00 {LYING}", ["2:00-2:00 met"]),
        (f"0:00 stability.advised | 1:00 case.suspected A | 2:00 {LYING}", ["2:00-"]),
        (f"{A} | 1:00 stability.advised | 2:00 case.deteriorated | 3:00 {LYING}", ["3:00-"]),
        (f"{A} | 1:00 case.deteriorated | 2:00 stability.advised | 3:00 {LYING}", ["3:00-3:00 met"]),
        (f"{A} | 2:00 stability.advised | 2:00 case.deteriorated | 3:00 {LYING}", ["3:00-3:00 met"]),
        (f"{B} | 1:00 stability.advised | 2:00 case.reclassified A | 3:00 {LYING}", ["3:00-"]),
        (f"{A} | 1:00 stability.advised | 2:00 case.reclassified B | 3:00 {LYING}", ["3:00-3:00 met"]),
        (f"{B} | 1:00 stability.advised | 2:00 case.closed | 3:00 case.reopened B | 4:00 {LYING}", ["4:00-"]),
        (f"{A} | 1:00 {LYING} | 2:00 case.deteriorated | 3:00 stability.advised", ["1:00-3:00 met"]),
    ],
)
def test_advice_from_before_things_got_worse_is_no_advice_on_stability(story, expected):
    assert runs("stability", story) == expected


def test_advice_that_may_be_from_before_a_deterioration_is_not_early():
    story = f"{A} | 1:00 stability.advised | 2:00 case.deteriorated | 20:00 {LYING}"
    assert run_of("stability", told_less_exactly(story, case_deteriorated="day")).outcome == ""


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{B} | 1:00 {SCAN} | 2:00 {NO_ANSWER} | 3:00 case.planned", ["0:00-"]),
        (f"{B} | 1:00 {SCAN} | 2:00 {NO_ANSWER} | 3:00 case.planned | 4:00 {SCAN}", ["0:00-4:00 met"]),
        (f"{B} | 1:00 {SCAN} | 2:00 case.planned | 3:00 {NO_ANSWER}", ["0:00-"]),
        (f"{B} | 1:00 {SCAN} | 2:00 case.planned | 3:00 {NO_ANSWER} | 4:00 {SCAN}", ["0:00-4:00 met"]),
        (f"{B} | 1:00 {SCAN} | 2:00 case.excluded | 3:00 {NO_ANSWER} | 4:00 {SCAN}", ["0:00-"]),
        (f"{B} | 1:00 imaging.contraindicated | 2:00 {CT} | 3:00 case.planned", ["0:00-3:00 met"]),
        (f"{B} | 1:00 imaging.contraindicated | 2:00 {CT} | 3:00 case.planned | 4:00 {NO_ANSWER}", ["0:00-"]),
        (f"{B} | 1:00 {SCAN} | 2:00 case.planned | 3:00 case.reclassified A | 4:00 {NO_ANSWER}", ["0:00-2:00 met"]),
    ],
)
def test_a_scan_without_an_answer_leaves_the_week_of_class_b_running(story, expected):
    assert runs("mri_b", story) == expected


def test_a_ct_that_did_not_answer_is_not_made_an_answer_by_a_contraindication():
    story = f"{A} | 1:00 {CT} | 2:00 {NO_ANSWER} | 3:00 imaging.contraindicated"
    assert runs("mri_a", story) == ["0:00-"]
    assert runs("mri_a", story, version=BEFORE) == ["0:00-3:00 met"]


TO_A = "case.reclassified A"
TO_B = f"{A} | 20:00 case.reclassified B"


@pytest.mark.parametrize(
    ("clock", "story", "due"),
    [
        ("mri_a", f"{TO_B} | 23:00 case.reclassified A", "24:00"),
        ("mri_a", f"{TO_B} | 30:00 case.reclassified A", "24:00"),
        ("mri_a", f"{TO_B} | 23:00 {TO_A} | 23:30 case.reclassified C | 40:00 {TO_A}", "24:00"),
        ("mri_a", f"{TO_B} | 21:00 {SCAN} | 23:00 case.reclassified A", "47:00"),
        ("mri_a", f"{TO_B} | 21:00 {SCAN} | 22:00 {NO_ANSWER} | 23:00 case.reclassified A", "24:00"),
        ("mri_a", f"{TO_B} | 21:00 case.closed | 23:00 case.reopened A", "47:00"),
        ("mri_a", f"{TO_B} | 21:00 case.closed | 22:00 case.reopened B | 23:00 case.reclassified A", "47:00"),
        ("mri_a", f"{DECLINED} | 4:00 case.reclassified B | 5:00 case.reclassified A", "29:00"),
        ("mri_b", f"{B} | 100:00 case.reclassified A | 150:00 case.reclassified B", "168:00"),
        ("plan_24", f"{TO_B} | 23:00 case.reclassified A", "24:00"),
        ("total_48", f"{TO_B} | 23:00 case.reclassified A", "48:00"),
        ("bladder", f"{A} | 1:00 case.reclassified B | 3:00 case.reclassified A", "7:00"),
    ],
)  # fmt: skip
def test_no_time_is_won_by_going_to_another_class_and_back(clock, story, due):
    assert limits(clock, story)[2] == due


def test_a_scan_in_time_by_the_second_run_only_is_late():
    assert runs("mri_a", f"{TO_B} | 23:00 case.reclassified A | 40:00 {SCAN}")[1] == "23:00-40:00 breached"


def test_a_course_that_is_over_was_begun():
    for clock, start in (("radiotherapy", "decision.made radiotherapy"), ("treatment", "case.confirmed")):
        assert runs(clock, f"{A} | 1:00 {start} | 90:00 radiotherapy.completed") == ["1:00-90:00 superseded"]
    assert runs("total_48", f"{A} | 90:00 radiotherapy.completed") == ["0:00-90:00 superseded"]


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        # the end of the first course says nothing of the second decision, whose own course ends it
        (f"{FIRST} | 5:00 {DECIDED} | 9:00 {OVER} row=r1", ["1:00-2:00 met", "5:00-"]),
        (f"{FIRST} | 5:00 {DECIDED} | 9:00 {OVER} row=r1 | 20:00 {OVER} row=r2",
         ["1:00-2:00 met", "5:00-20:00 superseded"]),
        (f"{FIRST} | 5:00 {DECIDED} | 9:00 {OVER} row=r1 | 20:00 radiotherapy.fraction 1 row=r2",
         ["1:00-2:00 met", "5:00-20:00 met"]),
        # a course of which no row is known may be the earlier one: the alarm stays
        (f"{FIRST} | 5:00 {DECIDED} | 9:00 {OVER}", ["1:00-2:00 met", "5:00-"]),
        # its later fractions alone show that a course is being given
        (f"{A} | 1:00 {DECIDED} | 2:00 radiotherapy.fraction 2 row=r1 | 9:00 {OVER} row=r1", ["1:00-9:00 superseded"]),
    ],
)  # fmt: skip
def test_the_end_of_an_earlier_course_says_nothing_of_a_new_decision(course, expected):
    assert runs("radiotherapy", course) == expected


def test_another_treatment_decided_on_supersedes_the_wait_for_radiotherapy():
    assert runs("radiotherapy", f"{A} | 1:00 {DECIDED} | 2:00 decision.made surgery") == ["1:00-2:00 superseded"]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (SUPPORTED, []),
        (f"{SUPPORTED} | 5:00 decision.made supportive", []),
        (f"{SUPPORTED} | 5:00 decision.made radiotherapy", ["5:00-"]),
        (f"{SUPPORTED} | 5:00 case.reopened A", []),
        (f"{SUPPORTED} | 5:00 case.reopened A | 6:00 case.confirmed", ["6:00-"]),
        (f"{A} | 1:00 case.supportive_care | 5:00 decision.made surgery", []),
        (f"{A} | 1:00 case.supportive_care | 5:00 decision.made surgery | 6:00 case.confirmed", ["6:00-"]),
        (f"{A} | 1:00 case.confirmed | 2:00 case.supportive_care", ["1:00-2:00 void"]),
    ],
)
def test_no_treatment_is_due_while_supportive_care_stands(story, expected):
    assert runs("treatment", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{EXCLUDED} | 4:00 case.reopened A", ["3:00-4:00 superseded"]),
        (f"{EXCLUDED} | 4:00 case.reopened A | 6:00 case.excluded", ["3:00-4:00 superseded", "6:00-"]),
        (f"{EXCLUDED} | 4:00 case.closed | 5:00 case.reopened A | 6:00 case.excluded", ["3:00-4:00 frozen", "6:00-"]),
        (f"{EXCLUDED} | 4:00 steroids.stopped | 5:00 case.reopened A | 6:00 case.excluded", ["3:00-4:00 met"]),
        (f"{EXCLUDED} | 4:00 steroids.stopped | 5:00 steroids.started", ["3:00-4:00 met", "5:00-"]),
        (f"{EXCLUDED} | 4:00 clock.voided dexamethasone_stop | 5:00 case.excluded", ["3:00-4:00 void"]),
        (f"{A} | 1:00 steroids.changed | 3:00 case.excluded", ["3:00-"]),
        (f"{GIVEN} | 2:00 steroids.stopped | 2:30 steroids.changed | 3:00 case.excluded", ["3:00-"]),
        (f"{GIVEN} | 2:00 steroids.stopped | 3:00 case.excluded", ["3:00-3:00 met"]),
    ],
)
def test_the_steroid_is_to_stop_for_as_long_as_compression_is_excluded_and_it_is_given(story, expected):
    assert runs("dexamethasone_stop", story) == expected


def test_a_first_dose_that_was_typed_as_a_change_starts_what_a_dose_starts_and_a_later_change_does_not():
    assert runs("ppi_glucose", f"{A} | 1:00 steroids.changed") == ["1:00-"]
    done = "2:00 steroids.protected | 2:00 steroids.glucose_checked"
    assert runs("ppi_glucose", f"{GIVEN} | {done} | 9:00 steroids.changed") == ["1:00-2:00 met"]
    assert runs("ppi_glucose", f"{GIVEN} | {done} | 9:00 steroids.started") == ["1:00-2:00 met", "9:00-"]
    for clock in ("taper_plan", "taper_end"):
        assert runs(clock, f"{A} | 1:00 steroids.changed | 5:00 surgery.started") == ["5:00-"]
        planned = f"{GIVEN} | 2:00 steroids.taper_planned | 3:00 steroids.changed | 5:00 surgery.started"
        assert runs(clock, planned)[0].startswith("5:00-5:00 met" if clock == "taper_plan" else "5:00-")


INDICATED = f"{A} | 1:00 steroids.indicated row=s1"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2:00 steroids.changed row=s1", ["1:00-2:00 superseded"]),
        ("2:00 steroids.stopped row=s1", ["1:00-2:00 superseded"]),
        ("6:00 steroids.changed row=s1", ["1:00-6:00 superseded"]),
        # the first dose is typed in late, at its time
        ("2:00 steroids.changed row=s1 | 1:30 steroids.started row=s1", ["1:00-1:30 met"]),
        ("2:00 steroids.taper_planned row=s1", ["1:00-"]),
        # another course, which was being given before, says nothing of the first dose that is waited for
        ("0:30 steroids.changed row=s0 | 2:00 steroids.changed row=s0", ["1:00-"]),
        ("0:30 steroids.changed row=s0 | 2:00 steroids.stopped row=s0 | 3:00 steroids.started row=s1",
         ["1:00-3:00 met"]),
    ],
)  # fmt: skip
def test_no_first_dose_is_asked_for_where_a_later_one_was_given(after, expected):
    assert runs("dexamethasone", f"{INDICATED} | {after}") == expected
    assert runs("dexamethasone", f"{INDICATED} | 2:00 steroids.changed row=s1", version=BEFORE) == ["1:00-"]


@pytest.mark.parametrize("clock", ["taper_plan", "taper_end"])
def test_a_second_course_after_treatment_is_tapered_too(clock):
    course = f"{GIVEN} | 5:00 radiotherapy.fraction 1 | 9:00 steroids.stopped"
    assert runs(clock, f"{course} | 90:00 steroids.started") == ["5:00-9:00 met", "90:00-"]
    assert runs(clock, f"{course} | 80:00 case.reopened A | 90:00 steroids.started") == ["5:00-9:00 met"]
    treated = f"{course} | 80:00 case.reopened A | 90:00 steroids.started | 91:00 surgery.started"
    assert runs(clock, treated) == ["5:00-9:00 met", "91:00-"]


@pytest.mark.parametrize("clock", IN_BED)
@pytest.mark.parametrize(
    ("after", "again"),
    [
        ("2:00 case.admitted", []),
        ("2:00 case.excluded | 3:00 case.reopened A", []),
        ("24:00 discharge.discharged | 99:00 case.admitted", ["99:00-"]),
        ("24:00 case.closed | 90:00 case.reopened A", ["90:00-"]),
        ("24:00 case.closed | 90:00 case.reopened A | 91:00 case.admitted", ["90:00-"]),
        ("24:00 case.closed | 90:00 case.admitted | 91:00 case.reopened A", ["91:00-"]),
        ("24:00 discharge.discharged | 25:00 case.closed | 90:00 case.reopened A", []),
        ("24:00 discharge.discharged | 25:00 case.closed | 90:00 case.reopened A | 91:00 case.admitted", ["91:00-"]),
        ("24:00 case.left | 90:00 case.reopened A | 91:00 case.admitted", ["91:00-"]),
    ],
)
def test_every_stay_has_its_own_clocks(clock, after, again):
    assert runs(clock, f"{STAY} | {after}") == ["0:00-1:00 met", *again]


def test_what_was_done_in_an_earlier_stay_is_not_early_in_the_next():
    stay = f"{STAY} | 9:00 skin.assessed | 24:00 discharge.discharged"
    assert runs("skin", f"{stay} | 99:00 case.admitted") == ["0:00-1:00 met", "99:00-"]
    assert runs("skin", f"{stay} | 98:00 skin.assessed | 99:00 case.admitted") == ["0:00-1:00 met", "99:00-99:00 met"]


@pytest.mark.parametrize(
    ("after", "again"),
    [
        ("24:00 discharge.discharged | 99:00 case.admitted", ["99:00-"]),
        ("24:00 case.reopened A | 25:00 case.confirmed", ["25:00-"]),
        ("24:00 case.metastases_only | 30:00 discharge.discharged | 99:00 case.admitted", []),
        ("24:00 case.confirmed", []),
    ],
)
def test_physiotherapy_looks_at_whoever_comes_back_with_a_compression(after, again):
    assert runs("physiotherapy", f"{KNOWN} | {after}") == ["1:00-2:00 met", *again]


ND = "imaging.communicated non_diagnostic row="
CROSSED = f"{A} | 10:00 {CT} row=1 | 11:00 {SCAN} row=2"


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (f"{CROSSED} | 11:30 {ND}1", ["0:00-11:00 met"]),
        (f"{CROSSED} | 11:30 {ND}2", ["0:00-"]),
        (f"{CROSSED} | 11:30 imaging.communicated non_diagnostic", ["0:00-"]),
        (f"{CROSSED} | 11:30 {ND}1 | 12:00 {ND}2", ["0:00-"]),
        (f"{CROSSED} | 11:30 {ND}2 | 12:00 imaging.contraindicated", ["0:00-12:00 met"]),
        (f"{CROSSED} | 11:30 {ND}1 | 12:00 {ND}2 | 13:00 imaging.contraindicated", ["0:00-"]),
        (f"{CROSSED} | 12:00 {SCAN} row=3 | 13:00 {ND}2", ["0:00-12:00 met"]),
        (f"{CROSSED} | 12:00 {SCAN} row=3 | 13:00 {ND}3 | 14:00 {ND}2", ["0:00-"]),
        (f"{CROSSED} | 12:00 {SCAN} row=3 | 12:10 {SCAN} row=4 | 13:00 {ND}2 | 14:00 {ND}3", ["0:00-12:10 met"]),
        (f"{CROSSED} | 11:20 case.declined imaging | 12:00 {SCAN} row=3 | 13:00 {ND}2", ["0:00-11:20 void"]),
        (f"{CROSSED} | 12:00 {SCAN} row=3 | 12:30 case.declined imaging | 13:00 {ND}2", ["0:00-12:00 met"]),
    ],
)  # fmt: skip
def test_a_result_speaks_of_its_own_scan(story, expected):
    assert runs("mri_a", story) == expected


def test_another_scan_that_answers_meets_for_certain():
    story = f"{CROSSED} | 12:00 {SCAN} row=3 | 12:10 {SCAN} row=4 | 13:00 {ND}2 | 14:00 {ND}3"
    assert folded("mri_a", story)[0].end_width == timedelta(0)
    (late,) = folded("mri_a", f"{CROSSED} | 26:00 {SCAN} row=3 | 27:00 {ND}2")
    assert (late.outcome, shown(late.ended_at), late.ended_at > late.due_at) == ("met", "26:00", True)


def test_the_plan_of_class_b_stands_on_the_scan_that_answered():
    story = f"{B} | 10:00 {SCAN} row=1 | 11:00 {SCAN} row=2 | 12:00 case.excluded"
    assert runs("mri_b", f"{story} | 13:00 {ND}1") == ["0:00-12:00 met"]
    assert runs("mri_b", f"{story} | 13:00 {ND}1 | 14:00 {ND}2") == ["0:00-"]
    assert runs("mri_b", story.replace("12:00 case.excluded", f"11:30 {ND}2 | 12:00 case.planned")) == [
        "0:00-12:00 met"
    ]


TOLD = "imaging.communicated normal row="


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (f"11:30 {TOLD}1", ["10:00-11:30 met", "11:30-"]),
        (f"11:30 {TOLD}1 | 13:00 {TOLD}2", ["10:00-11:30 met", "11:30-13:00 met"]),
        (f"11:30 {TOLD}1 | 13:00:01 {TOLD}2", ["10:00-11:30 met", "11:30-13:00:01 breached"]),
        (f"13:30 {TOLD}1 | 13:40 {TOLD}2", ["10:00-13:30 breached", "13:30-13:40 breached"]),
        (f"11:30 {TOLD}2", ["10:00-"]),
        (f"11:30 {TOLD}2 | 11:40 {TOLD}1", ["10:00-11:40 met"]),
        ("11:30 imaging.communicated normal", ["10:00-11:30 met"]),
        ("11:30 imaging.acknowledged row=2", ["10:00-"]),
        ("11:30 imaging.acknowledged row=1", ["10:00-11:30 superseded", "11:30-"]),
        ("11:30 case.confirmed", ["10:00-11:30 superseded"]),
        ("11:30 clock.voided report", ["10:00-11:30 void", "11:30-"]),
        ("11:30 case.closed | 12:00 case.reopened A", ["10:00-11:30 frozen"]),
    ],
)
def test_every_scan_waits_for_its_own_result(after, expected):
    assert runs("report", f"{CROSSED} | {after}") == expected


def test_a_scan_whose_run_had_to_wait_is_due_as_if_it_had_not():
    assert limits("report", f"{CROSSED} | 11:30 {TOLD}1") == ("11:30", "12:00", "13:00")
    assert limits("report", f"{CROSSED} | 13:30 {TOLD}1") == ("13:30", "12:00", "13:00")


def test_the_version_before_knows_no_rows():
    assert runs("report", f"{CROSSED} | 11:30 {TOLD}1", version=BEFORE) == ["10:00-11:30 met"]
    assert runs("mri_a", f"{CROSSED} | 11:30 {ND}1", version=BEFORE) == ["0:00-"]
