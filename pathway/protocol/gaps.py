"""Where a rota leaves a role that the ladders tell to nobody: a pure function of its posts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from pathway.protocol.hours import CLOSES, LONDON, OPENS, in_hours
from pathway.protocol.shifts import Post, Span, opens
from pathway.protocol.types import Level, Role, Rung

NOBODY = Post()


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody holds a role: the levels that tell it in and out of hours.

    `empty` are the levels that would find nobody at all, whatever roles they name: these are passed on at once.
    """

    role: Role
    starts_at: datetime
    ends_at: datetime
    within: tuple[Level, ...] = ()
    out: tuple[Level, ...] = ()
    empty: tuple[Level, ...] = ()

    def joined(self, following: "Gap") -> "Gap":
        """This gap with the one that goes on from its end."""
        within, out = merged(self.within, following.within), merged(self.out, following.out)
        return Gap(self.role, self.starts_at, following.ends_at, within, out, merged(self.empty, following.empty))

    @property
    def levels(self) -> str:
        """`E1, E3 in hours; E1 out of hours`."""
        told = ((", ".join(self.within), "in hours"), (", ".join(self.out), "out of hours"))
        return "; ".join(f"{levels} {when}" for levels, when in told if levels)


def gaps(
    posts: Mapping[Role, Post], rungs: Iterable[Rung], start: datetime, end: datetime, nation: str = "ENG"
) -> list[Gap]:
    """The gaps of one unit in a range, by their start and then by role; a role told only in hours has none at night."""
    every = set(rungs)
    named = {role for each in every for role in (*each.tell, *each.tell_out)} - {Role.OWNER}
    roles: list[Role] = [role for role in Role if role in named]
    spans = {role: posts.get(role, NOBODY).spans(start, end) for role in roles}
    cuts = {each.starts_at for of_role in spans.values() for each in of_role} | office(start, end)
    open_gaps: dict[Role, Gap] = {}
    found: list[Gap] = []
    for begins, ends in pairwise(sorted({*cuts, end})):
        within = in_hours(begins, nation)
        held = {role for role in roles if is_held(spans[role], begins)}
        for role in roles:
            gap = None if role in held else gap_of(role, every, held, begins, ends, within=within)
            before = open_gaps.pop(role, None)
            if gap and before and before.ends_at == begins:
                gap = before.joined(gap)
            elif before:
                found.append(before)
            if gap:
                open_gaps[role] = gap
    return sorted([*found, *open_gaps.values()], key=lambda gap: (gap.starts_at, list(Role).index(gap.role)))


def is_held(spans: Iterable[Span], at: datetime) -> bool:
    """Whether somebody holds a role at an instant."""
    return any(span.starts_at <= at < span.ends_at and span.people for span in spans)


def merged(one: Iterable[Level], other: Iterable[Level]) -> tuple[Level, ...]:
    """The levels of both, from the lowest."""
    return tuple(sorted({*one, *other}))


def gap_of(
    role: Role, rungs: set[Rung], held: set[Role], begins: datetime, ends: datetime, *, within: bool
) -> Gap | None:
    """The gap of a role that nobody holds, over a stretch all in or all out of hours; None where no level tells it."""
    asked = [rung for rung in rungs if role in rung.roles(in_hours=within)]
    if not asked:
        return None
    levels = merged([rung.level for rung in asked], ())
    empty = merged([rung.level for rung in asked if held.isdisjoint(rung.roles(in_hours=within))], ())
    return Gap(role, begins, ends, levels if within else (), () if within else levels, empty)


def office(start: datetime, end: datetime) -> set[datetime]:
    """When working hours may begin or end in a range: every local 09:00 and 17:00."""
    first, last = start.astimezone(LONDON).date(), end.astimezone(LONDON).date()
    days: list[date] = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    times = {opens(day, at) for day in days for at in (OPENS, CLOSES)}
    return {each for each in times if start < each < end}
