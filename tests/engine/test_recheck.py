"""What a correction may not bring about: states out of turn, guards passed by nobody, a case before its suspicion."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.refused import Invalid, Refused
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from tests.engine.truth import assert_true, out_of_turn
from tests.factories import ANSWERS, START, happen, teller
from tests.factories import case as a_case

HOUR = timedelta(hours=1)
SENIOR = {"by": "Dr Senior", "reason": "legs failing"}
SUSPECTED = ANSWERS["case.suspected"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return a_case(place=unit)


def amend(event, **change):
    with clock.at(START + 20 * HOUR):
        made = correct(event, by=teller(event.case.organisation), why="typed wrong", **change)
        assert_true(event.case)
    return made


def refused(event, match, expected=Refused, **change):
    """A correction that must be refused; nothing may have changed."""
    before = list(Event.objects.filter(case=event.case).values()), list(Clock.objects.values().order_by("pk"))
    with pytest.raises(expected, match=match) as refusal:
        amend(event, **change)
    assert (list(Event.objects.filter(case=event.case).values()), list(Clock.objects.values().order_by("pk"))) == before
    return refusal.value


def suspicion(case):
    return Event.objects.get(case=case, kind="case.suspected")


def as_it_stands(event):
    return next(each for each in standing(event.case.events.order_by("pk")) if each.pk == event.pk)


def test_a_request_is_not_moved_behind_its_scan(case):
    requested = happen(case, "imaging.requested", at=START + HOUR)
    happen(case, "imaging.acquired", at=START + 3 * HOUR)
    refused(
        requested, "“Images acquired” .12:00 .*cannot come before “Scan requested” .13:00", occurred_at=START + 4 * HOUR
    )
    amend(requested, occurred_at=START + 2 * HOUR)


def test_an_entry_that_would_make_a_later_one_impossible_is_refused_and_the_later_one_named(case):
    happen(case, "steroids.started", at=START + HOUR)
    stopped = happen(case, "steroids.stopped", at=START + 5 * HOUR)
    happen(case, "steroids.changed", at=START + 3 * HOUR, recorded=START + 6 * HOUR)
    refused(stopped, "does not fit another entry.*recorded “Dose changed”", occurred_at=START + 2 * HOUR)


def test_what_is_taken_back_leaves_no_later_entry_impossible(case):
    happen(case, "steroids.indicated", at=START + HOUR)
    withheld = happen(case, "steroids.withheld", at=START + 2 * HOUR, reason="other")
    happen(case, "steroids.indicated", at=START + 3 * HOUR)
    refused(withheld, "taken back, does not fit another entry.*“Dexamethasone indicated”", withdrawn=True)


def test_what_is_taken_back_may_leave_steps_skipped(case):
    requested = happen(case, "imaging.requested", at=START + HOUR)
    happen(case, "imaging.vetted", at=START + 2 * HOUR)
    amend(requested, withdrawn=True)
    assert not out_of_turn(case) - {suspicion(case).pk}


def test_what_was_out_of_turn_before_hinders_no_correction(case):
    confirmed = happen(case, "case.confirmed", at=START + 5 * HOUR)
    happen(case, "case.died", at=START + 3 * HOUR, recorded=START + 6 * HOUR)
    assert confirmed.pk in out_of_turn(case)
    amend(confirmed, answers=ANSWERS["case.confirmed"] | {"levels": ["T8"]})


def test_an_end_is_moved_and_taken_back_whatever_was_recorded_after_it(case):
    died = happen(case, "case.died", at=START + 6 * HOUR)
    happen(case, "case.confirmed", at=START + 5 * HOUR, recorded=START + 7 * HOUR)
    amend(died, occurred_at=START + 3 * HOUR)
    assert Case.objects.get(pk=case.pk).state == "died"
    amend(died, withdrawn=True)
    assert Case.objects.get(pk=case.pk).state == "confirmed"
    closed = happen(case, "case.closed", at=START + 21 * HOUR)
    happen(case, "case.reopened", at=START + 22 * HOUR)
    with clock.at(START + 23 * HOUR):
        correct(closed, by=teller(case.organisation), why="typed wrong", withdrawn=True)


def test_a_reopening_is_not_moved_to_the_minute_of_the_end(case):
    happen(case, "case.closed", at=START + HOUR)
    reopened = happen(case, "case.reopened", at=START + 2 * HOUR)
    refused(reopened, "the same time", occurred_at=START + HOUR)


@pytest.mark.parametrize("kind", ["case.closed", "case.died", "case.confirmed", "case.reclassified"])
def test_the_suspicion_is_not_moved_behind_what_happened_to_the_case(case, kind):
    later = happen(case, kind, at=START + HOUR, **({"class": "B"} if kind == "case.reclassified" else {}))
    refused(suspicion(case), "An entry would come before the suspicion", occurred_at=START + 2 * HOUR)
    refused(later, "An entry would come before the suspicion", occurred_at=START - HOUR)
    amend(suspicion(case), occurred_at=START + HOUR)


def test_an_admission_may_be_older_than_the_suspicion(case):
    admitted = happen(case, "case.admitted", at=START + HOUR)
    amend(suspicion(case), occurred_at=START + 2 * HOUR)
    amend(admitted, occurred_at=START - HOUR)


def test_only_the_scan_that_raised_the_suspicion_is_older(case):
    scan = happen(case, "imaging.acquired", at=START + HOUR)
    refused(scan, "older than the suspicion", occurred_at=START - HOUR)
    refused(suspicion(case), "before the suspicion.*“Images acquired”", occurred_at=START + 2 * HOUR)
    found = SUSPECTED | {"place": "imaging"}
    amend(suspicion(case), answers=found, occurred_at=START + 2 * HOUR)
    refused(suspicion(case), "before the suspicion.*“Images acquired”", answers=SUSPECTED)
    amend(scan, occurred_at=START - HOUR)


def test_a_steroid_moved_before_haematology_has_advised_needs_a_senior(case):
    happen(case, "steroids.withheld", at=START + HOUR)
    happen(case, "steroids.haematology_advised", at=START + 3 * HOUR)
    started = happen(case, "steroids.started", at=START + 4 * HOUR)
    early = START + 2 * HOUR
    assert refused(started, "haematology has advised", occurred_at=early).senior
    refused(started, "reason", expected=Invalid, occurred_at=early, override={"by": "Dr Senior", "reason": " "})
    amend(started, occurred_at=early, override=SENIOR)
    assert as_it_stands(started).answers == started.answers | {"override": SENIOR}
    amend(started, answers=started.answers | {"dose_mg": 8})
    assert as_it_stands(started).answers == started.answers | {"dose_mg": 8, "override": SENIOR}


def test_a_senior_is_not_named_in_a_correction_that_needs_none(case):
    started = happen(case, "steroids.started", at=START + HOUR)
    amend(started, occurred_at=START + 2 * HOUR, override=SENIOR)
    assert "override" not in as_it_stands(started).answers


def test_answers_are_judged_as_at_the_first_entry(case):
    happen(case, "position.ordered", at=START + HOUR)
    reviewed = happen(case, "position.reviewed", at=START + 2 * HOUR)
    assert refused(reviewed, "No advice on stability", answers=reviewed.answers | {"position": "mobile"}).senior
    booked = happen(case, "imaging.booked", at=START + HOUR, slot_at="2026-03-02T12:00:00Z")
    refused(booked, "before it was booked", expected=Invalid, answers={"slot_at": "2026-03-01T12:00:00Z"})
    refused(booked, "before it was booked", expected=Invalid, occurred_at=START + 4 * HOUR)


@pytest.mark.parametrize("kind", ["contact.made", "pain.scored", "imaging.acquired"])
def test_nothing_is_moved_behind_the_end_of_the_case(case, kind):
    event = happen(case, kind, at=START + HOUR)
    happen(case, "case.died", at=START + 5 * HOUR)
    refused(event, "The case had ended by then: Died", occurred_at=START + 6 * HOUR)
    amend(event, occurred_at=START + 4 * HOUR)


def test_an_entry_is_not_moved_to_a_time_at_which_it_was_not_possible(case):
    indicated = happen(case, "steroids.indicated", at=START + HOUR)
    happen(case, "steroids.started", at=START + 2 * HOUR)
    refused(indicated, "On dexamethasone", occurred_at=START + 3 * HOUR)


def test_what_came_before_the_suspicion_already_hinders_no_correction(case):
    happen(case, "case.assigned", at=START - HOUR, recorded=START + HOUR)
    contacted = happen(case, "contact.made", at=START + HOUR)
    amend(contacted, occurred_at=START + 2 * HOUR)


def test_an_entry_is_not_moved_to_the_minute_of_the_one_that_it_follows(case):
    happen(case, "bladder.catheterised", at=START + HOUR)
    happen(case, "bladder.catheter_removed", at=START + 2 * HOUR)
    again = happen(case, "bladder.catheterised", at=START + 3 * HOUR)
    refused(again, r"Another entry of the same time .* would come after it", occurred_at=START + 2 * HOUR)
    amend(again, occurred_at=START + 2 * HOUR + timedelta(minutes=1))
