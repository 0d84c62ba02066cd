"""Who is told as soon as an entry is made: of what goes straight to the top of the ladder, and of what is worse."""

from datetime import timedelta

from pathway import protocol
from pathway.engine.now import now
from pathway.engine.worse import key_of
from pathway.protocol.types import At, Standard
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.rota import OnDuty


def at_once(standard: Standard) -> bool:
    """Whether the first rung of a clock is climbed the moment that the clock starts."""
    first = standard.ladder[0] if standard.ladder else None
    return first is not None and first.at is At.AMBER and standard.amber == timedelta(0) == first.after


def told_at_once(case: Case, kind: str) -> list[tuple[str, list[str]]]:
    """The roles that an event of this kind tells at once, each with who holds it in the unit of the case now.

    Where nobody holds any of them the unit's fixed contact is named.
    """
    starting = [each for each in protocol.get(case.protocol).all if kind in each.starts.kinds and at_once(each)]
    if not starting:
        return []
    on_duty = OnDuty({case.unit_id}, now())
    within = on_duty.in_hours(case.unit_id)
    rungs = [each.ladder[0] for each in starting]
    roles = dict.fromkeys(role for rung in rungs for role in (*rung.roles(in_hours=within), *rung.copy))
    held = {role.value: on_duty.holders(case.unit_id, [role], case.owner) for role in roles}
    fixed = on_duty.fixed.get(case.unit_id)
    if fixed and not any(held.values()):
        held = {"fixed contact of the unit": [fixed]}
    people = {user for users in held.values() for user in users}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=people)}
    return [(role, sorted(names[user] for user in users)) for role, users in held.items()]


def confirmed(words: str, event: Event) -> str:
    """What a form says once its entry is made; with the deterioration that was reported with it."""
    worse = " Worse than before: this was reported at once, as a deterioration."
    return f"Recorded: {words}.{worse if Event.objects.filter(submission=key_of(event)).exists() else ''}"
