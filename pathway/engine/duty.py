"""Changes of the rota, each kept with who made it; whoever is on duty thereby is told of what had told nobody."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from pathway import live, protocol
from pathway.engine import alerts
from pathway.engine.foresee import foresee_for
from pathway.engine.now import now
from pathway.protocol.types import Role
from pathway.record.alert import Alert, AlertQuerySet, Delivery
from pathway.record.case import Case
from pathway.record.person import Unit, User
from pathway.record.rota import OnDuty
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
    heard = tell_too(unheard(list(cases)), unit.pk, at)
    changed = {alert.case_id for alert in heard}
    Case.objects.filter(pk__in=changed).update(changed_at=at)
    transaction.on_commit(lambda: live.publish([cases[pk] for pk in sorted(changed)]))
    return len(heard)


def tell_too(found: AlertQuerySet, unit: int, at: datetime) -> list[Alert]:
    """Tell alerts also to whoever has to answer them in a unit, nobody twice; return those that somebody hears there.

    The contact that needs no rota is told too of what ran out unanswered.
    """
    on_duty = OnDuty([unit], at)
    told: list[tuple[Alert, list[int]]] = []
    for alert in found.select_related("case", "clock"):
        people = on_duty.holders(unit, roles_of(alert, in_hours=on_duty.in_hours(unit)), alert.case.owner)
        if not people and alert.unanswered_at and unit in on_duty.fixed:
            people = [on_duty.fixed[unit]]
        before = set(Delivery.objects.filter(alert=alert, call=alert.calls).values_list("user_id", flat=True))
        new = [person for person in people if person not in before]
        if new or (people and alert.nobody):
            told.append((alert, new))
    alerts.tell(told, on_duty, at)
    Alert.objects.filter(pk__in=[alert.pk for alert, _ in told]).update(nobody=False, called_at=at)
    return [alert for alert, _ in told]


def unheard(cases: list[int]) -> AlertQuerySet:
    """The open alerts of these cases for which nobody was on duty."""
    return Alert.objects.open().filter(case_id__in=cases, nobody=True)


def roles_of(alert: Alert, *, in_hours: bool) -> list[Role]:
    """Who has to answer an alert: the roles of its rung, and of those below that have no alert of their own."""
    below = Alert.objects.filter(clock=alert.clock_id, rung__lt=alert.rung).aggregate(top=Max("rung"))["top"]
    ladder = protocol.get(alert.case.protocol).standards[alert.clock.standard].ladder
    rungs = ladder[0 if below is None else below + 1 : alert.rung + 1]
    return [role for rung in rungs for role in rung.roles(in_hours=in_hours)]
