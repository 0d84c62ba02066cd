"""MSCC pathway, version 2026.1: every clock, its limits, its ladder and its source. A draft until it is released."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pathway.protocol.fold import moment
from pathway.protocol.types import (
    At,
    Fact,
    Group,
    InHours,
    Level,
    On,
    Protocol,
    Role,
    Rung,
    Sooner,
    Standard,
    hours,
    minutes,
    on,
)

A, B_C = frozenset("A"), frozenset("BC")
POSITIVE = ("mscc", "impending")
IN_BED = ("flat", "elevated")
GUIDANCE, LOCAL, PROPOSAL = "guidance", "local", "proposal"


def class_start(*classes: str) -> On:
    """The suspicion, or a later change that brings the case into one of these classes."""
    return on("case.suspected", of=classes) | on("case.reclassified", of=classes) | on("case.reopened", of=classes)


def ladder(*also: Role, top: Level = Level.E3) -> tuple[Rung, ...]:
    """Tell the coordinator and the ward at amber, then the consultant and the lead when the limit is reached."""
    return (
        Rung(Level.E1, At.AMBER, (Role.COORDINATOR, Role.NURSE_IN_CHARGE, *also)),
        Rung(top, At.DUE, (Role.CONSULTANT, Role.MSCC_LEAD, Role.COORDINATOR), acknowledge=minutes(30)),
    )


def found_on_a_scan(start: Fact) -> bool:
    """Whether the suspicion itself came from a scan, which then counts although it was acquired before."""
    return start.kind == "case.suspected" and start.answers.get("place") == "imaging"


def slot_before_due(facts: Sequence[Fact], due: datetime) -> bool:
    """Whether the newest booking that still stands has its slot before the scan is due, and not before the booking."""
    newest = facts[-1] if facts else None
    if newest is None or newest.kind != "imaging.booked":
        return False
    return newest.occurred_at <= moment(newest.answers["slot_at"]) < due


def triage_limit(start: Fact, in_hours: InHours) -> timedelta:
    """30 minutes for a referral received in working hours, otherwise 60."""
    return minutes(30) if in_hours(start.occurred_at) else minutes(60)


def triage_amber(start: Fact, in_hours: InHours) -> timedelta:
    """20 minutes for a referral received in working hours, otherwise 45."""
    return minutes(20) if in_hours(start.occurred_at) else minutes(45)


CONTACT_A = Standard(
    key="contact_a",
    label="Speak to the coordinator",
    limit=minutes(60),
    amber=minutes(30),
    classes=A,
    early=True,
    starts=class_start("A"),
    met=(on("contact.made", channel=("phone", "bleep", "face_to_face")),),
    superseded=on("contact.advised") | on("referral.triaged"),
    ladder=ladder(),
    clears="contact.made",
    holder="referrer",
    source="NICE NG234, NICE CG75: contact immediately; 60 minutes is operational",
    mark=PROPOSAL,
)
CONTACT_B = Standard(
    key="contact_b",
    label="Coordinator's advice within 24 hours",
    limit=hours(24),
    amber=hours(18),
    classes=B_C,
    starts=class_start("B", "C"),
    met=(on("contact.advised") | on("referral.triaged"),),
    ladder=ladder(),
    clears="contact.advised",
    holder="referrer",
    source="NICE NG234, NICE CG75: advice through the coordinator within 24 hours",
    mark=GUIDANCE,
)
TRIAGE = Standard(
    key="triage",
    label="Triage the referral",
    limit=triage_limit,
    amber=triage_amber,
    starts=on("referral.received"),
    met=(on("referral.triaged"),),
    ladder=ladder(),
    clears="referral.triaged",
    holder="coordinator",
    source="NICE QS56 statement 4; minutes are a proposal",
    mark=PROPOSAL,
)
MRI_REQUEST = Standard(
    key="mri_request",
    label="Request the scan",
    limit=minutes(60),
    amber=minutes(30),
    classes=A,
    group=Group.IMAGING,
    early=True,
    starts=on("referral.triaged", outcome="pathway"),
    met=(on("imaging.requested"),),
    superseded=on("imaging.vetted") | on("imaging.booked") | on("imaging.started") | on("imaging.acquired"),
    ladder=ladder(),
    clears="imaging.requested",
    holder="referrer",
    source="local practice",
    mark=LOCAL,
)
MRI_SLOT = Standard(
    key="mri_slot",
    label="Book a scan slot",
    limit=hours(4),
    amber=hours(2),
    classes=A,
    group=Group.IMAGING,
    starts=on("imaging.requested"),
    met=(on("imaging.booked"),),
    superseded=on("imaging.started") | on("imaging.acquired"),
    ladder=ladder(Role.RADIOGRAPHER),
    clears="imaging.booked",
    holder="radiology",
    source="local practice",
    mark=LOCAL,
)
MRI_B = Standard(
    key="mri_b",
    label="MRI and plan within a week of suspicion",
    limit=hours(168),
    amber=hours(120),
    classes=B_C,
    group=Group.IMAGING,
    early=found_on_a_scan,
    starts=class_start("B", "C"),
    met=(
        on("imaging.acquired")
        + (on("case.planned") | on("decision.made") | on("case.metastases_only") | on("case.excluded")),
    ),
    ladder=ladder(Role.RADIOGRAPHER),
    clears="imaging.acquired",
    holder="radiology",
    source="NICE QS56 statement 2 (2023): whole-spine MRI and plan within 1 week",
    mark=GUIDANCE,
)
MRI_A = Standard(
    key="mri_a",
    label="MRI within 24 hours of suspicion",
    limit=hours(24),
    amber=hours(18),
    sooner=Sooner(
        hours(12),
        unless=slot_before_due,
        reads=frozenset({"imaging.booked", "imaging.abandoned", "imaging.contraindicated", "imaging.acquired"}),
    ),
    classes=A,
    group=Group.IMAGING,
    early=found_on_a_scan,
    starts=class_start("A"),
    met=(
        on("imaging.acquired", modality="mri"),
        on("imaging.contraindicated") + on("imaging.acquired", modality="ct"),
    ),
    resumes=on("imaging.communicated", result="non_diagnostic"),
    due_no_later_than="mri_b",
    ladder=ladder(Role.RADIOGRAPHER),
    clears="imaging.acquired",
    holder="radiology",
    source="NICE NG234 1.5.2, NICE QS56 statement 3: as soon as possible and always within 24 hours",
    mark=GUIDANCE,
)
REPORT = Standard(
    key="report",
    label="Tell the team the result",
    limit=hours(2),
    amber=hours(1),
    starts=on("imaging.acquired"),
    met=(on("imaging.communicated"),),
    superseded=on("imaging.acknowledged")
    | on("case.confirmed")
    | on("case.impending")
    | on("case.metastases_only")
    | on("case.excluded"),
    ladder=ladder(Role.RADIOGRAPHER),
    clears="imaging.communicated",
    holder="radiology",
    source="NICE NG234: results reported urgently; hours are a proposal",
    mark=PROPOSAL,
)
RESULT_ACK = Standard(
    key="result_ack",
    label="Acknowledge the positive result",
    limit=minutes(30),
    amber=minutes(15),
    starts=on("imaging.communicated", result=POSITIVE),
    met=(on("imaging.acknowledged"),),
    superseded=on("case.confirmed") | on("case.impending") | on("decision.made"),
    ladder=ladder(top=Level.EX),
    clears="imaging.acknowledged",
    holder="coordinator",
    source="safety rule: a positive result seen by nobody (HZ15)",
    mark=PROPOSAL,
)
DEXAMETHASONE = Standard(
    key="dexamethasone",
    label="Give the first dexamethasone",
    limit=hours(4),
    amber=hours(1),
    early=True,
    starts=on("steroids.indicated"),
    met=(on("steroids.started"),),
    void=on("steroids.withheld") | on("case.excluded") | on("case.metastases_only"),
    ladder=ladder(),
    clears="steroids.started",
    holder="ward",
    source="NICE NG234 1.8.1: 16 mg as soon as possible; 4 hours is a local audit definition",
    mark=LOCAL,
)
DEXAMETHASONE_STOP = Standard(
    key="dexamethasone_stop",
    label="Stop dexamethasone: compression excluded",
    limit=hours(12),
    amber=hours(4),
    early=True,
    starts=on("steroids.started") + on("case.excluded"),
    met=(on("steroids.stopped"),),
    ladder=ladder(),
    clears="steroids.stopped",
    holder="ward",
    source="NICE NG234 1.8.2: stop if compression is ruled out; hours are a proposal",
    mark=PROPOSAL,
)
HAEMATOLOGY_ADVICE = Standard(
    key="haematology_advice",
    label="Haematology's advice on steroids",
    limit=hours(2),
    amber=minutes(30),
    starts=on("steroids.withheld", reason="haematology"),
    met=(on("steroids.haematology_advised"),),
    superseded=on("steroids.started"),
    void=on("case.excluded"),
    ladder=ladder(),
    clears="steroids.haematology_advised",
    holder="haematology",
    source="local guideline: no steroid in suspected lymphoma before haematology has advised",
    mark=LOCAL,
)
STABILITY = Standard(
    key="stability",
    label="Expert advice on stability",
    limit=hours(24),
    amber=hours(12),
    early=True,
    starts=on("position.immobilised"),
    met=(on("stability.advised"),),
    superseded=on("position.cleared_to_sit") | on("position.freed"),
    ladder=ladder(),
    clears="stability.advised",
    holder="senior clinical adviser",
    source="NICE NG234: advice from a spinal expert within 24 hours of immobilising",
    mark=GUIDANCE,
)
FLAT_REVIEW = Standard(
    key="flat_review",
    label="Review the flat position",
    limit=hours(24),
    amber=hours(20),
    group=Group.BEDSIDE,
    starts=on("position.ordered", position=IN_BED)
    | on("position.immobilised")
    | on("position.reviewed", position=IN_BED),
    met=(on("position.ordered") | on("position.reviewed") | on("position.cleared_to_sit") | on("position.freed"),),
    ladder=ladder(Role.PHYSIOTHERAPIST),
    clears="position.reviewed",
    holder="ward",
    source="NICE NG234: keep flat bed rest short; a flat order lapses at 24 hours",
    mark=PROPOSAL,
)

PROTOCOL = Protocol(
    version="mscc-2026.1",
    title="Metastatic spinal cord compression, adults",
    author="",
    checker="",
    next_review="2027-03-01",
    all=(
        CONTACT_A,
        CONTACT_B,
        TRIAGE,
        MRI_REQUEST,
        MRI_SLOT,
        MRI_B,
        MRI_A,
        REPORT,
        RESULT_ACK,
        DEXAMETHASONE,
        DEXAMETHASONE_STOP,
        HAEMATOLOGY_ADVICE,
        STABILITY,
        FLAT_REVIEW,
    ),
)
