"""Opens a case: its first event is the suspicion."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway import protocol
from pathway.engine.clocks import sync
from pathway.engine.hold import LONGEST_AGO, SUSPECTED, checked_time, hold, is_of, permit, refuse_doubtful, told, used
from pathway.engine.note import checked, note
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Used
from pathway.protocol.hours import LONDON, Precision
from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.ask import choice, day, several, text, yes_no
from pathway.record.case import PLACE_WORDS, PLACES, Case, a_class
from pathway.record.event import Event
from pathway.record.person import Patient, Unit, User
from pathway.record.step import CARE

KIND = SUSPECTED
LONGEST_SYMPTOM = timedelta(days=3653)
ASKS = {
    "class": a_class(),
    "suspected_by": text("Suspected by (name and role)"),
    "place": choice("Where", *PLACES, words=PLACE_WORDS),
    "first_symptom_on": day("First symptom on", required=False),
    "symptoms": several("Symptoms", *SYMPTOMS, required=False),
    "blood_cancer": yes_no("Could it be a blood cancer (lymphoma, myeloma) without a diagnosis?", required=False),
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
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
    follows: Case | None = None,
    longest_ago: timedelta = LONGEST_AGO,
) -> Case:
    """Open a case for a patient in a unit; the clocks of its class start at the time of the suspicion.

    `precision` is how exactly that time is known; `time_is_right` says that somebody has confirmed a doubtful one.
    `follows` is an earlier, ended case of the patient: two compressions at different times are two cases.
    `longest_ago` is how long ago it may have been.

    Raises:
        Refused: an impossible time; `Doubtful` for one that somebody has to confirm, `Invalid` for answers,
            `NotAllowed` for roles.
    """
    permit(by, CARE, "New case")
    kept = checked(ASKS, answers)
    if made := opened(submission, unit, kept, at, precision):
        return made
    try:
        with transaction.atomic():
            recorded = now()
            case = Case(
                organisation=unit.organisation, unit=unit, patient=patient, protocol=version, klass=kept["class"],
                suspected_at=recorded, changed_at=recorded, follows=follows,
            )  # fmt: skip
            case.save(force_insert=True)
            held = hold(case.pk)
            when = checked_time(held, at, precision, longest_ago)
            refuse_impossible_symptom(kept, when, patient.birth_date)
            if not time_is_right:
                refuse_doubtful(held, KIND, when, recorded=held.now, precision=precision)
            note(held, KIND, by=by, at=when, answers=kept, submission=submission, precision=precision)
            sync(held)
    except Used:
        return case_of(Event.objects.select_related("case").get(submission=submission), unit, kept, at, precision)
    return held.case


def refuse_impossible_symptom(answers: Mapping[str, Any], at: datetime, born: date | None) -> None:
    """Refuse a first symptom after the day of the suspicion, before birth, or longer ago than can be meant.

    Raises:
        Invalid: with both days.
    """
    if "first_symptom_on" not in answers:
        return
    first, suspected = date.fromisoformat(answers["first_symptom_on"]), at.astimezone(LONDON).date()
    wrong = ""
    if first > suspected:
        wrong = f"is after the day of the suspicion ({suspected:%-d %B %Y})"
    elif born and first < born:
        wrong = f"is before the patient was born ({born:%-d %B %Y})"
    elif first < suspected - LONGEST_SYMPTOM:
        wrong = f"is more than ten years before the suspicion ({suspected:%-d %B %Y}). Check the year"
    if wrong:
        raise Invalid({"first_symptom_on": [f"{first:%-d %B %Y} {wrong}."]})


def opened(
    submission: UUID | None, unit: Unit, answers: Mapping[str, Any], at: datetime | None, precision: str
) -> Case | None:
    """The case that this submission of the form has opened.

    Raises:
        Used: it opened a case of another unit, or with other answers or another time.
    """
    made = Event.objects.select_related("case").filter(submission=submission).first() if submission else None
    return case_of(made, unit, answers, at, precision) if made else None


def case_of(made: Event, unit: Unit, answers: Mapping[str, Any], at: datetime | None, precision: str) -> Case:
    """The case that a submission has opened, perhaps just now by the other half of a double click.

    Raises:
        Used: it opened a case of another unit, or with other answers or another time.
    """
    if made.case.organisation_id != unit.organisation_id:
        raise Used("This form was used already. Open a new one; nothing was saved.")
    same = (made.kind, told(made), made.case.unit_id) == (KIND, dict(answers), unit.pk)
    if not same or not is_of(made, at, precision):
        raise used(made)
    return made.case
