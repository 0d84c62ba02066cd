"""Fire drills: a synthetic case that goes through every level and channel, and what it showed."""

from typing import Any, ClassVar
from uuid import uuid4

from django.db import models

from pathway.record.case import Case


class Drill(models.Model):
    """One drill in one unit. `report` is kept when it ends: by level when it was due, raised, told and handed over."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="drilled")
    by = models.CharField(max_length=200, help_text="a person, or the timetable")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="when it ends, whatever is still missing")
    ended_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return f"drill in {self.case.unit} at {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def levels(self) -> list[dict[str, Any]]:
        """What was found of each level."""
        found: list[dict[str, Any]] = self.report.get("levels", [])
        return found

    @property
    def proved(self) -> list[str]:
        """What it proved, in sentences."""
        return list(self.report.get("proved", []))

    @property
    def not_proved(self) -> list[str]:
        """What it did not prove, in sentences."""
        return list(self.report.get("not_proved", []))
