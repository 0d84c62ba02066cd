"""Recounts, from the rows and the ladders alone, what should have been raised and told, against what was.

Nothing of the sweep is used here: not its arithmetic, nor the wake times that it writes, which are only checked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from pathway.engine.ladders import LADDERS, ladders

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
    WHEN said.until IS NOT NULL THEN said.until
    WHEN newest.unanswered_at IS NOT NULL THEN newest.called_at + interval '1 hour'
    ELSE newest.called_at + own.within END AS silent_at
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
    greatest(least(climbed.silent_at, min(CASE WHEN ladder.held THEN greatest(step.at, climbed.until) ELSE step.at END)
      FILTER (WHERE ladder.number > climbed.reached)), climbed.suspended_until) AS next_at
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
# When each alert of a while had been due as far as was known then: the lateness, and what came too early.
RAISED = f"""
WITH ladder AS ({LADDERS})
SELECT alert.id, alert.level, alert.raised_at, alert.nobody,
  EXISTS (SELECT FROM pathway_delivery told WHERE told.alert_id = alert.id AND told.channel = 'inbox') AS told,
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
    CASE WHEN clock.suspended_until <= alert.raised_at THEN clock.suspended_until END, (
      SELECT max(changed.recorded_at) FROM pathway_event changed WHERE changed.case_id = alert.case_id
        AND changed.recorded_at <= alert.raised_at
        AND (changed.kind IN ('event.corrected', 'case.repinned', 'case.merged') OR changed.kind LIKE 'clock.%%')
    ))) AS was_due
FROM pathway_alert alert
JOIN pathway_clock clock ON clock.id = alert.clock_id
JOIN pathway_case owner ON owner.id = alert.case_id AND NOT owner.drill
LEFT JOIN ladder own
  ON own.version = owner.protocol AND own.standard = clock.standard AND own.number = alert.rung + 1
LEFT JOIN LATERAL (SELECT * FROM pathway_alert lower WHERE lower.clock_id = clock.id AND lower.rung < alert.rung
  ORDER BY lower.rung DESC LIMIT 1) before ON true
LEFT JOIN ladder below
  ON below.version = owner.protocol AND below.standard = clock.standard AND below.number = before.rung + 1
CROSS JOIN LATERAL (SELECT
  CASE WHEN own.from_due THEN clock.due_at ELSE clock.amber_at END + own.after AS at) step
CROSS JOIN LATERAL (SELECT greatest(
  CASE WHEN before.acting_until <= alert.raised_at THEN before.acting_until END,
  CASE WHEN before.snoozed_until <= alert.raised_at THEN before.snoozed_until END) AS until) said
WHERE alert.raised_at > %(since)s AND alert.raised_at <= %(now)s
"""  # noqa: S608
STANDING = """
SELECT count(*) FILTER (WHERE NOT alert.nobody AND NOT EXISTS (
    SELECT FROM pathway_delivery told WHERE told.alert_id = alert.id AND told.channel = 'inbox')),
  count(*) FILTER (WHERE NOT EXISTS (SELECT FROM pathway_delivery told
    WHERE told.alert_id = alert.id AND told.channel = 'inbox' AND told.call = alert.calls))
FROM pathway_alert alert JOIN pathway_case owner ON owner.id = alert.case_id AND NOT owner.drill
WHERE alert.stood_down_at IS NULL
"""
DOUBLED = """
SELECT count(*) FROM (
  SELECT FROM pathway_alert alert JOIN pathway_clock clock ON clock.id = alert.clock_id AND clock.withdrawn_at IS NULL
  WHERE alert.stood_down_at IS NULL
  GROUP BY clock.case_id, clock.standard, clock.started_at, clock.nth, alert.rung HAVING count(*) > 1) twice
"""
# Quiet hours hold back what is below E3; a message that is on its way, or is tried again later, has its time ahead;
# of one that went on to the next address, the delivery there counts.
UNSENT = """
SELECT (
  SELECT count(*) FROM pathway_delivery told
  JOIN pathway_address address ON address.id = told.address_id
  JOIN pathway_alert alert ON alert.id = told.alert_id
  WHERE told.message_id IS NULL AND told.told_at < %(now)s - interval '2 min' AND alert.stood_down_at IS NULL
    AND (alert.acting_until IS NULL OR alert.acting_until <= %(now)s)
    AND (address.quiet_from IS NULL OR alert.level IN ('E3', 'E4', 'EX'))
) + (
  SELECT count(*) FROM pathway_message message WHERE message.next_at < %(now)s - interval '1 min'
    AND message.passed_at IS NULL AND (message.lease_until IS NULL OR message.lease_until < %(now)s)
)
"""


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
    """Of the alerts that stand: how many are in nobody's inbox though somebody was on duty; whose last call was."""
    untold, nobody = rows(STANDING)[0]
    return untold, nobody


def doubled() -> int:
    """How many levels of one clock stand twice."""
    return int(rows(DOUBLED)[0][0])


def unsent(now: datetime) -> int:
    """How many deliveries outside, and messages, wait for longer than they should."""
    return int(rows(UNSENT, now=now)[0][0])
