"""What a rota says to whoever reads it: who is on duty now and next, a week of a unit, the gaps that lie ahead."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from pathway.protocol.gaps import NOBODY, Gap, gaps
from pathway.protocol.hours import LONDON, bank_holidays
from pathway.protocol.shifts import DAYS, Kind, Post, Span, opens
from pathway.protocol.types import Role
from pathway.record.person import Organisation, Unit, User
from pathway.record.rota import Key, by_post, ladders, posts, rows, told, verified, where
from pathway.record.shift import Pattern, RotaChange, Shift, can_be_told

AHEAD, NEXT, MOMENT = timedelta(days=14), timedelta(days=3), timedelta(minutes=1)
DAY = timedelta(days=1)
NATIONS = {"ENG": "England", "WLS": "Wales", "SCT": "Scotland", "NIR": "Northern Ireland"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One role in one unit now: who holds it until when, and who is next; empty lists are nobody.

    `until` is None where nothing changes within the three days looked at. `gap`: some ladder would tell the role now.
    """

    role: str
    now: list[User]
    until: datetime | None
    next: list[User]
    gap: Gap | None
    standing: frozenset[int]


@dataclass(frozen=True, slots=True)
class UnitNow:
    """The turns of one unit."""

    name: str
    turns: list[Turn]

    @property
    def gaps(self) -> list[Turn]:
        """The roles that some ladder would tell now and that nobody holds."""
        return [turn for turn in self.turns if turn.gap]

    @property
    def gaps_said(self) -> str:
        """`2 roles with nobody`."""
        return f"{len(self.gaps)} role{'' if len(self.gaps) == 1 else 's'} with nobody"

    @property
    def held(self) -> list[Turn]:
        """The roles that somebody holds."""
        return [turn for turn in self.turns if turn.now]


def on_duty_now(user: User, at: datetime) -> list[UnitNow]:
    """Who is on duty in the units in whose rota a person is, by name of the unit, in at most three queries."""
    mine = list(Unit.objects.filter(where(user), organisation=user.organisation_id).values_list("pk", flat=True))
    found = rows(mine, at, at + NEXT) if mine else []
    names = {row.unit: row.place or "" for row in found if row.unit is not None}
    held = by_post(found)
    people = User.objects.in_bulk({row.user for row in found}) if found else {}
    return [UnitNow(name, turns(unit, held, people, at)) for unit, name in sorted(names.items(), key=lambda of: of[1])]


def turns(unit: int, held: Mapping[Key, Post], people: Mapping[int, User], at: datetime) -> list[Turn]:
    """The turns of one unit, by role."""
    mine = {Role(role): post for (place, role), post in held.items() if place == unit}
    nation = next((post.nation for post in mine.values()), "ENG")
    missing = {gap.role: gap for gap in gaps(mine, ladders(), at, at + MOMENT, nation)}
    found = []
    for role in roles_of(mine):
        post = mine.get(role, NOBODY)
        first, *later = post.spans(at, at + NEXT)
        then = [people[person] for person in later[0].people] if later else []
        standing = frozenset(post.standing)
        now = by_name(people[person] for person in first.people)
        until = first.ends_at if later else None
        found.append(Turn(role.value, now, until, by_name(then), missing.get(role), standing))
    return found


def roles_of(mine: Mapping[Role, Post]) -> list[Role]:
    """The roles that the current protocol tells, and those that the rota of the unit names beside them."""
    wanted = {*told(), *mine}
    return [role for role in Role if role in wanted]


def by_name(people: Iterable[User]) -> list[User]:
    """These people in the order in which lists name them."""
    return sorted(people, key=lambda user: (user.last_name, user.username))


def units(organisation: int) -> list[Unit]:
    """The units of an organisation, by name."""
    return list(Unit.objects.filter(organisation=organisation).select_related("fixed_contact").order_by("name"))


@dataclass(frozen=True, slots=True)
class Roster:
    """One unit now: every role that an alert may tell, held or not, and the fixed contact."""

    unit: Unit
    turns: list[Turn]
    contact: User | None

    @property
    def has_gap(self) -> bool:
        """Whether some alert of the unit would tell nobody now: no role of its rung is held, nor a contact named."""
        return self.contact is None and any(turn.gap and turn.gap.empty for turn in self.turns)


def rosters(organisation: int, at: datetime) -> list[Roster]:
    """Who holds what now in each unit of an organisation, in a fixed number of queries."""
    places = units(organisation)
    held = posts([unit.pk for unit in places], at, at + NEXT)
    people = people_of(held.values())
    able = set(
        User.objects.filter(can_be_told(), organisation=organisation).values_list("pk", flat=True)
    )  # fmt: skip
    return [
        Roster(unit, turns(unit.pk, held, people, at), unit.fixed_contact if unit.fixed_contact_id in able else None)
        for unit in places
    ]


def people_of(held: Iterable[Post]) -> dict[int, User]:
    """Everybody whom these posts name."""
    named = {
        person
        for post in held
        for person in (*post.standing, *(each.person for each in post.weekly), *(each.person for each in post.dated))
    }
    return User.objects.in_bulk(named)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one day in one role: who holds it, or nobody."""

    starts_at: datetime
    ends_at: datetime
    people: list[User]
    whole_day: bool
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a week."""

    date: date
    name: str
    is_today: bool
    holiday: str


@dataclass(frozen=True, slots=True)
class Week:
    """One unit's week: for each role, the parts of each of its seven days."""

    unit: Unit
    days: list[Day]
    rows: list[tuple[str, list[tuple[Day, list[Part]]]]]

    @property
    def before(self) -> date:
        return self.days[0].date - 7 * DAY

    @property
    def after(self) -> date:
        return self.days[0].date + 7 * DAY


def week(unit: Unit, monday: date, now: datetime) -> Week:
    """The week of a unit that begins on a Monday."""
    dates = [monday + DAY * number for number in range(7)]
    edges = [opens(day, time.min) for day in [*dates, monday + 7 * DAY]]
    mine = {Role(role): post for (_, role), post in posts([unit.pk], edges[0], edges[-1]).items()}
    people = people_of(mine.values())
    missing = gaps(mine, ladders(), edges[0], edges[-1], unit.nation)
    today, free = now.astimezone(LONDON).date(), bank_holidays(unit.nation)
    days = [Day(each, DAYS[each.weekday()], each == today, free.get(each) or "") for each in dates]
    table = []
    for role in roles_of(mine):
        spans = mine.get(role, NOBODY).spans(edges[0], edges[-1])
        of_role = [gap for gap in missing if gap.role is role]
        cells = [(day, parts(spans, of_role, people, *edges[place : place + 2])) for place, day in enumerate(days)]
        if of_role or any(span.people for span in spans):
            table.append((role.value, cells))
    return Week(unit, days, table)


def parts(
    spans: Sequence[Span], missing: Sequence[Gap], people: Mapping[int, User], start: datetime, end: datetime
) -> list[Part]:
    """What one role's spans and gaps are on one day."""
    held = [
        (span.starts_at, span.ends_at, by_name(people[one] for one in span.people), None)
        for span in spans
        if span.people
    ]
    empty: list[tuple[datetime, datetime, list[User], Gap | None]] = [
        (gap.starts_at, gap.ends_at, [], gap) for gap in missing
    ]
    found = []
    for begins, ends, who, gap in sorted([*held, *empty], key=lambda each: each[0]):
        first, last = max(begins, start), min(ends, end)
        if first < last:
            found.append(Part(first, last, who, (first, last) == (start, end), gap))
    return found


@dataclass(frozen=True, slots=True)
class Ahead:
    """The gaps of the next 14 days in one unit, and whether anybody holds any of its roles in that time."""

    unit: Unit
    gaps: list[Gap]
    has_rota: bool


def gaps_ahead(organisation: int, now: datetime, length: timedelta = AHEAD) -> list[Ahead]:
    """The gaps of the next 14 days, or of another `length`, in each unit of an organisation that has any."""
    places, until = units(organisation), now + length
    held = posts([unit.pk for unit in places], now, until)
    found = []
    for unit in places:
        mine = {Role(role): post for (place, role), post in held.items() if place == unit.pk}
        if missing := gaps(mine, ladders(), now, until, unit.nation):
            has_rota = any(span.people for post in mine.values() for span in post.spans(now, until))
            found.append(Ahead(unit, missing, has_rota))
    return found


def without_fixed(organisation: int) -> list[Unit]:
    """The units of an organisation without a fixed contact, or with one who cannot be told of its cases."""
    able = can_be_told("fixed_contact__") & Q(fixed_contact__organisation=F("organisation"))
    told = Unit.objects.filter(able, organisation=organisation).values("pk")
    return list(Unit.objects.filter(organisation=organisation).exclude(pk__in=told).order_by("name"))


def without_contact(organisation: int, now: datetime) -> list[User]:
    """The people whom the rota of the next 14 days names, or a unit as its contact, without a verified address."""
    places = units(organisation)
    held = posts([unit.pk for unit in places], now, now + AHEAD).values()
    able = {person for post in held for span in post.spans(now, now + AHEAD) for person in span.people}
    able |= {unit.fixed_contact_id for unit in places if unit.fixed_contact_id}
    reached: Collection[int] = verified(able)
    return by_name(User.objects.filter(can_be_told(), Q(pk__in=able) & ~Q(pk__in=list(reached))))


def name_of(nation: str) -> str:
    """The nation whose bank holidays count."""
    return NATIONS.get(nation, nation)


def organisations() -> list[int]:
    """Every organisation that has units."""
    return list(Organisation.objects.filter(units__isnull=False).distinct().values_list("pk", flat=True))


def find_unit(user: User, uuid: UUID) -> Unit | None:
    """A unit of a person's own organisation; None for any other."""
    return Unit.objects.filter(organisation=user.organisation_id, uuid=uuid).select_related("organisation").first()


def patterns_of(unit: Unit) -> "models.QuerySet[Pattern]":
    """The weekly patterns of a unit, as lists show them."""
    found = Pattern.objects.filter(unit=unit).select_related("user", "unit")
    return found.order_by("role", "user__last_name", "begins", "pk")


def shifts_of(unit: Unit, now: datetime) -> "models.QuerySet[Shift]":
    """The dated shifts of a unit that are not over, and the absences of those in its rota."""
    mine = Q(unit=unit) | Q(kind=Kind.AWAY, user__organisation=unit.organisation_id)
    found = Shift.objects.filter(mine, ends_at__gt=now).select_related("user", "unit", "instead_of")
    return found.order_by("starts_at", "pk")


def changes_of(unit: Unit) -> "models.QuerySet[RotaChange]":
    """Who changed the rota of a unit, or several at once, newest first."""
    found = RotaChange.objects.filter(Q(unit=unit) | Q(unit=None), organisation=unit.organisation_id)
    return found.select_related("by").order_by("-at", "-pk")


def shifts_ahead(user: User, start: datetime, end: datetime) -> tuple[datetime | None, list[tuple[Unit, str, Span]]]:
    """When a person works in a range, a standing duty left out, and when the rota of the organisation changed last."""
    places = {unit.pk: unit for unit in Unit.objects.filter(where(user), organisation=user.organisation_id)}
    held = posts(list(places), start, end)
    found = [
        (places[unit], role, span)
        for (unit, role), post in held.items()
        if user.pk not in post.standing
        for span in whole(post.spans(start, end), user.pk)
    ]
    newest = RotaChange.objects.filter(organisation=user.organisation_id).order_by("-at").values_list("at", flat=True)
    return newest.first(), sorted(found, key=lambda each: (each[2].starts_at, each[0].name, each[1]))


def whole(spans: Iterable[Span], person: int) -> list[Span]:
    """The stretches of one person, whoever else comes and goes meanwhile."""
    found: list[Span] = []
    for span in spans:
        if person not in span.people:
            continue
        if found and found[-1].ends_at == span.starts_at:
            span = Span(found.pop().starts_at, span.ends_at, (person,))  # noqa: PLW2901 - the same person goes on
        found.append(Span(span.starts_at, span.ends_at, (person,)))
    return found
