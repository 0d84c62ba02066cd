"""What providers say later on: signed, once, never backward."""

import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from pathway.engine import now as clock
from pathway.notify import signature
from pathway.notify.deliver import deliver
from pathway.notify.receipt import receive
from pathway.record.message import Attempt, Message, State
from tests.faults.crowd import at_once, until
from tests.notify.conftest import SIGNED
from tests.sinks import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)
NOTIFY, WEBHOOK = reverse("callback_notify"), reverse("callback_webhook")


@pytest.fixture
def message(sinks, receipts, reach, on_duty, due):
    """A text message that Notify has taken."""
    reach(on_duty[0], "sms", "email")
    due()
    deliver()
    return Message.objects.get()


@pytest.fixture
def page(sinks, receipts, reach, on_duty, due):
    """A message that a gateway has taken."""
    reach(on_duty[0], "webhook")
    due()
    deliver()
    return Message.objects.get()


def state(message):
    message.refresh_from_db()
    return message.state


def receipt(message, status="delivered", token=TOKEN, **fields):
    """What Notify sends, as a stranger with a token would."""
    said = {"id": message.provider_ref, "reference": str(message.uuid), "to": "+447700900123", "status": status}
    headers = {"Authorization": f"Bearer {token}"}
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post(NOTIFY, json.dumps(said | fields), content_type="application/json").status_code


def signed(message, kind="message.delivered", *, secret=SIGNED, ago=0, body=None, name="", **headers):
    """What a gateway sends, under a new name unless one is given."""
    said = body if body is not None else json.dumps({"type": kind, "data": {"id": str(message.uuid)}}).encode()
    name, seconds = name or f"evt_{uuid4()}", str(int(time.time()) - ago)
    given = {
        "webhook-id": name, "webhook-timestamp": seconds,
        "webhook-signature": f"v1,AAAA {signature.sign(secret, name, seconds, said)}",
    } | headers  # fmt: skip
    client = Client(enforce_csrf_checks=True, headers=given)
    return client.post(WEBHOOK, said, content_type="application/json").status_code


@pytest.mark.parametrize(
    ("status", "becomes"),
    [("delivered", "delivered"), ("permanent-failure", "gone"), ("temporary-failure", "failed"),
     ("technical-failure", "failed"), ("sending", "sent"), ("something new", "sent")],
)  # fmt: skip
def test_what_notify_says_becomes_the_state(message, status, becomes):
    assert receipt(message, status) == 204
    assert state(message) == becomes
    assert (message.ended_at is not None) == (becomes in ("delivered", "gone"))
    assert (Attempt.objects.count() == 2) == (becomes != "sent")


def test_a_failure_goes_on_to_the_next_contact_at_once_and_one_for_now_is_tried_again(message, sinks):
    receipt(message, "temporary-failure")
    deliver()
    assert [each.line for each in sinks.taken()] == ["sms", "smtp"]
    deliver(clock.now() + timedelta(seconds=61))
    assert [each.line for each in sinks.taken()] == ["sms", "smtp", "sms"] or "found" in newest().answer
    assert len(sinks.keys("sms")) == 1


def newest():
    return Attempt.objects.latest("pk")


def test_delivered_stays_delivered_and_a_receipt_that_comes_twice_counts_once(message):
    for _ in range(3):
        assert receipt(message) == 204
    for status in ("permanent-failure", "temporary-failure", "sending"):
        assert receipt(message, status) == 204
    assert state(message) == "delivered"
    assert Attempt.objects.filter(answer__startswith="receipt").count() == 1


def test_delivered_after_all_counts_more_than_a_failure_or_nobody_knowing(message):
    receipt(message, "permanent-failure")
    receipt(message)
    assert state(message) == "delivered"


def test_a_late_receipt_ends_that_nobody_knows(message):
    deliver(clock.now() + timedelta(minutes=3))
    assert state(message) == "unknown"
    receipt(message)
    assert state(message) == "delivered"


def test_the_failure_of_an_earlier_try_is_no_news(message):
    old = message.provider_ref
    Message.objects.update(provider_ref=str(uuid4()))
    assert receipt(message, "temporary-failure", id=old) == 204
    assert state(message) == "sent"


def test_a_receipt_closes_a_message_whose_answer_was_lost(sinks, receipts, reach, on_duty, due):
    reach(on_duty[0], "sms")
    due()
    sinks.http_mode = "lost"
    deliver()
    message = Message.objects.get()
    assert message.provider_ref == ""
    assert receipt(message, id=sinks.notifications[0]["id"]) == 204
    assert state(message) == "delivered"
    assert message.provider_ref == sinks.notifications[0]["id"]
    sinks.http_mode = "ok"
    assert deliver(clock.now() + timedelta(seconds=5)).due == 0


def test_a_receipt_that_comes_before_our_own_writing_is_kept(*, sinks, receipts, reach, on_duty, due, monkeypatch):
    from pathway.notify import send

    reach(on_duty[0], "sms")
    due()
    write = send.write

    def slow(message, *args, **kwargs):
        receive(State.DELIVERED, "delivered", key=message.uuid)
        write(message, *args, **kwargs)

    monkeypatch.setattr(send, "write", slow)
    deliver()
    message = Message.objects.get()
    assert (message.state, message.lease_until) == ("delivered", None)
    assert message.provider_ref


def test_a_receipt_that_comes_while_it_is_spared_counts_more(sinks, reach, on_duty, due):
    from pathway.notify.send import spare

    reach(on_duty[0], "sms")
    due()
    deliver()
    message = Message.objects.get()
    receive(State.DELIVERED, "delivered", key=message.uuid)
    spare(message, clock.now())
    assert state(message) == "delivered"


def test_of_ten_receipts_at_once_one_counts(message):
    assert sorted(at_once(*[lambda: receive(State.DELIVERED, "x", ref=message.provider_ref)] * 10)) == [False] * 9 + [
        True
    ]


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "x", "\u20ac"])
def test_a_forged_receipt_of_notify_changes_nothing(message, token):
    assert receipt(message, token=token.encode().decode("latin-1")) == 401
    assert state(message) == "sent"


@pytest.mark.parametrize(
    "said", [b"x", b"[]", b"{}", b'{"id": 1, "status": "delivered"}', b'{"id": "a", "status": []}', b"[" * 9000,
             b'{"id": "\\u0000", "status": "delivered"}', b'{"id": "\\ud800", "status": "delivered"}', b"\xff\xfe"]
)  # fmt: skip
def test_what_is_no_receipt_is_refused(message, said):
    client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    assert client.post(NOTIFY, said, content_type="application/json").status_code == 400
    assert state(message) == "sent"


@pytest.mark.parametrize("reference", [None, "x", 7, "6f1f3b52-41d7-4f0e-9d2e-5c1f6f2f7a10"])
def test_a_receipt_of_a_message_that_nobody_knows_is_taken_and_changes_nothing(message, reference):
    assert receipt(message, reference=reference, id="unknown") == 204
    assert receipt(message, reference=reference, id="") == 204
    assert state(message) == "sent"


@pytest.mark.parametrize(
    ("kind", "becomes"), [("message.delivered", "delivered"), ("message.gone", "gone"), ("message.failed", "failed")]
)
def test_what_a_gateway_says_becomes_the_state(page, kind, becomes):
    assert signed(page, kind) == 204
    assert state(page) == becomes


def test_a_forged_an_old_and_a_changed_receipt_of_a_gateway_change_nothing(page):
    other = "whsec_" + "QUJD" * 10
    assert signed(page, secret=other) == 401
    assert signed(page, ago=301) == signed(page, ago=-310) == 401
    assert signed(page, **{"webhook-id": "evt_2"}) == 401
    assert signed(page, **{"webhook-timestamp": "soon"}) == 401
    assert signed(page, **{"webhook-timestamp": "9" * 400}) == 401
    assert signed(page, **{"webhook-signature": ""}) == 401
    assert state(page) == "sent"


def test_a_replayed_receipt_changes_nothing_more(page):
    assert signed(page, "message.failed") == 204
    assert signed(page) == 204
    assert signed(page, "message.failed", ago=200) == 204
    assert state(page) == "delivered"


def test_a_replayed_failure_resends_nothing_though_it_was_sent_again_meanwhile(page, sinks):
    assert signed(page, "message.failed", name="evt_1") == 204
    deliver(clock.now() + timedelta(seconds=61))
    assert (state(page), page.tries) == ("sent", 2)
    for ago in (0, -62):
        assert signed(page, "message.failed", name="evt_1", ago=ago) == 204
        assert state(page) == "sent"
    assert signed(page, "message.failed", name="evt_2", ago=-62) == 204
    assert state(page) == "failed", "another receipt counts"


def test_a_failure_that_was_signed_before_the_newest_try_is_no_news(page):
    Message.objects.update(sent_at=clock.now())
    assert signed(page, "message.failed", ago=7) == 204
    assert state(page) == "sent"
    assert signed(page, "message.failed", ago=2) == 204
    assert state(page) == "failed"


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"{}",
        b'{"type": "message.delivered"}',
        b'{"type": "x", "data": {"id": "0b9f2a4e-0000-4000-8000-000000000001"}}',
        b'{"type": "message.delivered", "data": {"id": 1}}',
        b'{"type": [], "data": {"id": "0b9f2a4e-0000-4000-8000-000000000001"}}',
        b'{"type": {}, "data": {"id": "0b9f2a4e-0000-4000-8000-000000000001"}}',
    ],
)
def test_a_signed_request_that_is_no_receipt_is_refused(page, body):
    assert signed(page, body=body) == 400


def test_a_large_and_an_endless_request_are_refused(message):
    client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    assert client.post(NOTIFY, b" " * 20_000, content_type="application/json").status_code == 413
    assert client.generic("POST", NOTIFY, b"", CONTENT_LENGTH="").status_code == 411
    assert client.get(NOTIFY).status_code == 405


def test_strangers_are_turned_away_after_sixty_tries_a_minute(message):
    assert {receipt(message, token="x") for _ in range(60)} == {401}
    assert receipt(message, token="x") == 429
    client = Client(REMOTE_ADDR="192.0.2.7")
    assert client.post(NOTIFY, b"{}", content_type="application/json").status_code == 401


def test_strangers_shut_no_provider_out_that_is_behind_the_same_address(message):
    assert {receipt(message, token="x") for _ in range(62)} == {401, 429}
    assert receipt(message) == 204
    assert state(message) == "delivered"


@pytest.mark.parametrize("address", [NOTIFY, WEBHOOK])
def test_without_a_secret_there_is_no_such_page(client, settings, db, address):
    settings.NOTIFY_CALLBACK_TOKEN = settings.WEBHOOK_CALLBACK_SECRET = ""
    assert client.post(address, b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("wanted", [{"times": 3}, {"delay": 0.5}, {"status": "permanent-failure"}])
def test_receipts_of_the_provider_itself_over_the_wire(*, live_server, sinks, receipts, reach, on_duty, due, wanted):
    sinks.receipts = {"url": live_server.url + NOTIFY, **wanted}
    reach(on_duty[0], "sms")
    due()
    deliver()
    becomes = "delivered" if "status" not in wanted else "gone"
    until(lambda: Message.objects.get().state == becomes, seconds=10)
    until(lambda: Attempt.objects.count() == 2)
