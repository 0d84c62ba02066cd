"""The signed count of a whole day in the United Kingdom: by level what was due, raised and told; zeros are wanted."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from pathway.engine import recount
from pathway.engine.ladders import LADDERS, ladders
from pathway.protocol.hours import LONDON
from pathway.record.access import midnight
from pathway.record.audit import Audit, Reconciliation

CATCHES_UP = 30  # days
# Each level whose time came on the day while its clock ran. Where the record of what had happened before was changed
# afterwards, nobody can say from the rows what was due then: it is counted as changed, and not as missing.
DUE = f"""
WITH ladder AS ({LADDERS}), came AS (
  SELECT clock.id, clock.case_id, clock.ended_at, ladder.level, ladder.number, greatest(
    CASE WHEN ladder.from_due THEN clock.due_at ELSE clock.amber_at END + ladder.after,
    clock.entered_at, clock.suspended_until, CASE WHEN ladder.held THEN (
      SELECT max(greatest(lower.acting_until, lower.snoozed_until)) FROM pathway_alert lower
      WHERE lower.clock_id = clock.id AND lower.rung + 1 < ladder.number) END) AS at
  FROM pathway_clock clock JOIN pathway_case owner ON owner.id = clock.case_id AND NOT owner.drill
  JOIN ladder ON ladder.version = owner.protocol AND ladder.standard = clock.standard AND ladder.number > 0
  WHERE clock.withdrawn_at IS NULL AND clock.amber_at < %(end)s
    AND (clock.ended_at IS NULL OR clock.ended_at > %(begin)s)
), judged AS (
  SELECT came.level, EXISTS (SELECT FROM pathway_alert alert
      WHERE alert.clock_id = came.id AND alert.rung + 1 >= came.number) AS raised,
    EXISTS (SELECT FROM pathway_event changed WHERE changed.case_id = came.case_id AND changed.recorded_at >= came.at
      AND (changed.occurred_at < came.at OR changed.kind IN ('event.corrected', 'case.repinned', 'case.merged')))
      AS changed
  FROM came WHERE came.at >= %(begin)s AND came.at < %(end)s AND (came.ended_at IS NULL OR came.at < came.ended_at)
)
SELECT level, count(*), count(*) FILTER (WHERE raised), count(*) FILTER (WHERE NOT raised AND changed),
  count(*) FILTER (WHERE NOT raised AND NOT changed)
FROM judged GROUP BY level
"""  # noqa: S608 - put together from constants


def catch_up(now: datetime) -> list[Reconciliation]:
    """Count and sign the days that are over since the last one counted, 30 at most; return them."""
    today = now.astimezone(LONDON).date()
    last = Reconciliation.objects.aggregate(last=Max("day"))["last"] or today - timedelta(days=2)
    first = max(last + timedelta(days=1), today - timedelta(days=CATCHES_UP))
    return [make(first + timedelta(days=n), now) for n in range((today - first).days)]


def make(day: date, now: datetime) -> Reconciliation:
    """Count one day and sign it; where another process was quicker, its count stands."""
    made = Reconciliation(day=day, made_at=now, counts=counts(day))
    made.sign()
    Reconciliation.objects.bulk_create([made], ignore_conflicts=True)
    return made


def counts(day: date) -> dict[str, Any]:
    """By level, what was due on a day and of it raised (`came`), and what was raised on it and told; and the audits."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    levels: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(Reconciliation.COUNTED, 0))
    for level, *found in recount.rows(DUE, begin=begin, end=end, **ladders()):
        levels[level].update(zip(Reconciliation.COUNTED, found, strict=False))
    late = 0
    for alert in recount.raised(begin, end):
        level = levels[alert.level]
        level["raised"] += 1
        level["told"] += alert.told
        level["nobody"] += alert.nobody
        level["untold"] += alert.untold
        level["early"] += alert.early
        late = max(late, alert.late_ms)
    audits = Audit.objects.filter(at__gte=begin, at__lt=end).aggregate(
        made=Count("pk"), unclean=Count("pk", filter=Q(is_clean=False))
    )
    return {"levels": dict(sorted(levels.items())), "late_ms": late, "doubled": recount.doubled(), "audits": audits}
