"""Where a message did not get through: the next contact of the person, then the next level, and loud at the end."""

import threading

import pytest
from django.db import transaction

from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.hold import hold
from pathway.engine.tick import tick
from pathway.notify import onward
from pathway.notify.deliver import deliver
from pathway.record.alert import Alert, Delivery, Why
from pathway.record.message import Attempt, Message
from tests import factories
from tests.faults.crowd import at_once
from tests.notify.conftest import later, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_gone_for_good_goes_on_at_once_to_the_next_contact(sinks, reach, on_duty, due):
    reach(on_duty[0], "email", value="nobody@x.example")
    reach(on_duty[0], "sms")
    due()
    deliver()
    deliver()
    assert states() == ["gone", "sent"]
    assert [each.line for each in sinks.taken()] == ["sms"]


@pytest.mark.parametrize(("level", "patience"), [("E1", 120), ("E3", 30)])
def test_what_fails_for_too_long_goes_on_and_is_still_tried(*, sinks, reach, on_duty, due, level, patience):
    reach(on_duty[0], "email", "sms")
    reach(on_duty[1], "sms")
    due(level)
    sinks.smtp_mode = "500"
    deliver()
    deliver(later(seconds=patience - 15))
    assert not [each for each in sinks.taken() if each.to == on_duty[0].addresses.get(channel="sms").value]
    deliver(later(seconds=patience + 1))
    assert [each for each in sinks.taken() if each.to == on_duty[0].addresses.get(channel="sms").value]
    sinks.smtp_mode = "ok"
    deliver(later(seconds=patience + 20))
    assert [each.line for each in sinks.taken()].count("smtp") == 1
    assert "failed" not in states()


def test_where_nobody_can_be_reached_the_next_level_is_told_at_once(sinks, reach, on_duty, due):
    reach(on_duty[0], "email", value="nobody@x.example")
    reach(on_duty[1], "sms")
    (alert,) = due()
    deliver()
    counts = deliver()
    assert counts.unreachable == 1
    alert.refresh_from_db()
    assert alert.passed_why == Why.UNREACHABLE
    assert deliver().unreachable == 0
    tick()
    higher = Alert.objects.get(clock=alert.clock, level="E3")
    assert higher.why == Why.UNREACHABLE
    deliver()
    assert "E3 limit reached" in sinks.taken("sms")[0].text


@pytest.mark.parametrize("who", ["colleague", "reader", "actor"])
def test_it_is_not_passed_on_while_somebody_has_heard_or_may_still(*, sinks, reach, on_duty, due, trust, unit, who):
    colleague = factories.user("coordinator", trust)
    factories.duty(unit, "coordinator", colleague)
    reach(on_duty[0], "email", value="nobody@x.example")
    if who == "colleague":
        reach(colleague, "email")
    (alert,) = due()
    if who == "reader":
        Delivery.objects.filter(user=colleague, channel="inbox").update(read_at=clock.now())
    deliver()
    if who == "actor":
        respond.acknowledge(alert, by=colleague)
    for _ in range(2):
        assert deliver().unreachable == 0
    alert.refresh_from_db()
    assert alert.passed_at is None


def test_a_case_that_is_held_is_passed_on_in_a_later_round(sinks, reach, on_duty, due):
    reach(on_duty[0], "email", value="nobody@x.example")
    (alert,) = due()
    deliver()
    held, go = threading.Event(), threading.Event()

    def holder():
        with transaction.atomic():
            hold(alert.case_id)
            held.set()
            go.wait(20)

    def other():
        held.wait(20)
        try:
            return deliver().unreachable
        finally:
            go.set()

    _, passed = at_once(holder, other)
    assert passed == 0
    assert deliver().unreachable == 1


def test_the_end_of_a_ladder_that_nobody_hears_is_called_unanswered_and_then_only_hourly(sinks, reach, on_duty, due):
    """Else it would be told again and again, as fast as it fails."""
    for person in on_duty:
        reach(person, "email", value=f"nobody@{person.username}.example")
    (alert,) = due("E3")
    for _ in range(6):
        deliver()
        tick()
    alert.refresh_from_db()
    assert alert.unanswered_at is not None
    assert alert.calls == 2
    for _ in range(3):
        deliver(later(seconds=12))
        tick()
    alert.refresh_from_db()
    assert (alert.calls, Message.objects.count()) == (2, 4)


def test_without_a_receipt_in_time_nobody_knows_and_it_goes_on(sinks, receipts, reach, on_duty, due):
    reach(on_duty[0], "sms", "email")
    due()
    deliver()
    assert deliver(later(seconds=110)).unknown == 0
    assert deliver(later(seconds=121)).unknown == 1
    deliver(later(seconds=122))
    assert states() == ["sent", "unknown"]
    assert sinks.taken("smtp")
    assert Attempt.objects.filter(result="unknown").get().answer == "no receipt came in time"


def test_what_went_on_or_was_passed_on_meanwhile_is_left_alone(sinks, reach, on_duty, due):
    """Another process was quicker between the looking and the doing."""
    reach(on_duty[0], "email", value="nobody@x.example")
    (alert,) = due()
    deliver()
    assert onward.forward(clock.now()) == 1
    assert onward.on_from(Message.objects.get().pk, clock.now()) == 0
    assert onward.give_up_on(alert.pk, clock.now()) == 1
    assert onward.give_up_on(alert.pk, clock.now()) == 0
