"""What those who run the service must know and no clinical alert says: gaps in the rota and the like."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from pathway.protocol.types import Role
from pathway.record.person import Organisation, User

READERS = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR})


class Notice(models.Model):
    """One thing that is wrong in one organisation, shown on every page of those who can mend it, until it is not."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=1000)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=Q(cleared_at__isnull=True), name="notice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.text}"


def standing(user: User) -> list[Notice]:
    """What stands in a person's own organisation, for administrators and coordinators, in one query."""
    if not user.role_set & READERS:
        return []
    found = Notice.objects.filter(organisation=user.organisation_id, cleared_at=None)
    return list(found.order_by("raised_at", "pk"))


def post(organisation: int, kind: str, text: str, *, now: datetime) -> None:
    """Let a notice stand with this text; an empty text clears the one that stands."""
    standing = Notice.objects.filter(organisation=organisation, kind=kind, cleared_at=None)
    if not text:
        standing.update(cleared_at=now)
    elif not standing.update(text=text):
        notice = Notice(organisation_id=organisation, kind=kind, text=text, raised_at=now)
        Notice.objects.bulk_create([notice], ignore_conflicts=True)  # another one may have been quicker
