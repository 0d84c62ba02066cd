"""What must have happened on a row although nobody recorded it: a fact was taken from an earlier state."""

from collections.abc import Sequence
from typing import Any

from pathway.protocol.types import Fact
from pathway.record.step import ByAnswer, Machine, Move


def skipped(machine: type[Machine], facts: Sequence[Fact]) -> list[Move]:
    """The moves that lie between the states that the facts went through, first to last."""
    recorded = {fact.kind for fact in facts}
    missed: dict[str, Move] = {}
    for count, fact in enumerate(facts):
        before, after = machine.folded(facts[:count]), machine.folded(facts[: count + 1])
        if before == after:
            continue
        for move in between(machine, before, fact.kind):
            if move.event not in recorded:
                missed.setdefault(move.verb, move)
    order = list(states(machine))
    return sorted(missed.values(), key=lambda move: min(order.index(target) for target in targets(machine, move)))


def between(machine: type[Machine], before: str, kind: str) -> list[Move]:
    """The moves that were possible before, lead on, and leave the recorded one possible."""
    goal = machine.table().get((before, kind))
    ends = set(goal.branches.values()) if isinstance(goal, ByAnswer) else {str(goal)}
    found = []
    for move in machine.moves().values():
        target = machine.table().get((before, move.event))
        if move.event == kind or target is None or isinstance(target, ByAnswer) or str(target) in {before, *ends}:
            continue
        leads_on = machine.table().get((str(target), kind)) is not None
        if leads_on and not turns_back(machine, str(target)):
            found.append(move)
    return found


def turns_back(machine: type[Machine], state: str) -> bool:
    """Whether a state lies off the line: from it the row can go back to an earlier one."""
    order = list(states(machine))
    leads_to = [target for (source, _), target in machine.table().items() if source == state and target is not None]
    return any(
        order.index(end) < order.index(state)
        for target in leads_to
        for end in (target.branches.values() if isinstance(target, ByAnswer) else [str(target)])
    )


def targets(machine: type[Machine], move: Move) -> set[str]:
    """Every state to which a move may lead."""
    return {
        str(target)
        for (_, kind), target in machine.table().items()
        if kind == move.event and target is not None and not isinstance(target, ByAnswer)
    }


def states(machine: type[Machine]) -> dict[str, str]:
    """The states of a machine in the order of its file, with their words."""
    options: Any = machine._meta
    return {str(value): str(words) for value, words in options.get_field("state").flatchoices}
