"""What 2026.2 says of clocks that a refusal has voided: a scan or a treatment that is wanted after all."""

import pytest

from pathway import protocol
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from tests.protocol.test_clocks_to_the_scan import A
from tests.protocol.test_widths import told as told_less_exactly
from tests.protocol.told import CURRENT, limits, runs, said

BEFORE = protocol.get("mscc-2026.1")
NO_ANSWER = "imaging.communicated non_diagnostic"
SCAN = "imaging.acquired mri"
DECLINED = f"{A} | 3:00 case.declined imaging"
DECIDED = "decision.made radiotherapy"


@pytest.mark.parametrize("clock", ["mri_a", "mri_b"])
@pytest.mark.parametrize(
    ("after", "again"),
    [
        ("5:00 imaging.requested mri", "5:00-"),
        ("5:00 imaging.booked 9:00", "5:00-"),
        ("5:00 imaging.requested mri | 6:00 imaging.booked 9:00", "5:00-"),
        ("4:00 case.declined imaging | 5:00 imaging.requested mri", "5:00-"),
        ("5:00 imaging.requested mri | 6:00 case.declined imaging", "5:00-6:00 void"),
        ("5:00 imaging.requested mri | 6:00 case.declined imaging | 7:00 imaging.requested mri", "7:00-"),
        ("4:00 case.supportive_care | 5:00 imaging.requested mri", ""),
        ("4:00 case.excluded | 5:00 imaging.requested mri", ""),
        ("4:00 case.closed | 5:00 imaging.requested mri", ""),
        ("4:00 imaging.vetted", ""),
    ],
)
def test_who_wants_the_scan_after_all_has_a_clock_again(clock, after, again):
    start = DECLINED if clock == "mri_a" else DECLINED.replace("suspected A", "suspected B")
    first, *others = runs(clock, f"{start} | {after}")
    assert first == "0:00-3:00 void"
    assert (others or [""])[-1] == again
    assert len(runs(clock, f"{start} | {after}", version=BEFORE)) == 1


def test_a_scan_that_is_wanted_again_has_its_whole_time_and_no_voided_clock_comes_back():
    assert limits("mri_a", f"{DECLINED} | 5:00 imaging.requested mri") == ("5:00", "17:00", "29:00")
    voided = f"{A} | 3:00 clock.voided mri_a | 4:00 case.declined imaging | 5:00 imaging.requested mri"
    assert runs("mri_a", voided) == ["0:00-3:00 void"]
    assert runs("mri_a", f"0:00 case.declined imaging | 1:00 imaging.requested mri | 2:00 {SCAN}") == []


def test_a_refusal_that_was_taken_back_does_not_end_what_a_scan_did_not_answer():
    story = f"{A} | 9:00 {SCAN} | 9:30 case.declined imaging | 9:40 imaging.requested mri | 10:00 {NO_ANSWER}"
    assert runs("mri_a", story) == ["0:00-"]
    assert runs("mri_a", story, version=BEFORE) == ["0:00-9:30 void"]


REFUSED = f"{A} | 12:20 case.declined imaging"


@pytest.mark.parametrize(
    ("request_at", "width", "expected"),
    [
        # of one minute the request counts as later, whichever was typed first
        ("12:20", "minute", ["0:00-12:20 void", "12:20-"]),
        ("12:19", "minute", ["0:00-12:20 void"]),
        # of the same hour or day it may be, where it was not typed in before the refusal: the alarm stays
        ("12:30", "hour", ["0:00-12:20 void", "12:20-"]),
        ("11:30", "hour", ["0:00-12:20 void"]),
        ("14:00", "day", ["0:00-12:20 void", "12:20-"]),
        ("12:10", "day", ["0:00-12:20 void"]),
    ],
)
def test_a_request_that_may_have_come_after_the_refusal_has_a_clock(request_at, width, expected):
    story = told_less_exactly(f"{REFUSED} | {request_at} imaging.requested mri", imaging_requested=width)
    for facts in (story, story[::-1]):
        assert [said(run) for run in fold(facts, CURRENT, in_hours) if run.standard == "mri_a"] == expected


AGREED = "consent.recorded procedure=radiotherapy basis=given"
REFUSES = f"{A} | 1:00 case.confirmed | 2:00 {DECIDED} | 3:00 case.declined treatment"


@pytest.mark.parametrize(
    ("after", "treatment", "radiotherapy"),
    [
        (f"9:00 {AGREED}", "9:00-", "9:00-"),
        (f"9:00 {AGREED} | 20:00 radiotherapy.fraction 1", "9:00-20:00 met", "9:00-20:00 met"),
        (f"9:00 {DECIDED}", "9:00-", "9:00-"),
        (f"9:00 {DECIDED} | 10:00 {AGREED}", "9:00-", "9:00-"),
        ("9:00 decision.made systemic", "9:00-", ""),
        ("9:00 consent.recorded procedure=surgery basis=best_interests", "9:00-", ""),
        (f"9:00 {AGREED} | 10:00 case.declined treatment", "9:00-10:00 void", "9:00-10:00 void"),
        ("9:00 consent.recorded procedure=radiotherapy basis=refused", "", ""),
        ("9:00 consent.recorded procedure=biopsy basis=given", "", ""),
        ("9:00 decision.made supportive", "", ""),
        (f"4:00 case.supportive_care | 9:00 {AGREED}", "", ""),
        (f"4:00 case.closed | 9:00 {AGREED}", "", ""),
    ],
)
def test_who_wants_a_treatment_after_all_has_its_clocks_again(after, treatment, radiotherapy):
    story = f"{REFUSES} | {after}"
    for clock, start, again in (("treatment", "1:00", treatment), ("radiotherapy", "2:00", radiotherapy)):
        assert runs(clock, story) == [f"{start}-3:00 void", *([again] if again else [])]
    assert len(runs("treatment", story, version=BEFORE)) == 1


def test_an_operation_that_is_wanted_after_all_has_its_whole_time():
    story, agreed = (
        f"{A} | 2:00 surgery.decided | 3:00 case.declined treatment",
        AGREED.replace("radiotherapy", "surgery"),
    )
    assert limits("surgery", f"{story} | 9:00 {agreed}") == ("9:00", "21:00", "33:00")
    assert runs("surgery", f"{story} | 9:00 {AGREED}") == ["2:00-3:00 void"]


def test_consent_after_a_refusal_of_more_starts_no_clock_of_what_was_begun():
    given = f"{A} | 1:00 case.confirmed | 2:00 {DECIDED} | 3:00 radiotherapy.fraction 1"
    for clock, met in (("treatment", "1:00-3:00 met"), ("radiotherapy", "2:00-3:00 met")):
        assert runs(clock, f"{given} | 4:00 case.declined treatment | 9:00 {AGREED}") == [met]
