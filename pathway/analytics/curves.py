"""How long cases take to come to an event, of which not all have come to it: read for Kaplan and Meier's estimate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathway.analytics.cohort import Scope
from pathway.analytics.facts import ENDS, FACTS
from pathway.analytics.judging import ASSESSED, GRADES, NO_GRADES, OF_GRADES, WIDE
from pathway.analytics.moments import MOMENTS, Moment, columns
from pathway.analytics.survival import Span, Step, Test, kaplan_meier, log_rank, median
from pathway.analytics.times import ALWAYS, TIMED, Interval, Split, closed, names_of, step
from pathway.engine.now import now as database_now

EXACTLY = "zero_width = interval '0' AND (ended IS NULL OR ended_width = interval '0')"
TO_THE_DAY = "zero_width IS NOT NULL AND (ended_width IS NOT NULL OR ended IS NULL AND said_dead IS NULL)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """From a start to an event, in days or hours.

    `until` is SQL for when somebody without the event was last followed; an event after that does not count. `known` is
    SQL for whether both times are known well enough.
    """

    key: str
    label: str
    event: str
    zero: str
    end: str
    until: str
    censoring: str
    unit: str = "hours"
    known: str = EXACTLY

    @property
    def length(self) -> int:
        """How many seconds its unit has."""
        return 3600 if self.unit == "hours" else 86400


GONE = Moment(
    ("case.died", "case.left", "case.closed", "case.declined"),
    "(kind <> 'case.declined' OR answers->>'what' = 'everything')",
)
AGAIN = Moment(("case.reopened", "case.suspected"), take="last")  # of merged cases a later suspicion reopens too
READ = {"again": AGAIN, **{name: MOMENTS[name] for name in ("seen", "died", "said_dead")}}
BEYOND = 1.25
UNTIL_GONE = "least(gone, asked.now)"
FOLLOWED = "followed until death, leaving, closing or declining everything, unless reopened, else until now"
OUTCOMES = {
    each.key: each
    for each in (
        Outcome(
            "scan", "Time to MRI (CT where MRI is contraindicated), from suspicion", "not scanned yet", "suspected",
            "answered", UNTIL_GONE, FOLLOWED,
        ),
        Outcome(
            "treatment", "Time to treatment, from confirmation", "not treated yet", "confirmed", "treated", UNTIL_GONE,
            FOLLOWED,
        ),
        Outcome(
            "survival", "Survival, from confirmation", "alive", "confirmed", "died", "greatest(seen, died)",
            "followed until the last entry that shows the patient alive", "days", TO_THE_DAY,
        ),
    )
}  # fmt: skip
SPANS = """
SELECT part, extract(epoch FROM greatest(CASE WHEN ended <= until THEN ended ELSE until END - zero, interval '0'))
    ::double precision / %s,
  count(*) FILTER (WHERE ended <= until), count(*) FILTER (WHERE ended <= until IS NOT TRUE), exact, zero IS NOT NULL
FROM followed GROUP BY part, exact, 2, 6 ORDER BY 2
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """One group: its estimate and how many it follows."""

    label: str
    steps: list[Step]
    cases: int
    events: int

    @property
    def median(self) -> float | None:
        """When half have come to the event; None where that is not reached."""
        return median(self.steps)


@dataclass(frozen=True, slots=True)
class Curves:
    """The estimate of all, that of each group, whether the groups differ, and who could not be followed."""

    every: Curve
    groups: list[Curve]
    test: Test | None
    not_begun: int
    inexact: int


def curves(scope: Scope, outcome: Outcome, split: Split | None = None, now: datetime | None = None) -> Curves:
    """The time to an event, of all and of each group of a split; the test leaves out who is in no group."""
    spans: dict[str | None, list[Span]] = defaultdict(list)
    not_begun = inexact = 0
    for part, time, events, censored, exact, begun in read(scope, outcome, split, now or database_now()):
        if not begun:
            not_begun += events + censored
        elif not exact:
            inexact += events + censored
        else:
            spans[part].append(Span(time, events, censored))
    names = names_of(scope, split) if split else {}
    told = {part: spans[part] for part in [*names, None] if part in spans} if split else {}
    test = log_rank([group for part, group in told.items() if part is not None])
    groups = [curve(names[part] if part is not None else "Not recorded", group) for part, group in told.items()]
    return Curves(curve("All", [span for group in spans.values() for span in group]), groups, test, not_begun, inexact)


def horizon(curves: Sequence[Curve]) -> float:
    """How far curves are worth drawing: a little past the last event, or all the way where there is none."""
    last = max((step.time for curve in curves for step in curve.steps if step.events), default=0.0)
    longest = max(curve.steps[-1].time for curve in curves)
    return min(longest, last * BEYOND) if last else longest


def curve(label: str, spans: Iterable[Span]) -> Curve:
    """The estimate of one group."""
    known = list(spans)
    events = sum(span.events for span in known)
    return Curve(label, kaplan_meier(known), events + sum(span.censored for span in known), events)


def read(scope: Scope, outcome: Outcome, split: Split | None, now: datetime) -> list[tuple[Any, ...]]:
    """By group, time and whether it is known exactly enough: how many came to the event, and how many did not."""
    graded = bool(split and split.graded)
    grades, wide = (GRADES, ("zero", "ended", *WIDE)) if graded else (NO_GRADES, ("zero", "ended"))
    asked = {"zero": MOMENTS[outcome.zero], "ended": MOMENTS[outcome.end], **READ}
    asked |= {name: MOMENTS[name] for name in OF_GRADES} if graded else {}
    kinds = {kind for moment in (*asked.values(), GONE) for kind in moment.reads} | set(ALWAYS)
    kinds |= set(ASSESSED) if graded else set()
    part = split.part if split else "NULL::text"
    followed = f""",
    asked AS (SELECT %s::timestamptz AS now),
    gone AS (
      SELECT subject, min(at + COALESCE(width, interval '0')) AS gone FROM fact JOIN moment USING (subject)
      WHERE {GONE.condition()} AND (again IS NULL OR at > again) GROUP BY subject
    ),
    followed AS (
      SELECT started.*, {part} AS part, COALESCE({outcome.known}, false) AS exact,
        COALESCE({outcome.until}, zero) AS until
      FROM timed AS started JOIN (SELECT subject, {", ".join(READ)} FROM moment) known USING (subject)
        LEFT JOIN gone USING (subject) CROSS JOIN asked
    )
    """  # noqa: S608 - of constants
    steps = step(Interval("", outcome.label, "zero", "ended"))
    query = FACTS + columns(asked, wide) + grades + TIMED.format(steps=steps) + followed + SPANS
    return scope.rows(query, sorted(kinds), ENDS, *closed(scope, now), now, outcome.length)
