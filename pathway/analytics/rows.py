"""The rows of an export: what stands in each column, with codes in place of names and no free text unless asked for."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.utils.crypto import salted_hmac

from pathway import protocol
from pathway.analytics.snapshot import Row
from pathway.engine.correct import asked_by
from pathway.engine.hush import SUSPEND, VOID
from pathway.protocol.hours import LONDON
from pathway.protocol.merged import united
from pathway.protocol.types import Fact
from pathway.record.ask import Asks, Instant
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import CORRECTED, Event, fact, standing
from pathway.record.measure import KEPT
from pathway.record.step import wording

Cell = str | int | float
CODED = (forms.ChoiceField, forms.IntegerField, forms.FloatField, forms.DateField, forms.BooleanField, Instant)
ABOUT_CLOCKS: Mapping[str, Asks] = {"clock.suspended": SUSPEND, "clock.voided": VOID}
MADE_BY_THE_SERVICE = {KEPT, "clock", "class", "into"}
DECADE, YOUNG, OLD = 10, 40, 90
# Rows are made as Django makes them of a query: by keywords it takes ten times as long.
OF_EVENT, OF_CLOCK = ([field.attname for field in model._meta.concrete_fields] for model in (Event, Clock))


def utc(at: datetime | None) -> str:
    """`2026-03-02T09:00:00Z`; empty for nothing."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else ""


def london(at: datetime | None) -> str:
    """`2026-03-02 09:00:00 GMT`, by the clock on the wall in the United Kingdom."""
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M:%S %Z}" if at else ""


@lru_cache(maxsize=4096)
def code(pk: int | None) -> str:
    """The code of a case."""
    return Case(pk=pk).code if pk else ""


def age_band(born: date | None, at: datetime) -> str:
    """Ten years each: `60-69`; the young and the old together, and nothing where the birth date is not known."""
    if born is None:
        return ""
    day = at.astimezone(LONDON).date()
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    first = years // DECADE * DECADE
    return f"under {YOUNG}" if years < YOUNG else f"{OLD} and over" if years >= OLD else f"{first}-{first + DECADE - 1}"


@lru_cache(maxsize=4096)
def somebody(uuid: UUID | None) -> str:
    """A person as a code: the same in each export, and without the key of this service nobody."""
    return f"S{salted_hmac('pathway.export', str(uuid), algorithm='sha256').hexdigest()[:10]}" if uuid else ""


@cache
def chosen(kind: str) -> frozenset[str]:
    """The answers of a kind of entry that are chosen or counted, not typed in words."""
    asks = ABOUT_CLOCKS.get(kind) or asked_by(kind)
    return frozenset(name for name, field in asks.items() if isinstance(field, CODED)) | MADE_BY_THE_SERVICE


def coded(kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that were chosen or counted, and that somebody let it pass: what was typed in words is left out."""
    kept = chosen(kind)
    found = {name: value for name, value in answers.items() if name in kept}
    return found | ({"override": True} if answers.get("override") else {})


@cache
def worded(kind: str) -> str:
    """A kind of entry in words."""
    return wording(kind)


@dataclass(frozen=True, slots=True)
class Words:
    """Whether answers are given with what was typed in words."""

    free_text: bool

    def said(self, kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers that may be given."""
        return dict(answers) if self.free_text else coded(kind, answers)

    def written(self, kind: str, answers: Mapping[str, Any]) -> str:
        """The same as JSON; empty where there are none."""
        said = self.said(kind, answers)
        return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


def times(name: str) -> tuple[str, str]:
    """The two columns of a time."""
    return f"{name}_utc", f"{name}_london"


def both(at: datetime | None) -> tuple[str, str]:
    """The two cells of a time."""
    return utc(at), london(at)


CASES = ("case", "unit", "nation", "class", "state", "open", *times("suspected"), "age_band", "protocol", "follows",
         "merged")  # fmt: skip
ENTRIES = ("case", "recorded_on", "entry", "kind", "words", "track_number", *times("happened"), "precision",
           *times("recorded"), "by", "status", "answers", "corrects", "moved_from", *times("first_said"),
           "first_answers")  # fmt: skip
CLOCKS = ("case", "clock", "words", "run", *times("started"), "started_width_minutes", *times("entered"),
          *times("amber"), *times("due"), *times("ended"), "ended_width_minutes", "outcome", "stands", "minutes",
          *times("suspended_until"))  # fmt: skip
MEANT = {
    "..._utc": "a time in UTC, ISO 8601", "..._london": "the same instant by the clock on the wall, with its zone",
    "case": "code of the case; of an entry on a case that was merged, the case that it was merged into",
    "age_band": "age when compression was suspected, in tens of years",
    "follows": "earlier case of the same patient", "merged": "cases that were merged into this one",
    "recorded_on": "case on which it was recorded", "by": "who recorded it, as a code that is the same in each export",
    "precision": "how exactly the time is known; a coarser one is given by its earliest minute",
    "status": "stands, corrected (as given here), taken back, or correction (of the entry in corrects)",
    "answers": "JSON, as they stand", "first_said_...": "time as first recorded, where it was corrected since",
    "first_answers": "answers as first recorded, where they were corrected since",
    "..._width_minutes": "how much later it may have been; empty: not known, or not ended",
    "run": "which of several at one instant",
    "entered": "when the start was recorded", "minutes": "from start to end, or until the export; earliest times",
    "stands": "met, breached, uncertain, running, overdue, or the outcome; judged as on the pages, at the export",
}  # fmt: skip


def of_case(row: Row) -> tuple[Cell, ...]:
    """One row of the cases."""
    return (
        code(row["pk"]), row["unit__name"], row["unit__nation"], row["klass"], row["state"],
        "yes" if row["is_open"] else "no", *both(row["suspected_at"]),
        age_band(row["patient__birth_date"], row["suspected_at"]), row["protocol"], code(row["follows_id"]),
        " ".join(code(pk) for pk in row["merged"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was recorded, and as it stands; None once it was taken back, or for a correction."""

    row: Row
    event: Event
    stands: Event | None

    @property
    def status(self) -> str:
        """What became of it."""
        if self.event.kind == CORRECTED:
            return "correction"
        return "taken back" if self.stands is None else "stands" if self.stands is self.event else "corrected"

    def cells(self, words: Words) -> tuple[Cell, ...]:
        """One row of the entries."""
        row, kind = self.row, self.event.kind
        now = self.stands or self.event
        moved = now.occurred_at != self.event.occurred_at
        changed = now.answers != self.event.answers
        return (
            code(row["subject"]), code(row["case_id"]), str(self.event.uuid), kind, worded(kind),
            self.event.track_no, *both(now.occurred_at), now.precision, *both(self.event.recorded_at),
            somebody(self.event.by_uuid), self.status, words.written(kind, now.answers),
            str(row["corrects__uuid"] or ""), str(row["moved_from__uuid"] or ""),
            *both(self.event.occurred_at if moved else None),
            words.written(kind, self.event.answers) if changed else "",
        )  # fmt: skip


def event_of(row: Row) -> Event:
    """The entry of a row; nobody's name is read."""
    known = {**row, "id": row["pk"], "answers": json.loads(row["answers"]), "by": ""}
    return Event.from_db(None, OF_EVENT, [known.get(name) for name in OF_EVENT])


def by_case(rows: Iterable[Row]) -> Iterator[tuple[int, list[Entry]]]:
    """The entries of one case after the other, with those of the cases merged into it, in the order of recording."""
    for subject, group in groupby(rows, key=lambda row: row["subject"]):
        listed = list(group)
        events = [event_of(row) for row in listed]
        stands = {event.pk: event for event in standing(events)}
        pairs = zip(listed, events, strict=True)
        yield subject, [Entry(row, event, stands.get(event.pk)) for row, event in pairs]


def trace(subject: int, entries: Iterable[Entry]) -> list[tuple[Fact, Entry]]:
    """What stands of a case, in the order in which it happened, as its clocks read it."""
    known = {entry.event.pk: entry for entry in entries}
    facts = [(fact(entry.stands), entry.event.case_id == subject) for entry in known.values() if entry.stands]
    own, theirs = ([each for each, mine in facts if mine is wanted] for wanted in (True, False))
    return [(each, known[each.id]) for each in united(own, theirs)]


def clock_of(row: Row) -> Clock:
    """The clock of a row."""
    known = {**row, "id": row["pk"]}
    return Clock.from_db(None, OF_CLOCK, [known.get(name) for name in OF_CLOCK])


def minutes(length: Any) -> Cell:
    """A length in whole minutes; empty for nothing."""
    return "" if length is None else int(length.total_seconds() // 60)


def of_clock(row: Row, at: datetime) -> tuple[Cell, ...]:
    """One row of the clocks, as it stood at an instant."""
    until = row["ended_at"] or at
    return (
        code(row["case_id"]), row["standard"], protocol.label(row["case__protocol"], row["standard"]), row["nth"],
        *both(row["started_at"]), minutes(row["start_width"]), *both(row["entered_at"]), *both(row["amber_at"]),
        *both(row["due_at"]), *both(row["ended_at"]), minutes(row["end_width"]) if row["ended_at"] else "",
        row["outcome"] or "running", clock_of(row).said(at), minutes(until - row["started_at"]),
        *both(row["suspended_until"]),
    )  # fmt: skip
