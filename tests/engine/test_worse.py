"""What turns out worse is reported, by whichever door it became known, and nothing that was dealt with hides it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.casefile.scores import fallen
from pathway.engine import now as clock
from pathway.engine.advance import step_for
from pathway.engine.bedside import undo
from pathway.engine.correct import correct
from pathway.engine.hold import hold
from pathway.engine.misplaced import rehome
from pathway.engine.referral import Told, refer
from pathway.engine.tick import tick
from pathway.engine.together import advance_with
from pathway.engine.worse import observe_with
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from pathway.record.falls import REPORT
from tests import factories
from tests.engine.truth import assert_true
from tests.factories import START, happen

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return factories.case(place=unit)


@pytest.fixture
def tell(case, physiotherapist):
    """`tell(3, "mobility.assessed", code="M3")`: a form that is sent so many hours after the suspicion."""

    def tell(hours, kind, *, at=None, by=physiotherapist, precision="minute", to=None, **answers):
        with clock.at(START + hours * HOUR):
            happened = START + at * HOUR if at is not None else None
            event = observe_with(to or case, kind, by=by, at=happened, answers=answers, precision=precision)
            assert_true(to or case)
        return event

    return tell


@pytest.fixture
def stop(case, physiotherapist, trust):
    """Somebody stops a step of the ladder for neurology."""
    factories.happen(case, "stability.advised", at=START)
    factories.happen(case, "position.cleared_to_sit", at=START)
    happen(case, "rehabilitation.stepped", at=START + HOUR)

    def stop(hours, at=None, by=physiotherapist):
        with clock.at(START + hours * HOUR):
            row, _ = step_for(case, "rehabilitation.stopped", clock.now(), list(case.events.order_by("pk")))
            when = START + at * HOUR if at is not None else None
            answers = {"step": "R3", "reason": "neurology"}
            return advance_with(row, "stop", before=(), by=by, answers=answers, at=when, time_is_right=True)

    return stop


def reports(case):
    return [each for each in standing(Event.objects.filter(case=case).order_by("pk")) if each.kind == REPORT]


def runs(case):
    return Clock.objects.running().filter(case=case, standard="deterioration").count()


def alerts(case, hours):
    with clock.at(START + hours * HOUR):
        tick()
    return Alert.objects.open().filter(case=case, clock__standard="deterioration").count()


def test_the_examination_that_found_it_does_not_answer_the_alarm(case, coordinator, tell):
    """Given a fall and an examination told as of one minute, when the form is sent, then the clock runs and calls."""
    tell(1, "mobility.assessed", code="M2")
    with clock.at(START + 3 * HOUR + 5 * MINUTE):
        when = {"at": START + 3 * HOUR, "precision": "minute", "time_is_right": True}
        told = [
            Told("neuro.examined", {"frankel": "C"}, key=(key := uuid4()), **when),
            Told("mobility.assessed", {"code": "M6"}, key=key, **when),
        ]
        refer(case, by=coordinator, told=told)
    assert len(reports(case)) == 1
    assert runs(case) == 1
    assert alerts(case, 3.1)
    assert_true(case)


def test_a_report_that_was_dealt_with_hides_no_later_fall(case, tell):
    tell(1, "mobility.assessed", code="M3")
    happen(case, REPORT, at=START + 2 * HOUR, what="gait")
    happen(case, "neuro.examined", at=START + 3 * HOUR)
    assert runs(case) == 0
    tell(60, "mobility.assessed", code="M8")
    assert len(reports(case)) == 2
    assert runs(case) == 1


def test_while_an_alarm_goes_on_the_same_is_not_reported_twice(case, tell):
    tell(1, "mobility.assessed", code="M3")
    happen(case, REPORT, at=START + 2 * HOUR, what="gait")
    tell(3, "mobility.assessed", code="M8")
    assert len(reports(case)) == 1


def test_the_examination_that_an_alarm_asked_for_raises_no_second_one(case, tell):
    """Given a report, when the examination it asks for finds a lower Frankel grade, then that is the same alarm."""
    tell(1, "neuro.examined", frankel="E")
    happen(case, REPORT, at=START + 2 * HOUR, what="power")
    tell(3, "neuro.examined", frankel="C")
    assert len(reports(case)) == 1
    assert runs(case) == 0


def test_a_lower_frankel_grade_that_nobody_expected_is_reported(case, tell):
    tell(1, "neuro.examined", frankel="E")
    event = tell(3, "neuro.examined", frankel="C")
    (report,) = reports(case)
    assert report.answers == {"what": "power"}
    assert report.occurred_at == event.recorded_at + timedelta.resolution
    assert alerts(case, 3.1)


def test_one_grade_less_in_one_muscle_is_for_a_person_to_judge(case, tell):
    tell(1, "neuro.examined", **{f"{level}_{side}": "5" for level in ("L2", "L3") for side in ("left", "right")})
    tell(3, "neuro.examined", L2_left="4", L2_right="5", L3_left="5", L3_right="5")
    assert reports(case) == []


@pytest.mark.parametrize("precision", ["day", "unknown"])
def test_a_grade_whose_time_is_not_known_is_no_older_than_one_that_surely_came_before(case, tell, precision):
    tell(2, "mobility.assessed", code="M3")
    tell(8, "mobility.assessed", code="M8", precision=precision)
    assert len(reports(case)) == 1


def test_a_grade_on_the_wrong_patient_is_reported_on_the_right_one_and_taken_back_on_the_other(unit, case, tell):
    right = factories.case(place=unit)
    tell(1, "mobility.assessed", code="M2")
    tell(1, "mobility.assessed", code="M3", to=right)
    wrong = tell(3, "mobility.assessed", code="M6")
    assert (len(reports(case)), len(reports(right))) == (1, 0)
    with clock.at(START + 3 * HOUR + 5 * MINUTE):
        rehome(wrong, by=factories.teller(unit.organisation), into=right.code, why="tapped on the wrong patient")
    assert (len(reports(case)), len(reports(right))) == (0, 1)
    assert (runs(case), runs(right)) == (0, 1)
    for each in (case, right):
        assert_true(each)


def test_a_stop_for_neurology_on_the_wrong_patient_is_reported_on_the_right_one(unit, case, stop):
    right = factories.case(place=unit)
    for kind in ("stability.advised", "position.cleared_to_sit"):
        happen(right, kind, at=START)
    happen(right, "rehabilitation.stepped", at=START + HOUR)
    wrong = stop(3)
    with clock.at(START + 3 * HOUR + 5 * MINUTE):
        rehome(wrong, by=factories.teller(unit.organisation), into=right.code, why="tapped on the wrong patient")
    assert (len(reports(case)), len(reports(right))) == (0, 1)


def test_a_report_on_which_others_rest_does_not_hold_up_putting_the_entry_right(unit, case, tell, monkeypatch):
    """Given a report that cannot be taken back, when its entry moves to the right patient, then it moves."""
    right = factories.case(place=unit)
    tell(1, "mobility.assessed", code="M2")
    wrong = tell(3, "mobility.assessed", code="M6")
    with clock.at(START + 4 * HOUR):
        happen(case, "case.died", at=START + 3.5 * HOUR)
        moved = rehome(wrong, by=factories.teller(unit.organisation), into=right.code, why="the wrong patient")
    assert moved.case == right
    assert_true(case)


def test_a_correction_that_makes_a_fall_of_it_is_reported(case, tell, physiotherapist):
    tell(1, "mobility.assessed", code="M2")
    event = tell(3, "mobility.assessed", code="M2")
    with clock.at(START + 4 * HOUR):
        correct(event, by=physiotherapist, why="tapped the wrong one", answers={"code": "M7"})
    (report,) = reports(case)
    assert report.occurred_at == START + 4 * HOUR
    assert_true(case)


def test_a_better_grade_that_arrives_late_shows_the_fall_after_it(case, tell):
    """Given M7 of noon, when M2 of ten o'clock arrives out of a dead spot, then the fall between them is reported."""
    tell(4, "mobility.assessed", code="M7")
    assert reports(case) == []
    tell(5, "mobility.assessed", at=2, code="M2")
    assert len(reports(case)) == 1


def test_undo_of_one_report_leaves_no_stop_for_neurology_without_one(case, tell, stop, trust):
    tell(1.5, "mobility.assessed", code="M2")
    first = tell(3, "mobility.assessed", code="M6")
    colleague = factories.user("physiotherapist", trust)
    stop(3.001, at=2.99, by=colleague)
    assert len(reports(case)) == 1, "one alarm goes on"
    with clock.at(START + 3.005 * HOUR):
        undo(case, first.uuid, by=physio(first))
    (report,) = reports(case)
    assert (report.answers, report.by) == ({"what": "power"}, str(physio(first)))
    assert_true(case)


def physio(event):
    return factories.User.objects.get(uuid=event.by_uuid)


def test_undo_takes_back_no_report_that_somebody_made_themselves(case, tell, physiotherapist):
    event = tell(3, "mobility.assessed", at=3, code="M3")
    with clock.at(START + 3 * HOUR + MINUTE / 4):
        happen(case, REPORT, at=START + 3 * HOUR, what="bladder")
        undo(case, event.uuid, by=physiotherapist)
    assert [each.answers["what"] for each in reports(case)] == ["bladder"]


def test_a_case_that_has_ended_is_put_right_without_a_report(case, tell, physiotherapist):
    tell(1, "mobility.assessed", code="M2")
    event = tell(3, "mobility.assessed", code="M2")
    happen(case, "case.died", at=START + 4 * HOUR)
    with clock.at(START + 5 * HOUR):
        correct(event, by=physiotherapist, why="tapped the wrong one", answers={"code": "M7"})
    assert reports(case) == []


def test_what_no_form_reported_is_suggested_until_somebody_does(case):
    """An entry that came by replay or import: nobody pressed anything, so nobody is told; the page asks for it."""
    for hours, code in ((1, "M3"), (2, "M8")):
        happen(case, "mobility.assessed", at=START + hours * HOUR, code=code)

    def suggested():
        with clock.at(START + 3 * HOUR):
            return [each.sentence for each in fallen(hold(case.pk).facts)]

    assert suggested() == ["Mobility is worse: M3 → M8. Report it: it tells the top of the ladder at once."]
    happen(case, REPORT, at=START + 2 * HOUR, what="bladder")
    assert len(suggested()) == 1, "a report of the bladder says nothing of legs"
    happen(case, REPORT, at=START + 2 * HOUR, what="gait")
    assert suggested() == []
    assert Case.objects.get(pk=case.pk).is_open
