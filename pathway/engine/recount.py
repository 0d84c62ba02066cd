"""Recounts, from the rows and the ladders alone, what should have been raised and told, against what was.

Nothing of the sweep is used here: not its arithmetic, nor the wake times that it writes, which are only checked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from pathway.engine.ladders import LADDERS, ladders
from pathway.record.alert import Delivery
from pathway.record.message import PROVIDER, Address, Message, Provider

# Of each running clock the next level by time or by silence, and whether it is overdue. A case that was changed within
# the last seconds may be under the sweep's hands at this moment, and is given a minute at most.
CLOCKS = f"""
WITH ladder AS ({LADDERS}), running AS (
  SELECT clock.*, owner.protocol, owner.wake_at AS case_wake_at, owner.changed_at, fault.id AS fault
  FROM pathway_clock clock JOIN pathway_case owner ON owner.id = clock.case_id AND NOT owner.drill
  LEFT JOIN pathway_fault fault ON fault.case_id = owner.id
  WHERE clock.ended_at IS NULL AND clock.withdrawn_at IS NULL
), climbed AS (
  SELECT running.*, coalesce(newest.rung + 1, 0) AS reached, said.until, CASE
    WHEN newest.passed_at IS NOT NULL THEN newest.passed_at
    WHEN newest.id IS NOT NULL THEN greatest(running.suspended_until, CASE
      WHEN said.until IS NOT NULL THEN said.until
      WHEN newest.unanswered_at IS NOT NULL THEN newest.called_at + interval '1 hour'
      ELSE newest.called_at + own.within END) END AS silent_at
  FROM running
  LEFT JOIN LATERAL (SELECT * FROM pathway_alert alert WHERE alert.clock_id = running.id ORDER BY alert.rung DESC
    LIMIT 1) newest ON true
  LEFT JOIN ladder own
    ON own.version = running.protocol AND own.standard = running.standard AND own.number = newest.rung + 1
  CROSS JOIN LATERAL (SELECT greatest(
    CASE WHEN newest.acting_until > newest.called_at THEN newest.acting_until END,
    CASE WHEN newest.snoozed_until > newest.called_at THEN newest.snoozed_until END) AS until) said
), ahead AS (
  SELECT climbed.id, climbed.case_id, climbed.wake_at, climbed.case_wake_at, climbed.changed_at, climbed.reached,
    climbed.fault, count(ladder.number) = 0 AS unknown,
    bool_or(ladder.number > 0 AND greatest(step.at, climbed.entered_at, climbed.suspended_until) <= %(now)s) AS came,
    least(climbed.silent_at, min(greatest(
      step.at, climbed.suspended_until, CASE WHEN ladder.held THEN climbed.until END)
    ) FILTER (WHERE ladder.number > climbed.reached)) AS next_at
  FROM climbed
  LEFT JOIN ladder ON ladder.version = climbed.protocol AND ladder.standard = climbed.standard
  CROSS JOIN LATERAL (SELECT
    CASE WHEN ladder.from_due THEN climbed.due_at ELSE climbed.amber_at END + ladder.after AS at) step
  GROUP BY climbed.id, climbed.case_id, climbed.wake_at, climbed.case_wake_at, climbed.changed_at, climbed.reached,
    climbed.fault, climbed.silent_at, climbed.suspended_until
), judged AS (
  SELECT *, came OR unknown AS due, unknown OR next_at <= %(now)s - interval '5 s'
      AND (changed_at <= %(now)s - interval '5 s' OR next_at <= %(now)s - interval '1 min') AS missing,
    fault IS NULL AND next_at > %(now)s
      AND (wake_at IS NULL OR case_wake_at IS NULL OR greatest(wake_at, case_wake_at) > next_at) AS asleep
  FROM ahead
)
SELECT count(*), count(*) FILTER (WHERE due OR missing), count(*) FILTER (WHERE due AND reached > 0 AND NOT missing),
  count(*) FILTER (WHERE missing), count(*) FILTER (WHERE asleep),
  coalesce(array_agg(DISTINCT case_id) FILTER (WHERE missing OR asleep), '{{}}') FROM judged
"""  # noqa: S608 - put together from constants
# When each alert of a while had been due, as far as was known then and by the ladder on which it was raised (one of a
# release before names none: that of its case): the lateness, and what came too early.
RAISED = f"""
WITH ladder AS ({LADDERS})
SELECT alert.id, alert.level, alert.raised_at, alert.nobody, inbox.count >= greatest(alert.people, 1) AS told,
  inbox.count < alert.people OR inbox.count = 0 AND NOT alert.nobody AS untold,
  alert.why = 'time' AND alert.lent_by_id IS NULL AND coalesce(alert.raised_at < step.at, false)
    AND NOT EXISTS (SELECT FROM pathway_event later
    WHERE later.case_id = alert.case_id AND later.recorded_at >= alert.raised_at) AS early,
  least(alert.raised_at, greatest(CASE alert.why
      WHEN 'time' THEN greatest(step.at, clock.entered_at, CASE WHEN own.held THEN said.until END)
      WHEN 'silence' THEN before.called_at + CASE WHEN before.unanswered_at < alert.raised_at
        THEN interval '1 hour' ELSE below.within END
      WHEN 'lapsed' THEN said.until
      WHEN 'empty' THEN alert.raised_at
      ELSE before.passed_at END,
    CASE WHEN clock.suspended_until <= alert.raised_at AND alert.why IN ('time', 'silence', 'lapsed')
      THEN clock.suspended_until END, (
      SELECT max(changed.recorded_at) FROM pathway_event changed WHERE changed.case_id = alert.case_id
        AND changed.recorded_at <= alert.raised_at
        AND (changed.kind IN ('event.corrected', 'case.repinned', 'case.merged') OR changed.kind LIKE 'clock.%%')
    ))) AS was_due
FROM pathway_alert alert
JOIN pathway_clock clock ON clock.id = alert.clock_id
JOIN pathway_case owner ON owner.id = alert.case_id AND NOT owner.drill
CROSS JOIN LATERAL (SELECT count(*) FROM pathway_delivery told
  WHERE told.alert_id = alert.id AND told.channel = 'inbox') inbox
LEFT JOIN ladder own
  ON own.version = coalesce(nullif(alert.protocol, ''), owner.protocol) AND own.standard = clock.standard
    AND own.number = alert.rung + 1
LEFT JOIN LATERAL (SELECT * FROM pathway_alert lower WHERE lower.clock_id = clock.id AND lower.rung < alert.rung
  ORDER BY lower.rung DESC LIMIT 1) before ON true
LEFT JOIN ladder below
  ON below.version = coalesce(nullif(before.protocol, ''), owner.protocol) AND below.standard = clock.standard
    AND below.number = before.rung + 1
CROSS JOIN LATERAL (SELECT
  CASE WHEN own.from_due THEN clock.due_at ELSE clock.amber_at END + own.after AS at) step
CROSS JOIN LATERAL (SELECT greatest(
  CASE WHEN before.acting_until <= alert.raised_at THEN before.acting_until END,
  CASE WHEN before.snoozed_until <= alert.raised_at THEN before.snoozed_until END) AS until) said
WHERE alert.raised_at > %(since)s AND alert.raised_at <= %(now)s
"""  # noqa: S608
# Of the alerts that stand: those that are not in every inbox that they were told in, or that were not told outside to
# somebody whose address was in use a minute before and after; and the newest of a clock whose last call told nobody.
STANDING = """
SELECT count(*) FILTER (WHERE inbox.count < alert.people OR inbox.count = 0 AND NOT alert.nobody OR inbox.deaf),
  count(*) FILTER (WHERE NOT inbox.heard AND NOT EXISTS (
    SELECT FROM pathway_alert higher WHERE higher.clock_id = alert.clock_id AND higher.rung > alert.rung))
FROM pathway_alert alert JOIN pathway_case owner ON owner.id = alert.case_id AND NOT owner.drill
CROSS JOIN LATERAL (
  SELECT count(*), coalesce(bool_or(told.call = alert.calls), false) AS heard, coalesce(bool_or(
    told.call = alert.calls AND EXISTS (SELECT FROM pathway_address proved WHERE proved.user_id = told.user_id
      AND proved.verified_at < told.told_at - interval '1 min'
      AND (proved.removed_at IS NULL OR proved.removed_at > told.told_at + interval '1 min'))
    AND NOT EXISTS (SELECT FROM pathway_delivery outside WHERE outside.alert_id = told.alert_id
      AND outside.user_id = told.user_id AND outside.call = told.call AND outside.address_id IS NOT NULL)), false)
    AS deaf
  FROM pathway_delivery told WHERE told.alert_id = alert.id AND told.channel = 'inbox') inbox
WHERE alert.stood_down_at IS NULL
"""
DOUBLED = """
SELECT count(*) FROM (
  SELECT FROM pathway_alert alert JOIN pathway_clock clock ON clock.id = alert.clock_id AND clock.withdrawn_at IS NULL
  WHERE alert.stood_down_at IS NULL
  GROUP BY clock.case_id, clock.standard, clock.started_at, clock.nth, alert.rung HAVING count(*) > 1) twice
"""
TO_BUNDLE, TO_SEND = timedelta(minutes=2), timedelta(minutes=1)
PAUSE = timedelta(minutes=5)  # for which a provider may want no call without that being a trouble
GRAVE = ("E3", "E4", "EX")  # levels that no quiet hour holds back, by the clinical specification (1.12)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that run, and those of which a level is due, was raised, is missing, or will be overslept."""

    running: int
    due: int
    raised: int
    missing: int
    asleep: int
    cases: list[int]


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert, with when it had been due as far as was known then."""

    id: int
    level: str
    raised_at: datetime
    nobody: bool
    told: bool
    untold: bool
    early: bool
    was_due: datetime

    @property
    def late_ms(self) -> int:
        """From due to raised."""
        return int((self.raised_at - self.was_due).total_seconds() * 1000)


def rows(statement: str, **values: Any) -> list[Any]:
    """The rows of one of these queries."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def clocks(now: datetime) -> Clocks:
    """Every running clock, at one instant."""
    return Clocks(*rows(CLOCKS, now=now, **ladders())[0])


def raised(since: datetime, now: datetime) -> list[Raised]:
    """The alerts that were raised after one instant, up to another."""
    return [Raised(*row) for row in rows(RAISED, since=since, now=now, **ladders())]


def standing() -> tuple[int, int]:
    """How many of the alerts that stand were not told to all who were to be told; how many told nobody at all."""
    untold, nobody = rows(STANDING)[0]
    return untold, nobody


def doubled() -> int:
    """How many levels of one clock stand twice."""
    return int(rows(DOUBLED)[0][0])


def unsent(now: datetime) -> int:
    """How many deliveries outside, and messages, wait for longer than they should.

    Quiet hours hold back what is below E3, and a provider for a while what is for it. A message that is on its way, or
    is tried again later, has its time ahead; of one that went on to the next address, the delivery there counts.
    """
    waits = Delivery.objects.filter(message=None, address__isnull=False, told_at__lt=now - TO_BUNDLE).needed(now)
    counted = (
        waits.order_by()
        .values_list("address")
        .annotate(every=Count("pk"), grave=Count("pk", filter=Q(alert__level__in=GRAVE)))
    )
    late, addresses = 0, Address.objects.in_bulk([pk for pk, *_ in counted])
    for pk, every, grave in counted:
        late += grave if any(map(addresses[pk].is_quiet, (now, now - TO_BUNDLE))) else every
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    messages = Message.objects.filter(free, next_at__lt=now - TO_SEND, passed_at=None).annotate(provider=PROVIDER)
    short = Provider.objects.filter(paused_until__gt=now, paused_until__lte=now + PAUSE)
    return late + messages.exclude(provider__in=short.values("name")).count()


def paused(now: datetime) -> list[Provider]:
    """The providers that want no call for longer than may be."""
    return list(Provider.objects.filter(paused_until__gt=now + PAUSE).order_by("name"))
