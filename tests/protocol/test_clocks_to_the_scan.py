"""Every row of the clock table from the suspicion to the slot: contact_a, contact_b, triage, mri_request, mri_slot."""

import pytest

from tests.protocol.told import limits, runs

A, B = "0:00 case.suspected A", "0:00 case.suspected B"
TRIAGED = f"{A} | 1:00 referral.triaged pathway"
REQUESTED = f"{A} | 1:00 imaging.requested mri"
ENDS = [
    ("case.died", "frozen"),
    ("case.left", "frozen"),
    ("case.closed", "frozen"),
    ("case.entered_in_error", "void"),
    ("case.declined everything", "void"),
]
NO_SCAN = ["case.declined imaging", "case.supportive_care", "case.excluded"]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, ["0:00-"]),
        (f"{A} | 0:30 contact.made phone", ["0:00-0:30 met"]),
        (f"{A} | 0:30 contact.made bleep", ["0:00-0:30 met"]),
        (f"{A} | 0:30 contact.made face_to_face", ["0:00-0:30 met"]),
        (f"{A} | 1:00 contact.made phone", ["0:00-1:00 met"]),
        (f"{A} | 1:00:01 contact.made phone", ["0:00-1:00:01 breached"]),
        (f"{A} | 0:30 contact.made e_referral", ["0:00-"]),
        (f"{A} | 0:30 contact.made message", ["0:00-"]),
        (f"{A} | 0:30 contact.logged channel=phone", ["0:00-"]),
        (f"{A} | 0:30 referral.received channel=phone", ["0:00-"]),
        (f"{A} | 0:30 contact.advised", ["0:00-0:30 superseded"]),
        (f"{A} | 2:00 contact.advised", ["0:00-2:00 superseded"]),
        (f"{A} | 0:30 referral.triaged pathway", ["0:00-0:30 superseded"]),
        (f"{A} | 0:30 case.reclassified B", ["0:00-0:30 superseded"]),
        (f"{A} | 0:30 case.reclassified A", ["0:00-"]),
        (f"0:00 contact.made phone | {A}", ["0:00-0:00 met"]),
        ("0:00 contact.made phone | 0:10 case.suspected A", ["0:10-0:10 met"]),
        (B, []),
        (f"{B} | 0:30 contact.made phone | 5:00 case.reclassified A", ["5:00-"]),
        (f"{B} | 5:00 case.reclassified A | 5:00 contact.made phone", ["5:00-5:00 met"]),
        (f"{A} | 0:30 case.declined imaging", ["0:00-"]),
        (f"{A} | 0:30 case.excluded", ["0:00-"]),
        (f"{A} | 0:30 case.supportive_care", ["0:00-"]),
        (f"{A} | 0:30 case.transferred", ["0:00-"]),
        (f"{A} | 0:30 clock.voided contact_a", ["0:00-0:30 void"]),
        *((f"{A} | 0:30 {end}", [f"0:00-0:30 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_contact_a(story, expected):
    assert runs("contact_a", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (B, ["0:00-"]),
        ("0:00 case.suspected C", ["0:00-"]),
        (A, []),
        (f"{B} | 24:00 contact.advised", ["0:00-24:00 met"]),
        (f"{B} | 24:00:01 contact.advised", ["0:00-24:00:01 breached"]),
        (f"{B} | 3:00 referral.triaged pathway", ["0:00-3:00 met"]),
        (f"{B} | 3:00 referral.triaged advice_only", ["0:00-3:00 met"]),
        (f"{B} | 3:00 contact.made phone", ["0:00-"]),
        ("0:00 contact.advised | 0:10 case.suspected B", ["0:10-"]),
        (f"{B} | 3:00 case.reclassified A", ["0:00-3:00 superseded"]),
        (f"{B} | 3:00 case.reclassified C", ["0:00-"]),
        (f"{A} | 3:00 case.reclassified B | 4:00 contact.advised", ["3:00-4:00 met"]),
        (f"{B} | 3:00 case.excluded", ["0:00-"]),
        (f"{B} | 3:00 clock.voided contact_b", ["0:00-3:00 void"]),
        *((f"{B} | 3:00 {end}", [f"0:00-3:00 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_contact_b(story, expected):
    assert runs("contact_b", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, []),
        (f"{A} | 1:00 contact.made phone", []),
        (f"{A} | 1:00 referral.received", ["1:00-"]),
        (f"{A} | 1:00 referral.received | 1:30 referral.triaged pathway", ["1:00-1:30 met"]),
        (f"{A} | 1:00 referral.received | 1:30 referral.triaged advice_only", ["1:00-1:30 met"]),
        (f"{A} | 1:00 referral.received | 1:30:01 referral.triaged pathway", ["1:00-1:30:01 breached"]),
        (f"{B} | 1:00 referral.received | 1:20 referral.triaged pathway", ["1:00-1:20 met"]),
        (f"{A} | 1:00 referral.triaged pathway | 1:10 referral.received", ["1:10-"]),
        (f"{A} | 1:00 referral.received | 1:10 case.reclassified B", ["1:00-"]),
        (f"{A} | 1:00 referral.received | 1:10 contact.advised", ["1:00-"]),
        (f"{A} | 1:00 referral.received | 1:10 clock.voided triage", ["1:00-1:10 void"]),
        *((f"{A} | 1:00 referral.received | 1:10 {end}", [f"1:00-1:10 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_triage(story, expected):
    assert runs("triage", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, []),
        (TRIAGED, ["1:00-"]),
        (f"{A} | 1:00 referral.triaged advice_only", []),
        (f"{B} | 1:00 referral.triaged pathway", []),
        (f"{TRIAGED} | 2:00 imaging.requested mri", ["1:00-2:00 met"]),
        (f"{TRIAGED} | 2:00:01 imaging.requested mri", ["1:00-2:00:01 breached"]),
        (f"{A} | 0:30 imaging.requested mri | 1:00 referral.triaged pathway", ["1:00-1:00 met"]),
        (f"{TRIAGED} | 1:30 imaging.vetted", ["1:00-1:30 superseded"]),
        (f"{TRIAGED} | 1:30 imaging.booked 9:00", ["1:00-1:30 superseded"]),
        (f"{TRIAGED} | 1:30 imaging.started", ["1:00-1:30 superseded"]),
        (f"{TRIAGED} | 1:30 imaging.acquired mri", ["1:00-1:30 superseded"]),
        (f"{TRIAGED} | 1:30 imaging.communicated mscc", ["1:00-"]),
        (f"{TRIAGED} | 1:30 case.declined treatment", ["1:00-"]),
        (f"{TRIAGED} | 1:30 case.reclassified B", ["1:00-1:30 superseded"]),
        (f"{TRIAGED} | 1:30 clock.voided mri_request", ["1:00-1:30 void"]),
        *((f"{TRIAGED} | 1:30 {void}", ["1:00-1:30 void"]) for void in NO_SCAN),
        *((f"{TRIAGED} | 1:30 {end}", [f"1:00-1:30 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_mri_request(story, expected):
    assert runs("mri_request", story) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (REQUESTED, ["1:00-"]),
        (f"{B} | 1:00 imaging.requested mri", []),
        (f"{REQUESTED} | 5:00 imaging.booked 9:00", ["1:00-5:00 met"]),
        (f"{REQUESTED} | 5:00:01 imaging.booked 9:00", ["1:00-5:00:01 breached"]),
        (f"{A} | 0:30 imaging.booked 9:00 | 1:00 imaging.requested mri", ["1:00-"]),
        (f"{REQUESTED} | 2:00 imaging.vetted", ["1:00-"]),
        (f"{REQUESTED} | 2:00 imaging.started", ["1:00-2:00 superseded"]),
        (f"{REQUESTED} | 2:00 imaging.acquired mri", ["1:00-2:00 superseded"]),
        (f"{REQUESTED} | 2:00 case.reclassified C", ["1:00-2:00 superseded"]),
        (f"{REQUESTED} | 2:00 clock.voided mri_slot", ["1:00-2:00 void"]),
        *((f"{REQUESTED} | 2:00 {void}", ["1:00-2:00 void"]) for void in NO_SCAN),
        *((f"{REQUESTED} | 2:00 {end}", [f"1:00-2:00 {outcome}"]) for end, outcome in ENDS),
    ],
)
def test_mri_slot(story, expected):
    assert runs("mri_slot", story) == expected


@pytest.mark.parametrize(
    ("clock", "story", "expected"),
    [
        ("contact_a", A, ("0:00", "0:30", "1:00")),
        ("contact_b", B, ("0:00", "18:00", "24:00")),
        ("triage", f"{A} | 1:00 referral.received", ("1:00", "1:20", "1:30")),
        ("triage", f"{A} | 9:00 referral.received", ("9:00", "9:45", "10:00")),
        ("mri_request", TRIAGED, ("1:00", "1:30", "2:00")),
        ("mri_slot", REQUESTED, ("1:00", "3:00", "5:00")),
    ],
)
def test_amber_and_due(clock, story, expected):
    assert limits(clock, story) == expected
