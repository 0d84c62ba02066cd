"""The measures K1 to K20 as data: who counts, who is left out and why, each as a line with its condition.

Of every case exactly one line is true, the first whose condition holds; so the lines of a measure add up to all cases.
Conditions are SQL over the row of a case that `dossier` makes.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pathway.analytics.facts import late

VERSION, REVIEWED, REVIEW = "1", date(2026, 11, 28), date(2027, 11, 28)
A_MONTH = 30


class Side(StrEnum):
    """Where a line counts."""

    MET = "met"
    UNMET = "unmet"
    UNCERTAIN = "uncertain"
    MISSING = "missing"
    PENDING = "pending"
    OUT = "out"


COUNTED = (Side.MET, Side.UNMET)


@dataclass(frozen=True, slots=True)
class Line:
    """Cases of one fate: the words of the list, the side on which it counts, and when it is theirs."""

    key: str
    label: str
    side: Side
    when: str = "true"


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator. `shown` are parts of those counted that are said beside it; `clock` is the standard that it reads.

    `rising`: whether more is better; None where it is neither.
    """

    key: str
    title: str
    numerator: str
    denominator: str
    source: str
    lines: tuple[Line, ...]
    clock: str = ""
    shown: tuple[Line, ...] = ()
    rising: bool | None = True
    of: str = "cases"
    note: str = ""


def out(key: str, label: str, when: str) -> Line:
    """A line of those left out."""
    return Line(key, label, Side.OUT, when)


MET, UNMET, UNCERTAIN = Side.MET, Side.UNMET, Side.UNCERTAIN
MISSING, PENDING = Side.MISSING, Side.PENDING
WHY = {
    "case.declined": "Declined by the patient before the limit",
    "clock.voided": "Clock voided by two people before the limit (unfit): the reason is on the case",
    "case.supportive_care": "Supportive care decided before the limit",
    "case.excluded": "Compression excluded before the limit",
    "case.metastases_only": "Metastases without compression found before the limit",
    "steroids.withheld": "Dexamethasone withheld (contraindication)",
    "steroids.stopped": "Dexamethasone stopped before the limit",
    "decision.made": "Another treatment decided instead, before the limit",
    "case.reclassified": "Another class before the limit",
    "case.died": "Died before the limit",
    "case.left": "Left the cancer alliance before the limit",
    "case.closed": "Case closed before the limit",
    "discharge.discharged": "Discharged before the limit",
}
GONE = ("case.declined", "clock.voided", "case.died", "case.left", "case.closed")
FOR_SCAN = ("case.supportive_care", "case.excluded", "case.reclassified")
FOR_TREATMENT = ("case.supportive_care", "case.excluded", "case.metastases_only")
NOT_A = out("not_a", "Never class A", "NOT ever_a")
NOT_CONFIRMED = out("not_confirmed", "Compression not confirmed", "confirmed IS NULL")
NOT_ADMITTED = out("not_admitted", "Not admitted to hospital", "admitted IS NULL")
NOT_TREATED = out("not_treated", "No definitive treatment", "treated IS NULL")


def by_clock(clock: str, *first: Line, why: tuple[str, ...], is_late: str = "", ended: str = "") -> tuple[Line, ...]:
    """The lines of a limit that a clock keeps: after `first`, by how its run ended, in time or not.

    `is_late` is another lateness than the clock's own, for another start; `ended` the time of the deed with it.
    What ended the run otherwise after the limit hides no delay: it counts as not met.
    """
    over, done = is_late or f"{clock}.late", f"{ended} IS NOT NULL" if ended else f"{clock}.outcome = 'met'"
    return (
        *first,
        out("no_clock", "The case had ended, or it was settled, before this clock could start", f"{clock}.id IS NULL"),
        Line("late", "Done after the limit", UNMET, f"{over} AND {done}"),
        Line("not_done", "Limit passed, not done by then", UNMET, over),
        Line("uncertain", "Cannot be told: a time is not known exactly", UNCERTAIN, f"({over}) IS NULL"),
        Line("met", "Done within the limit", MET, done),
        Line("running", "Not done, and the limit is not reached yet", PENDING, f"{clock}.outcome = ''"),
        *(out(kind, WHY[kind], f"{clock}.why = '{kind}'") for kind in (*why, *GONE)),
        out("otherwise", "Ended otherwise before the limit", f"{clock}.outcome IN ('void', 'frozen')"),
        Line("skipped", "Done, but the time is missing: only a later step shows it", MISSING),
    )


CT_IN_LIEU = Line("ct", "CT in lieu of MRI", MET,
                  "mri_a.outcome = 'met' AND ct IS NOT NULL AND (mri IS NULL OR mri > mri_a.ended_at)")  # fmt: skip
UNFIT = Line("unfit", "Clock suspended meanwhile (unfit); counted without any allowance", MET,
             "mri_a.suspended_until IS NOT NULL")  # fmt: skip
FROM_CONTACT = late("(contact + interval '24 hours')", "contact_width", "mri_a.ended_at", "mri_a.end_width")
ON_DAY_7 = late(
    "(taper_plan.started_at + interval '168 hours')", "taper_plan.start_width", "taper_plan.ended_at",
    "taper_plan.end_width",
)  # fmt: skip
IN_48 = late(
    "(suspected + interval '48 hours')", "suspected_width", "COALESCE(treated, treatment.ended_at)",
    "CASE WHEN treated IS NULL THEN interval '0' ELSE treated_width END",
)  # fmt: skip
WALKS = "IN ('M1', 'M2', 'M3', 'M4')"
ALONE = "IN ('M1', 'M2', 'M3')"


def graded(then: str, *first: Line) -> tuple[Line, ...]:
    """The lines of walking at one time."""
    return (
        *first,
        Line("no_grade", "No grade recorded then", MISSING, f"{then} IS NULL"),
        Line("m0", "Recorded as not assessed (M0)", MISSING, f"{then} = 'M0'"),
        out("m9", "In bed by order (M9): whether the patient could walk is not known", f"{then} = 'M9'"),
        Line("met", "Walks, alone or with one person's help (M1 to M4)", MET, f"{then} {WALKS}"),
        Line("unmet", "Does not walk (M5 to M8)", UNMET),
    )


def compared(then: str, *first: Line) -> tuple[Line, ...]:
    """The lines of walking at a later time, of those with a grade at presentation too."""
    without = (
        Line("no_first", "No grade at presentation, or not assessed (M0)", MISSING,
             "mobility_first IS NULL OR mobility_first = 'M0'"),
        out("first_m9", "In bed by order (M9) at presentation", "mobility_first = 'M9'"),
    )  # fmt: skip
    return graded(then, NOT_TREATED, *first, *without)


def change(then: str) -> tuple[Line, ...]:
    """What became of walking since presentation."""
    words = (("kept", "Kept walking", WALKS, WALKS), ("regained", "Regained walking", f"NOT {WALKS}", WALKS),
             ("lost", "Lost walking", WALKS, f"NOT {WALKS}"))  # fmt: skip
    return (
        *(Line(key, label, MET, f"mobility_first {before} AND {then} {after}") for key, label, before, after in words),
        Line("alone", "Walks without a person's help (M1 to M3)", MET, f"{then} {ALONE}"),
    )


def continent(then: str, *first: Line) -> tuple[Line, ...]:
    """The lines of continence at one time."""
    return (
        *first,
        Line("not_recorded", "Not recorded then", MISSING, f"{then} IS NULL"),
        Line("met", "Continent of the bowel", MET, f"{then} = 'true'"),
        Line("unmet", "Not continent of the bowel", UNMET),
    )


def days_since(zero: str, event: str) -> str:
    """Whole days by the calendar on the wall."""
    day = "(({}) AT TIME ZONE 'Europe/London')::date"
    return f"({day.format(event)} - {day.format(zero)})"


def mortality(zero: str, first: Line) -> tuple[Line, ...]:
    """The lines of death within 30 days of a start."""
    return (
        first,
        Line("unknown", "The day of the start or of the death is not known", UNCERTAIN,
             f"{zero}_width IS NULL OR (died IS NOT NULL AND died_width IS NULL)"),
        Line("met", "Died within 30 days", MET, f"{days_since(zero, 'died')} <= {A_MONTH}"),
        Line("left", "Left the cancer alliance within 30 days: not known here", MISSING,
             f"died IS NULL AND {days_since(zero, 'left_alliance')} <= {A_MONTH}"),
        Line("pending", "30 days are not over", PENDING,
             f"died IS NULL AND {days_since(zero, 'given.now')} <= {A_MONTH}"),
        Line("unmet", "No death recorded within 30 days", UNMET),
    )  # fmt: skip


NOT_REFERRED = out("not_referred", "Not referred, no call and no triage recorded",
                   "referred IS NULL AND contact IS NULL AND triaged IS NULL")  # fmt: skip
VERDICTS = {
    "confirmed": "Compression confirmed",
    "impending": "Impending compression",
    "metastases": "Metastases, no compression",
    "excluded": "Compression excluded",
}


def found(what: str) -> tuple[Line, ...]:
    """The lines of what referrals came to, with one of the verdicts as the numerator."""
    verdicts = (
        Line(key, label, MET if key == what else UNMET, f"{key} IS NOT NULL") for key, label in VERDICTS.items()
    )
    return (
        NOT_REFERRED,
        *verdicts,
        Line("pending", "Open, no verdict yet", PENDING, "is_open"),
        Line("ended", "Ended without a verdict", UNMET),
    )


MEASURES: tuple[Measure, ...] = (
    Measure(
        "K1", "MRI within 24 hours of suspicion, class A",
        "whole-spine MRI acquired within 24 hours of the suspicion (CT where MRI is contraindicated)",
        "cases in class A whose clock was not void in time",
        "NICE QS56 statement 3, NICE NG234 1.5.2", by_clock("mri_a", NOT_A, why=FOR_SCAN),
        clock="mri_a", shown=(CT_IN_LIEU, UNFIT),
    ),
    Measure(
        "K1b", "MRI within 24 hours of the call to the coordinator, class A",
        "whole-spine MRI acquired within 24 hours of the first live call to the coordinator",
        "cases in class A whose clock was not void in time, with such a call",
        "public audit template; NICE counts from the suspicion (K1)",
        by_clock(
            "mri_a", NOT_A, Line("no_contact", "No live call to the coordinator recorded", MISSING, "contact IS NULL"),
            why=FOR_SCAN, is_late=FROM_CONTACT,
        ),
        clock="mri_a", shown=(CT_IN_LIEU,),
    ),
    Measure(
        "K2", "MRI and plan within a week of suspicion, class B or C",
        "MRI acquired and plan recorded within 168 hours of the suspicion",
        "cases in class B or C whose clock was not void in time", "NICE QS56 statement 2",
        by_clock("mri_b", out("only_a", "Class A from the start", "mri_b.id IS NULL AND ever_a"), why=FOR_SCAN),
        clock="mri_b", shown=(Line("class_c", "Class C, as it now stands", MET, "klass = 'C'"),),
    ),
    Measure(
        "K3", "Assessed by the coordinator, class A", "triage by the coordinator recorded", "cases in class A",
        "NICE QS56 statement 4",
        (
            NOT_A, Line("met", "Triaged", MET, "triaged IS NOT NULL"),
            Line("pending", "Open and suspected less than 24 hours ago", PENDING,
                 "is_open AND given.now < suspected + interval '24 hours'"),
            Line("unmet", "No triage recorded", UNMET),
        ),
    ),
    Measure(
        "K4", "Coordinator called within 60 minutes, class A", "live conversation within 60 minutes of the suspicion",
        "cases in class A", "NICE NG234: contact immediately; 60 minutes are a proposal",
        by_clock("contact_a", NOT_A, why=("case.reclassified",)), clock="contact_a",
    ),
    Measure(
        "K5", "Dexamethasone within 4 hours, class A", "first dose within 4 hours of the indication",
        "cases in class A with an indication and no contraindication",
        "NICE NG234 1.8.1; 4 hours are a local definition",
        by_clock(
            "dexamethasone", NOT_A, out("no_indication", "No indication recorded", "indicated IS NULL"),
            why=("steroids.withheld", "case.excluded", "case.metastases_only"),
        ),
        clock="dexamethasone",
    ),
    Measure(
        "K6", "Gastro-protection and glucose within 24 hours of the first dose",
        "both recorded within 24 hours of the first dose", "cases given dexamethasone", "local guidelines",
        by_clock("ppi_glucose", out("no_steroid", "No dexamethasone given", "steroid IS NULL"),
                 why=("steroids.stopped",)),
        clock="ppi_glucose",
    ),
    Measure(
        "K7", "Steroid stopped or tapering by day 7 after treatment",
        "stopped, or a taper plan recorded, within 168 hours of the first fraction or operation",
        "treated so while on dexamethasone, alive", "NICE NG234, NICE CG75",
        by_clock(
            "taper_plan", NOT_TREATED, out("no_steroid", "No dexamethasone given", "steroid IS NULL"), why=(),
            is_late=ON_DAY_7,
        ),
        clock="taper_plan",
    ),
    Measure(
        "K8", "Radiotherapy within 24 hours of the decision", "first fraction within 24 hours of the decision",
        "cases with a decision for radiotherapy that was neither void nor replaced in time", "NICE QS56 statement 6",
        by_clock(
            "radiotherapy", out("not_decided", "Radiotherapy not decided on", "decided_radiotherapy IS NULL"),
            why=("decision.made", *FOR_TREATMENT),
        ),
        clock="radiotherapy",
    ),
    Measure(
        "K9", "Definitive treatment within 24 hours of confirmation",
        "operation, first fraction or first dose of systemic treatment within 24 hours of confirmation",
        "confirmed cases for treatment", "NICE QS56 statement 6 (2014 wording)",
        by_clock(
            "treatment", NOT_CONFIRMED,
            out("before", "Treated before it was confirmed", "treated < confirmed"), why=FOR_TREATMENT,
        ),
        clock="treatment",
    ),
    Measure(
        "K10", "Suspicion to treatment within 48 hours", "definitive treatment within 48 hours of the suspicion",
        "confirmed cases for treatment", "network audit (Yorkshire 2012)",
        (
            NOT_CONFIRMED,
            *by_clock(
                "treatment",
                out("not_for_treatment", "Not for treatment when it was confirmed",
                    "treatment.id IS NULL AND treated IS NULL"),
                why=FOR_TREATMENT, is_late=IN_48, ended="treated",
            ),
        ),
        clock="total_48",
    ),
    Measure(
        "K11", "Surgical and oncological opinion recorded", "an opinion of a surgeon and one of an oncologist",
        "confirmed cases", "NICE NG234; local guidelines",
        (
            NOT_CONFIRMED, Line("met", "Both recorded", MET, "surgical IS NOT NULL AND oncological IS NOT NULL"),
            Line("pending", "Open, and no treatment decided yet", PENDING, "is_open AND decided IS NULL"),
            Line("one", "One of the two recorded", UNMET, "surgical IS NOT NULL OR oncological IS NOT NULL"),
            Line("none", "Neither recorded", UNMET),
        ),
        note="A request for more information is no opinion.",
    ),
    Measure(
        "K12", "SINS recorded before mobilising", "a SINS recorded no later than the first step out of bed",
        "confirmed cases", "Spinal Instability Neoplastic Score; local guidelines",
        (
            NOT_CONFIRMED,
            Line("pending", "Open, neither recorded nor mobilised yet", PENDING,
                 "is_open AND sins IS NULL AND mobilised IS NULL"),
            Line("none", "None recorded", UNMET, "sins IS NULL"),
            Line("unknown", "Cannot be told which came first", UNCERTAIN,
                 "sins <= mobilised + COALESCE(mobilised_width, interval '10 years') AND mobilised < sins"
                 " OR sins_width IS NULL OR sins <= mobilised AND sins + sins_width > mobilised"),
            Line("after", "Recorded after mobilising", UNMET, "sins > mobilised"),
            Line("met", "Recorded before", MET),
        ),
        shown=(Line("in_bed", "Not mobilised so far", MET, "mobilised IS NULL"),),
    ),
    Measure(
        "K13", "Flat orders reviewed within 24 hours", "reviewed, changed or ended within 24 hours",
        "flat orders and reviews that kept the patient flat", "NICE NG234: keep flat bed rest short",
        by_clock("flat_review", why=("discharge.discharged",)), clock="flat_review", of="flat orders",
    ),
    Measure(
        "K14a", "Physiotherapy within 24 hours", "first assessment within 24 hours of admission or confirmation",
        "admitted and confirmed cases", "Nottingham guideline",
        by_clock("physiotherapy", NOT_ADMITTED, NOT_CONFIRMED, why=("discharge.discharged",)), clock="physiotherapy",
    ),
    Measure(
        "K14b", "Occupational therapy within 48 hours",
        "first assessment within 48 hours of admission or confirmation", "admitted and confirmed cases",
        "Nottingham guideline",
        by_clock("occupational_therapy", NOT_ADMITTED, NOT_CONFIRMED, why=("discharge.discharged",)),
        clock="occupational_therapy",
    ),
    Measure(
        "K15a", "Walking at presentation", "grade M1 to M4 before treatment", "cases with a grade then",
        "mobility grades of this service", graded("mobility_first"), rising=None,
        shown=(Line("alone", "Walks without a person's help (M1 to M3)", MET, f"mobility_first {ALONE}"),),
        note="The first grade before definitive treatment; the first at all for who had none.",
    ),
    Measure(
        "K15b", "Walking after treatment", "grade M1 to M4, the first after the treatment's end",
        "treated cases with a grade before and after", "mobility grades of this service",
        compared("mobility_treated"), shown=change("mobility_treated"),
    ),
    Measure(
        "K15c", "Walking at discharge", "grade M1 to M4, the last before discharge",
        "treated cases with a grade before and then", "mobility grades of this service",
        compared("mobility_discharged", out("not_discharged", "Not discharged", "discharged IS NULL")),
        shown=change("mobility_discharged"),
    ),
    Measure(
        "K15d", "Walking at 8 weeks", "grade M1 to M4 at the follow-up of week 8",
        "treated cases with a grade before and then", "mobility grades of this service",
        compared("mobility_week_8", out("died", "Died before", "died < treated + interval '56 days'")),
        shown=change("mobility_week_8"),
    ),
    Measure(
        "K16a", "Continent at presentation", "bowel continent before treatment", "cases where it is recorded",
        "clinical specification 4.2", continent("continent_first"), rising=None,
        note="Continence of the bowel; that of the bladder is not recorded as such.",
    ),
    Measure(
        "K16b", "Continent at discharge", "bowel continent, the last entry before discharge",
        "discharged cases where it is recorded", "clinical specification 4.2",
        continent("continent_discharged", out("not_discharged", "Not discharged", "discharged IS NULL")),
    ),
    Measure(
        "K17", "Needs assessed before discharge", "needs assessment recorded by discharge", "discharged alive",
        "NICE QS56 statement 7",
        (
            out("not_discharged", "Not discharged", "discharged IS NULL"),
            out("died", "Died before", "died <= discharged"),
            Line("unmet", "Not recorded by then", UNMET, "needs IS NULL OR needs > discharged"),
            Line("unknown", "Cannot be told which came first", UNCERTAIN,
                 "needs_width IS NULL OR needs + needs_width > discharged"),
            Line("met", "Recorded by then", MET),
        ),
    ),
    Measure(
        "K18a", "Deaths within 30 days of confirmation", "died within 30 days", "confirmed cases",
        "clinical specification 4.2", mortality("confirmed", NOT_CONFIRMED), rising=False,
    ),
    Measure(
        "K18b", "Deaths within 30 days of first treatment", "died within 30 days", "treated cases",
        "clinical specification 4.2", mortality("treated", NOT_TREATED), rising=False,
    ),
    Measure(
        "K19a", "Yield: compression confirmed", "compression confirmed", "referred cases with an answer",
        "clinical specification 4.2", found("confirmed"), rising=None,
    ),
    Measure(
        "K19b", "Yield: impending compression", "impending, and not confirmed later", "referred cases with an answer",
        "clinical specification 4.2", found("impending"), rising=None,
    ),
    Measure(
        "K20", "Pressure damage", "damage recorded at a skin assessment", "confirmed cases with such an assessment",
        "clinical specification 4.2",
        (
            NOT_CONFIRMED, Line("no_skin", "Skin not assessed", MISSING, "NOT skin"),
            Line("met", "Damage recorded", MET, "damage"), Line("unmet", "No damage recorded", UNMET),
        ),
        rising=False,
        note="Length of stay and days with a catheter are among the times. Clots and infections are no entries of the "
        "record, so they are not counted.",
    ),
)  # fmt: skip
BY_KEY = {measure.key: measure for measure in MEASURES}
