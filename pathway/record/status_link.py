"""The secret address at which a referrer reads where the referral stands; only the hash of it is kept."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from pathway.record.case import Case
from pathway.record.person import User


class StatusLink(models.Model):
    """One link of one case. At most one of a case leads anywhere: none that was taken back or has run out."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="status_links")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(revoked_at__isnull=True), name="status_link_one")
        ]

    def __str__(self) -> str:
        return f"status link of {self.case}"

    def leads_somewhere(self, now: datetime) -> bool:
        """Whether it is neither taken back nor run out."""
        return self.revoked_at is None and now < self.expires_at


class StatusOpening(models.Model):
    """One opening of a link, by whoever had it. Rows are only added."""

    link = models.ForeignKey(StatusLink, on_delete=models.PROTECT, related_name="openings")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["link", "-at"], name="status_opening_newest")]

    def __str__(self) -> str:
        return f"{self.link} opened"
