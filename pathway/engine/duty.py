"""Coming on duty: whoever now holds a role is also told of the open alerts that told nobody."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from pathway import live, protocol
from pathway.engine.now import now
from pathway.protocol.types import Role
from pathway.record import rota
from pathway.record.alert import Alert, AlertQuerySet, Delivery
from pathway.record.case import Case
from pathway.record.person import Unit, User
from pathway.record.rota import OnDuty


@transaction.atomic
def put_on(unit: Unit, role: Role, person: User, *, by: User) -> int:
    """Let somebody hold a role in a unit from now on; return how many alerts reached somebody thereby."""
    rota.put_on(unit, role, person, by=by)
    return tell(unit)


@transaction.atomic
def fix_contact(unit: Unit, person: User | None, *, by: User) -> int:
    """Name who is told where nobody holds a role; return how many alerts reached somebody thereby."""
    rota.fix_contact(unit, person, by=by)
    return tell(unit)


def tell(unit: Unit) -> int:
    """Tell the open alerts of a unit that told nobody to whoever holds a role of their rungs now; return how many.

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
    """Tell alerts also to whoever holds a role of their rungs in a unit, nobody twice; return those told anew."""
    on_duty = OnDuty([unit])
    told: dict[Alert, list[int]] = {}
    for alert in found.select_related("case", "clock").prefetch_related("deliveries"):
        before = {each.user_id for each in alert.deliveries.all()}
        if people := [person for person in on_duty.holders(unit, roles_of(alert)) if person not in before]:
            told[alert] = people
    Delivery.objects.bulk_create(
        Delivery(alert=alert, user_id=person, told_at=at) for alert, people in told.items() for person in people
    )
    Alert.objects.filter(pk__in=[alert.pk for alert in told]).update(nobody=False)
    return list(told)


def unheard(cases: list[int]) -> AlertQuerySet:
    """The open alerts of these cases that told nobody."""
    return Alert.objects.open().filter(case_id__in=cases, nobody=True)


def roles_of(alert: Alert) -> list[Role]:
    """Whom an alert tells: the roles of its rung, and of those below that passed without an alert of their own."""
    below = Alert.objects.filter(clock=alert.clock_id, rung__lt=alert.rung).aggregate(top=Max("rung"))["top"]
    ladder = protocol.get(alert.case.protocol).standards[alert.clock.standard].ladder
    rungs = ladder[0 if below is None else below + 1 : alert.rung + 1]
    return list(dict.fromkeys(role for rung in rungs for role in rung.tell))
