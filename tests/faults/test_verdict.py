"""The recount of the fault suite finds what it looks for: each kind of wrong is made by hand, and is counted."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection

from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.notify.bundle import bundle
from pathway.record.alert import Alert, Delivery
from pathway.record.message import Message
from tests.faults import load, verdict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arrivals():
    """What fell due within the last eight seconds, raised and told by the real sweep; each message taken once."""
    world = load.World("http://127.0.0.1:1/bleep", units=6)
    due = load.make(world, load.plan(world, 40, now() - timedelta(seconds=8), 2, Random(1)))
    assert tick() > 0
    bundle(now())
    yield [taken(str(key)) for key in Message.objects.values_list("uuid", flat=True)]
    assert due > 40
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA faults CASCADE")


def taken(key, **fields):
    return {"at": datetime.now(UTC).timestamp() + 1, "line": "sms", "key": key, "taken": True} | fields  # noqa: TID251


def judged(arrivals, away=()):
    verdict.keep(arrivals, away)
    return verdict.judge()


def new_alerts(**fields):
    """Alerts of the load that were raised by the sweep."""
    return Alert.objects.filter(raised_at__gt=now() - timedelta(seconds=60), **fields).order_by("pk")


def test_a_clean_run_is_clean(arrivals):
    found = judged(arrivals)
    assert found.wrong == []
    assert found.due > 40
    assert found.told_outside > 40
    assert 5 < found.raised_worst < 60
    assert found.repeats == 0


def test_an_alert_that_is_missing_is_lost(arrivals):
    gone = new_alerts(level="EX").first()
    Delivery.objects.filter(alert=gone).delete()
    gone.delete()
    assert judged(arrivals).wrong == ["1 lost"]


def test_a_higher_level_stands_for_one_that_was_passed_over(arrivals):
    """The sweep above came after both levels of a first contact: only the higher was raised, and both are reached."""
    passed = new_alerts(clock__standard="contact_a", rung=1).exclude(clock__alerts__rung=0)
    assert passed.exists()
    assert judged(arrivals).lost == 0


def test_an_alert_before_its_time_is_early(arrivals):
    soon = new_alerts(level="EX").first()
    Alert.objects.filter(pk=soon.pk).update(raised_at=soon.clock.amber_at - timedelta(milliseconds=1))
    assert judged(arrivals).wrong == ["1 early"]


def test_a_level_whose_time_has_not_come_is_early(arrivals):
    last = new_alerts(level="EX").first()
    Alert.objects.create(case=last.case, clock=last.clock, rung=1, level="E4", raised_at=now(), called_at=now())
    assert judged(arrivals).early == 1


def test_an_alert_that_is_told_again_is_doubled(arrivals):
    Alert.objects.filter(pk=new_alerts().first().pk).update(calls=2)
    assert judged(arrivals).wrong == ["1 doubled"]


def test_a_message_that_nobody_wrote_is_doubled(arrivals):
    assert judged([*arrivals, taken("a message under another key")]).wrong == ["1 doubled"]


def test_the_same_key_again_is_a_repeat(arrivals):
    found = judged([*arrivals, arrivals[0]])
    assert (found.wrong, found.repeats) == ([], 1)


def test_somebody_on_duty_with_an_empty_inbox_was_never_told(arrivals):
    Delivery.objects.filter(pk=Delivery.objects.filter(alert=new_alerts(level="EX").first()).first().pk).delete()
    assert judged(arrivals).never_told >= 1


def test_a_message_that_no_provider_took_was_never_told(arrivals):
    assert judged([arrivals[0] | {"taken": False}, *arrivals[1:]]).never_told >= 1


def test_delays_count_from_when_the_database_was_back(arrivals):
    back = new_alerts().first().raised_at.timestamp() - 0.001
    found = judged(arrivals, [("database", back - 100, back)])
    assert found.raised_worst > 5
    assert found.raised_after < 0.5
