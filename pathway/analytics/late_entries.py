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
from pathway.analytics.facts import DEEDS, ENDS, FACTS
from pathway.protocol.vocabulary import KINDS
from pathway.record.case import Case
from pathway.record.event import LATE
from pathway.record.step import OBSERVATIONS, wording

SAID_AFTER = {"clock.explained"}  # a reason for a delay is given afterwards by its nature
# `known` is when the entry was recorded, or its time last corrected: since then it stands as it is.
ENTERED = f"""
, entered AS (
  SELECT fact.subject, fact.id, event.kind, fact.at, fact.width, moved.at IS NOT NULL AS moved,
    COALESCE(moved.at, event.recorded_at) AS known
  FROM fact JOIN pathway_event event ON event.id = fact.id
    LEFT JOIN LATERAL (
      SELECT max(recorded_at) AS at FROM pathway_event
      WHERE corrects_id = fact.id AND answers->>'occurred_at' IS NOT NULL
    ) moved ON true
  WHERE NOT EXISTS (SELECT FROM pathway_importedrow WHERE event_id = fact.id)
),
late AS (SELECT * FROM entered WHERE known - at - width > %s),
decided AS (
  SELECT late.id, array_agg(DISTINCT clock.standard ORDER BY clock.standard) AS standards
  FROM late JOIN pathway_clock clock ON clock.case_id = late.subject
    JOIN (VALUES {", ".join(f"('{standard}', '{kind}')" for standard, kind in sorted(DEEDS))}) deed (standard, kind)
      ON deed.standard = clock.standard AND deed.kind = late.kind
  WHERE clock.withdrawn_at IS NULL AND clock.outcome = 'met' AND clock.ended_at = late.at
    AND clock.ended_at <= clock.due_at AND late.known > clock.due_at
  GROUP BY late.id
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
    """The late entries of a scope, the latest first, and how many there are of each kind, the most late ones first."""

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
    found.sort(key=lambda each: (-each.late, each.subject, each.kind))
    return LateEntries(found, sorted(kinds, key=lambda each: (-each.late, -each.count, each.kind)))


def of_cases(scope: Scope, entries: Sequence[LateEntry]) -> list[tuple[Case, LateEntry, list[str]]]:
    """Some of these with their cases and with the clocks in words."""
    cases = scope.cases.select_related("unit").in_bulk({each.subject for each in entries})
    return [
        (case, each, [protocol.label(case.protocol, key) for key in each.standards])
        for each in entries
        if (case := cases.get(each.subject))
    ]
