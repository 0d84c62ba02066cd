"""How people are reached outside the service: their addresses, the messages to these, each attempt to send one."""

from datetime import datetime, time
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Case, CharField, F, Func, Q, Value, When
from django.db.models.functions import Concat

from pathway.protocol.hours import LONDON
from pathway.record.person import User


class Address(models.Model):
    """One address at which one person can be told, tried in `place` order. It is used once a code proved it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="addresses")
    channel = models.CharField(max_length=10, help_text="a key of notify.channel.CHANNELS")
    value = models.CharField(max_length=300, help_text="a mail address, a telephone number, a URL")
    place = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    quiet_from = models.TimeField(null=True, help_text="local time; levels below E3 wait until quiet_until")
    quiet_until = models.TimeField(null=True)
    code_hash = models.CharField(max_length=200, blank=True)
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "channel", "value"], condition=Q(removed_at__isnull=True), name="address_once"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="address_quiet_from_until",
            ),
        ]
        ordering: ClassVar = ["place", "id"]

    def __str__(self) -> str:
        return f"{self.channel} {self.value}"

    def is_quiet(self, now: datetime) -> bool:
        """Whether it is one of its quiet hours, by the clock on the wall; the hours may go over midnight."""
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None:
            return False
        local: time = now.astimezone(LONDON).time()
        return begin <= local < end if begin <= end else local >= begin or local < end


class State(models.TextChoices):
    """How far a message has come. It never goes backward."""

    CREATED = "created", "not sent yet"
    SENT = "sent", "handed to the provider"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "failed for now, tried again"
    GONE = "gone", "failed for good"
    UNKNOWN = "unknown", "no receipt came"
    SPARED = "spared", "not sent: no longer needed"


class Message(models.Model):
    """One text to one address. Its UUID is the idempotency key that every attempt carries.

    A worker holds it until `lease_until`; `next_at` is when it is looked at next (sent, sent again, or given up for
    want of a receipt), null once nothing is left to do. Once the provider may have taken it (`fixed`), its text stays.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="messages")
    purpose = models.CharField(max_length=10, default="alerts", help_text="alerts, code, test, drill or operator")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    urgent = models.BooleanField(default=False, help_text="holds an alert of level E3 or above")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.CREATED)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when it was delivered, failed for good, or given up")
    provider_ref = models.CharField(max_length=200, blank=True)
    fixed = models.BooleanField(default=False, help_text="the provider may have taken it")
    passed_at = models.DateTimeField(null=True, help_text="when what it says went on to the next address")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="message_next"),
            models.Index(fields=["address", "-created_at"], name="message_of_address"),
            models.Index(fields=["provider_ref"], condition=~Q(provider_ref=""), name="message_provider_ref"),
            models.Index(
                fields=["created_at"],
                condition=Q(passed_at__isnull=True, state__in=["gone", "unknown"]),
                name="message_to_pass_on",
            ),
            models.Index(fields=["passed_at"], condition=Q(passed_at__isnull=False), name="message_passed"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.address}: {self.state}"


class Attempt(models.Model):
    """One try to send a message, with what the provider answered. Rows are only added.

    What a receipt said is one too; `receipt` is the name that its provider gave it, by which a replay is known.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=10, choices=State)
    answer = models.CharField(max_length=500, blank=True, help_text="what the provider said, shortened")
    receipt = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "id"], name="attempt_of_message")]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.result}"


class Provider(models.Model):
    """Who hands messages on: a channel, or one host of it. Locked by whoever takes the next message for it."""

    name = models.CharField(max_length=300, primary_key=True)
    paused_until = models.DateTimeField(null=True, help_text="until when it asked not to be called")
    well = models.BooleanField(default=False, help_text="its last answer was a good one")

    def __str__(self) -> str:
        return self.name


# A channel is one provider, but for webhooks: there each host is one.
HOST = Func(F("address__value"), Value("/"), Value(3), function="split_part", output_field=CharField())
PROVIDER = Case(When(address__channel="webhook", then=Concat(Value("webhook "), HOST)), default=F("address__channel"))
