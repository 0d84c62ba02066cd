"""The sheets of a hand-over as the two people see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from pathway.engine.now import now as database_now
from pathway.record.case import Case
from pathway.record.handover import Handed, Handover
from pathway.record.person import User
from pathway.worklist.rows import Row, dressed, shown

RECENT = 20


@dataclass(frozen=True)
class Line:
    """One case of a sheet as it stands now."""

    handed: Handed
    row: Row


@dataclass(frozen=True)
class Sheet:
    """One hand-over: what waits, and what was answered. `gone` are cases that ended before, or were merged."""

    now: datetime
    handover: Handover
    waiting: list[Line]
    answered: list[Line]
    gone: list[Line]
    gives: bool


@dataclass(frozen=True)
class Waiting:
    """The sheets on which cases wait: those that a person gave, and those that the person is to take from."""

    given: list[Handover]
    to_take: list[Handover]


def sheet(user: User, uuid: UUID) -> Sheet | None:
    """One sheet that a person gave or was asked to take; the cases stand in the order of the worklist."""
    handover = Handover.objects.visible_to(user).select_related("giver", "taker", "unit").filter(uuid=uuid).first()
    if handover is None:
        return None
    now = database_now()
    handed = {each.case_id: each for each in Handed.objects.visible_to(user).filter(handover=handover)}
    cases = list(shown(Case.objects.filter(pk__in=handed)).select_related("survivor").order_by("next_due_at", "pk"))
    rows = dressed(cases, now, whole=True)
    lines = [Line(handed[case.pk], rows[case.pk]) for case in cases]
    open_yet = [line for line in lines if line.handed.ended_at is None]
    waits = {each.pk for each in Handed.objects.waiting().filter(handover=handover)}
    return Sheet(
        now=now,
        handover=handover,
        waiting=[line for line in open_yet if line.handed.pk in waits],
        answered=[line for line in lines if line.handed.ended_at],
        gone=[line for line in open_yet if line.handed.pk not in waits],
        gives=handover.giver_id == user.pk,
    )


def sheets(user: User) -> QuerySet[Handover]:
    """The sheets of a person, newest first, each with its `total` of cases and how many of these are `left` to take."""
    left = Count("cases", filter=Q(cases__in=Handed.objects.waiting()))
    found = Handover.objects.visible_to(user).annotate(total=Count("cases"), left=left)
    return found.select_related("giver", "taker", "unit").order_by("-started_at", "-pk")


def waiting(user: User) -> Waiting:
    """The sheets on which something waits, by the side on which the person stands."""
    mine = Q(handover__giver=user) | Q(handover__taker=user)
    pending = set(Handed.objects.waiting().filter(mine).values_list("handover", flat=True))
    found = list(sheets(user).filter(pk__in=pending)) if pending else []
    return Waiting(
        [each for each in found if each.giver_id == user.pk], [each for each in found if each.giver_id != user.pk]
    )


def over(user: User) -> list[Handover]:
    """The newest sheets on which nothing waits any more."""
    pending = Handed.objects.visible_to(user).waiting().values("handover")
    return list(sheets(user).exclude(pk__in=pending)[:RECENT])


def find(user: User, sheet: UUID, handed: UUID) -> Handed | None:
    """One line of a sheet of this person."""
    found = Handed.objects.visible_to(user).filter(handover__uuid=sheet, uuid=handed)
    return found.select_related("case__patient", "handover__giver", "handover__taker").first()
