"""The hand-over sheet of one case as it is told: situation, background, assessment, recommendation, on one page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pathway.casefile.read import CaseFile
from pathway.casefile.runs import Due
from pathway.casefile.spine import spine
from pathway.casefile.words import answers_said
from pathway.protocol.hours import KNOWN_TO, Precision
from pathway.protocol.types import EXACT, Fact
from pathway.record.case import Case
from pathway.record.step import wording
from pathway.templatetags.pathway import local_time

MANY = 6
Told = tuple[str, list[str]]
STANDS = ("imaging", "position", "stability", "steroids", "decision", "consent", "radiotherapy", "surgery", "transfer")
BACKGROUND = (
    *("case.admitted", "case.confirmed", "case.impending", "case.supportive_care", "case.declined"),
    *("imaging.contraindicated", "steroids.withheld"),
)
LATELY = (
    *("imaging.communicated", "stability.advised", "opinion.surgical", "opinion.oncology", "decision.made"),
    *("contact.advised", "case.planned"),
)
BEDSIDE = ("neuro.examined", "mobility.assessed", "pain.scored", "bladder.scanned", "vte.assessed", "case.deteriorated")
# What fits on a page of A4: letters in a line and lines, in the usual and in the small letters of sheet.css.
USUAL, SMALL = (72, 58), (92, 74)
FITS = ((800, USUAL), (320, USUAL), (320, SMALL), (160, SMALL), (100, SMALL), (60, SMALL), (40, SMALL))


@dataclass(frozen=True, slots=True)
class Section:
    """One letter of the four, with its lines."""

    letter: str
    title: str
    lines: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The four parts, cut so that they fit on one page; `is_small` where only small letters make room."""

    sections: list[Section]
    is_small: bool


def sbar(file: CaseFile) -> Sheet:
    """Everything that fits on one page; what is left out is counted or marked, and stands on the page of the case."""
    told = {
        "Situation": situation(file),
        "Background": background(file),
        "Assessment": assessment(file),
        "Recommendation": recommendation(file),
    }
    for longest, paper in FITS:
        made = [Section(title[0], title, cut(parts, longest)) for title, parts in told.items()]
        if lines(made, paper[0]) <= paper[1]:
            break
    return Sheet(made, paper is SMALL)


def lines(sections: Sequence[Section], letters: int) -> int:
    """How many lines it takes."""
    return sum(-(-len(value) // letters) for section in sections for _, value in section.lines)


def situation(file: CaseFile) -> list[Told]:
    """How the case stands, its open alerts and its clocks, the first to breach on top."""
    case, now = file.case, file.now
    alerts = [f"{alert.level} {standard.label}, raised {local_time(alert.raised_at, now)}" for alert, standard in
              file.alerts]  # fmt: skip
    clocks = [f"{run.standard.label}: {run.said}, due {local_time(run.clock.due_at, now)}" for run in file.running]
    return [
        ("Stands", [f"Class {case.klass}. {file.ended or Case.State(case.state).label}"]),
        ("Contradictions", few(each.prompt.sentence for each in file.contradictions)),
        ("Open alerts", few(alerts) or ["none"]),
        ("Clocks", few(clocks) or ["none runs"]),
    ]


def background(file: CaseFile) -> list[Told]:
    """The suspicion and what was found."""
    return [("Suspected", said(file, file.suspicion)), *newest(file, BACKGROUND)]


def assessment(file: CaseFile) -> list[Told]:
    """The spine, the bedside, and the state of each track that bears on the next hours."""
    known = spine(file.held.facts, file.scores)
    levels = few(f"{each.level} {each.words}" for each in known.known)
    by_track = {track.track: track for track in file.tracks}
    states = [
        (by_track[key].title, [row.words, *row.details])
        for key in STANDS
        for row in by_track[key].rows[-1:]
        if not row.new
    ]
    about = [(label, [value]) for label, value, _ in known.about if label != "SINS of the patient"]
    return [("Spine", levels or ["no level recorded"]), *about, *newest(file, BEDSIDE), *states]


def recommendation(file: CaseFile) -> list[Told]:
    """What is to be done by whom and by when, with the newest opinions and decisions."""
    due = [each for each in file.todo if isinstance(each, Due)]
    asked = few(each.prompt.sentence for each in file.todo if not isinstance(each, Due))
    left = len(due) - MANY
    more = [("And", [f"{left} more on the page of the case"])] if left > 0 else []
    return [*(by_when(file, each) for each in due[:MANY]), *more, ("Also", asked), *newest(file, LATELY)]


def by_when(file: CaseFile, each: Due) -> Told:
    """What is recorded next, whose it is, and by when."""
    run = each.run
    label = run.way.label or run.standard.label
    return label, [f"{run.standard.holder}, by {local_time(run.clock.due_at, file.now)} ({run.said})"]


def newest(file: CaseFile, kinds: Iterable[str]) -> list[Told]:
    """The newest entry of each of these kinds, where there is one."""
    last = {fact.kind: fact for fact in file.held.facts}
    return [(wording(kind), said(file, last[kind])) for kind in kinds if kind in last]


def said(file: CaseFile, fact: Fact) -> list[str]:
    """When an entry happened and what it says."""
    answers = answers_said(fact.kind, fact.answers, file.standards)
    told = "; ".join(f"{label.removesuffix(' (name and role)')} {value}" for label, value in answers)
    exactly = "" if fact.width == EXACT else f", {KNOWN_TO[Precision.UNKNOWN]}"
    return [f"{local_time(fact.occurred_at, file.now)}{exactly}. {told}".strip()]


def few(words: Iterable[str]) -> list[str]:
    """The first of them, and how many more there are."""
    every = list(words)
    return [*every[:MANY], *([f"and {len(every) - MANY} more"] if len(every) > MANY else [])]


def cut(told: Sequence[Told], longest: int) -> list[tuple[str, str]]:
    """The lines that say something, each part of them cut."""
    return [(label, "; ".join(short(part, longest) for part in parts)) for label, parts in told if parts]


def short(words: str, longest: int) -> str:
    """Words cut to a length, with a mark where something is left out."""
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"
