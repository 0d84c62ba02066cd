"""Who holds a role in a unit, now and later: the only place that asks the rows of the rota."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When

from pathway import protocol
from pathway.protocol.hours import LONDON, in_hours
from pathway.protocol.shifts import Dated, Holidays, Kind, Post, Weekly
from pathway.protocol.types import Role, Rung
from pathway.record.message import Address
from pathway.record.person import Unit, User
from pathway.record.shift import Duty, Pattern, Shift, can_be_told

DAY, WEEK = timedelta(days=1), 7
STANDING, WEEKLY = "standing", "weekly"
SPECIFIC = ("days", "begins", "ends", "first", "last", "holidays", "instead_of", "starts_at", "ends_at")
Key = tuple[int, str]


class Row(NamedTuple):
    """One row of any of the three tables; the columns that its table does not have are None."""

    kind: str
    unit: int | None
    role: str
    user: int
    tells: bool
    place: str | None
    nation: str | None
    pk: int
    days: list[int] | None
    begins: Any
    ends: Any
    first: Any
    last: Any
    holidays: str | None
    instead_of: int | None
    starts_at: Any
    ends_at: Any

    @property
    def weekly(self) -> Weekly:
        """The row as a weekly pattern, which it is."""
        days, holidays = frozenset(self.days or ()), Holidays(self.holidays or "")
        return Weekly(self.user, days, self.begins, self.ends, self.first, self.last, holidays)

    @property
    def dated(self) -> Dated:
        """The row as a dated shift, which it is."""
        return Dated(Kind(self.kind), self.user, self.starts_at, self.ends_at, self.instead_of)


def rows(units: "Collection[int] | models.QuerySet[Unit]", start: datetime, end: datetime) -> list[Row]:
    """What the rota of these units holds for a range, in the order entered, in one query."""
    first, last = start.astimezone(LONDON).date() - DAY, end.astimezone(LONDON).date()
    days = {(first + DAY * number).weekday() for number in range(min((last - first).days + 1, WEEK))}
    patterns = Pattern.objects.filter(
        Q(last__isnull=True) | Q(last__gte=first), unit__in=units, first__lte=last, days__overlap=sorted(days)
    )
    homes = Unit.objects.filter(Q(pk__in=units)).values("organisation")
    there = Q(unit__in=units) | Q(unit__isnull=True, user__organisation__in=homes)
    shifts = Shift.objects.filter(there, ends_at__gt=start, starts_at__lte=end)
    # Patterns, then shifts: in a union the first table that has a column gives it its type.
    found = columns(patterns, Value(WEEKLY), "days", "begins", "ends", "first", "last", "holidays").union(
        columns(shifts, F("kind"), "instead_of", "starts_at", "ends_at"),
        columns(Duty.objects.filter(unit__in=units), Value(STANDING)),
        all=True,
    )
    return sorted((Row(*row) for row in found), key=lambda row: row.pk)


def columns(found: "models.QuerySet[Any]", kind: Any, *own: str) -> "models.QuerySet[Any, Any]":
    """One table as rows; `own` are the columns that the other tables do not have."""
    tells = can_be_told("user__") & (Q(unit__isnull=True) | Q(user__organisation=F("unit__organisation")))
    told = ExpressionWrapper(tells, models.BooleanField())
    nothing = Value(None, output_field=models.TextField())
    names = (name if name in own else nothing for name in SPECIFIC)
    return found.values_list(kind, "unit_id", "role", "user_id", told, "unit__name", "unit__nation", "pk", *names)


def posts(units: Collection[int], start: datetime, end: datetime) -> dict[Key, Post]:
    """Every post of these units that somebody holds, or may come to hold, in a range."""
    return by_post(rows(units, start, end))


def by_post(found: Iterable[Row]) -> dict[Key, Post]:
    """The posts that these rows make; who is away is so from all of them."""
    held: dict[Key, list[Row]] = defaultdict(list)
    away: list[Dated] = []
    for row in found:
        if row.unit is None:
            away.append(row.dated)
        else:
            held[row.unit, row.role].append(row)
    return {
        key: Post(
            nation=own[0].nation or "ENG",
            standing=tuple(row.user for row in own if row.kind == STANDING),
            weekly=tuple(row.weekly for row in own if row.kind == WEEKLY),
            dated=(*(row.dated for row in own if row.kind not in (STANDING, WEEKLY)), *away),
            mute=frozenset(row.user for row in own if not row.tells),
        )
        for key, own in held.items()
    }


class Rota:
    """The rota of some units over a range of time, with their contacts that need none; read once, in two queries."""

    def __init__(self, units: Collection[int], start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self.posts: dict[int, dict[Key, Post]] = defaultdict(dict)
        for key, post in posts(units, start, end).items():
            self.posts[key[0]][key] = post
        contact = Q(can_be_told("fixed_contact__"), fixed_contact__organisation=F("organisation"))
        fixed = Case(When(contact, then=F("fixed_contact_id")))
        found = list(Unit.objects.filter(pk__in=units).values_list("pk", "nation", "organisation_id", fixed))
        self.units = {pk: (nation, organisation) for pk, nation, organisation, _ in found}
        self.fixed: dict[int, int] = {pk: contact for pk, _, _, contact in found if contact}

    @cached_property
    def owners(self) -> "Named":
        """The people of the organisations by name."""
        return Named({organisation for _, organisation in self.units.values()}, self.start, self.end)


class OnDuty:
    """Who is on duty in some units at one instant, and how each is reached outside the service; read once.

    `rota` is that of a range which holds the instant, where it has been read already.
    """

    def __init__(
        self, units: Collection[int], at: datetime, *, also: Collection[int] = (), rota: Rota | None = None
    ) -> None:
        self.at, self.rota = at, rota or Rota(units, at, at)
        held = (each for unit in units for each in self.rota.posts.get(unit, {}).items())
        self.people: dict[Key, tuple[int, ...]] = {key: people for key, post in held if (people := post.at(at))}
        self.units, self.fixed = self.rota.units, self.rota.fixed
        self.also = set(also)

    def in_hours(self, unit: int) -> bool:
        """Whether it is a working hour where the unit is."""
        return in_hours(self.at, self.units[unit][0])

    def holders(self, unit: int, roles: Iterable[Role], owner: str = "") -> list[int]:
        """Users who hold any of the roles, each once; the owner of a case is looked for by name."""
        found = dict.fromkeys(user for role in roles for user in self.people.get((unit, role.value), ()))
        if owner and Role.OWNER in roles and (known := self.named(unit, owner)):
            found.setdefault(known)
        return list(found)

    def named(self, unit: int, name: str) -> int | None:
        """The one person of the unit's organisation who can be told and has this name; None for nobody, or several."""
        return self.rota.owners.at(self.units[unit][1], name, self.at)

    @cached_property
    def addresses(self) -> dict[int, Address]:
        """The first verified address outside the service of everybody who may be told."""
        people = {user for users in self.people.values() for user in users}
        people |= set(self.fixed.values()) | self.also
        if "owners" in self.rota.__dict__:
            people |= set(self.rota.owners.people.values())
        return {user: addresses[0] for user, addresses in verified(people).items()}


class Named:
    """Who surely has which name in which organisation, in a range; names that two people share are left out."""

    def __init__(self, organisations: Collection[int], start: datetime, end: datetime) -> None:
        seen: dict[tuple[int, str], set[int]] = defaultdict(set)
        for user in User.objects.filter(can_be_told(), organisation__in=organisations):
            for name in (str(user), user.username):
                seen[user.organisation_id or 0, name.casefold()].add(user.pk)
        self.people = {name: next(iter(people)) for name, people in seen.items() if len(people) == 1}
        self.away: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        absent = Shift.objects.filter(kind=Kind.AWAY, user__organisation__in=organisations)
        within = absent.filter(starts_at__lte=end, ends_at__gt=start)
        for user_id, starts_at, ends_at in within.values_list("user", "starts_at", "ends_at"):
            self.away[user_id].append((starts_at, ends_at))

    def at(self, organisation: int, name: str, moment: datetime) -> int | None:
        """The one person who can be told and has this name; None for nobody, several, or who is away then."""
        found = self.people.get((organisation, " ".join(name.split()).casefold()))
        away = any(starts_at <= moment < ends_at for starts_at, ends_at in self.away.get(found or 0, ()))
        return None if away else found


def verified(people: Collection[int]) -> dict[int, list[Address]]:
    """The verified addresses of each of these people who has any, in the order in which they are tried."""
    found: dict[int, list[Address]] = defaultdict(list)
    proved = Address.objects.filter(user_id__in=people, removed_at=None).exclude(verified_at=None)
    for address in proved.order_by("place", "pk"):
        found[address.user_id].append(address)
    return dict(found)


def ladders() -> set[Rung]:
    """Every rung of the current protocol."""
    return {rung for standard in protocol.get(protocol.CURRENT).all for rung in standard.ladder}


def told() -> list[Role]:
    """Every role that has to answer some rung of the current protocol."""
    named = {role for rung in ladders() for role in (*rung.tell, *rung.tell_out)}
    return [role for role in Role if role in named and role is not Role.OWNER]


def colleagues(user: User) -> "models.QuerySet[User]":
    """Everybody of a person's own organisation who can be put on duty; `namesake` where another one has the name."""
    named = {"first_name__iexact": OuterRef("first_name"), "last_name__iexact": OuterRef("last_name")}
    others = User.objects.filter(can_be_told(), organisation=OuterRef("organisation"), **named)
    same = Exists(others.exclude(pk=OuterRef("pk")).exclude(first_name="", last_name=""))
    found = User.objects.filter(can_be_told(), organisation__users=user).annotate(namesake=same)
    return found.order_by("last_name", "username")


def where(user: User) -> Q:
    """The units in whose rota a person is."""
    tables = (Duty, Pattern, Shift)
    return reduce(or_, (Q(Exists(table.objects.filter(unit=OuterRef("pk"), user=user))) for table in tables))


def units_of(user: User) -> "models.QuerySet[Unit]":
    """The units of a person's own organisation; those in whose rota the person is first."""
    mine = ExpressionWrapper(where(user), models.BooleanField())
    return Unit.objects.filter(organisation__users=user).order_by(mine.desc(), "name")


def unit_of(user: User) -> Unit | None:
    """The one unit that a form may begin with: the only one in whose rota the person is, else the only one there is."""
    units = units_of(user).order_by("name")
    every = list(units.filter(where(user))[:2]) or list(units[:2])
    return every[0] if len(every) == 1 else None
