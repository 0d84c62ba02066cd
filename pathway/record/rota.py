"""Who holds a role in a unit now, and so is told."""

from collections import defaultdict
from collections.abc import Collection
from typing import ClassVar

from django.db import models

from pathway.protocol.types import Role
from pathway.record.person import Unit, User


class Duty(models.Model):
    """One person who holds one role in one unit."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="duties")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="duties")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "role", "user"], name="duty_once")]

    def __str__(self) -> str:
        return f"{self.role}, {self.unit}: {self.user}"


class OnDuty:
    """The people on duty in some units, read once."""

    def __init__(self, units: Collection[int]) -> None:
        self.people: dict[tuple[int, str], list[int]] = defaultdict(list)
        duties = Duty.objects.filter(unit_id__in=units, user__is_active=True)
        for unit, role, user in duties.values_list("unit_id", "role", "user_id"):
            self.people[unit, role].append(user)
        fixed = Unit.objects.filter(pk__in=units, fixed_contact__is_active=True)
        self.fixed: dict[int, int | None] = dict(fixed.values_list("pk", "fixed_contact_id"))

    def holders(self, unit: int, roles: Collection[Role]) -> list[int]:
        """Users who hold any of the roles, each once; the unit's fixed contact where nobody does."""
        found = dict.fromkeys(user for role in roles for user in self.people.get((unit, role.value), ()))
        if not found and (fixed := self.fixed.get(unit)):
            return [fixed]
        return list(found)
