"""A row of a file of past cases: what it tells, read as every other door reads it, and what it is known by."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import MultipleChoiceField

from pathway.engine.correct import asked_by
from pathway.engine.note import checked
from pathway.engine.refused import Invalid
from pathway.engine.suspect import KIND
from pathway.protocol.hours import Precision, earliest, latest, shown
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import KINDS, VOIDED_BY, ends_case, place
from pathway.record import nhs_number
from pathway.record.ask import Asks, Happened, Text, text, unanswered
from pathway.record.csv_table import Line, NotATable, Problem
from pathway.record.step import OBSERVATIONS, made_by, wording

COLUMNS = ("case", "nhs_number", "unit", "event", "time", "precision", "answers", "who", "note")
ANSWER = "answer."
DAY_ONLY = 10  # letters of 2026-03-02
ABOUT: Asks = {
    "case": Text(label="Case", max_length=40, error_messages=unanswered("Case")),
    "who": text("Who", required=False),
    "note": text("Note", required=False, long=True),
}
WHEN = Happened(label="Time")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was understood."""

    number: int
    case: str
    nhs: str
    unit: str
    kind: str
    at: datetime
    precision: str
    answers: Mapping[str, Any]
    override: Mapping[str, Any] | None
    who: str
    note: str

    @property
    def words(self) -> str:
        """`Compression suspected, 09:40 on 2 March 2026`."""
        return f"{wording(self.kind)}, {shown(self.at, self.precision)}"

    @property
    def digest(self) -> str:
        """What the entry says; not who had done it, nor a note: these make no other entry of it."""
        said = [self.kind, self.at.isoformat(), self.precision, self.answers, self.override]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def turn(self) -> tuple[Any, ...]:
        """When it is entered among the rows of its case: the suspicion first, then in the order of what happened.

        What ended a case on some day comes after what else is known of that day.
        """
        fact = Fact(self.kind, self.at, self.answers)
        ended = latest(self.at, self.precision) if ends_case(fact) else self.at
        return (self.kind != KIND, place(Fact(self.kind, ended, self.answers)), self.number)


def row_of(line: Line) -> Row:
    """What a row tells.

    Raises:
        NotATable: with every cell that is wrong.
    """
    cells, problems = line.cells, list[Problem]()

    def read(column: str, how: Any) -> Any:
        try:
            return how()
        except Invalid as refusal:
            told = [f"{name}: {' '.join(errors)}" for name, errors in refusal.fields.items()]
            problems.append(Problem(line.row, column, " ".join(told)))
        except (ValidationError, nhs_number.NotAnNhsNumber, ValueError) as error:
            problems.append(Problem(line.row, column, " ".join(getattr(error, "messages", [str(error)]))))
        return None

    case, who, note = (read(name, partial(field.clean, cells[name])) for name, field in ABOUT.items())
    number = read("nhs_number", lambda: nhs_number.clean(cells["nhs_number"]) if cells["nhs_number"] else "")
    kind = read("event", lambda: importable(cells["event"].casefold()))
    when = read("time", lambda: time_of(cells["time"], cells["precision"].casefold()))
    given, override = (read("answers", lambda: answers_of(cells, kind)) if kind else None) or ({}, None)
    if problems:
        raise NotATable(*problems)
    return Row(
        line.row, case, number, cells["unit"], kind, earliest(when.at, when.precision), when.precision, given,
        override, who, note,
    )  # fmt: skip


def importable(kind: str) -> str:
    """A kind of event that a file may tell.

    Raises:
        ValueError: there is none of that name, or it is about clocks, corrections or two cases.
    """
    if kind in VOIDED_BY:
        raise ValueError("A case that was entered in error, or merged, is left out of the file.")
    move = made_by(kind)
    if kind == KIND or kind in OBSERVATIONS or (move and not move[1].page):
        return kind
    raise ValueError(f"{kind or 'Nothing'} is no kind of event that a file may tell: write one of the list below, such "
                     "as imaging.acquired. What was done to a clock, and corrections, are left out.")  # fmt: skip


def told_by_files() -> Iterator[tuple[str, str, Asks]]:
    """Every kind of event that a file may tell, with its words and what it asks for."""
    for kind in KINDS:
        with suppress(ValueError):
            yield importable(kind), wording(kind), asked_by(kind)


def time_of(words: str, precision: str) -> Any:
    """When it happened, and how exactly that is known; a date alone is known to the day.

    Raises:
        ValidationError: there is no such time or precision, or a date alone is said to be exact.
    """
    if len(words) <= DAY_ONLY and precision in ("", Precision.DAY, Precision.UNKNOWN):
        return WHEN.clean((f"{words} 00:00" if words else "", precision or Precision.DAY.value))
    return WHEN.clean((words, precision or Precision.MINUTE.value))


def answers_of(cells: Mapping[str, str], kind: str) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
    """The answers of a row, as they would be kept, and the senior who let a guard pass.

    Raises:
        ValueError: the column `answers` holds no JSON object, or gives an answer that has a column too.
        Invalid: naming each answer that is missing, wrong, or not asked for.
    """
    asks = asked_by(kind)
    try:
        given = json.loads(cells["answers"] or "{}")
        json.dumps(given, ensure_ascii=False).encode()  # half a letter can be written in JSON, and nowhere else
    except (ValueError, RecursionError) as error:
        raise ValueError(
            'Write the answers as JSON, such as {"modality": "mri"}, or in columns of their own.'
        ) from error
    if not isinstance(given, dict):
        raise ValueError('Write the answers as one JSON object, such as {"modality": "mri"}.')
    override = given.pop("override", None)
    if override is not None and not isinstance(override, dict):
        raise ValueError('Write the override as {"by": "name", "reason": "why"}.')
    if override and kind in {KIND, *OBSERVATIONS}:
        raise ValueError("No guard stands before this kind of event: leave the override out.")
    for column, cell in cells.items():
        name = column.removeprefix(ANSWER)
        if column.startswith(ANSWER) and cell:
            if name in given:
                raise ValueError(f"{name} is answered twice: here and in its own column.")
            listed = isinstance(asks.get(name), MultipleChoiceField)
            given[name] = [part.strip() for part in cell.split(";") if part.strip()] if listed else cell
    return checked(asks, given), override
