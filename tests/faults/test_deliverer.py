"""Those who tell people, as real processes: quick to send, and what dies loses nothing and sends under the same key."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta

import pytest
import redis
from django.conf import settings as configured
from django.db import connection

from pathway.engine import now as clock
from pathway.engine.alerts import TO_SEND
from pathway.engine.tick import tick
from pathway.record.heartbeat import Heartbeat
from pathway.record.message import Address, Message
from tests import factories
from tests.faults.conftest import kill
from tests.faults.crowd import until
from tests.sinks import free_port

pytestmark = pytest.mark.django_db(transaction=True)
DELIVERER = ("manage.py", "deliverer")
WORKER = ("-m", "celery", "--app", "config", "--quiet", "worker", "--pool", "solo", "--queues", "deliveries")
BEAT = ("-m", "celery", "--app", "config", "--quiet", "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile=")


@pytest.fixture
def raised(sinks):
    """`raised(3, "sms")`: so many people with a contact, told of one more alert each."""
    place = factories.unit()

    def raised(count, channel):
        now = clock.now()
        for _ in range(count):
            person = factories.user("coordinator", place.organisation)
            factories.duty(place, "coordinator", person)
            values = {"sms": f"+4477009{person.pk:05d}", "webhook": f"{sinks.url}/bleep/{person.pk}"}
            Address.objects.create(
                user=person, channel=channel, value=values[channel], added_at=now, verified_at=now
            )  # fmt: skip
        factories.case(place=place, at=now - timedelta(minutes=31))
        tick()

    return raised


def test_it_is_woken_by_what_is_written_and_not_only_by_time(sinks, raised, start):
    """By time alone it would come round four times in three seconds."""
    start(*DELIVERER)
    until(lambda: Heartbeat.objects.filter(name="deliverer").exists())
    rounds, ends = set(), time.monotonic() + 3
    while time.monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute(TO_SEND)
        time.sleep(0.1)
        rounds.add(Heartbeat.objects.get(name="deliverer").at)
    assert len(rounds) > 6, len(rounds)
    raised(1, "sms")
    until(sinks.taken, seconds=10)


def test_celery_has_a_queue_and_a_worker_for_it(sinks, raised, start):
    with redis.Redis.from_url(configured.REDIS_URL) as broker:
        broker.flushall()
        start(*WORKER)
        start(*BEAT)
        until(lambda: Heartbeat.objects.filter(name="deliver-celery").exists())
        raised(2, "sms")
        until(lambda: len(sinks.taken()) == 2)
        broker.flushall()


def test_killed_again_and_again_it_tells_everybody_under_one_key_each(sinks, raised, start):
    sinks.http_mode, sinks.slow = "slow", 0.4
    raised(12, "webhook")
    for _ in range(4):
        process = start(*DELIVERER)
        before = len(sinks.came())
        until(lambda before=before: len(sinks.came()) > before)
        time.sleep(0.1)
        kill(process)
    sinks.http_mode = "ok"
    start(*DELIVERER)
    until(lambda: Message.objects.filter(state="sent").count() == 12, seconds=40)
    assert len(sinks.keys()) == 12
    assert sum(sinks.keys().values()) <= 12 + 4 * 4


def test_it_goes_on_after_the_database_dropped_it(sinks, raised, start):
    start(*DELIVERER)
    until(lambda: Heartbeat.objects.filter(name="deliverer").exists())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    raised(1, "sms")
    until(lambda: len(sinks.taken()) == 1, seconds=10)


def test_whether_it_is_heard_is_said(environment, sinks, raised, start):
    def heard():
        return subprocess.run(
            [sys.executable, "manage.py", "deliverer", "--heard", "deliverer"], env=environment, check=False,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    assert "has not come round for 60 s" in heard().stderr
    start(*DELIVERER)
    until(lambda: Heartbeat.objects.filter(name="deliverer").exists())
    assert heard().returncode == 0


def test_it_stops_when_it_is_told_and_says_at_its_start_what_is_off(environment, sinks):
    quiet = environment | {"NOTIFY_API_KEY": ""}
    process = subprocess.Popen([sys.executable, *DELIVERER], env=quiet, stderr=subprocess.PIPE, text=True)
    until(lambda: Heartbeat.objects.filter(name="deliverer").exists())
    process.terminate()
    assert process.wait(timeout=5) == 0
    assert "NOTIFY_API_KEY missing" in process.stderr.read()
    process.stderr.close()


def test_the_sinks_are_a_process_too(environment):
    """The fault suite starts them so, and sets their mode over HTTP."""
    smtp, http = free_port(), free_port()
    command = [sys.executable, "-m", "tests.sinks", "--smtp", str(smtp), "--http", str(http)]
    process = subprocess.Popen(command, env=os.environ)
    control = urllib.request.Request(f"http://127.0.0.1:{http}/control", b'{"http": "429"}')

    def answers():
        try:
            with urllib.request.urlopen(control, timeout=2) as page:  # noqa: S310 - loopback
                return json.load(page)
        except OSError:
            return None

    try:
        until(answers)
        assert (answers()["http"], answers()["smtp"]) == ("429", "ok")
    finally:
        process.terminate()
        process.wait(timeout=5)
