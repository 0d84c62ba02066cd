"""MSCC pathway, version 2026.1: every clock, its limits, its ladder and its source."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pathway.protocol.fold import moment
from pathway.protocol.types import (
    Answers,
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
IMAGING, TREATMENT, BEDSIDE = Group.IMAGING, Group.TREATMENT, Group.BEDSIDE
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


ABOUT_SLOTS = frozenset({"imaging.booked", "imaging.abandoned", "imaging.contraindicated", "imaging.acquired"})
SIT_UP = ("R2", "R3", "R4", "R5", "R6")
GIVEN_OPINION = ("operate", "not_suitable")
GIVEN_ADVICE = ("radiotherapy", "systemic", "supportive")
NOT_RADIOTHERAPY = ("surgery", "systemic", "supportive")
NOT_SURGERY = ("radiotherapy", "systemic", "supportive")
FIRST_FRACTION = on("radiotherapy.fraction", n=1)
DEFINITIVE = on("surgery.started") | FIRST_FRACTION | on("systemic.started")
AT_ONCE = (Rung(Level.EX, At.AMBER, (Role.CONSULTANT, Role.MSCC_LEAD, Role.COORDINATOR)),)
SERIOUS = Rung(
    Level.E4, At.DUE, (Role.MANAGER, Role.CONSULTANT, Role.MSCC_LEAD, Role.COORDINATOR), minutes(60), after=hours(24)
)
MODERATE, SEVERE = 4, 7
REPORT_ONLY: tuple[Rung, ...] = ()


def hurts(answers: Answers) -> bool:
    """Whether the higher of pain at rest and on movement is 4 or more."""
    return pain_of(answers) >= MODERATE


def pain_of(answers: Answers) -> int:
    """The higher of the two scores."""
    return max(int(answers.get("rest", 0)), int(answers.get("movement", 0)))


def pain_limit(start: Fact, _in_hours: InHours) -> timedelta:
    """One hour from 7 up, four hours for 4 to 6."""
    return hours(1) if pain_of(start.answers) >= SEVERE else hours(4)


def pain_amber(start: Fact, _in_hours: InHours) -> timedelta:
    """45 minutes from 7 up, three hours for 4 to 6."""
    return minutes(45) if pain_of(start.answers) >= SEVERE else hours(3)


CONTACT_A = Standard(
    key="contact_a", label="Speak to the coordinator", limit=minutes(60), amber=minutes(30), classes=A, early=True,
    starts=class_start("A"), met=(on("contact.made", channel=("phone", "bleep", "face_to_face")),),
    superseded=on("contact.advised") | on("referral.triaged"),
    ladder=ladder(), clears="contact.made", holder="referrer",
    source="NICE NG234, NICE CG75: contact immediately; 60 minutes are a proposal", mark=PROPOSAL,
)  # fmt: skip
CONTACT_B = Standard(
    key="contact_b", label="Coordinator's advice within 24 hours", limit=hours(24), amber=hours(18), classes=B_C,
    starts=class_start("B", "C"), met=(on("contact.advised") | on("referral.triaged"),),
    ladder=ladder(), clears="contact.advised", holder="referrer",
    source="NICE NG234, NICE CG75: advice through the coordinator within 24 hours", mark=GUIDANCE,
)  # fmt: skip
TRIAGE = Standard(
    key="triage", label="Triage the referral", limit=triage_limit, amber=triage_amber,
    starts=on("referral.received"), met=(on("referral.triaged"),),
    ladder=ladder(), clears="referral.triaged", holder="coordinator",
    source="NICE QS56 statement 4; minutes are a proposal", mark=PROPOSAL,
)  # fmt: skip
MRI_REQUEST = Standard(
    key="mri_request", label="Request the scan", limit=minutes(60), amber=minutes(30), classes=A, group=IMAGING,
    early=True,
    starts=on("referral.triaged", outcome="pathway"), met=(on("imaging.requested"),),
    superseded=on("imaging.vetted") | on("imaging.booked") | on("imaging.started") | on("imaging.acquired"),
    ladder=ladder(), clears="imaging.requested", holder="referrer",
    source="no published standard: chosen so that a scan within 24 hours can follow", mark=PROPOSAL,
)  # fmt: skip
MRI_SLOT = Standard(
    key="mri_slot", label="Book a scan slot", limit=hours(4), amber=hours(2), classes=A, group=IMAGING,
    starts=on("imaging.requested"), met=(on("imaging.booked"),),
    superseded=on("imaging.started") | on("imaging.acquired"),
    ladder=ladder(Role.RADIOGRAPHER), clears="imaging.booked", holder="radiology",
    source="no published standard: chosen so that a scan within 24 hours can follow", mark=PROPOSAL,
)  # fmt: skip
MRI_B = Standard(
    key="mri_b", label="MRI and plan within a week of suspicion", limit=hours(168), amber=hours(120), classes=B_C,
    group=IMAGING, early=found_on_a_scan,
    starts=class_start("B", "C"),
    met=(on("imaging.acquired")
         + (on("case.planned") | on("decision.made") | on("case.metastases_only") | on("case.excluded")),),
    ladder=ladder(Role.RADIOGRAPHER), clears="imaging.acquired", holder="radiology",
    source="NICE QS56 statement 2 (2023): whole-spine MRI and plan within 1 week", mark=GUIDANCE,
)  # fmt: skip
MRI_A = Standard(
    key="mri_a", label="MRI within 24 hours of suspicion", limit=hours(24), amber=hours(18),
    sooner=Sooner(hours(12), unless=slot_before_due, reads=ABOUT_SLOTS),
    classes=A, group=IMAGING, early=found_on_a_scan,
    starts=class_start("A"),
    met=(on("imaging.acquired", modality="mri"), on("imaging.contraindicated") + on("imaging.acquired", modality="ct")),
    resumes=on("imaging.communicated", result="non_diagnostic"), due_no_later_than="mri_b",
    ladder=ladder(Role.RADIOGRAPHER), clears="imaging.acquired", holder="radiology",
    source="NICE NG234 1.5.2, NICE QS56 statement 3: as soon as possible and always within 24 hours", mark=GUIDANCE,
)  # fmt: skip
REPORT = Standard(
    key="report", label="Tell the team the result", limit=hours(2), amber=hours(1),
    starts=on("imaging.acquired"), met=(on("imaging.communicated"),),
    superseded=on("imaging.acknowledged") | on("case.confirmed") | on("case.impending") | on("case.metastases_only")
    | on("case.excluded"),
    ladder=ladder(Role.RADIOGRAPHER), clears="imaging.communicated", holder="radiology",
    source="NICE NG234: results reported urgently; hours are a proposal", mark=PROPOSAL,
)  # fmt: skip
RESULT_ACK = Standard(
    key="result_ack", label="Acknowledge the positive result", limit=minutes(30), amber=minutes(15),
    starts=on("imaging.communicated", result=POSITIVE), met=(on("imaging.acknowledged"),),
    superseded=on("case.confirmed") | on("case.impending") | on("decision.made"),
    ladder=ladder(top=Level.EX), clears="imaging.acknowledged", holder="coordinator",
    source="safety rule: a positive result seen by nobody (HZ15)", mark=PROPOSAL,
)  # fmt: skip
DEXAMETHASONE = Standard(
    key="dexamethasone", label="Give the first dexamethasone", limit=hours(4), amber=hours(1), early=True,
    starts=on("steroids.indicated"), met=(on("steroids.started"),),
    void=on("steroids.withheld") | on("case.excluded") | on("case.metastases_only"),
    ladder=ladder(), clears="steroids.started", holder="ward",
    source="NICE NG234 1.8.1: 16 mg as soon as possible; 4 hours is a local audit definition", mark=LOCAL,
)  # fmt: skip
HAEMATOLOGY_ADVICE = Standard(
    key="haematology_advice", label="Haematology's advice on steroids", limit=hours(2), amber=minutes(30),
    starts=on("steroids.withheld", reason="haematology"), met=(on("steroids.haematology_advised"),),
    superseded=on("steroids.started"), void=on("case.excluded"),
    ladder=ladder(), clears="steroids.haematology_advised", holder="haematology",
    source="Nottingham guideline: no steroid in suspected blood cancer before haematology has advised; "
    "hours are a proposal", mark=PROPOSAL,
)  # fmt: skip
SENIOR = Standard(
    key="senior", label="Senior surgical and oncology opinion", limit=hours(4), amber=hours(2), group=TREATMENT,
    starts=on("imaging.communicated", result=POSITIVE),
    met=(on("opinion.surgical", opinion=GIVEN_OPINION) + on("opinion.oncology", opinion=GIVEN_ADVICE),),
    superseded=on("decision.made"),
    ladder=ladder(), clears="opinion.surgical", holder="senior clinical adviser",
    source="one centre aims at 2 hours (RNOH); 4 hours is a proposal", mark=PROPOSAL,
)  # fmt: skip
STABILITY = Standard(
    key="stability", label="Expert advice on stability", limit=hours(24), amber=hours(12), early=True,
    starts=on("position.immobilised"), met=(on("stability.advised"),),
    superseded=on("position.cleared_to_sit") | on("position.freed"),
    ladder=ladder(), clears="stability.advised", holder="senior clinical adviser",
    source="NICE NG234: advice from a spinal expert within 24 hours of immobilising", mark=GUIDANCE,
)  # fmt: skip
FLAT_REVIEW = Standard(
    key="flat_review", label="Review the flat position", limit=hours(24), amber=hours(20), group=BEDSIDE,
    starts=on("position.ordered", position=IN_BED) | on("position.immobilised")
    | on("position.reviewed", position=IN_BED),
    met=(on("position.ordered") | on("position.reviewed") | on("position.cleared_to_sit") | on("position.freed"),),
    ladder=ladder(Role.PHYSIOTHERAPIST), clears="position.reviewed", holder="ward",
    source="NICE NG234: keep flat bed rest short; a flat order lapses at 24 hours", mark=PROPOSAL,
)  # fmt: skip
PLAN_24 = Standard(
    key="plan_24", label="Plan within 24 hours of suspicion", limit=hours(24), amber=hours(18), classes=A,
    group=TREATMENT,
    starts=class_start("A"), met=(on("case.planned") | on("decision.made"),),
    ladder=REPORT_ONLY, clears="case.planned", holder="senior clinical adviser",
    source="NICE QS56 statement 3 (2014 wording); reported, raises nothing", mark=GUIDANCE,
)  # fmt: skip
RADIOTHERAPY = Standard(
    key="radiotherapy", label="First fraction within 24 hours of the decision", limit=hours(24), amber=hours(12),
    group=TREATMENT,
    starts=on("decision.made", modality="radiotherapy"), met=(FIRST_FRACTION,),
    superseded=on("decision.made", modality=NOT_RADIOTHERAPY),
    ladder=ladder(), clears="radiotherapy.fraction", holder="clinical oncology",
    source="NICE QS56 statement 6 (2023): radiotherapy within 24 hours of the decision", mark=GUIDANCE,
)  # fmt: skip
TREATMENT_START = Standard(
    key="treatment", label="Definitive treatment within 24 hours of confirmation", limit=hours(24), amber=hours(12),
    group=TREATMENT,
    starts=on("case.confirmed"), met=(DEFINITIVE,),
    ladder=ladder(), clears="radiotherapy.fraction", holder="senior clinical adviser",
    source="NICE QS56 statement 6 (2014 wording), still audited", mark=GUIDANCE,
)  # fmt: skip
SURGERY = Standard(
    key="surgery", label="Operation within 24 hours of the decision", limit=hours(24), amber=hours(12),
    group=TREATMENT,
    starts=on("decision.made", modality="surgery") | on("surgery.decided"), met=(on("surgery.started"),),
    superseded=on("decision.made", modality=NOT_SURGERY),
    ladder=(*ladder(), SERIOUS), clears="surgery.started", holder="spinal surgery",
    source="NICE CG75 aim: as early as possible; gain seen within 48 hours (PMC3676569); hours are a proposal",
    mark=PROPOSAL,
)  # fmt: skip
TOTAL_48 = Standard(
    key="total_48", label="Treatment within 48 hours of suspicion", limit=hours(48), amber=hours(36), classes=A,
    group=TREATMENT,
    starts=class_start("A"), met=(DEFINITIVE,),
    ladder=REPORT_ONLY, clears="radiotherapy.fraction", holder="whole pathway",
    source="network audit (Yorkshire 2012); reported, raises nothing", mark=LOCAL,
)  # fmt: skip
TAPER_PLAN = Standard(
    key="taper_plan", label="Plan the steroid taper", limit=hours(24), amber=hours(12), early=True,
    starts=on("steroids.started") + (FIRST_FRACTION | on("surgery.started")),
    met=(on("steroids.taper_planned") | on("steroids.stopped"),),
    ladder=ladder(), clears="steroids.taper_planned", holder="clinical oncology",
    source="NICE NG234: reduce gradually from surgery or the start of radiotherapy; hours are a proposal",
    mark=PROPOSAL,
)  # fmt: skip
TAPER_END = Standard(
    key="taper_end", label="End the steroid course", limit=hours(192), amber=hours(144), early=True,
    starts=on("steroids.started") + (FIRST_FRACTION | on("surgery.started")), met=(on("steroids.stopped"),),
    ladder=ladder(), clears="steroids.stopped", holder="ward",
    source="NICE CG75: over 5 to 7 days, then stop (recalled, to be verified); day 8 is a proposal", mark=PROPOSAL,
)  # fmt: skip
DEXAMETHASONE_STOP = Standard(
    key="dexamethasone_stop", label="Stop dexamethasone: compression excluded", limit=hours(12), amber=hours(4),
    early=True,
    starts=on("steroids.started") + on("case.excluded"), met=(on("steroids.stopped"),),
    ladder=ladder(), clears="steroids.stopped", holder="ward",
    source="NICE NG234 1.8.2: stop if compression is ruled out; hours are a proposal", mark=PROPOSAL,
)  # fmt: skip
PPI_GLUCOSE = Standard(
    key="ppi_glucose", label="Gastro-protection and glucose", limit=hours(24), amber=hours(12), early=True,
    starts=on("steroids.started"), met=(on("steroids.protected") + on("steroids.glucose_checked"),),
    superseded=on("steroids.stopped"),
    ladder=ladder(), clears="steroids.protected", holder="ward",
    source="local guidelines: gastro-protection and glucose with high dose steroid; hours are a proposal",
    mark=PROPOSAL,
)  # fmt: skip
NEURO_EXAM = Standard(
    key="neuro_exam", label="Daily neurological examination", limit=hours(24), amber=hours(20), classes=A,
    group=BEDSIDE, repeats=True,
    starts=class_start("A"), met=(on("neuro.examined"),), superseded=DEFINITIVE | on("case.excluded"),
    ladder=ladder(), clears="neuro.examined", holder="ward",
    source="Nottingham guideline: at least daily", mark=LOCAL,
)  # fmt: skip
BLADDER = Standard(
    key="bladder", label="Bladder scan or plan", limit=hours(4), amber=hours(2), classes=A, group=BEDSIDE, early=True,
    starts=class_start("A"), met=(on("bladder.scanned") | on("bladder.planned") | on("bladder.catheterised"),),
    ladder=ladder(), clears="bladder.scanned", holder="ward",
    source="scan and catheter: Nottingham guideline; hours are a proposal", mark=PROPOSAL,
)  # fmt: skip
VTE = Standard(
    key="vte", label="Prevent clots", limit=hours(14), amber=hours(10), group=BEDSIDE, early=True,
    starts=on("case.suspected") + on("case.admitted"),
    met=(on("vte.assessed") + (on("vte.dosed") | on("vte.not_given")),),
    ladder=ladder(), clears="vte.assessed", holder="ward",
    source="NICE NG89: within 14 hours of admission", mark=GUIDANCE,
)  # fmt: skip
SKIN = Standard(
    key="skin", label="Assess the skin", limit=hours(6), amber=hours(4), group=BEDSIDE, early=True,
    starts=on("case.suspected") + on("case.admitted"), met=(on("skin.assessed"),),
    ladder=ladder(), clears="skin.assessed", holder="ward",
    source="usual practice, within 6 hours of admission: recalled, to be verified", mark=PROPOSAL,
)  # fmt: skip
PHYSIOTHERAPY = Standard(
    key="physiotherapy", label="First physiotherapy assessment", limit=hours(24), amber=hours(18), group=BEDSIDE,
    early=True,
    starts=on("case.admitted") + on("case.confirmed"), met=(on("physiotherapy.assessed"),),
    ladder=ladder(Role.PHYSIOTHERAPIST), clears="physiotherapy.assessed", holder="physiotherapy",
    source="Nottingham guideline: within 24 hours", mark=LOCAL,
)  # fmt: skip
OCCUPATIONAL_THERAPY = Standard(
    key="occupational_therapy", label="First occupational therapy assessment", limit=hours(48), amber=hours(36),
    group=BEDSIDE, early=True,
    starts=on("case.admitted") + on("case.confirmed"), met=(on("occupational_therapy.assessed"),),
    ladder=ladder(), clears="occupational_therapy.assessed", holder="occupational therapy",
    source="Nottingham guideline: within 48 hours", mark=LOCAL,
)  # fmt: skip
NO_LONGER_UP = on("rehabilitation.stopped") | on("position.ordered", position=IN_BED) | on("position.freed")
REMOBILISE = Standard(
    key="remobilise", label="Sit up, now that it is safe", limit=hours(24), amber=hours(12), group=BEDSIDE,
    starts=on("position.cleared_to_sit"), met=(on("rehabilitation.stepped", step=SIT_UP),),
    superseded=NO_LONGER_UP,
    ladder=ladder(Role.PHYSIOTHERAPIST), clears="rehabilitation.stepped", holder="physiotherapy",
    source="no published standard: chosen to keep bed rest short once the spine is safe", mark=PROPOSAL,
)  # fmt: skip
PAIN = Standard(
    key="pain", label="Score the pain again", limit=pain_limit, amber=pain_amber, group=BEDSIDE,
    starts=on("pain.scored", where=hurts), met=(on("pain.scored"),), surely=True,
    ladder=ladder(), clears="pain.scored", holder="ward",
    source="pain is checked regularly; intervals are a proposal", mark=PROPOSAL,
)  # fmt: skip
DISCHARGE_PLAN = Standard(
    key="discharge_plan", label="Start planning discharge", limit=hours(48), amber=hours(36), group=BEDSIDE,
    early=True,
    starts=on("case.suspected") + on("case.admitted"), met=(on("discharge.started") | on("discharge.needs_assessed"),),
    ladder=ladder(), clears="discharge.started", holder="key worker",
    source="NICE QS56 statement 7; hours are a proposal", mark=PROPOSAL,
)  # fmt: skip
FOLLOWUP_DAY_30 = Standard(
    key="followup_day_30", label="Follow-up at day 30", limit=hours(37 * 24), amber=hours(30 * 24),
    starts=on("discharge.discharged"), met=(on("followup.recorded", due="day_30"),),
    ladder=ladder(), clears="followup.recorded", holder="coordinator",
    source="audit of the outcome at 30 days; 7 days of grace are a proposal", mark=PROPOSAL,
)  # fmt: skip
FOLLOWUP_WEEK_8 = Standard(
    key="followup_week_8", label="Follow-up at week 8", limit=hours(63 * 24), amber=hours(56 * 24),
    starts=on("discharge.discharged"), met=(on("followup.recorded", due="week_8"),),
    ladder=ladder(), clears="followup.recorded", holder="coordinator",
    source="audit of the outcome at 8 weeks; 7 days of grace are a proposal", mark=PROPOSAL,
)  # fmt: skip
DETERIORATION = Standard(
    key="deterioration", label="Examine: something is worse", limit=minutes(60), amber=minutes(0),
    starts=on("case.deteriorated"), met=(on("neuro.examined"),), surely=True,
    ladder=AT_ONCE, clears="neuro.examined", holder="ward",
    source="escalation ladder EX: neurological deterioration", mark=PROPOSAL,
)  # fmt: skip

PROTOCOL = Protocol(
    version="mscc-2026.1",
    title="Metastatic spinal cord compression, adults",
    all=(
        CONTACT_A, CONTACT_B, TRIAGE, MRI_REQUEST, MRI_SLOT, MRI_B, MRI_A, REPORT, RESULT_ACK, DEXAMETHASONE,
        HAEMATOLOGY_ADVICE, SENIOR, STABILITY, FLAT_REVIEW, PLAN_24, RADIOTHERAPY, TREATMENT_START, SURGERY,
        TOTAL_48, TAPER_PLAN, TAPER_END, DEXAMETHASONE_STOP, PPI_GLUCOSE, NEURO_EXAM, BLADDER, VTE, SKIN,
        PHYSIOTHERAPY, OCCUPATIONAL_THERAPY, REMOBILISE, PAIN, DISCHARGE_PLAN, FOLLOWUP_DAY_30,
        FOLLOWUP_WEEK_8, DETERIORATION,
    ),
)  # fmt: skip
