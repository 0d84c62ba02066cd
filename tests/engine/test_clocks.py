"""Clock rows, columns and alerts follow the events, whatever is typed in, corrected or taken back."""

from datetime import timedelta

import pytest

from pathway import protocol
from pathway.engine import now as clock
from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.hush import void
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.step import made_by
from tests.engine.truth import assert_true, clocks_of
from tests.factories import ANSWERS, ROUTE, START, case_at, happen, staff, teller
from tests.factories import case as a_case

VOIDED = {"reason": "does not apply", "second_person": "Dr Two"}
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    staff(unit)
    return a_case(place=unit)


def the(case, standard):
    return Clock.objects.standing().filter(case=case, standard=standard).latest("started_at", "nth")


def sweep(moment, case):
    with clock.at(moment):
        tick()
        assert_true(case)


def amend(case, kind, recorded, **change):
    with clock.at(recorded):
        event = Event.objects.filter(case=case, kind=kind).latest("pk")
        made = correct(event, by=teller(case.organisation), why="typed wrong", **change)
        assert_true(case)
    return made


def alerts(case, standard):
    """(level, open) of each alert of a standard, in the order in which they were raised."""
    told = Alert.objects.filter(case=case, clock__standard=standard).order_by("raised_at", "rung")
    return [(alert.level, alert.stood_down_at is None) for alert in told]


def test_rows_and_columns_are_the_fold_at_every_step_of_the_route(unit):
    case = case_at(ROUTE[-1], place=unit)
    with clock.at(START + 4 * HOUR):
        assert_true(case)


def test_an_end_typed_in_late_meets_the_clock_and_the_alert_stays_on_record(case):
    sweep(START + 25 * HOUR, case)
    assert alerts(case, "mri_a") == [("E3", True)]
    happen(case, "imaging.acquired", at=START + 10 * HOUR, recorded=START + 26 * HOUR)
    row = the(case, "mri_a")
    assert (row.outcome, row.ended_at, row.wake_at) == ("met", START + 10 * HOUR, None)
    assert not row.is_late(START + 26 * HOUR)
    alert = Alert.objects.get(clock=row)
    assert (alert.stood_down_at, alert.stood_down_why) == (START + 26 * HOUR, "clock ended")
    with clock.at(START + 26 * HOUR):
        assert_true(case)


def test_an_end_that_is_taken_back_lets_the_clock_and_its_alerts_run_again(case):
    sweep(START + 25 * HOUR, case)
    Alert.objects.get(case=case, clock__standard="mri_a").deliveries.update(read_at=START + 25 * HOUR)
    happen(case, "imaging.acquired", at=START + 25 * HOUR, recorded=START + 26 * HOUR)
    amend(case, "imaging.acquired", START + 27 * HOUR, withdrawn=True)
    row = the(case, "mri_a")
    assert (row.ended_at, row.outcome) == (None, "")
    assert alerts(case, "mri_a") == [("E3", True)]
    alert = Alert.objects.get(clock=row)
    assert (alert.calls, alert.called_at) == (2, START + 27 * HOUR)
    assert [each.read_at for each in alert.deliveries.filter(call=2)] == [None], "told anew"
    sweep(START + 28 * HOUR, case)
    assert alerts(case, "mri_a") == [("E3", True)], "told once"


def test_an_end_that_is_moved_past_the_limit_makes_a_breach_and_no_new_alarm(case):
    happen(case, "imaging.acquired", at=START + 20 * HOUR)
    amend(case, "imaging.acquired", START + 30 * HOUR, occurred_at=START + 25 * HOUR)
    assert the(case, "mri_a").said(START + 30 * HOUR) == "breached"
    sweep(START + 30 * HOUR, case)
    assert alerts(case, "mri_a") == []


def test_a_start_moved_back_keeps_the_rungs_that_were_told(case):
    sweep(START + 12 * HOUR, case)
    sweep(START + 24 * HOUR, case)
    assert alerts(case, "mri_a") == [("E1", True), ("E3", True)]
    first = the(case, "mri_a")
    amend(case, "case.suspected", START + 25 * HOUR, occurred_at=START - HOUR)
    row = the(case, "mri_a")
    assert row.pk != first.pk
    assert Clock.objects.get(pk=first.pk).withdrawn_at == START + 25 * HOUR
    assert alerts(case, "mri_a") == [("E1", True), ("E3", True)]
    sweep(START + 26 * HOUR, case)
    assert alerts(case, "mri_a") == [("E1", True), ("E3", True)], "nothing is told twice"


def test_a_start_moved_on_stands_down_what_is_ahead_again_and_arms_it(case):
    sweep(START + 12 * HOUR, case)
    sweep(START + 24 * HOUR, case)
    amend(case, "case.suspected", START + 25 * HOUR, occurred_at=START + 6 * HOUR)
    row = the(case, "mri_a")
    assert alerts(case, "mri_a") == [("E1", True), ("E3", False)]
    assert (row.rung, row.wake_at) == (1, START + 12 * HOUR + 15 * MINUTE), "nobody has answered the first"
    sweep(START + 30 * HOUR, case)
    assert alerts(case, "mri_a") == [("E1", True), ("E3", False), ("E3", True)]


def test_an_alarm_that_skipped_a_rung_is_not_lost_when_the_start_moves_on(case):
    """After an outage only the highest rung has an alert; if that one stands down, the rung below is told anew."""
    sweep(START + 25 * HOUR, case)
    assert alerts(case, "mri_a") == [("E3", True)]
    amend(case, "case.suspected", START + 25 * HOUR, occurred_at=START + 6 * HOUR)
    assert alerts(case, "mri_a") == [("E3", False)]
    sweep(START + 25 * HOUR + MINUTE, case)
    assert alerts(case, "mri_a") == [("E3", False), ("E2", True)]


def test_a_start_moved_behind_its_end_runs_again_with_its_alarm(case):
    """Getting up ended the clock; then it turns out that lying flat was ordered after it."""
    happen(case, "position.ordered", at=START + HOUR)
    sweep(START + 26 * HOUR, case)
    senior = {"by": "Consultant", "reason": "free of pain"}
    happen(case, "position.freed", at=START + 2 * HOUR, recorded=START + 27 * HOUR, override=senior)
    assert alerts(case, "flat_review") == [("E2", False)]
    amend(case, "position.ordered", START + 30 * HOUR, occurred_at=START + 3 * HOUR)
    assert the(case, "flat_review").ended_at is None
    assert alerts(case, "flat_review") == [("E2", True)]
    sweep(START + 31 * HOUR, case)
    assert alerts(case, "flat_review") == [("E2", True)]


def test_a_due_time_moved_ahead_of_now_is_told_again_when_it_comes(unit):
    """A becomes due no later than B did; B's start was wrong, so A's limit moves while its own start stays."""
    case = a_case("B", place=unit)
    changed, due = START + 156 * HOUR, START + 168 * HOUR
    happen(case, "case.reclassified", at=changed)
    assert the(case, "mri_a").due_at == due
    sweep(due + HOUR, case)
    assert alerts(case, "mri_a") == [("E3", True)]
    amend(case, "case.suspected", due + 2 * HOUR, occurred_at=START + 10 * HOUR)
    assert the(case, "mri_a").due_at == due + 10 * HOUR
    assert ("E3", True) not in alerts(case, "mri_a")
    sweep(due + 10 * HOUR, case)
    assert alerts(case, "mri_a")[-1] == ("E3", True)


def test_a_class_corrected_from_the_start_changes_all_clocks(case):
    sweep(START + 25 * HOUR, case)
    answers = Event.objects.get(case=case).answers | {"class": "B"}
    amend(case, "case.suspected", START + 26 * HOUR, answers=answers)
    running = Clock.objects.running().filter(case=case)
    assert {row.standard for row in running} == {"contact_b", "mri_b"}
    assert not Alert.objects.open().filter(case=case, clock__standard="mri_a").exists()
    assert Case.objects.get(pk=case.pk).klass == "B"


def test_two_runs_of_one_standard_from_one_instant_are_two_rows(case):
    """A renewed order is a review: both in one minute make a run of length zero and one that goes on."""
    happen(case, "position.ordered", at=START + HOUR)
    happen(case, "position.reviewed", at=START + HOUR, recorded=START + 2 * HOUR)
    runs = Clock.objects.standing().filter(case=case, standard="flat_review").order_by("nth")
    assert [(row.started_at, row.nth, row.ended_at) for row in runs] == [
        (START + HOUR, 0, START + HOUR),
        (START + HOUR, 1, None),
    ]
    sweep(START + 22 * HOUR, case)
    amend(case, "position.ordered", START + 23 * HOUR, withdrawn=True)
    assert [(row.nth, row.ended_at) for row in runs.all()] == [(0, None)]
    sweep(START + 23 * HOUR, case)
    assert Alert.objects.open().filter(clock=runs.get()).exists()


def test_a_review_typed_in_late_splits_a_run(case):
    happen(case, "position.ordered", at=START)
    sweep(START + 25 * HOUR, case)
    assert alerts(case, "flat_review") == [("E2", True)]
    happen(case, "position.reviewed", at=START + 10 * HOUR, recorded=START + 26 * HOUR)
    with clock.at(START + 26 * HOUR):
        assert_true(case)
    assert alerts(case, "flat_review") == [("E2", False)]
    assert the(case, "flat_review").started_at == START + 10 * HOUR
    sweep(START + 30 * HOUR, case)
    assert alerts(case, "flat_review") == [("E2", False), ("E1", True)]


def test_a_correction_taken_back_by_another_leads_to_the_same_clocks(case):
    happen(case, "contact.made", at=START + 20 * MINUTE)
    before = clocks_of(case)
    amend(case, "contact.made", START + HOUR, occurred_at=START + 40 * MINUTE)
    assert clocks_of(case) != before
    amend(case, "contact.made", START + 2 * HOUR, occurred_at=START + 20 * MINUTE)
    assert clocks_of(case) == before


def test_the_owner_and_the_next_clock_are_on_the_case(case):
    with clock.at(START + 5 * MINUTE):
        advance(case, "assign", by=teller(case.organisation), answers={"to": "Nurse Specialist"})
    case = Case.objects.get(pk=case.pk)
    assert (case.owner, case.next_standard, case.next_due_at) == ("Nurse Specialist", "contact_a", START + HOUR)
    assert (case.next_amber_at, case.wake_at) == (START + 30 * MINUTE, START + 30 * MINUTE)


def test_a_clock_that_only_reports_is_no_deadline_of_the_case(case):
    alarmed = [key for key, standard in protocol.get(case.protocol).standards.items() if standard.ladder]
    running = Clock.objects.running().filter(case=case)
    assert running.exclude(standard__in=alarmed).exists()
    for row in running.filter(standard__in=alarmed):
        void(case, row.standard, by=teller(case.organisation), answers=VOIDED)
    assert {row.standard for row in running} == {"plan_24", "total_48"}
    case = Case.objects.get(pk=case.pk)
    assert (case.next_standard, case.next_due_at, case.next_amber_at) == ("", None, None)
    assert_true(case)


def test_a_suspicion_typed_in_late_wakes_at_once_and_the_alert_says_so(unit):
    staff(unit)
    case = a_case(place=unit, at=START, recorded=START + 26 * HOUR)
    sweep(START + 26 * HOUR, case)
    assert set(Alert.objects.filter(case=case).values_list("level", "late_entry")) == {("E1", True), ("E3", True)}


@pytest.mark.parametrize("kind", ["case.died", "case.left", "case.closed", "case.declined", "case.entered_in_error"])
def test_what_ends_a_case_ends_its_clocks_and_stands_its_alerts_down(case, kind):
    sweep(START + 25 * HOUR, case)
    told = Alert.objects.filter(case=case).count()
    happen(case, kind, at=START + 26 * HOUR)
    with clock.at(START + 26 * HOUR):
        assert_true(case)
    assert not Alert.objects.open().filter(case=case).exists()
    assert Case.objects.get(pk=case.pk).wake_at is None
    sweep(START + 400 * HOUR, case)
    assert Alert.objects.filter(case=case).count() == told > 0


def test_a_limit_that_was_past_when_its_clock_started_is_no_late_entry(unit):
    """Class B was overdue already when the legs went weak: the alert is prompt, nobody typed late."""
    case = a_case("B", place=unit)
    happen(case, "case.reclassified", at=START + 170 * HOUR)
    sweep(START + 170 * HOUR, case)
    alert = case.alerts.get(clock__standard="mri_a")
    assert (alert.level, alert.late_entry) == ("E3", False)


def test_a_result_ends_the_clock_of_its_own_scan_and_the_other_scan_goes_on_waiting(case):
    told = ANSWERS["imaging.communicated"] | {"result": "non_diagnostic"}
    happen(case, "imaging.acquired", at=START + HOUR, modality="ct")
    happen(case, "imaging.requested", at=START + HOUR + MINUTE, modality="mri")
    happen(case, "imaging.acquired", at=START + 2 * HOUR, modality="mri")
    step, move = made_by("imaging.communicated")
    first, second = step._default_manager.filter(case=case).order_by("number")
    with clock.at(START + 150 * MINUTE):
        advance(first, move.verb, by=teller(case.organisation), at=clock.now(), answers=told)
        assert_true(case)
    assert (the(case, "mri_a").ended_at, the(case, "mri_a").outcome) == (START + 2 * HOUR, "met")
    waits = the(case, "report")
    assert (waits.started_at, waits.due_at, waits.outcome) == (START + 150 * MINUTE, START + 4 * HOUR, "")
    with clock.at(START + 170 * MINUTE):
        advance(second, move.verb, by=teller(case.organisation), at=clock.now(), answers=told)
        assert_true(case)
    assert (the(case, "report").outcome, the(case, "mri_a").outcome) == ("met", "")
