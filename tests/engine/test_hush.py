"""Suspending and voiding a clock: by name, with a reason, within bounds, and never more than its wake time."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.refused import Invalid, NotAllowed, Refused, Stale
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.clock import Clock
from pathway.record.event import Event
from tests.engine.truth import assert_true
from tests.factories import START, happen, staff, teller
from tests.factories import case as a_case

HOUR = timedelta(hours=1)
VOID = {"reason": "pacing wires", "second_person": "Consultant"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    staff(unit)
    return a_case(place=unit)


def hush(case, until, at=START + 11 * HOUR, standard="mri_a", **kwargs):
    answers = {"until": until.isoformat(), "why": "unfit", "named": "Dr Registrar"}
    with clock.at(at):
        event = suspend(case, standard, **{"by": teller(case.organisation), "answers": answers} | kwargs)
        assert_true(case)
    return event


def sweep(moment, case):
    with clock.at(moment):
        tick()
        assert_true(case)
    alerts = Alert.objects.filter(case=case, clock__standard="mri_a").order_by("pk")
    return list(alerts.values_list("level", flat=True))


def test_a_suspension_moves_the_wake_and_nothing_else(case):
    before = Clock.objects.get(case=case, standard="mri_a")
    hush(case, START + 14 * HOUR)
    after = Clock.objects.get(case=case, standard="mri_a")
    assert (after.started_at, after.amber_at, after.due_at) == (before.started_at, before.amber_at, before.due_at)
    assert (after.suspended_until, after.wake_at) == (START + 14 * HOUR, START + 14 * HOUR)


def test_a_suspended_clock_wakes_nobody_before_its_review_and_then_at_once(case):
    hush(case, START + 13 * HOUR, at=START + 12 * HOUR)
    assert sweep(START + 12.5 * HOUR, case) == []
    assert sweep(START + 13 * HOUR, case) == ["E1"]
    hush(case, START + 26 * HOUR, at=START + 23 * HOUR)
    assert sweep(START + 25 * HOUR, case) == ["E1"]
    assert sweep(START + 26 * HOUR, case) == ["E1", "E3"]


def test_another_suspension_replaces_the_first(case):
    hush(case, START + 14 * HOUR)
    hush(case, START + 13 * HOUR, at=START + 12 * HOUR)
    assert sweep(START + 13 * HOUR, case) == ["E1"]


def test_suspensions_one_after_another_are_four_hours_in_all_and_then_the_alarms_come(case):
    at = START + HOUR / 4
    hush(case, at + 4 * HOUR, at=at, standard="contact_a")
    with pytest.raises(Invalid, match="by 13:15 on 2 March 2026: four hours in all are the most"):
        hush(case, at + 4 * HOUR + HOUR / 60, at=at + 3 * HOUR, standard="contact_a")
    hush(case, at + 3.5 * HOUR, at=at + 3 * HOUR, standard="contact_a")
    hush(case, at + 4.25 * HOUR, at=at + 3.75 * HOUR, standard="contact_a")
    for later in (4.25, 4.5, 16):
        with pytest.raises(Refused, match=r"for four hours in all.*Record the step.*decline.*void.*second person"):
            hush(case, at + (later + 1) * HOUR, at=at + later * HOUR, standard="contact_a")
    with clock.at(at + 4.25 * HOUR):
        tick()
    assert Alert.objects.filter(case=case, clock__standard="contact_a", level="E3").exists()
    with clock.at(at + 4.5 * HOUR):
        void(case, "contact_a", by=teller(case.organisation), answers=VOID)


def test_the_next_run_of_a_clock_may_wait_for_its_own_four_hours(case, coordinator):
    happen(case, "position.ordered", at=START + HOUR)
    hush(case, START + 6 * HOUR, at=START + 2 * HOUR, standard="flat_review")
    happen(case, "position.reviewed", at=START + 10 * HOUR, by=coordinator)
    hush(case, START + 15 * HOUR, at=START + 11 * HOUR, standard="flat_review")


def test_other_clocks_are_not_suspended(case):
    hush(case, START + 4 * HOUR, at=START + HOUR / 4)
    with clock.at(START + HOUR):
        tick()
    assert Alert.objects.filter(case=case).get().clock.standard == "contact_a"


@pytest.mark.parametrize("until", [START + 11 * HOUR, START + 15 * HOUR + timedelta(seconds=1), START])
def test_a_review_is_at_most_four_hours_ahead(case, until):
    with pytest.raises(Invalid):
        hush(case, until)


def test_an_ended_or_unknown_clock_is_not_suspended(case):
    happen(case, "imaging.acquired", at=START + HOUR)
    for standard, said in (("mri_a", "MRI within 24 hours"), ("tea_time", "tea_time")):
        with pytest.raises(Refused, match=f"{said}.*is not running"):
            hush(case, START + 14 * HOUR, standard=standard)
    assert not Event.objects.filter(kind="clock.suspended").exists()


def test_suspending_is_for_doctors_and_coordinators(case, physiotherapist, manager):
    for by in (physiotherapist, manager):
        with pytest.raises(NotAllowed):
            hush(case, START + 14 * HOUR, by=by)
        with pytest.raises(NotAllowed):
            void(case, "mri_a", by=by, answers=VOID)


def test_one_submission_suspends_once(case):
    key = uuid4()
    assert hush(case, START + 14 * HOUR, submission=key).pk == hush(case, START + 14 * HOUR, submission=key).pk


def test_a_voided_clock_ends_with_its_alerts(case):
    assert sweep(START + 12 * HOUR, case) == ["E1"]
    key = uuid4()
    with clock.at(START + 13 * HOUR):
        first, second = (
            void(case, "mri_a", by=teller(case.organisation), answers=VOID, submission=key) for _ in range(2)
        )
        assert_true(case)
    assert first.pk == second.pk
    row = Clock.objects.get(case=case, standard="mri_a")
    assert (row.outcome, row.ended_at) == ("void", START + 13 * HOUR)
    assert not Alert.objects.open().filter(clock=row).exists()
    assert sweep(START + 30 * HOUR, case) == ["E1"]


def newest(case):
    return Event.objects.filter(case=case).latest("pk").pk


@pytest.mark.parametrize("act", [suspend, void])
def test_a_form_drawn_for_an_earlier_run_does_not_quieten_the_next(case, coordinator, act):
    happen(case, "position.ordered", at=START + HOUR)
    seen = newest(case)
    happen(case, "position.reviewed", at=START + 10 * HOUR, by=coordinator)
    until = (START + 12 * HOUR).isoformat()
    answers = VOID if act is void else {"until": until, "why": "unfit", "named": "Dr Registrar"}
    with clock.at(START + 11 * HOUR):
        with pytest.raises(Stale, match=f"{coordinator} recorded “Position reviewed”"):
            act(case, "flat_review", by=coordinator, answers=answers, seen=seen)
        row = Clock.objects.running().get(case=case, standard="flat_review")
        assert (row.started_at, row.suspended_until) == (START + 10 * HOUR, None)
        act(case, "flat_review", by=coordinator, answers=answers, seen=newest(case))


def test_a_form_drawn_before_the_clock_was_suspended_or_anything_corrected_is_refused(case, clinician):
    contact = happen(case, "contact.made", at=START + HOUR / 2)
    seen = newest(case)
    hush(case, START + 4 * HOUR, at=START + HOUR, by=clinician, seen=seen)
    with pytest.raises(Stale, match=f"{clinician} recorded “Clock suspended”"):
        hush(case, START + 5 * HOUR, at=START + 2 * HOUR, seen=seen)
    seen = newest(case)
    with clock.at(START + 2 * HOUR):
        correct(contact, by=clinician, why="wrong patient", withdrawn=True)
    with pytest.raises(Stale, match="Entry corrected"):
        hush(case, START + 5 * HOUR, at=START + 2 * HOUR, standard="contact_a", seen=seen)


def test_what_concerns_other_clocks_does_not_make_a_form_stale(case):
    seen = newest(case)
    happen(case, "position.ordered", at=START + HOUR)
    hush(case, START + 5 * HOUR, at=START + 2 * HOUR, standard="contact_a")
    hush(case, START + 5 * HOUR, at=START + 2 * HOUR, seen=seen)


def test_the_second_person_is_somebody_else(case):
    by = teller(case.organisation)
    with clock.at(START + HOUR), pytest.raises(Invalid):
        void(case, "mri_a", by=by, answers=VOID | {"second_person": f" {str(by).upper()} "})


def named(case):
    """Somebody who signs in by one name and is called by another."""
    by = teller(case.organisation)
    by.first_name, by.last_name = "Zoë", "Parker"
    by.save()
    return by


@pytest.mark.parametrize(
    ("second", "why"),
    [
        *((name, "somebody else") for name in ("zoë  PARKER", "Zoe\u0308 Parker", "Zoe Parker", "Parker, Zoë")),
        *((name, "somebody else") for name in ("\uff3a\uff4f\u00eb Parker", "\U0001d40f\U0001d41arker Zoë")),
        *((name, "several alphabets") for name in ("Zoë P\u0430rker", "Z\u03bfë Parker")),
    ],
)
def test_the_second_person_is_somebody_else_however_the_name_is_spelt(case, second, why):
    with clock.at(START + HOUR), pytest.raises(Invalid, match=why) as refused:
        void(case, "mri_a", by=named(case), answers=VOID | {"second_person": second})
    assert list(refused.value.fields) == ["second_person"]


@pytest.mark.parametrize("second", ["Zoë Barker", "Зоя Паркер", "Ζωή Πάρκερ"])
def test_a_second_person_may_have_a_name_like_the_first_and_be_written_in_any_alphabet(case, second):
    with clock.at(START + HOUR):
        void(case, "mri_a", by=named(case), answers=VOID | {"second_person": second})
    assert Clock.objects.get(case=case, standard="mri_a").outcome == "void"


def test_a_clock_whose_start_lies_minutes_ahead_can_be_voided(case):
    happen(case, "steroids.indicated", at=START + HOUR + timedelta(minutes=4), recorded=START + HOUR)
    with clock.at(START + HOUR):
        void(case, "dexamethasone", by=teller(case.organisation), answers=VOID)
    assert Clock.objects.get(case=case, standard="dexamethasone").outcome == "void"


@pytest.mark.parametrize("clock_key", ["deterioration", "result_ack"])
def test_what_tells_the_top_of_the_ladder_is_not_suspended(case, clock_key):
    at = START + HOUR
    happen(case, "case.deteriorated", at=at)
    happen(case, "imaging.communicated", at=at, result="mscc")
    with clock.at(at), pytest.raises(Refused, match="cannot be suspended"):
        suspend(case, clock_key, by=teller(case.organisation),
                answers={"until": at + HOUR, "why": "unfit", "named": "Dr One"})  # fmt: skip
