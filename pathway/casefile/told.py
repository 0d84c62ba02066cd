"""Who is told as soon as an entry is made: of what goes straight to the top of the ladder."""

from datetime import timedelta

from pathway import protocol
from pathway.protocol.types import At, Standard
from pathway.record.case import Case
from pathway.record.person import User
from pathway.record.rota import Duty, OnDuty


def at_once(standard: Standard) -> bool:
    """Whether the first rung of a clock is climbed the moment that the clock starts."""
    first = standard.ladder[0] if standard.ladder else None
    return first is not None and first.at is At.AMBER and standard.amber == timedelta(0) == first.after


def told_at_once(case: Case, kind: str) -> list[tuple[str, list[str]]]:
    """The roles that an event of this kind tells at once, each with who holds it in the unit of the case now.

    Where nobody holds any of them the unit's fixed contact is told.
    """
    starting = [each for each in protocol.get(case.protocol).all if kind in each.starts.kinds and at_once(each)]
    roles = dict.fromkeys(role for each in starting for role in each.ladder[0].tell)
    if not roles:
        return []
    held: dict[str, list[User]] = {}
    for duty in Duty.objects.that_tell().filter(unit=case.unit).select_related("user").order_by("user__last_name"):
        held.setdefault(duty.role, []).append(duty.user)
    found = [(role.value, [str(person) for person in held.get(role.value, [])]) for role in roles]
    alone = not any(people for _, people in found) and OnDuty({case.unit_id}).fixed.get(case.unit_id)
    return [*found, ("fixed contact of the unit", [str(case.unit.fixed_contact)])] if alone else found
