"""Two records of one person made one, and made two again: the cases move, both identities stay in view."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from pathway import live
from pathway.engine.correct import WHY
from pathway.engine.hold import permit
from pathway.engine.identity import alone
from pathway.engine.note import checked
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.engine.second import refuse_alone
from pathway.protocol.hours import LONDON, shown
from pathway.protocol.types import Role
from pathway.record.access import opened
from pathway.record.ask import Asks, text
from pathway.record.case import Case
from pathway.record.identity import PatientMerge
from pathway.record.person import Patient, User

BY = frozenset({Role.COORDINATOR})
LABEL = "Merge two records of one person"
ASKS: Asks = {
    "reason": text("Why both are one person", long=True),
    "second_person": text("Second person who agrees (name)"),
}


@transaction.atomic
def join(absorbed: Patient, survivor: Patient, *, by: User, answers: Mapping[str, Any]) -> PatientMerge:
    """Let the cases of one record belong to the other, which stands for both from now on; a second sending is harmless.

    Raises:
        Refused: they are not two standing records of one organisation, or contradict each other; `Invalid` for
            answers, `NotAllowed` for roles.
    """
    permit(by, BY, LABEL)
    kept = checked(ASKS, answers)
    refuse_alone(by, kept)
    alone(absorbed.organisation)
    one, other = (Patient.objects.get(pk=each.pk) for each in (absorbed, survivor))
    if one.survivor_id == other.pk:
        return PatientMerge.objects.get(absorbed=one, undone_at=None)
    refuse_joining(one, other)
    moved = locked(Case.objects.filter(patient=one))
    refuse_unborn(other, moved)
    at = now()
    merge = PatientMerge.objects.create(
        absorbed=one, survivor=other, cases=[case.pk for case in moved], at=at, by=str(by), by_uuid=by.uuid, **kept
    )
    Patient.objects.filter(pk=one.pk).update(survivor=other)
    move(moved, to=other, by=by, what="records merged")
    return merge


@transaction.atomic
def part(merge: PatientMerge, *, by: User, why: str) -> PatientMerge:
    """Take a merge back: the cases that moved belong to their own record again; a second sending is harmless.

    Raises:
        Refused: two cases that would then be of two people are merged, or the number was given to the other record.
    """
    permit(by, BY, "Undo the merge of two records")
    kept = checked(WHY, {"why": why})
    alone(merge.survivor.organisation)
    merge = PatientMerge.objects.select_related("absorbed", "survivor").get(pk=merge.pk)
    if merge.undone_at:
        return merge
    moved = locked(Case.objects.filter(pk__in=merge.cases))
    refuse_parting(merge, moved)
    merge.undone_at, merge.undone_by, merge.undone_why = now(), str(by), kept["why"]
    merge.save(update_fields=["undone_at", "undone_by", "undone_why"])
    Patient.objects.filter(pk=merge.absorbed_id).update(survivor=None)
    move(moved, to=merge.absorbed, by=by, what="merge of records undone")
    return merge


def locked(cases: Any) -> list[Case]:
    """These cases, locked in the order in which every writer takes them."""
    return list(cases.order_by("pk").select_for_update(no_key=True))


def move(cases: list[Case], *, to: Patient, by: User, what: str) -> None:
    """Let cases belong to another record, and tell every open page."""
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(patient=to, changed_at=now())
    for case in cases:
        opened(case, by=by, what=what)
    transaction.on_commit(lambda: live.publish([case.uuid for case in cases]))


def refuse_joining(absorbed: Patient, survivor: Patient) -> None:
    """Refuse two records that cannot be made one.

    Raises:
        Refused: naming why, and the way on.
    """
    if absorbed.pk == survivor.pk:
        raise Refused("A record cannot be merged into itself.")
    if absorbed.organisation_id != survivor.organisation_id:
        raise Refused("The two records belong to two organisations.")
    for each in (absorbed, survivor):
        if each.survivor_id:
            raise Refused(f"The record of {each.name} was merged into another one already.")
    if Patient.objects.filter(survivor=absorbed).exists():
        raise Refused(
            f"Another record was merged into that of {absorbed.name}. Let that one go on, or undo its merge first."
        )
    numbers = {each.nhs_number for each in (absorbed, survivor) if each.nhs_number}
    if len(numbers) > 1:
        raise Refused(
            f"The NHS numbers differ: {absorbed.number} and {survivor.number}. One of them belongs to somebody else. "
            "If one was mistyped, correct that identity first."
        )


def refuse_unborn(survivor: Patient, cases: list[Case]) -> None:
    """Refuse a birth date after a suspicion.

    Raises:
        Refused: with both.
    """
    for case in cases:
        if survivor.birth_date and survivor.birth_date > case.suspected_at.astimezone(LONDON).date():
            raise Refused(f"{case.code} was suspected {shown(case.suspected_at)}, before {survivor.name} was born.")


def refuse_parting(merge: PatientMerge, moved: list[Case]) -> None:
    """Refuse to part what hangs together.

    Raises:
        Refused: naming what has to be undone first.
    """
    keys = {case.pk for case in moved}
    across = Case.objects.filter(survivor__isnull=False, patient=merge.survivor)
    for case in across.select_related("survivor"):
        if (case.pk in keys) != (case.survivor_id in keys):
            raise Refused(f"{case.code} is merged into {case.survivor}. Undo that merge first.")
    number = merge.absorbed.nhs_number
    if number and Patient.objects.filter(organisation=merge.survivor.organisation, nhs_number=number, survivor=None):
        raise Refused(
            f"{merge.survivor.name} has the number {merge.absorbed.number} now. Take it out of that identity first."
        )


def merges_of(patient: Patient) -> list[PatientMerge]:
    """The merges, undone ones included, in which a record took part, oldest first."""
    took_part = PatientMerge.objects.filter(survivor=patient) | PatientMerge.objects.filter(absorbed=patient)
    return list(took_part.select_related("absorbed", "survivor").order_by("pk"))
