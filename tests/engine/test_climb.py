"""The ladder in the database: who is told at each level, in and out of hours, and what people say to it."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.alerts import pass_on
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery, Reply, Response
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
def on(unit):
    """Somebody for each of these roles, by role."""
    return lambda *roles: {role: put(unit, role) for role in roles}


def put(unit, role):
    person = user("clinician", unit.organisation)
    duty(unit, role, person)
    return person


def sweep(case, at):
    with clock.at(at):
        tick()
        assert_true(case)
    return alerts(case)


def alerts(case, standard="contact_a"):
    found = Alert.objects.filter(case=case, clock__standard=standard).order_by("rung")
    return [(each.level, each.why) for each in found]


def newest(case, standard="contact_a"):
    return Alert.objects.filter(case=case, clock__standard=standard).latest("rung")


def told(alert, call=None):
    found = Delivery.objects.filter(alert=alert, **({"call": call} if call else {}))
    return {each.user for each in found.select_related("user")}


def say(what, alert, by, at, **more):
    with clock.at(at):
        made = getattr(respond, what)(alert, by=by, **more)
        assert_true(Case.objects.get(pk=alert.case_id))
    return made


def test_silence_goes_from_level_to_level_and_the_last_repeats_hourly_as_the_same_alert(case):
    person = staff(case.unit)
    assert sweep(case, AMBER) == [("E1", "time")]
    assert sweep(case, AMBER + 14 * MINUTE) == [("E1", "time")]
    assert sweep(case, AMBER + 15 * MINUTE) == [("E1", "time"), ("E3", "silence")]
    last, now = newest(case), AMBER + 45 * MINUTE
    assert last.unanswered_at is None
    for calls in (2, 3, 4):
        sweep(case, now)
        last = Alert.objects.get(pk=last.pk)
        assert (last.calls, last.called_at, last.unanswered_at) == (calls, now, AMBER + 45 * MINUTE)
        assert told(last, call=calls) == {person}
        assert case.alerts.unanswered(now).filter(pk=last.pk).exists()
        now += HOUR
    assert alerts(case) == [("E1", "time"), ("E3", "silence")], "one alert a clock, run and level"


def test_the_fixed_contact_hears_of_it_when_the_ladder_has_run_out(case):
    person, contact = staff(case.unit), user("manager", case.organisation)
    Unit.objects.filter(pk=case.unit_id).update(fixed_contact=contact)
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    assert told(newest(case)) == {person}
    sweep(case, AMBER + 45 * MINUTE)
    assert told(newest(case), call=2) == {person, contact}


def test_acting_holds_the_next_level_and_takes_the_case_out_of_the_unanswered(case):
    person = staff(case.unit)
    for minutes in (0, 15, 45):
        sweep(case, AMBER + minutes * MINUTE)
    say("acknowledge", newest(case), person, AMBER + 50 * MINUTE, until=AMBER + 2 * HOUR)
    assert not case.alerts.unanswered(AMBER + 51 * MINUTE).filter(clock__standard="contact_a").exists()
    sweep(case, AMBER + 2 * HOUR - MINUTE)
    assert newest(case).calls == 2
    sweep(case, AMBER + 2 * HOUR)
    assert newest(case).calls == 3, "acting lapsed, and the step was not done"


def test_in_hours_and_out_of_hours_other_people_answer(unit, on):
    people = on("nurse in charge", "site nurse", "on-call consultant", "MSCC lead", "coordinator")
    day, night = (a_case(place=unit, at=at) for at in (START, START + 12 * HOUR))
    sweep(day, AMBER)
    assert told(newest(day)) == {people["nurse in charge"], people["coordinator"]}
    sweep(night, START + 12 * HOUR + 30 * MINUTE)
    assert told(newest(night)) == {people["site nurse"], people["coordinator"]}
    sweep(day, START + 13 * HOUR)
    assert told(newest(day)) >= {people["on-call consultant"]}
    assert people["MSCC lead"] not in told(newest(night)), "the lead is asked in working hours only"


def test_the_owner_of_the_case_is_told_first_by_name_unless_two_have_it(case, on):
    nurse = on("nurse in charge")["nurse in charge"]
    owner = user("coordinator", case.organisation)
    owner.first_name, owner.last_name = "Olive", "Owner"
    owner.save()
    happen(case, "case.assigned", at=START, to="olive  owner")
    sweep(case, AMBER)
    assert told(newest(case)) == {nurse, owner}
    other = user("coordinator", case.organisation)
    other.first_name, other.last_name = "Olive", "Owner"
    other.save()
    second = a_case(place=case.unit, at=START + HOUR)
    happen(second, "case.assigned", at=START + HOUR, to="Olive Owner")
    sweep(second, START + HOUR + 30 * MINUTE)
    assert told(newest(second)) == {nurse}


def test_who_is_only_copied_makes_no_level_that_is_answered(case, on):
    people = on("coordinator", "on-call consultant")
    happen(case, "position.ordered", at=START)
    happen(case, "position.immobilised", at=START)
    sweep(case, START + 12 * HOUR)
    assert alerts(case, "stability") == [("E2", "time"), ("E3", "empty")], "no spinal registrar is on duty"
    assert told(Alert.objects.get(case=case, clock__standard="stability", level="E2")) == {people["coordinator"]}
    assert told(newest(case, "stability")) == set(people.values())


def test_something_worse_goes_to_the_top_at_once_and_to_the_manager_in_fifteen_minutes(case, on):
    people = on("on-call consultant", "service manager", "site or duty manager", "executive on call")
    happen(case, "case.deteriorated", at=START + HOUR)
    sweep(case, START + HOUR)
    assert alerts(case, "deterioration") == [("EX", "time")]
    sweep(case, START + HOUR + 15 * MINUTE)
    assert alerts(case, "deterioration") == [("EX", "time"), ("E4", "silence")]
    assert told(newest(case, "deterioration")) == {people["service manager"], people["on-call consultant"]}


def test_the_end_of_the_clock_silences_everything(case):
    staff(case.unit)
    for minutes in (0, 15, 45):
        sweep(case, AMBER + minutes * MINUTE)
    happen(case, "contact.made", at=AMBER + 50 * MINUTE)
    calls = newest(case).calls
    sweep(case, AMBER + 20 * HOUR)
    assert newest(case).calls == calls
    assert not case.alerts.unanswered(AMBER + 20 * HOUR).filter(clock__standard="contact_a").exists()


def test_a_decline_or_a_call_for_help_of_an_older_level_does_not_climb_twice(case):
    person = staff(case.unit)
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    first = Alert.objects.get(case=case, clock__standard="contact_a", rung=0)
    say("decline", first, person, AMBER + 20 * MINUTE, reason="somebody else has it")
    assert sweep(case, AMBER + 20 * MINUTE) == [("E1", "time"), ("E3", "silence")]
    assert newest(case).calls == 1


def test_a_level_that_is_passed_on_after_an_outage_keeps_its_place_among_what_is_overdue(case):
    person = staff(case.unit)
    sweep(case, AMBER)
    say("decline", newest(case), person, AMBER + 240 * MINUTE, reason="in theatre")
    assert newest(case).clock.wake_at == AMBER + 30 * MINUTE, "the limit itself, which no sweep has seen"
    assert sweep(case, AMBER + 240 * MINUTE) == [("E1", "time"), ("E3", "time")]


def test_declining_the_last_level_is_unanswered_at_once(case):
    person = staff(case.unit)
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    say("decline", newest(case), person, AMBER + 20 * MINUTE, reason="in theatre")
    sweep(case, AMBER + 20 * MINUTE)
    assert (newest(case).calls, newest(case).unanswered_at) == (2, AMBER + 20 * MINUTE)


def test_help_at_the_last_level_tells_it_again_and_leaves_it_answered(case):
    person = staff(case.unit)
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    say("acknowledge", newest(case), person, AMBER + 16 * MINUTE)
    say("ask_for_help", newest(case), person, AMBER + 20 * MINUTE, reason=" two  at once ")
    sweep(case, AMBER + 20 * MINUTE)
    assert (newest(case).calls, newest(case).unanswered_at) == (2, None)
    assert Response.objects.get(what=Reply.HELP).reason == "two at once"


@pytest.mark.parametrize(
    ("what", "more", "said"),
    [
        ("acknowledge", {"until": AMBER}, "next four hours"),
        ("acknowledge", {"until": AMBER + 5 * HOUR}, "next four hours"),
        ("snooze", {"until": AMBER + 2 * HOUR}, "an hour at most"),
        ("snooze", {"until": AMBER}, "an hour at most"),
        ("decline", {"reason": "  "}, "Say why"),
        ("decline", {"reason": "x" * 301}, "300 letters"),
        ("accept", {}, "Nobody has asked you"),
        ("refuse", {"reason": "no"}, "Nobody has asked you"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(case, what, more, said):
    person = staff(case.unit)
    sweep(case, AMBER)
    before = Alert.objects.filter(case=case).values().get()
    with pytest.raises(Refused, match=said):
        say(what, newest(case), person, AMBER + MINUTE, **more)
    assert Alert.objects.filter(case=case).values().get() == before
    assert not Response.objects.exists()


def test_only_the_first_level_gives_time_and_only_once(case):
    person = staff(case.unit)
    sweep(case, AMBER)
    say("snooze", newest(case), person, AMBER + MINUTE, until=AMBER + 40 * MINUTE)
    with pytest.raises(Refused, match="has asked for time before"):
        say("snooze", newest(case), person, AMBER + 2 * MINUTE, until=AMBER + 40 * MINUTE)
    assert sweep(case, AMBER + 29 * MINUTE) == [("E1", "time")]
    assert sweep(case, AMBER + 30 * MINUTE) == [("E1", "time"), ("E3", "time")], "the limit waits for nobody"
    with pytest.raises(Refused, match="cannot wait"):
        say("snooze", newest(case), person, AMBER + 31 * MINUTE, until=AMBER + 40 * MINUTE)


def test_handing_over_waits_for_the_colleague_and_acting_passes_to_them(case):
    person, colleague = staff(case.unit), user("clinician", case.organisation)
    sweep(case, AMBER)
    alert = newest(case)
    say("offer", alert, person, AMBER + MINUTE, to=colleague)
    say("offer", alert, person, AMBER + 2 * MINUTE, to=colleague)
    assert told(alert) == {person, colleague}
    assert respond.offered(alert, colleague).by == str(person)
    with pytest.raises(Refused, match="next four hours"):
        say("accept", alert, colleague, AMBER + 3 * MINUTE, until=AMBER + 9 * HOUR)
    say("accept", alert, colleague, AMBER + 3 * MINUTE)
    assert respond.acts(colleague, Alert.objects.get(pk=alert.pk))
    assert respond.offered(alert, colleague) is None
    say("offer", alert, colleague, AMBER + 4 * MINUTE, to=person)
    say("refuse", alert, person, AMBER + 5 * MINUTE, reason="off duty")
    assert respond.acts(colleague, Alert.objects.get(pk=alert.pk))


@pytest.mark.parametrize("who", ["stranger", "oneself", "administrator"])
def test_it_is_handed_only_to_somebody_who_can_take_it(case, who):
    person = staff(case.unit)
    people = {"stranger": user(), "oneself": person, "administrator": user("administrator", case.organisation)}
    sweep(case, AMBER)
    with pytest.raises(Invalid, match="cannot take it"):
        say("offer", newest(case), person, AMBER + MINUTE, to=people[who])


def test_whoever_was_told_answers_and_other_managers_do_not(case, on):
    on("on-call consultant")
    manager, other = (user("manager", case.organisation) for _ in range(2))
    duty(case.unit, "MSCC lead", manager)
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    with pytest.raises(NotAllowed):
        say("acknowledge", newest(case), other, AMBER + 16 * MINUTE)
    assert say("acknowledge", newest(case), manager, AMBER + 16 * MINUTE).acknowledged_by == str(manager)


def test_passing_on_what_has_ended_or_is_not_the_newest_changes_nothing(case):
    staff(case.unit)
    for minutes in (0, 15):
        sweep(case, AMBER + minutes * MINUTE)
    older, last = Alert.objects.filter(case=case, clock__standard="contact_a").order_by("rung")
    pass_on(older, "declined", now=AMBER + 16 * MINUTE)
    happen(case, "contact.made", at=AMBER + 17 * MINUTE)
    pass_on(last, "declined", now=AMBER + 18 * MINUTE)
    assert set(Alert.objects.filter(clock__standard="contact_a").values_list("passed_at", flat=True)) == {None}
