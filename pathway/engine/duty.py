"""Coming on duty: whoever now holds a role is also told of the open alerts for which nobody was on duty."""

from django.db import transaction
from django.db.models import Max

from pathway import live, protocol
from pathway.engine import alerts
from pathway.engine.now import now
from pathway.protocol.types import Role
from pathway.record import rota
from pathway.record.alert import Alert, Delivery
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
    """Tell the open alerts of a unit for which nobody was on duty to whoever is now; return how many.

    All open cases are locked first: a sweep under way has either seen the new duty or its alerts are seen here.
    """
    open_cases = Case.objects.open().filter(unit=unit).order_by("pk").select_for_update(no_key=True)
    cases = dict(open_cases.values_list("pk", "uuid"))
    at = now()
    on_duty = OnDuty([unit.pk], at)
    told: list[tuple[Alert, list[int]]] = []
    for alert in unheard(list(cases)):
        people = on_duty.holders(unit.pk, roles_of(alert, in_hours=on_duty.in_hours(unit.pk)), alert.case.owner)
        if not people and alert.unanswered_at and unit.pk in on_duty.fixed:
            people = [on_duty.fixed[unit.pk]]
        before = set(Delivery.objects.filter(alert=alert, call=alert.calls).values_list("user_id", flat=True))
        if people:
            told.append((alert, [person for person in people if person not in before]))
    alerts.tell(told, on_duty, at)
    Alert.objects.filter(pk__in=[alert.pk for alert, _ in told]).update(nobody=False, called_at=at)
    changed = {alert.case_id for alert, _ in told}
    Case.objects.filter(pk__in=changed).update(changed_at=at)
    transaction.on_commit(lambda: live.publish([cases[pk] for pk in sorted(changed)]))
    return len(told)


def unheard(cases: list[int]) -> list[Alert]:
    """The open alerts of these cases for which nobody was on duty."""
    return list(Alert.objects.open().filter(case_id__in=cases, nobody=True).select_related("case", "clock"))


def roles_of(alert: Alert, *, in_hours: bool) -> list[Role]:
    """Who has to answer an alert: the roles of its rung, and of those below that have no alert of their own."""
    below = Alert.objects.filter(clock=alert.clock_id, rung__lt=alert.rung).aggregate(top=Max("rung"))["top"]
    ladder = protocol.get(alert.case.protocol).standards[alert.clock.standard].ladder
    rungs = ladder[0 if below is None else below + 1 : alert.rung + 1]
    return [role for rung in rungs for role in rung.roles(in_hours=in_hours)]
