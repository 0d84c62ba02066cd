"""Opens a case: its first event is the suspicion."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from pathway import protocol
from pathway.engine.clocks import sync
from pathway.engine.hold import checked_time, hold, permit
from pathway.engine.note import checked, note
from pathway.engine.now import now
from pathway.engine.refused import Invalid
from pathway.protocol.hours import LONDON
from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.ask import choice, day, several, text
from pathway.record.case import PLACE_WORDS, PLACES, Case, a_class
from pathway.record.event import Event
from pathway.record.person import Patient, Unit, User
from pathway.record.step import CARE

KIND = "case.suspected"
ASKS = {
    "class": a_class(),
    "suspected_by": text("Suspected by (name and role)"),
    "place": choice("Where", *PLACES, words=PLACE_WORDS),
    "first_symptom_on": day("First symptom on", required=False),
    "symptoms": several("Symptoms", *SYMPTOMS, required=False),
    "reason": text("Why this class, and not the one that the symptoms propose", required=False, long=True),
}


def suspect(
    patient: Patient,
    unit: Unit,
    *,
    by: User,
    at: datetime | None = None,
    answers: Mapping[str, Any],
    submission: UUID | None = None,
    version: str = protocol.CURRENT,
) -> Case:
    """Open a case for a patient in a unit; the clocks of its class start at the time of the suspicion.

    Raises:
        Refused: an impossible time; `Invalid` for answers, `NotAllowed` for roles.
    """
    permit(by, CARE, "New case")
    kept = checked(ASKS, answers)
    if made := opened(submission):
        return made
    try:
        with transaction.atomic():
            recorded = now()
            case = Case(
                organisation=unit.organisation, unit=unit, patient=patient, protocol=version, klass=kept["class"],
                suspected_at=recorded, changed_at=recorded,
            )  # fmt: skip
            case.save(force_insert=True)
            held = hold(case.pk)
            at = checked_time(held, at)
            refuse_later_symptom(kept, at)
            note(held, KIND, by=by, at=at, answers=kept, submission=submission)
            sync(held)
    except IntegrityError:
        if made := opened(submission):
            return made
        raise
    return held.case


def refuse_later_symptom(answers: Mapping[str, Any], at: datetime) -> None:
    """Refuse a first symptom that came after the day of the suspicion.

    Raises:
        Invalid: with both days.
    """
    first, suspected = answers.get("first_symptom_on"), at.astimezone(LONDON).date()
    if first and date.fromisoformat(first) > suspected:
        after = f"{date.fromisoformat(first):%-d %B %Y} is after the day of the suspicion ({suspected:%-d %B %Y})."
        raise Invalid({"first_symptom_on": [after]})


def opened(submission: UUID | None) -> Case | None:
    """The case that this submission of the form has opened, perhaps just now by the other half of a double click."""
    made = Event.objects.select_related("case").filter(submission=submission, kind=KIND) if submission else None
    event = made.first() if made else None
    return event.case if event else None
