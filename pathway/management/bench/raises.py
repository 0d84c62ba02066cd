"""Escalations raised a second by `tick`, against one SQL statement that does the same a batch."""

from statistics import median
from time import perf_counter
from typing import Any

from pathway.engine.tick import BATCH, tick
from pathway.management.bench import load
from pathway.management.bench.scratch import Databases, connect
from pathway.protocol.mscc_2026_1 import MRI_A

ONE_STATEMENT = """
WITH due AS (
  SELECT id, unit_id, protocol FROM pathway_case WHERE wake_at <= %(now)s ORDER BY wake_at LIMIT %(batch)s
  FOR NO KEY UPDATE SKIP LOCKED
), climbed AS (
  UPDATE pathway_clock clock SET rung = 1, wake_at = greatest(%(now)s + interval '15 min', clock.suspended_until)
  FROM due WHERE clock.case_id = due.id AND clock.wake_at <= %(now)s
  RETURNING clock.id, clock.case_id, clock.entered_at > clock.amber_at AS late, due.unit_id, due.protocol
), raised AS (
  INSERT INTO pathway_alert (uuid, case_id, clock_id, protocol, rung, level, raised_at, late_entry, nobody,
                             acknowledged_by, stood_down_why, why, called_at, calls, passed_why, snoozed_by)
  SELECT gen_random_uuid(), case_id, id, protocol, 0, 'E1', %(now)s, late, false, '', '', 'time', %(now)s, 1, '', ''
  FROM climbed
  RETURNING id, case_id
), told AS (
  INSERT INTO pathway_delivery (alert_id, user_id, channel, call, told_at)
  SELECT DISTINCT raised.id, duty.user_id, 'inbox', 1, %(now)s FROM raised JOIN due ON due.id = raised.case_id
  JOIN pathway_duty duty ON duty.unit_id = due.unit_id AND duty.role = ANY(%(roles)s)
  JOIN pathway_user person ON person.id = duty.user_id AND person.is_active
), seen AS (
  UPDATE pathway_case SET changed_at = %(now)s, wake_at = (
    SELECT min(greatest(%(now)s + interval '15 min', clock.suspended_until)) FROM pathway_clock clock
    WHERE clock.case_id = due.id AND clock.ended_at IS NULL AND clock.withdrawn_at IS NULL
  ) FROM due WHERE pathway_case.id = due.id
)
SELECT count(*) FROM raised
"""


def rates(databases: Databases, rounds: int, due: int) -> tuple[float, float, float]:
    """Raises a second by the engine and by one statement a batch, and the median of the rounds' ratios."""
    source = databases.create("raises")
    load.open_cases(due, due=True)
    engine, plain = [], []
    for number in range(rounds + 1):
        clone = databases.clone(source, "raises_engine")
        again = databases.clone(source, "raises_plain")
        databases.use(clone)
        one, two = by_engine(due), by_statement(again, due)
        if number:
            engine.append(due / one)
            plain.append(due / two)
    return median(engine), median(plain), median(one / two for one, two in zip(engine, plain, strict=True))


def by_engine(due: int) -> float:
    """The seconds that one tick takes.

    Raises:
        AssertionError: it did not raise what is due.
    """
    started = perf_counter()
    raised = tick(by="bench")
    took = perf_counter() - started
    if raised != due:
        raise AssertionError(f"tick raised {raised} of {due}")
    return took


def by_statement(name: str, due: int) -> float:
    """The seconds that the plain statement takes, batch by batch.

    Raises:
        AssertionError: it did not raise what is due.
    """
    roles = [role.value for role in MRI_A.ladder[0].tell]
    with connect(name) as plain:
        now: Any = plain.execute("SELECT statement_timestamp()").fetchone()
        plain.commit()
        values = {"now": now[0], "batch": BATCH, "roles": roles}
        raised, count = 0, BATCH
        started = perf_counter()
        while count == BATCH:
            row: Any = plain.execute(ONE_STATEMENT, values).fetchone()
            plain.commit()
            count = row[0]
            raised += count
        took = perf_counter() - started
    if raised != due:
        raise AssertionError(f"the statement raised {raised} of {due}")
    return took
