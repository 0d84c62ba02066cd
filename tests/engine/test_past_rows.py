"""The rows of a file of past cases: the order in which they are tried, how a time is written, what a fault says."""

import json

import pytest

from pathway.engine.past_cases import enter, look
from pathway.engine.past_row import FORMS
from pathway.record.case import Case
from pathway.record.event import Event
from tests import factories
from tests.engine.test_past_cases import CLOSED, SCANNED, SUSPECTED, WHOLE, WITH, file, problems, row
from tests.engine.truth import assert_true, clocks_of

pytestmark = pytest.mark.django_db
TOLD = row("imaging.communicated", "2024-03-04 21:00", '{"result": "other", "spoke_to": "Coordinator"}')
EXCLUDED = row("case.excluded", "2024-03-04 21:00", '{"alternative": "Osteoporotic fracture"}')


@pytest.fixture(autouse=True)
def ward(trust):
    return factories.unit(trust, "Ward A")


def of_one_time(kind, result, time):
    """A scan, its result and what the case came to, all of one time."""
    said = {"result": result, "spoke_to": "Coordinator"}
    given = json.dumps(factories.ANSWERS.get(kind, {}))
    return [{**SCANNED, "time": time}, row("imaging.communicated", time, json.dumps(said)), row(kind, time, given)]


def on_the_pages(trust, rows):
    """A case on which the same was recorded, in the order of the rows, as pages record it."""
    first, *others = rows
    answers = json.loads(first["answers"])
    where = answers.pop("place")
    case = factories.case(at=factories.at(first["time"]), place=factories.unit(trust), where=where, **answers)
    for each in others:
        exactly = {"precision": "day"} if len(each["time"]) == len("2024-03-04") else {}
        happened = factories.at(each["time"])
        factories.happen(case, each["event"], at=happened, **exactly, **json.loads(each["answers"] or "{}"))
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("time", ["2024-03-04 21:00", "2024-03-05"])
@pytest.mark.parametrize(
    ("kind", "result"),
    [("case.excluded", "other"), ("case.confirmed", "mscc"), ("case.impending", "impending"),
     ("case.metastases_only", "metastases")],
)  # fmt: skip
def test_what_a_case_came_to_may_have_the_time_of_its_scan_result(trust, manager, time, kind, result):
    rows = [SUSPECTED, *of_one_time(kind, result, time), {**CLOSED, "time": "2024-03-20 12:00"}]  # by GMT
    report = enter(file(*rows), manager, **WITH)
    assert (report.problems, report.untried) == ([], [])
    entered = Case.objects.get()
    assert_true(entered)
    told = on_the_pages(trust, rows)
    assert (entered.state, clocks_of(entered)) == (told.state, clocks_of(told))
    assert (entered.tracks, entered.phase) == (told.tracks, told.phase)


@pytest.mark.parametrize(
    ("scanned", "told", "excluded"),
    [("2024-03-04 20:00", "2024-03-04 21:00", "2024-03-04"), ("2024-03-04", "2024-03-04", "2024-03-04"),
     ("2024-03-04 20:00", "2024-03-04 21:00", "2024-03-04 21:00")],
)  # fmt: skip
def test_a_row_that_comes_too_early_waits_for_what_may_have_come_before_it(manager, scanned, told, excluded):
    rows = {**EXCLUDED, "time": excluded}, {**TOLD, "time": told}, {**SCANNED, "time": scanned}
    assert enter(file(SUSPECTED, *rows, CLOSED), manager, **WITH).problems == []
    case = Case.objects.get()
    assert_true(case)
    assert case.events.get(kind="case.excluded").pk > case.events.get(kind="imaging.communicated").pk


def test_of_one_time_the_order_of_the_file_decides_and_what_ends_a_case_comes_last(manager):
    """Given two scans of one day, then a result is of the one above it in the file."""
    day = "2024-03-05"
    scan, told, closed = ({**each, "time": day} for each in (SCANNED, TOLD, CLOSED))
    second = row("imaging.acquired", day, '{"modality": "ct"}')
    assert enter(file(closed, SUSPECTED, scan, told, second), manager, **WITH).problems == []
    events = Event.objects.order_by("pk")
    assert [event.kind for event in events][1:] == [
        "imaging.acquired", "imaging.communicated", "imaging.acquired", "case.closed"
    ]  # fmt: skip
    assert [event.track_no for event in events if event.track == "imaging"] == [1, 1, 2]
    assert_true(Case.objects.get())


@pytest.mark.parametrize(
    ("words", "precision", "read"),
    [
        ("01/02/2025 10:00", "", ("2025-02-01 10:00", "minute")),
        ("1/2/2025 9:05", "", ("2025-02-01 09:05", "minute")),
        ("1/2/2025 10:00:30", "", ("2025-02-01 10:00:30", "minute")),
        ("2025-02-01 9:05", "", ("2025-02-01 09:05", "minute")),
        ("01/07/2025 10:00", "hour", ("2025-07-01 09:00", "hour")),
        ("27/3/2025", "day", ("2025-03-27 00:00", "day")),
        ("27/03/2025", "", ("2025-03-27 00:00", "day")),
        ("26/10/2025 01:30 GMT", "", ("2025-10-26 01:30", "minute")),
    ],
)
def test_a_time_may_be_written_as_a_spreadsheet_of_the_united_kingdom_writes_it(manager, words, precision, read):
    rows = {**SUSPECTED, "time": "2025-02-01 08:00"}, {**SCANNED, "time": words, "precision": precision}
    report = look(file(*rows, {**CLOSED, "time": "2025-12-01"}), manager)
    (scan,) = [each for each in report.new if each.kind == "imaging.acquired"]
    assert (scan.at, scan.precision) == (factories.at(read[0]), read[1])
    assert report.problems == []


@pytest.mark.parametrize(
    "words",
    ["01/02/25 10:00", "1/2/25", "02/25/2025 10:00", "45689", "45689.4167", "1.2.2025 10:00", "1/2/2025 10", "10:00",
     "1/2/2025 9:05 pm", "31/02/2025 10:00", "1/2/20255 10:00", "\u0661/2/2025 10:00", "yesterday"],
)  # fmt: skip
@pytest.mark.parametrize("precision", ["", "day"])
def test_any_other_time_is_refused_with_the_forms_that_are_wanted(manager, words, precision):
    report = look(file(SUSPECTED, {**SCANNED, "time": words, "precision": precision}, CLOSED), manager)
    assert [str(each) for each in report.problems] == [f"Row 3, column time: {FORMS}"]
    assert "2025-02-01 10:00 or 01/02/2025 10:00" in FORMS


@pytest.mark.parametrize(
    ("rows", "problems", "untried"),
    [
        (  # the suspicion has a fault
            ({**SUSPECTED, "time": "soon"}, SCANNED, CLOSED), [(2, "time")],
            ["2 more rows of case 1 were not tried: mend row 2 first."],
        ),
        (  # the result has a fault, and what waits for it says nothing of its own
            (SUSPECTED, SCANNED, {**TOLD, "answers": '{"result": "x", "spoke_to": "Coordinator"}'}, EXCLUDED),
            [(4, "answers")], ["3 more rows of case 1 were not tried: mend row 4 first."],
        ),
        (  # the pathway refuses the result, of the minute of what waits for it and stands above it
            (SUSPECTED, EXCLUDED, {**TOLD, "answers": '{"result": "other", "spoke_to": "C", "override": {"by": "A"}}'},
             CLOSED),
            [(4, "answers")], ["2 more rows of case 1 were not tried: mend row 4 first."],
        ),
        (  # two faults, each of its own
            (SUSPECTED, {**SCANNED, "time": "soon"}, {**TOLD, "event": "told"}, CLOSED), [(3, "time"), (4, "event")],
            ["2 more rows of case 1 were not tried: mend rows 3, 4 first."],
        ),
        (  # one that stands against all of a case
            (SUSPECTED, {**SCANNED, "nhs_number": "9990000026"}, CLOSED), [(2, "nhs_number")],
            ["2 more rows of case 1 were not tried: mend row 2 first."],
        ),
        (  # the first that the pathway refuses, and one behind it
            (SUSPECTED, {**EXCLUDED, "time": "2024-03-04 10:00"}, CLOSED), [(3, "event")],
            ["1 more row of case 1 was not tried: mend row 3 first."],
        ),
        (  # of another case all is tried
            ({**SUSPECTED, "time": "soon"}, CLOSED, *({**each, "case": "2", "nhs_number": ""} for each in WHOLE[:2])),
            [(2, "time"), (5, "event")], ["1 more row of case 1 was not tried: mend row 2 first."],
        ),
    ],
)  # fmt: skip
def test_a_fault_is_said_once_and_what_waits_for_it_is_counted(manager, rows, problems, untried):
    report = look(file(*rows), manager)
    assert [(each.row, each.column) for each in report.problems] == problems
    assert report.untried == untried


def test_no_more_than_a_dozen_rows_of_a_case_wait_for_others(manager):
    """Given thirteen fractions without consent in one minute, then what comes below the dozenth is not tried."""
    fraction = row("radiotherapy.fraction", "2024-03-05 10:00")
    fractions = [{**fraction, "answers": json.dumps({"n": n, "of": 13})} for n in range(1, 14)]
    report = look(file(SUSPECTED, *fractions, row("case.admitted", fraction["time"]), CLOSED), manager)
    assert [(each.row, each.column) for each in report.problems] == [(3, "event")]
    assert report.untried == ["14 more rows of case 1 were not tried: mend row 3 first."]


def test_a_row_with_too_few_or_too_many_cells_hides_no_other_fault(manager):
    head, *lines = file(*WHOLE, {**SUSPECTED, "case": "2", "time": "soon"}).decode().splitlines()
    lines[0] += ",more,more"
    lines[1] = "1,,,imaging.acquired"
    report = look("\n".join([head, *lines]).encode(), manager)
    assert [str(each) for each in report.problems] == [
        "Row 2: it has 11 cells and the head has 9. Each row needs one cell a column.",
        "Row 3: it has 4 cells and the head has 9. Each row needs one cell a column.",
        f"Row 5, column time: {FORMS}",
    ]
    assert report.untried == ["1 more row of case 1 was not tried: mend rows 2, 3 first."]


def test_a_fault_names_the_column_of_the_file(manager):
    """Given what the engine calls otherwise, or an answer with a column of its own, then the head of the file holds."""
    extra = ("answer.modality", "answer.class")
    later = {**SCANNED, "time": "2199-03-04 20:00"}
    own = {**SCANNED, "answers": "", "answer.modality": "x-ray"}
    for wrong, place in (
        (later, "column time: Images acquired, 20:00 on 4 March 2199: 20:00 on 4 March 2199 has not come yet"),
        (own, "column answer.modality: "),
        ({**own, "answer.modality": ""}, "column answer.modality: Answer this: Scan."),
        ({**SCANNED, "answers": '{"modality": "x-ray"}'}, "column answers: modality: "),
        ({**SCANNED, "answers": "mri"}, "column answers: Write the answers as JSON"),
    ):
        (problem,) = look(file(SUSPECTED, wrong, CLOSED, more=extra), manager).problems
        assert str(problem).startswith(f"Row 3, {place}")


def test_a_score_after_the_case_had_ended_is_refused_with_its_row(trust, manager):
    """Given a score, which stands in no step of the pathway, when it is of after the end, then its row is named."""
    score = row("sins.scored", "2024-05-01 12:00", json.dumps(factories.ANSWERS["sins.scored"]))
    assert any(each.startswith("Row 4") for each in problems(file(SUSPECTED, CLOSED, score), manager))
