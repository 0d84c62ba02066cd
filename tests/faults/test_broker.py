"""Celery, the plain sweeper and the broker as real processes: what dies or is emptied loses and doubles nothing."""

import os
import socket
import subprocess
import sys
import time
from datetime import timedelta
from functools import cache

import pytest
import redis
from django.conf import settings
from django.db import connection

from pathway import live
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.heartbeat import Fault, Heartbeat, last
from tests.factories import case as a_case
from tests.factories import duty, happen, unit, user
from tests.faults.conftest import kill
from tests.faults.crowd import LATE, all_true, overdue, until

pytestmark = pytest.mark.django_db(transaction=True)
CELERY = ("-m", "celery", "--app", "config", "--quiet")
WORKER = (*CELERY, "worker", "--pool", "solo", "--loglevel", "warning", "--without-gossip", "--without-mingle")
BEAT = (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile=", "--loglevel", "warning")
SWEEPER = ("manage.py", "sweeper")


@pytest.fixture
def place():
    place = unit()
    duty(place, "coordinator", user(trust=place.organisation))
    return place


@pytest.fixture
def broker():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
        yield client
        client.flushall()


def all_told(cases):
    """Every clock of every case was told once, to the one person on duty, and nothing is left to tell."""
    count = len(LATE) * cases
    until(lambda: Alert.objects.count() >= count)
    until(lambda: not Case.objects.filter(wake_at__lte=now()).exists())
    assert Alert.objects.count() == Delivery.objects.count() == count
    all_true()


def test_worker_and_beat_raise_what_falls_due(place, broker, start):
    start(*WORKER)
    start(*BEAT)
    until(lambda: Heartbeat.objects.filter(name="celery").exists())
    case = a_case(place=place, at=now() - timedelta(minutes=30) + timedelta(seconds=2))
    amber = case.wake_at
    until(lambda: Alert.objects.filter(case=case).exists())
    alert = Alert.objects.get()
    assert alert.clock.standard == "contact_a"
    assert timedelta(0) <= alert.raised_at - amber < timedelta(seconds=4)


def test_an_emptied_broker_loses_nothing(place, broker, start):
    """The queue holds only wake-ups: beat makes new ones, and the plain sweeper does not need them."""
    for arguments in (WORKER, BEAT, SWEEPER):
        start(*arguments)
    until(lambda: Heartbeat.objects.count() == 2)
    for _ in range(4):
        overdue(10, place)
        broker.flushall()
    all_told(40)
    heard = now()
    until(lambda: Heartbeat.objects.filter(at__gt=heard).count() == 2)


def amid_a_sweep():
    """Whether another process has written for 20 ms in a transaction that is not yet committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
            " AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - interval '20 ms')"
        )
        return cursor.fetchone()[0]


def test_a_worker_killed_in_the_middle_of_a_sweep_again_and_again(place, broker, start):
    start(*BEAT)
    for size in (100, 25, 25):
        overdue(size, place)
        worker = start(*WORKER)
        until(amid_a_sweep, every=0.002)
        kill(worker)
    start(*WORKER)
    all_told(150)


def test_a_move_and_a_sweep_are_saved_while_the_broker_is_away(place, settings, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for url in ("unix:///nowhere/valkey.sock", f"redis://127.0.0.1:{silent.getsockname()[1]}/0"):
            settings.REDIS_URL = url
            monkeypatch.setattr(live, "connection", cache(live.connection.__wrapped__))
            began = time.monotonic()
            happen(overdue(1, place)[0], "contact.made")
            assert tick() == len(LATE) - 1
            assert time.monotonic() - began < 10
    all_true()


def test_three_plain_sweepers_and_a_killed_one_on_one_storm(place, start):
    overdue(150, place)
    sweepers = [start(*SWEEPER) for _ in range(3)]
    until(Alert.objects.exists)
    kill(sweepers[0])
    all_told(150)
    for sweeper in sweepers[1:]:
        sweeper.terminate()
        assert sweeper.wait(timeout=10) == 0


SWEEP_WITH_A_WRONG_CLOCK = """
import datetime, sys, time
ahead, true = float(sys.argv[1]), time.time
time.time = lambda: true() + ahead
class Wrong(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)
datetime.datetime = Wrong
import django
django.setup()
from pathway.engine.tick import tick
print(tick())
"""


@pytest.mark.parametrize("ahead", [3 * 86400, -3 * 86400])
def test_the_clock_of_the_process_decides_nothing(place, ahead, environment):
    """A machine whose clock is three days out raises what is due by the database's clock, and nothing else."""
    due, not_due = overdue(1, place)[0], a_case(place=place, at=now())
    done = subprocess.run(
        [sys.executable, "-c", SWEEP_WITH_A_WRONG_CLOCK, str(ahead)],
        env=environment | {"PYTHONPATH": os.curdir}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(len(LATE))
    assert {alert.case_id for alert in Alert.objects.all()} == {due.pk}
    assert abs(last() - now()) < timedelta(minutes=1)
    assert not Alert.objects.filter(case=not_due).exists()


@pytest.mark.parametrize("arguments", [(SWEEPER,), (WORKER, BEAT)], ids=["sweeper", "celery"])
def test_a_full_disk_under_the_log_stops_no_sweep(place, broker, environment, arguments):
    """Whatever they say fails, and much is said: at the level of debugging, of a case that cannot be handled too."""
    (spoilt,) = overdue(1, place)
    Case.objects.filter(pk=spoilt.pk).update(protocol="mscc-unknown")
    with open("/dev/full", "w") as full:
        said = {"env": environment | {"LOG_LEVEL": "DEBUG"}, "stdout": full, "stderr": full, "start_new_session": True}
        running = [subprocess.Popen([sys.executable, *each], **said) for each in arguments]
    try:
        until(lambda: Fault.objects.filter(case=spoilt).exists())
        (case,) = overdue(1, place)
        until(lambda: Alert.objects.filter(case=case).count() == len(LATE))
        assert [process.poll() for process in running] == [None] * len(running)
    finally:
        for process in running:
            kill(process)
