"""Changes of the rota, each kept with who made it; whoever is on duty thereby is told of what had told nobody."""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable, UniqueViolation

from pathway import live
from pathway.engine import alerts
from pathway.engine.foresee import foresee_for
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.engine.respond import rearm
from pathway.protocol.types import Role
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.person import Organisation, Unit, User
from pathway.record.rota import OnDuty
from pathway.record.shift import Duty, RotaChange

AT_A_TIME = 100
MEANWHILE = (LockNotAvailable, DeadlockDetected, UniqueViolation)
BUSY = "Somebody else is changing this rota at the same moment. Nothing was saved: send it again."
log = logging.getLogger(__name__)


def put_on(unit: Unit, role: Role, person: User, *, by: User) -> int:
    """Let somebody hold a role in a unit at all times; return how many alerts reached somebody thereby.

    Raises:
        Refused: as `changing`.
    """
    with changing():
        _, is_new = Duty.objects.get_or_create(unit=unit, role=role.value, user=person)
        if is_new:
            keep([unit], f"{person} holds {role} in {unit} at all times", by=by)
    return changed([unit], by=by)


def take_off(unit: Unit, role: Role, person: User, *, by: User) -> int:
    """Let somebody no longer hold a role at all times; harmless where they do not.

    Raises:
        Refused: as `changing`.
    """
    with changing():
        if Duty.objects.filter(unit=unit, role=role.value, user=person).delete()[0]:
            keep([unit], f"{person} no longer holds {role} in {unit} at all times", by=by)
    return changed([unit], by=by)


def fix_contact(unit: Unit, person: User | None, *, by: User) -> int:
    """Name who is told where nobody holds a role; return how many alerts reached somebody thereby.

    Raises:
        Refused: as `changing`.
    """
    with changing():
        if Unit.objects.filter(pk=unit.pk).exclude(fixed_contact=person).update(fixed_contact=person):
            keep([unit], f"{person or 'Nobody'} is the fixed contact of {unit}", by=by)
    return changed([unit], by=by)


@contextmanager
def changing() -> Iterator[None]:
    """One change of the rota, entered whole or not at all. No case is locked: what is due is told meanwhile.

    Raises:
        Refused: somebody else changes the same at this moment.
    """
    try:
        with transaction.atomic():
            yield
    except (OperationalError, IntegrityError) as error:
        if not isinstance(error.__cause__, MEANWHILE):
            raise
        raise Refused(BUSY) from error


def home(by: User) -> Organisation:
    """The organisation whose rota a person changes."""
    assert by.organisation is not None  # noqa: S101 - whoever changes a rota has been found in its organisation
    return by.organisation


def keep(units: Sequence[Unit], said: str, *, by: User) -> None:
    """Keep who changed the rota of these units, in words; a change of several is one of their organisation."""
    unit = units[0] if len(units) == 1 else None
    RotaChange.objects.create(organisation=home(by), unit=unit, at=now(), by=by, said=said[:600])
    log.info("rota: changed by %s", by.uuid)


def changed(units: Collection[Unit], *, by: User) -> int:
    """Tell whoever is on duty in these units now, look ahead anew; return how many alerts. After the change is saved.

    What somebody holds at this moment, or is being raised, is told by the sweep within a minute (`relieve`).
    """
    told = sum(tell(pk) for pk in sorted(unit.pk for unit in units))
    foresee_for(home(by).pk, now())
    return told


def relieve() -> int:
    """Tell whoever has come on duty, be it only by time, of what had told nobody; return how many alerts."""
    units = Alert.objects.open().filter(nobody=True).order_by("case__unit").values_list("case__unit", flat=True)
    return sum(tell(pk) for pk in units.distinct())


def tell(unit: int) -> int:
    """Tell the open alerts of a unit for which nobody was on duty to whoever is now; return how many."""
    on_duty = OnDuty([unit], now())
    standing = Alert.objects.open().filter(case__in=Case.objects.open().filter(unit=unit, fault=None), nobody=True)
    if not (on_duty.people or on_duty.fixed):
        standing = standing.exclude(case__owner="")
    cases = sorted({each.alert.case_id for each in alerts.owed(standing, unit, on_duty)})
    return sum(tell_of(unit, cases[first : first + AT_A_TIME]) for first in range(0, len(cases), AT_A_TIME))


@transaction.atomic
def tell_of(unit: int, cases: Sequence[int]) -> int:
    """Tell those of these cases that nobody holds; return how many alerts."""
    free = Case.objects.open().filter(pk__in=cases, unit=unit).order_by("pk")
    held = dict(free.select_for_update(no_key=True, skip_locked=True).values_list("pk", "uuid"))
    at = now()
    told = alerts.tell_too(Alert.objects.open().filter(case_id__in=held, nobody=True), unit, at)
    for alert in told:
        rearm(alert)
    news = sorted({alert.case_id for alert in told})
    Case.objects.filter(pk__in=news).update(changed_at=at)
    transaction.on_commit(lambda: live.publish([held[pk] for pk in news]))
    return len(told)
