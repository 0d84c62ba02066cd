"""What a correction may not bring about: a guard that nobody let pass, an entry out of turn, a late suspicion."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pathway.engine.advance import not_from, refuse_unmet, unmet
from pathway.engine.hold import Held, said
from pathway.engine.note import refuse_ended
from pathway.engine.order import refuse_out_of_order
from pathway.engine.refused import Refused
from pathway.engine.suspect import KIND, refuse_impossible_symptom
from pathway.protocol.hours import shown
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import ends_case, parted
from pathway.record.event import Event, fact
from pathway.record.step import Machine, Move, Needs, Situation, made_by, wording


def recheck(held: Held, stands: Event, new: Event | None, senior: Mapping[str, Any] | None) -> bool:
    """Judge an entry as it stands against what a correction makes of it (None: taken back); `held` knows the old one.

    Only what the correction itself brings about is refused: late entries may have left the record untidy before.
    Returns whether it took the senior to let a guard pass.

    Raises:
        Refused: naming the entry that stands against it; `Invalid` where an answer does not fit the time.
    """
    others = without(held, stands)
    then = others if new is None else replace(held, events=[*others.events, new])
    needed = False
    if new is not None:
        if new.kind == KIND:
            refuse_impossible_symptom(new.answers, new.occurred_at, held.born)
        if new.track != "case" and new.occurred_at != stands.occurred_at:
            refuse_ended(then, new.occurred_at, new.kind)
        if (made := made_by(new.kind)) and new.occurred_at != stands.occurred_at:
            refuse_out_of_order(others, made[0], new.track_no, fact(new))
        before = guards(others, stands)
        missing = {need: sentence for need, sentence in guards(others, new).items() if need not in before}
        refuse_unmet(missing, senior)
        needed = bool(missing)
    refuse_out_of_turn(held, then, stands, new)
    refuse_before_suspicion(held, then)
    return needed


def without(held: Held, event: Event) -> Held:
    """The case as if one entry had never been made."""
    return replace(held, events=[each for each in held.standing if each.pk != event.pk])


def guards(others: Held, event: Event) -> dict[Needs, str]:
    """The guards that do not hold for an entry, judged by all others."""
    made = made_by(event.kind)
    return unmet(made[1], situation(others, made[0], event)) if made else {}


def situation(others: Held, machine: type[Machine], event: Event) -> Situation:
    """What an entry finds at its time."""
    row, later = parted(others.row_facts(event.track, event.track_no), fact(event))
    return Situation(event.occurred_at, others.facts, event.answers, machine.folded(row), row=row, later=later,
                     identified=others.identified, absorbed=others.merged_in)  # fmt: skip


def refuse_out_of_turn(held: Held, then: Held, stands: Event, new: Event | None) -> None:
    """Refuse what the machine of the entry's row does not allow any more; what ends a case may undo the rest.

    Raises:
        Refused: naming the entry that would not have been possible, or that made this one impossible.
    """
    made = made_by(stands.kind)
    if made is None:
        return
    machine, move = made
    before, after = (out_of_turn(each, machine, stands) for each in (held, then))
    newly = [each for each in after if each not in before]
    if new is not None and new.pk in newly:
        raise Refused(not_possible(without(then, new), machine, move, new))
    if newly and not any(ends_case(fact(each)) for each in (stands, new) if each):
        other = held.entry(newly[0])
        changed = f"at {shown(new.occurred_at)}" if new else "taken back"
        raise Refused(f"“{wording(stands.kind)}”, {changed}, does not fit another entry. {said(other)}")


def out_of_turn(held: Held, machine: type[Machine], event: Event) -> list[int | None]:
    """The keys of the entries of an event's row that its machine does not allow where they stand."""
    return [each.id for each in machine.out_of_turn(held.row_facts(event.track, event.track_no))]


def not_possible(others: Held, machine: type[Machine], move: Move, new: Event) -> str:
    """Why the entry is not possible at its new time, or the entry of the same time that would come first."""
    found = situation(others, machine, new)
    if machine.can(found.state, move.verb):
        return f"Another entry of the same time ({shown(new.occurred_at)}) would come after it. Give another time."
    return not_from(others, machine, move, new.track_no, found)


def refuse_before_suspicion(held: Held, then: Held) -> None:
    """Refuse that something comes before the suspicion which it can only follow.

    Raises:
        Refused: naming it, with the time of the suspicion.
    """
    before = {each.pk for each in too_early(held)}
    for event in too_early(then):
        if event.pk not in before:
            at = shown(suspected(then).occurred_at)
            raise Refused(f"An entry would come before the suspicion ({at}). {said(event)}")


def suspected(held: Held) -> Fact:
    """The suspicion, which every case has: no correction takes it back."""
    return next(each for each in held.facts if each.kind == KIND)


def too_early(held: Held) -> list[Event]:
    """What happened to the case before its suspicion, save an admission and the scan that raised the suspicion."""
    first = suspected(held)
    found_on_scan = first.answers.get("place") == "imaging"
    early = [event for event in held.standing if event.occurred_at < first.occurred_at]
    return [
        event
        for event in early
        if (event.track == "case" and event.kind != "case.admitted")
        or (event.kind == "imaging.acquired" and not found_on_scan)
    ]
