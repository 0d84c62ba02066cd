"""Who there is: organisations, units, users and patients."""

from datetime import date
from functools import cached_property
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from pathway.protocol.types import Role
from pathway.record import nhs_number
from pathway.record.likeness import Named, keys

USER_ROLES = (
    Role.COORDINATOR,
    Role.CLINICIAN,
    Role.PHYSIOTHERAPIST,
    Role.MANAGER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
)


class Organisation(models.Model):
    """A trust. Nobody sees across its border."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    ods_code = models.CharField(max_length=10, unique=True)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A place with its own people on duty: a ward, an emergency department, an oncology unit."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=200)
    nation = models.CharField(max_length=3, default="ENG")
    fixed_contact = models.ForeignKey("pathway.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "name"], name="unit_name")]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who signs in: of one organisation, with the roles that say what they may do."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=[(role.value, role.value) for role in USER_ROLES]), default=list
    )
    scores_blind = models.BooleanField(
        default=False, db_default=False, help_text="sees the grade before only once theirs is entered"
    )

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles; empty for somebody who has left."""
        return frozenset(Role(role) for role in self.roles) if self.is_active else frozenset()

    @cached_property
    def sure_names(self) -> list[str]:
        """The names that only this person has in the organisation: by these the owner of a case is known."""
        colleagues = User.objects.filter(organisation=self.organisation_id, is_active=True).exclude(pk=self.pk)
        taken = {name.casefold() for each in colleagues for name in (str(each), each.username)}
        return [name for name in dict.fromkeys((str(self), self.username)) if name.casefold() not in taken]


def score_blind(user: User, *, on: bool) -> None:
    """Hide the grade before from this person until theirs is entered, or show it again."""
    User.objects.filter(pk=user.pk).update(scores_blind=on)


def check_nhs_number(text: str) -> None:
    """Refuse what is not ten digits with the right check digit.

    Raises:
        ValidationError: with the sentence that says why.
    """
    try:
        if nhs_number.clean(text) != text:
            raise ValidationError("Store the NHS number as ten digits without spaces.")
    except nhs_number.NotAnNhsNumber as error:
        raise ValidationError(str(error)) from error


class Sounds(ArrayField):  # type: ignore[type-arg]
    """How the family name sounds; follows the name whenever the row is saved."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's own signature
        """The keys of the name as it is now."""
        found = keys(model_instance.family_name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, found)
        return found


class Patient(models.Model):
    """A person. An identity may be provisional (initials, or a local number) until it is completed.

    `survivor` is the record that stands for this one while the two are merged as one person's.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="patients")
    nhs_number = models.CharField(max_length=10, blank=True, validators=[check_nhs_number])
    local_number = models.CharField(max_length=40, blank=True)
    local_issuer = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    given_names = models.CharField(max_length=100, blank=True)
    initials = models.CharField(max_length=10, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    synthetic = models.BooleanField(default=False)
    sounds = Sounds(models.CharField(max_length=100), default=list, editable=False)
    survivor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed")

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["sounds"], name="patient_sounds"),
            models.Index(fields=["organisation", "birth_date"], name="patient_born"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "nhs_number"],
                condition=~Q(nhs_number="") & Q(survivor=None),
                name="patient_nhs_number",
            ),
            models.CheckConstraint(
                condition=Q(nhs_number="") | Q(nhs_number__regex=r"^[0-9]{10}$"), name="patient_nhs_number_digits"
            ),
            models.CheckConstraint(
                condition=~Q(nhs_number="") | ~Q(local_number="") | ~Q(initials="") | ~Q(family_name=""),
                name="patient_named_somehow",
            ),
            models.CheckConstraint(
                condition=Q(local_number="") | ~Q(local_issuer=""), name="patient_local_number_has_issuer"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """FAMILY, Given; or the initials while no more is known."""
        if self.family_name:
            return f"{self.family_name.upper()}, {self.given_names}".rstrip(", ")
        return self.initials or "Name not yet known"

    @property
    def number(self) -> str:
        """The NHS number 3-3-4, else the local number with its issuer, else a sentence."""
        if self.nhs_number:
            return nhs_number.spaced(self.nhs_number)
        return f"{self.local_number} ({self.local_issuer})" if self.local_number else "No number yet"

    @property
    def named(self) -> Named:
        """What the duplicate check compares."""
        return Named(self.family_name, self.given_names, self.initials, self.birth_date)

    @property
    def is_provisional(self) -> bool:
        """Whether name, birth date, or any number is still missing."""
        return not (self.family_name and self.birth_date and (self.nhs_number or self.local_number))

    def age(self, on: date) -> int | None:
        """Whole years on a day; None while the birth date is not known."""
        if self.birth_date is None:
            return None
        born = self.birth_date
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
