"""How long each step took: median, quartiles, 90th centile, by what cases may be parted by, with what is lacking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from pathway.analytics.cohort import Scope
from pathway.analytics.facts import ENDS, FACTS
from pathway.analytics.judging import ASSESSED, GRADES, NO_GRADES, OF_GRADES
from pathway.analytics.lines import WALKS
from pathway.analytics.moments import MOMENTS, columns
from pathway.engine.now import now as database_now
from pathway.protocol.hours import CLOSES, OPENS, bank_holidays
from pathway.record.case import PLACE_WORDS, PLACES, Case
from pathway.record.person import Unit
from pathway.steps.history import PRIMARIES, PRIMARY_WORDS

ALWAYS = ("case.suspected", "history.cancer")
READ_SO = (
    "Quartiles and centiles are interpolated between the times in their order (type 7).",
    "An end before its start counts as zero hours: nothing was waited for.",
    (
        "A step counts from the moment it names, also for who came into the class later;"
        " a measure counts from when its clock started."
    ),
    "In hours is Monday to Friday, 9 to 5, without the bank holidays of the unit's nation, on the wall at the start.",
)
NATIONS = ("ENG", "WLS", "SCT", "NIR")


@dataclass(frozen=True, slots=True)
class Interval:
    """From one moment of a case to another, of one class where it is named; `limit` in hours where there is one.

    `only` is a moment to which a case must have come to be counted.
    """

    key: str
    label: str
    zero: str
    end: str
    limit: float | None = None
    klass: str = ""
    only: str = ""

    @property
    def moments(self) -> tuple[str, ...]:
        """The moments of which it speaks."""
        return (self.zero, self.end, *([self.only] if self.only else []))


INTERVALS = (
    Interval("contact", "Suspicion to live call, class A", "suspected", "contact", 1, "A"),
    Interval("triage", "Referral to triage", "referred", "triaged", 1),
    Interval("request", "Triage to request of the scan", "triaged", "requested", 1),
    Interval("scan_a", "Suspicion to MRI (CT where MRI is contraindicated), class A", "suspected", "answered", 24, "A"),
    Interval(
        "scan_b", "Suspicion to MRI (CT where MRI is contraindicated), class B", "suspected", "answered", 168, "B"
    ),
    Interval("wait", "Request to scan", "requested", "scanned"),
    Interval("result", "Scan to result told", "scanned", "result", 2),
    Interval("steroid", "Indication to first dexamethasone", "indicated", "steroid", 4),
    Interval("decision", "Result told to treatment decision", "result", "decided"),
    Interval("radiotherapy", "Decision to first fraction", "decided_radiotherapy", "first_fraction", 24),
    Interval("surgery", "Decision to operation", "decided_surgery", "operated", 24),
    Interval("treatment", "Confirmation to definitive treatment", "confirmed", "treated", 24),
    Interval("whole", "Suspicion to definitive treatment", "suspected", "treated", 48),
    Interval("flat", "Flat order to clearance to sit up", "flat", "cleared"),
    Interval("mobilise", "Clearance to first step out of bed", "cleared", "mobilised", 24),
    Interval("therapy", "Confirmation to physiotherapy", "confirmed", "physiotherapy_seen", 24),
    Interval("catheter", "First catheter in to out, confirmed", "catheter", "catheter_out", only="confirmed"),
    Interval("stay", "Admission to discharge, confirmed", "admitted", "discharged", only="confirmed"),
)
BY_INTERVAL = {interval.key: interval for interval in INTERVALS}

LOCAL = "(zero AT TIME ZONE 'Europe/London')"
IN_HOURS = (
    f"extract(isodow FROM {LOCAL}) < 6 AND {LOCAL}::time >= '{OPENS}' AND {LOCAL}::time < '{CLOSES}'"  # noqa: S608 - constants
    f" AND (started.nation, {LOCAL}::date) NOT IN (SELECT nation, day FROM closed)"
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Split:
    """What cases may be parted by: its name, the group of a case, and the groups in words and in their order.

    `graded`: whether it reads the grades of the measures (`judging.GRADES`).
    """

    label: str
    part: str
    words: Mapping[str, str]
    graded: bool = False


def in_words(keys: Sequence[str], words: Mapping[str, str]) -> dict[str, str]:
    """The words of some answers."""
    return {key: words.get(key, key.replace("_", " ").capitalize()) for key in keys}


SPLITS: dict[str, Split] = {
    "hours": Split(
        "In or out of hours at the start",
        f"CASE WHEN zero IS NOT NULL THEN CASE WHEN {IN_HOURS} THEN 'in' ELSE 'out' END END",
        {"in": "In hours (Monday to Friday, 9 to 5, no bank holiday)", "out": "Out of hours"},
    ),
    "unit": Split("Unit", "unit_id::text", {}),
    "referrer": Split("Where it was suspected", "place", in_words(PLACES, PLACE_WORDS)),
    "class": Split("Class, as it now stands", "klass::text", {letter: f"Class {letter}" for letter in "ABC"}),
    "site": Split("Primary site", "primary_site", in_words(PRIMARIES, PRIMARY_WORDS)),
    "walking": Split(
        "Walking at presentation", f"CASE WHEN mobility_first {WALKS} THEN 'walks'"
        " WHEN mobility_first = 'M9' THEN 'bed' WHEN mobility_first <> 'M0' THEN 'not' END",
        {"walks": "Walks, alone or with one person's help (M1 to M4)", "not": "Does not walk (M5 to M8)",
         "bed": "In bed by order (M9)"},
        graded=True,
    ),
    "weekday": Split(
        "Weekday of the start", f"extract(isodow FROM {LOCAL})::int::text",
        {str(number): name for number, name in enumerate(WEEKDAYS, 1)},
    ),
}  # fmt: skip
TIMED = """,
closed AS (SELECT nation, day FROM unnest(%s::text[], %s::date[]) AS closed (nation, day)),
told AS (
  SELECT subject,
    (array_agg(answers->>'place' ORDER BY at, id) FILTER (WHERE kind = 'case.suspected'))[1] AS place,
    (array_agg(answers->>'primary' ORDER BY at DESC, id DESC)
      FILTER (WHERE kind = 'history.cancer' AND answers->>'primary' IS NOT NULL))[1] AS primary_site
  FROM fact GROUP BY subject
),
started AS (
  SELECT cohort.*, place, primary_site, mobility_first, step.*
  FROM cohort LEFT JOIN moment USING (subject) LEFT JOIN told USING (subject) LEFT JOIN grade USING (subject)
  CROSS JOIN LATERAL (VALUES {steps}) step (key, of_class, most, zero, ended, zero_width, ended_width)
  WHERE of_class = '' OR klass = of_class
),
timed AS (
  SELECT started.*, CASE WHEN zero_width = interval '0' AND ended_width = interval '0'
    THEN extract(epoch FROM greatest(ended - zero, interval '0'))::double precision / 3600 END AS took
  FROM started
)
"""
FIGURES = """
SELECT key, GROUPING(part), part, count(subject), count(zero), count(ended) FILTER (WHERE zero IS NOT NULL),
  count(took), count(*) FILTER (WHERE took <= most),
  percentile_cont(ARRAY[0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY took), max(took)
FROM unnest(%s::text[]) AS wanted (key) LEFT JOIN parted USING (key)
GROUP BY GROUPING SETS ((key), (key, part)) HAVING GROUPING(part) = 1 OR count(subject) > 0 ORDER BY 1, 2 DESC, 3
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long a step took in one group: from `n` of the cases that began it, by exact times, in hours."""

    label: str
    cases: int
    begun: int
    ended: int
    n: int
    within: int
    quartiles: tuple[float, float, float, float] | None = None
    longest: float | None = None

    @property
    def not_ended(self) -> int:
        """How many began and have no end recorded."""
        return self.begun - self.ended

    @property
    def inexact(self) -> int:
        """How many have both times, one of them not known to the minute."""
        return self.ended - self.n

    @property
    def median(self) -> float | None:
        """Half took no longer."""
        return self.quartiles[1] if self.quartiles else None


def spreads(scope: Scope, interval: Interval, split: Split, now: datetime | None = None) -> list[Spread]:
    """How long a step took: of all cases first, then of each group; of an end before the start it is zero hours."""
    return spreads_of(scope, [interval], split, now)[interval.key]


def spreads_of(
    scope: Scope, intervals: Sequence[Interval], split: Split, now: datetime | None = None
) -> dict[str, list[Spread]]:
    """The same of several steps, by one pass over the cases; empty for who may not audit."""
    parted = f", parted AS (SELECT started.*, {split.part} AS part FROM timed AS started)"  # noqa: S608 - constants
    names = names_of(scope, split)
    order = {key: place for place, key in enumerate(names)}
    found: dict[str, list[Spread]] = {interval.key: [] for interval in intervals}
    rows = timed(scope, intervals, parted + FIGURES, now, list(found), graded=split.graded)
    for key, *row in sorted(rows, key=lambda row: (-row[1], row[2] is None, order.get(row[2], 0))):
        found[key].append(spread(row, names))
    return found


def spread(row: Sequence[Any], names: Mapping[str, str]) -> Spread:
    """One row of figures; without a single time there are no quartiles."""
    everything, part, *counts, quartiles, longest = row
    label = "All" if everything else names.get(part, part) if part is not None else "Not recorded"
    cases, begun, ended, n, within = counts
    return Spread(label, cases, begun, ended, n, within, tuple(quartiles) if n else None, longest)


def timed(
    scope: Scope,
    intervals: Sequence[Interval],
    then: str,
    now: datetime | None,
    *given: Any,
    graded: bool = False,
) -> list[tuple[Any, ...]]:
    """What `then` selects from `timed`: each case and step with its start, its end and how many hours that took."""
    moments = {name: MOMENTS[name] for each in intervals for name in each.moments}
    moments |= {name: MOMENTS[name] for name in OF_GRADES} if graded else {}
    read = {kind for moment in moments.values() for kind in moment.reads} | {*ALWAYS, *(ASSESSED if graded else ())}
    nations, days = closed(scope, now or database_now())
    grades = GRADES if graded else NO_GRADES
    sql = FACTS + columns(moments, tuple(moments)) + grades + TIMED.format(steps=", ".join(map(step, intervals))) + then
    return scope.rows(sql, sorted(read), ENDS, nations, days, *given)


def step(each: Interval) -> str:
    """A step as the query has it: key, class, limit, and the columns of its two moments."""
    most = "NULL" if each.limit is None else str(each.limit)
    zero = f"CASE WHEN {each.only} IS NOT NULL THEN {each.zero} END" if each.only else each.zero
    ends = f"{zero}, {each.end}, {each.zero}_width, {each.end}_width"
    return f"('{each.key}', '{each.klass}', {most}::double precision, {ends})"


def closed(scope: Scope, now: datetime) -> tuple[list[str], list[date]]:
    """The bank holidays from the period on until now: nations and days, side by side."""
    first, last = scope.start.date() - timedelta(days=366), max(now, scope.end).date()
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = [(nation, day) for nation in NATIONS for day in every if day in bank_holidays(nation)]
    return [nation for nation, _ in found], [day for _, day in found]


def names_of(scope: Scope, split: Split) -> Mapping[str, str]:
    """The groups of a split in words, in their order."""
    return split.words or {str(unit.pk): unit.name for unit in units(scope)}


def units(scope: Scope) -> QuerySet[Unit]:
    """The units of the organisation."""
    return Unit.objects.filter(organisation=scope.user.organisation_id).order_by("name")


@dataclass(frozen=True, slots=True)
class Dot:
    """How long a step took in one case, or has taken so far."""

    case: Case
    at: datetime
    hours: float


def dots(scope: Scope, interval: Interval, most: int, now: datetime | None = None) -> list[Dot]:
    """The newest cases with both times known exactly, oldest first."""
    newest = " SELECT subject, zero, took FROM timed WHERE took IS NOT NULL ORDER BY zero DESC, subject DESC LIMIT %s"
    rows = timed(scope, [interval], newest, now, most)
    found = scope.cases.in_bulk([subject for subject, _, _ in rows])
    return [Dot(found[subject], zero, took) for subject, zero, took in reversed(rows) if subject in found]
