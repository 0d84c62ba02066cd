"""Past cases out of a file: entered whole or not at all, by the door of every page, and nobody is called."""

import csv
import io
import random
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import results
from pathway.analytics.measures import BY_KEY
from pathway.analytics.replay import Rules
from pathway.analytics.whatif import compared
from pathway.engine import audit
from pathway.engine.correct import correct
from pathway.engine.identity import alone
from pathway.engine.now import now
from pathway.engine.past_cases import BUSY, LOCK, MEANWHILE, STILL_OPEN, Attempt, enter, look, whole
from pathway.engine.past_row import COLUMNS
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.engine.tick import tick
from pathway.record.access import Access
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.imported import ImportedFile, ImportedRow, files_of
from pathway.record.person import Patient, User
from tests import factories
from tests.engine.truth import assert_true
from tests.faults.crowd import at_once, elsewhere

pytestmark = pytest.mark.django_db
EXAMPLE = (settings.ROOT / "pathway/static/pathway/past-cases.csv").read_bytes()
WITH = {"second_person": "Anne Colleague"}


@pytest.fixture(autouse=True)
def ward(trust):
    return factories.unit(trust, "Ward A")


def file(*rows, more=(), mark=","):
    """A file of these rows, each given as the cells that are not empty."""
    held = io.StringIO()
    writer = csv.DictWriter(held, [*COLUMNS, *more], delimiter=mark, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return held.getvalue().encode()


def row(event, time, answers="", **cells):
    return {"case": "1", "event": event, "time": time, "answers": answers} | cells


SUSPECTED = row("case.suspected", "2024-03-04 09:00", unit="Ward A", nhs_number="9990000018",
                answers='{"class": "A", "suspected_by": "Registrar", "place": "ward"}')  # fmt: skip
SCANNED = row("imaging.acquired", "2024-03-04 20:00", '{"modality": "mri"}')
CLOSED = row("case.closed", "2024-04-01 12:00", '{"reason": "over"}')
WHOLE = (SUSPECTED, SCANNED, CLOSED)


def problems(data, manager):
    """What stands against a file; that nothing of it stays is part of it."""
    report = enter(data, manager, **WITH)
    assert not Case.objects.exists()
    assert not ImportedFile.objects.exists()
    return [str(each) for each in report.problems]


def test_the_example_is_entered_as_it_happened_and_counts_and_nobody_is_called(trust, ward, manager):
    factories.staff(ward)
    seen = look(EXAMPLE, manager)
    assert (seen.problems, seen.doubles, len(seen.new), seen.cases, len(seen.opened)) == ([], [], 25, 3, 3)
    assert not Case.objects.exists()
    assert not Patient.objects.exists()
    before = now()
    report = enter(EXAMPLE, manager, **WITH)
    assert (len(report.new), len(report.opened)) == (25, 3)
    cases = list(Case.objects.order_by("suspected_at"))
    assert [case.state for case in cases] == ["died", "closed", "declined"]
    for case in cases:
        assert_true(case)
    assert not Clock.objects.running().exists()
    tick()
    assert not Alert.objects.exists()
    assert not Delivery.objects.exists()
    assert audit.count(now()).running == 0
    first = cases[0].events.get(kind="imaging.acquired")
    assert (first.occurred_at, first.precision) == (factories.at("2024-03-04 20:15"), "minute")
    assert (first.recorded_at >= before, first.by, first.by_uuid) == (True, str(manager), manager.uuid)
    assert cases[0].events.get(kind="case.died").precision == "day"
    assert cases[0].events.get(kind="case.admitted").precision == "hour"
    assert cases[0].events.get(kind="case.confirmed").answers["levels"] == ["T8", "T9"]
    assert cases[0].events.get(kind="radiotherapy.fraction").answers["override"]["reason"].startswith("A past case")
    assert cases[1].suspected_at == factories.at("2024-10-27 01:30")
    assert [case.patient.number for case in cases][::2] == ["999 000 0018", "2024-03 (File of past cases)"]
    scope = Scope(manager, factories.at("2024-01-01 00:00"), factories.at("2025-01-01 00:00"))
    counted = {each.measure.key: (each.n, each.of) for each in results(scope)}
    assert [counted[key] for key in ("K1", "K4", "K8", "K19a")] == [(1, 1), (1, 2), (1, 1), (1, 1)]
    kept = ImportedFile.objects.get()
    assert (kept.cases, kept.by, kept.second_person, kept.sha256) == (3, manager, "Anne Colleague", report.sha256)
    assert kept.rows.get(event=first).done_by == "Radiographer"
    assert str(kept.rows.get(event=first)) == f"2024-01 of file {report.sha256[:12]}"
    assert kept.rows.count() == Event.objects.count() == 25
    assert set(Access.objects.values_list("what", flat=True)) == {"entered from a file"}


def shuffled(data):
    head, *lines = data.decode().splitlines()
    random.Random(7).shuffle(lines)
    return "\n".join([head, *lines]).encode()


@pytest.mark.parametrize(
    "again",
    [lambda data: data, lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"), shuffled,
     lambda data: data.replace(b"999 000 0018", b"9990000018").replace(b"Radiographer", b"Somebody")],
    ids=["same", "other line ends", "other order", "other notes"],
)  # fmt: skip
def test_what_is_there_already_is_not_written_again(manager, again):
    first = enter(EXAMPLE, manager, **WITH)
    count = Event.objects.count()
    report = enter(again(EXAMPLE), manager, **WITH)
    assert (report.new, report.problems, report.doubles) == ([], [], [])
    assert {entry.known.partition(",")[0] for entry in report.entries} == {"already there"}
    assert (Event.objects.count(), ImportedFile.objects.count()) == (count, 1)
    assert (report.sha256 == first.sha256) == (again(EXAMPLE).replace(b"\r", b"").endswith(EXAMPLE))


def test_of_a_file_that_overlaps_only_the_rest_is_entered(manager):
    enter(file(*WHOLE), manager, **WITH)
    more = row("contact.logged", "2024-03-05 10:00",
               '{"channel": "phone", "spoke_to": "Ward", "purpose": "chase", "said": "soon"}')  # fmt: skip
    report = enter(file(more, *WHOLE, more), manager, **WITH)
    assert [bool(entry.known) for entry in report.entries] == [False, True, True, True, True]
    assert report.entries[-1].known == "the same as row 2"
    assert (Case.objects.count(), Event.objects.count(), ImportedFile.objects.last().cases) == (1, 4, 0)
    assert_true(Case.objects.get())


def test_a_case_that_would_still_be_open_is_refused_and_so_is_all_of_the_file(manager):
    said = problems(file(*WHOLE, *({**each, "case": "2", "nhs_number": ""} for each in WHOLE[:2])), manager)
    assert said == [f"Row 6, column event: Images acquired, 20:00 on 4 March 2024: {STILL_OPEN}"]


CONSENT = '{"procedure": "radiotherapy", "basis": "given"}'
WRONG = [
    (row("scan", "2024-03-04 20:00"), "column event: scan is no kind of event that a file may tell"),
    (row("clock.suspended", "2024-03-04 20:00"), "column event: clock.suspended is no kind of event"),
    (row("case.merged", "2024-03-04 20:00"), "column event: A case that was entered in error, or merged, is left out"),
    (row("imaging.acquired", "2199-03-04 20:00", '{"modality": "mri"}'), "has not come yet"),
    (row("imaging.acquired", "2024-03-31 01:30", '{"modality": "mri"}'), "column time: 01:30 on 31 March 2024 does"),
    (row("imaging.acquired", "2024-10-27 01:30", '{"modality": "mri"}'), "column time:"),
    (row("imaging.acquired", "04.03.2024"), "column time: This is no date and time. Write it as 2025-02-01 10:00 or"),
    (row("imaging.acquired", "2024-03-04", precision="minute"), "column time: This is no date and time"),
    (row("imaging.acquired", "2024-03-04", precision="week"), "column precision: Choose how exactly the time is known"),
    (row("imaging.acquired", "2023-12-04 20:00", '{"modality": "mri"}'), "31 days before the suspicion of 4 March"),
    (row("imaging.acquired", "2024-03-04 20:00", "mri"), "column answers: Write the answers as JSON"),
    (row("imaging.acquired", "2024-03-04 20:00", '["mri"]'), "column answers: Write the answers as one JSON object"),
    (row("imaging.acquired", "2024-03-04 20:00", "[" * 90_000), "column answers: Write the answers as JSON"),
    (row("imaging.acquired", "2024-03-04 20:00"), "column answers: modality: Answer this"),
    (row("imaging.acquired", "2024-03-04 20:00", '{"modality": "mri", "state": "x"}'), "column answers: state:"),
    (row("imaging.acquired", "2024-03-04 20:00", '{"override": "me"}'), "column answers: Write the override as"),
    (row("pain.scored", "2024-03-04 20:00", '{"override": {"by": "A", "reason": "B"}}'), "No guard stands before this"),
    (row("radiotherapy.fraction", "2024-03-06 10:00", '{"n": 1, "of": 1}'), "No basis of consent for radiotherapy"),
    (row("case.admitted", "2024-04-02 10:00"), "Case closed"),
    (row("case.admitted", "2024-03-04 10:00", nhs_number="9990000019"), "column nhs_number:"),
    (row("case.admitted", "2024-03-04 10:00", nhs_number="9990000026"), "have different NHS numbers"),
    (row("case.admitted", "2024-03-04 10:00", unit="Ward B"), "Name one unit of your organisation"),
    (row("case.admitted", "2024-03-04 10:00", who="a\u202eb"), "column who: Type this again by hand"),
    ({**SUSPECTED, "time": "2024-03-05 09:00"}, "This was told already, with other answers or another time"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "sentence"), WRONG)
def test_what_the_pathway_refuses_is_refused_with_row_and_reason(manager, wrong, sentence):
    said = problems(file(*WHOLE, wrong), manager)
    assert any(sentence in each for each in said), said
    assert all(
        each.startswith(("Row 5", "Row 2" if "one unit" in each or "different" in each else "Row 5")) for each in said
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (WHOLE[1:], "Case 1 has no row that says when it was suspected"),
        (({**SUSPECTED, "time": "2009-03-04 09:00"}, CLOSED), "is more than 10 years ago"),
        (({**SUSPECTED, "case": ""}, CLOSED), "column case: Answer this: Case."),
    ],
)
def test_a_case_that_cannot_begin_is_refused(manager, rows, sentence):
    assert any(sentence in each for each in problems(file(*rows), manager))


def test_an_answer_may_have_a_column_of_its_own_and_not_two(manager):
    extra = ("answer.modality",)
    scanned = {**SCANNED, "answers": "", "answer.modality": "mri"}
    assert not look(file(SUSPECTED, scanned, CLOSED, more=extra, mark=";"), manager).problems
    twice = {**SCANNED, "answer.modality": "ct"}
    assert "modality is answered twice" in str(look(file(SUSPECTED, twice, CLOSED, more=extra), manager).problems[0])


def test_a_likely_double_is_named_and_refused_until_somebody_says_that_it_is_none(trust, ward, manager):
    known = factories.case(place=ward, who=factories.patient(trust, nhs_number="9990000018"))
    data = file(*WHOLE, *({**each, "case": "2"} for each in WHOLE))
    seen = look(data, manager)
    assert [(each.case, each.standing, each.twins) for each in seen.doubles] == [
        ("1", [known], []),
        ("2", [known], ["1"]),
    ]
    assert not enter(data, manager, **WITH, apart=[seen.doubles[0].key]).may_be_entered
    assert Case.objects.count() == 1
    assert enter(data, manager, **WITH, apart=[each.key for each in seen.doubles]).may_be_entered
    assert set(Case.objects.values_list("patient", flat=True)) == {known.patient_id}
    assert Case.objects.count() == 3


def test_without_a_number_what_began_there_at_that_time_may_be_the_same(trust, ward, manager):
    start = factories.at("2024-03-04 09:20")
    near = factories.case(place=ward, at=start)
    factories.case(place=factories.unit(trust, "Ward B"), at=start)
    nameless = file({**SUSPECTED, "nhs_number": ""}, *WHOLE[1:])
    assert [each.standing for each in look(nameless, manager).doubles] == [[near]]
    assert look(file(*WHOLE), manager).doubles == []


def test_a_case_that_was_reopened_or_marked_wrong_takes_no_more_from_files(manager):
    enter(file(*WHOLE), manager, **WITH)
    factories.happen(Case.objects.get(), "case.reopened", at=factories.at("2024-04-10 09:00"))
    more = row("case.admitted", "2024-03-04 10:00")
    report = enter(file(*WHOLE, more), manager, **WITH)
    assert "This case was reopened or merged since" in str(report.problems[0])
    assert Event.objects.filter(kind="case.admitted").count() == 0


def test_an_entry_of_years_ago_can_be_corrected_and_only_there(manager):
    enter(file(*WHOLE), manager, **WITH)
    wrong = Event.objects.get(kind="imaging.acquired")
    by = factories.teller(wrong.case.organisation)
    correct(wrong, by=by, why="typed wrong", occurred_at=factories.at("2024-03-04 21:00"), time_is_right=True)
    assert Clock.objects.standing().get(standard="mri_a").ended_at == factories.at("2024-03-04 21:00")
    open_now = factories.case(at=now() - timedelta(hours=1))
    with pytest.raises(Invalid, match="more than a year ago"):
        factories.happen(open_now, "imaging.acquired", at=now() - timedelta(days=367), recorded=now())


def test_a_manager_alone_enters_them_with_somebody_else_for_the_own_organisation(trust, manager, coordinator, outsider):
    with pytest.raises(NotAllowed):
        enter(file(*WHOLE), coordinator, **WITH)
    with pytest.raises(Invalid, match="somebody else"):
        enter(file(*WHOLE), manager, second_person=manager.username)
    with pytest.raises(Invalid, match="Answer this"):
        enter(file(*WHOLE), manager, second_person=" ")
    with pytest.raises(NotAllowed):
        look(file(*WHOLE), User(username="nobody", roles=["manager"]))
    stranger = factories.user("manager", outsider.organisation)
    assert "Name one unit of your organisation" in str(look(file(*WHOLE), stranger).problems[0])
    assert not Case.objects.exists()
    assert not files_of(coordinator).exists()


def test_the_application_can_only_add_to_what_was_entered_and_no_row_twice(manager):
    enter(file(*WHOLE), manager, **WITH)
    with connection.cursor() as cursor:
        for table in ("pathway_importedfile", "pathway_importedrow"):
            rights = "SELECT has_table_privilege('pathway_app', %s, %s)"
            found = [cursor.execute(rights, [table, right]).fetchone()[0] for right in ("INSERT", "UPDATE", "DELETE")]
            assert found == [True, False, False]
    twice = ImportedRow.objects.first()
    twice.pk, twice.event = None, factories.happen(factories.case(), "contact.logged", at=factories.START)
    with pytest.raises(IntegrityError, match="imported_row_once"), transaction.atomic():
        twice.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_at_one_time_and_a_case_that_was_opened_meanwhile_are_refused_in_a_sentence(trust, ward, manager):
    def enters():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, trust.pk])

    with elsewhere(enters), pytest.raises(Refused, match=BUSY):
        enter(file(*WHOLE), manager, **WITH)
    with elsewhere(lambda: alone(trust)), pytest.raises(Refused, match=BUSY):
        enter(file(*WHOLE), manager, **WITH)
    with transaction.atomic():
        attempt = Attempt(file(*WHOLE), manager, ())
        assert attempt.made().may_be_entered
        at_once(lambda: factories.case(place=ward, at=None))
        with pytest.raises(Refused, match=MEANWHILE):
            attempt.keep("Anne Colleague")
        transaction.set_rollback(True)
    assert Case.objects.count() == 1
    assert not ImportedFile.objects.exists()


@pytest.mark.parametrize(
    ("changed", "column"), [({"nhs_number": "9990000026"}, "nhs_number"), ({"unit": "Ward B"}, "unit")]
)
def test_a_later_file_that_names_another_patient_or_unit_for_a_known_case_is_refused(trust, manager, changed, column):
    factories.unit(trust, "Ward B")
    assert enter(file(*WHOLE), manager, **WITH).may_be_entered
    later = SCANNED | {"time": "2024-03-05 10:00"} | changed
    for rows in ([later], [*WHOLE, later], [{**SUSPECTED, **changed}, SCANNED, CLOSED]):
        report = enter(file(*rows), manager, **WITH)
        assert [each.column for each in report.problems] == [column]
        assert Event.objects.count() == len(WHOLE)


def test_line_breaks_in_a_cell_are_those_of_the_file_however_it_was_sent(manager):
    logged = row("contact.made", "2024-03-04 09:30", '{"channel": "phone", "spoke_to": "Registrar"}', note="one\ntwo")
    data = file(SUSPECTED, logged, CLOSED)
    assert enter(data.replace(b"\r\n", b"\n"), manager, **WITH).may_be_entered
    again = enter(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), manager, **WITH)
    assert (again.problems, again.new) == ([], [])


def test_a_time_known_to_the_day_is_recognised_and_an_end_of_that_day_comes_last(manager):
    seen = row("mobility.assessed", "2024-03-04", '{"code": "M2"}')
    died = row("case.died", "2024-03-06", '{"source": "notes"}')
    scanned = {**SCANNED, "time": "2024-03-06 14:00"}
    assert enter(file(SUSPECTED, seen, died, scanned), manager, **WITH).may_be_entered
    report = enter(file({**seen, "answers": '{"code": "M3"}'}), manager, **WITH)
    assert "told already" in str(report.problems[0])


def test_half_a_letter_in_an_answer_is_no_answer(manager):
    broken = {**SCANNED, "answers": '{"\\ud800": 1}'}
    (problem,) = look(file(SUSPECTED, broken, CLOSED), manager).problems
    assert "Write the answers as JSON" in str(problem)
    str(problem).encode()


def test_a_closing_with_a_day_alone_does_not_hide_the_scan_of_that_day(manager):
    """Given a list that has dates alone for what ended, then the scan of that day is not left out."""
    closed = row("case.closed", "2024-03-04", '{"reason": "over"}')
    assert enter(file(SUSPECTED, row("imaging.acquired", "2024-03-04 14:00", '{"modality": "mri"}'), closed), manager,
                 **WITH).may_be_entered  # fmt: skip
    (found,) = results(Scope(manager, factories.at("2024-01-01 00:00"), now()), [BY_KEY["K1"]])
    assert {each.line.key: each.count for each in found.counts if each.count} == {"uncertain": 1}


def test_what_if_plays_no_case_that_came_from_a_file(manager):
    enter(file(*WHOLE), manager, **WITH)
    found = compared(Scope(manager, factories.at("2024-01-01 00:00"), now()), Rules("mri_a"), Rules("mri_a"))
    assert (found["cases"], found["imported"]) == (0, 1)


def test_a_fault_that_is_no_meeting_of_two_is_not_taken_for_one(trust, manager):
    with pytest.raises(IntegrityError, match="not-null constraint"), whole():
        ImportedFile.objects.create(organisation=trust, by=manager)
