"""An alert, who was told of it, and what they said to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from pathway import protocol
from pathway.protocol.ladder import Call
from pathway.protocol.types import Level
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.message import Address, Message
from pathway.record.person import User
from pathway.record.shift import can_be_told

LEVEL_WORDS = {
    Level.E0: "clock started",
    Level.E1: "limit near",
    Level.E2: "specialty needed",
    Level.E3: "limit reached",
    Level.E4: "long over the limit",
    Level.EX: "at once",
}


class Why(models.TextChoices):
    """Why a level was reached."""

    TIME = "time", "its time had come"
    SILENCE = "silence", "nobody had answered the level before"
    LAPSED = "lapsed", "who acted, or had asked for time, let it pass"
    DECLINED = "declined", "the level before declined"
    EMPTY = "empty", "nobody was on duty for the level before"
    UNREACHABLE = "unreachable", "nobody of the level before could be reached"
    HELP = "help", "who acts asked for help"


class AlertQuerySet(models.QuerySet["Alert"]):
    """What may be asked of all alerts."""

    def open(self) -> Self:
        """Those that have not stood down."""
        return self.filter(stood_down_at=None)

    def visible_to(self, user: User) -> Self:
        """Those of the cases that a person may see."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def unanswered(self, now: datetime) -> Self:
        """Those whose ladder has run out while nobody acts on them."""
        return self.open().exclude(unanswered_at=None).exclude(acting_until__gt=now)


class Alert(models.Model):
    """One rung of one clock, raised exactly once. Acknowledging says who acts; only an event ends the clock."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="alerts")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="alerts")
    protocol = models.CharField(
        max_length=40, blank=True, db_default="", help_text="the version whose ladder it stands on; a repin keeps it"
    )
    rung = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=2, choices=[(level.value, level.value) for level in Level])
    raised_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False, help_text="the start was recorded after the rung's time")
    nobody = models.BooleanField(default=False, help_text="no one was on duty for this rung")
    why = models.CharField(max_length=12, choices=Why, default=Why.TIME)
    called_at = models.DateTimeField(help_text="when it was told last: raised, repeated, or raised again")
    calls = models.PositiveSmallIntegerField(default=1, help_text="how often it was told")
    people = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how many rows of inboxes it was told in, over all calls"
    )
    passed_at = models.DateTimeField(null=True, help_text="when it was passed on to the next level")
    passed_why = models.CharField(max_length=12, blank=True, choices=Why)
    snoozed_until = models.DateTimeField(null=True)
    snoozed_by = models.CharField(max_length=200, blank=True)
    unanswered_at = models.DateTimeField(null=True, help_text="when its ladder ran out")
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
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True, snoozed_by="")
                | (Q(snoozed_until__isnull=False) & ~Q(snoozed_by="")),
                name="alert_snoozed_by",
            ),
            models.CheckConstraint(
                condition=Q(passed_at__isnull=True, passed_why="") | (Q(passed_at__isnull=False) & ~Q(passed_why="")),
                name="alert_passed_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case"], condition=Q(stood_down_at__isnull=True), name="alert_open"),
            models.Index(
                fields=["case"],
                condition=Q(stood_down_at__isnull=True, unanswered_at__isnull=False),
                name="alert_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} of {self.clock}"

    @property
    def call(self) -> Call:
        """The alert as the ladder reads it: what was said before it was told last no longer counts."""
        said = [until for until in (self.acting_until, self.snoozed_until) if until and until > self.called_at]
        return Call(
            self.called_at, max(said, default=None), self.passed_at, self.passed_why, self.unanswered_at is not None
        )

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
        return protocol.label(self.alert.case.protocol, self.alert.clock.standard)

    @property
    def is_acted_on(self) -> bool:
        """Whether somebody has said to act until a time that has not passed."""
        return self.alert.acting_until is not None and self.alert.acting_until > self.now

    @property
    def has_lapsed(self) -> bool:
        """Whether somebody had said to act, and the time is over while the alert stands."""
        until = self.alert.acting_until
        return until is not None and until <= self.now and self.alert.stood_down_at is None

    @property
    def is_unanswered(self) -> bool:
        """Whether its ladder has run out while nobody acts."""
        return self.alert.unanswered_at is not None and not self.is_acted_on


class Reply(models.TextChoices):
    """What a person may say to an alert. None of it ends the clock."""

    ACTS = "acts", "acts on it"
    SNOOZED = "snoozed", "asked for time"
    DECLINED = "declined", "declined and passed it on"
    HELP = "help", "asked for help"
    OFFERED = "offered", "asked a colleague to take it"
    ACCEPTED = "accepted", "took it from a colleague"
    REFUSED = "refused", "did not take it from a colleague"


class Response(models.Model):
    """What one person said to an alert, and until when it holds. Rows are only added; the alert holds what counts now.

    `to_uuid` is the colleague asked to take it, or from whom it was taken.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="responses")
    what = models.CharField(max_length=10, choices=Reply, default=Reply.ACTS)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_uuid = models.UUIDField()
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    to = models.CharField(max_length=200, blank=True)
    to_uuid = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.by} {self.get_what_display()}: {self.alert}"


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

    def needed(self, now: datetime) -> Self:
        """Those whose alert stands, and on which nobody has said since to act; an offer is for its reader to answer."""
        before = Q(alert__acknowledged_at__lt=F("told_at"))
        idle = Q(alert__acknowledged_at=None) | before | Q(alert__acting_until__lte=now)
        answers = Response.objects.filter(alert=OuterRef("alert"), by_uuid=OuterRef("user__uuid"))
        answered = answers.filter(pk__gt=OuterRef("offer"), what__in=(Reply.ACCEPTED, Reply.REFUSED))
        return self.open().filter(Q(offer=None) & idle | Q(offer__isnull=False) & ~Exists(answered))

    def to_colleagues(self) -> Self:
        """Those to people who may still be told: of the organisation that has the case, active, and reading cases."""
        return self.filter(can_be_told("user__"), user__organisation=F("alert__case__organisation"))


class Delivery(models.Model):
    """One alert told to one person over one channel at one call. In the inbox the row itself is the message.

    Over any other channel it waits until it is put into a message (`record/message.py`), alone or with others. What a
    colleague offers is told there by a row of its own, whatever the person was told before.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, default="inbox")
    call = models.PositiveSmallIntegerField(default=1, help_text="the how-manieth telling of the alert")
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    address = models.ForeignKey(Address, null=True, on_delete=models.PROTECT, related_name="deliveries")
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="deliveries")
    offer = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="deliveries")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alert", "user", "call"], condition=Q(address__isnull=True), name="delivery_once"
            ),
            models.UniqueConstraint(
                fields=["alert", "address", "call"], condition=Q(offer__isnull=True), name="delivery_outside_once"
            ),
            models.UniqueConstraint(fields=["offer", "address"], name="delivery_offer_once"),
            models.CheckConstraint(
                condition=Q(channel="inbox", address__isnull=True, message__isnull=True)
                | (~Q(channel="inbox") & Q(address__isnull=False)),
                name="delivery_outside_has_address",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-told_at"], name="delivery_inbox"),
            models.Index(
                fields=["told_at"], condition=Q(address__isnull=False, message__isnull=True), name="delivery_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert} to {self.user}"
