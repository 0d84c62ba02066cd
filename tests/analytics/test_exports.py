"""Exports: what the files say is what the record says, whatever people typed, and nothing of it is a formula."""

import io
import json
import tracemalloc
from copy import copy
from datetime import date
from uuid import uuid4

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from pathway.analytics.rows import age_band, somebody
from pathway.analytics.sheets import CUT, MOST_LETTERS, guarded, in_workbook
from pathway.analytics.wanted import OF_WORDS
from pathway.engine.past_cases import enter
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.imported import ImportedRow
from pathway.record.job import Job, State
from tests import factories
from tests.analytics.exported import HOSTILE, exported, hostile_entry, instant, members, of_csv, three_cases
from tests.analytics.random_cases import HOUR
from tests.engine import test_past_cases as past
from tests.factories import START

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def export(manager):
    """Export as the manager, unless told otherwise."""
    return lambda form="csv", by=manager, **asked: exported(form, by, **asked)


@pytest.fixture
def three(unit):
    return three_cases(unit)


def of_workbook(data):
    """The rows of each sheet, as text."""
    found = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(data), read_only=True):
        heads, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [
            {head: "" if cell is None else str(cell) for head, cell in zip(heads, row, strict=True)} for row in rows
        ]
    return found


def check_cases(rows, first, twin, other):
    assert [row["case"] for row in rows] == [first.code, other.code]
    assert {row["unit"] for row in rows} == {first.unit.name, other.unit.name}
    for row, case in zip(rows, (first, other), strict=True):
        assert instant(row["suspected_utc"]) == case.suspected_at
        assert (row["class"], row["state"], row["protocol"]) == (case.klass, case.state, case.protocol)
        assert row["age_band"] == "60-69"
    assert (rows[0]["merged"], rows[0]["open"]) == (twin.code, "yes")


def check_entries(rows, first, twin, other):
    stored = {str(event.uuid): event for event in Event.objects.filter(case__in=(first, twin, other))}
    assert {row["entry"] for row in rows} == set(stored)
    assert {row["case"] for row in rows} == {first.code, other.code}
    for row in rows:
        event = stored[row["entry"]]
        assert (row["recorded_on"], row["kind"], row["track_number"]) == (
            event.case.code, event.kind, str(event.track_no)
        )  # fmt: skip
        assert instant(row["recorded_utc"]) == event.recorded_at
        assert instant(row["first_said_utc"] or row["happened_utc"]) == event.occurred_at
        assert row["by"] == somebody(event.by_uuid)
        assert event.by not in str(row)
    said = {(row["kind"], row["status"]) for row in rows if row["status"] != "stands"}
    assert said == {
        ("imaging.acquired", "corrected"), ("contact.logged", "taken back"), ("event.corrected", "correction")
    }  # fmt: skip
    moved = next(row for row in rows if row["status"] == "corrected")
    assert instant(moved["first_said_utc"]) - instant(moved["happened_utc"]) == HOUR / 12
    assert {row["corrects"] for row in rows} >= {moved["entry"]}


def check_clocks(rows, at, first, twin, other):
    stored = list(Clock.objects.standing().filter(case__in=(first, other)).order_by("case", "started_at", "standard"))
    assert [(row["case"], row["clock"]) for row in rows] == [(clock.case.code, clock.standard) for clock in stored]
    for row, clock in zip(rows, stored, strict=True):
        assert [instant(row[f"{name}_utc"]) for name in ("started", "entered", "amber", "due", "ended")] == [
            clock.started_at, clock.entered_at, clock.amber_at, clock.due_at, clock.ended_at
        ]  # fmt: skip
        assert (row["outcome"], row["stands"]) == (clock.outcome or "running", clock.said(at))


def check_about(rows, trust, unit="all units"):
    about = {row["item"]: row["value"] for row in rows}
    assert (about["organisation"], about["ods_code"], about["unit"]) == (trust.name, trust.ods_code, unit)
    assert (about["first_day"], about["last_day"]) == ("2026-01-01", "2026-12-31")
    assert "Europe/London" in about["zone"]
    assert about["definitions"].startswith("version 2 of ")
    assert about["reason"] == "Audit"
    assert (about["left_out_merged"], about["left_out_entered_in_error"]) == ("1", "1")
    return about


def test_csv_and_workbook_read_back_equal_to_the_record(export, three, trust):
    job, data = export("csv")
    assert (job.state, job.file_type) == (State.DONE, "application/zip")
    files = members(data)
    assert list(files) == ["cases.csv", "events.csv", "clocks.csv", "about.csv"]
    book_job, book = export("xlsx")
    sheets = of_workbook(book)
    assert list(sheets) == ["about", "cases", "events", "clocks"]
    for name in ("cases", "events"):
        assert of_csv(files[f"{name}.csv"]) == sheets[name]
    for made, found in ((job, {name.removesuffix(".csv"): of_csv(text) for name, text in files.items()}),
                        (book_job, sheets)):  # fmt: skip
        about = check_about(found["about"], trust)
        check_cases(found["cases"], *three)
        check_entries(found["events"], *three)
        check_clocks(found["clocks"], instant(about["as_at_utc"]), *three)
        counts = {name: len(found[name]) for name in ("cases", "events", "clocks")}
        assert made.result["counts"] == counts
        assert {name: about[f"rows_{name}"] for name in counts} == {name: str(n) for name, n in counts.items()}


def test_of_one_unit_and_some_tables(export, three, trust):
    first, _, other = three
    files = members(export("csv", tables=("clocks",), unit=other.unit)[1])
    assert list(files) == ["clocks.csv", "about.csv"]
    assert {row["case"] for row in of_csv(files["clocks.csv"])} == {other.code}
    assert first.code not in "".join(files.values())


def test_nothing_names_anybody_nor_holds_what_was_typed(export, three):
    first, *_ = three
    for form in ("csv", "xes", "ocel"):
        text = "".join(members(export(form)[1]).values())
        for word in (first.patient.family_name, first.patient.nhs_number, "1957", "Ward registrar", "typed wrong",
                     "=1+1", str(factories.teller(first.organisation))):  # fmt: skip
            assert word not in text.replace("suspected_", ""), (form, word)


def test_words_are_for_who_also_cares_for_patients(export, three, trust, manager):
    job, _ = export(words=True)
    assert (job.state, job.message) == (State.FAILED, OF_WORDS)
    both = factories.user("manager", trust, "clinician")
    job, data = export(words=True, by=both)
    rows = of_csv(members(data)["events.csv"])
    assert "Ward registrar" in rows[0]["answers"]
    (logged,) = [row for row in rows if row["kind"] == "contact.logged" and row["status"] == "taken back"]
    assert json.loads(logged["answers"])["said"] == "=1+1"


def test_a_hostile_text_goes_through_and_is_no_formula(export, trust):
    both = factories.user("manager", trust, "clinician")
    place = factories.unit(trust, "=cmd|' /C calc'!A0")
    case = factories.case(place=place, at=START)
    told = hostile_entry(case)
    _, data = export("csv", by=both, words=True, reason="=1+1")
    files = members(data)
    assert "\r\n'" not in files["about.csv"]
    assert "\r\nreason,'=1+1\r\n" in files["about.csv"]
    assert of_csv(files["cases.csv"])[0]["unit"] == place.name
    assert ",'=cmd|" in files["cases.csv"]
    (row,) = [row for row in of_csv(files["events.csv"]) if row["entry"] == str(told.uuid)]
    assert json.loads(row["answers"])["said"] == HOSTILE
    _, data = export("xlsx", by=both, words=True, reason="=1+1")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    (row,) = [row for row in of_workbook(data)["events"] if row["entry"] == str(told.uuid)]
    assert json.loads(row["answers"])["said"] == HOSTILE


@pytest.mark.parametrize("words", ["-ve for weakness", "+ve root signs", "=cmd|' /C calc'!A0", "@registrar"])
def test_a_note_of_a_past_case_that_begins_like_a_formula_goes_in_and_out_as_text(export, trust, words):
    both = factories.user("manager", trust, "clinician")
    factories.unit(trust, "Ward A")
    told = {"spoke_to": words, "channel": "phone"}
    suspected, closed = ({**each, "time": f"2026-{each['time'][5:]}"} for each in (past.SUSPECTED, past.CLOSED))
    rows = suspected, past.row("contact.made", "2026-03-04 09:30", json.dumps(told), note=words, who=words), closed
    with factories.typed(None, factories.at("2026-06-01 12:00")):
        assert enter(past.file(*rows), both, second_person="Anne Colleague").may_be_entered
    kept = ImportedRow.objects.get(event__kind="contact.made")
    assert (kept.note, kept.done_by, kept.event.answers["spoke_to"]) == (words, words, words)
    data = export("csv", by=both, words=True)[1]
    (made,) = [each for each in of_csv(members(data)["events.csv"]) if each["kind"] == "contact.made"]
    assert json.loads(made["answers"])["spoke_to"] == words
    book = openpyxl.load_workbook(io.BytesIO(export("xlsx", by=both, words=True)[1]))
    assert {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line} <= {"s", "n"}


@pytest.mark.parametrize(
    "text", ["<r><t>rich</t></r>", "_x0041_", "a\rb", " spaces ", "", "=1", "+1", "1", "http://x.example"]
)
def test_a_cell_of_a_workbook_is_the_text_itself(text):
    made = io.BytesIO()
    with in_workbook(made) as into:
        into.table("cases", ["text"], [[text], [-1], [1.5]])
    sheet = openpyxl.load_workbook(made)["cases"]
    # As Excel does, and openpyxl does not: letters that XML has no room for are written as _xHHHH_.
    assert [unescape(sheet["A2"].value or ""), sheet["A3"].value, sheet["A4"].value] == [text, -1, 1.5]


@pytest.mark.parametrize(("text", "written"), [
    ("=1", "'=1"), ("+44", "'+44"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"), (' "=1', "' \"=1"),
    ("\uff1d1", "'\uff1d1"), ("'x", "''x"), ("x=1", "x=1"), (-1, -1), (1.5, 1.5), ("", ""),
])  # fmt: skip
def test_what_may_be_a_formula_is_guarded_and_a_number_stays_one(text, written):
    assert guarded(text) == written


def test_what_a_cell_or_xml_cannot_hold_is_cut_or_replaced_and_counted():
    made = io.BytesIO()
    with in_workbook(made) as into:
        into.table("cases", ["text"], [["x\x01y"], ["😀" * 20_000]])
        assert (into.replaced, into.cut) == (1, 1)
    sheet = openpyxl.load_workbook(made)["cases"]
    assert sheet["A2"].value == "x\ufffdy"
    assert sheet["A3"].value.endswith(CUT)
    assert len(sheet["A3"].value.encode("utf-16-le")) // 2 <= MOST_LETTERS


def test_too_many_rows_for_a_sheet_are_refused_with_the_way_on(export, three, monkeypatch):
    monkeypatch.setattr("pathway.analytics.export.MOST_ROWS", 5)
    job, data = export("xlsx")
    assert (job.state, data) == (State.FAILED, b"")
    assert "a sheet holds 5. Choose CSV, or a shorter period." in job.message


def test_nobody_suspected_in_the_period_is_an_empty_export(export, trust):
    for form in ("csv", "xlsx", "xes", "ocel"):
        job, _ = export(form)
        assert (job.state, set(job.result["counts"].values())) == (State.DONE, {0})


def test_a_unit_that_is_gone_is_said(export, trust):
    job, _ = export(unit=factories.unit())
    assert (job.state, job.message) == (State.FAILED, "The unit that was asked for is no longer one of yours.")


@pytest.mark.parametrize(("born", "band"), [
    (None, ""), (date(1990, 1, 1), "under 40"), (date(1986, 3, 2), "40-49"), (date(1986, 3, 3), "under 40"),
    (date(1957, 4, 12), "60-69"), (date(1936, 3, 2), "90 and over"), (date(1936, 3, 3), "80-89"),
])  # fmt: skip
def test_the_age_when_suspected_in_tens_of_years(born, band):
    assert age_band(born, START) == band


def many(unit, cases, entries):
    """So many cases with so many entries each, copies of one that the engine made."""
    first = factories.case(place=unit, at=START)
    event = first.events.get()
    made = Case.objects.bulk_create([another(first) for _ in range(cases)])
    Event.objects.bulk_create([another(event, case=case) for case in made for _ in range(entries)])


def another(row, **changed):
    """A copy of a row under a number of its own."""
    made = copy(row)
    for name, value in {"pk": None, "uuid": uuid4(), **changed}.items():
        setattr(made, name, value)
    return made


def peak_of(do):
    """How much memory it took at most."""
    tracemalloc.start()
    do()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_ten_thousand_entries_are_never_in_memory_together(export, unit):
    many(unit, 50, 200)
    assert peak_of(lambda: export("csv", tables=("events",))) < 6_000_000
    assert Job.objects.get().result["counts"] == {"events": 10_001}


def test_a_workbook_is_written_a_row_at_a_time(tmp_path):
    def write():
        with (tmp_path / "book.xlsx").open("wb") as file, in_workbook(file) as into:
            into.table("cases", ["a", "b"], ([f"{number}" + "x" * 1000, number] for number in range(5000)))

    assert peak_of(write) < 3_000_000  # of five million letters
