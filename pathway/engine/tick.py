"""The sweep: climbs a rung for every clock whose time has come. Safe late, twice, in parallel, and without Celery."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Min, OuterRef, Subquery
from psycopg.errors import LockNotAvailable, QueryCanceled

from pathway import live, protocol
from pathway.engine.clocks import wakes
from pathway.engine.now import now as database_now
from pathway.protocol.types import Standard
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault, beat
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
TOLD = """
INSERT INTO pathway_delivery (alert_id, user_id, channel, told_at)
SELECT told.alert, told.person, 'inbox', %s FROM unnest(%s::bigint[], %s::bigint[]) AS told (alert, person)
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A case under the sweep's lock."""

    pk: int
    unit: int
    version: str


def tick(*, by: str = "tick") -> int:
    """Raise all that is due, most overdue first, in batches; write the heartbeat; return how many were raised."""
    now = database_now()
    raised = 0
    while True:
        try:
            count, more = sweep(now, BATCH)
        except Exception as error:
            if away(error):
                raise
            log.exception("a batch failed; its cases are tried one by one")
            count, more = one_by_one(now)
        raised += count
        if not more:
            break
    beat(by, now)
    return raised


def away(error: Exception) -> bool:
    """Whether the database itself is away; a wait that grew too long is the fault of the case that waits."""
    return isinstance(error, AWAY) and not isinstance(error.__cause__, TOO_LONG)


@transaction.atomic
def sweep(now: datetime, batch: int, only: int | None = None) -> tuple[int, bool]:
    """Lock up to `batch` due cases that nobody holds and raise what is due; also say whether there may be more."""
    due = Case.objects.filter(wake_at__lte=now).order_by("wake_at")
    if only is not None:
        due = due.filter(pk=only)
    locked = due.select_for_update(no_key=True, skip_locked=True)[:batch]
    cases = {pk: (uuid, Due(pk, unit, version)) for pk, uuid, unit, version in locked.values_list(
        "pk", "uuid", "unit_id", "protocol")}  # fmt: skip
    if not cases:
        return 0, False
    clocks = list(Clock.objects.filter(case_id__in=cases, wake_at__lte=now).order_by("wake_at"))
    alerts = climb(clocks, {pk: due for pk, (_, due) in cases.items()}, now)
    earliest = Clock.objects.filter(case=OuterRef("pk"), wake_at__isnull=False).order_by().values("case")
    Case.objects.filter(pk__in=cases).update(
        wake_at=Subquery(earliest.annotate(first=Min("wake_at")).values("first")), changed_at=now
    )
    Fault.objects.filter(case_id__in=cases).delete()
    transaction.on_commit(lambda: live.publish([uuid for uuid, _ in cases.values()]))
    return len(alerts), len(cases) == batch


def climb(clocks: Sequence[Clock], cases: dict[int, Due], now: datetime) -> list[Alert]:
    """Write one alert a clock, at the highest rung whose time has passed; tell all on that rung and those below."""
    on_duty = OnDuty({case.unit for case in cases.values()})
    alerts: list[Alert] = []
    told: list[tuple[Alert, list[int]]] = []
    for clock in clocks:
        case = cases[clock.case_id]
        standard = protocol.get(case.version).standards[clock.standard]
        first, clock.rung = clock.rung, passed(clock, standard, now)
        clock.wake_at = wakes(clock, standard)
        if clock.rung == first:
            continue
        roles = {role: None for rung in standard.ladder[first : clock.rung] for role in rung.tell}
        people = on_duty.holders(case.unit, list(roles))
        top = standard.ladder[clock.rung - 1]
        time = max(clock.started_at, top.time(amber_at=clock.amber_at, due_at=clock.due_at))
        alert = Alert(
            case_id=case.pk, clock=clock, rung=clock.rung - 1, level=top.level.value, raised_at=now,
            late_entry=clock.entered_at > time, nobody=not people,
        )  # fmt: skip
        alerts.append(alert)
        told.append((alert, people))
    Alert.objects.bulk_create(alerts)
    pairs = [(alert.pk, user) for alert, people in told for user in people]
    with connection.cursor() as cursor:
        cursor.execute(CLIMBED, [[getattr(each, name) for each in clocks] for name in ("pk", "rung", "wake_at")])
        cursor.execute(TOLD, [now, [alert for alert, _ in pairs], [user for _, user in pairs]])
    return alerts


def passed(clock: Clock, standard: Standard, now: datetime) -> int:
    """How many rungs have had their time."""
    times = [rung.time(amber_at=clock.amber_at, due_at=clock.due_at) for rung in standard.ladder]
    return max([clock.rung, *(number for number, time in enumerate(times, 1) if time <= now)])


def one_by_one(now: datetime) -> tuple[int, bool]:
    """Sweep the due cases singly; what still fails is recorded for the operators and tried again after a pause."""
    raised = 0
    for pk in list(Case.objects.filter(wake_at__lte=now).order_by("wake_at").values_list("pk", flat=True)[:BATCH]):
        try:
            raised += sweep(now, 1, only=pk)[0]
        except Exception as error:
            if away(error):
                raise
            log.exception("case %s could not be swept", pk)
            set_aside(pk, now, error)
    return raised, Case.objects.filter(wake_at__lte=now).exists()


@transaction.atomic
def set_aside(pk: int, now: datetime, error: Exception) -> None:
    """Record that a case could not be swept, and let it wait a little longer each time."""
    Case.objects.select_for_update(no_key=True).get(pk=pk)
    fault, new = Fault.objects.get_or_create(case_id=pk, defaults={"error": repr(error), "at": now})
    if not new:
        fault.tries, fault.error, fault.at = fault.tries + 1, repr(error), now
        fault.save(update_fields=["tries", "error", "at"])
    Case.objects.filter(pk=pk).update(wake_at=now + min(PAUSE * fault.tries, LONGEST_PAUSE))
