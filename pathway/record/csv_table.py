"""A small table out of a CSV file that people made: read strictly, refused with the row and the column."""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

LARGEST, MOST_ROWS = 256 * 1024, 2000
BOM, UTF_16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
OTHERS = {
    b"PK\x03\x04": "a workbook or an archive",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<": "a web page",
}
SAVE_AS = "Save it as “CSV UTF-8” and send it again."


class Problem(NamedTuple):
    """What is wrong with a file, where: a row counts from 1, the head; 0 and "" are the whole of it."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"Row {self.row}{f', column {self.column}' if self.column else ''}: " if self.row else ""
        return f"{place}{self.reason}"


class NotATable(Exception):
    """The file cannot be read as the table that is asked for."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems: Sequence[Problem] = problems


class Line(NamedTuple):
    """One row: its number in the file, its cells by column, and what is wrong with how many they are."""

    row: int
    cells: dict[str, str]
    problem: Problem | None = None


def read(data: bytes, columns: Sequence[str], *, also: str = "", most: int = MOST_ROWS) -> list[Line]:
    """The rows of a file whose head names exactly these columns, in any order; empty rows are left out.

    Where `also` is given, it may name further ones that begin so. A row with too few or too many cells says so itself.

    Raises:
        NotATable: with what stands against all of it.
    """
    text = decoded(data, columns)
    head, *_ = text.splitlines() or [""]
    lines = rows(text, ";" if head.count(";") > head.count(",") else ",")
    names = [cell.strip().casefold() for cell in lines[0][1]] if lines else []
    check_head(names, columns, also)
    if len(lines) - 1 > most:
        raise NotATable(Problem(0, "", f"The file has more than {most} rows. Send it in parts."))
    if not lines[1:]:
        raise NotATable(Problem(0, "", "The file has no row below its head, so there is nothing to enter."))
    return [line_of(number, names, cells) for number, cells in lines[1:]]


def line_of(number: int, names: Sequence[str], cells: Sequence[str]) -> Line:
    """One row by the names of the head."""
    reason = f"it has {len(cells)} cells and the head has {len(names)}. Each row needs one cell a column."
    problem = Problem(number, "", reason) if len(cells) != len(names) else None
    return Line(number, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}, problem)


def decoded(data: bytes, columns: Sequence[str]) -> str:
    """The file as text.

    Raises:
        NotATable: too large, empty, something other than UTF-8 text, or with a character that cannot be stored.
    """
    if len(data) > LARGEST:
        raise NotATable(Problem(0, "", f"The file is larger than {LARGEST // 1024} KB. Send it in parts."))
    if data.startswith(UTF_16) or data[1:2] == b"\0" or data[:1] == b"\0":
        raise NotATable(Problem(0, "", f"This file is UTF-16 text. {SAVE_AS}"))
    for start, what in OTHERS.items():
        if data.lstrip().startswith(start):
            raise NotATable(Problem(0, "", f"This is {what}, whatever its name says. {SAVE_AS}"))
    plain = data.removeprefix(BOM)
    try:
        text = plain.decode()
    except UnicodeDecodeError as error:
        raise NotATable(
            placed(plain, error.start, columns, f"it holds a letter that is not UTF-8. {SAVE_AS}")
        ) from error
    wrong = next((place for place, letter in enumerate(text) if letter < " " and letter not in "\n\r\t"), None)
    if wrong is not None:
        at = len(text[:wrong].encode())
        raise NotATable(placed(plain, at, columns, "it holds a control character that cannot be stored. Take it out."))
    if not text.strip():
        raise NotATable(Problem(0, "", "This file is empty."))
    return text


def placed(data: bytes, at: int, columns: Sequence[str], reason: str) -> Problem:
    """A problem at a byte of a file, with the row and the column in which it lies."""
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = data.splitlines()[0].decode(errors="replace")
    mark = ";" if head.count(";") > head.count(",") else ","
    names = [cell.strip() for cell in head.split(mark)]
    number = before.rpartition(b"\n")[2].count(mark.encode())
    row = before.count(b"\n") + 1
    name = names[number] if row > 1 and number < len(names) else columns[min(number, len(columns) - 1)]
    return Problem(row, name, reason)


def rows(text: str, mark: str) -> list[tuple[int, list[str]]]:
    """The rows with their numbers, those without a word left out.

    Raises:
        NotATable: quotation marks do not pair, or a cell is longer than any can be.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        reason = "its quotation marks do not pair, or a cell is too long. Correct them."
        raise NotATable(Problem(begins, "", reason)) from error
    return found


def check_head(names: Sequence[str], columns: Sequence[str], also: str) -> None:
    """Refuse a head that does not name each column once, or names one that is neither asked for nor begins with `also`.

    Raises:
        NotATable: with what is missing, doubled or not known.
    """
    wanted = f"The first row has to name the columns {', '.join(columns)}"
    missing = [name for name in columns if name not in names]
    unknown = [name for name in names if name not in columns and not (also and name.startswith(also))]
    if missing:
        raise NotATable(Problem(1, missing[0], f"{wanted}. Missing: {', '.join(missing)}."))
    if unknown or len(names) != len(set(names)):
        column = unknown[0] if unknown else next(name for name in names if names.count(name) > 1)
        others = f"no other, but for those that begin with {also}" if also else "no other."
        raise NotATable(Problem(1, column[:40], f"{wanted}, each once and {others}"))
