"""When each loop last began and came round, how far its host's clock is out, and which cases it could not handle."""

import socket
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import ClassVar

from django.db import connection, models
from django.db.models import Max

from pathway.record.case import Case

SWEEPS = frozenset({"celery", "sweeper", "tick"})
# A round that was begun and has not ended keeps its time, however often the loop begins again: it never came round.
BEGUN = """
INSERT INTO pathway_heartbeat AS known (name, host, started_at, drift_ms)
VALUES (%s, %s, %s, round(extract(epoch FROM %s::timestamptz - statement_timestamp()) * 1000))
ON CONFLICT (name, host) DO UPDATE SET drift_ms = excluded.drift_ms, started_at = CASE
  WHEN known.at IS NULL OR known.started_at > known.at THEN known.started_at ELSE excluded.started_at END
RETURNING at
"""
CAME_ROUND = """
INSERT INTO pathway_heartbeat AS known (name, host, at, drift_ms)
VALUES (%s, %s, %s, round(extract(epoch FROM %s::timestamptz - statement_timestamp()) * 1000))
ON CONFLICT (name, host) DO UPDATE SET drift_ms = excluded.drift_ms, at = greatest(known.at, excluded.at)
RETURNING at
"""


class Heartbeat(models.Model):
    """One loop on one host: when it last began, and came round, by the database's clock."""

    name = models.CharField(max_length=40, help_text="celery and sweeper raise, deliver sends, audit recounts; web")
    host = models.CharField(max_length=100)
    started_at = models.DateTimeField(null=True, help_text="when it began the round that it ended last, or has not")
    at = models.DateTimeField(null=True, help_text="when it last came round")
    drift_ms = models.BigIntegerField(default=0, db_default=0, help_text="how far its clock is ahead of the database's")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "host"], name="heartbeat_once")]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}" if self.at else f"{self.name}, never"

    @property
    def open_since(self) -> datetime | None:
        """When the round began that has not ended; None where the last one has."""
        return self.started_at if self.started_at and (self.at is None or self.started_at > self.at) else None

    @property
    def heard_at(self) -> datetime | None:
        """When it last said anything."""
        return max((each for each in (self.started_at, self.at) if each), default=None)

    @property
    def clock_words(self) -> str:
        """`6.0 s behind the database's`."""
        side = "ahead of" if self.drift_ms >= 0 else "behind"
        return f"{abs(self.drift_ms) / 1000:.1f} s {side} the database's"


class Fault(models.Model):
    """A case that the sweep could not handle: tried again after a growing pause, and shown until it is well."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="fault")
    tries = models.PositiveIntegerField(default=1)
    error = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.case}: {self.error}"


def begin(name: str, at: datetime) -> datetime | None:
    """Write that a loop began a round, in one statement; return when it came round before."""
    return write(BEGUN, name, at)


def beat(name: str, at: datetime) -> None:
    """Write that a loop came round, in one statement."""
    write(CAME_ROUND, name, at)


def write(statement: str, name: str, at: datetime) -> datetime | None:
    """Write what a loop did, with the time that the clock of this host shows; return when it came round last."""
    own = datetime.fromtimestamp(time.time(), UTC)
    with connection.cursor() as cursor:
        cursor.execute(statement, [name, socket.gethostname()[:100], at, own])
        came_round: datetime | None = cursor.fetchone()[0]
    return came_round


def last(names: Collection[str] = SWEEPS) -> datetime | None:
    """When any of these loops last came round: of those that check the clocks; None if none ever did."""
    found: datetime | None = Heartbeat.objects.filter(name__in=names).aggregate(newest=Max("at"))["newest"]
    return found


def forget(before: datetime) -> None:
    """Drop what hosts said that have been silent since: in containers each start makes a new one."""
    Heartbeat.objects.exclude(at__gte=before).exclude(started_at__gte=before).delete()
