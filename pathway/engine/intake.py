"""What one form records as one: the first call with its case, and a new class with the call about it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import advance, step_for
from pathway.engine.hold import hold, permit, submitted, used
from pathway.engine.identity import alone, checked_who, patient_for, same_number, stored
from pathway.engine.note import checked
from pathway.engine.refused import NotAllowed, Refused
from pathway.engine.suspect import ASKS, opened, suspect
from pathway.protocol.hours import Precision, latest
from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.identity import Judgement
from pathway.record.person import Patient, Unit, User
from pathway.record.step import CARE


@transaction.atomic
def take_in(
    unit: Unit,
    *,
    by: User,
    at: datetime,
    who: Mapping[str, Any],
    answers: Mapping[str, Any],
    live_call: bool = False,
    known: UUID | None = None,
    others: Collection[UUID] = (),
    follows: UUID | None = None,
    submission: UUID,
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
) -> Case:
    """Open a case for a patient who may be new; two sendings of one form, even at once, make one case.

    `live_call` says that the call was with the coordinator who enters it: contact and referral at the same time.
    `known` is the patient who was found to be the same person, `others` are those found to be somebody else,
    `follows` is an ended case of the patient that this one is linked to.

    Raises:
        Known: the number belongs to a patient, and `known` does not name that patient.
        Alike: a likely duplicate is neither `known` nor among the `others`.
        Refused: as `suspect` refuses it; `Invalid` for the identity, `NotAllowed` for roles and other organisations.
    """
    permit(by, CARE, "New case")
    if unit.organisation_id != by.organisation_id:
        raise NotAllowed("This unit belongs to another organisation.")
    if live_call:
        permit(by, frozenset({Role.COORDINATOR}), "The call was with the coordinator")
    alone(unit.organisation)
    if made := taken_in(submission, unit, at=at, precision=precision, who=who, answers=answers, live_call=live_call):
        return made
    patient, judged = patient_for(unit.organisation, checked_who(who), by=by, known=known, others=others)
    earlier = followed(patient, follows)
    entry: dict[str, Any] = {"by": by, "at": at, "precision": precision, "time_is_right": time_is_right}
    case = suspect(patient, unit, **entry, answers=answers, submission=submission, follows=earlier)
    for each in judged:
        each.case = case
    Judgement.objects.bulk_create(judged)
    if live_call:
        told = {"channel": "phone", "spoke_to": str(by)}
        came = {"channel": "phone", "referrer": answers["suspected_by"]}
        record(case, "contact.made", **entry, answers=told)
        record(case, "referral.received", **entry, answers=came)
    return case


def followed(patient: Patient, uuid: UUID | None) -> Case | None:
    """The ended case that a new one follows; none where none is named.

    Raises:
        Refused: it is no ended case of this patient.
    """
    if uuid is None:
        return None
    earlier = Case.objects.filter(patient=patient, uuid=uuid, is_open=False, survivor=None).first()
    if earlier is None:
        raise Refused("The case that this one should follow is no ended case of this patient. Search again.")
    return earlier


def taken_in(
    submission: UUID,
    unit: Unit,
    *,
    at: datetime,
    precision: str,
    who: Mapping[str, Any],
    answers: Mapping[str, Any],
    live_call: bool,
) -> Case | None:
    """The case that an earlier sending of this form has opened.

    Raises:
        Used: for another patient, or with something else in it.
    """
    case = opened(submission, unit, checked(ASKS, answers), at, precision)
    if case is None:
        return None
    first = Event.objects.get(submission=submission)
    given = checked_who(who)
    typed = {name: stored(value) for name, value in given.items()}
    known = same_number(unit.organisation, given)
    is_same = known.pk == case.patient_id if known else all(
        getattr(case.patient, name) == value for name, value in given.items()
    )  # fmt: skip
    is_same = is_same or Judgement.objects.filter(case=case, same=True, typed=typed).exists()
    if (contact_with(first) is not None) != live_call or not is_same:
        raise used(first)
    return case


def contact_with(event: Event) -> Event | None:
    """The contact that one form recorded together with an entry: the next event, of the same time."""
    following = Event.objects.filter(case=event.case_id, pk__gt=event.pk).order_by("pk").first()
    is_contact = following and (following.kind, following.occurred_at) == ("contact.made", event.occurred_at)
    return following if is_contact else None


def record(case: Case, kind: str, *, at: datetime, **entry: Any) -> Event:
    """Make the move of this kind on the row that can make it."""
    events = list(Event.objects.filter(case=case).order_by("pk"))
    by_then = latest(at, entry.get("precision", Precision.MINUTE))
    step, verb = step_for(case, kind, by_then, events, entry.get("answers"))
    return advance(step, verb, at=at, **entry)


@transaction.atomic
def reclassify(
    case: Case,
    *,
    by: User,
    at: datetime,
    answers: Mapping[str, Any],
    contact: Mapping[str, Any] | None = None,
    seen: int | None = None,
    submission: UUID | None = None,
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
) -> Event:
    """Change the class and, where the coordinator knows already, record that contact at the same time.

    Raises:
        Refused: as `advance` refuses either.
    """
    entry: dict[str, Any] = {"by": by, "at": at, "precision": precision, "time_is_right": time_is_right}
    if made := submitted(hold(case.pk), submission):
        told = contact_with(made)
        if (told.answers if told else None) != (dict(contact) if contact else None):
            raise used(made)
        return advance(case, "reclassify", **entry, answers=answers, submission=submission)
    event = advance(case, "reclassify", **entry, answers=answers, seen=seen, submission=submission)
    if contact:
        record(case, "contact.made", **entry, answers=contact)
    return event
