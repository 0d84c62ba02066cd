"""Tables as files that open in a spreadsheet: CSV in an archive, or one workbook. No cell is ever a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol, cast
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook

from pathway.analytics.rows import Cell
from pathway.record.csv_table import BOM

ABOUT, HEADS = "about", ("item", "value")
# What a spreadsheet may take for a formula, after spaces and quotation marks too; and what looks already guarded.
RISKY = re.compile("[\\s,;|\"'\u2018\u2019\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n']")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
MOST_ROWS, MOST_LETTERS = 1_048_575, 32_767  # of a sheet, below its heads; of a cell
CUT = " (cut: longer than a cell of a workbook may be; whole in CSV)"
WIDE = 22


class Tables(Protocol):
    """What takes one table after the other, and last what the file is about."""

    replaced: int
    cut: int

    def table(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write one table."""

    def about(self, lines: Iterable[tuple[str, Cell]]) -> None:
        """Write what the file is about."""


def guarded(value: Cell) -> Cell:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before it. A number is a number."""
    return f"'{value}" if isinstance(value, str) and RISKY.match(value) else value


class Csv:
    """An archive with a CSV file for each table: UTF-8 with a byte order mark, as Excel wants it, commas and CRLF."""

    replaced = cut = 0  # a CSV file holds whatever letters there are

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive

    def table(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write one table."""
        with text_in(self.archive, f"{name}.csv") as file:
            file.write(BOM.decode())
            writer = csv.writer(file)
            writer.writerow(heads)
            writer.writerows([guarded(cell) for cell in row] for row in rows)

    def about(self, lines: Iterable[tuple[str, Cell]]) -> None:
        """Write what the file is about."""
        self.table(ABOUT, HEADS, lines)


class Xlsx:
    """A workbook with a sheet for each table; what it is about is the first sheet, though written last."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook, self.replaced, self.cut = workbook, 0, 0
        self.bold = workbook.add_format({"bold": True})
        self.first = workbook.add_worksheet(ABOUT)

    def table(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write one table on a sheet of its own."""
        self.fill(self.workbook.add_worksheet(name), heads, rows)

    def fill(self, sheet: Any, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write heads and rows, each cell as what it is: text is never read for a formula, a link or a number."""
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, WIDE)
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head, self.bold)
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        sheet.write_string(number, place, self.fits(value))
                else:
                    sheet.write_number(number, place, value)

    def fits(self, text: str) -> str:
        """Text that a cell can hold; what was replaced or cut is counted."""
        plain, count = legal(text)
        self.replaced += count
        if len(plain.encode("utf-16-le")) // 2 > MOST_LETTERS:
            self.cut += 1
            plain = plain.encode("utf-16-le")[: 2 * (MOST_LETTERS - len(CUT))].decode("utf-16-le", "ignore") + CUT
        # XlsxWriter takes text of this form for the XML of a rich text, and writes it as it is: so it is made one.
        return f"<r><t>{escape(plain)}</t></r>" if plain.startswith("<r>") and plain.endswith("</r>") else plain

    def about(self, lines: Iterable[tuple[str, Cell]]) -> None:
        """Write what the file is about."""
        self.fill(self.first, HEADS, lines)


def legal(text: str) -> tuple[str, int]:
    """Text that XML can hold, and how many letters gave way to U+FFFD."""
    return ILLEGAL.subn("\ufffd", text)


def text_in(archive: ZipFile, name: str) -> io.TextIOWrapper:
    """One file of text in an archive, of whatever size it comes to be; to be closed before the next."""
    return io.TextIOWrapper(archive.open(name, "w", force_zip64=True), encoding="utf-8", newline="")


@contextmanager
def in_csv(file: io.RawIOBase) -> Iterator[Csv]:
    """Tables as CSV in an archive, written forward only."""
    with ZipFile(cast(BinaryIO, file), "w", ZIP_DEFLATED) as archive:
        yield Csv(archive)


@contextmanager
def in_workbook(file: io.RawIOBase) -> Iterator[Xlsx]:
    """Tables in a workbook: one row in memory at a time."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with Workbook(file, options) as workbook:
        workbook.use_zip64()
        yield Xlsx(workbook)
