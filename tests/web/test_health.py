"""Health: anonymous, without data, and honest about what is away."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import live
from pathway.engine import now as clock
from pathway.record.heartbeat import beat


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


@pytest.mark.parametrize(
    ("age", "status", "said"), [(0, 200, "ok"), (15, 200, "ok"), (40, 200, "late"), (61, 503, "lost")]
)
def test_ready_while_the_clocks_are_checked(client, db, age, status, said):
    now = clock.now()
    beat("sweeper", now - timedelta(seconds=age))
    with clock.at(now):
        assert ready(client) == (status, {"database": "ok", "broker": "ok", "clocks": said})


def test_not_ready_before_anything_checks_the_clocks(client, db):
    assert ready(client) == (503, {"database": "ok", "broker": "ok", "clocks": "never"})


def test_not_ready_without_a_broker(client, db, without_broker):
    beat("sweeper", clock.now())
    assert ready(client) == (503, {"database": "ok", "broker": "away", "clocks": "ok"})


def test_only_reading_is_offered(client, db):
    assert client.post(reverse("health_live")).status_code == 405
    assert client.post(reverse("health_ready")).status_code == 405
