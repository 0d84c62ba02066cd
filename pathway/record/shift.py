"""The rows of a rota: who holds a role at all times, in weekly patterns, for once; and who has changed it."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from pathway.protocol.hours import shown
from pathway.protocol.shifts import DAYS, Holidays, Kind
from pathway.protocol.types import Role
from pathway.record.case import READS_CASES
from pathway.record.person import Organisation, Unit, User

ROLES = [(role.value, role.value) for role in Role]
HOLIDAYS = {
    Holidays.USUAL: "on bank holidays as usual",
    Holidays.NOT: "not on bank holidays",
    Holidays.ONLY: "on bank holidays only",
}
KINDS = {Kind.EXTRA: "works too", Kind.COVER: "covers", Kind.AWAY: "away"}


def can_be_told(person: str = "") -> Q:
    """Active people who may read cases: an alert to anybody else would count as told and be seen by nobody."""
    return Q(**{f"{person}is_active": True, f"{person}roles__overlap": [role.value for role in READS_CASES]})


class Duty(models.Model):
    """One person who holds one role in one unit at all times."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="duties")
    role = models.CharField(max_length=30, choices=ROLES)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="duties")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "role", "user"], name="duty_once")]

    def __str__(self) -> str:
        return f"{self.role}, {self.unit}: {self.user}"


class Pattern(models.Model):
    """One person's shift in one role of one unit, on some days of every week, in the time on the wall."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="patterns")
    role = models.CharField(max_length=30, choices=ROLES)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="patterns")
    days = ArrayField(models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]), help_text="Monday is 0")
    begins = models.TimeField(help_text="local time")
    ends = models.TimeField(help_text="local time; of the next day where it is no later than the beginning")
    first = models.DateField(help_text="the first day on which a shift begins")
    last = models.DateField(null=True, help_text="the last one")
    holidays = models.CharField(
        max_length=5, choices=[(key.value, words) for key, words in HOLIDAYS.items()], default=Holidays.USUAL.value
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last__isnull=True) | Q(last__gte=F("first")), name="pattern_first_last"),
            models.CheckConstraint(condition=~Q(days=[]), name="pattern_some_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "first"], name="pattern_of_unit")]

    def __str__(self) -> str:
        return f"{self.role}, {self.unit}: {self.user}, {self.words}"

    @property
    def words(self) -> str:
        """`Monday to Friday 08:00 to 20:00, from 2 March 2026, not on bank holidays`."""
        last = f" until {self.last:%-d %B %Y}" if self.last else ""
        holidays = f", {HOLIDAYS[Holidays(self.holidays)]}" if self.holidays != Holidays.USUAL else ""
        times = f"{self.begins:%H:%M} to {self.ends:%H:%M}"
        return f"{in_words(self.days)} {times}, from {self.first:%-d %B %Y}{last}{holidays}"


class Shift(models.Model):
    """What a person does between two instants: works too, covers `instead_of`, or is away from every unit."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=5, choices=[(key.value, words) for key, words in KINDS.items()])
    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="shifts")
    role = models.CharField(max_length=30, choices=ROLES, blank=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="shifts")
    instead_of = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="covered")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_has_length"),
            models.CheckConstraint(
                condition=Q(kind="away", unit__isnull=True, role="")
                | (~Q(kind="away") & Q(unit__isnull=False) & ~Q(role="")),
                name="shift_place_unless_away",
            ),
            models.CheckConstraint(
                condition=Q(kind="cover", instead_of__isnull=False) | (~Q(kind="cover") & Q(instead_of__isnull=True)),
                name="shift_cover_of_whom",
            ),
            models.UniqueConstraint(
                fields=["unit", "role", "user", "starts_at", "ends_at"], condition=Q(kind="extra"), name="shift_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "role", "user", "instead_of", "starts_at", "ends_at"],
                condition=Q(kind="cover"),
                name="shift_cover_once",
            ),
            models.UniqueConstraint(
                fields=["user", "starts_at", "ends_at"], condition=Q(kind="away"), name="shift_away_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "ends_at"], name="shift_of_unit"),
            models.Index(fields=["user", "ends_at"], name="shift_of_user"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user} {self.words}"

    @property
    def words(self) -> str:
        """`covers Ann as coordinator in Ward A, 20:00 on 2 March 2026 to 08:00 on 3 March 2026`."""
        place = "" if self.kind == Kind.AWAY else f" as {self.role} in {self.unit}"
        covered = f" {self.instead_of}" if self.instead_of else ""
        return f"{KINDS[Kind(self.kind)]}{covered}{place}, {shown(self.starts_at)} to {shown(self.ends_at)}"


class RotaChange(models.Model):
    """One change of a rota, in words, with who made it. Rows are only added."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="rota_changes")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="rota_changes")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said = models.CharField(max_length=600)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-at"], name="rota_change_newest")]

    def __str__(self) -> str:
        return f"{self.said} ({self.by})"


class CalendarLink(models.Model):
    """The secret address at which one person's shifts can be read as a calendar; only the hash of it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at__isnull=True), name="calendar_link_one")
        ]

    def __str__(self) -> str:
        return f"calendar of {self.user}"


def in_words(days: list[int]) -> str:
    """`Monday to Friday`, `every day`, `Saturday, Sunday`."""
    ordered = sorted(set(days))
    if len(ordered) == len(DAYS):
        return "Every day"
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):  # noqa: PLR2004
        return f"{DAYS[ordered[0]]} to {DAYS[ordered[-1]]}"
    return ", ".join(DAYS[day] for day in ordered)
