"""Late runs read from real cases: whose minutes, why, and what of a period is counted, left out or said apart."""

from datetime import date, timedelta

import pytest

from pathway.analytics.cohort import Scope
from pathway.analytics.ledger import of_case, of_period
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.merge import merge
from pathway.record.case import Case
from pathway.record.event import Event
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATER = START + timedelta(days=30)
WAY = {
    "contact.made": 40, "referral.received": 50, "referral.triaged": 100, "imaging.requested": 160,
    "imaging.booked": 400,
}  # fmt: skip


@pytest.fixture(autouse=True)
def a_month_later():
    with clock.at(LATER):
        yield


@pytest.fixture
def on_the_way(unit):
    """A case of class A whose scan comes after so many minutes, along the whole path."""

    def on_the_way(last=1900, start=START, **answers):
        case = factories.case(place=unit, at=start, **answers)
        for kind, minute in {**WAY, "imaging.acquired": last}.items():
            factories.happen(case, kind, at=start + minute * MINUTE)
        return case

    return on_the_way


@pytest.fixture
def ledger(scope):
    def ledger(clock="mri_a", of=scope):
        return of_period(of, clock)

    return ledger


def late(case, standard):
    """The late runs of one clock of a case."""
    return [each for each in of_case(case)[0] if each.clock.standard == standard]


def test_a_late_scan_is_split_and_the_split_sums_to_the_run(on_the_way):
    (scan,) = late(on_the_way(), "mri_a")
    assert [(part.holder, part.minutes) for part in scan.parts] == [
        ("referrer", 40), ("coordinator", 60), ("referrer", 60), ("radiology", 240), ("radiology", 1500)
    ]  # fmt: skip
    assert scan.total == (scan.clock.ended_at - scan.clock.started_at) // MINUTE == 1900
    assert scan.over == 1900 - 1440
    assert scan.by_holder == [("radiology", 1740), ("referrer", 100), ("coordinator", 60)]
    assert (scan.why, scan.also, scan.rough) == ("", [], False)


def test_a_run_that_goes_on_is_split_until_now_and_said_apart_in_a_period(unit, ledger):
    case = factories.case(place=unit, at=LATER - 30 * HOUR)
    (scan,) = late(case, "mri_a")
    assert (scan.until, scan.total, scan.over) == (LATER, 1800, 360)
    found = ledger()
    assert (found.runs, len(found.late), found.going_on, found.uncertain) == (1, 0, 1, 0)


def test_a_period_by_holder_and_by_reason_sums_to_its_total(on_the_way, ledger):
    first, second, third = on_the_way(), on_the_way(2000, START + HOUR), on_the_way(1500, START + 2 * HOUR)
    on_the_way(1440, START + 3 * HOUR)  # exactly on time
    at = START + timedelta(days=3)
    factories.happen(first, "clock.explained", at=at, reason="no_scanner_slot", contributory=["transport", "bed"])
    Event.objects.create(  # as it could once be said, the main reason among the others
        case=second, kind="clock.explained", occurred_at=at, recorded_at=at,
        answers={"clock": "mri_a", "reason": "scanner_down", "contributory": ["no_scanner_slot", "scanner_down"]},
    )  # fmt: skip
    found = ledger()
    assert (found.runs, [each.case for each in found.late], found.explained) == (4, [first, second, third], 2)
    assert found.total == 1900 + 2000 + 1500 == sum(share.minutes for share in found.holders)
    assert [(share.holder, share.minutes, share.runs) for share in found.holders] == [
        ("radiology", 1740 + 1840 + 1340, 3), ("referrer", 300, 3), ("coordinator", 180, 3)
    ]  # fmt: skip
    assert [(each.reason, each.runs, each.over, each.also) for each in found.causes] == [
        ("no_scanner_slot", 1, 460, 1), ("scanner_down", 1, 560, 0), ("bed", 0, 0, 1), ("transport", 0, 0, 1),
        ("", 1, 60, 0),
    ]  # fmt: skip
    assert sum(each.over for each in found.causes) == found.over == 1080


def test_what_ended_late_without_being_done_counts_too(unit, ledger):
    case = factories.case(place=unit, at=START)
    factories.happen(case, "case.died", at=START + 30 * HOUR)
    found = ledger()
    assert [(each.case, each.total, each.clock.outcome) for each in found.late] == [(case, 1800, "frozen")]


def test_what_nobody_can_tell_is_a_line_of_its_own(unit, ledger):
    case = factories.case(place=unit, at=START)
    factories.happen(case, "imaging.acquired", at=START + 20 * HOUR, precision="day")
    found = ledger()
    assert (len(found.late), found.uncertain) == (0, 1)
    rough = factories.case(place=unit, at=START)
    factories.happen(rough, "imaging.acquired", at=START + timedelta(days=3), precision="day")
    assert [(each.case, each.rough) for each in ledger().late] == [(rough, True)]


def test_a_corrected_time_and_an_entry_taken_back_count_as_they_stand(on_the_way):
    case = on_the_way()
    by = factories.teller(case.organisation)
    triage = Event.objects.get(case=case, kind="referral.triaged")
    booked = Event.objects.get(case=case, kind="imaging.booked")
    correct(triage, by=by, occurred_at=START + 130 * MINUTE, why="typed wrong", time_is_right=True)
    correct(booked, by=by, withdrawn=True, why="another patient")
    (scan,) = late(case, "mri_a")
    assert [(part.holder, part.waits_for, part.minutes) for part in scan.parts] == [
        ("referrer", "the coordinator to be told", 40), ("coordinator", "triage", 90),
        ("referrer", "the request of the scan", 30), ("radiology", "a slot", 1740),
    ]  # fmt: skip


def test_each_run_has_the_reason_that_was_given_of_it(unit, ledger):
    case = factories.case(place=unit, at=START)
    for hours in (26, 53):
        factories.happen(case, "neuro.examined", at=START + hours * HOUR)
    factories.happen(
        case, "clock.explained", at=START + 54 * HOUR, clock="neuro_exam", run=START.isoformat(), reason="isolation",
        contributory=[],
    )  # fmt: skip
    factories.happen(case, "clock.explained", at=START + 55 * HOUR, clock="neuro_exam", reason="bed", contributory=[])
    factories.happen(case, "clock.explained", at=START + 90 * HOUR, clock="neuro_exam", reason="other", contributory=[])
    found = ledger("neuro_exam")
    assert ([each.why for each in found.late], found.going_on) == (["isolation", "bed"], 1)
    assert [each.why for each in late(case, "neuro_exam")] == ["isolation", "bed", "other"]


def test_late_recognition_is_said_apart_and_in_no_sum(on_the_way, ledger):
    case = on_the_way(first_symptom_on=(START - timedelta(days=9)).date().isoformat())
    on_the_way(start=START + HOUR)
    runs, found = of_case(case)
    assert (found.began, found.days, found.by_patient, found.by_professional) == (date(2026, 2, 21), 9, None, None)
    assert {each.total for each in runs if each.clock.standard == "mri_a"} == {1900}
    of_all = ledger()
    assert (of_all.unrecognised, of_all.cases) == ([("from the first symptom to the suspicion", 9, 1)], 2)


def test_late_recognition_is_of_the_cases_that_are_counted(on_the_way, unit, ledger):
    """Given a scan that is late and goes on, then its days before the suspicion count once it has ended."""
    on_the_way(first_symptom_on=(START - timedelta(days=9)).date().isoformat())
    going_on = factories.case(place=unit, at=START, first_symptom_on=(START - timedelta(days=21)).date().isoformat())
    assert (ledger().going_on, [(days, n) for _, days, n in ledger().unrecognised]) == (1, [(9, 1)])
    factories.happen(going_on, "imaging.acquired", at=START + 40 * HOUR)
    assert (ledger().going_on, [(days, n) for _, days, n in ledger().unrecognised]) == (0, [(15, 2)])


def test_late_recognition_is_parted_by_when_a_professional_was_told(on_the_way, ledger):
    case = on_the_way(first_symptom_on="2026-02-21")
    factories.happen(
        case, "history.symptoms", at=START + HOUR, symptoms=["pain.new"], onset="2026-02-19", reported_on="2026-02-25"
    )
    found = of_case(case)[1]
    assert (found.days, found.by_patient, found.by_professional) == (11, 6, 5)
    assert [(days, n) for _, days, n in ledger().unrecognised] == [(11, 1), (6, 1), (5, 1)]


@pytest.mark.parametrize(("told", "parts"), [("2026-02-10", (0, 9)), ("2026-03-20", (9, 0)), ("2026-03-02", (9, 0))])
def test_days_that_contradict_each_other_stay_within_the_whole(on_the_way, told, parts):
    case = on_the_way(first_symptom_on="2026-02-21")
    factories.happen(case, "history.symptoms", at=START + 480 * HOUR, symptoms=["pain.new"], reported_on=told)
    found = of_case(case)[1]
    assert (found.by_patient, found.by_professional) == parts


def test_a_merged_case_is_read_with_the_one_that_goes_on(on_the_way, unit, coordinator, trust, ledger):
    case = on_the_way()
    other = factories.case(place=unit, at=START - HOUR, who=case.patient)
    factories.happen(other, "contact.made", at=START - HOUR / 2)
    second = str(factories.user("clinician", trust))
    merge(other, by=coordinator, answers={"into": case.code, "reason": "two referrers", "second_person": second})
    found = ledger()
    assert [(each.case, each.total) for each in found.late] == [(case, 1960)]
    assert [part.minutes for part in found.late[0].parts][:2] == [30, 130]


def test_only_the_cases_of_the_scope_count(on_the_way, scope, outsider, ledger, coordinator):
    case = on_the_way()
    assert len(ledger().late) == 1
    other = factories.user("manager", outsider.organisation)
    assert ledger(of=Scope(other, scope.start, scope.end)).runs == 0
    assert ledger(of=Scope(coordinator, scope.start, scope.end)).runs == 0
    assert ledger(of=Scope(scope.user, START + MINUTE, scope.end)).runs == 0
    assert ledger(of=Scope(scope.user, scope.start, scope.end, factories.unit(case.organisation))).runs == 0
    Case.objects.filter(pk=case.pk).update(drill=True)
    assert ledger().runs == 0


def test_many_cases_are_read_with_few_queries(on_the_way, ledger, django_assert_max_num_queries):
    for number in range(4):
        on_the_way(start=START + number * HOUR)
    with django_assert_max_num_queries(6):
        assert len(ledger().late) == 4
