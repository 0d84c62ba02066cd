"""Opening a case, and facts that are not moves."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.note import observe
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.engine.suspect import suspect
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, happen, patient
from tests.factories import case as a_case

HOUR = timedelta(hours=1)
GIVEN = ANSWERS["case.suspected"]
pytestmark = pytest.mark.django_db


def open_case(unit, by, at=START, recorded=START, **kwargs):
    with clock.at(recorded):
        return suspect(patient(unit.organisation), unit, **{"by": by, "at": at, "answers": GIVEN} | kwargs)


@pytest.mark.parametrize(
    ("klass", "running"),
    [
        ("A", {"contact_a", "mri_a", "plan_24", "total_48", "neuro_exam", "bladder"}),
        ("B", {"contact_b", "mri_b"}),
        ("C", {"contact_b", "mri_b"}),
    ],
)
def test_the_clocks_of_the_class_start_at_the_suspicion(unit, klass, running):
    case = a_case(klass, place=unit, at=START, recorded=START + HOUR)
    clocks = Clock.objects.running().filter(case=case)
    assert {row.standard for row in clocks} == running
    assert {(row.started_at, row.entered_at) for row in clocks} == {(START, START + HOUR)}
    assert (case.suspected_at, case.klass, case.state, case.phase) == (START, klass, "suspected", "suspected")
    with clock.at(START + HOUR):
        assert_true(case)


def test_without_a_time_it_is_now_by_the_clock_of_the_database(unit, coordinator):
    before = clock.now()
    case = suspect(patient(unit.organisation), unit, by=coordinator, answers=GIVEN)
    assert before <= case.suspected_at <= clock.now()
    assert_true(case)


@pytest.mark.parametrize(
    "when",
    [START + timedelta(minutes=6), START - timedelta(days=367), datetime(2026, 3, 2, 9)],  # noqa: DTZ001
)
def test_an_impossible_time_opens_no_case(unit, coordinator, when):
    with pytest.raises(Refused):
        open_case(unit, coordinator, at=when)
    assert not Case.objects.exists()
    assert not Event.objects.exists()


def test_missing_answers_are_all_named(unit, coordinator):
    with pytest.raises(Invalid) as refusal:
        open_case(unit, coordinator, answers={"class": "D"})
    assert set(refusal.value.fields) == {"class", "suspected_by", "place"}
    assert not Case.objects.exists()


def test_the_first_symptom_is_not_after_the_day_of_the_suspicion(unit, coordinator):
    for later in ("2150-01-01", "2026-03-03"):
        with pytest.raises(Invalid, match=r"after the day of the suspicion \(2 March 2026\)") as refusal:
            open_case(unit, coordinator, answers=GIVEN | {"first_symptom_on": later})
        assert set(refusal.value.fields) == {"first_symptom_on"}
    assert not Case.objects.exists()
    for earlier, why in (("1950-01-01", "before the patient was born"), ("2016-02-28", "more than ten years")):
        with pytest.raises(Invalid, match=why):
            open_case(unit, coordinator, answers=GIVEN | {"first_symptom_on": earlier})
    case = open_case(unit, coordinator, answers=GIVEN | {"first_symptom_on": "2026-03-02"})
    with clock.at(START + HOUR), pytest.raises(Invalid, match="after the day of the suspicion"):
        correct(case.events.get(), by=coordinator, why="the day before", occurred_at=START - 10 * HOUR)


def test_only_who_cares_for_patients_opens_a_case(unit, manager, administrator, auditor, physiotherapist):
    for by in (manager, administrator, auditor):
        with pytest.raises(NotAllowed):
            open_case(unit, by)
    assert open_case(unit, physiotherapist)


def test_one_submission_opens_one_case(unit, coordinator):
    key = uuid4()
    assert open_case(unit, coordinator, submission=key).pk == open_case(unit, coordinator, submission=key).pk
    assert Case.objects.count() == 1


def test_an_observation_changes_no_state_and_no_clock(unit, physiotherapist):
    case = a_case(place=unit)
    before = list(Clock.objects.filter(case=case).values())
    event = happen(case, "contact.logged", at=START + HOUR, by=physiotherapist)
    assert (event.kind, event.track_no) == ("contact.logged", 0)
    assert list(Clock.objects.filter(case=case).values()) == before
    with clock.at(START + HOUR):
        assert_true(case)


def test_an_observation_is_refused_as_a_move_is(unit, manager, coordinator):
    case, given = a_case(place=unit), ANSWERS["pain.scored"]
    happen(case, "case.died", at=START + HOUR)
    with clock.at(START + 2 * HOUR):
        with pytest.raises(NotAllowed):
            observe(case, "pain.scored", by=manager, answers=given)
        with pytest.raises(Invalid):
            observe(case, "pain.scored", by=coordinator, answers={})
        with pytest.raises(Refused, match="had ended by then: Died"):
            observe(case, "pain.scored", by=coordinator, answers=given)
        with pytest.raises(Refused, match="has not come yet"):
            observe(case, "pain.scored", by=coordinator, answers=given, at=START + 3 * HOUR)
        with pytest.raises(KeyError):
            observe(case, "tea.drunk", by=coordinator, answers={})
    assert Event.objects.filter(case=case).count() == 2


def test_one_submission_observes_once(unit, coordinator):
    case, key = a_case(place=unit), uuid4()
    with clock.at(START + HOUR):
        first, second = (
            observe(case, "contact.logged", by=coordinator, answers=ANSWERS["contact.logged"], submission=key)
            for _ in range(2)
        )
    assert first.pk == second.pk
