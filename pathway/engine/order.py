"""What cannot have happened in the order in which it is told; each machine says which of its facts come first."""

from collections.abc import Iterable, Iterator

from pathway.engine.hold import Held
from pathway.engine.refused import Refused
from pathway.protocol.hours import Precision, shown
from pathway.protocol.types import Fact
from pathway.record.step import Machine, wording

Pair = tuple[Fact, Fact]


def refuse_out_of_order(held: Held, machine: type[Machine], number: int, new: Fact) -> None:
    """Refuse a fact of a row that would come before what it can only follow, or after what can only follow it.

    Raises:
        Refused: naming both facts with both times.
    """
    row = held.row_facts(machine.track, number)
    for pairs in (turns(held, machine, row, new), numbers(machine, row, new), outlived(held, machine, new)):
        for then, first in pairs:
            if certainly_before(then, first):
                both = told(held, machine, then), told(held, machine, first)
                raise Refused(f"{both[0]} cannot come before {both[1]}. Check both times.")


def turns(held: Held, machine: type[Machine], row: list[Fact], new: Fact) -> Iterator[Pair]:
    """Each fact of the row with the first of what it has to follow, as far as the new one is concerned."""
    for chain in machine.in_turn:
        place = chain.index(new.kind) if new.kind in chain else 0
        for kind in chain[:place]:
            among = row if kind.startswith(f"{machine.track}.") else held.facts
            yield from ((new, first) for first in of_kind(among, kind)[:1])
        if new.kind in chain and not of_kind(row, new.kind):
            yield from ((then, new) for kind in chain[place + 1 :] for then in of_kind(row, kind)[:1])


def numbers(machine: type[Machine], row: list[Fact], new: Fact) -> Iterator[Pair]:
    """The new fact with each of its kind that has another number: fraction 2 does not come before fraction 1."""
    counted = machine.numbered.get(new.kind, "")
    for other in of_kind(row, new.kind) if counted else ():
        mine, its = new.answers[counted], other.answers[counted]
        if mine != its:
            yield (new, other) if mine > its else (other, new)


def outlived(held: Held, machine: type[Machine], new: Fact) -> Iterator[Pair]:
    """The new fact with everything of the case that it ends: nobody is examined after death."""
    for kind in machine.ends.get(new.kind, ()):
        yield from ((new, other) for other in of_kind(held.facts, kind))


def of_kind(facts: Iterable[Fact], kind: str) -> list[Fact]:
    """The facts of one kind, in their order."""
    return [fact for fact in facts if fact.kind == kind]


def certainly_before(then: Fact, first: Fact) -> bool:
    """Whether one fact came before another, whatever their times may mean."""
    return then.width is not None and then.occurred_at + then.width < first.occurred_at


def told(held: Held, machine: type[Machine], fact: Fact) -> str:
    """A fact with its number, where it has one, and its time."""
    count = fact.answers.get(machine.numbered.get(fact.kind, ""), "")
    known = next((event.precision for event in held.entries if event.pk == fact.id), Precision.MINUTE)
    return f"“{wording(fact.kind)}{f' {count}' if count else ''}” ({shown(fact.occurred_at, known)})"
