"""The pack as a workbook: a cover, then a sheet for each section with the tables of the page."""

import io

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from pathway.analytics.pack import Cell, Pack, Section, Table

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH, WIDE = 14, 44
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(pack: Pack) -> bytes:
    """The file. Text is always text: nothing in it is taken for a formula, an address or a number."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, OPTIONS) as book:
        book.set_properties(
            {"title": "MSCC audit pack", "subject": pack.period.words, "created": pack.at.replace(tzinfo=None)}
        )
        looks = Looks(book)
        cover(book.add_worksheet("Cover"), pack, looks)
        for section in pack.sections:
            filled(book.add_worksheet(section.title[:31]), section, looks)
    return held.getvalue()


class Looks:
    """How cells are drawn."""

    def __init__(self, book: Workbook) -> None:
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.head: Format = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        self.text: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.tenth: Format = book.add_format({"num_format": "0.0", "valign": "top"})
        self.whole: Format = book.add_format({"num_format": "0", "valign": "top"})


def cover(sheet: Worksheet, pack: Pack, looks: Looks) -> None:
    """Of what the pack is, when it was computed and for whom, and what is in it."""
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, "MSCC audit pack: NICE QS56 and NG234", looks.title)
    lines = [*pack.cover, *(("Sheet", section.title) for section in pack.sections)]
    for row, (name, words) in enumerate(lines, 2):
        sheet.write_string(row, 0, name, looks.head)
        sheet.write_string(row, 1, words, looks.text)


def filled(sheet: Worksheet, section: Section, looks: Looks) -> None:
    """A section: its words, then its tables one below the other; it prints on A4 across, its title on each page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L{section.title.replace('&', '&&')}&RPage &P of &N")
    sheet.write_string(0, 0, section.title, looks.title)
    said = [*section.says, *(f"{each.title}. {each.says}" for each in section.drawings)]
    for row, words in enumerate(said, 1):
        sheet.write_string(row, 0, words)
    row = len(said) + 2
    for table in section.tables:
        row = tabled(sheet, table, row, looks)
    texts = max(section.tables, key=lambda table: len(table.head))
    for column in range(len(texts.head)):
        is_long = any(len(str(each[column])) > WIDTH for each in texts.rows)
        sheet.set_column(column, column, WIDE if is_long else WIDTH)


def tabled(sheet: Worksheet, table: Table, row: int, looks: Looks) -> int:
    """A table from this row on; the row at which the next begins."""
    sheet.write_string(row, 0, table.title, looks.head)
    for column, name in enumerate(table.head):
        sheet.write_string(row + 1, column, name, looks.head)
    for number, cells in enumerate(table.rows, row + 2):
        for column, cell in enumerate(cells):
            write(sheet, number, column, cell, looks)
    return row + len(table.rows) + 4


def write(sheet: Worksheet, row: int, column: int, cell: Cell, looks: Looks) -> None:
    """One cell; nothing for what there is none of."""
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, looks.text)
    elif cell is not None:
        sheet.write_number(row, column, cell, looks.tenth if isinstance(cell, float) else looks.whole)
