"""What is said to an alert stays true when others speak too, and when it is corrected, suspended or told again."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.alerts import pass_on
from pathway.engine.correct import correct
from pathway.engine.duty import fix_contact, put_on
from pathway.engine.hush import suspend
from pathway.engine.refused import Refused
from pathway.engine.tick import tick
from pathway.protocol.types import Role
from pathway.record.alert import Alert, Delivery, Response, Why
from pathway.record.case import Case
from pathway.record.person import Unit
from tests.engine.truth import assert_true
from tests.factories import START, duty, happen, staff, user
from tests.factories import case as a_case

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AMBER = START + 30 * MINUTE  # of contact_a, at 09:30 on a Monday
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return a_case(place=unit)


@pytest.fixture
def person(case):
    """Somebody who is on duty for every level."""
    return staff(case.unit)


@pytest.fixture
def colleague(case):
    return user("clinician", case.organisation)


def sweep(case, at):
    with clock.at(at):
        tick()
        assert_true(case)


def alert_of(case, rung=0):
    return Alert.objects.get(case=case, clock__standard="contact_a", rung=rung, clock__withdrawn_at=None)


def say(what, alert, by, at, **more):
    with clock.at(at):
        made = getattr(respond, what)(alert, by=by, **more)
        assert_true(Case.objects.get(pk=alert.case_id))
    return made


def why(case):
    found = Alert.objects.filter(case=case, clock__standard="contact_a").order_by("rung")
    return [(each.level, each.why) for each in found]


def test_who_declines_what_they_acted_on_acts_no_longer(case, person):
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    say("acknowledge", alert_of(case, 1), person, AMBER + 16 * MINUTE, until=AMBER + 3 * HOUR)
    say("decline", alert_of(case, 1), person, AMBER + 20 * MINUTE, reason="called to theatre")
    sweep(case, AMBER + 20 * MINUTE)
    alert = alert_of(case, 1)
    assert (alert.acknowledged_by, alert.acting_until, alert.calls) == ("", None, 2)
    assert alert in case.alerts.unanswered(AMBER + 21 * MINUTE)
    sweep(case, AMBER + 20 * MINUTE + HOUR)
    assert alert_of(case, 1).calls == 3, "it is not held until the time that was said first"


def test_help_that_was_asked_for_comes_although_one_then_says_how_long_one_acts(case, person):
    sweep(case, AMBER)
    say("ask_for_help", alert_of(case), person, AMBER + MINUTE)
    say("acknowledge", alert_of(case), person, AMBER + 2 * MINUTE, until=AMBER + HOUR)
    sweep(case, AMBER + 2 * MINUTE)
    assert why(case) == [("E1", "time"), ("E3", "help")]


def test_what_was_declined_stays_with_a_colleague_who_acts_before_the_sweep(case, person, colleague):
    sweep(case, AMBER)
    say("decline", alert_of(case), person, AMBER + MINUTE, reason="busy")
    say("acknowledge", alert_of(case), colleague, AMBER + MINUTE, until=AMBER + 20 * MINUTE)
    sweep(case, AMBER + 2 * MINUTE)
    assert why(case) == [("E1", "time")]


def test_two_who_decline_pass_it_on_once(case, person, colleague):
    sweep(case, AMBER)
    say("decline", alert_of(case), person, AMBER + MINUTE, reason="busy")
    say("decline", alert_of(case), colleague, AMBER + 2 * MINUTE, reason="busy too")
    assert alert_of(case).passed_at == AMBER + MINUTE
    sweep(case, AMBER + 2 * MINUTE)
    sweep(case, AMBER + 3 * MINUTE)
    assert why(case) == [("E1", "time"), ("E3", "declined")]
    assert alert_of(case, 1).calls == 1
    say("acknowledge", alert_of(case), colleague, AMBER + 4 * MINUTE)
    assert alert_of(case).passed_why == Why.DECLINED, "that it climbed stays on record"


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("acknowledge", {}),
        ("snooze", {"until": AMBER + 20 * MINUTE}),
        ("decline", {"reason": "mine, I thought"}),
        ("offer", {}),
    ],
)
def test_nobody_answers_over_the_head_of_whoever_acts(case, person, colleague, what, more):
    sweep(case, AMBER)
    say("acknowledge", alert_of(case), person, AMBER + MINUTE)
    more = more | ({"to": user("clinician", case.organisation)} if what == "offer" else {})
    with pytest.raises(Refused, match=f"{person} is acting on this until"):
        say(what, alert_of(case), colleague, AMBER + 2 * MINUTE, **more)
    assert Response.objects.count() == 1


def test_an_offer_is_not_taken_from_a_third_who_acts_meanwhile(case, person, colleague):
    third = user("clinician", case.organisation)
    sweep(case, AMBER)
    say("offer", alert_of(case), person, AMBER + MINUTE, to=colleague)
    say("acknowledge", alert_of(case), third, AMBER + 2 * MINUTE, until=AMBER + 10 * MINUTE)
    with pytest.raises(Refused, match=f"{third} is acting on this"):
        say("accept", alert_of(case), colleague, AMBER + 3 * MINUTE)
    say("accept", alert_of(case), colleague, AMBER + 10 * MINUTE)
    assert respond.acts(colleague, alert_of(case))


def test_help_for_an_older_level_tells_the_one_after_the_newest_unless_somebody_acts_there(case, person, colleague):
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    say("ask_for_help", alert_of(case), person, AMBER + 16 * MINUTE)
    sweep(case, AMBER + 16 * MINUTE)
    assert (alert_of(case, 1).calls, alert_of(case, 1).unanswered_at) == (2, None)
    say("acknowledge", alert_of(case, 1), colleague, AMBER + 17 * MINUTE)
    with pytest.raises(Refused, match=f"{colleague} is acting on this"):
        say("ask_for_help", alert_of(case), person, AMBER + 18 * MINUTE)


def test_no_time_is_asked_for_before_a_level_that_was_told_already(case, person):
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    with pytest.raises(Refused, match="has been told already"):
        say("snooze", alert_of(case), person, AMBER + 16 * MINUTE, until=AMBER + 40 * MINUTE)


def test_a_suspension_holds_time_and_silence_and_not_who_asks_for_help(case, person):
    sweep(case, AMBER)
    with clock.at(AMBER + MINUTE):
        until = (AMBER + 2 * HOUR).isoformat()
        answers = {"until": until, "why": "unfit", "named": "Registrar"}
        suspend(case, "contact_a", by=person, answers=answers)
        assert_true(case)
    sweep(case, AMBER + HOUR)
    assert why(case) == [("E1", "time")], "the limit is over, and the clock waits for its review"
    say("ask_for_help", alert_of(case), person, AMBER + HOUR)
    sweep(case, AMBER + HOUR)
    assert why(case) == [("E1", "time"), ("E3", "help")]
    sweep(case, AMBER + 2 * HOUR - MINUTE)
    assert alert_of(case, 1).calls == 1
    sweep(case, AMBER + 2 * HOUR)
    assert alert_of(case, 1).calls == 2


def test_what_stands_again_is_told_to_who_is_on_duty_now_and_waits_for_nothing_said_before(case, person):
    sweep(case, AMBER)
    say("snooze", alert_of(case), person, AMBER + MINUTE, until=AMBER + 25 * MINUTE)
    made = happen(case, "contact.made", at=AMBER + 2 * MINUTE)
    later = user("clinician", case.organisation)
    duty(case.unit, "nurse in charge", later)
    with clock.at(AMBER + 5 * MINUTE):
        correct(made, by=person, why="another patient", withdrawn=True)
        assert_true(case)
    alert = alert_of(case)
    assert (alert.snoozed_until, alert.called_at) == (None, AMBER + 5 * MINUTE)
    told = alert.deliveries.filter(call=2).values_list("user_id", flat=True)
    assert sorted(told) == sorted([person.pk, later.pk])
    sweep(case, AMBER + 20 * MINUTE)
    assert why(case) == [("E1", "time"), ("E3", "silence")]


def test_a_level_that_was_empty_is_passed_on_the_record(case):
    sweep(case, AMBER)
    first = alert_of(case)
    assert (first.nobody, first.passed_at, first.passed_why) == (True, AMBER, Why.EMPTY)


def test_a_repeat_says_whether_anybody_is_on_duty_by_then(case, colleague):
    sweep(case, AMBER)
    last = alert_of(case, 1)
    assert (last.nobody, last.unanswered_at) == (True, AMBER)
    consultant = duty(case.unit, "on-call consultant", colleague)
    sweep(case, AMBER + HOUR)
    assert not alert_of(case, 1).nobody
    assert alert_of(case, 1).deliveries.get(call=2).user == colleague
    consultant.delete()
    sweep(case, AMBER + 2 * HOUR)
    assert (alert_of(case, 1).nobody, alert_of(case, 1).calls) == (True, 3)


def test_a_fixed_contact_is_told_once_and_is_not_who_is_on_duty(case, colleague, administrator):
    sweep(case, AMBER)
    contact = user("manager", case.organisation)
    with clock.at(AMBER + MINUTE):
        fix_contact(Unit.objects.get(pk=case.unit_id), contact, by=administrator)
        assert_true(case)
        put_on(Unit.objects.get(pk=case.unit_id), Role.SPINAL_REGISTRAR, colleague, by=administrator)
    last = alert_of(case, 1)
    assert (last.nobody, last.called_at) == (True, AMBER + MINUTE)
    assert last.deliveries.get().user == contact
    with clock.at(AMBER + 2 * MINUTE):
        put_on(Unit.objects.get(pk=case.unit_id), Role.CONSULTANT, colleague, by=administrator)
        assert_true(case)
    assert not alert_of(case, 1).nobody
    assert {each.user for each in Delivery.objects.filter(alert=last)} == {contact, colleague}


def test_nobody_to_be_reached_passes_on_at_once(case, person):
    sweep(case, AMBER)
    with clock.at(AMBER + MINUTE):
        pass_on(alert_of(case), Why.UNREACHABLE, now=AMBER + MINUTE)
        pass_on(alert_of(case), Why.UNREACHABLE, now=AMBER + 2 * MINUTE)
        assert_true(case)
    sweep(case, AMBER + MINUTE)
    assert why(case) == [("E1", "time"), ("E3", "unreachable")]
    assert alert_of(case).passed_at == AMBER + MINUTE
