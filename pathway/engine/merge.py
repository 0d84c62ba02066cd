"""Two cases of one compression made one, and made two again: reversible, each time with both under their locks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import make, store
from pathway.engine.clocks import runs_of, sync
from pathway.engine.correct import WHY
from pathway.engine.hold import Held, already, hold, hold_both, permit, submitted, used
from pathway.engine.lent import give_back
from pathway.engine.note import checked, note
from pathway.engine.now import now
from pathway.engine.refused import Invalid, Refused
from pathway.engine.second import refuse_alone
from pathway.protocol.fold import Run
from pathway.protocol.hours import shown
from pathway.record.case import Case
from pathway.record.event import CORRECTED, MERGED, Event
from pathway.record.person import User
from pathway.record.step import wording


@transaction.atomic
def merge(case: Case, *, by: User, answers: Mapping[str, Any], submission: UUID | None = None) -> Event:
    """Let a case go on in the one that `into` names; its facts count there, from the earlier suspicion on.

    What was told on its clocks goes on there too: the other case is followed first, while these clocks still run.

    Raises:
        Refused: the two are not open cases of one patient, one was merged before, or they say what cannot both be
            true; `Invalid` for answers, `NotAllowed` for roles.
    """
    move = Case.moves()["merge"]
    permit(by, move.by, move.label)
    kept = checked(move.asks, answers)
    refuse_alone(by, kept)
    survivor = named(case, kept["into"])
    kept["into"] = survivor.code
    held, other = hold_both(case.pk, survivor.pk)
    if made := already(held, submission, MERGED, kept):
        return made
    refuse_merging(held, other)
    make(held, Case, move, 0, answers=kept, at=held.now, senior=None)
    event = note(held, MERGED, by=by, at=held.now, answers=kept, submission=submission)
    Case.objects.filter(pk=case.pk).update(survivor=other.case)
    follow(hold(other.case.pk))
    follow(held)
    return event


@transaction.atomic
def unmerge(case: Case, *, by: User, why: str, submission: UUID | None = None) -> Event:
    """Take a merge back: the clocks of both cases are again what their own facts say, and the alerts what they told.

    Raises:
        Refused: the case is not merged, or no longer; `Used` where the form made another entry, `NotAllowed` for roles.
    """
    move = Case.moves()["merge"]
    permit(by, move.by, "Undo the merge")
    kept = checked(WHY, {"why": why})
    into = Case.objects.values_list("survivor", flat=True).get(pk=case.pk)
    held, _ = hold_both(case.pk, into or case.pk)
    if made := submitted(held, submission):
        if made.corrects is None or made.corrects.kind != MERGED or made.answers["why"] != kept["why"]:
            raise used(made)
        return made
    if into is None or held.case.survivor_id != into:
        raise Refused(f"{held.case.code} is not merged into another case.")
    event = merged_by(held)
    change = {**kept, "withdrawn": True, "event": str(event.uuid)}
    undone = note(held, CORRECTED, by=by, at=held.now, answers=change, submission=submission, corrects=event)
    Case.objects.filter(pk=case.pk).update(survivor=None)
    other = hold(into)
    give_back(held, other, since=event.recorded_at)
    follow(other)
    follow(held)
    return undone


def follow(held: Held) -> None:
    """Let the case's state, clocks and columns follow what is now read as its facts."""
    store(held, held.case, 0)
    sync(held)


def merged_by(held: Held) -> Event:
    """The event that merged the case, as it was recorded."""
    pk = next(event.pk for event in held.standing if event.kind == MERGED)
    return next(event for event in held.events if event.pk == pk)


def named(case: Case, code: str) -> Case:
    """The case of the same organisation with this code; a fire drill is none.

    Raises:
        Invalid: there is none.
    """
    digits = code.strip().upper().removeprefix("M")
    found = None
    if digits.isascii() and digits.isdigit() and len(digits) < 19:  # noqa: PLR2004 - what a key can hold
        found = Case.objects.real().filter(organisation=case.organisation_id, pk=int(digits)).first()
    if found is None:
        raise Invalid({"into": ["There is no such case."]})
    return found


def refuse_merging(held: Held, other: Held) -> None:
    """Refuse two cases that cannot be one.

    Raises:
        Refused: naming why, and the way on.
    """
    this, that = held.case, other.case
    if this.pk == that.pk:
        raise Refused("A case cannot be merged into itself.")
    for each in (this, that):
        if each.survivor_id:
            raise Refused(f"{each.code} was merged into {Case(pk=each.survivor_id).code} already.")
    if this.patient_id != that.patient_id:
        raise Refused(
            f"{this.code} and {that.code} belong to two patients. If both are one person, merge the two records first."
        )
    if held.absorbed:
        raise Refused(f"Another case was merged into {this.code}. Merge {that.code} into {this.code} instead.")
    for each in (this, that):
        if not each.is_open:
            label = Case.State(each.state).label
            raise Refused(f"{each.code} has ended: {label}. Two compressions at different times are two cases.")
    refuse_contradiction(held, other)


def refuse_contradiction(held: Held, other: Held) -> None:
    """Refuse two cases that found something different: one of the two has to be corrected first.

    Raises:
        Refused: naming the entry that would be lost in the other case.
    """
    union = replace(other, absorbed=[*other.absorbed, *held.events])
    facts = union.row_facts(Case.track, 0)
    before = {each.id for one in (held, other) for each in Case.out_of_turn(one.row_facts(Case.track, 0))}
    for each in Case.out_of_turn(facts):
        past = Case.folded(facts[: facts.index(each)])
        leads = {str(to) for (_, kind), to in Case.table().items() if kind == each.kind and to}
        if each.id not in before and past not in leads and each.kind != "case.suspected":
            entry = union.entry(each.id)
            raise Refused(
                f"The two cases say what cannot both be true: “{wording(each.kind)}” ({shown(each.occurred_at)}, "
                f"{entry.case.code}), while the state was “{Case.State(past).label}”. Correct one of them first."
            )


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do: the clocks of each case as they run now, and those that would run afterwards."""

    case: Case
    into: Case
    own: list[Run]
    others: list[Run]
    after: list[Run]
    suspected_at: Any
    klass: str
    state: str


def preview(case: Case, into: Case) -> Preview:
    """What merging a case into another would do; writes and locks nothing.

    Raises:
        Refused: as `merge` refuses it.
    """
    held, other = as_read(case), as_read(into)
    refuse_merging(held, other)
    union = replace(other, absorbed=[*other.absorbed, *held.events])
    klass = [each for each in union.facts if each.kind in ("case.suspected", "case.reclassified", "case.reopened")]
    return Preview(
        case=held.case, into=other.case,
        own=running(held), others=running(other), after=running(union),
        suspected_at=union.facts[0].occurred_at if not klass else klass[0].occurred_at,
        klass=str(klass[-1].answers["class"]), state=Case.State(Case.folded(union.row_facts(Case.track, 0))).label,
    )  # fmt: skip


def as_read(case: Case) -> Held:
    """A case as its events say, without the lock."""
    case = Case.objects.select_related("unit", "patient").get(pk=case.pk)
    events = list(Event.objects.filter(case=case).order_by("pk"))
    absorbed = list(Event.objects.filter(case__survivor=case).order_by("pk"))
    return Held(case, now(), events, case.unit.nation, case.patient.birth_date, absorbed=absorbed)


def running(held: Held) -> list[Run]:
    """The runs that have not ended, the first to breach in front."""
    return sorted((run for run in runs_of(held) if run.ended_at is None), key=lambda run: run.due_at)
