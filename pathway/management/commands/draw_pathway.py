"""`manage.py draw_pathway`: docs/diagrams, a state diagram of each machine, read from its declared moves."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pathway import protocol
from pathway.management.documents import Generator, table
from pathway.management.overview import drawn as mermaid
from pathway.management.overview import overview, plain
from pathway.record.step import OBSERVATIONS, ByAnswer, Machine, Move, machines

GROUP, LEAST_GROUP = "any_", 3


class Command(Generator):
    """Exit 0 where all is current or written, 1 where `--check` finds something stale."""

    help = "Draw the state machines and the pathway as Mermaid diagrams in docs/diagrams."
    name, folder = "draw_pathway", "diagrams"

    def pages(self) -> Mapping[str, str]:
        """One page a machine, the overview, and the index."""
        found = machines()
        drawn = {f"{track}.md": page(machine) for track, machine in found.items()}
        return {**drawn, "overview.md": overview(protocol.get(protocol.CURRENT)), "README.md": index(found)}


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line from a state, a group of states or a choice to another."""

    source: str
    target: str
    text: str


def arrows(machine: type[Machine]) -> list[Arrow]:
    """Every change of state. A move whose target follows from an answer leads to a choice, with an arrow per branch."""
    found = []
    for transition in machine.transitions():
        source, move, target = str(transition.source), transition.custom["move"], transition.target
        text = f"{move.label} ({roles(move)})"
        if isinstance(target, ByAnswer) and len(set(target.branches.values())) > 1:
            found.append(Arrow(source, choice(move), text))
            words = offered(move, target)
            found += [
                Arrow(choice(move), str(state), words.get(value, value)) for value, state in target.branches.items()
            ]
        else:
            found += [Arrow(source, state, text) for state in targets(target) if state != source]
    return list(dict.fromkeys(found))


def targets(target: Any) -> list[str]:
    """The states to which the target of a transition may lead; none where it keeps the state."""
    if isinstance(target, ByAnswer):
        return list(dict.fromkeys(str(state) for state in target.branches.values()))
    return [] if target is None else [str(target)]


def offered(move: Move, target: ByAnswer) -> dict[str, str]:
    """The words of each value of the answer on which a target depends; a rule's own words where it depends on one."""
    if callable(target.answer):
        return {value: value for value in target.branches}
    asked: Any = move.asks[target.answer]
    return {str(value): str(words) for value, words in asked.choices}


def choice(move: Move) -> str:
    """The name of the choice to which a move leads."""
    return f"{move.verb}_"


def kept(machine: type[Machine]) -> dict[str, list[str]]:
    """The states that each move may leave as they are, by verb."""
    found: dict[str, list[str]] = defaultdict(list)
    for transition in machine.transitions():
        source, move, target = str(transition.source), transition.custom["move"], transition.target
        partial = isinstance(target, ByAnswer) and offered(move, target).keys() > target.branches.keys()
        if target is None or str(target) == source or partial:
            found[move.verb].append(source)
    return found


def group(drawn: Sequence[Arrow], states: Collection[str]) -> frozenset[str]:
    """The states that save most arrows when one arrow stands for all of them; none where it saves nothing."""
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for arrow in drawn:
        sources[arrow.target, arrow.text].add(arrow.source)
    some = {frozenset(one & other & set(states)) for one in sources.values() for other in sources.values()}
    large = sorted((each for each in some if len(each) >= LEAST_GROUP), key=sorted)
    best = min(large, key=lambda members: len(merged(drawn, members)), default=frozenset[str]())
    return best if len(merged(drawn, best)) < len(drawn) else frozenset()


def merged(drawn: Sequence[Arrow], members: frozenset[str]) -> list[Arrow]:
    """The arrows, with one from the group for each move that all of its members make to one target outside it."""
    given = {(arrow.source, arrow.target, arrow.text) for arrow in drawn}
    found = []
    for arrow in drawn:
        whole = arrow.source in members and arrow.target not in members
        whole = whole and all((state, arrow.target, arrow.text) in given for state in members)
        found.append(Arrow(GROUP, arrow.target, arrow.text) if whole else arrow)
    return list(dict.fromkeys(found))


def diagram(machine: type[Machine]) -> str:
    """The Mermaid state diagram of a machine."""
    drawn, words = arrows(machine), labels(machine)
    members = group(drawn, words)
    named = {state: f'state "{plain(words[state])}" as {state}' for state in words}
    lines = ["stateDiagram-v2", *(f"  {text}" for state, text in named.items() if state not in members)]
    lines += [
        f"  state {name} <<choice>>" for name in dict.fromkeys(arrow.target for arrow in drawn) if name not in words
    ]
    if members:
        inside = (f"    {text}" for state, text in named.items() if state in members)
        lines += [f'  state "In any of these" as {GROUP} {{', *inside, "  }"]
    lines.append(f"  [*] --> {machine.initial}")
    lines += [f"  {arrow.source} --> {arrow.target} : {plain(arrow.text)}" for arrow in merged(drawn, members)]
    return mermaid(lines)


def page(machine: type[Machine]) -> str:
    """The page of a machine: the diagram, then the facts that leave the state as it is."""
    words = labels(machine)
    leaves = kept(machine)
    rows = [
        [
            move.label,
            f"`{move.event}`",
            roles(move),
            ", ".join(words[state] for state in words if state in leaves[verb]),
        ]
        for verb, move in machine.moves().items()
        if leaves[verb]
    ]
    text = f"# {machine.title}\n\n{meaning(machine)}\n\n{diagram(machine)}"
    if rows:
        text += "\n## Facts that leave the state as it is\n\n"
        text += table(["Move", "Event", "By", "In the states"], rows)
    return text


def index(found: Mapping[str, type[Machine]]) -> str:
    """The list of diagrams and of the facts that belong to no machine."""
    rows = [[f"[{each.title}]({track}.md)", f"`{track}`", str(len(labels(each)))] for track, each in found.items()]
    facts_alone = [[each.label, f"`{each.event}`", ", ".join(sorted(each.by))] for each in OBSERVATIONS.values()]
    return (
        "# Diagrams\n\nA case has one coarse state machine, and each parallel track has its own. "
        "The [overview](overview.md) shows how the clocks join them.\n\n"
        + table(["Machine", "Track", "States"], rows)
        + "\n## Facts that belong to no machine\n\n"
        + table(["Fact", "Event", "By"], facts_alone)
    )


def labels(machine: type[Machine]) -> dict[str, str]:
    """The states in words, in the order in which they are declared."""
    meta: Any = machine._meta
    return {str(state): str(words) for state, words in meta.get_field("state").flatchoices}


def roles(move: Move) -> str:
    """Who may make a move."""
    return ", ".join(sorted(role.value for role in move.by))


def meaning(machine: type[Machine]) -> str:
    """What the machine is, in the sentence that its class opens with."""
    return (machine.__doc__ or machine.title).strip().split(". ")[0].split(".\n")[0].rstrip(".") + "."
