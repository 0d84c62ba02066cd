"""Who looked at whom. For investigation only: prunable, and no rule of the pathway reads it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.person import User


class AccessQuerySet(models.QuerySet["Access"]):
    """What may be asked of the log."""

    def visible_to(self, user: User) -> Self:
        """What an auditor may see: who opened the cases of the own organisation."""
        if Role.AUDITOR not in user.role_set or user.organisation_id is None:
            return self.none()
        return self.filter(case__organisation_id=user.organisation_id)


class Access(models.Model):
    """One opening of one case by one person."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=40)
    at = models.DateTimeField(db_default=Now())

    objects = AccessQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at"], name="access_at")]

    def __str__(self) -> str:
        return f"{self.user} opened {self.case} ({self.what})"


def opened(case: Case, *, by: User, what: str = "case page") -> None:
    """Record that somebody opened a case."""
    Access.objects.create(user=by, case=case, what=what)
