"""The journey of a case as a picture: tracks as lanes over time, with limits, alerts and treatment, and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from pathway.casefile.axis import Axis
from pathway.casefile.runs import Run
from pathway.engine.hold import Held
from pathway.engine.note import AFTER_ANY_END
from pathway.protocol.types import EXACT, Fact, Standard
from pathway.record.alert import Alert
from pathway.record.event import LATE
from pathway.record.step import OBSERVATIONS, Machine, machines, wording

LEFT, WIDTH, RIGHT = 190, 980, 30
TOP, LANE = 44, 34
LETTER = 7.2  # how wide a letter of a bar is, at most
NEAR, DROP = 30, 11
INSET = 9  # from the beginning of a bar to its words
DOT, FLAG, BOX = (-6, 6), (-3, 20), (-12, 12)
REACH = {"entry": DOT, "late": DOT, "unsure": DOT, "treatment": BOX, "limit": FLAG, "alert": FLAG}
OTHERS, ALERTS = "Observations and calls", "Alerts"
TREATMENT = frozenset(
    {"steroids.started", "radiotherapy.fraction", "surgery.started", "systemic.started", "bone_agent.given"}
)
FIRST, AROUND = timedelta(hours=48), timedelta(hours=24)
WINDOWS = {"all": "The whole case", "first": "First 48 hours", "now": "24 hours before and after now"}
LIMIT_WORDS = {
    "met": "met",
    "breached": "passed, then ended late",
    "overdue": "passed, not ended",
    "running": "to come",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A state for as long as it lasted; `unsure` is how much of its beginning is not known exactly, in units."""

    x: float
    width: float
    unsure: float
    words: str
    says: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """One instant on a lane. `shape`: entry, late, unsure, treatment, limit or alert; `state` is how a limit stands."""

    shape: str
    x: float
    says: str
    state: str = ""
    label: str = ""
    row: int = 0

    @property
    def drop(self) -> int:
        """How far below the top of its lane it stands."""
        return self.row * DROP


@dataclass(slots=True)
class Lane:
    """One row of a track."""

    title: str
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    y: int = 0

    @property
    def named(self) -> list[tuple[Bar, float | None]]:
        """The bars, each with where its words begin, clear of the marks; None where they have no room."""
        return [(bar, self.begin(bar)) for bar in self.bars]

    def begin(self, bar: Bar) -> float | None:
        """Where the words of a bar begin."""
        at, long = bar.x + INSET, len(bar.words) * LETTER
        for mark in sorted(self.marks, key=lambda mark: mark.x):
            left, right = (mark.x + side for side in REACH[mark.shape])
            if left < at + long and right > at:
                at = right + 2
        return at if at + long < bar.x + bar.width else None

    @property
    def height(self) -> int:
        """How high it is: room for all that stands under each other."""
        return max([LANE, *((mark.row + 1) * DROP + 4 for mark in self.marks)])


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table; `until` is None for an instant, or where it goes on."""

    lane: str
    what: str
    at: datetime
    until: datetime | None
    goes_on: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Journey:
    """The picture, and the same as a table. `beyond` is how many limits to come lie past its right edge."""

    axis: Axis
    window: str
    now: datetime
    lanes: list[Lane]
    lines: list[Line]
    beyond: int

    @property
    def height(self) -> int:
        """How high it is."""
        return TOP + sum(lane.height for lane in self.lanes) + 8

    @property
    def now_x(self) -> float | None:
        """Where now is, if it is in the picture."""
        return self.axis.x(self.now) if self.axis.has(self.now) else None


def journey(
    held: Held,
    runs: Sequence[Run],
    alerts: Sequence[Alert],
    standards: Mapping[str, Standard],
    *,
    now: datetime,
    ended: bool,
    window: str = "all",
) -> Journey:
    """Everything that has happened to a case by now, as far as the window shows it; the table holds all of it.

    Raises:
        KeyError: there is no such window.
    """
    happened = [fact for fact in held.facts if fact.kind not in AFTER_ANY_END]
    axis = stretch(happened, runs, now, window, ended=ended)
    until = max((fact.occurred_at for fact in happened), default=now) if ended else now
    drawing = Drawing(axis, until, goes_on=not ended)
    for machine, number, facts in rows(held):
        drawing.row(machine, f"{machine.title} {number}" if number > 1 else machine.title, facts)
    for fact in held.facts:
        if fact.kind in OBSERVATIONS:
            drawing.instant(drawing.lane(OTHERS), fact)
    for run in runs:
        drawing.limit(run)
    for alert in sorted(alerts, key=lambda each: each.raised_at):
        drawing.alert(alert, standards[alert.clock.standard])
    lanes = [drawing.lanes[title] for title in sorted(drawing.lanes, key=lambda title: title != ALERTS)]
    for place, lane in enumerate(lanes):
        lane.y = TOP + sum(each.height for each in lanes[:place])
    beyond = sum(run.clock.ended_at is None and run.clock.due_at > axis.ends for run in runs)
    return Journey(axis, window, now, lanes, sorted(drawing.lines, key=lambda line: line.at), beyond)


def rows(held: Held) -> list[tuple[type[Machine], int, list[Fact]]]:
    """The rows that were begun with their facts, as they began one after the other; 0 is the case itself."""
    begun = {(event.track, event.track_no) for event in held.standing if event.track_no} | {("case", 0)}
    found = [(machines()[track], number, held.row_facts(track, number)) for track, number in sorted(begun)]
    return sorted(found, key=lambda row: row[2][0].occurred_at)


def stretch(facts: Sequence[Fact], runs: Sequence[Run], now: datetime, window: str, *, ended: bool) -> Axis:
    """The time that the picture shows. Limits to come are in it as far as they leave room for what has been.

    Of a case that has ended it reaches to the last of `facts`. What may be said after any end, such as why a clock was
    late, is none of them: it may come months later, and the table has it. A follow-up comes before the end, and what a
    correction says is no fact of its own.
    """
    begins = min([fact.occurred_at for fact in facts] or [now])
    last = max([fact.occurred_at for fact in facts if ended] or [now])
    room = max((last - begins) / 2, timedelta(hours=6))
    ahead = [] if ended else [run.clock.due_at for run in runs if run.clock.ended_at is None]
    whole = max([last + room / 12, *(due + room / 12 for due in ahead if due <= last + room)])
    edges = {"all": (begins, whole), "first": (begins, begins + FIRST), "now": (now - AROUND, now + AROUND)}
    return Axis(*edges[window], LEFT, WIDTH)


def is_late(fact: Fact) -> bool:
    """Whether it was recorded later than the timeline calls in time."""
    recorded, width = fact.recorded_at, fact.width
    return recorded is not None and width is not None and recorded - fact.occurred_at - width > LATE


def notes(fact: Fact) -> tuple[str, ...]:
    """What the picture shows by its shape, in words."""
    unsure = ("time not known exactly",) if fact.width != EXACT else ()
    return (*unsure, *(("recorded late",) if is_late(fact) else ()))


@dataclass
class Drawing:
    """A journey while it is drawn."""

    axis: Axis
    until: datetime
    goes_on: bool
    lanes: dict[str, Lane] = field(default_factory=dict)
    tracks: dict[str, Lane] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def lane(self, title: str) -> Lane:
        """The lane of this title, begun where there is none yet."""
        return self.lanes.setdefault(title, Lane(title))

    def row(self, machine: type[Machine], title: str, facts: Sequence[Fact]) -> None:
        """A row of a track: its states as bars, its entries as marks."""
        lane = self.tracks[machine.track] = self.lane(title)
        changes: list[tuple[Fact, str]] = []
        for many, fact in enumerate(facts, 1):
            state = machine.folded(facts[:many])
            if not changes or changes[-1][1] != state:
                changes.append((fact, state))
        ends = [fact.occurred_at for fact, _ in changes[1:]]
        for (fact, state), until in zip(changes, [*ends, None], strict=True):
            self.bar(lane, fact, str(machine.words()[state]), until)
        for fact in facts:
            self.instant(lane, fact)

    def bar(self, lane: Lane, fact: Fact, words: str, until: datetime | None) -> None:
        """One state, from the entry that led to it."""
        goes_on = until is None and self.goes_on
        self.lines.append(Line(lane.title, words, fact.occurred_at, until, goes_on, notes(fact)))
        end = until or max(self.until, fact.occurred_at)
        if fact.occurred_at > self.axis.ends or end < self.axis.begins:
            return
        x, right = self.axis.x(fact.occurred_at), self.axis.x(end)
        unsure = min(self.axis.x(fact.surely_by), right) - x if fact.width != EXACT else 0.0
        lane.bars.append(
            Bar(x, round(max(right - x, 2), 1), round(unsure, 1), words, f"{lane.title}: {words}", goes_on)
        )

    def instant(self, lane: Lane, fact: Fact) -> None:
        """One entry."""
        done, said = wording(fact.kind), notes(fact)
        is_treatment = fact.kind in TREATMENT
        if is_treatment or lane.title == OTHERS:
            self.lines.append(Line(lane.title, done, fact.occurred_at, None, notes=said))
        shape = "unsure" if fact.width != EXACT else "late" if is_late(fact) else "entry"
        if self.axis.has(fact.occurred_at):
            words = ", ".join([done, *said])
            lane.marks.append(Mark("treatment" if is_treatment else shape, self.axis.x(fact.occurred_at), words, shape))

    def limit(self, run: Run) -> None:
        """The limit of a clock, on the lane of the track that ends it."""
        due, said = run.clock.due_at, run.said
        track = run.standard.clears.split(".", maxsplit=1)[0]
        lane = self.tracks.get(track) or self.lane(OTHERS)
        words = f"Limit: {run.standard.label}"
        how = LIMIT_WORDS.get(said, said)
        self.lines.append(Line(lane.title, words, due, None, notes=(how,)))
        if self.axis.has(due):
            lane.marks.append(Mark("limit", self.axis.x(due), f"{words}, {how}", said))

    def alert(self, alert: Alert, standard: Standard) -> None:
        """One alert, beside those of about the same time."""
        lane, at = self.lane(ALERTS), alert.raised_at
        late = ("late entry",) if alert.late_entry else ()
        words = f"Alert {alert.level}: {standard.label}"
        self.lines.append(Line(lane.title, words, at, alert.stood_down_at, alert.stood_down_at is None, late))
        if self.axis.has(at):
            x = self.axis.x(at)
            near = {mark.row for mark in lane.marks if x - mark.x < NEAR}
            row = next(each for each in count() if each not in near)
            lane.marks.append(Mark("alert", x, words, "open" if alert.stood_down_at is None else "", alert.level, row))
