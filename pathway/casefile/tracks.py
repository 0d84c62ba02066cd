"""What may be recorded next on each track of a case: the open moves, and the others with what stands against them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pathway.casefile.skipped import skipped, states
from pathway.engine.advance import unmet
from pathway.engine.hold import Held
from pathway.protocol.vocabulary import KINDS
from pathway.record.case import Case
from pathway.record.person import User
from pathway.record.step import Machine, Move, Needs, Proposed, Situation, machines, made_by


@dataclass(frozen=True, slots=True)
class Offer:
    """One move that this person may make now, with what its form begins with.

    `missing` is what does not hold: a named senior has to let it pass, or the form asks for the fact itself.
    """

    track: str
    number: int
    move: Move
    missing: Mapping[Needs, str] = field(default_factory=dict)
    proposed: Proposed | None = None

    @property
    def senior(self) -> bool:
        """Whether it takes a named senior, unless the form records what is missing."""
        return any(need.senior for need in self.missing)

    @property
    def asks(self) -> list[Needs]:
        """The guards whose missing fact the form asks for."""
        return [need for need in self.missing if need.asks]

    @property
    def key(self) -> str:
        """A name that no other move of the page has."""
        return f"{self.track}-{self.number}-{self.move.verb}"


@dataclass(frozen=True, slots=True)
class Blocked:
    """One move that is not open, with everything that stands against it. An earlier time may still be recorded.

    `is_open`: others may make it now, whoever looks.
    """

    track: str
    number: int
    move: Move
    why: tuple[str, ...]
    for_others: bool
    is_open: bool

    @property
    def who(self) -> str:
        """The roles that may make it."""
        return roles(self.move)


@dataclass(slots=True)
class Row:
    """One row of a track: its state and its moves. `new` is a row that does not exist yet.

    `skipped` is what must have happened and nobody recorded, each with whether this person may record it.
    """

    track: str
    title: str
    number: int
    state: str
    words: str
    new: bool
    offers: list[Offer] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    skipped: list[tuple[Move, bool]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Track:
    """A track with its rows, oldest first; `another` is what would open a further row."""

    track: str
    title: str
    rows: list[Row]
    another: Row | None


@dataclass(frozen=True, slots=True)
class View:
    """Who looks at which case, as it stands at which time. `ended` says in words how it ended, '' while it goes on."""

    user: User
    held: Held
    ended: str


def tracks(view: View) -> list[Track]:
    """Every track in the order of the vocabulary; the case itself, with all that ends it, comes last."""
    order = list(dict.fromkeys(kind.split(".", maxsplit=1)[0] for kind in KINDS))
    inside = [machine for machine in machines().values() if machine is not Case]
    inside.sort(key=lambda machine: order.index(machine.track) if machine.track in order else len(order))
    return [*(one_track(view, machine) for machine in inside), one_track(view, Case)]


def one_track(view: View, machine: type[Machine]) -> Track:
    """A track with the rows that its events tell of."""
    if machine is Case:
        return Track(machine.track, machine.title, [row(view, machine, 0)], None)
    numbers = sorted({event.track_no for event in view.held.events if event.track == machine.track and event.track_no})
    rows = [row(view, machine, number) for number in numbers]
    further = row(view, machine, max(numbers, default=0) + 1, new=True)
    if not rows:
        return Track(machine.track, machine.title, [further], None)
    out_of_reach = {verb for verb in machine.moves() if not any(verb in reach(machine, each.state) for each in rows)}
    further.offers = [offer for offer in further.offers if offer.move.verb in out_of_reach]
    further.blocked = []
    return Track(machine.track, machine.title, rows, further if further.offers else None)


def row(view: View, machine: type[Machine], number: int, *, new: bool = False) -> Row:
    """One row with its moves sorted into open and blocked."""
    facts = view.held.row_facts(machine.track, number)
    state = machine.folded(facts)
    words = states(machine)[state]
    missed = skipped(machine, facts) if machine is not Case else []
    held, mine = view.held, view.user.role_set
    situation = Situation(
        held.now, held.facts, {}, state, row=facts, identified=held.identified, absorbed=held.merged_in
    )
    found = Row(
        machine.track, machine.title, number, state, words, new, details=machine.details(situation),
        skipped=[(move, bool(mine & move.by)) for move in missed],
    )  # fmt: skip
    for move in in_declared_order(machine):
        sort_in(view, machine, found, move, situation)
    return found


def sort_in(view: View, machine: type[Machine], into: Row, move: Move, situation: Situation) -> None:
    """Put one move where it belongs."""
    possible = machine.can(into.state, move.verb) and not (view.ended and machine is not Case)
    missing = unmet(move, situation)
    mine = bool(view.user.role_set & move.by)
    if possible and mine and all(need.senior or may_record(view.user, need) for need in missing):
        proposed = move.proposes(situation) if move.proposes else None
        into.offers.append(Offer(into.track, into.number, move, missing, proposed))
        return
    why = []
    if not mine:
        why.append(f"For a {roles(move)}.")
    if view.ended and machine is not Case:
        why.append(f"The case has ended: {view.ended}.")
    elif not possible:
        why.append(f"Not possible from “{into.words}”.")
    why += [sentence for sentence in missing.values() if possible]
    is_open = possible and not mine and all(need.senior or need.asks for need in missing)
    into.blocked.append(Blocked(into.track, into.number, move, tuple(why), for_others=not mine, is_open=is_open))


def roles(move: Move) -> str:
    """Who may make a move."""
    return " or ".join(sorted(role.value for role in move.by))


def may_record(user: User, need: Needs) -> bool:
    """Whether this person may record the fact that a guard misses."""
    found = made_by(need.asks)
    return found is not None and bool(user.role_set & found[1].by)


def in_declared_order(machine: type[Machine]) -> list[Move]:
    """The moves in the order in which the step's file has them."""
    moves = machine.moves()
    return [moves[name] for name in vars(machine) if name in moves]


def reach(machine: type[Machine], start: str) -> set[str]:
    """Every move that can still come after a state."""
    todo, states, verbs = [start], {start}, set()
    while todo:
        state = todo.pop()
        for move in machine.moves().values():
            if machine.can(state, move.verb):
                verbs.add(move.verb)
                target = machine.table()[state, move.event]
                branches = getattr(target, "branches", None)
                further = set(branches.values() if branches else [target or state]) - states
                states |= further
                todo += further
    return verbs
