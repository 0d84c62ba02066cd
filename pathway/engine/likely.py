"""Likely duplicates: records of the organisation that may be of the same person; somebody is asked about them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.record.case import Case
from pathway.record.identity import Judgement
from pathway.record.likeness import LIKELY, Likeness, Named, compare, keys, near
from pathway.record.person import Organisation, Patient

SHOWN = 5
RECENT = timedelta(hours=12)
BY_INITIALS = Likeness(LIKELY, ("the same initials, of a case that began within the last 12 hours",))


@dataclass(frozen=True, slots=True)
class Likely:
    """A record that may be of the same person, with why, and its cases, the newest first."""

    patient: Patient
    likeness: Likeness
    cases: list[Case]


class Alike(Refused):
    """Nobody has said yet whether these are the same person; the likeliest first."""

    def __init__(self, found: list[Likely]) -> None:
        names = "; ".join(f"{each.patient.name} ({each.patient.number})" for each in found)
        super().__init__(f"This may be somebody who is recorded already: {names}. Say whether it is the same person.")
        self.found = found


def named(who: Mapping[str, Any]) -> Named:
    """What is compared of an identity as it was typed."""
    born: date | None = who.get("birth_date")
    return Named(who.get("family_name", ""), who.get("given_names", ""), who.get("initials", ""), born)


def likely(organisation: Organisation, who: Named, *, but: Patient | None = None) -> list[Likely]:
    """The records of this organisation that may be of the same person, by birth date and by how the name sounds."""
    wanted = Q(sounds__overlap=[*keys(who.family), *keys(who.given)])
    if who.born:
        wanted |= Q(birth_date__in=near(who.born))
    others = Patient.objects.filter(wanted, organisation=organisation, survivor=None)
    if but:
        others = others.exclude(pk=but.pk)
    judged = [(patient, compare(who, patient.named)) for patient in others.order_by("pk")]
    found = sorted((pair for pair in judged if pair[1].is_likely), key=lambda pair: -pair[1].score)
    found += [(patient, BY_INITIALS) for patient in just_entered(organisation, who) if patient != but]
    return [Likely(patient, likeness, cases_of(patient)) for patient, likeness in found[:SHOWN]]


def just_entered(organisation: Organisation, who: Named) -> list[Patient]:
    """Records of initials alone, where no more is known: the same call may have been entered twice."""
    if who.family or who.given or not who.initials:
        return []
    recent = Case.objects.open().filter(organisation=organisation, survivor=None, suspected_at__gte=now() - RECENT)
    nameless = Patient.objects.filter(survivor=None, initials__iexact=who.initials, family_name="", given_names="")
    return list(nameless.filter(cases__in=recent).distinct().order_by("-pk")[:SHOWN])


def cases_of(patient: Patient) -> list[Case]:
    """The cases of a patient, the open ones first, then the newest; merged ones are left out."""
    cases = Case.objects.filter(patient=patient, survivor=None).select_related("unit")
    return list(cases.order_by("-is_open", "-suspected_at", "-pk"))


def told_apart(patient: Patient) -> set[int]:
    """The records of which somebody has said that they are another person's than this one."""
    said = Judgement.objects.filter(Q(patient=patient) | Q(other=patient), same=False, other__isnull=False)
    return {key for pair in said.values_list("patient_id", "other_id") for key in pair if key} - {patient.pk}


def refuse_alike(
    organisation: Organisation, who: Named, *, others: Collection[UUID], but: Patient | None = None
) -> list[Patient]:
    """The likely duplicates, all of which the person has said to be `others`; none where nothing is alike.

    Raises:
        Alike: nobody has said so of one of them.
    """
    found = likely(organisation, who, but=but)
    apart = told_apart(but) if but else set()
    asked = [each for each in found if each.patient.pk not in apart]
    if any(each.patient.uuid not in others for each in asked):
        raise Alike(asked)
    return [each.patient for each in asked]
