"""Health: anonymous, without data, and honest about what is away."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from pathway import live
from pathway.engine import now as clock
from pathway.record.audit import Audit
from pathway.record.heartbeat import Heartbeat, beat, begin
from pathway.record.message import Address, Message
from pathway.web import pulse
from tests.factories import user


@pytest.fixture
def without_broker(settings):
    """A broker that nobody answers for."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    live.connection.cache_clear()
    yield
    live.connection.cache_clear()


def ready(client):
    answer = client.get(reverse("health_ready"))
    return answer.status_code, answer.json()


def test_alive_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get(reverse("health_live"))
    assert (answer.status_code, answer.content) == (200, b"alive")


WELL = {
    **{"database": "ok", "broker": "ok", "sweep": "ok", "delivery": "off", "audit": "ok"},
    **{"rounds": "ok", "drift": "ok", "count": "ok"},
}


@pytest.fixture
def at_work(db):
    """Loops that have just come round."""
    now = clock.now()
    for name in ("sweeper", "audit"):
        beat(name, now)
    with clock.at(now):
        yield now


@pytest.mark.parametrize(
    ("name", "age", "status", "said"),
    [
        *[("sweeper", 0, 200, "ok"), ("sweeper", 15, 200, "ok"), ("sweeper", 40, 200, "late")],
        *[("sweeper", 61, 503, "lost"), ("audit", 90, 200, "ok"), ("audit", 180, 200, "late")],
        ("audit", 181, 503, "lost"),
    ],
)
def test_ready_while_the_loops_come_round(client, at_work, *, name, age, status, said):
    Heartbeat.objects.filter(name=name).update(at=at_work - timedelta(seconds=age))
    assert ready(client) == (status, WELL | {{"sweeper": "sweep"}.get(name, name): said})


def test_not_ready_before_anything_checks_the_clocks(client, db):
    assert ready(client) == (503, WELL | {"sweep": "never", "audit": "never"})


def test_not_ready_without_a_broker(client, at_work, without_broker):
    assert ready(client) == (503, WELL | {"broker": "away"})


@pytest.mark.django_db(transaction=True)
def test_without_a_database_nothing_is_known_of_the_loops(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "nowhere")
    status, said = ready(client)
    connection.close()
    monkeypatch.undo()
    assert (status, said) == (503, dict.fromkeys(WELL, "unknown") | {"database": "away", "broker": "ok"})


def test_not_ready_while_messages_wait_and_nobody_sends(client, at_work):
    address = Address.objects.create(user=user(), channel="sms", value="1", added_at=at_work)
    Message.objects.create(address=address, subject="1", body="1", created_at=at_work, next_at=at_work)
    assert ready(client) == (503, WELL | {"delivery": "never"})


def test_not_ready_while_a_round_hangs_a_clock_is_out_or_a_count_found_a_fault(client, at_work):
    begin("celery", at_work - timedelta(seconds=61))
    assert ready(client) == (503, WELL | {"rounds": "hung"})
    beat("celery", at_work)
    Heartbeat.objects.filter(name="celery").update(drift_ms=5_001)
    assert ready(client) == (503, WELL | {"drift": "out"})
    beat("celery", at_work)
    counts = ("took_ms", "running", "due", "raised", "told", "nobody", "woken", "late_ms", *Audit.FAULTS)
    Audit.objects.create(at=at_work, is_clean=False, **dict.fromkeys(counts, 1))
    assert ready(client) == (503, WELL | {"count": "faulty"})


def test_a_web_server_with_a_wrong_clock_says_so_itself(client, at_work, monkeypatch):
    true = time.time
    monkeypatch.setattr(pulse, "heard", -pulse.EVERY)
    monkeypatch.setattr("time.time", lambda: true() + 6)
    assert ready(client) == (503, WELL | {"drift": "out"})
    assert Heartbeat.objects.get(name="web").drift_ms == pytest.approx(6_000, abs=1_000)


def test_only_reading_is_offered(client, db):
    assert client.post(reverse("health_live")).status_code == 405
    assert client.post(reverse("health_ready")).status_code == 405
