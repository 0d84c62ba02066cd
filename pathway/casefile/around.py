"""What stands round a case: cases merged into it, those it follows, the patient's others, and who the patient is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from pathway.casefile.timeline import Entry
from pathway.engine.hold import Held
from pathway.engine.identity import changes_of, differences, typed_said
from pathway.engine.one_person import merges_of
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.identity import Judgement, PatientMerge
from pathway.record.person import Patient
from pathway.record.step import machines


@dataclass(frozen=True, slots=True)
class MergedIn:
    """A case that was merged into this one, with the state of each of its rows, to be read only."""

    case: Case
    rows: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Around:
    """The other cases that a page names. `others` are those of the patient that still run and could be the same."""

    survivor: Case | None
    merged: list[MergedIn]
    follows: Case | None
    followed_by: list[Case]
    others: list[Case]
    merges: list[PatientMerge] = field(default_factory=list)


def around(case: Case, held: Held) -> Around:
    """Everything that one page says of other cases, in two queries."""
    near = Q(patient=case.patient_id) | Q(survivor=case) | Q(follows=case)
    absorbed = {event.case_id for event in held.absorbed}
    near |= Q(pk__in=[key for key in (case.survivor_id, case.follows_id, *absorbed) if key])
    cases = {
        each.pk: each for each in Case.objects.filter(near).exclude(pk=case.pk).select_related("unit").order_by("pk")
    }
    return Around(
        survivor=cases.get(case.survivor_id or 0),
        merged=[MergedIn(each, rows_of(each, held.absorbed)) for key, each in cases.items() if key in absorbed],
        follows=cases.get(case.follows_id or 0),
        followed_by=[each for each in cases.values() if each.follows_id == case.pk],
        others=[each for each in cases.values() if each.is_open and each.patient_id == case.patient_id],
        merges=merges_of(case.patient),
    )


def rows_of(case: Case, events: Sequence[Event]) -> list[tuple[str, str]]:
    """Each row of a merged case with its state in words."""
    held = Held(case, case.changed_at, [event for event in events if event.case_id == case.pk])
    found = []
    for track, machine in machines().items():
        numbers = sorted({event.track_no for event in held.standing if event.track == track and event.track_no})
        for number in numbers:
            state = machine.folded(held.row_facts(track, number))
            title = f"{machine.title} {number}" if len(numbers) > 1 else machine.title
            found.append((title, str(machine.words()[state])))
    return found


def about_patient(patient: Patient, merges: Sequence[PatientMerge]) -> list[Entry]:
    """What was changed, judged and merged of who the patient is, of both records where two were merged."""
    records = {patient.pk: patient}
    for merge in merges:
        records |= {each.pk: each for each in (merge.absorbed, merge.survivor)}
    entries = [
        Entry(f"Identity changed{of(each, patient)}", change.at, change.at, change.by, differences(change))
        for each in records.values()
        for change in changes_of(each)
    ]
    for merge in merges:
        both = f"{merge.absorbed.name} ({merge.absorbed.number}) into {merge.survivor.name} ({merge.survivor.number})"
        said = [("Merged", both), ("Agreed", merge.second_person), ("Why", merge.reason)]
        entries.append(Entry("Two records merged as one person", merge.at, merge.at, merge.by, said))
        if merge.undone_at:
            said = [("Apart again", both), ("Why", merge.undone_why)]
            entries.append(
                Entry("Merge of two records undone", merge.undone_at, merge.undone_at, merge.undone_by, said)
            )
    judged = Judgement.objects.filter(patient__in=records).select_related("other")
    return entries + [of_judgement(each) for each in judged]


def of(record: Patient, patient: Patient) -> str:
    """Whose identity it is, where it is not the patient's own record."""
    return "" if record.pk == patient.pk else f" of {record.name} ({record.number})"


def of_judgement(judgement: Judgement) -> Entry:
    """Who said that a likely duplicate is, or is not, the same person."""
    said = typed_said(judgement)
    if judgement.other:
        said.insert(0, ("Not", f"{judgement.other.name} ({judgement.other.number})"))
    title = "Said to be the same person" if judgement.same else "Said to be somebody else"
    return Entry(title, judgement.at, judgement.at, judgement.by, said)
