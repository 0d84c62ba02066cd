"""What the measures say of the cases of a scope: what is kept of a case where that holds, else judged as it is read."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from pathway.analytics.cohort import Scope
from pathway.analytics.facts import ENDS
from pathway.analytics.judging import Judging, judging
from pathway.analytics.lines import Measure
from pathway.analytics.measures import BY_KEY, MEASURES

# A number, counted from 1, for each line of each measure, and for each part that may be said beside it.
CODES = tuple(
    (measure.key, line.key, part)
    for measure in MEASURES
    for line in measure.lines
    for part in ("", *(each.key for each in measure.shown))
)
# Its values are the definitions, the time twice, and of the codes that are asked for number, key, line and part.
KEPT = """
aged AS MATERIALIZED (
  SELECT period.*, kept.told, kept.hours FROM period LEFT JOIN pathway_tally kept ON kept.case_id = period.subject
    AND kept.definitions = %s AND kept.holds_from <= %s AND kept.holds_until >= %s
),
code AS (
  SELECT * FROM unnest(%s::smallint[], %s::text[], %s::text[], %s::text[]) AS code (number, key, line, part)
),
cohort AS MATERIALIZED (
  SELECT subject, suspected_at, klass, unit_id, nation, is_open FROM aged WHERE told IS NULL
),
"""
# `parted` are those of whom a part is said. `counts` says how many, `part` being empty for the line itself; alike cases
# are counted before they are taken apart. Its values are twice the length, month or quarter, by whose beginning it
# counts; null: all together.
BOTH = """,
judged (subject, key, line, hours, suspected_at) AS (
  SELECT subject, key, line, hours, suspected_at FROM live
  UNION ALL
  SELECT subject, key, line, told.hours, suspected_at FROM aged
  CROSS JOIN LATERAL unnest(aged.told, aged.hours) told (number, hours) JOIN code USING (number) WHERE part = ''
),
parted (subject, key, line, part, suspected_at) AS (
  SELECT subject, key, line, part, suspected_at FROM live CROSS JOIN LATERAL unnest(shown) part
  UNION ALL
  SELECT subject, key, line, part, suspected_at FROM aged CROSS JOIN LATERAL unnest(aged.told) number
  JOIN code USING (number) WHERE part <> ''
),
counts (begins, key, line, part, count) AS (
  SELECT date_trunc(%s, suspected_at, 'Europe/London') AS begins, key, line, part, count(*)
  FROM live CROSS JOIN LATERAL unnest(array_prepend('', shown)) part GROUP BY begins, key, line, part
  UNION ALL
  SELECT begins, key, line, part, sum(alike.count)::bigint FROM (
    SELECT date_trunc(%s, suspected_at, 'Europe/London') AS begins, told, count(*) FROM aged WHERE told IS NOT NULL
    GROUP BY begins, told) alike
  CROSS JOIN LATERAL unnest(alike.told) number JOIN code USING (number) GROUP BY begins, key, line, part
)
"""


@cache
def every() -> tuple[Judging, str]:
    """How all measures are judged, and the hash of all that says so: what was kept by another one does not count."""
    found = judging(MEASURES)
    said = repr((found, ENDS, CODES))
    return found, sha256(said.encode()).hexdigest()


def judged(
    scope: Scope, measures: Sequence[Measure], now: datetime, then: str, *given: Any, by: str | None = None
) -> list[tuple[Any, ...]]:
    """What `then` selects from `judged (subject, key, line, hours, suspected_at)`, from `parted` or from `counts`.

    `parted` has (subject, key, line, part, suspected_at), `counts` (begins, key, line, part, count) in one or two rows
    for each. All is of one instant, by the measures as
    they stand in MEASURES or, wholly as it is read, by any other.
    """
    how = judging(measures)
    asked = {measure.key for measure in measures}
    codes = [(number, *code) for number, code in enumerate(CODES, 1) if code[0] in asked]
    known = every()[1] if all(BY_KEY.get(measure.key) == measure for measure in measures) else ""
    columns = [list(column) for column in zip(*codes, strict=True)] if codes else [[], [], [], []]
    return scope.rows(
        f"{KEPT}{how.sql}{BOTH}{then}", known, now, now, *columns, *how.values(now), by, by, *given, name="period"
    )
