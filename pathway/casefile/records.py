"""Records of patients and other cases that a person may choose from: always of the own organisation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from pathway.engine.identity import WHO, stored, value_said
from pathway.record.case import Case
from pathway.record.identity import PatientMerge
from pathway.record.person import Patient, User

MOST, DIGITS = 10, 18
Sides = list[tuple[str, str, str, bool]]


def others_of(case: Case) -> list[Case]:
    """The other cases of the patient that still run."""
    others = Case.objects.open().filter(patient=case.patient_id).exclude(pk=case.pk)
    return list(others.select_related("unit").order_by("pk"))


def record_of(user: User, uuid: UUID) -> Patient | None:
    """The record of this key, among those of the person's organisation."""
    return Patient.objects.filter(organisation=user.organisation, uuid=uuid).first()


def searched(case: Case, words: str) -> list[Patient]:
    """The other standing records of the organisation that have this number or name, or the case of this code."""
    digits = "".join(letter for letter in words if letter in "0123456789")
    found = Q(family_name__iexact=words) | Q(local_number__iexact=words) | Q(initials__iexact=words)
    if digits and len(digits) <= DIGITS:
        found |= Q(nhs_number=digits) | (Q(cases__pk=int(digits)) if words[:1] in "Mm" else Q())
    records = Patient.objects.filter(found, organisation=case.organisation, survivor=None).exclude(pk=case.patient_id)
    return list(records.distinct().order_by("pk")[:MOST])


def merge_of(case: Case, uuid: UUID) -> PatientMerge | None:
    """The merge of this key, where the patient of the case took part in it."""
    took_part = Q(survivor=case.patient_id) | Q(absorbed=case.patient_id)
    merges = PatientMerge.objects.select_related("absorbed", "survivor", "survivor__organisation")
    return merges.filter(took_part, uuid=uuid).first()


def plainly(said: str) -> str:
    """The same in small letters and with plain apostrophes: who types in capitals means the same person."""
    return " ".join(said.replace("’", "'").casefold().split())  # noqa: RUF001


def beside(one: Mapping[str, Any], other: Mapping[str, Any]) -> Sides:
    """Two identities side by side: label, the one, the other, and whether they differ. What neither has is left out."""
    rows = []
    for name, field in WHO.items():
        left, right = (value_said(name, stored(each.get(name))) for each in (one, other))
        if (left, right) != ("none", "none"):
            rows.append((str(field.label), left, right, plainly(left) != plainly(right)))
    return rows
