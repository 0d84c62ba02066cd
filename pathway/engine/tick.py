"""The sweep: climbs a rung for every clock whose time has come. Safe late, twice, in parallel, and without Celery."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, Min, OuterRef, Subquery
from psycopg.errors import LockNotAvailable, QueryCanceled

from pathway import live, protocol
from pathway.engine import alerts
from pathway.engine.clocks import wakes
from pathway.engine.duty import relieve
from pathway.engine.now import now as database_now
from pathway.protocol.types import Rung, Standard
from pathway.record.alert import Alert, Why
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault, beat, begin
from pathway.record.rota import OnDuty

BATCH = 500
AWAY, TOO_LONG = (OperationalError, InterfaceError), (LockNotAvailable, QueryCanceled)
PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(seconds=60)
# Arrays, whatever the size of the batch: the bulk methods of the ORM spend most of a sweep on building statements.
CLIMBED = """
UPDATE pathway_clock SET rung = climbed.rung, wake_at = climbed.wake_at
FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS climbed (id, rung, wake_at)
WHERE pathway_clock.id = climbed.id
"""
NEXT = """
SELECT extract(epoch FROM wake_at - clock_timestamp()) FROM pathway_case
WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1
"""
AT_MOST, HELD = 1.0, 0.05
VARIES = {
    "uuid": "uuid", "case_id": "bigint", "clock_id": "bigint", "protocol": "text", "rung": "smallint", "level": "text",
    "late_entry": "boolean", "nobody": "boolean", "why": "text", "people": "int", "passed_at": "timestamptz",
    "passed_why": "text", "unanswered_at": "timestamptz",
}  # fmt: skip
RAISED = f"""
INSERT INTO pathway_alert (
  {", ".join(VARIES)}, raised_at, called_at, calls, acknowledged_by, snoozed_by, stood_down_why
) SELECT raised.*, %s, %s, 1, '', '', '' FROM unnest({", ".join(f"%s::{kind}[]" for kind in VARIES.values())}) AS raised
RETURNING clock_id, rung, id
"""  # noqa: S608 - put together from constants
REPEATED = """
UPDATE pathway_alert SET called_at = %s, calls = calls + 1, passed_at = NULL, passed_why = '',
  nobody = repeated.nobody, unanswered_at = repeated.unanswered_at, people = repeated.people
FROM unnest(%s::bigint[], %s::boolean[], %s::timestamptz[], %s::int[]) AS repeated (id, nobody, unanswered_at, people)
WHERE pathway_alert.id = repeated.id
"""
BAD = Exists(Fault.objects.filter(case=OuterRef("pk")))
UNANSWERED = frozenset({Why.SILENCE, Why.LAPSED, Why.DECLINED, Why.UNREACHABLE})
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A case under the sweep's lock."""

    pk: int
    unit: int
    version: str
    owner: str


def tick(*, by: str = "tick") -> int:
    """Raise all that is due, most overdue first, in batches; write the heartbeat; return how many were raised.

    The first round of each minute then tells whoever has come on duty, as shifts begin on whole minutes.
    """
    now = database_now()
    before = begin(by, now)
    raised = 0
    while True:
        try:
            count, more = sweep(now, BATCH)
        except Exception as error:
            if away(error):
                raise
            log.exception("a batch failed; it is taken apart")
            count, more = apart(earliest(now), now), True
        raised += count
        if not more:
            break
    raised += sum(apart([pk], now) for pk in earliest(now, bad=True))
    if before is None or before < now.replace(second=0, microsecond=0):
        relieve()
    beat(by, now)
    return raised


def rest() -> float:
    """How many seconds until the first case wakes, one at most; a moment where one is due that somebody holds."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        row = cursor.fetchone()
    if row is None:
        return AT_MOST
    return min(float(row[0]), AT_MOST) if row[0] > 0 else HELD


def away(error: Exception) -> bool:
    """Whether the database itself is away; a wait that grew too long is the fault of the case that waits."""
    return isinstance(error, AWAY) and not isinstance(error.__cause__, TOO_LONG)


@transaction.atomic
def sweep(now: datetime, batch: int, only: Sequence[int] = ()) -> tuple[int, bool]:
    """Lock up to `batch` due cases that nobody holds and raise what is due; also say whether there may be more.

    Cases that were set aside spoil no batch: they are swept only where `only` names them.
    """
    due = Case.objects.filter(wake_at__lte=now).order_by("wake_at")
    due = due.filter(pk__in=only) if only else due.exclude(BAD)
    locked = due.select_for_update(no_key=True, skip_locked=True)[:batch]
    cases = {pk: (uuid, Due(pk, unit, version, owner)) for pk, uuid, unit, version, owner in locked.values_list(
        "pk", "uuid", "unit_id", "protocol", "owner")}  # fmt: skip
    if not cases:
        return 0, False
    clocks = list(Clock.objects.filter(case_id__in=cases, wake_at__lte=now).order_by("wake_at"))
    raised = climb(clocks, {pk: due for pk, (_, due) in cases.items()}, now)
    clock = Clock.objects.filter(case=OuterRef("pk"), wake_at__isnull=False).order_by().values("case")
    Case.objects.filter(pk__in=cases).update(
        wake_at=Subquery(clock.annotate(first=Min("wake_at")).values("first")), changed_at=now
    )
    Fault.objects.filter(case_id__in=cases).delete()
    transaction.on_commit(lambda: live.publish([uuid for uuid, _ in cases.values()]))
    return len(raised), len(cases) == batch


def climb(clocks: Sequence[Clock], cases: dict[int, Due], now: datetime) -> list[Alert]:
    """Write one alert a clock, at the highest rung whose time has passed; tell all on that rung and those below.

    A rung for which nobody is on duty is written too, and passed at once; a last one unanswered is told again.
    """
    climber = Climber(OnDuty({case.unit for case in cases.values()}, now), now)
    last = alerts.newest(clocks)
    for clock in clocks:
        case = cases[clock.case_id]
        standard = protocol.get(case.version).standards[clock.standard]
        alert = climber.climb(clock, case, standard, last.get(clock.pk))
        clock.wake_at = wakes(clock, standard, alert)
    with connection.cursor() as cursor:
        cursor.execute(RAISED, [now, now, *columns(climber.raised, *VARIES)])
        keys = {(clock, rung): pk for clock, rung, pk in cursor.fetchall()}
        for alert in climber.raised:
            alert.pk = keys[alert.clock_id, alert.rung]
        if climber.repeated:
            cursor.execute(REPEATED, [now, *columns(climber.repeated, "pk", "nobody", "unanswered_at", "people")])
        cursor.execute(CLIMBED, columns(clocks, "pk", "rung", "wake_at"))
    alerts.write(climber.told, climber.on_duty, now)
    return climber.raised


def columns(rows: Sequence[Alert | Clock], *names: str) -> list[list[Any]]:
    """Some columns of rows, as arrays."""
    return [[getattr(row, name) for row in rows] for name in names]


class Climber:
    """What one batch raises and repeats, and whom it tells."""

    def __init__(self, on_duty: OnDuty, now: datetime) -> None:
        self.on_duty, self.now = on_duty, now
        self.raised: list[Alert] = []
        self.repeated: list[Alert] = []
        self.told: list[tuple[Alert, list[int]]] = []

    def climb(self, clock: Clock, case: Due, standard: Standard, alert: Alert | None) -> Alert | None:
        """Do what the ladder of a clock asks for now; return its newest alert. `alert` is the newest before."""
        rung, why = clock.ladder(standard.ladder, alert.call if alert else None).climbed(self.now)
        if rung > clock.rung:
            return self.rise(clock, case, standard, rung, why)
        if why and alert:
            self.repeat(alert, case, standard.ladder[-1], why)
        return alert

    def rise(self, clock: Clock, case: Due, standard: Standard, rung: int, why: str) -> Alert:
        """Raise a rung, and those above it for as long as nobody is on duty for them; return the alert of the last."""
        ladder, within = standard.ladder, self.on_duty.in_hours(case.unit)
        while True:
            top = ladder[rung - 1]
            must = self.on_duty.holders(case.unit, top.roles(in_hours=within), case.owner)
            below = [role for each in ladder[clock.rung : rung - 1] for role in each.roles(in_hours=within)]
            also = self.on_duty.holders(case.unit, [*below, *top.copy], case.owner)
            time = max(clock.started_at, top.time(amber_at=clock.amber_at, due_at=clock.due_at))
            alert = Alert(
                case_id=case.pk, clock=clock, protocol=case.version, rung=rung - 1, level=top.level.value,
                raised_at=self.now, called_at=self.now, late_entry=clock.entered_at > time, nobody=not must, why=why,
            )  # fmt: skip
            clock.rung = rung
            self.raised.append(alert)
            people = list(dict.fromkeys([*must, *also]))
            if must or rung == len(ladder):
                break
            self.tell(alert, people)
            alert.passed_at, alert.passed_why = self.now, Why.EMPTY
            rung, why = rung + 1, Why.EMPTY
        if not must:
            people = self.with_fixed(case, people)
            alert.unanswered_at = None if self.on_duty.fixed.get(case.unit) else self.now
        self.tell(alert, people)
        return alert

    def repeat(self, alert: Alert, case: Due, rung: Rung, why: str) -> None:
        """Tell the last level again, with the unit's fixed contact; from now on the alert counts as unanswered."""
        alert.called_at, alert.calls = self.now, alert.calls + 1
        alert.passed_at, alert.passed_why = None, ""
        must = self.on_duty.holders(case.unit, rung.roles(in_hours=self.on_duty.in_hours(case.unit)), case.owner)
        copied = self.on_duty.holders(case.unit, rung.copy, case.owner)
        alert.nobody = not must
        if why in UNANSWERED or (alert.nobody and case.unit not in self.on_duty.fixed):
            alert.unanswered_at = alert.unanswered_at or self.now
        self.repeated.append(alert)
        self.tell(alert, self.with_fixed(case, list(dict.fromkeys([*must, *copied]))))

    def tell(self, alert: Alert, people: list[int]) -> None:
        """Have these people told; an alert is written with how many they are."""
        alert.people += len(people)
        self.told.append((alert, people))

    def with_fixed(self, case: Due, people: list[int]) -> list[int]:
        """These people, and the contact of the unit that needs no rota."""
        fixed = self.on_duty.fixed.get(case.unit)
        return [*people, fixed] if fixed and fixed not in people else people


def earliest(now: datetime, *, bad: bool = False) -> list[int]:
    """The due cases of the next batch; or those that were set aside and are to be tried again."""
    due = Case.objects.filter(wake_at__lte=now).order_by("wake_at")
    return list((due.filter(BAD) if bad else due.exclude(BAD)).values_list("pk", flat=True)[:BATCH])


def apart(cases: list[int], now: datetime) -> int:
    """Sweep due cases in ever smaller parts; one that fails alone is recorded for the operators, and waits."""
    try:
        return sweep(now, len(cases), cases)[0]
    except Exception as error:
        if away(error):
            raise
        if len(cases) == 1:
            log.exception("case %s could not be swept", cases[0])
            set_aside(cases[0], now, error)
            return 0
    half = len(cases) // 2
    return apart(cases[:half], now) + apart(cases[half:], now)


@transaction.atomic
def set_aside(pk: int, now: datetime, error: Exception) -> None:
    """Record that a case could not be swept, and let it wait a little longer each time."""
    Case.objects.select_for_update(no_key=True).get(pk=pk)
    fault, new = Fault.objects.get_or_create(case_id=pk, defaults={"error": repr(error), "at": now})
    if not new:
        fault.tries, fault.error, fault.at = fault.tries + 1, repr(error), now
        fault.save(update_fields=["tries", "error", "at"])
    Case.objects.filter(pk=pk).update(wake_at=now + min(PAUSE * fault.tries, LONGEST_PAUSE))
