"""The plain sweeper as a real process: it wakes with the clocks, hears of earlier ones, lives through lost sessions."""

import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from pathway.engine import alerts
from pathway.engine.hold import hold
from pathway.engine.now import now
from pathway.management.commands.sweeper import Command
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Heartbeat
from tests.factories import case as a_case
from tests.factories import duty, unit, user
from tests.faults.crowd import until

pytestmark = pytest.mark.django_db(transaction=True)
SWEEPER = ("manage.py", "sweeper")
SOON = timedelta(minutes=30) - timedelta(seconds=3)  # ago: its first level is due three seconds from now
LATER = timedelta(minutes=20)


@pytest.fixture
def place():
    place = unit()
    duty(place, "coordinator", user(trust=place.organisation))
    return place


@pytest.fixture
def sweeper(start):
    """A sweeper that goes round."""
    process = start(*SWEEPER)
    until(lambda: Heartbeat.objects.filter(name="sweeper", at__isnull=False).exists())
    return process


def lateness(case):
    """Seconds from the time at which the first level of a case was due to its alert."""
    alert = Alert.objects.select_related("clock").get(case=case)
    return (alert.raised_at - alert.clock.amber_at).total_seconds()


def sleeping():
    """The sessions that wait to be notified."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state = 'idle' AND query NOT LIKE 'SELECT pg_terminate%'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_single_alerts_are_raised_within_milliseconds(place, sweeper):
    """Ten cases, due at moments of their own: the median is what a second of polling could never be."""
    begun = now()
    cases = [
        a_case(place=place, at=begun - timedelta(minutes=30) + timedelta(seconds=4, milliseconds=347 * number))
        for number in range(10)
    ]
    until(lambda: Alert.objects.count() == len(cases))
    late = sorted(map(lateness, cases))
    assert late[0] >= 0
    assert statistics.median(late) < 0.1, late
    assert late[-1] < 1.2, late


def test_a_wake_that_is_moved_earlier_while_it_sleeps_is_heard(place, sweeper):
    case = a_case(place=place, at=now() - LATER)
    time.sleep(0.3)
    clock = Clock.objects.get(case=case, standard="contact_a")
    Clock.objects.filter(pk=clock.pk).update(amber_at=now())
    with transaction.atomic():
        hold(case.pk)
        alerts.wake(clock, now())
    moved = time.monotonic()
    until(lambda: Alert.objects.filter(case=case).exists(), every=0.005)
    assert time.monotonic() - moved < 0.4


def test_without_notifications_a_wake_that_was_moved_is_found_within_a_second(place, sweeper):
    """A pooler in transaction mode lets no notification through: here none is sent."""
    case = a_case(place=place, at=now() - LATER)
    time.sleep(0.3)
    Clock.objects.filter(case=case, standard="contact_a").update(amber_at=now(), wake_at=now())
    Case.objects.filter(pk=case.pk).update(wake_at=now())
    moved = time.monotonic()
    until(lambda: Alert.objects.filter(case=case).exists(), every=0.005)
    assert time.monotonic() - moved < 1.5


def test_a_session_that_is_ended_while_it_sleeps_is_opened_again(place, sweeper):
    case = a_case(place=place, at=now() - SOON)
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [sleeping()])
        time.sleep(0.5)
    until(lambda: Alert.objects.filter(case=case).exists())
    assert 0 <= lateness(case) < 4
    assert sweeper.poll() is None, "it is the same process"
    test_a_wake_that_is_moved_earlier_while_it_sleeps_is_heard(place, sweeper)


def test_a_case_that_somebody_holds_is_raised_as_soon_as_it_is_free(place, sweeper):
    case = a_case(place=place, at=now() - SOON)
    with transaction.atomic():
        hold(case.pk)
        time.sleep(4)
    freed = time.monotonic()
    until(lambda: Alert.objects.filter(case=case).exists(), every=0.005)
    assert time.monotonic() - freed < 0.5


def test_it_stays_heard_while_nothing_is_due_and_stops_when_told(place, sweeper):
    a_case(place=place, at=now() - LATER)
    ages = []
    for _ in range(10):
        time.sleep(0.3)
        ages.append(now() - Heartbeat.objects.get(name="sweeper").at)
    assert max(ages) < timedelta(seconds=2)
    sweeper.terminate()
    assert sweeper.wait(timeout=5) == 0


def test_a_database_that_refuses_to_notify_is_asked_each_second(db, caplog):
    loop = Command()
    loop.channel = "not a name"
    loop.listen()
    assert "sweeper cannot be notified, so it asks each second" in caplog.text
    before = time.monotonic()
    assert loop.go_round(0) == 0
    assert 0.5 < time.monotonic() - before < 3
    assert Heartbeat.objects.filter(name="sweeper").exists()


def test_a_round_that_fails_is_said_and_tried_again_later_each_time(db, caplog, monkeypatch):
    loop = Command()
    monkeypatch.setitem(connection.settings_dict, "NAME", "nowhere")
    connection.close()
    assert loop.go_round(0) == 1
    assert loop.go_round(1) == 2
    assert "sweeper failed, next try in 2 s" in caplog.text
    monkeypatch.undo()
    assert loop.go_round(2) == 0
    assert "sweeper goes round again after 2 failures" in caplog.text
