"""When each loop last ran, and which cases a loop could not handle."""

from datetime import datetime
from typing import ClassVar

from django.db import connection, models

from pathway.record.case import Case


class Heartbeat(models.Model):
    """One loop (tick by Celery, tick by the plain sweeper) and when it last came round, by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"


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


def beat(name: str, at: datetime) -> None:
    """Write that a loop came round, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pathway_heartbeat (name, at) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET at = greatest(pathway_heartbeat.at, excluded.at)",
            [name, at],
        )


def last() -> datetime | None:
    """When any loop last checked the clocks; None if none ever did."""
    newest = Heartbeat.objects.order_by("-at").first()
    return newest.at if newest else None
