"""An entry on the wrong patient: taken back there, recorded anew here with its own time and who recorded it first."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import drill
from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.correct import correct
from pathway.engine.merge import merge
from pathway.engine.misplaced import rehome
from pathway.engine.refused import Invalid, Merged, NotAllowed, Refused, Used
from pathway.record.event import CORRECTED, Event, standing
from pathway.steps.imaging import ImagingRequest
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, case, happen, teller

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def wrong(unit):
    return case(place=unit)


@pytest.fixture
def right(unit):
    return case(place=unit)


def move(event, to, at=START + 5 * HOUR, **given):
    with clock.at(at):
        return rehome(event, **{"by": teller(to.organisation), "into": to.code, "why": "wrong patient"} | given)


def test_a_move_is_recorded_anew_with_its_own_time_and_who_recorded_it_first(wrong, right, clinician):
    made = happen(wrong, "imaging.requested", at=START + HOUR, by=clinician, modality="ct")
    anew = move(made, right)
    assert (anew.case, anew.kind, anew.occurred_at, anew.answers) == (right, made.kind, made.occurred_at, made.answers)
    assert (anew.moved_from, anew.moved_from.by, anew.recorded_at) == (made, str(clinician), START + 5 * HOUR)
    assert ImagingRequest.objects.get(case=wrong).state == "none"
    assert ImagingRequest.objects.get(case=right).state == "requested"
    back = Event.objects.get(kind=CORRECTED)
    assert (back.corrects, back.answers["moved_to"], back.answers["why"]) == (made, right.code, "wrong patient")
    assert_true(wrong)
    assert_true(right)


@pytest.mark.parametrize("kind", ["contact.logged", "case.died"])
def test_a_fire_drill_takes_no_entry_and_ends_as_it_would_have(unit, wrong, kind):
    with clock.at(START):
        going = drill.start(unit)
    entry = happen(wrong, kind, at=START + HOUR)
    with pytest.raises(Invalid, match="There is no such case"):
        move(entry, going.case, by=teller(unit.organisation))
    assert going.case.events.count() == 1
    with clock.at(START + 6 * HOUR):
        audit()
    going.refresh_from_db()
    assert going.ended_at == START + 6 * HOUR


def test_an_observation_moves_too_and_clocks_follow_on_both(wrong, right):
    happen(wrong, "imaging.requested", at=START + HOUR)
    scan = happen(wrong, "imaging.acquired", at=START + 2 * HOUR)
    assert wrong.clocks.get(standard="mri_a").outcome == "met"
    happen(right, "imaging.requested", at=START + HOUR)
    move(scan, right)
    assert wrong.clocks.get(standard="mri_a").ended_at is None
    assert right.clocks.get(standard="mri_a").ended_at == START + 2 * HOUR
    call = happen(wrong, "contact.logged", at=START + 3 * HOUR)
    assert move(call, right).track_no == 0
    assert [each.kind for each in standing(wrong.events.order_by("pk"))] == ["case.suspected", "imaging.requested"]
    assert_true(wrong)
    assert_true(right)


def test_it_is_moved_as_it_stands_with_corrections_and_the_senior(wrong, right):
    senior = {"by": "Consultant", "reason": "comfort"}
    made = happen(wrong, "position.cleared_to_sit", at=START + HOUR, override=senior)
    with clock.at(START + 2 * HOUR):
        correct(made, by=teller(wrong.organisation), why="sooner", occurred_at=START + timedelta(minutes=30))
    anew = move(made, right)
    assert (anew.occurred_at, anew.answers["override"]) == (START + timedelta(minutes=30), senior)


def test_what_the_right_case_does_not_allow_stays_where_it_is(wrong, right):
    made = happen(wrong, "case.confirmed", at=START + 2 * HOUR)
    happen(right, "case.closed", at=START + HOUR)
    before = Event.objects.count()
    with pytest.raises(Refused, match="not possible"):
        move(made, right)
    assert (Event.objects.count(), wrong.events.filter(kind=CORRECTED).exists()) == (before, False)


def test_what_else_is_refused(wrong, right, unit, physiotherapist):
    suspicion = wrong.events.get(kind="case.suspected")
    first = happen(wrong, "radiotherapy.decided", at=START + HOUR)
    far = case()
    for event, to, refusal, match in (
        (suspicion, right, Refused, "about its own case alone"),
        (first, wrong, Refused, "already"),
        (first, far, Invalid, "no such case"),
    ):
        with pytest.raises(refusal, match=match):
            move(event, to, by=teller(unit.organisation))
    with pytest.raises(NotAllowed):
        move(first, right, by=physiotherapist)
    other = case(place=unit, who=right.patient)
    with clock.at(START + 2 * HOUR):
        merge(other, by=teller(unit.organisation), answers=ANSWERS["case.merged"] | {"into": right.code})
    with pytest.raises(Merged):
        move(first, other)


def test_a_form_sent_twice_moves_once_and_another_form_finds_it_taken_back(wrong, right):
    made, key = happen(wrong, "contact.logged", at=START + HOUR), uuid4()
    assert move(made, right, submission=key) == move(made, right, submission=key)
    other = happen(wrong, "contact.logged", at=START + 2 * HOUR)
    with pytest.raises(Used):
        move(other, right, submission=key)
    with pytest.raises(Refused, match="taken back already"):
        move(made, right, submission=uuid4())
    assert right.events.filter(kind="contact.logged").count() == 1
