"""At the bedside: a grade that falls is reported with it, once; an entry of the last minute can be taken back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import bedside, worse
from pathway.engine import now as clock
from pathway.engine.advance import step_for
from pathway.engine.merge import merge
from pathway.engine.refused import Invalid, Refused, Used
from pathway.engine.tick import tick
from pathway.engine.together import advance_with
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from pathway.record.falls import REPORT
from pathway.steps.rehabilitation import Rehabilitation
from tests import factories
from tests.engine.truth import assert_true
from tests.factories import START, happen

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    case = factories.case(place=unit)
    happen(case, "mobility.assessed", at=START + HOUR, code="M3")
    return case


@pytest.fixture
def assess(case, physiotherapist):
    def assess(code, after, **given):
        with clock.at(START + after):
            event = worse.observe_with(case, worse.ASSESSED, by=physiotherapist, answers={"code": code}, **given)
        assert_true(case)
        return event

    return assess


def reports(case):
    return [each for each in standing(Event.objects.filter(case=case).order_by("pk")) if each.kind == REPORT]


def test_a_fall_in_grade_reports_a_deterioration_at_once_and_starts_its_clock(case, assess):
    event = assess("M6", 3 * HOUR)
    (report,) = reports(case)
    assert report.answers == {"what": "gait"}
    assert report.occurred_at == event.occurred_at + timedelta.resolution
    assert Clock.objects.running().get(case=case, standard="deterioration").started_at == report.occurred_at


@pytest.mark.parametrize("code", ["M3", "M2", "M9", "M0"])
def test_what_is_no_fall_reports_nothing(case, assess, code):
    assess(code, 3 * HOUR)
    assert reports(case) == []


def test_what_could_not_be_measured_does_not_hide_a_fall(case, assess):
    assess("M9", 2 * HOUR)
    assess("M4", 3 * HOUR)
    assert len(reports(case)) == 1


def test_the_first_grade_of_all_is_no_fall(unit, physiotherapist):
    case = factories.case(place=unit)
    with clock.at(START + HOUR):
        worse.observe_with(case, worse.ASSESSED, by=physiotherapist, answers={"code": "M8"})
    assert reports(case) == []


def test_a_fall_reported_since_the_grade_before_is_not_reported_again_and_a_further_one_is(case, assess):
    happen(case, "case.deteriorated", at=START + 2 * HOUR)
    assess("M6", 3 * HOUR)
    assert len(reports(case)) == 1
    assess("M8", 4 * HOUR)
    assert len(reports(case)) == 2


def test_an_older_grade_entered_late_reports_nothing_where_a_newer_one_is_known(case, assess):
    assess("M6", 3 * HOUR, at=START + HOUR / 2)
    assert reports(case) == []


def test_a_form_sent_twice_makes_one_entry_and_one_report(case, assess):
    key = uuid4()
    first = assess("M6", 3 * HOUR, submission=key, at=START + 3 * HOUR)
    again = assess("M6", 4 * HOUR, submission=key, at=START + 3 * HOUR)
    assert again == first
    assert len(reports(case)) == 1
    with pytest.raises(Used):
        assess("M8", 5 * HOUR, submission=key)


def test_undo_takes_back_the_grade_and_its_report_and_the_clock_is_gone(case, assess, physiotherapist):
    event = assess("M6", 3 * HOUR)
    with clock.at(START + 3 * HOUR + 50 * SECOND):
        assert bedside.undo(case, event.uuid, by=physiotherapist) == event
        bedside.undo(case, event.uuid, by=physiotherapist)  # pressed twice
    assert reports(case) == []
    assert not Clock.objects.running().filter(case=case, standard="deterioration").exists()
    change = event.corrections.get().answers
    assert (change["why"], change["withdrawn"]) == (bedside.WHY_UNDONE, True)
    assert_true(case)


def test_undo_stands_the_alert_down(case, assess, physiotherapist, unit):
    factories.staff(unit)
    event = assess("M6", 3 * HOUR)
    with clock.at(START + 3 * HOUR + 20 * SECOND):
        tick()
        raised = Alert.objects.get(clock__standard="deterioration")
        bedside.undo(case, event.uuid, by=physiotherapist)
    assert raised.stood_down_at is None
    assert Alert.objects.get(pk=raised.pk).stood_down_at is not None


def test_undo_leaves_a_deterioration_that_somebody_else_reported_next(case, assess, physiotherapist):
    event = assess("M3", 3 * HOUR)
    happen(case, "case.deteriorated", at=START + 3 * HOUR, recorded=START + 3 * HOUR + SECOND)
    with clock.at(START + 3 * HOUR + 30 * SECOND):
        bedside.undo(case, event.uuid, by=physiotherapist)
    assert len(reports(case)) == 1


def test_undo_is_for_a_minute(case, assess, physiotherapist):
    event = assess("M6", 3 * HOUR)
    with clock.at(START + 3 * HOUR + 61 * SECOND), pytest.raises(Refused, match="more than a minute ago"):
        bedside.undo(case, event.uuid, by=physiotherapist)
    assert len(reports(case)) == 1


def test_undo_is_for_who_recorded_it(case, assess, trust):
    event = assess("M6", 3 * HOUR)
    with clock.at(START + 3 * HOUR + 5 * SECOND), pytest.raises(Refused, match="only they can undo it"):
        bedside.undo(case, event.uuid, by=factories.user("physiotherapist", trust))
    assert len(reports(case)) == 1


def test_undo_is_for_what_the_bedside_records(case, physiotherapist):
    """A telephone call logged a moment ago is corrected in the timeline, with a reason."""
    with clock.at(START + 2 * HOUR):
        call = happen(case, "contact.logged")
        with pytest.raises(Refused, match="not recorded at the bedside"):
            bedside.undo(case, call.uuid, by=physiotherapist)
    assert call in standing(Event.objects.filter(case=case).order_by("pk"))


def test_undo_of_what_the_case_does_not_have(case, physiotherapist):
    with pytest.raises(LookupError):
        bedside.undo(case, uuid4(), by=physiotherapist)


@pytest.fixture
def sitting(unit):
    """A patient who sits at 30 degrees."""
    case = factories.case_at("position.cleared_to_sit", place=unit)
    happen(case, "rehabilitation.stepped", at=START + 6 * HOUR)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def stop(sitting, physiotherapist):
    def stop(reason, after=7 * HOUR, **given):
        with clock.at(START + after):
            row, _ = step_for(sitting, "rehabilitation.stopped", clock.now(), list(sitting.events.order_by("pk")))
            answers = {"step": "R3", "reason": reason, "pain": 6, "systolic": 96}
            event = advance_with(row, "stop", before=(), by=physiotherapist, answers=answers, **given)
        assert_true(sitting)
        return event

    return stop


def test_a_stop_goes_back_and_keeps_what_was_measured(sitting, stop):
    event = stop("blood_pressure")
    assert Rehabilitation.objects.get(case=sitting).state == "R2"
    assert (event.answers["pain"], event.answers["systolic"]) == (6, 96)
    assert reports(sitting) == []


def test_a_stop_for_neurology_reports_it_once(sitting, stop):
    key = uuid4()
    event = stop("neurology", submission=key)
    assert stop("neurology", submission=key) == event
    (report,) = reports(sitting)
    assert (report.answers, report.submission) == ({"what": "power"}, worse.key_of(event))


def test_a_stop_for_neurology_that_was_reported_already_is_not_reported_again(sitting, stop):
    happen(sitting, "case.deteriorated", at=START + 7 * HOUR)
    stop("neurology", after=8 * HOUR, at=START + 7 * HOUR - timedelta(minutes=1))
    assert len(reports(sitting)) == 1


def test_a_step_with_worse_neurology_is_refused_beside_its_answer(sitting):
    with pytest.raises(Invalid) as refusal:
        happen(sitting, "rehabilitation.stepped", at=START + 7 * HOUR, neurology="worse")
    assert list(refusal.value.fields) == ["neurology"]
    assert "Stop the step because of neurology" in str(refusal.value)


def test_pain_that_was_reported_does_not_silence_a_fall(case, assess):
    happen(case, "case.deteriorated", at=START + 2 * HOUR, what="pain")
    assess("M6", 3 * HOUR)
    assert [each.answers["what"] for each in reports(case)] == ["pain", "gait"]


def test_a_fall_from_what_a_merged_case_knows_is_reported(case, unit, coordinator, physiotherapist):
    survivor = factories.case(place=unit, who=case.patient)
    with clock.at(START + 2 * HOUR):
        merge(case, by=coordinator, answers={"into": survivor.code, "reason": "typed twice", "second_person": "Sister"})
    with clock.at(START + 3 * HOUR):
        worse.observe_with(survivor, worse.ASSESSED, by=physiotherapist, answers={"code": "M6"})
    assert len(reports(survivor)) == 1
    assert_true(survivor)


def test_what_undo_leaves_is_judged_again(case, assess, physiotherapist, trust):
    """Two people see the same fall; the one who had reported it takes it back, and the fall that stands is reported."""
    first = assess("M6", 3 * HOUR)
    colleague = factories.user("physiotherapist", trust)
    with clock.at(START + 3 * HOUR + 20 * SECOND):
        second = worse.observe_with(case, worse.ASSESSED, by=colleague, answers={"code": "M6"})
    assert len(reports(case)) == 1
    with clock.at(START + 3 * HOUR + 40 * SECOND):
        bedside.undo(case, first.uuid, by=physiotherapist)
    (report,) = reports(case)
    assert worse.reported_with(second, [report])
    assert_true(case)
