"""The page of the whole pathway: the phases that a case goes through, and the clocks from event to event."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from pathway.protocol.phase import ENDS, GONE, LEADS_TO, PHASES
from pathway.protocol.types import On, Protocol
from pathway.record.step import machines, wording

FOUND = ("confirmed", "impending", "metastases_only", "excluded", "supportive_care")
WAY = (
    *("suspected", "referred", "triaged", "imaging", "result", "found_"),
    *("decided", "treating", "rehabilitating", "discharging", "follow_up"),
)
WORDS = {"neuro": "Examination", "followup": "Follow-up"}


def overview(version: Protocol) -> str:
    """The page, with the clocks of a version."""
    return (
        "# The pathway\n\n## Phases\n\nA case goes forward to the furthest phase that a recorded event leads to, and "
        "may skip what nobody recorded. It goes back where a scan did not answer, where a newer verdict differs, where "
        "another treatment is decided on or begins, and where it is reopened after a result. Tracks run beside each "
        f"other within these phases.\n\n{drawn(phases())}\n"
        f"## Clocks\n\nEvery clock of protocol {version.version}, drawn from the event that usually starts it to the "
        "event that clears it. All starts and endings are in the "
        f"[clock table](../protocol/{version.version}.md).\n\n{drawn(clocks(version))}"
    )


def phases() -> list[str]:
    """The state diagram of the phases."""
    named = {phase: f'state "{plain(words)}" as {phase}' for phase, words in PHASES.items()}
    inside = [phase for phase in PHASES if phase not in ENDS and phase not in FOUND]
    found = [f"      {named[phase]}" for phase in FOUND]
    lines = ["stateDiagram-v2", '  state "The case is open" as open_ {', *(f"    {named[phase]}" for phase in inside)]
    lines += ['    state "What was found" as found_ {', *found, "    }", f"    [*] --> {WAY[0]}"]
    for before, phase in pairwise(WAY):
        events = [] if phase == "found_" else kinds_to(phase)
        lines.append(f"    {before} --> {phase}" + (f" : {', '.join(events)}" if events else ""))
    lines += [
        f"    supportive_care --> discharging : {', '.join(kinds_to('discharging'))}",
        f"    rehabilitating --> decided : {', '.join(kinds_to('decided'))}",
        f"    excluded --> suspected : {plain(wording('case.reopened'))}",
        f"    result --> imaging : {plain(wording('imaging.communicated'))}, not diagnostic",
        f"    referred --> advice_only : {plain(wording('referral.triaged'))}, advice only",
        *("  }", *(f"  {named[phase]}" for phase in PHASES if phase in ENDS)),
        f"  open_ --> declined : {plain(wording('case.declined'))}, everything",
        *(f"  open_ --> {phase} : {', '.join(kinds_to(phase))}" for phase in PHASES if phase in ENDS - {"declined"}),
    ]
    again = plain(wording("case.reopened"))
    return [*lines, *(f"  {phase} --> open_ : {again}" for phase in PHASES if phase in ENDS - GONE)]


def kinds_to(phase: str) -> list[str]:
    """The events that lead to a phase, in words."""
    return [plain(wording(kind)) for kind, to in LEADS_TO.items() if to == phase]


def clocks(version: Protocol) -> list[str]:
    """The flow chart of the clocks, events by track."""
    edges = [(start, standard.clears, standard.label) for standard in version.all for start in begins(standard.starts)]
    tracks: dict[str, list[str]] = defaultdict(list)
    for kind in dict.fromkeys(kind for start, end, _ in edges for kind in (start, end)):
        tracks[kind.split(".", maxsplit=1)[0]].append(kind)
    lines = ["flowchart LR"]
    for track, kinds in tracks.items():
        lines.append(f'  subgraph {track}_["{plain(title(track))}"]')
        lines += [f'    {node(kind)}["{plain(wording(kind))}"]' for kind in kinds]
        lines.append("  end")
    return lines + [f'  {node(start)} -->|"{plain(label)}"| {node(end)}' for start, end, label in edges]


def title(track: str) -> str:
    """The name of a machine, or of the facts that belong to none."""
    machine = machines().get(track)
    return machine.title if machine else WORDS.get(track, track.capitalize().replace("_", " "))


def begins(starts: On) -> Iterator[str]:
    """The first kind of event of each part of a start."""
    for part in starts.parts:
        yield part[0][0]


def node(kind: str) -> str:
    """A name that Mermaid takes for an event kind."""
    return kind.replace(".", "_")


def drawn(lines: list[str]) -> str:
    """A diagram as Markdown holds it."""
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def plain(words: str) -> str:
    """Words without the signs that mean something to Mermaid."""
    return words.replace('"', "'").replace(":", ",").replace(";", ",")
