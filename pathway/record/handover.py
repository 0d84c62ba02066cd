"""A hand-over: one person gives cases to another, who takes each on its own. What is not taken stays with the first.

Who coordinates a case is an event on it, and who acts on an alert is said to the alert; here is only who asked whom.
"""

from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from pathway.record.case import Case
from pathway.record.person import Organisation, Unit, User


class HandoverQuerySet(models.QuerySet["Handover"]):
    """What may be asked of all hand-overs."""

    def visible_to(self, user: User) -> Self:
        """Those that a person gave or was asked to take, in the organisation that they work for now."""
        return self.filter(Q(giver=user) | Q(taker=user), organisation=user.organisation_id)


class Handover(models.Model):
    """One sheet: who gives, who is to take, and whether it is the cases of a unit or those that the giver owns."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="given")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="taken")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(giver=F("taker")), name="handover_to_another")]

    def __str__(self) -> str:
        return f"{self.giver} to {self.taker}"

    @property
    def scope(self) -> str:
        """Which cases it is about, in words."""
        return str(self.unit) if self.unit else f"cases of {self.giver}"


class Ended(models.TextChoices):
    """How the giving of one case ended."""

    ACCEPTED = "accepted", "taken over"
    REFUSED = "refused", "not taken over"
    KEPT = "kept", "kept by who gave it"


class HandedQuerySet(models.QuerySet["Handed"]):
    """What may be asked of all cases that are handed over."""

    def visible_to(self, user: User) -> Self:
        """Those of the hand-overs of a person, of cases that the person may see now."""
        sheets = Handover.objects.visible_to(user)
        return self.filter(handover__in=sheets, case__in=Case.objects.visible_to(user))

    def waiting(self) -> Self:
        """Those that nobody has answered, of cases that go on on their own."""
        return self.filter(ended_at=None, case__is_open=True, case__survivor=None)


class Handed(models.Model):
    """One case of a hand-over: with the giver until the taker takes it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handed")
    outcome = models.CharField(max_length=10, blank=True, choices=Ended)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = HandedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "case"], name="handed_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="", ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="") & ~Q(ended_by="")),
                name="handed_ended_by",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case"], condition=Q(ended_at__isnull=True), name="handed_waiting")]

    def __str__(self) -> str:
        return f"{self.case} from {self.handover}"
