"""Who the patient is: found by number, entered provisionally, completed later; never two of one NHS number unasked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from pathway.engine.hold import hold, permit
from pathway.engine.note import checked
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Refused, Stale
from pathway.protocol.hours import LONDON, shown
from pathway.record import nhs_number
from pathway.record.access import opened
from pathway.record.ask import Asks, Text, day
from pathway.record.case import Case
from pathway.record.identity import IdentityChange
from pathway.record.person import Organisation, Patient, User
from pathway.record.step import CARE

BORN_AFTER = date(1890, 1, 1)


class NhsNumber(Text):
    """Ten digits, typed with or without spaces."""

    def to_python(self, value: Any) -> str:
        """The ten digits.

        Raises:
            ValidationError: the sentence that says what does not fit.
        """
        words = super().to_python(value)
        try:
            return nhs_number.clean(words) if words else ""
        except nhs_number.NotAnNhsNumber as error:
            raise ValidationError(str(error)) from error


WHO: Asks = {
    "nhs_number": NhsNumber(label="NHS number", required=False, max_length=40),
    "family_name": Text(label="Family name", required=False, max_length=100),
    "given_names": Text(label="Given names", required=False, max_length=100),
    "initials": Text(label="Initials", required=False, max_length=10, help_text="While the name is not known"),
    "birth_date": day("Birth date", required=False),
    "local_number": Text(label="Hospital number", required=False, max_length=40),
    "local_issuer": Text(label="Hospital that issued it", required=False, max_length=100),
}


class Known(Refused):
    """The number belongs to a patient of the organisation; `cases` are the open ones, oldest first."""

    def __init__(self, patient: Patient, cases: list[Case]) -> None:
        super().__init__(f"{patient.number} belongs to {patient.name}.")
        self.patient, self.cases = patient, cases


def alone(organisation: Organisation) -> None:
    """Let no one else enter or change a patient of this organisation until the transaction ends."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def checked_who(given: Mapping[str, Any]) -> dict[str, Any]:
    """Identity as it may be stored.

    Raises:
        Invalid: wrong by itself, nothing to tell the patient by, or an impossible birth date.
    """
    who = checked(WHO, given)
    wrong: dict[str, list[str]] = {}
    if not who.keys() & {"nhs_number", "family_name", "initials", "local_number"}:
        wrong["initials"] = ["Give at least the initials, a name, or a number."]
    if "local_number" in who and "local_issuer" not in who:
        wrong["local_issuer"] = ["Say which hospital issued the number."]
    if "local_issuer" in who and "local_number" not in who:
        wrong["local_number"] = ["Give the number that this hospital issued."]
    if born := who.get("birth_date"):
        who["birth_date"] = date.fromisoformat(born)
        if not BORN_AFTER <= who["birth_date"] <= now().astimezone(LONDON).date():
            wrong["birth_date"] = ["Check the birth date."]
    if wrong:
        raise Invalid(wrong)
    return who


def same_number(organisation: Organisation, who: Mapping[str, Any]) -> Patient | None:
    """The patient of this organisation who has one of these numbers already."""
    patients = Patient.objects.filter(organisation=organisation)
    found = patients.filter(nhs_number=who["nhs_number"]).first() if who.get("nhs_number") else None
    if found is None and who.get("local_number"):
        found = patients.filter(local_number=who["local_number"], local_issuer__iexact=who["local_issuer"]).first()
    return found


def patient_for(organisation: Organisation, who: Mapping[str, Any], *, known: UUID | None) -> Patient:
    """A new patient, or the one with that number where `known` says that it is the same person.

    Raises:
        Known: the number belongs to somebody, and nobody has said yet that it is the same person.
    """
    found = same_number(organisation, who)
    if found is None:
        return Patient.objects.create(organisation=organisation, **who)
    if found.uuid != known:
        raise Known(found, list(Case.objects.open().filter(patient=found).select_related("unit").order_by("pk")))
    return found


def as_known(patient: Patient) -> tuple[dict[str, Any], int]:
    """Who the patient is now, and the newest change that this includes: read first, so that a later one is noticed."""
    seen = IdentityChange.objects.filter(patient=patient).order_by("-pk").values_list("pk", flat=True).first() or 0
    return Patient.objects.values(*WHO).get(pk=patient.pk), seen


def changes_of(patient: Patient, *, since: int = 0, until: datetime | None = None) -> list[IdentityChange]:
    """What was changed after the change that a page knew, and up to a time where one is given, oldest first."""
    changes = IdentityChange.objects.filter(patient=patient, pk__gt=since).order_by("pk")
    return list(changes.filter(at__lte=until) if until else changes)


@transaction.atomic
def identify(case: Case, *, by: User, who: Mapping[str, Any], seen: int | None = None) -> Patient:
    """Complete or correct who the patient of a case is; what it replaces is kept.

    `seen` is the newest change that the page knew. What changes nothing, as the second sending of a form, is harmless.

    Raises:
        Stale: the identity was changed after the page was made: who changed what, and when.
        Refused: the number belongs to another patient of the organisation, or birth would follow the suspicion;
            `Invalid` for values that are wrong by themselves, `NotAllowed` for roles.
    """
    permit(by, CARE, "Complete the identity")
    given = {name: who.get(name) for name in WHO}
    kept = checked_who({name: value for name, value in given.items() if value})
    alone(case.organisation)
    held = hold(case.pk)
    patient = held.case.patient
    new = {name: kept.get(name, None if name == "birth_date" else "") for name in WHO}
    changed = [name for name in WHO if getattr(patient, name) != new[name]]
    if not changed:
        return patient
    if seen is not None and (newer := changes_of(patient, since=seen)):
        raise Stale(*(sentence(change) for change in newer))
    refuse_impossible(held.case, kept)
    before = {name: stored(getattr(patient, name)) for name in changed}
    for name in changed:
        setattr(patient, name, new[name])
    patient.save(update_fields=changed)
    after = {name: stored(new[name]) for name in changed}
    IdentityChange.objects.create(
        patient=patient, at=held.now, by=str(by), by_uuid=by.uuid, before=before, after=after
    )  # fmt: skip
    opened(held.case, by=by, what="identity changed")
    return patient


def refuse_impossible(case: Case, kept: Mapping[str, Any]) -> None:
    """Refuse the number of somebody else, and a birth after the suspicion.

    Raises:
        Refused: the one, `Invalid` for the other.
    """
    other = same_number(case.organisation, kept)
    if other and other.pk != case.patient_id:
        raise Refused(
            f"{other.number} is already the number of {other.name}, another patient of your organisation. "
            "Check the number; if both are one person, ask your administrator before anything is entered twice."
        )
    born = kept.get("birth_date")
    if born and born > case.suspected_at.astimezone(LONDON).date():
        raise Invalid({"birth_date": ["This is after compression was suspected."]})


def stored(value: Any) -> str:
    """A part of an identity as a change keeps it."""
    return value.isoformat() if isinstance(value, date) else value or ""


def differences(change: IdentityChange) -> list[tuple[str, str]]:
    """Each field that changed, as label and `from none to 999 000 0018`."""
    return [
        (str(field.label), f"from {value_said(name, change.before[name])} to {value_said(name, change.after[name])}")
        for name, field in WHO.items()
        if name in change.after
    ]


def value_said(name: str, value: str) -> str:
    """A stored value as people read it."""
    if not value:
        return "none"
    if name == "birth_date":
        return f"{date.fromisoformat(value):%-d %B %Y}"
    return nhs_number.spaced(value) if name == "nhs_number" else value


def sentence(change: IdentityChange) -> str:
    """Who changed what, and when."""
    what = "; ".join(f"{label} {words}" for label, words in differences(change))
    return f"{change.by} changed the identity at {shown(change.at)}: {what}."
