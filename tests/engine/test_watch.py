"""How the loops stand: by the silence of each, what hangs, and whose clock is out."""

import time
from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.engine.watch import AUDIT, DELIVERY, SWEEP, watch
from pathway.record.alert import Delivery
from pathway.record.audit import Audit
from pathway.record.heartbeat import Heartbeat, beat, begin, last
from pathway.record.message import Address, Message
from tests.factories import START, duty, user
from tests.factories import case as a_case

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("loop", "name", "late", "lost"),
    [(SWEEP, "celery", 15, 60), (SWEEP, "sweeper", 15, 60), (AUDIT, "audit", 90, 180), (AUDIT, "audit-celery", 90, 180),
     (DELIVERY, "deliver", 15, 60), (DELIVERY, "deliver-celery", 15, 60)],
)  # fmt: skip
def test_a_loop_is_late_and_then_lost(loop, name, late, lost):
    Address.objects.create(user=user(), channel="sms", value="1", added_at=START, verified_at=START)
    beat(name, START)
    states = {after: getattr(watch(START + after * SECOND), loop.key).state
              for after in (0, late, late + 1, lost, lost + 1)}  # fmt: skip
    assert list(states.values()) == ["fresh", "fresh", "late", "late", "lost"]


def test_what_never_came_round_is_said_so():
    seen = watch(START)
    assert (seen.sweep.state, seen.audit.state) == ("never", "never")
    begin("sweeper", START)
    assert watch(START).sweep.state == "never", "begun is not come round"
    assert str(Heartbeat.objects.get()) == "sweeper, never"


def test_the_loop_that_sends_is_off_where_nobody_is_told_outside_and_nothing_waits():
    assert watch(START).delivery.state == "off"
    beat("deliver", START)
    assert watch(START + timedelta(hours=1)).delivery.state == "off"
    assert watch(START).delivery.state == "fresh"
    address = Address.objects.create(user=user(), channel="sms", value="1", added_at=START)
    assert watch(START + timedelta(hours=1)).delivery.state == "off"
    message = Message.objects.create(address=address, subject="1", body="1", created_at=START, next_at=START)
    assert watch(START + timedelta(hours=1)).delivery.state == "lost"
    message.next_at = None
    message.save()
    assert watch(START + timedelta(hours=1)).delivery.state == "off"
    address.verified_at = START
    address.save()
    assert watch(START + timedelta(hours=1)).delivery.state == "lost"


def test_a_delivery_that_waits_needs_the_loop_that_sends(unit):
    duty(unit, "coordinator", person := user(trust=unit.organisation))
    a_case(place=unit)
    address = Address.objects.create(user=person, channel="sms", value="1", added_at=START, verified_at=START)
    with clock.at(START + timedelta(minutes=30)):
        tick()
    address.removed_at = START
    address.save()
    assert Delivery.objects.filter(message=None, address=address).exists()
    assert watch(START).delivery.state == "never"


def test_other_loops_are_no_check_of_the_clocks():
    for name in ("web", "audit", "deliver", "outside"):
        beat(name, START)
    assert last() is None


def test_a_round_that_does_not_end_is_found_after_a_minute_however_often_it_begins_again():
    beat("celery", START)
    begin("celery", START + SECOND)
    assert watch(START + 61 * SECOND).hung == []
    begin("celery", START + 40 * SECOND)
    (hung,) = watch(START + 62 * SECOND).hung
    assert (hung.name, hung.open_since) == ("celery", START + SECOND)
    beat("celery", START + 40 * SECOND)
    assert watch(START + 62 * SECOND).hung == []
    begin("celery", START + 63 * SECOND)
    assert Heartbeat.objects.get().open_since == START + 63 * SECOND


def test_a_round_of_yesterday_is_of_a_host_that_is_gone():
    begin("celery", START)
    assert watch(START + timedelta(hours=23)).hung
    assert not watch(START + timedelta(hours=24)).hung


@pytest.mark.parametrize(("ahead", "said"), [(5_000, []), (5_001, ["ahead of"]), (-5_001, ["behind"])])
def test_a_clock_more_than_five_seconds_out_is_named(ahead, said):
    beat("sweeper", START)
    Heartbeat.objects.update(drift_ms=ahead)
    troubles = watch(START).troubles
    assert [word for word in ("ahead of", "behind") if any(word in each for each in troubles)] == said
    assert not watch(START + timedelta(minutes=5)).drifting, "what is silent says nothing of its clock"


def test_each_host_has_a_heartbeat_of_its_own(monkeypatch):
    beat("sweeper", START)
    monkeypatch.setattr("socket.gethostname", lambda: "other")
    beat("sweeper", START + SECOND)
    assert set(Heartbeat.objects.values_list("at", flat=True)) == {START, START + SECOND}
    assert last() == START + SECOND


def test_the_clock_of_the_process_is_compared_with_the_databases(monkeypatch):
    true = time.time
    for ahead in (0, 7, -7):
        monkeypatch.setattr("time.time", lambda ahead=ahead: true() + ahead)
        beat("sweeper", START)
        assert abs(Heartbeat.objects.get().drift_ms - ahead * 1000) < 1000


def test_the_last_count_is_said_where_it_found_a_fault():
    counts = ("took_ms", "running", "due", "raised", "told", "nobody", "woken", "late_ms", *Audit.FAULTS)
    zeros = dict.fromkeys(counts, 0)
    Audit.objects.create(at=START, is_clean=True, **zeros)
    assert watch(START).count == ""
    Audit.objects.create(at=START + SECOND, is_clean=False, **zeros | {"missing": 2, "untold": 1})
    assert watch(START + SECOND).count == (
        "The count of alerts at 09:00 on 2 March 2026 found: 2 due and not raised, "
        "1 raised and not told to all who were to be told."
    )
    assert watch(START + timedelta(minutes=5)).count == ""
