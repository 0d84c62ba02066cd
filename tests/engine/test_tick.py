"""The sweep: one alert a clock and rung, everybody told once, one bad case stops nobody."""

import logging
from contextlib import ExitStack, closing
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection
from psycopg.conninfo import make_conninfo

from pathway.engine import now as clock
from pathway.engine import tick as sweeping
from pathway.engine.respond import act
from pathway.engine.tick import sweep, tick
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault, Heartbeat, last
from pathway.record.person import Unit
from tests.engine.truth import assert_true
from tests.factories import START, duty, happen, staff, unit, user
from tests.factories import case as a_case

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ALL_LATE = {"contact_a", "mri_a", "neuro_exam", "bladder"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return a_case(place=unit)


def tick_at(moment):
    with clock.at(moment):
        return tick()


def told(case, standard="mri_a"):
    rows = Alert.objects.filter(case=case, clock__standard=standard).order_by("rung")
    return [(row.level, row.raised_at) for row in rows]


def test_nothing_is_told_before_its_time_and_each_rung_at_its_time(case):
    amber, second, due = START + 12 * HOUR, START + 18 * HOUR, START + 24 * HOUR
    person = staff(case.unit)
    tick_at(amber - SECOND)
    assert told(case) == []
    tick_at(amber)
    assert told(case) == [("E1", amber)]
    for reached, now in (("E2", second), ("E3", due)):
        for alert in Alert.objects.filter(case=case).exclude(acting_until__gt=now):
            act(alert, by=person, until=now, now=alert.called_at)
        tick_at(now - SECOND)
        assert reached not in [level for level, _ in told(case)]
        tick_at(now)
    assert told(case) == [("E1", amber), ("E2", second), ("E3", due)]
    with clock.at(due):
        assert_true(case)


def test_a_second_sweep_raises_nothing(case):
    assert tick_at(START + 25 * HOUR) == len(ALL_LATE)
    assert tick_at(START + 25 * HOUR) == 0
    assert tick_at(START + 500 * HOUR) == 0
    assert set(Alert.objects.filter(case=case).values_list("clock__standard", flat=True)) == ALL_LATE
    assert Alert.objects.filter(case=case).count() == len(ALL_LATE)


def test_a_clock_woken_before_its_time_tells_nobody_and_sleeps_on(case):
    staff(case.unit)
    for rows in (Clock.objects.filter(case=case, standard="mri_a"), Case.objects.filter(pk=case.pk)):
        rows.update(wake_at=START)
    assert tick_at(START + MINUTE) == 0
    with clock.at(START + MINUTE):
        assert_true(case)
    assert told(case) == []
    tick_at(START + 12 * HOUR)
    assert [level for level, _ in told(case)] == ["E1"]


def test_after_an_outage_the_highest_rung_is_told_to_all_on_those_below_once(case):
    people = {role: user(trust=case.organisation) for role in ("coordinator", "nurse in charge", "MSCC lead")}
    for role, person in people.items():
        duty(case.unit, role, person)
    tick_at(START + 25 * HOUR)
    alert = Alert.objects.get(case=case, clock__standard="mri_a")
    assert (alert.level, alert.rung, alert.clock.rung) == ("E3", 2, 3)
    assert sorted(alert.deliveries.values_list("user", flat=True)) == sorted(each.pk for each in people.values())
    assert set(alert.deliveries.values_list("channel", "told_at")) == {("inbox", START + 25 * HOUR)}


def test_a_rung_tells_its_own_roles_only(case):
    lead, nurse = (user(trust=case.organisation) for _ in range(2))
    duty(case.unit, "MSCC lead", lead)
    duty(case.unit, "site nurse", nurse)
    tick_at(START + 12 * HOUR)
    tick_at(START + 24 * HOUR)
    first, second = Alert.objects.filter(case=case, clock__standard="mri_a").order_by("rung")
    assert [delivery.user for delivery in first.deliveries.all()] == [nurse]
    assert [delivery.user for delivery in second.deliveries.all()] == [lead]


def test_somebody_with_two_roles_is_told_once(case):
    person = user(trust=case.organisation)
    duty(case.unit, "coordinator", person)
    duty(case.unit, "MSCC lead", person)
    tick_at(START + 25 * HOUR)
    assert Delivery.objects.filter(user=person, alert__clock__standard="mri_a").count() == 1


def test_people_of_another_unit_are_not_told(case):
    duty(unit(case.organisation), "coordinator", user(trust=case.organisation))
    tick_at(START + 12 * HOUR)
    assert not Delivery.objects.exists()


def test_a_level_for_which_nobody_is_on_duty_is_recorded_and_passed_at_once(case):
    tick_at(START + 12 * HOUR)
    alerts = list(Alert.objects.filter(case=case, clock__standard="mri_a").order_by("rung"))
    assert [(each.level, each.nobody, each.why) for each in alerts] == [
        ("E1", True, "time"), ("E2", True, "empty"), ("E3", True, "empty"),
    ]  # fmt: skip
    assert [each.unanswered_at for each in alerts] == [None, None, START + 12 * HOUR], "nobody at all: unanswered"
    contact, leaver = user(trust=case.organisation), user(trust=case.organisation)
    leaver.is_active = False
    leaver.save()
    duty(case.unit, "on-call consultant", leaver)
    Unit.objects.filter(pk=case.unit_id).update(fixed_contact=contact)
    tick_at(START + 13 * HOUR)
    last = Alert.objects.get(pk=alerts[-1].pk)
    assert (last.calls, [delivery.user for delivery in last.deliveries.all()]) == (2, [contact])


def test_an_alert_says_that_its_start_was_typed_in_late(unit):
    staff(unit)
    late = a_case(place=unit, at=START, recorded=START + 13 * HOUR)
    tick_at(START + 13 * HOUR)
    tick_at(START + 24 * HOUR)
    rows = Alert.objects.filter(case=late, clock__standard="mri_a").order_by("rung")
    assert [(row.level, row.late_entry) for row in rows] == [("E1", True), ("E3", False)]


def test_the_most_overdue_come_first(unit, monkeypatch):
    cases = {a_case(place=unit, at=START + hours * HOUR).pk: hours for hours in (3, 0, 2, 1)}
    monkeypatch.setattr(sweeping, "BATCH", 2)
    with clock.at(START + 100 * HOUR):
        assert sweep(START + 100 * HOUR, 2) == (2 * len(ALL_LATE), True)
        first = list(Alert.objects.order_by("pk").values_list("case", flat=True).distinct())
        assert {cases[pk] for pk in first} == {0, 1}
        assert tick() == 2 * len(ALL_LATE)
    assert Alert.objects.count() == 4 * len(ALL_LATE)


def test_every_sweep_is_heard(db):
    tick_at(START)
    assert last() == START
    tick_at(START - HOUR)
    assert last() == START, "a slow sweeper does not set the time back"
    with clock.at(START + HOUR):
        tick(by="sweeper")
    assert set(Heartbeat.objects.values_list("name", "at")) == {("tick", START), ("sweeper", START + HOUR)}


def test_an_empty_sweep_is_one_query_in_its_transaction_one_for_bad_cases_two_heartbeats_and_one_more_each_minute(
    case, django_assert_num_queries
):
    with django_assert_num_queries(7), clock.at(START):
        tick()
    with django_assert_num_queries(6), clock.at(START + timedelta(seconds=59)):
        tick()


def test_a_sweep_costs_the_same_for_two_cases_as_for_twelve(unit, django_assert_max_num_queries):
    duty(unit, "coordinator", user(trust=unit.organisation))
    for size in (2, 12):
        for _ in range(size):
            a_case(place=unit)
        with clock.at(START + 25 * HOUR + size * timedelta(minutes=1)), django_assert_max_num_queries(21):
            assert tick() == len(ALL_LATE) * size


POISONS = {
    "a protocol that nobody knows": "UPDATE pathway_case SET protocol = 'mscc-1999.9' WHERE id = %s",
    "a clock that nobody knows": "UPDATE pathway_clock SET standard = 'tea_' || id WHERE case_id = %s",
    "a row that the database refuses": (
        "INSERT INTO pathway_alert (uuid, case_id, clock_id, protocol, rung, level, raised_at, late_entry, nobody, "
        "acknowledged_by, stood_down_why, why, called_at, calls, passed_why, snoozed_by) SELECT gen_random_uuid(), "
        "case_id, id, 'mscc-2026.2', 1, 'E3', now(), false, false, '', '', 'time', now(), 1, '', '' "
        "FROM pathway_clock WHERE case_id = %s"
    ),
}


def poison(case, how):
    with connection.cursor() as cursor:
        cursor.execute(POISONS[how], [case.pk])


@pytest.mark.parametrize("how", POISONS)
def test_one_bad_case_is_set_aside_and_the_others_are_told_on_time(unit, how, caplog):
    caplog.set_level(logging.CRITICAL)
    bad, *good = (a_case(place=unit, at=START - number * MINUTE) for number in range(4))
    poison(bad, how)
    now = START + 25 * HOUR
    tick_at(now)
    for case in good:
        assert told(case) == [("E3", now)]
    fault = Fault.objects.get()
    assert (fault.case_id, fault.tries, fault.at) == (bad.pk, 1, now)
    assert fault.error
    assert last() == now, "the loop went round"


def test_a_bad_case_spoils_one_batch_and_no_other(unit, caplog):
    caplog.set_level(logging.CRITICAL)
    bad = a_case(place=unit)
    poison(bad, "a protocol that nobody knows")
    now = START + 25 * HOUR
    tick_at(now)
    good = a_case(place=unit, at=START + HOUR)
    caplog.clear()
    caplog.set_level(logging.ERROR)
    tick_at(now + 5 * SECOND)
    assert told(good)
    assert Fault.objects.get().tries == 2
    assert [record.getMessage() for record in caplog.records] == [f"case {bad.pk} could not be swept"]


def test_a_batch_is_halved_until_the_bad_case_is_alone(unit, caplog, monkeypatch):
    caplog.set_level(logging.CRITICAL)
    bad, *good = (a_case(place=unit, at=START - number * MINUTE) for number in range(16))
    poison(bad, "a protocol that nobody knows")
    sizes, plain = [], sweeping.climb

    def counted(clocks, cases, now):
        sizes.append(len(cases))
        return plain(clocks, cases, now)

    monkeypatch.setattr(sweeping, "climb", counted)
    tick_at(START + 25 * HOUR)
    assert sorted(sizes) == [1, 1, 2, 2, 4, 4, 8, 8, 16, 16]
    assert all(told(case) for case in good)


def test_the_pause_of_a_bad_case_grows_to_a_minute(case, caplog):
    caplog.set_level(logging.CRITICAL)
    poison(case, "a protocol that nobody knows")
    now, pauses = START + 25 * HOUR, []
    for _ in range(14):
        tick_at(now)
        wake = Case.objects.get(pk=case.pk).wake_at
        pauses.append(int((wake - now).total_seconds()))
        tick_at(wake - SECOND)
        now = wake
    assert pauses == [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]
    assert Fault.objects.get().tries == 14


def test_a_bad_case_recovers_and_is_told_late_rather_than_never(case, caplog):
    caplog.set_level(logging.CRITICAL)
    version = case.protocol
    poison(case, "a protocol that nobody knows")
    now = START + 25 * HOUR
    tick_at(now)
    Case.objects.filter(pk=case.pk).update(protocol=version)
    tick_at(now + 5 * SECOND)
    assert told(case) == [("E3", now + 5 * SECOND)]
    assert not Fault.objects.exists()


def test_a_move_that_heals_a_bad_case_clears_the_fault(case, caplog):
    caplog.set_level(logging.CRITICAL)
    Clock.objects.filter(case=case, standard="contact_a").update(standard="tea_time")
    tick_at(START + HOUR)
    assert Fault.objects.filter(case=case).exists()
    happen(case, "contact.made", at=START + 2 * HOUR)
    assert not Fault.objects.exists()
    with clock.at(START + 2 * HOUR):
        assert_true(case)


@pytest.mark.parametrize("before", [[], [ValueError("a bad case")]], ids=["all at once", "one by one"])
def test_a_database_that_is_away_is_no_fault_of_a_case(case, monkeypatch, caplog, before):
    caplog.set_level(logging.CRITICAL)
    failures = iter([*before, OperationalError("server closed the connection unexpectedly")])

    def away(*_):
        raise next(failures)

    monkeypatch.setattr(sweeping, "climb", away)
    with pytest.raises(OperationalError):
        tick_at(START + 25 * HOUR)
    assert not Fault.objects.exists()
    assert last() is None, "a sweep that failed is not heard"
    assert Heartbeat.objects.get().open_since == START + 25 * HOUR, "but that it began is known"


@pytest.fixture
def somebody_elses_lock():
    """Hold a lock, from another connection, on the clocks of a case."""
    with ExitStack() as stack:

        def hold(case):
            other = stack.enter_context(closing(psycopg.connect(address())))
            other.execute("SELECT 1 FROM pathway_clock WHERE case_id = %s FOR UPDATE", [case.pk])

        yield hold


def address():
    """The test database, as the owner."""
    at = connection.settings_dict
    place = {"host": at["HOST"] or at["OPTIONS"].get("host"), "port": at["PORT"]}
    return make_conninfo(user=at["USER"], password=at["PASSWORD"], dbname=at["NAME"], **place)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_case_that_always_waits_too_long_stops_no_other(unit, somebody_elses_lock, caplog, limit):
    caplog.set_level(logging.CRITICAL)
    stuck, others = a_case(place=unit), [a_case(place=unit, at=START + MINUTE) for _ in range(2)]
    somebody_elses_lock(stuck)
    with connection.cursor() as cursor:
        cursor.execute(f"SET {limit} = '300ms'")
    try:
        assert tick_at(START + 25 * HOUR) == 2 * len(ALL_LATE)
    finally:
        connection.close()
    assert [bool(told(case)) for case in (stuck, *others)] == [False, True, True]
    assert Fault.objects.get().case == stuck
    assert last() == START + 25 * HOUR, "the sweep is heard"


def test_the_database_itself_lets_no_rung_be_raised_twice(case):
    tick_at(START + 25 * HOUR)
    alert = Alert.objects.filter(case=case).first()
    with pytest.raises(IntegrityError, match="alert_once"):
        Alert.objects.create(
            case=case, clock=alert.clock, rung=alert.rung, level="E3", raised_at=START, called_at=START
        )


@pytest.mark.parametrize(("wakes", "least", "most"), [(None, 1, 1), (3600, 1, 1), (0.5, 0.01, 0.5), (-5, 0.05, 0.05)])
def test_the_sweeper_rests_until_the_next_case_wakes_a_second_at_most(case, wakes, least, most):
    at = None if wakes is None else sweeping.database_now() + timedelta(seconds=wakes)
    Case.objects.update(wake_at=None)
    Case.objects.filter(pk=case.pk).update(wake_at=at)
    assert least <= sweeping.rest() <= most
