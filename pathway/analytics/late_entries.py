"""What was recorded late: entries that came to be known as they stand long after they happened, and what they decided.

A danger that nobody wrote down in time is one that nobody could mend (hazard HZ5). An entry that made a clock met in
time, and was recorded only after its limit, is the one to look at first: until then the clock was late to everybody.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.facts import DEED, ENDS, FACTS
from pathway.protocol.vocabulary import KINDS
from pathway.record.case import Case
from pathway.record.event import LATE
from pathway.record.step import OBSERVATIONS, wording

SAID_AFTER = {"clock.explained"}  # a reason for a delay is given afterwards by its nature
# `known` is when the entry was recorded, or its time last corrected: since then it stands as it is. A deed that was
# said to be in time from the first, whatever minute it was moved to, is known since it was recorded. A run is met since
# the last of its deeds is known: of each kind the one that ended it, else the first that was known.
ENTERED = f"""
, entered AS (
  SELECT subject, id, recorded_as AS kind, at, width, said_at, recorded_at, moved_at IS NOT NULL AS moved,
    COALESCE(moved_at, recorded_at) AS known
  FROM fact WHERE NOT EXISTS (SELECT FROM pathway_importedrow WHERE event_id = fact.id)
),
late AS (SELECT * FROM entered WHERE known - at - width > %s),
run AS (
  SELECT clock.* FROM cohort CROSS JOIN LATERAL (
    SELECT id, case_id AS subject, standard, started_at, ended_at, due_at FROM pathway_clock
    WHERE case_id = cohort.subject AND withdrawn_at IS NULL AND outcome = 'met' AND ended_at <= due_at OFFSET 0
  ) clock
),
did AS (
  SELECT run.id AS run, run.standard, run.due_at, entered.id, entered.kind, at = ended_at AS ends,
    CASE WHEN said_at <= due_at THEN recorded_at ELSE known END AS since
  FROM run JOIN {DEED} USING (standard) JOIN entered USING (subject, kind)
  WHERE at = ended_at OR (at >= started_at AND at < ended_at)
),
first_of_kind AS (SELECT DISTINCT ON (run, kind) * FROM did ORDER BY run, kind, ends DESC, since, id),
last_known AS (SELECT DISTINCT ON (run) * FROM first_of_kind ORDER BY run, since DESC, id),
decided AS (
  SELECT id, array_agg(DISTINCT standard ORDER BY standard) AS standards FROM last_known WHERE since > due_at
  GROUP BY id
)
SELECT kind, count(*), NULL, NULL, NULL, NULL, NULL FROM entered GROUP BY kind
UNION ALL
SELECT kind, NULL, subject, at, known, moved, COALESCE(standards, '{{}}') FROM late LEFT JOIN decided USING (id)
"""  # noqa: S608 - of kinds and standards named in code


@dataclass(frozen=True, slots=True)
class LateEntry:
    """One entry: when it happened, since when it stands so, and the clocks that it made met in time after their limit.

    `moved` is whether its time was corrected then; it may have been recorded in time.
    """

    kind: str
    subject: int
    at: datetime
    known: datetime
    moved: bool
    standards: Sequence[str]

    @property
    def what(self) -> str:
        """What happened, in words."""
        return wording(self.kind)

    @property
    def late(self) -> timedelta:
        """How long after it happened it came to stand so."""
        return self.known - self.at


@dataclass(frozen=True, slots=True)
class Kind:
    """How many entries of one kind there are, how many of them are late, and how late half of these are at most."""

    kind: str
    count: int
    late: int
    median: timedelta | None

    @property
    def what(self) -> str:
        """What happened, in words."""
        return wording(self.kind)


@dataclass(frozen=True, slots=True)
class LateEntries:
    """The late entries of a scope and how many there are of each kind, the most late ones first.

    Of the entries those stand first that made a clock met in time after its limit; then the longest after it happened.
    """

    entries: Sequence[LateEntry]
    kinds: Sequence[Kind]

    @property
    def count(self) -> int:
        """How many entries there are in all."""
        return sum(each.count for each in self.kinds)

    @property
    def deciding(self) -> list[LateEntry]:
        """Those that made a clock met in time after its limit had passed."""
        return [each for each in self.entries if each.standards]

    @property
    def median(self) -> timedelta | None:
        """Half of the late ones are no later."""
        return middle([each.late for each in self.entries])


def middle(lengths: Sequence[timedelta]) -> timedelta | None:
    """The median of some lengths; None of none."""
    return timedelta(seconds=median(each.total_seconds() for each in lengths)) if lengths else None


def late_entries(scope: Scope) -> LateEntries:
    """What was recorded late of the cases of a scope; what came from a file of past cases is left out."""
    kinds_read = sorted({*KINDS, *OBSERVATIONS} - SAID_AFTER)
    rows = scope.rows(FACTS + ENTERED, kinds_read, ENDS, LATE)
    found = [LateEntry(kind, *told) for kind, count, *told in rows if count is None]
    lengths = defaultdict[str, list[timedelta]](list)
    for each in found:
        lengths[each.kind].append(each.late)
    kinds = [
        Kind(kind, count, len(lengths[kind]), middle(lengths[kind])) for kind, count, *_ in rows if count is not None
    ]
    found.sort(key=lambda each: (not each.standards, -each.late, each.subject, each.kind))
    return LateEntries(found, sorted(kinds, key=lambda each: (-each.late, -each.count, each.kind)))


def of_cases(scope: Scope, entries: Sequence[LateEntry]) -> list[tuple[Case, LateEntry, list[str]]]:
    """Some of these with their cases and with the clocks in words."""
    cases = scope.cases.select_related("unit").in_bulk({each.subject for each in entries})
    return [
        (case, each, [protocol.label(case.protocol, key) for key in each.standards])
        for each in entries
        if (case := cases.get(each.subject))
    ]
