"""From an alert to a message that a provider has: sent once, tried again under one key, and holding nobody up."""

import threading
import time

import pytest
from django.db import OperationalError, connection

from pathway.engine import now as clock
from pathway.notify import claim, send
from pathway.notify.bundle import bundle
from pathway.notify.deliver import Lines, deliver, work
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Heartbeat
from pathway.record.message import Attempt, Message, Provider, State
from tests import factories
from tests.faults.crowd import at_once, until
from tests.notify.conftest import later, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_alert_reaches_the_first_contact_and_the_inbox(sinks, reach, on_duty, due):
    reach(on_duty[0], "sms", "email")
    (alert,) = due()
    counts = deliver()
    assert (counts.made, counts.due) == (1, 1)
    (came,) = sinks.came()
    message = Message.objects.get()
    assert (message.state, message.tries, message.provider_ref) == ("sent", 1, sinks.notifications[0]["id"])
    assert came.key == str(message.uuid)
    assert f"E1 limit near: PT {alert.case.code}, " in came.text
    assert came.text.endswith("Sign in: https://pathway.hospital.example/inbox/")
    assert Attempt.objects.get().answer == "taken by GOV.UK Notify"
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["inbox", "sms"]
    assert deliver().due == 0
    assert len(sinks.came()) == 1
    assert Heartbeat.objects.filter(name="deliver").exists()


def test_people_without_a_contact_are_told_in_the_inbox_alone(sinks, on_duty, due):
    due()
    assert deliver().made == 0
    assert sinks.came() == []


def test_failed_for_now_is_tried_again_later_each_time_under_one_key(sinks, reach, on_duty, due):
    reach(on_duty[0], "webhook")
    due()
    sinks.http_mode = "500"
    pauses = []
    for _ in range(7):
        deliver(later(seconds=pauses[-1] * 1.01 if pauses else 0))
        message = Message.objects.get(purpose="alerts")
        pauses.append((message.next_at - Attempt.objects.order_by("-pk").first().at).total_seconds())
        Message.objects.update(next_at=clock.now())
    assert all(0.75 * 2**nth <= pause <= 1.25 * 2**nth for nth, pause in enumerate(pauses[:4]))
    assert all(pause <= 15 * 1.25 for pause in pauses)
    assert states() == ["failed"]
    sinks.http_mode = "ok"
    deliver()
    assert len({each.key for each in sinks.came()}) == 1
    assert (len(sinks.came()), states()) == (8, ["sent"])
    assert list(Attempt.objects.order_by("pk").values_list("result", flat=True)) == ["failed"] * 7 + ["sent"]


def test_the_urgent_is_tried_again_sooner():
    assert max(send.pause(Message(tries=9, urgent=True), None).total_seconds() for _ in range(99)) <= 6.25
    assert send.pause(Message(tries=1), 40.0).total_seconds() == 40


def test_while_a_provider_wants_no_call_there_is_none_then_the_urgent_first_and_the_rest_together(
    sinks, reach, trust, unit, due
):
    people = [factories.user("coordinator", trust) for _ in range(3)]
    for person in people:
        factories.duty(unit, "coordinator", person)
        reach(person, "sms")
    sinks.http_mode, sinks.retry_after = "429", "6"
    due()
    deliver()
    refused = len(sinks.came())
    assert refused == 1, "one at a time, until the provider has answered well"
    sinks.http_mode = "ok"
    while time.time() < sinks.came()[0].at + 5.7:
        due("E3")
        deliver()
        time.sleep(0.3)
    assert len(sinks.came()) == refused
    time.sleep(0.8)
    deliver()
    told = sinks.taken()
    assert [each.at >= sinks.came()[0].at + 6 for each in told] == [True] * 3
    assert all("highest E3" in each.text and "more" in each.text for each in told)
    assert len(sinks.keys()) == 3


def test_one_asked_to_wait_does_not_shorten_a_longer_pause(sinks, reach, on_duty, due):
    reach(on_duty[0], "sms")
    due()
    sinks.http_mode, sinks.retry_after = "429", "600"
    deliver()
    first = Provider.objects.get(name="sms").paused_until
    sinks.retry_after = "1"
    message = Message.objects.select_related("address").get()
    send.learn(message, send.Outcome(State.FAILED, "", retry_after=1.0), clock.now())
    assert Provider.objects.get(name="sms").paused_until == first
    assert claim.claim("sms") is None


def test_an_answer_that_was_lost_is_sent_again_under_the_same_key(sinks, reach, on_duty, due):
    reach(on_duty[0], "webhook")
    due()
    sinks.http_mode = "lost"
    deliver()
    assert states() == ["failed"]
    sinks.http_mode = "ok"
    text = sinks.came()[0].text
    due()
    deliver(later(seconds=2))
    again = [each for each in sinks.came() if each.key == sinks.came()[0].key]
    assert [each.text for each in again] == [text, text]
    assert sum(sinks.keys().values()) == 2


def test_a_process_that_dies_between_the_answer_and_its_writing_sends_again_under_the_same_key(
    sinks, reach, on_duty, due, monkeypatch
):
    """Its session ends with it: the message is free at once, whatever its lease says."""
    reach(on_duty[0], "webhook")
    due()

    class PowerCut(BaseException):
        pass

    def cut(*_, **__):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(send, "write", cut)
        deliver_bundle()
        with pytest.raises(PowerCut):
            send.drain(provider())
    assert len(sinks.taken()) == 1
    deliver()
    assert len(sinks.taken()) == 1, "whoever was sending it is still there"
    connection.close()
    deliver()
    assert list(sinks.keys().values()) == [2]
    assert states() == ["sent"]
    assert "stopped before it wrote" in Attempt.objects.order_by("pk").first().answer


def provider():
    return Message.objects.annotate(provider=claim.PROVIDER).values_list("provider", flat=True)[0]


def deliver_bundle():
    bundle(clock.now())


def test_a_machine_that_vanished_holds_a_message_no_longer_than_its_lease(sinks, reach, on_duty, due):
    """Its session may stay open in the database for long."""
    reach(on_duty[0], "webhook")
    due()
    deliver_bundle()
    message = claim.claim(provider())
    assert message.tries == 1
    deliver(later(seconds=29))
    assert sinks.came() == []
    claim.release(message)
    Message.objects.update(lease_until=clock.now())
    deliver()
    assert states() == ["sent"]


def test_two_deliverers_hand_over_each_message_once(sinks, reach, trust, unit, due):
    people = [factories.user("coordinator", trust) for _ in range(20)]
    for person in people:
        factories.duty(unit, "coordinator", person)
        reach(person, "sms" if person.pk % 2 else "email")
    due(count=3)
    at_once(deliver, deliver, deliver)
    deliver()
    assert (len(sinks.keys()), set(sinks.keys().values())) == (20, {1})
    assert states() == ["sent"] * 20


def test_a_slow_provider_holds_nobody_up(sinks, reach, trust, unit, due):
    """12 s slow: the round itself, the raising and the other channel go on before it has been given up."""
    slow, quick = factories.user("coordinator", trust), factories.user("coordinator", trust)
    for person, channel in ((slow, "sms"), (quick, "email")):
        factories.duty(unit, "coordinator", person)
        reach(person, channel)
    sinks.http_mode = "slow"
    due()
    lines = Lines()
    deliver(lines=lines)
    until(lambda: sinks.taken("smtp"))
    due("E3")
    deliver(lines=lines, by="deliverer")
    assert Message.objects.get(address__channel="sms").state == "created"
    lines.wait()
    assert Message.objects.get(address__channel="sms").state == "failed"
    assert Heartbeat.objects.filter(name="deliverer").exists()


def test_one_gateway_that_is_down_holds_up_no_other(*, sinks, reach, trust, unit, due, settings):
    settings.WEBHOOK_HOSTS = [*settings.WEBHOOK_HOSTS, "127.0.0.1:1"]
    for number in range(3):
        person = factories.user("coordinator", trust)
        factories.duty(unit, "coordinator", person)
        reach(person, "webhook", value="http://127.0.0.1:1/" if number else "")
    due()
    deliver()
    assert states() == ["failed", "failed", "sent"]


def test_a_channel_that_is_off_and_one_that_no_longer_exists_are_gone_on_from(sinks, reach, on_duty, due, settings):
    _, second, _ = reach(on_duty[0], "sms", "webhook", "email")
    settings.NOTIFY_API_KEY = ""
    second.channel = "fax"
    second.save()
    due()
    for _ in range(3):
        deliver()
    assert [each.line for each in sinks.taken()] == ["smtp"]
    answers = list(Attempt.objects.order_by("pk").values_list("answer", flat=True))
    assert answers[:2] == ["Text messages are not set up: NOTIFY_API_KEY missing.", "There is no channel fax."]


@pytest.mark.parametrize("how", ["removed", "left"])
def test_what_is_on_its_way_to_somebody_who_is_no_longer_told_there_is_not_sent(sinks, reach, on_duty, due, how):
    (address,) = reach(on_duty[0], "email")
    due()
    if how == "removed":
        address.removed_at = clock.now()
        address.save()
    else:
        on_duty[0].is_active = False
        on_duty[0].save()
    deliver()
    assert sinks.came() == []
    assert states() == ["gone"]


def test_a_fault_of_a_channel_is_one_messages_failure(sinks, reach, on_duty, due, settings):
    reach(on_duty[0], "webhook")
    settings.WEBHOOK_SECRET = "not a secret"
    due()
    deliver()
    assert states() == ["failed"]
    assert "whsec_" in Attempt.objects.get().answer


@pytest.mark.parametrize(
    ("channel", "answer"),
    [("webhook", b"taken\0"), ("webhook", b'{"id": "a\\u0000b"}'), ("webhook", b'{"id": "\\ud800"}'),
     ("sms", b'{"id": "a\\u0000b"}'), ("sms", b'{"id": "%s"}' % (b"x" * 250))],
)  # fmt: skip
def test_an_answer_that_no_database_can_keep_is_kept_legibly_and_sends_nothing_again(
    *, sinks, reach, on_duty, due, channel, answer
):
    reach(on_duty[0], channel)
    due()
    sinks.http_mode, sinks.garbled = "garbled", answer
    for seconds in (0, 20, 40):
        deliver(later(seconds=seconds))
    assert (len(sinks.came()), states()) == (1, ["sent"])
    assert Attempt.objects.get().answer


@pytest.fixture
def elsewhere(trust, reach):
    """Another unit, and who is told there by a text message."""
    ward, other = factories.unit(trust), factories.user("coordinator", trust)
    factories.duty(ward, "coordinator", other)
    reach(other, "sms")
    return ward, other


def test_an_alert_that_only_a_newer_release_knows_is_told_and_holds_up_nobody(sinks, reach, on_duty, elsewhere, due):
    ward, other = elsewhere
    reach(on_duty[0], "sms")
    (first,) = due()
    Alert.objects.filter(pk=first.pk).update(protocol="mscc-2099.1")
    Case.objects.filter(pk=first.case_id).update(protocol="mscc-2099.1")
    Clock.objects.filter(pk=first.clock_id).update(standard="of_a_newer_release")
    due(place=ward)
    deliver()
    told = {each.to: each.text for each in sinks.taken("sms")}
    assert set(told) == {f"+4477009{person.pk:05d}" for person in (on_duty[0], other)}
    assert f"E1 limit near: PT {first.case.code}, of_a_newer_release, due " in " ".join(told.values())
    assert states() == ["sent", "sent"]


def test_an_alert_that_only_a_newer_release_knows_is_passed_on_by_that_alone(sinks, reach, on_duty, due):
    reach(on_duty[0], "sms")
    (alert,) = due()
    Alert.objects.filter(pk=alert.pk).update(protocol="mscc-2099.1")
    sinks.http_mode = "400"
    for seconds in (0, 1, 2):
        assert deliver(later(seconds=seconds)).unreachable == 0
    assert states() == ["gone"]
    assert Alert.objects.get(pk=alert.pk).passed_at is None


def test_a_message_that_cannot_be_written_is_its_own_failure_and_holds_up_nobody(sinks, reach, on_duty, elsewhere, due):
    ward, other = elsewhere
    reach(on_duty[0], "sms")
    (first,) = due()
    Alert.objects.filter(pk=first.pk).update(level="E9")
    due(place=ward)
    deliver()
    assert [each.to for each in sinks.came()] == [f"+4477009{other.pk:05d}"]
    assert states() == ["failed", "sent"]
    assert Attempt.objects.get(result=State.FAILED).answer == "ValueError(\"'E9' is not a valid Level\")"
    Alert.objects.filter(pk=first.pk).update(level="E1")
    deliver(later(seconds=2))
    assert states() == ["sent", "sent"]
    assert first.case.code in sinks.came()[-1].text


def test_a_provider_may_say_at_once_that_it_is_delivered(sinks, receipts, reach, on_duty, due):
    reach(on_duty[0], "sms")
    due()
    sinks.http_mode, sinks.status = "lost", "delivered"
    deliver()
    sinks.http_mode = "ok"
    deliver(later(seconds=2))
    assert states() == ["delivered"]


def test_given_up_for_good_after_an_hour(sinks, reach, on_duty, due):
    reach(on_duty[0], "email")
    due()
    sinks.smtp_mode = "500"
    deliver()
    deliver(later(minutes=61))
    assert states() == ["gone"]
    assert Message.objects.get().ended_at is not None


def test_the_database_being_away_ends_a_thread_quietly(sinks, reach, on_duty, due, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pathway_provider RENAME TO elsewhere")
    try:
        thread = threading.Thread(target=work, args=("sms",))
        thread.start()
        thread.join()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO pathway_provider")
    assert "sending to sms stopped" in caplog.text


def test_a_database_that_is_away_is_no_failure_of_the_message(sinks, reach, on_duty, due):
    reach(on_duty[0], "sms")
    due()
    bundle(clock.now())
    message = Message.objects.get()

    def away(_execute, sql, *_rest):
        raise OperationalError(f"no answer to {sql[:20]}")

    with connection.execute_wrapper(away), pytest.raises(OperationalError, match="no answer"):
        send.attend(message, "sms")
    assert (states(), Attempt.objects.count(), sinks.came()) == (["created"], 0, [])
    deliver()
    assert states() == ["sent"]
