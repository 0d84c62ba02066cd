"""An alert, and who was told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from pathway import protocol
from pathway.protocol.types import Level
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.person import User

LEVEL_WORDS = {
    Level.E1: "limit near",
    Level.E2: "not answered",
    Level.E3: "limit reached",
    Level.E4: "long over the limit",
    Level.EX: "at once",
}


class AlertQuerySet(models.QuerySet["Alert"]):
    """What may be asked of all alerts."""

    def open(self) -> Self:
        """Those that have not stood down."""
        return self.filter(stood_down_at=None)

    def visible_to(self, user: User) -> Self:
        """Those of the cases that a person may see."""
        return self.filter(case__in=Case.objects.visible_to(user))


class Alert(models.Model):
    """One rung of one clock, raised exactly once. Acknowledging says who acts; only an event ends the clock."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="alerts")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="alerts")
    rung = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=2, choices=[(level.value, level.value) for level in Level])
    raised_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False, help_text="the start was recorded after the rung's time")
    nobody = models.BooleanField(default=False, help_text="no one held a role that this rung tells")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    acting_until = models.DateTimeField(null=True)
    stood_down_at = models.DateTimeField(null=True)
    stood_down_why = models.CharField(max_length=60, blank=True)
    lent_by = models.ForeignKey(
        Clock, null=True, on_delete=models.PROTECT, related_name="lent",
        help_text="the clock of a merged case that it was told on: it goes back there when the merge is undone",
    )  # fmt: skip

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock", "rung"], name="alert_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by="", acting_until__isnull=True)
                | (Q(acknowledged_at__isnull=False, acting_until__isnull=False) & ~Q(acknowledged_by="")),
                name="alert_acknowledged_by",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case"], condition=Q(stood_down_at__isnull=True), name="alert_open")]

    def __str__(self) -> str:
        return f"{self.level} of {self.clock}"

    @property
    def level_words(self) -> str:
        """`E3: limit reached`."""
        return f"{self.level}: {LEVEL_WORDS[Level(self.level)]}"


@dataclass(frozen=True)
class AlertAt:
    """An alert, with its clock and case, as it stands at one instant."""

    alert: Alert
    now: datetime

    @property
    def label(self) -> str:
        """The clock in words."""
        return protocol.known(self.alert.case.protocol)[self.alert.clock.standard].label

    @property
    def is_acted_on(self) -> bool:
        """Whether somebody has said to act until a time that has not passed."""
        return self.alert.acting_until is not None and self.alert.acting_until > self.now

    @property
    def has_lapsed(self) -> bool:
        """Whether somebody had said to act, and the time is over while the alert stands."""
        until = self.alert.acting_until
        return until is not None and until <= self.now and self.alert.stood_down_at is None


class Acknowledgement(models.Model):
    """One person who said to act on an alert, and until when. Rows are only added; the alert holds the newest."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_uuid = models.UUIDField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.by} acts on {self.alert}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """What may be asked of all deliveries."""

    def to(self, user: User) -> Self:
        """What one person was told of the cases that they may see now."""
        return self.filter(user=user, alert__case__in=Case.objects.visible_to(user))

    def open(self) -> Self:
        """Those whose alert has not stood down."""
        return self.filter(alert__stood_down_at=None)

    def unread(self) -> Self:
        """Those that nobody has looked at."""
        return self.filter(read_at=None)


class Delivery(models.Model):
    """One alert told to one person over one channel. In the inbox the row itself is the message."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, default="inbox")
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["alert", "user", "channel"], name="delivery_once")]
        indexes: ClassVar = [models.Index(fields=["user", "-told_at"], name="delivery_inbox")]

    def __str__(self) -> str:
        return f"{self.alert} to {self.user}"
