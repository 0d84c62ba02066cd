"""The hand-over sheet of one case as it is told: situation, background, assessment, recommendation."""

from collections.abc import Iterable
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

MANY, LONG = 6, 160
Line = tuple[str, str]
STANDS = ("imaging", "position", "stability", "steroids", "decision", "consent", "radiotherapy", "surgery", "transfer")
BACKGROUND = ("case.admitted", "case.confirmed", "case.impending", "imaging.contraindicated", "steroids.withheld")
LATELY = ("imaging.communicated", "stability.advised", "opinion.surgical", "opinion.oncology", "decision.made")
BEDSIDE = ("neuro.examined", "mobility.assessed", "pain.scored", "bladder.scanned", "vte.assessed", "case.deteriorated")


@dataclass(frozen=True, slots=True)
class Section:
    """One letter of the four, with its lines."""

    letter: str
    title: str
    lines: list[Line]


def sbar(file: CaseFile) -> list[Section]:
    """Everything that fits on one page; what is left out is counted, and stands on the page of the case."""
    return [
        Section("S", "Situation", situation(file)),
        Section("B", "Background", background(file)),
        Section("A", "Assessment", assessment(file)),
        Section("R", "Recommendation", recommendation(file)),
    ]


def situation(file: CaseFile) -> list[Line]:
    """How the case stands, its open alerts and its clocks, the first to breach on top."""
    case = file.case
    alerts = [
        f"{alert.level} {standard.label}, raised {local_time(alert.raised_at, file.now)}"
        for alert, standard in file.alerts
    ]
    clocks = [f"{run.standard.label}: {run.said}, due {local_time(run.clock.due_at, file.now)}" for run in file.running]
    return [
        ("Stands", f"Class {case.klass}. {file.ended or Case.State(case.state).label}"),
        ("Contradictions", few(each.prompt.sentence for each in file.contradictions)),
        ("Open alerts", few(alerts) or "none"),
        ("Clocks", few(clocks) or "none runs"),
    ]


def background(file: CaseFile) -> list[Line]:
    """The suspicion and what was found."""
    first = file.suspicion
    return [("Suspected", said(file, first)), *newest(file, BACKGROUND)]


def assessment(file: CaseFile) -> list[Line]:
    """The spine, the bedside, and the state of each track that bears on the next hours."""
    known = spine(file.held.facts, file.scores)
    levels = few(f"{each.level} {each.words}" for each in known.known)
    by_track = {track.track: track for track in file.tracks}
    states = [
        (by_track[key].title, "; ".join([row.words, *row.details]))
        for key in STANDS
        for row in by_track[key].rows[-1:]
        if not row.new
    ]
    about = [(label, value) for label, value, _ in known.about if label != "SINS of the patient"]
    return [("Spine", levels or "no level recorded"), *cut(about), *newest(file, BEDSIDE), *cut(states)]


def recommendation(file: CaseFile) -> list[Line]:
    """What is to be done by whom and by when, with the newest opinions and decisions."""
    todo = [(doing(each), by_when(file, each)) for each in file.todo[:MANY] if isinstance(each, Due)]
    asked = [("Also", few(each.prompt.sentence for each in file.todo if not isinstance(each, Due)))]
    left = len([each for each in file.todo if isinstance(each, Due)]) - len(todo)
    more = [("And", f"{left} more on the page of the case")] if left > 0 else []
    return [*todo, *more, *asked, *newest(file, LATELY)]


def doing(each: Due) -> str:
    """What is recorded next."""
    return each.run.way.label or each.run.standard.label


def by_when(file: CaseFile, each: Due) -> str:
    """Whose it is, and by when."""
    return f"{each.run.standard.holder}, by {local_time(each.run.clock.due_at, file.now)} ({each.run.said})"


def newest(file: CaseFile, kinds: Iterable[str]) -> list[Line]:
    """The newest entry of each of these kinds, where there is one."""
    last = {fact.kind: fact for fact in file.held.facts}
    return [(wording(kind), said(file, last[kind])) for kind in kinds if kind in last]


def said(file: CaseFile, fact: Fact) -> str:
    """When an entry happened and what it says, cut to what fits."""
    answers = "; ".join(f"{label} {value}" for label, value in answers_said(fact.kind, fact.answers, file.standards))
    exactly = "" if fact.width == EXACT else f" ({KNOWN_TO[Precision.UNKNOWN]})"
    return short(f"{local_time(fact.occurred_at, file.now)}{exactly}. {answers}")


def few(words: Iterable[str]) -> str:
    """The first of them in one line, and how many more there are."""
    every = list(words)
    more = [f"and {len(every) - MANY} more"] if len(every) > MANY else []
    return "; ".join([*map(short, every[:MANY]), *more])


def cut(lines: Iterable[Line]) -> list[Line]:
    """Each line cut to what fits."""
    return [(label, short(value)) for label, value in lines]


def short(words: str) -> str:
    """Words cut to what fits, with a mark where something is left out."""
    return words if len(words) <= LONG else f"{words[: LONG - 1].rstrip()}…"
