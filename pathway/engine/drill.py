"""Fire drills: a synthetic case of a real unit climbs through every level, and people are told over their channels.

The same sweep, the same rota and the same deliveries are at work; only the times are shorter. Nobody is acknowledged
for. A drill ends by itself, and its alerts then stand down.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from pathway.engine import drilled
from pathway.engine.advance import advance
from pathway.engine.now import now as database_now
from pathway.engine.refused import Refused
from pathway.engine.suspect import suspect
from pathway.protocol import drill as walk
from pathway.protocol.types import Role
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.drill import Drill
from pathway.record.message import Message, State
from pathway.record.person import Organisation, Patient, Unit, User
from pathway.record.rota import OnDuty

LEVELS_TAKE = walk.PACE * (len(walk.LEVELS) + 1)
WAITS = timedelta(seconds=120)  # after the last level, for messages and receipts
TIMETABLE = "the timetable"
OPEN = (State.CREATED, State.FAILED, State.SENT)
ANSWERS = {"class": "C", "suspected_by": "fire drill", "place": "ward"}


def runner(unit: Unit) -> User:
    """Who records what happens in a drill: nobody, and so not kept as a user."""
    return User(
        username="fire-drill", first_name="Fire", last_name="drill", organisation=unit.organisation,
        roles=[Role.COORDINATOR.value, Role.CLINICIAN.value],
    )  # fmt: skip


@transaction.atomic
def start(unit: Unit, *, by: str = TIMETABLE) -> Drill:
    """Begin a drill in a unit: its first level falls due some seconds from now.

    Raises:
        Refused: one goes on there already.
    """
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if Drill.objects.filter(case__unit=unit, ended_at=None).exists():
        raise Refused(f"A drill goes on in {unit} already. Wait until it has ended.")
    patient, _ = Patient.objects.get_or_create(
        organisation=apart(), local_number="DRILL", local_issuer="fire drill", defaults={"synthetic": True}
    )  # fmt: skip
    case = suspect(patient, unit, by=runner(unit), answers=ANSWERS, version=walk.VERSION)
    Case.objects.filter(pk=case.pk).update(drill=True)
    now = case.suspected_at
    return Drill.objects.create(case=case, by=by, started_at=now, ends_at=now + LEVELS_TAKE + WAITS)


def apart() -> Organisation:
    """The organisation of the patient who is none: no hospital finds that record among its own."""
    return Organisation.objects.get_or_create(ods_code="DRILL", defaults={"name": "Fire drill"})[0]


def next_unit() -> Unit | None:
    """The unit whose last drill is the longest ago, among those where somebody holds a role now; None for none."""
    held = OnDuty(list(Unit.objects.values_list("pk", flat=True)), database_now()).people
    last = Unit.objects.filter(pk__in={unit for unit, _ in held}).annotate(last=Max("cases__drilled__started_at"))
    return min(last, key=lambda unit: (unit.last is not None, unit.last, unit.pk), default=None)


def is_over(drill: Drill, now: datetime) -> bool:
    """Whether everything has been seen: each level raised, each message at its end; or its time is over."""
    if now >= drill.ends_at:
        return True
    deliveries = Delivery.objects.filter(alert__case=drill.case)
    waits = deliveries.filter(address__isnull=False, message=None).exists()
    sending = Message.objects.filter(deliveries__in=deliveries, state__in=OPEN, next_at__isnull=False).exists()
    levels = Alert.objects.filter(case=drill.case).values("level").distinct().count()
    return levels == len(walk.LEVELS) and not waits and not sending


@transaction.atomic
def end(drill: Drill, now: datetime) -> Drill:
    """Keep what a drill showed, and close its case: its alerts stand down. Nothing where it has ended already."""
    drill = Drill.objects.select_for_update(of=("self",)).select_related("case__unit__organisation").get(pk=drill.pk)
    if drill.ended_at is None:
        drill.report = drilled.report(drill)
        advance(drill.case, "close", by=runner(drill.case.unit), answers={"reason": "The drill is over."})
        drill.ended_at = now
        drill.save(update_fields=["report", "ended_at"])
    return drill


def end_all(now: datetime | None = None) -> list[Drill]:
    """End every drill that is over; return these."""
    now = now or database_now()
    going = Drill.objects.filter(ended_at=None).select_related("case")
    return [end(drill, now) for drill in going if is_over(drill, now)]
