"""How alerts did, of all and by level, hour and ladder: answered and done, n of N; and how long each stage took."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathway.analytics.compute import Result, result
from pathway.analytics.escalations import READINGS, SETS, STAGES, UNANSWERED, Asked, Stage
from pathway.analytics.lines import Measure
from pathway.protocol.types import Level

HOURS = range(24)
SECONDS = 3600


TOOK = ", ".join(f"extract(epoch FROM {each.took})::double precision AS {each.key}_took" for each in STAGES)
SPREAD = ", ".join(
    f"'{each.key}', json_build_array(count(*) FILTER (WHERE {each.of}),"
    f" count({each.key}_took) FILTER (WHERE {each.of}),"
    f" percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {each.key}_took) FILTER (WHERE {each.of}))"
    for each in STAGES
)
FIGURES = f""",
timed AS (SELECT *, {TOOK} FROM judged WHERE left_out = ''),
counted AS (
  SELECT level, hour, version, left_out, answered, acted, before_limit, count(*) AS count FROM judged
  GROUP BY 1, 2, 3, 4, 5, 6, 7
),
spread AS (
  SELECT level, hour, version, json_build_object({SPREAD}) AS took, count(*) FILTER (WHERE calls > 1) AS again,
    sum(calls) AS calls, min(raised_at) AS first, max(raised_at) AS last, count(DISTINCT subject) AS cases,
    count(DISTINCT subject) FILTER (WHERE {SETS["unanswered"][1]}) AS unanswered_cases
  FROM timed GROUP BY GROUPING SETS ((), (level), (hour), (version))
)
SELECT (SELECT json_agg(counted) FROM counted), (SELECT json_agg(spread) FROM spread)
"""  # noqa: S608 - of words of the stages


@dataclass(frozen=True, slots=True)
class Took:
    """How long one stage took, in hours: from `n` of `of` alerts."""

    stage: Stage
    of: int = 0
    n: int = 0
    median: float | None = None
    ninetieth: float | None = None

    @property
    def lacking(self) -> int:
        """How many of those asked have no such time."""
        return self.of - self.n


@dataclass(frozen=True, slots=True)
class Group:
    """Some alerts: the three readings, the stages, how many were told again, since when they were raised."""

    key: str
    answered: Result
    acted: Result
    before_limit: Result
    took: Sequence[Took]
    cases: int = 0
    unanswered_cases: int = 0
    again: int = 0
    calls: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def total(self) -> int:
        """How many were raised."""
        return self.answered.total

    @property
    def stage(self) -> Mapping[str, Took]:
        """The stages by key."""
        return {each.stage.key: each for each in self.took}

    @property
    def at_limit(self) -> int:
        """How many were raised at the limit or later."""
        return self.total - self.before_limit.total

    def of(self, reading: Measure) -> Result:
        """One of the readings."""
        return {each.measure.key: each for each in (self.answered, self.acted, self.before_limit)}[reading.key]

    def on(self, *lines: str) -> int:
        """How many are on these lines of the first two readings."""
        counts = [*self.answered.counts, *self.acted.counts]
        return sum(each.count for each in counts if each.line.key in lines)

    @property
    def later(self) -> int:
        """How many somebody said to act on after the next level was told."""
        return self.on("later")

    @property
    def over(self) -> int:
        """How many needed no answer any more."""
        return self.on("over")

    @property
    def stands(self) -> int:
        """How many stand without an answer, before the next level was told."""
        return self.on("stands")

    @property
    def unanswered(self) -> int:
        """How many nobody said to act on before the next level was told, or the ladder ran out."""
        return self.on(*UNANSWERED)


@dataclass(frozen=True, slots=True)
class Figures:
    """All alerts of what is asked, then by level, by hour of day (each of 24), and by the version of their ladder."""

    every: Group
    levels: Sequence[Group]
    hours: Sequence[Group]
    versions: Sequence[Group]
    left_out: Mapping[str, int]


def figures(asked: Asked, now: datetime | None = None) -> Figures:
    """The figures of what is asked, in one pass over its alerts."""
    rows = asked.rows(FIGURES, now=now)
    counted, spread = rows[0] if rows else (None, None)
    counts: dict[tuple[str, str], Counter[tuple[str, str, str]]] = defaultdict(Counter)
    left_out = Counter[str]()
    for each in counted or ():
        if each["left_out"]:
            left_out[each["left_out"]] += each["count"]
            continue
        for group in axes(each):
            for reading in READINGS:
                if line := each[reading.key]:
                    counts[group][reading.key, line, ""] += each["count"]
    spreads = {axes(each)[-1]: each for each in spread or ()}

    def groups(axis: str, keys: Sequence[str]) -> list[Group]:
        return [group_of(key, counts[axis, key], spreads.get((axis, key))) for key in keys]

    levels = [level.value for level in Level if ("level", level.value) in counts]
    versions = sorted(key for axis, key in counts if axis == "version")
    (every,) = groups("", [""])
    hours = groups("hour", [str(hour) for hour in HOURS])
    return Figures(every, groups("level", levels), hours, groups("version", versions), left_out)


def axes(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The groups that a row of counts belongs to; the last of a row of times is its own."""
    return [("", ""), *((axis, str(row[axis])) for axis in ("level", "hour", "version") if row[axis] is not None)]


def group_of(key: str, counts: Mapping[tuple[str, str, str], int], row: Mapping[str, Any] | None) -> Group:
    """One group out of its counts and its times."""
    answered, acted, before_limit = (result(reading, counts) for reading in READINGS)
    if row is None:
        return Group(key, answered, acted, before_limit, [Took(stage) for stage in STAGES])
    took = [taken(stage, *row["took"][stage.key]) for stage in STAGES]
    first, last = (datetime.fromisoformat(row[name]) if row[name] else None for name in ("first", "last"))
    numbers = (row["cases"], row["unanswered_cases"], row["again"], row["calls"] or 0)
    return Group(key, answered, acted, before_limit, took, *numbers, first, last)


def taken(stage: Stage, of: int, n: int, quantiles: Sequence[float] | None) -> Took:
    """One stage out of its row; without a single time there are no quantiles."""
    if not n or quantiles is None:
        return Took(stage, of, n)
    median, ninetieth = (each / SECONDS for each in quantiles)
    return Took(stage, of, n, median, ninetieth)
