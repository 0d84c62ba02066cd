"""The words that a measure is made of: lines, each with its side and its condition, and the lines that many share.

Of every case exactly one line is true, the first whose condition holds; so the lines of a measure add up to all cases.
Conditions are SQL over the row of a case that `dossier` makes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from pathway.analytics.facts import doubted, late

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
SIDES = {
    Side.MET: "Counted, in the numerator",
    Side.UNMET: "Counted, not in the numerator",
    Side.UNCERTAIN: "Not counted: cannot be told",
    Side.MISSING: "Not counted: an entry is missing",
    Side.PENDING: "Not counted yet",
    Side.OUT: "Left out",
}


@dataclass(frozen=True, slots=True)
class Line:
    """Cases of one fate: the words of the list, the side on which it counts, and when it is theirs."""

    key: str
    label: str
    side: Side
    when: str = "true"


@dataclass(frozen=True, slots=True)
class Span:
    """From a start to an end: their times, how much later each may have been, and the limit; columns of a row.

    `done` is whether the end is the deed that was waited for; `doubt`, whether that may have been done unseen.
    """

    zero: str
    zero_width: str
    end: str
    end_width: str
    limit: str
    done: str
    doubt: str = "false"

    @property
    def late(self) -> str:
        """Whether it took longer than the limit, null where nobody can tell."""
        due = f"({self.zero} + interval '{self.limit}')"
        return doubted(self.doubt, late(due, self.zero_width, self.end, self.end_width))

    @property
    def hours(self) -> str:
        """How long it took, where it was done and both times are known exactly; nothing where the end came first."""
        exact = f"{self.zero_width} = interval '0' AND {self.end_width} = interval '0'"
        took = f"extract(epoch FROM greatest({self.end} - {self.zero}, interval '0'))::double precision / 3600"
        return f"CASE WHEN {self.done} AND {exact} THEN {took} END"


def run(clock: str, limit: str = "") -> Span:
    """The counted run of a clock; a limit only where it is another than the clock's own."""
    return Span(
        f"{clock}.started_at", f"{clock}.start_width", f"{clock}.ended_at", f"{clock}.end_width", limit,
        f"{clock}.outcome = 'met'", f"COALESCE({clock}.maybe, false)",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """One indicator. `shown` are parts of those counted that are said beside it.

    `clock` is the standard that it reads, `span` another start or limit than that has. `of`: what it counts, where that
    is each run of the clock and not each case. `rising`: whether more is better; None where it is neither.
    """

    key: str
    title: str
    numerator: str
    denominator: str
    source: str
    lines: tuple[Line, ...]
    clock: str = ""
    span: Span | None = None
    shown: tuple[Line, ...] = ()
    rising: bool | None = True
    of: str = ""
    note: str = ""

    @property
    def timed(self) -> Span | None:
        """What its hours are; None for what has none."""
        return self.span or (run(self.clock) if self.clock else None)


def out(key: str, label: str, when: str) -> Line:
    """A line of those left out."""
    return Line(key, label, Side.OUT, when)


def young(zero: str, without: str) -> Line:
    """A line of those of whom nothing is recorded yet, and who have been here for less than a day."""
    when = f"is_open AND {without} AND given.now < {zero} + interval '24 hours'"
    return Line("young", "Not recorded, and here for less than 24 hours", Side.PENDING, when)


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


def by_clock(clock: str, *first: Line, why: tuple[str, ...], span: Span | None = None) -> tuple[Line, ...]:
    """The lines of a limit that a clock keeps: after `first`, by how its run ended, in time or not.

    `span` is another start or limit than the clock's own. What ended the run otherwise after the limit hides no delay:
    it counts as not met.
    """
    over, done = (span.late, span.done) if span else (f"{clock}.late", run(clock).done)
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
# Who called before the class began, as of a case that was of class B or is reopened, knew from its beginning on. Which
# of the two was later may be open: at most it was the later of the latest that both may have been.
CALLED = "GREATEST(contact, mri_a.started_at)"
FROM_CONTACT = replace(
    run("mri_a", "24 hours"),
    zero=CALLED,
    zero_width="CASE WHEN contact_width IS NOT NULL AND mri_a.start_width IS NOT NULL"
    f" THEN GREATEST(contact + contact_width, mri_a.started_at + mri_a.start_width) - {CALLED} END",
)
# `off`, `begun` and `tapered` are those of `judging.OFF_STEROID`.
OF_TAPER = run("taper_plan")
ON_DAY_7 = Span(
    f"COALESCE(begun.at, {OF_TAPER.zero})",
    f"CASE WHEN begun.at IS NULL THEN {OF_TAPER.zero_width} ELSE begun.width END",
    f"CASE WHEN begun.at IS NULL THEN {OF_TAPER.end} ELSE tapered.at END",
    f"CASE WHEN begun.at IS NULL THEN {OF_TAPER.end_width} ELSE tapered.width END",
    "168 hours",
    f"CASE WHEN begun.at IS NULL THEN {OF_TAPER.done} ELSE tapered.at IS NOT NULL END",
    f"(begun.at IS NULL AND {OF_TAPER.doubt})",
)
STEROID_AGAIN = (
    out("off", "Dexamethasone was stopped before the treatment, and not begun again",
        "off.at IS NOT NULL AND begun.at IS NULL"),
    out("again_died", "Begun again after the treatment, and died within 168 hours of that",
        "tapered.at IS NULL AND died <= begun.at + interval '168 hours'"),
    Line("again_young", "Begun again after the treatment, less than 168 hours ago", PENDING,
         "tapered.at IS NULL AND given.now <= begun.at + interval '168 hours'"),
)  # fmt: skip
# `again` and `since` are those of `judging.EPISODE`.
TREATED_AT = "CASE WHEN again.at IS NULL THEN treated ELSE since.at END"
IN_48 = Span(
    "COALESCE(again.at, suspected)",
    "CASE WHEN again.at IS NULL THEN suspected_width ELSE again.width END",
    f"COALESCE({TREATED_AT}, treatment.ended_at)",
    f"CASE WHEN {TREATED_AT} IS NULL THEN treatment.end_width WHEN again.at IS NULL THEN treated_width"
    " ELSE since.width END",
    "48 hours",
    f"{TREATED_AT} IS NOT NULL",
)
TREATED_BEFORE = out(
    "before",
    "Treated before it was confirmed",
    "treated + treated_width < confirmed AND (treated < again.at) IS NOT TRUE",
)
# An operation within the time that the radiotherapy had, and before any of it: what was decided is to follow on it. One
# of before a reopening was of another time.
OPERATED = (
    "(first_fraction IS NULL OR operated < first_fraction) AND operated <= radiotherapy.due_at AND NOT EXISTS"
    " (SELECT FROM unnest(reopened) each (at) WHERE each.at > operated AND each.at <= radiotherapy.started_at)"
)
AFTER_SURGERY = (
    out("operated", "Operated on before the limit, and before any radiotherapy",
        f"{OPERATED} AND operated + operated_width <= radiotherapy.due_at"),
    Line("maybe_operated", "Cannot be told whether the operation came before the limit", UNCERTAIN, OPERATED),
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


def compared(then: str, *first: Line, pending: Line | None = None) -> tuple[Line, ...]:
    """The lines of walking at a later time, of those with a grade at presentation too.

    `pending` are those whose later time is still to come.
    """
    without = (
        Line("no_first", "No grade at presentation, or not assessed (M0)", MISSING,
             "mobility_first IS NULL OR mobility_first = 'M0'"),
        out("first_m9", "In bed by order (M9) at presentation", "mobility_first = 'M9'"),
    )  # fmt: skip
    return graded(then, NOT_TREATED, *first, *without, *([pending] if pending else []))


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


# The time by which the patient was certainly dead: that of the death, else that of a follow-up that says so.
DEAD_BY = "CASE WHEN died_width IS NOT NULL THEN died + died_width ELSE said_dead_surely END"


def mortality(zero: str, first: Line) -> tuple[Line, ...]:
    """The lines of death within 30 days of a start."""
    within, seen = f"{days_since(zero, DEAD_BY)} <= {A_MONTH}", f"{days_since(zero, 'seen')} > {A_MONTH}"
    return (
        first,
        Line("unknown", "The day of the start or of the death is not known", UNCERTAIN,
             f"{zero}_width IS NULL OR died IS NOT NULL AND died_width IS NULL"
             f" AND ({within}) IS NOT TRUE AND ({seen}) IS NOT TRUE"),
        Line("met", "Died within 30 days", MET, f"{within} AND (died_width IS NOT NULL OR ({seen}) IS NOT TRUE)"),
        Line("seen", "Seen alive after 30 days", UNMET, seen),
        Line("said_dead", "Dead by a follow-up, and no death entered: the day is missing", MISSING,
             "died IS NULL AND said_dead IS NOT NULL"),
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
