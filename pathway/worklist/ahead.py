"""What breaks next: the deadlines of the next six hours in time order, each with who is on duty then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from pathway import protocol
from pathway.engine.now import now as database_now
from pathway.protocol.gaps import NOBODY
from pathway.protocol.hours import in_hours
from pathway.protocol.shifts import Post
from pathway.protocol.types import At, Role, Standard
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.outlook import Ahead, by_name, gaps_ahead, people_of
from pathway.record.person import User
from pathway.record.rota import Key, posts
from pathway.record.step import asked
from pathway.worklist.filters import standing_so

AHEAD = timedelta(hours=6)
MOST = 200


@dataclass(frozen=True)
class Deadline:
    """One running clock that is due soon, and who holds the roles that are told at that time.

    `owner` is the owner of the case, where one is named and the level tells the owner. `standard` is None where only a
    newer release knows the clock, and so whom it tells.
    """

    clock: Clock
    case: Case
    standard: Standard | None
    held: Mapping[Role, list[User]]
    owner: str

    @property
    def ending(self) -> str:
        """What is recorded to end it."""
        return asked(self.standard.clears) if self.standard else ""

    @property
    def label(self) -> str:
        """The clock in words."""
        return protocol.label(self.case.protocol, self.clock.standard)

    @property
    def empty(self) -> bool:
        """Whether nobody is on duty then whom it would tell."""
        return self.standard is not None and not any(self.held.values()) and not self.owner


@dataclass(frozen=True)
class Next:
    """The next hours: deadlines, holes in the rota, and what has run out before."""

    now: datetime
    until: datetime
    deadlines: list[Deadline]
    more: bool
    over: int
    holes: list[Ahead]

    @property
    def empty(self) -> int:
        """How many deadlines would tell nobody."""
        return sum(each.empty for each in self.deadlines)


def breaks_next(user: User) -> Next:
    """What a person may see of it, in a fixed number of queries."""
    now = database_now()
    until, visible = now + AHEAD, Case.objects.visible_to(user).open().filter(survivor=None)
    # A clock is due no earlier than the first one of its case, which has an index.
    soon = Clock.objects.running().filter(
        case__in=visible.filter(next_due_at__lte=until), due_at__gt=now, due_at__lte=until
    )
    deadlines = soon.exclude(only_reports()).select_related("case__patient", "case__unit")
    found = list(deadlines.order_by("due_at", "pk")[: MOST + 1])
    held = posts({clock.case.unit_id for clock in found}, now, until)
    people = people_of(held.values())
    return Next(
        now=now,
        until=until,
        deadlines=[deadline(clock, held, people) for clock in found[:MOST]],
        more=len(found) > MOST,
        over=visible.filter(Q(next_due_at__isnull=False), standing_so("overdue", now)).count(),
        holes=gaps_ahead(user.organisation_id or 0, now, AHEAD),
    )


def only_reports() -> Q:
    """The clocks that tell nobody when they run out, and so are no deadline."""
    silent = {
        version: [key for key, standard in protocol.known(version).items() if not standard.ladder]
        for version in protocol.VERSIONS
    }
    pairs = (Q(case__protocol=version, standard__in=keys) for version, keys in silent.items())
    return reduce(or_, pairs, Q(pk__in=()))


def deadline(clock: Clock, held: Mapping[Key, Post], people: Mapping[int, User]) -> Deadline:
    """A clock with who is told when it runs out."""
    case, at = clock.case, clock.due_at
    standard = protocol.known(case.protocol).get(clock.standard)
    if standard is None:
        return Deadline(clock, case, None, {}, "")
    roles: tuple[Role, ...] = told_at_due(standard, within=in_hours(at, case.unit.nation))
    on_duty: dict[Role, list[User]] = {
        role: names(held.get((case.unit_id, role.value), NOBODY).at(at), people)
        for role in roles
        if role is not Role.OWNER
    }
    return Deadline(clock, case, standard, on_duty, case.owner if Role.OWNER in roles else "")


def told_at_due(standard: Standard, *, within: bool) -> tuple[Role, ...]:
    """The roles that have to answer when a clock runs out: those of its first level from then on."""
    rungs = [rung for rung in standard.ladder if rung.at is At.DUE] or standard.ladder[-1:]
    return rungs[0].roles(in_hours=within)


def names(keys: Iterable[int], people: Mapping[int, User]) -> list[User]:
    """These people in the order of lists."""
    return by_name(people[key] for key in keys)
