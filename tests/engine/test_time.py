"""When things happened: how exactly that is known, what order is impossible, and which times have to be confirmed."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.correct import correct
from pathway.engine.note import observe
from pathway.engine.refused import Doubtful, Refused, Used
from pathway.engine.story.read import BadStory, read
from pathway.engine.suspect import suspect
from pathway.engine.tick import tick
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from pathway.record.step import machines
from pathway.steps.contact import Contact
from pathway.steps.imaging import ImagingRequest
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, at, duty, happen, patient, teller, unit
from tests.factories import case as a_case

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SENIOR = {"by": "Dr Senior", "reason": "at the bedside"}
NOON = START + 3 * HOUR
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return a_case(place=unit)


def of(case, standard):
    return Clock.objects.standing().filter(case=case, standard=standard).latest("pk")


def as_it_stands(event):
    return next(each for each in standing(event.case.events.order_by("pk")) if each.pk == event.pk)


def advanced(case, kind, moment, recorded, **more):
    """Record without saying that the time is right."""
    with clock.at(recorded):
        step, verb = step_for(case, kind, moment, list(Event.objects.filter(case=case).order_by("pk")))
        return advance(step, verb, by=teller(case.organisation), at=moment, answers=ANSWERS.get(kind, {}), **more)


def test_an_hour_and_a_day_count_from_their_first_minute(case):
    hour = happen(case, "contact.made", at=START + DAY + timedelta(minutes=20), precision="hour")
    assert (hour.occurred_at, hour.precision) == (START + DAY, "hour")
    day = happen(case, "imaging.requested", at=START + DAY, precision="day", recorded=START + DAY + HOUR)
    assert day.occurred_at == at("2026-03-03 00:00")
    assert_true(case)


def test_on_the_day_of_the_suspicion_an_entry_follows_it_and_an_admission_need_not(case):
    made = happen(case, "contact.made", at=NOON, precision="day")
    assert made.occurred_at == START
    assert of(case, "contact_a").said(NOON) == "uncertain"
    admitted = happen(case, "case.admitted", at=NOON, precision="day")
    assert admitted.occurred_at == at("2026-03-02 00:00")
    assert_true(case)


def test_a_call_of_the_day_on_which_the_class_changed_leaves_the_alarm_of_the_contact(unit, coordinator):
    """Nobody can say that the coordinator knows of the legs: the clock rings until a call surely came after them."""
    duty(unit, "coordinator", coordinator)
    case = a_case("B", place=unit, at=START - DAY)
    happen(case, "contact.made", at=START)
    happen(case, "case.reclassified", at=NOON, precision="day")
    row = of(case, "contact_a")
    assert (row.started_at, row.due_at, row.ended_at) == (at("2026-03-02 00:00"), at("2026-03-02 01:00"), None)
    with clock.at(NOON + MINUTE):
        tick()
        assert_true(case)
    alert = case.alerts.get(clock=row)
    assert (alert.level, alert.deliveries.get().user, alert.stood_down_at) == ("E3", coordinator, None)
    happen(case, "contact.made", at=NOON + HOUR)
    row.refresh_from_db()
    assert (row.outcome, row.said(NOON + HOUR)) == ("met", "uncertain")
    with clock.at(NOON + HOUR):
        assert_true(case)


def test_a_day_begins_after_what_has_to_come_before_it(case):
    happen(case, "imaging.requested", at=NOON)
    acquired = happen(case, "imaging.acquired", at=NOON, precision="day", recorded=NOON + HOUR)
    assert acquired.occurred_at == NOON
    assert of(case, "mri_a").said(NOON) == "met"
    assert_true(case)


def test_a_day_on_which_it_cannot_have_happened_is_refused(case):
    happen(case, "imaging.requested", at=START + 2 * DAY)
    step = ImagingRequest.objects.get(case=case)
    with clock.at(START + 2 * DAY + HOUR), pytest.raises(Refused, match="cannot come before “Scan requested”"):
        advance(step, "acquire", by=teller(case.organisation), at=START + DAY, precision="day",
                    answers=ANSWERS["imaging.acquired"])  # fmt: skip


def test_a_death_of_which_the_day_is_known_follows_the_last_examination(case):
    happen(case, "neuro.examined", at=NOON)
    died = happen(case, "case.died", at=NOON, precision="day", recorded=NOON + HOUR)
    assert died.occurred_at == NOON
    assert_true(case)


def test_a_suspicion_of_which_the_day_is_known_runs_from_midnight(unit):
    case = a_case(place=unit, at=NOON, precision="day")
    assert case.suspected_at == at("2026-03-02 00:00")
    assert of(case, "mri_a").start_width == timedelta(hours=23, minutes=59)
    assert Case.objects.get(pk=case.pk).next_width == timedelta(hours=23, minutes=59)
    assert_true(case)


def test_how_exactly_a_time_is_known_is_corrected_both_ways(case):
    made = happen(case, "contact.made", at=NOON)
    by = teller(case.organisation)
    with clock.at(NOON + HOUR):
        correct(made, by=by, why="nobody noted the time", precision="day")
        assert (as_it_stands(made).occurred_at, as_it_stands(made).precision) == (START, "day")
        assert of(case, "contact_a").said(NOON) == "uncertain"
        with pytest.raises(Refused, match="already says 2 March 2026, only the day"):
            correct(made, by=by, why="again", precision="day", occurred_at=NOON)
        correct(made, by=by, why="found", precision="minute", occurred_at=START + timedelta(minutes=9))
    assert (as_it_stands(made).occurred_at, as_it_stands(made).precision) == (START + timedelta(minutes=9), "minute")
    assert of(case, "contact_a").said(NOON) == "met"
    assert_true(case)


def test_a_correction_to_a_day_that_was_impossible_at_midnight_is_taken_where_it_is_possible(case):
    happen(case, "imaging.requested", at=NOON)
    acquired = happen(case, "imaging.acquired", at=NOON + 2 * HOUR)
    with clock.at(NOON + 3 * HOUR):
        correct(acquired, by=teller(case.organisation), why="time not noted", precision="day")
    assert as_it_stands(acquired).occurred_at == NOON
    assert_true(case)


def test_a_second_sending_with_the_same_day_is_the_same_entry_and_with_another_precision_is_not(case):
    key = uuid4()
    first = advanced(case, "contact.made", NOON, NOON, precision="day", submission=key)
    step = Contact.objects.get(case=case)
    same = {"by": teller(case.organisation), "answers": ANSWERS["contact.made"], "submission": key}
    with clock.at(NOON):
        assert advance(step, "make", **same, at=at("2026-03-02 00:00"), precision="day").pk == first.pk
        with pytest.raises(Used):
            advance(step, "make", **same, at=at("2026-03-02 00:00"))


def on_the_row(case, kind, moment, recorded, **answers):
    """Make a move on the row that is there already, as a page does."""
    machine = machines()[kind.split(".")[0]]
    verb = next(move.verb for move in machine.moves().values() if move.event == kind)
    step = case if machine is Case else machine.objects.filter(case=case).first() or machine(case=case)
    given = ANSWERS.get(kind, {}) | answers
    with clock.at(recorded):
        return advance(step, verb, by=teller(case.organisation), at=moment, answers=given, override=SENIOR)


IMPOSSIBLE = [
    ("imaging.requested", "imaging.acquired"),
    ("imaging.acquired", "imaging.communicated"),
    ("imaging.acquired", "imaging.verified"),
    ("transfer.departed", "transfer.arrived"),
    ("transfer.requested", "transfer.departed"),
    ("surgery.started", "surgery.ended"),
    ("radiotherapy.fraction", "radiotherapy.completed"),
    ("radiotherapy.fraction", "radiotherapy.stopped_early"),
    ("steroids.started", "steroids.stopped"),
    ("biopsy.taken", "biopsy.resulted"),
    ("referral.received", "referral.triaged"),
    ("systemic.decided", "systemic.started"),
    ("case.admitted", "discharge.discharged"),
    ("neuro.examined", "case.died"),
    ("pain.scored", "case.died"),
]


@pytest.fixture
def treatable(case):
    happen(case, "case.confirmed", at=START)
    for procedure in ("radiotherapy", "surgery", "systemic"):
        happen(case, "consent.recorded", at=START, procedure=procedure)
    return case


@pytest.mark.parametrize(("first", "then"), IMPOSSIBLE)
def test_an_impossible_order_is_refused_with_both_times(treatable, first, then):
    happen(treatable, first, at=START + 4 * HOUR)
    with pytest.raises(Refused, match=r"12:00 on 2 March 2026.*cannot come before.*13:00 on 2 March 2026"):
        on_the_row(treatable, then, START + 3 * HOUR, START + 5 * HOUR)
    on_the_row(treatable, then, START + 4 * HOUR, START + 5 * HOUR)
    assert_true(treatable)


@pytest.mark.parametrize(("first", "then"), IMPOSSIBLE)
def test_no_correction_brings_an_impossible_order_about(treatable, first, then):
    happen(treatable, first, at=START + 4 * HOUR)
    wrong = happen(treatable, then, at=START + 5 * HOUR, override=SENIOR)
    with clock.at(START + 6 * HOUR), pytest.raises(Refused, match=r"12:00 on 2 March.*13:00 on 2 March"):
        correct(wrong, by=teller(treatable.organisation), why="typed wrong", occurred_at=START + 3 * HOUR,
                override=SENIOR)  # fmt: skip


def test_fractions_follow_their_numbers(treatable):
    happen(treatable, "radiotherapy.fraction", at=START + 4 * HOUR, n=2)
    with pytest.raises(Refused, match=r"“Fraction given 3” .12:00.* cannot come before “Fraction given 2” .13:00"):
        happen(treatable, "radiotherapy.fraction", at=START + 3 * HOUR, recorded=START + 6 * HOUR, n=3)
    with pytest.raises(Refused, match=r"“Fraction given 2” .13:00.* cannot come before “Fraction given 1” .14:00"):
        happen(treatable, "radiotherapy.fraction", at=START + 5 * HOUR, n=1)
    happen(treatable, "radiotherapy.fraction", at=START + 2 * HOUR, recorded=START + 6 * HOUR, n=1)
    happen(treatable, "radiotherapy.fraction", at=START + 3 * HOUR, recorded=START + 6 * HOUR, n=2)
    assert_true(treatable)


def test_an_admission_after_a_discharge_is_a_second_one(treatable):
    happen(treatable, "discharge.discharged", at=START + 4 * HOUR, override=SENIOR)
    assert happen(treatable, "case.admitted", at=START + 8 * HOUR).pk


def test_what_comes_after_the_end_is_refused_with_both_times(case):
    happen(case, "case.died", at=NOON)
    with pytest.raises(Refused, match=r"Died \(12:00 on 2 March 2026\), before 13:00 on 2 March 2026"):
        happen(case, "pain.scored", at=NOON + HOUR)


@pytest.mark.parametrize("kind", ["contact.made", "contact.logged"])
def test_what_is_over_three_days_past_has_to_be_confirmed(case, kind):
    recorded = START + 76 * HOUR + HOUR / 2

    def record(**more):
        if kind == "contact.made":
            return advanced(case, kind, START + HOUR / 2, recorded, **more)
        with clock.at(recorded):
            return observe(case, kind, by=teller(case.organisation), at=START + HOUR / 2, answers=ANSWERS[kind], **more)

    with pytest.raises(Doubtful) as doubt:
        record()
    assert str(doubt.value) == "This is 3 days 4 h ago (09:30 on 2 March 2026)."
    assert case.events.count() == 1
    assert record(time_is_right=True).occurred_at == START + HOUR / 2


def test_three_days_are_not_yet_long_ago(case):
    assert advanced(case, "contact.made", START, START + 72 * HOUR).pk


def test_a_case_of_long_ago_has_to_be_confirmed():
    place = unit()
    who, by, recorded = patient(place.organisation), teller(place.organisation), START + 73 * HOUR
    with clock.at(recorded):
        with pytest.raises(Doubtful, match="3 days 1 h ago"):
            suspect(who, place, by=by, at=START, answers=ANSWERS["case.suspected"])
        assert not Case.objects.filter(patient=who).exists()
        assert suspect(who, place, by=by, at=START, answers=ANSWERS["case.suspected"], time_is_right=True).pk


def test_what_comes_before_the_suspicion_has_to_be_confirmed_but_an_admission_and_the_scan_that_found_it(unit):
    case = a_case(place=unit, where="imaging")
    for kind in ("case.admitted", "imaging.acquired"):
        assert advanced(case, kind, START - HOUR, START + HOUR).pk
    with pytest.raises(
        Doubtful, match=r"This \(08:00 on 2 March 2026\) is before the suspicion \(09:00 on 2 March 2026\)"
    ):
        advanced(case, "contact.made", START - HOUR, START + HOUR)
    assert advanced(case, "contact.made", START - HOUR, START + HOUR, time_is_right=True).pk


def test_a_correction_to_long_before_it_was_recorded_has_to_be_confirmed(case):
    made = happen(case, "contact.made", at=START + 80 * HOUR)
    by = teller(case.organisation)
    with clock.at(START + 300 * HOUR):
        with pytest.raises(Doubtful, match="3 days 7 h before it was recorded"):
            correct(made, by=by, why="wrong day", occurred_at=START + HOUR)
        correct(made, by=by, why="an hour wrong", occurred_at=START + 79 * HOUR)
        correct(made, by=by, why="wrong day", occurred_at=START + HOUR, time_is_right=True)
    assert_true(case)


def test_a_story_with_a_precision_that_there_is_not_is_no_story(tmp_path):
    told = '[[event]]\nkind = "case.suspected"\nat = "2026-03-02T09:00:00Z"\nprecision = "second"\n'
    (tmp_path / "story.toml").write_text(told)
    with pytest.raises(
        BadStory, match=r"event 1 .case.suspected.: precision is minute, hour, day, unknown, not 'second'"
    ):
        read(tmp_path / "story.toml")


def test_an_order_that_nobody_knows_for_certain_is_not_refused(treatable):
    happen(treatable, "surgery.ended", at=START + 3 * HOUR, precision="unknown")
    assert happen(treatable, "surgery.decided", at=START + 2 * HOUR, recorded=START + 5 * HOUR).pk
