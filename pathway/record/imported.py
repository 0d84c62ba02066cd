"""Files of past cases that were entered: whose, by whom with whom, and which row made which entry. Only added to."""

from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now

from pathway.protocol.types import Role
from pathway.record.event import Event
from pathway.record.person import Organisation, User

IMPORTS = frozenset({Role.MANAGER})


class ImportedFileQuerySet(models.QuerySet["ImportedFile"]):
    """What may be asked of all of them."""

    def visible_to(self, user: User) -> Self:
        """Those of the own organisation, for who may enter one."""
        if not (user.role_set & IMPORTS) or user.organisation_id is None:
            return self.none()
        return self.filter(organisation_id=user.organisation_id)


class ImportedFile(models.Model):
    """One file: the hash of its text with plain line ends, how many cases it opened, and the two who stand for it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    cases = models.PositiveIntegerField(help_text="that it opened")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    second_person = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    objects = ImportedFileQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(second_person=""), name="imported_file_has_second_person")
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "-at"], name="imported_file_newest")]

    def __str__(self) -> str:
        return f"file {self.sha256[:12]}"


class ImportedRow(models.Model):
    """The row of a file that made an entry: of which case of the file, what it said, who had done it, and a note."""

    file = models.ForeignKey(ImportedFile, on_delete=models.PROTECT, related_name="rows")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case_number = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="imported")
    done_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "case_number", "digest"], name="imported_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_number} of {self.file}"


def from_file() -> Exists:
    """Whether a case was entered from a file, as a condition of a query of cases."""
    return Exists(Event.objects.filter(case=OuterRef("pk"), imported__isnull=False))


def told_until() -> Subquery:
    """Until when a file of past cases tells of the case of a clock, in a query of clocks; null where none does."""
    told = Event.objects.filter(case=OuterRef("case"), imported__isnull=False).order_by("-occurred_at")
    return Subquery(told.values("occurred_at")[:1])


def files_of(user: User) -> ImportedFileQuerySet:
    """The files of a person's organisation, the newest first, for who may enter one."""
    return ImportedFile.objects.visible_to(user).select_related("by").order_by("-at", "-pk")
