"""A row of a file of past cases: what it tells, read as every other door reads it, and what it is known by."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from pathway.protocol.vocabulary import KINDS, NEVER_REOPENED, VOIDED_BY, ends_case
from pathway.record import nhs_number
from pathway.record.ask import Asks, Happened, Text, text, unanswered
from pathway.record.csv_table import Line, NotATable, Problem
from pathway.record.step import OBSERVATIONS, made_by, wording

COLUMNS = ("case", "nhs_number", "unit", "event", "time", "precision", "answers", "who", "note")
ANSWER = "answer."
DAY_ONLY = 10  # letters of 2026-03-02
DAY_FIRST, SHORT_HOUR = re.compile(r"^(\d\d?)/(\d\d?)/(\d{4})(?!\d)", re.ASCII), re.compile(r"(?<= )(?=\d:)", re.ASCII)
FORMS = "This is no date and time. Write it as 2025-02-01 10:00 or 01/02/2025 10:00; a date alone is known to the day."
FIELDS = {"happened_at": "time", "nhs_number": "nhs_number", "local_number": "case"}
ABOUT: Asks = {
    "case": Text(label="Case", max_length=40, error_messages=unanswered("Case")),
    "who": text("Who", required=False),
    "note": text("Note", required=False, long=True),
}
WHEN = Happened(label="Time")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was understood; `apart` are the answers for which the file has columns of their own."""

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
    apart: Collection[str] = ()

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
    def until(self) -> datetime:
        """The last minute at which it can have happened."""
        return latest(self.at, self.precision)

    @property
    def when(self) -> datetime:
        """When it is tried: as early as it may have happened; what ended a case after all that is known of its day."""
        return self.until if self.ends else self.at

    @property
    def ends(self) -> bool:
        """Whether it ends its case."""
        return bool(ends_case(Fact(self.kind, self.at, self.answers)))

    @property
    def turn(self) -> tuple[bool, datetime, bool, bool, int]:
        """Its turn among the rows of its case: the suspicion first, then by time.

        Of one time the order of the file decides, but that what ends the case comes last.
        """
        return self.kind != KIND, self.when, self.ends, self.kind in NEVER_REOPENED, self.number

    def refused(self, column: str, *reasons: str) -> NotATable:
        """What stands against it as a whole."""
        return NotATable(Problem(self.number, column, f"{self.words}: {' '.join(reasons)}"))

    def invalid(self, fields: Mapping[str, Sequence[str]]) -> NotATable:
        """What stands against its fields, each with its column."""
        told = [(column, f"{self.words}: {reason}") for column, reason in by_column(fields, self.apart)]
        return NotATable(*(Problem(self.number, column, reason) for column, reason in told))


def by_column(fields: Mapping[str, Sequence[str]], apart: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with fields of the engine, by the columns of the file; the column `answers` holds several."""
    for name, errors in fields.items():
        own = FIELDS.get(name) or (f"{ANSWER}{name}" if name in apart else "")
        yield own or "answers", " ".join(errors) if own else f"{name}: {' '.join(errors)}"


def row_of(line: Line) -> Row:
    """What a row tells.

    Raises:
        NotATable: with every cell that is wrong, or with their number.
    """
    if line.problem:
        raise NotATable(line.problem)
    cells, problems = line.cells, list[Problem]()
    apart = {column.removeprefix(ANSWER) for column in cells if column.startswith(ANSWER)}

    def read(column: str, how: Any) -> Any:
        try:
            return how()
        except Invalid as refusal:
            problems.extend(Problem(line.row, *each) for each in by_column(refusal.fields, apart))
        except (ValidationError, nhs_number.NotAnNhsNumber, ValueError) as error:
            problems.append(Problem(line.row, column, " ".join(getattr(error, "messages", [str(error)]))))
        return None

    case, who, note = (read(name, partial(field.clean, cells[name])) for name, field in ABOUT.items())
    number = read("nhs_number", lambda: nhs_number.clean(cells["nhs_number"]) if cells["nhs_number"] else "")
    kind = read("event", lambda: importable(cells["event"].casefold()))
    precision = cells["precision"].casefold()
    timed = "time" if precision in ("", *Precision) else "precision"
    when = read(timed, lambda: time_of(cells["time"], precision))
    listed = read("answers", lambda: listed_in(cells["answers"]))
    apart -= set(listed or ())
    can_be_read = kind and listed is not None
    given, override = (read("answers", lambda: answers_of(listed, cells, kind)) if can_be_read else None) or ({}, None)
    if problems:
        raise NotATable(*problems)
    return Row(
        line.row, case, number, cells["unit"], kind, earliest(when.at, when.precision), when.precision, given,
        override, who, note, apart,
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
    words = SHORT_HOUR.sub("0", DAY_FIRST.sub(year_first, words))
    known = precision or (Precision.DAY if len(words) <= DAY_ONLY else Precision.MINUTE).value
    if words and len(words) <= DAY_ONLY and known in (Precision.DAY, Precision.UNKNOWN):
        words = f"{words} 00:00"
    try:
        return WHEN.clean((words, known))
    except ValidationError as error:
        if error.code != "invalid":
            raise
        raise ValidationError(FORMS) from error


def year_first(found: re.Match[str]) -> str:
    """The date `1/2/2025` as `2025-02-01`."""
    day, month, year = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}"


def listed_in(cell: str) -> dict[str, Any]:
    """What the column `answers` holds.

    Raises:
        ValueError: it is no JSON object.
    """
    try:
        given = json.loads(cell or "{}")
        json.dumps(given, ensure_ascii=False).encode()  # half a letter can be written in JSON, and nowhere else
    except (ValueError, RecursionError) as error:
        raise ValueError(
            'Write the answers as JSON, such as {"modality": "mri"}, or in columns of their own.'
        ) from error
    if not isinstance(given, dict):
        raise ValueError('Write the answers as one JSON object, such as {"modality": "mri"}.')
    return given


def answers_of(
    listed: Mapping[str, Any], cells: Mapping[str, str], kind: str
) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
    """The answers of a row, as they would be kept, and the senior who let a guard pass.

    Raises:
        ValueError: an override that can be none, or an answer that the column `answers` gives has one of its own too.
        Invalid: naming each answer that is missing, wrong, or not asked for.
    """
    asks, given = asked_by(kind), dict(listed)
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
            several = isinstance(asks.get(name), MultipleChoiceField)
            given[name] = [part.strip() for part in cell.split(";") if part.strip()] if several else cell
    return checked(asks, given), override
