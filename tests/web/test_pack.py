"""The pack: which period it begins with, that page and workbook say the same, and who may have it."""

import io
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser

import openpyxl
import pytest
from django.urls import reverse

from pathway.analytics.measures import BY_KEY, MEASURES
from pathway.analytics.national import NG234, QS56
from pathway.analytics.pack import small
from pathway.engine import now as clock
from pathway.engine.rebase import rebase
from pathway.engine.repin import repin
from pathway.web.pack import begun, named, periods
from tests import factories

HOUR = timedelta(hours=1)
QUARTER = {"period": "3-1-2026-01-01"}


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(name="pack", status=200, **query):
        with clock.at(factories.at("2026-04-20 12:00")):
            answer = client.get(reverse(name), query)
        assert answer.status_code == status
        return answer

    return look


@pytest.fixture
def march(trust):
    """A dozen cases in two units, one of which has a name that a workbook could take for a formula."""
    units = factories.unit(trust, "=HYPERLINK(1)"), factories.unit(trust, "West")
    for number in range(12):
        start = factories.START + number * 30 * HOUR
        case = factories.case("A" if number % 4 else "B", place=units[number % 2], at=start)
        factories.happen(case, "contact.made", at=start + HOUR / 2)
        factories.happen(case, "imaging.acquired", at=start + (6 + 4 * number) * HOUR)
        if number % 3 == 0:
            factories.happen(case, "clock.explained", at=start + 80 * HOUR, reason="bed")
    return units


class Tables(HTMLParser):
    """The tables of a page, as rows of words; links and other marks inside a cell are left out."""

    def __init__(self, page):
        super().__init__()
        self.found, self.open = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.found.append([])
        elif tag == "tr":
            self.found[-1].append([])
        elif tag in ("td", "th"):
            self.found[-1][-1].append("")
            self.open = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data):
        if self.open:
            self.found[-1][-1][-1] += data


def of_page(answer):
    return [table for table in Tables(answer.content.decode()).found if table]


def of_file(answer):
    """The tables of the workbook: each has its title, its head, its rows and an empty row."""
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    found = []
    for name in book.sheetnames[1:]:
        table = None
        for row in book[name].iter_rows():
            filled = [cell for cell in row if cell.value is not None]
            assert all(cell.data_type != "f" for cell in filled)
            if len(filled) == 1 and filled[0].column == 1 and filled[0].font.bold and filled[0].font.size != 14:
                found.append([])
                table = found[-1]
            elif not filled:
                table = None
            elif table is not None:
                table.append(row)
    return [[[said(cell) for cell in row[: width(table)]] for row in table] for table in found]


def width(table):
    return sum(cell.value is not None for cell in table[0])


def said(cell):
    """A cell as the page writes it."""
    if isinstance(cell.value, float):
        return f"{cell.value:.1f}"
    if cell.value is not None and cell.number_format == "0.0":
        return f"{cell.value}.0"
    return "" if cell.value is None else str(cell.value)


def plain(table):
    """A table without what each of the two writes for nothing."""
    rows = [["" if cell == "\u2013" else cell for cell in row] for row in table]
    return [row for row in rows if row != ["None in this period"]]


def test_page_and_workbook_hold_the_same_figures_in_every_cell(look, march):
    page, book = of_page(look(**QUARTER)), of_file(look("pack_workbook", **QUARTER))
    assert len(page) == len(book) == 17
    for mine, other in zip(page, book, strict=True):
        assert plain(mine) == plain(other)
    rows = {row[0]: row for row in page[1]}
    assert rows["K1"][4:10] == ["3", "9", "33.3", "12.1", "64.6", "0"]
    assert rows["K2"][4:6] == ["0", "3"]
    assert rows["K2"][-1] == "small"
    assert rows["K1"][-1] == "small", "three of nine: the three may be told"


@pytest.mark.parametrize(("counts", "mark"), [
    ((5,), ""), ((4,), "small"), ((0,), ""), ((9, 1, 8), "small"), ((9, 5, 4), "small"), ((9, 0, 9), ""),
])  # fmt: skip
def test_a_row_with_a_number_that_may_give_somebody_away_is_marked(counts, mark):
    assert small(*counts) == mark


def test_the_cover_says_of_what_when_and_for_whom_and_nothing_is_taken_for_a_formula(look, march, manager):
    answer = look("pack_workbook", unit=str(march[0].uuid), **QUARTER)
    assert answer["Content-Disposition"] == 'attachment; filename="mscc-pack-hyperlink1-2026-01-01-to-2026-03-31.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cover = {row[0].value: row[1] for row in book["Cover"].iter_rows(min_row=3)}
    assert (cover["Unit"].value, cover["Unit"].data_type) == ("=HYPERLINK(1)", "s")
    assert cover["Period"].value.startswith("2026, quarter 1: cases suspected from 1 January 2026 to 31 March 2026")
    assert cover["Computed"].value == "13:00 on 20 April 2026, time in the United Kingdom; 2026-04-20T12:00Z"
    assert (cover["For"].value, cover["Organisation"].value) == (str(manager), str(manager.organisation))
    assert cover["Definitions"].value.startswith("Version 2 of 29 November 2026")
    page = unescape(look(unit=str(march[0].uuid), **QUARTER).content.decode())
    assert all(cell.value in page for cell in cover.values())


def test_it_begins_with_the_last_quarter_that_is_over_and_each_measure_leads_to_its_cases(look, march):
    answer = look()
    page = answer.content.decode()
    assert answer.context["found"].period.name == "2026, quarter 1"
    assert f'{reverse("measure", args=["K1"])}?first=2026-01-01&amp;last=2026-03-31"' in page
    assert "Nightingale" not in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"period": "1-1-1066-10-01"}, "Choose one of the answers: Period."),
        ({"period": ""}, "Answer this: Period."),
        ({"unit": "elsewhere"}, "Choose one of the answers: Unit."),
    ],
)
@pytest.mark.parametrize("name", ["pack", "pack_workbook"])
def test_what_is_not_offered_is_refused_with_the_form(look, march, name, query, sentence):
    assert sentence in look(name, 422, **query).content.decode()


COUNTS = {  # of each table: the columns that count somebody, and what can be worked out from them
    "What": (["Cases"], []),
    "n": (["n", "N"], [("N", "n")]),
    "Missing or uncertain": (["n", "N", "Missing or uncertain", "Not due yet", "Left out"], [("N", "n")]),
    "Begun": (
        ["Times known", "Begun", "Within the limit"], [("Begun", "Times known"), ("Times known", "Within the limit")],
    ),
    "Ended late": (
        ["Ended late", "Runs", "With a reason", "Cannot be told", "Over and still running"],
        [("Runs", "Ended late", "Cannot be told", "Over and still running"), ("Ended late", "With a reason")],
    ),
    "In runs": (["In runs"], []),
    "Also named": (["Runs", "Also named"], []),
    "Should count": (
        ["Counted", "Should count", "An entry is missing", "A time is not exact"], [("Should count", "Counted")],
    ),
    "Line": (["Cases"], []),
    "Protocol": (["Cases"], []),
}  # fmt: skip


def test_each_row_is_marked_small_by_what_the_sentence_says_and_no_other(look, march):
    for number in range(6):  # three who lack an entry and three whose time is not exact, of each six in all
        case = factories.case(place=march[0], at=factories.START + number * HOUR)
        factories.happen(case, "contact.made", at=case.suspected_at + HOUR / 2)
        if number % 2:
            factories.happen(case, "imaging.acquired", at=case.suspected_at + 24 * HOUR, precision="day")
    marks = []
    for head, *rows in of_page(look(**QUARTER)):
        if "Mark" not in head:
            continue
        stand, parts = next(each for name, each in reversed(COUNTS.items()) if name in head)
        for row in rows:
            cells = dict(zip(head, row, strict=False))
            if len(row) == 1 or cells["n" if "n" in head else stand[0]] == "\u2013":
                continue  # none in this period, or not measured
            told = {name: int(cells[name]) for name in stand if cells[name] != "\u2013"}
            if row[0] == "Cases counted":
                every = told["Cases"]
            beside = [every - told["Cases"]] if row[0].startswith("of them") else []
            left = beside + [
                told[of] - sum(told[each] for each in less) for of, *less in parts if {of, *less} <= told.keys()
            ]
            assert cells["Mark"] == ("small" if any(0 < each < 5 for each in (*told.values(), *left)) else ""), row
            marks.append(cells["Mark"])
    assert len(marks) > 100
    assert {*marks} == {"small", ""}


def test_a_chart_says_the_same_in_words_on_the_page_and_in_the_workbook(look, trust, manager):
    """Given new limits, limits beyond 100 and a case that was moved, when it is read, then both say all of it."""
    place = factories.unit(trust, "East")
    for month, late in (("2025-09", 0), ("2025-10", 1), ("2025-11", 0), ("2025-12", 0), ("2026-01", 0), ("2026-02", 1)):
        for number in range(5):
            begins = factories.at(f"{month}-10 09:00") + number * HOUR
            case = factories.case(place=place, at=begins)
            factories.happen(case, "imaging.acquired", at=begins + (30 if number < late else 6) * HOUR)
    with clock.at(factories.at("2026-03-20 12:00")):
        repin(case, to="mscc-2026.1", by=factories.user("clinician", trust), why="a trial")
        rebase(by=manager, measure="K1", unit=None, begins_on=date(2026, 1, 1), reason="A second scanner")
    answer = look(**QUARTER)
    page, book = of_page(answer), of_file(look("pack_workbook", **QUARTER))
    assert [plain(table) for table in page] == [plain(table) for table in book]
    chart = next(table for table in page if table[0][0] == "Month")
    rows = [dict(zip(chart[0], row, strict=True)) for row in chart[1:]]
    limits, moved = f"L1, 1 Jan 2026: New limits by {manager}: A second scanner", "R1, 20 Mar 2026: 1 case moved"
    assert next((row["Month"], row["Marked"]) for row in rows if row["Marked"]) == ("Jan 2026", limits)
    assert rows[-1]["Month"] == "After the last point"
    assert rows[-1]["Marked"].startswith(moved)
    assert {row["Upper limit"] for row in rows[:-1] if row["n"] != "0"} == {"100.0"}
    drawing = next(each for each in answer.context["found"].sections if each.key == "charts").drawings[0]
    for words in ("Variation: common cause.", "Trial limits: fewer than 12 points.", f"{limits}.", moved):
        assert words in drawing.says
    assert drawing.says in unescape(answer.content.decode())
    sheet = openpyxl.load_workbook(io.BytesIO(look("pack_workbook", **QUARTER).content))["Control charts"]
    assert f"{drawing.title}. {drawing.says}" in [row[0].value for row in sheet.iter_rows()]


def test_a_pack_without_a_case_is_its_cover_and_says_so(look):
    answer = look(**QUARTER)
    assert of_page(answer) == []
    assert "<h2" not in answer.content.decode().split("<main")[1]
    book = openpyxl.load_workbook(io.BytesIO(look("pack_workbook", **QUARTER).content))
    assert book.sheetnames == ["Cover"]
    said = [(row[0].value, row[1].value) for row in book["Cover"].iter_rows()]
    assert said[-1] == ("Figures", "No case of this period counts, so there is no figure.")
    assert said[-1][1] in answer.content.decode()


def test_a_step_and_a_measure_that_count_from_other_moments_are_told_apart(look, march, client):
    says = "A step counts from the moment it names, also for who came into the class later;"
    assert says in look(**QUARTER).content.decode()
    assert says in client.get(reverse("times")).content.decode()


def test_every_measure_is_in_the_audit_once_and_the_statements_name_known_ones():
    audited = [key for part in NG234 for key in part.measures]
    assert sorted(audited) == sorted(each.key for each in MEASURES)
    of_statements = {key: part.name for part in QS56 for key in part.measures}
    assert of_statements.keys() <= BY_KEY.keys()
    for key, name in of_statements.items():
        source = BY_KEY[key].source
        assert "QS56" not in source or name.lower() in source


@pytest.mark.parametrize(
    ("today", "length", "opens", "expected"),
    [
        ("2026-03-31", 3, 1, ("2026, quarter 1", "2026-01-01", "2026-03-31")),
        ("2026-12-31", 1, 1, ("December 2026", "2026-12-01", "2026-12-31")),
        ("2028-02-29", 1, 1, ("February 2028", "2028-02-01", "2028-02-29")),
        ("2026-03-31", 12, 4, ("Financial year 2025 to 2026", "2025-04-01", "2026-03-31")),
        ("2026-04-01", 12, 4, ("Financial year 2026 to 2027", "2026-04-01", "2027-03-31")),
        ("2026-01-01", 12, 1, ("2026", "2026-01-01", "2026-12-31")),
    ],
)
def test_a_day_lies_in_its_month_quarter_and_year(today, length, opens, expected):
    found = named(begun(date.fromisoformat(today), length, opens), length, opens)
    assert (found.name, str(found.first), str(found.last)) == expected


def test_periods_that_are_over_come_first_and_the_one_that_goes_on_says_so():
    offered = dict(periods(date(2026, 11, 28)))
    assert [each.name for _, each in offered["Quarters"]][:2] == ["2026, quarter 3", "2026, quarter 2"]
    assert [len(of) for of in offered.values()] == [9, 25, 6, 6]
    for of in offered.values():
        assert of[-1][1].name.endswith(", so far")
        assert of[-1][1].last == date(2026, 11, 28)
        assert len({key for key, _ in of}) == len(of)


def test_a_chart_without_a_point_says_which_months_wait(look, trust):
    """Given one case of this month, when the pack of the quarter so far is made, then the month waits."""
    case = factories.case(place=factories.unit(trust, "West"), at=factories.at("2026-04-10 09:00"))
    factories.happen(case, "imaging.acquired", at=case.suspected_at + 5 * HOUR)
    page = unescape(look(period="3-1-2026-04-01").content.decode())
    assert "There is no point to draw. Not judged yet, as it is not over or more than one case in ten of it" in page
    assert "is not due: Apr 2026." in page
    assert "No case of these months counts" not in page
