"""Who holds a role in a unit now, and so is told."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from pathway import protocol
from pathway.protocol.hours import in_hours
from pathway.protocol.types import Role
from pathway.record.case import READS_CASES
from pathway.record.message import Address
from pathway.record.person import Unit, User

log = logging.getLogger(__name__)


def can_be_told(person: str = "") -> Q:
    """Active people who may read cases: an alert to anybody else would count as told and be seen by nobody."""
    return Q(**{f"{person}is_active": True, f"{person}roles__overlap": [role.value for role in READS_CASES]})


class DutyQuerySet(models.QuerySet["Duty"]):
    """What may be asked of all duties."""

    def that_tell(self) -> Self:
        """Those of people who can be told, and who still belong to the unit's organisation."""
        return self.filter(can_be_told("user__"), user__organisation=F("unit__organisation"))

    def visible_to(self, user: User) -> Self:
        """Those of the own organisation that tell somebody."""
        return self.that_tell().filter(unit__organisation__users=user)


class Duty(models.Model):
    """One person who holds one role in one unit."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="duties")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="duties")

    objects = DutyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "role", "user"], name="duty_once")]

    def __str__(self) -> str:
        return f"{self.role}, {self.unit}: {self.user}"


class OnDuty:
    """Who is on duty in some units at one instant, and how each is reached outside the service; read once."""

    def __init__(self, units: Collection[int], at: datetime, *, also: Collection[int] = ()) -> None:
        self.at = at
        self.people: dict[tuple[int, str], list[int]] = defaultdict(list)
        duties = Duty.objects.that_tell().filter(unit_id__in=units)
        for unit, role, user in duties.values_list("unit_id", "role", "user_id"):
            self.people[unit, role].append(user)
        found = Unit.objects.filter(pk__in=units).values_list("pk", "nation", "organisation_id")
        self.units = {pk: (nation, organisation) for pk, nation, organisation in found}
        fixed = Unit.objects.filter(
            can_be_told("fixed_contact__"), pk__in=units, fixed_contact__organisation=F("organisation")
        )
        self.fixed: dict[int, int] = dict(fixed.values_list("pk", "fixed_contact_id"))
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
        return self.owners.get((self.units[unit][1], " ".join(name.split()).casefold()))

    @cached_property
    def owners(self) -> dict[tuple[int, str], int]:
        """Who has which name in which organisation; names that two people share are left out."""
        seen: dict[tuple[int, str], set[int]] = defaultdict(set)
        organisations = {organisation for _, organisation in self.units.values()}
        for user in User.objects.filter(can_be_told(), organisation__in=organisations):
            for name in (str(user), user.username):
                seen[user.organisation_id or 0, name.casefold()].add(user.pk)
        return {name: next(iter(people)) for name, people in seen.items() if len(people) == 1}

    @cached_property
    def addresses(self) -> dict[int, Address]:
        """The first verified address outside the service of everybody who may be told."""
        people = {user for users in self.people.values() for user in users}
        people |= set(self.fixed.values()) | self.also
        if "owners" in self.__dict__:
            people |= set(self.owners.values())
        return firsts(people)


def firsts(people: Collection[int]) -> dict[int, Address]:
    """The first verified address of each of these people who has one."""
    verified = Address.objects.filter(user_id__in=people, removed_at=None).exclude(verified_at=None)
    found: dict[int, Address] = {}
    for address in verified.order_by("place", "pk"):
        found.setdefault(address.user_id, address)
    return found


@dataclass(frozen=True)
class Post:
    """One role in one unit, and who holds it."""

    role: Role
    people: list[User]


@dataclass(frozen=True)
class Roster:
    """One unit's posts: every role that an alert may tell, held or not."""

    unit: Unit
    posts: list[Post]

    @property
    def has_gap(self) -> bool:
        """Whether some alert of the unit would tell nobody: no role of its rung is held, nor a fixed contact named."""
        held = {post.role for post in self.posts if post.people}
        contact, home = self.unit.fixed_contact, self.unit.organisation_id
        if contact and contact.role_set & READS_CASES and contact.organisation_id == home:
            return False
        return any(held.isdisjoint(roles) for roles in rungs())


def rungs() -> set[frozenset[Role]]:
    """The roles that each rung of the current protocol tells."""
    every = [rung for standard in protocol.get(protocol.CURRENT).all for rung in standard.ladder]
    return {frozenset(rung.roles(in_hours=within)) for rung in every for within in (True, False)}


def told() -> list[Role]:
    """Every role that some rung of the current protocol tells."""
    named = frozenset().union(*rungs())
    return [role for role in Role if role in named and role is not Role.OWNER]


def rosters(user: User) -> list[Roster]:
    """Who holds what in each unit of a person's own organisation, in two queries."""
    people: dict[tuple[int, str], list[User]] = defaultdict(list)
    for duty in Duty.objects.visible_to(user).select_related("user").order_by("user__last_name", "user__username"):
        people[duty.unit_id, duty.role].append(duty.user)
    units = Unit.objects.filter(organisation__users=user).select_related("fixed_contact").order_by("name")
    return [Roster(unit, [Post(role, people[unit.pk, role.value]) for role in told()]) for unit in units]


def colleagues(user: User) -> "models.QuerySet[User]":
    """Everybody of a person's own organisation who can be put on duty."""
    return User.objects.filter(can_be_told(), organisation__users=user).order_by("last_name", "username")


def units_of(user: User) -> "models.QuerySet[Unit]":
    """The units of a person's own organisation; those where the person is on duty first."""
    mine = Exists(Duty.objects.filter(unit=OuterRef("pk"), user=user))
    return Unit.objects.filter(organisation__users=user).order_by(mine.desc(), "name")


def unit_of(user: User) -> Unit | None:
    """The one unit that a form may begin with: the only one where the person is on duty, else the only one there is."""
    units = units_of(user)
    mine = list(units.order_by().filter(duties__user=user).distinct()[:2])
    every = mine or list(units[:2])
    return every[0] if len(every) == 1 else None


def put_on(unit: Unit, role: Role, person: User, *, by: User) -> None:
    """Let somebody hold a role in a unit from now on; harmless where they do already."""
    Duty.objects.get_or_create(unit=unit, role=role.value, user=person)
    log.info("on duty: %s as %s in %s, by %s", person.uuid, role, unit.uuid, by.uuid)


def take_off(unit: Unit, role: Role, person: User, *, by: User) -> None:
    """Let somebody no longer hold a role in a unit; harmless where they do not."""
    Duty.objects.filter(unit=unit, role=role.value, user=person).delete()
    log.info("off duty: %s as %s in %s, by %s", person.uuid, role, unit.uuid, by.uuid)


def fix_contact(unit: Unit, person: User | None, *, by: User) -> None:
    """Name who is told where nobody holds a role; None for no one."""
    Unit.objects.filter(pk=unit.pk).update(fixed_contact=person)
    log.info("fixed contact of %s: %s, by %s", unit.uuid, person.uuid if person else "none", by.uuid)
