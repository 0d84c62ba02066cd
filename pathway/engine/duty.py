"""Changes of the rota, each kept with who made it; whoever is on duty thereby is told of what had told nobody."""

import logging
from collections.abc import Collection

from django.db import transaction

from pathway import live
from pathway.engine import alerts
from pathway.engine.foresee import foresee_for
from pathway.engine.now import now
from pathway.engine.respond import rearm
from pathway.protocol.types import Role
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.person import Unit, User
from pathway.record.shift import Duty, RotaChange

log = logging.getLogger(__name__)


@transaction.atomic
def put_on(unit: Unit, role: Role, person: User, *, by: User) -> int:
    """Let somebody hold a role in a unit at all times; return how many alerts reached somebody thereby."""
    Duty.objects.get_or_create(unit=unit, role=role.value, user=person)
    return changed([unit], f"{person} holds {role} in {unit} at all times", by=by)


@transaction.atomic
def take_off(unit: Unit, role: Role, person: User, *, by: User) -> int:
    """Let somebody no longer hold a role at all times; harmless where they do not."""
    Duty.objects.filter(unit=unit, role=role.value, user=person).delete()
    return changed([unit], f"{person} no longer holds {role} in {unit} at all times", by=by)


@transaction.atomic
def fix_contact(unit: Unit, person: User | None, *, by: User) -> int:
    """Name who is told where nobody holds a role; return how many alerts reached somebody thereby."""
    Unit.objects.filter(pk=unit.pk).update(fixed_contact=person)
    return changed([unit], f"{person or 'Nobody'} is the fixed contact of {unit}", by=by)


def changed(units: Collection[Unit], said: str, *, by: User) -> int:
    """Keep a change of the rota of these units, tell whoever is on duty now, look ahead anew; return how many alerts.

    A change of several units is one of their organisation.
    """
    at = now()
    organisation = by.organisation
    assert organisation is not None  # noqa: S101 - whoever changes a rota has been found in its organisation
    unit = next(iter(units)) if len(units) == 1 else None
    RotaChange.objects.create(organisation=organisation, unit=unit, at=at, by=by, said=said[:600])
    log.info("rota: changed by %s", by.uuid)
    told = sum(tell(each) for each in sorted(units, key=lambda unit: unit.pk))
    foresee_for(organisation.pk, at)
    return told


def tell(unit: Unit) -> int:
    """Tell the open alerts of a unit for which nobody was on duty to whoever is now; return how many.

    All open cases are locked first: a sweep under way has either seen the new duty or its alerts are seen here.
    """
    open_cases = Case.objects.open().filter(unit=unit).order_by("pk").select_for_update(no_key=True)
    cases = dict(open_cases.values_list("pk", "uuid"))
    at = now()
    told = alerts.tell_too(Alert.objects.open().filter(case_id__in=cases, nobody=True), unit.pk, at)
    for alert in told:
        rearm(alert)
    changed = {alert.case_id for alert in told}
    Case.objects.filter(pk__in=changed).update(changed_at=at)
    transaction.on_commit(lambda: live.publish([cases[pk] for pk in sorted(changed)]))
    return len(told)
