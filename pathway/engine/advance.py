"""The one door through which a state changes: page, API, import and replay use it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from pathway.engine.clocks import sync
from pathway.engine.hold import (
    Held,
    already,
    beginnings,
    checked_time,
    hold,
    permit,
    refuse_doubtful,
    refuse_stale,
    said,
)
from pathway.engine.note import checked, note, refuse_ended
from pathway.engine.order import refuse_out_of_order
from pathway.engine.refused import Invalid, Refused
from pathway.engine.second import refuse_alone
from pathway.protocol.hours import Precision, shown
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import ends_case, in_order, parted
from pathway.record.ask import text
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.step import Machine, Move, Needs, Situation, Step, machines

STATE = "state"
T = TypeVar("T")
OVERRIDE = {"by": text("Senior who decides otherwise (name)"), "reason": text("Why", long=True)}


@transaction.atomic
def advance(
    step: Machine,
    verb: str,
    *,
    by: User,
    at: datetime | None = None,
    answers: Mapping[str, Any] | None = None,
    override: Mapping[str, Any] | None = None,
    seen: int | None = None,
    submission: UUID | None = None,
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
    moved_from: Event | None = None,
) -> Event:
    """Make one move on one step; a step that was never saved becomes a new row of its track.

    `at` is when it happened (now where left out), `seen` the newest event that the form knew of, `submission` a key
    that makes a second submission of one form return the first one's event, `override` the senior and the reason.
    `precision` is how exactly the time is known: the entry counts from the first instant of it at which it is possible.
    `time_is_right` says that somebody has confirmed a doubtful time, `moved_from` is the entry of another case that was
    meant for this one.

    Raises:
        Refused: the move is not possible from the state at that time, a guard does not hold, or the time is
            impossible; `Doubtful` for a time that somebody has to confirm, `Stale` where somebody was quicker,
            `Invalid` for answers, `NotAllowed` for roles.
    """
    machine, move = type(step), step.moves()[verb]
    held = hold(step.case_id if isinstance(step, Step) else step.pk)
    permit(by, move.by, move.label)
    if move.page:
        raise Refused(f"“{move.label}” is about two cases: use its own page.")
    kept = checked(move.asks, answers)
    refuse_alone(by, kept)
    existing = step.number if isinstance(step, Step) and step.pk else None
    if made := already(held, submission, move.event, kept, at=at, precision=precision, number=existing):
        return made
    refuse_stale(held, seen, machine.track, "case", "event")
    senior = checked(OVERRIDE, override) if override else None
    number = row_number(held, step)
    possible = beginnings(held, move.event, checked_time(held, at, precision), precision)
    at, needed = first_possible(
        possible, lambda each: make(held, machine, move, number, answers=kept, at=each, senior=senior)
    )
    if needed:
        kept["override"] = senior
    if machine is not Case:
        refuse_ended(held, at)
    if not time_is_right:
        refuse_doubtful(held, move.event, at, recorded=held.now, precision=precision)
    event = note(
        held, move.event, by=by, at=at, answers=kept, number=number, submission=submission, precision=precision,
        moved_from=moved_from,
    )  # fmt: skip
    store(held, step, number)
    sync(held)
    return event


def first_possible(times: Sequence[datetime], attempt: Callable[[datetime], T]) -> tuple[datetime, T]:
    """The first of these times at which something is not refused, and what came of it.

    Raises:
        Refused: as at the first time, where it is refused at each.
    """
    refusals = []
    for at in times:
        try:
            return at, attempt(at)
        except Refused as refusal:
            refusals.append(refusal)
    raise refusals[0]


def make(
    held: Held,
    machine: type[Machine],
    move: Move,
    number: int,
    *,
    answers: Mapping[str, Any],
    at: datetime,
    senior: Mapping[str, Any] | None,
) -> bool:
    """Make the move on the row as it stood at the time; django-fsm judges source, guards and target.

    Returns whether it took the senior to let a guard pass.

    Raises:
        Refused: naming everything that stands against it at once.
    """
    new = Fact(move.event, at, answers)
    past, later = parted(held.row_facts(machine.track, number), new)
    then = machine(**{STATE: machine.folded(past)})
    then.situation = Situation(at, held.facts, answers, str(then.state), overridden=senior is not None, row=past,
                               later=later, identified=held.identified, absorbed=held.merged_in)  # fmt: skip
    if not machine.can(then.situation.state, move.verb):
        refuse_out_of_order(held, machine, number, new)
        raise Refused(not_from(held, machine, move, number, then.situation))
    missing = unmet(move, then.situation)
    refuse_unmet(missing, senior)
    refuse_out_of_order(held, machine, number, new)
    getattr(then, move.verb)(answers=answers)
    if machine.folded(in_order([*past, new])) != str(then.state):
        raise Refused(of_that_instant(move, at))
    if not ends_case(new):
        refuse_undoing(held, machine, move, number, new)
    return bool(missing)


def unmet(move: Move, situation: Situation) -> dict[Needs, str]:
    """The guards that do not hold, each with its sentence."""
    return {need: sentence for need in move.needs if (sentence := need.missing(situation))}


def refuse_unmet(missing: Mapping[Needs, str], senior: Mapping[str, Any] | None) -> None:
    """Refuse what guards stand against, unless all of them may be let pass by a senior and one is named.

    Raises:
        Refused: naming all of them at once; `Invalid` where each is about one answer.
    """
    may_pass = all(need.senior for need in missing)
    if not missing or (may_pass and senior):
        return
    if all(need.field for need in missing):
        raise Invalid({need.field: [sentence] for need, sentence in missing.items()})
    raise Refused(*missing.values(), senior=may_pass, asks=[need for need in missing if need.asks])


def refuse_undoing(held: Held, machine: type[Machine], move: Move, number: int, new: Fact) -> None:
    """Refuse a late entry after which something that happened later would not have been possible.

    Raises:
        Refused: naming what happened later.
    """
    row = held.row_facts(machine.track, number)
    if not row or row[-1].occurred_at <= new.occurred_at:
        return
    before = {fact.id for fact in machine.out_of_turn(row)}
    undone = [fact for fact in machine.out_of_turn(in_order([*row, new])) if fact.id and fact.id not in before]
    if undone:
        later = held.entry(undone[0].id)
        raise Refused(f"“{move.label}” at {shown(new.occurred_at)} does not fit what came later. {said(later)}")


def not_from(held: Held, machine: type[Machine], move: Move, number: int, now: Situation) -> str:
    """Why a move is not possible, and the way on: the state with the entry that led to it, or one of the same time."""
    label = machine.words()[now.state]
    past = [fact for fact in held.row_facts(machine.track, number) if fact.id and fact.occurred_at <= now.at]
    if machine.can(machine.folded(past), move.verb):
        return of_that_instant(move, now.at)
    why = f"“{move.label}” is not possible. {machine.title}: the present state is “{label}”."
    led = led_there(machine, past)
    return f"{why} {said(held.entry(led.id))} {way_on(machine, now.state)}" if led else f"{why} Check the time."


def led_there(machine: type[Machine], past: Sequence[Fact]) -> Fact | None:
    """The fact of a row that led to its state: the newest that changed it, else the first."""
    states = [machine.folded(past[:count]) for count in range(len(past) + 1)]
    changed = [fact for fact, before, after in zip(past, states, states[1:], strict=False) if before != after]
    return next(iter([*reversed(changed), *past]), None)


def way_on(machine: type[Machine], state: str) -> str:
    """What may be done where a move is not possible from a state."""
    if machine is not Case:
        return "Correct that entry if it is wrong, or begin a further one."
    return f"{'Reopen the case, or correct' if Case.can(state, 'reopen') else 'Correct'} that entry if it is wrong."


def of_that_instant(move: Move, at: datetime) -> str:
    """Why a move is not possible at the very instant of another entry."""
    return f"Another entry of the same time ({shown(at)}) would undo “{move.label}”. Give a later time."


def row_number(held: Held, step: Machine) -> int:
    """The row's number in its track: 0 for the case itself, the next free one for a new row."""
    if not isinstance(step, Step):
        return 0
    if step.pk is not None:
        return step.number
    return max((event.track_no for event in held.events if event.track == step.track), default=0) + 1


def store(held: Held, step: Machine, number: int) -> None:
    """Write the state that the facts lead to; for the case it goes with the columns that `sync` writes."""
    state = type(step).folded(held.row_facts(step.track, number))
    if not isinstance(step, Step):
        held.columns[STATE] = state
    elif step.pk is not None:
        type(step)._default_manager.filter(pk=step.pk).update(**{STATE: state})
    else:
        new = type(step)(case=held.case, number=number, uuid=step.uuid, **{STATE: state})
        new.save(force_insert=True)
        step.pk, step.number = new.pk, number


def restate(held: Held) -> None:
    """Write anew the state of every row of the case: after a correction, which may touch any of them."""
    for track, machine in machines().items():
        if issubclass(machine, Step):
            for step in machine._default_manager.filter(case=held.case):
                store(held, step, step.number)
        else:
            held.columns[STATE] = machine.folded(held.row_facts(track, 0))


def step_for(
    case: Case, kind: str, at: datetime, events: list[Event], answers: Mapping[str, Any] | None = None
) -> tuple[Machine, str]:
    """The row that could make an event of this kind at that time, else a new one; and the move's verb.

    Of several it is the newest that had begun by then, else the first to begin later that it would not undo.

    Raises:
        LookupError: no move makes such an event.
    """
    machine = machines().get(kind.split(".", maxsplit=1)[0])
    move = next((each for each in machine.moves().values() if each.event == kind), None) if machine else None
    if machine is None or move is None:
        raise LookupError(kind)
    if not issubclass(machine, Step):
        return case, move.verb
    held = Held(case, at, events)
    begun: list[Machine] = []
    later: list[Machine] = []
    for row in machine._default_manager.filter(case=case).order_by("number"):
        facts = held.row_facts(machine.track, row.number)
        past = [fact for fact in facts if fact.occurred_at <= at]
        if machine.can(machine.folded(past), move.verb):
            with_it = in_order([*facts, Fact(kind, at, answers or {})])
            if past:
                begun.append(row)
            elif len(machine.out_of_turn(with_it)) <= len(machine.out_of_turn(facts)):
                later.append(row)
    return next(iter([*reversed(begun), *later]), machine(case=case)), move.verb
