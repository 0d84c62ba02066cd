"""What happened: append-only. A wrong entry is never edited; a later event corrects it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from pathway.protocol.hours import Precision, width
from pathway.protocol.types import EXACT, Fact
from pathway.record.case import Case

CORRECTED, REPINNED, MERGED = "event.corrected", "case.repinned", "case.merged"
LATE = timedelta(minutes=30)  # what is recorded longer than this after it happened is marked as recorded late


class EventQuerySet(models.QuerySet["Event"]):
    """What may be asked of all events."""

    def of(self, cases: Iterable[int] | models.QuerySet[Case, Any]) -> Self:
        """The events of these cases and of those merged into them.

        It asks for the cases first: a choice between a column of the one table and a column of the other would read
        every event that there is.
        """
        return self.filter(case__in=Case.objects.filter(Q(pk__in=cases) | Q(survivor__in=cases)))


class Event(models.Model):
    """One thing that happened to a case: when, when it was recorded, by whom, and the answers."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=60)
    track_no = models.PositiveSmallIntegerField(default=0)
    occurred_at = models.DateTimeField()
    precision = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in Precision], default=Precision.MINUTE.value
    )
    recorded_at = models.DateTimeField()
    by = models.CharField(max_length=200)
    by_uuid = models.UUIDField(null=True)
    answers = models.JSONField(default=dict)
    submission = models.UUIDField(null=True, unique=True)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    moved_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="moved_to")

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case", "id"], name="event_of_case"),
            models.Index(fields=["recorded_at"], name="event_repinned", condition=Q(kind=REPINNED)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at:%Y-%m-%d %H:%M}"

    @property
    def track(self) -> str:
        """The track that the kind belongs to."""
        return self.kind.split(".", maxsplit=1)[0]


def standing(events: Iterable[Event]) -> list[Event]:
    """The events as they now stand: corrections applied, what was taken back left out, in order of recording.

    The list holds changed copies; nothing of it may be saved.
    """
    given = list(events)
    changes: dict[int, list[Event]] = {}
    for event in given:
        if event.kind == CORRECTED and event.corrects_id:
            changes.setdefault(event.corrects_id, []).append(event)
    stands = []
    for event in given:
        if event.kind == CORRECTED:
            continue
        stands_as, taken_back = event, False
        for change in changes.get(event.pk, ()):
            taken_back = bool(change.answers.get("withdrawn"))
            stands_as = amended(stands_as, change.answers)
        if not taken_back:
            stands.append(stands_as)
    return stands


def amended(event: Event, change: dict[str, Any]) -> Event:
    """A copy of an event with a correction's time, precision and answers."""
    copy = Event(
        pk=event.pk, uuid=event.uuid, case_id=event.case_id, kind=event.kind, track_no=event.track_no,
        occurred_at=event.occurred_at, precision=event.precision, recorded_at=event.recorded_at, by=event.by,
        by_uuid=event.by_uuid, answers=event.answers, moved_from_id=event.moved_from_id,
    )  # fmt: skip
    if "occurred_at" in change:
        copy.occurred_at = datetime.fromisoformat(change["occurred_at"])
    copy.precision = change.get("precision", event.precision)
    if "answers" in change:
        copy.answers = change["answers"]
    return copy


def fact(event: Event) -> Fact:
    """An event as the fold reads it."""
    at, precision = event.occurred_at, event.precision
    known = EXACT if precision == Precision.MINUTE else width(at, precision)
    row = f"{event.case_id}/{event.track_no}" if event.track_no else ""
    return Fact(event.kind, at, event.answers, event.recorded_at, event.pk, known, row)
