"""What a therapist needs at the bedside: the position ordered, how somebody walks, the ladder, the minutes, home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pathway.casefile.read import CaseFile, read
from pathway.casefile.runs import Run
from pathway.casefile.scores import Reading, Series, scores_of
from pathway.casefile.sources import as_held, events_of
from pathway.casefile.tracks import Blocked, Offer, Row
from pathway.engine.bedside import UNDO
from pathway.engine.hold import Held
from pathway.engine.worse import reported_with
from pathway.protocol.hours import LONDON
from pathway.protocol.past import Past
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.event import Event, fact
from pathway.record.person import User
from pathway.record.step import wording
from pathway.record.therapy import STEPPED, STOPPED, WEEK, Dose, Item, Tried, dose, holding, ladder, measured, readiness
from pathway.scales.mobility import MOBILITY
from pathway.scales.types import Option
from pathway.steps.position import lies

MEASURED = {"pain": "Pain", "systolic": "Pressure"}
CODES = {option.key: option for option in MOBILITY.items[0].options}


@dataclass(frozen=True, slots=True)
class Tile:
    """The order by which the patient lies, sits or moves; `entry` is None while there is none."""

    words: str
    degrees: int | None
    log_roll: bool
    brace: str
    entry: Event | None
    order: Fact | None
    lapses: datetime | None
    lapsed: bool
    review: Run | None
    row: Row

    @property
    def decided_by(self) -> str:
        """Who decided, as the order names them."""
        answers = self.entry.answers if self.entry else {}
        named = (answers.get(name) for name in ("ordered_by", "reviewed_by", "cleared_by"))
        return next(filter(None, named), self.entry.by if self.entry else "")


@dataclass(frozen=True, slots=True)
class Choice:
    """What one tap records beside the grades themselves."""

    word: str
    option: Option


@dataclass(frozen=True, slots=True)
class Done:
    """What has just been recorded: how it compares, what was reported with it, and until when it may be undone."""

    event: Event
    words: str
    reading: Reading | None
    report: Event | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True)
class Bedside:
    """Everything that the pages at the bedside show."""

    file: CaseFile
    tile: Tile
    tried: list[Tried]
    row: Row
    step: Offer | None
    blocked: Blocked | None
    dose: Dose
    items: list[Item]
    grades: list[Reading]

    @property
    def holds(self) -> Item | None:
        """What holds the date of going home."""
        return holding(self.items)

    @property
    def is_up(self) -> bool:
        """Whether the patient has been sat up: a step may then be stopped, whatever stands against the next."""
        return self.row.state >= "R2"

    @property
    def degrees(self) -> int | None:
        """The angle at which the patient sits, where the newest entry is that of the step in progress."""
        newest = self.tried[-1].fact if self.tried else None
        sits = newest and newest.kind == STEPPED and newest.answers["step"] == self.row.state
        return newest.answers.get("degrees") if newest and sits else None

    @property
    def before(self) -> list[tuple[str, Any, datetime]]:
        """Pain and pressure as they were last measured on the ladder, each with its time."""
        found = [(words, name, measured((each.fact for each in self.tried), name)) for name, words in MEASURED.items()]
        return [(words, fact.answers[name], fact.occurred_at) for words, name, fact in found if fact]

    @property
    def reasons(self) -> list[str]:
        """Why the patient may not be sat up."""
        return list(self.blocked.why if self.blocked else self.step.missing.values() if self.step else ())

    @property
    def choices(self) -> list[Choice]:
        """Same, better and worse, each with the grade that it stands for; a step only from what was measured."""
        if not self.grades:
            return []
        newest = self.grades[0].score
        found = [Choice("Same", CODES[newest.grade])]
        if newest.least is None:
            return found
        nearest = {option.points: option for option in CODES.values() if option.points}
        beside = (("Better", newest.least - 1), ("Worse", newest.least + 1))
        return [*found, *(Choice(word, nearest[points]) for word, points in beside if points in nearest)]


def bedside(case: Case, user: User) -> Bedside:
    """A case as a therapist sees it."""
    file = read(case, user)
    held = as_held(case, file.now, events_of(case))
    rows = next(track.rows for track in file.tracks if track.track == "rehabilitation")
    offers = [offer for offer in rows[-1].offers if offer.move.verb == "step_up"]
    blocked = [each for each in rows[-1].blocked if each.move.verb == "step_up"]
    return Bedside(
        file=file,
        tile=tile(file, held),
        tried=ladder(held.facts),
        row=rows[-1],
        step=next(iter(offers), None),
        blocked=next(iter(blocked), None),
        dose=dose(held.facts, file.now - WEEK),
        items=readiness(held.facts, file.now.astimezone(LONDON).date()),
        grades=grades(file.scores),
    )


def tile(file: CaseFile, held: Held) -> Tile:
    """The position as it is ordered."""
    past = Past(held.now, held.facts)
    now = lies(past)
    brace = past.last("orthosis.fitted")
    row = next(track.rows for track in file.tracks if track.track == "position")[-1]
    answers = now.order.answers if now.order else {}
    return Tile(
        words=now.words,
        degrees=answers.get("degrees"),
        log_roll=answers.get("log_roll") is True,
        brace=f"{brace.answers['device']}, {brace.answers['region']}".capitalize() if brace else "",
        entry=held.entry(now.order.id) if now.order else None,
        order=now.order,
        lapses=now.lapses,
        lapsed=now.lapsed,
        review=next((run for run in file.running if run.standard.key == "flat_review"), None),
        row=row,
    )


def grades(every: Sequence[Series]) -> list[Reading]:
    """The grades of mobility, newest first."""
    return next((series.readings for series in every if series.key == MOBILITY.key), [])


def words_of(event: Event) -> str:
    """What an entry of the bedside says happened: a step of the ladder by its name."""
    if event.kind not in (STEPPED, STOPPED):
        return wording(event.kind)
    tried = Tried(fact(event), None)
    return tried.words + (f", stopped because of {tried.stopped}" if tried.stopped else "")


def done(case: Case, submission: UUID, now: datetime, user: User) -> Done | None:
    """What a form has just recorded; None where it recorded nothing that still stands."""
    held = as_held(case, now, events_of(case))
    made = {each.pk for each in held.events if each.submission == submission}
    event = next((each for each in held.standing if each.pk in made), None)
    if event is None:
        return None
    standing = {each.pk for each in held.standing}
    report, until = reported_with(event, held.events), event.recorded_at + UNDO
    return Done(
        event=event,
        words=words_of(event),
        reading=next((each for each in grades(scores_of(case)) if each.event.pk == event.pk), None),
        report=report if report and report.pk in standing else None,
        undo_until=until if event.by_uuid == user.uuid and now <= until else None,
    )
