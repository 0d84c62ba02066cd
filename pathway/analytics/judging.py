"""How measures judge cases, in SQL: a row for each case with moments, grades, and the run that counts of each clock.

What a definition says of the time by which it is judged turns once only, as a limit passes or 30 days are over: what
says the same at two times says so between them (`keeping`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathway.analytics.facts import DEEDS, ENDERS, ENDS, FACTS, RUNS
from pathway.analytics.lines import Measure
from pathway.analytics.moments import MOMENTS, columns
from pathway.protocol.vocabulary import SETS_CLASS

ASSESSED = ("mobility.assessed", "followup.recorded", "bowel.assessed")
ALWAYS, OF_GRADES, WIDE = "suspected", ("treated", "treatment_over", "discharged", "died"), ("treated", "died")
NO_GRADES = ", grade AS (SELECT subject, NULL::text AS mobility_first FROM cohort)"
# Beside the clock of the treatment: `again`, the newest reopening before it began, and `since`, the first treatment
# from then on. Of a case that was not reopened neither is.
EPISODE = """
  LEFT JOIN LATERAL (
    SELECT each.at, each.width FROM unnest(reopened, reopened_width) each (at, width)
    WHERE each.at <= treatment.started_at ORDER BY each.at DESC LIMIT 1
  ) again ON true
  LEFT JOIN LATERAL (
    SELECT each.at, each.width FROM unnest(treatments, treatments_width) each (at, width)
    WHERE each.at >= again.at ORDER BY each.at LIMIT 1
  ) since ON true
"""

# Beside the clock of the taper: `off`, the stop after which no dose came before the treatment; `begun`, the first dose
# after the treatment of who was off it then, and `tapered`, the first stop or plan from then on.
OFF_STEROID = """
  LEFT JOIN LATERAL (
    SELECT max(each.at) AS at FROM unnest(stops, stops_width) each (at, width)
    WHERE each.at + each.width <= taper_plan.started_at AND NOT EXISTS (
      SELECT FROM unnest(doses) dose (at) WHERE dose.at > each.at AND dose.at <= taper_plan.started_at)
  ) off ON true
  LEFT JOIN LATERAL (
    SELECT each.at, each.width FROM unnest(doses, doses_width) each (at, width)
    WHERE off.at IS NOT NULL AND each.at > taper_plan.started_at ORDER BY each.at LIMIT 1
  ) begun ON true
  LEFT JOIN LATERAL (
    SELECT each.at, each.width FROM unnest(tapers, tapers_width) each (at, width)
    WHERE each.at >= begun.at ORDER BY each.at LIMIT 1
  ) tapered ON true
"""
BESIDE = {"treatment": EPISODE, "taper_plan": OFF_STEROID}

# A grade that says something comes before M0 (not assessed) and M9 (in bed by order); of equals the first, or the last.
SAYS_LITTLE = "code IN ('M0', 'M9')"
BEFORE = "(treated IS NULL OR at <= treated)"
LATER = "at <= discharged AND at >= COALESCE(treated, '-infinity')"
GRADES = f""",
assessed AS (
  SELECT subject, kind, at, id, answers->>'due' AS due, COALESCE(answers->>'code', answers->>'mobility') AS code,
    answers->>'continent' AS continent, answers->>'alive' AS alive, fact.width AS width, treated, treated_width,
    treatment_over, discharged, died, died_width
  FROM fact JOIN moment USING (subject) WHERE kind IN ('mobility.assessed', 'followup.recorded', 'bowel.assessed')
),
grade AS (
  SELECT subject,
    (array_agg(code ORDER BY {SAYS_LITTLE}, at, id) FILTER (WHERE kind = 'mobility.assessed' AND {BEFORE}))[1]
      AS mobility_first,
    (array_agg(code ORDER BY {SAYS_LITTLE}, at, id) FILTER (WHERE kind = 'mobility.assessed' AND at >= treatment_over
      AND (discharged IS NULL OR at <= discharged)))[1] AS mobility_treated,
    (array_agg(code ORDER BY {SAYS_LITTLE}, at DESC, id DESC) FILTER (WHERE kind = 'mobility.assessed' AND {LATER}))[1]
      AS mobility_discharged,
    (array_agg(code ORDER BY {SAYS_LITTLE}, at DESC, id DESC) FILTER (WHERE due = 'week_8' AND code IS NOT NULL
      AND alive = 'true' AND (at >= treated OR treated_width IS NULL OR width IS NULL)
      AND (died IS NULL OR died_width IS NULL OR width IS NULL OR at <= died + died_width)))[1] AS mobility_week_8,
    (array_agg(continent ORDER BY at, id) FILTER (WHERE kind = 'bowel.assessed' AND {BEFORE}))[1] AS continent_first,
    (array_agg(continent ORDER BY at DESC, id DESC) FILTER (WHERE kind = 'bowel.assessed' AND {LATER}))[1]
      AS continent_discharged
  FROM assessed GROUP BY subject
)
"""  # noqa: S608 - of columns named here


def fate(measure: Measure) -> str:
    """The line of a measure that is true of a row."""
    lines = " ".join(f"WHEN {line.when} THEN '{line.key}'" for line in measure.lines)
    return f"CASE {lines} END"


def shown(measure: Measure) -> str:
    """Which of the parts that are said beside a measure hold of a row."""
    parts = [f"CASE WHEN {part.when} THEN '{part.key}' END" for part in measure.shown]
    return f"array_remove(ARRAY[{', '.join(parts)}]::text[], NULL)"


@dataclass(frozen=True, slots=True)
class Judging:
    """`live (subject, key, line, shown, hours, suspected_at)` of a `cohort`, in SQL that follows on it, and its values.

    That has a row for each case and measure; for each run where a measure is one of runs, as of flat orders. `hours` is
    how long it took where it was done and both times are known exactly.
    """

    sql: str
    kinds: tuple[str, ...]
    standards: tuple[str, ...]

    def values(self, now: datetime) -> list[Any]:
        """The values of the SQL for a judgement at one time."""
        return [list(self.kinds), ENDS, now, list(self.standards)]


def judging(measures: Sequence[Measure]) -> Judging:
    """How these measures are judged: by reading no more than they speak of."""
    of_each = [measure for measure in measures if not measure.of]
    parts = [of_cases(of_each)] if of_each else []
    parts += [of_runs(measure) for measure in measures if measure.of]
    assessed = speaks_of(r"(mobility|continent)_\w+", parts)
    always = {ALWAYS, *OF_GRADES} if assessed else {ALWAYS}
    names = [name for name in MOMENTS if name in always or speaks_of(f"{name}(_width)?", parts)]
    wide = [name for name in names if speaks_of(f"{name}_width", parts) or (assessed and name in WIDE)]
    clocks = clocks_of(measures)
    kinds = {kind for name in names for kind in MOMENTS[name].reads} | {*ENDERS, *SETS_CLASS}
    kinds |= {kind for standard, kind in DEEDS if standard in clocks}
    query = (
        *(FACTS, RUNS, columns({name: MOMENTS[name] for name in names}, wide), GRADES if assessed else NO_GRADES),
        *(", live (subject, key, line, shown, hours, suspected_at) AS (", " UNION ALL ".join(parts), ")"),
    )
    read = kinds | set(ASSESSED) if assessed else kinds
    return Judging("".join(query), tuple(sorted(read)), tuple(sorted(clocks)))


def speaks_of(word: str, parts: Sequence[str]) -> bool:
    """Whether the conditions name this column; what none of them names is not read."""
    return any(re.search(rf"\b{word}\b", part) for part in parts)


def clocks_of(measures: Sequence[Measure]) -> set[str]:
    """The standards whose runs the measures read."""
    return {measure.clock for measure in measures if measure.clock}


def of_cases(measures: Sequence[Measure]) -> str:
    """A row for each case and measure."""
    joins = " ".join(
        f"LEFT JOIN counting {clock} ON {clock}.subject = cohort.subject AND {clock}.standard = '{clock}'"
        for clock in sorted(clocks_of(measures))
    )
    joins += "".join(beside for clock, beside in BESIDE.items() if clock in clocks_of(measures))
    values = ", ".join(f"('{each.key}', {fate(each)}, {shown(each)}, {hours(each)})" for each in measures)
    return f"""
      SELECT cohort.subject, told.key, told.line, told.shown, told.hours, cohort.suspected_at
      FROM cohort CROSS JOIN given LEFT JOIN moment USING (subject) LEFT JOIN grade USING (subject)
      {joins} CROSS JOIN LATERAL (VALUES {values}) told (key, line, shown, hours)
    """  # noqa: S608 - of words of the measures


def of_runs(measure: Measure) -> str:
    """A row for each run of the clock of a measure."""
    clock = measure.clock
    return f"""
      SELECT subject, '{measure.key}', {fate(measure)}, {shown(measure)}, {hours(measure)}, cohort.suspected_at
      FROM cohort JOIN counted {clock} USING (subject) WHERE {clock}.standard = '{clock}'
    """  # noqa: S608 - of words of the measures


def hours(measure: Measure) -> str:
    """How many hours it took, where it was done."""
    return measure.timed.hours if measure.timed else "NULL::double precision"
