"""Work that takes longer than a page may: asked for with a reason, done behind it, its file kept for some days.

A file lies in rows of a few hundred kilobytes each: web servers need share no disk, and none holds the whole of it.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from pathway.protocol.types import Role
from pathway.record.person import Organisation, User

MAY_ASK = frozenset({Role.MANAGER})
PIECE = 512 * 1024


class State(models.TextChoices):
    """How far a job has come."""

    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    EXPIRED = "expired", "done; the file was removed"


class JobQuerySet(models.QuerySet["Job"]):
    """What may be asked of all jobs."""

    def visible_to(self, user: User) -> Self:
        """A person's own, asked for in the organisation and the role that they still have."""
        if not (user.role_set & MAY_ASK) or user.organisation_id is None:
            return self.none()
        return self.filter(asked_by=user, organisation_id=user.organisation_id)

    def unfinished(self) -> Self:
        """Those that wait or run."""
        return self.filter(state__in=(State.QUEUED, State.RUNNING))


class Job(models.Model):
    """One piece of work. Whoever does it says so at least each minute (`heard_at`), or another takes it up again.

    `tries` is which try it is: what an earlier one still writes counts no more. `kind` is a key of `analytics.jobs`.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    submission = models.UUIDField(unique=True)
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0, help_text="0 while nobody knows")
    message = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    file_name = models.CharField(max_length=120, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    file_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256")

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="job_has_reason")]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(state__in=["queued", "running"]), name="job_unfinished"),
            models.Index(fields=["asked_by", "-asked_at"], name="job_own"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.asked_by}: {self.state}"

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (State.QUEUED, State.RUNNING)

    @property
    def percent(self) -> int:
        """How much of it is done, as far as that is known."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def kept_until(self) -> datetime | None:
        """When its file is removed."""
        return self.ended_at + timedelta(days=settings.JOB_DAYS) if self.ended_at and self.file_name else None


class Piece(models.Model):
    """One piece of the file of a job, written by one try at it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="pieces")
    tries = models.PositiveSmallIntegerField()
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "tries", "place"], name="piece_once")]

    def __str__(self) -> str:
        return f"piece {self.place} of {self.job_id}"


def jobs_of(user: User) -> JobQuerySet:
    """A person's own jobs, the newest first."""
    return Job.objects.visible_to(user).order_by("-asked_at", "-pk")


def piece(job: Job, place: int) -> bytes:
    """One piece of the file of a job; nothing after the last."""
    found = Piece.objects.filter(job=job, tries=job.tries, place=place).values_list("data", flat=True).first()
    return bytes(found or b"")


def remove_old(now: datetime) -> int:
    """Remove the files that were kept for long enough; what was asked for, why and how it ended stays."""
    old = Job.objects.filter(state=State.DONE, ended_at__lt=now - timedelta(days=settings.JOB_DAYS), file_size__gt=0)
    keys = list(old.values_list("pk", flat=True))
    Piece.objects.filter(job__in=keys).delete()
    Piece.objects.exclude(job__state__in=(State.RUNNING, State.DONE)).delete()  # of a try that was stopped
    return Job.objects.filter(pk__in=keys).update(state=State.EXPIRED)
