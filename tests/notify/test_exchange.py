"""A provider that answers a letter at a time is not waited for longer than one that is silent."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from pathway.engine import now as clock
from pathway.notify import claim, exchange, types
from pathway.notify.bundle import bundle
from pathway.notify.deliver import deliver
from pathway.notify.types import Letter, Sent, Undeliverable
from pathway.record.message import Attempt, Message, Provider
from tests import factories
from tests.notify.conftest import later, states

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN = 1.0


@pytest.fixture
def dripping():
    """A server that greets, and answers, with a letter every tenth of a second and without end; its port."""
    done = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def drip(line):
        with suppress(OSError), line:
            line.sendall(b"220-")
            while not done.wait(0.1):
                line.sendall(b"x")

    def serve():
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    done.set()
    server.close()


@pytest.mark.parametrize("channel", ["sms", "email", "webhook"])
def test_a_provider_that_drips_is_given_up_in_time_in_every_channel(
    *, sinks, reach, on_duty, due, dripping, settings, monkeypatch, channel
):
    monkeypatch.setattr(exchange, "ALTOGETHER", WITHIN)
    settings.EMAIL_PORT, settings.NOTIFY_URL = dripping, f"http://127.0.0.1:{dripping}"
    settings.WEBHOOK_HOSTS = [f"127.0.0.1:{dripping}"]
    reach(on_duty[0], channel, value=f"http://127.0.0.1:{dripping}/" if channel == "webhook" else "")
    due()
    began = time.monotonic()
    deliver()
    assert WITHIN < time.monotonic() - began < WITHIN + 3
    assert Attempt.objects.get().answer == "no answer within 1 seconds in all"
    assert Message.objects.get().fixed, "it may have been taken"
    deliver(later(seconds=3))
    assert Attempt.objects.latest("pk").answer == "an earlier call of this provider has not ended"
    assert states() == ["failed"]


def test_an_exchange_ends_before_its_lease_does():
    assert claim.LEASE.total_seconds() > types.ALTOGETHER


def test_calls_that_never_end_are_not_made_without_end(monkeypatch):
    monkeypatch.setattr(exchange, "ALTOGETHER", 0.01)
    go = threading.Event()

    def stuck(letter):
        go.wait()
        return Sent()

    for number in range(exchange.MOST):
        with pytest.raises(Undeliverable, match="no answer within"):
            exchange.exchange("here", stuck, Letter(str(number), "", "", "", clock.now()))
    with pytest.raises(Undeliverable, match="has not ended"):
        exchange.exchange("here", stuck, Letter("another", "", "", "", clock.now()))
    go.set()
    while exchange.going["here"]:
        time.sleep(0.01)
    assert exchange.exchange("here", lambda letter: Sent(letter.key), Letter("k", "", "", "", clock.now())).ref == "k"


def test_a_message_that_somebody_holds_past_its_lease_keeps_no_other_waiting(sinks, reach, unit, on_duty, due):
    other = factories.user("coordinator", unit.organisation)
    factories.duty(unit, "coordinator", other)
    reach(on_duty[0], "sms"), reach(other, "sms")
    due()
    bundle(clock.now())
    Provider.objects.create(name="sms", well=True)
    first, second = Message.objects.order_by("created_at", "pk")
    held, go = threading.Event(), threading.Event()

    def holder():
        claim.lock(first.pk)
        held.set()
        go.wait(20)
        claim.release(first)
        claim.connection.close()

    thread = threading.Thread(target=holder)
    thread.start()
    held.wait(20)
    Message.objects.filter(pk=first.pk).update(lease_until=later(seconds=-1))
    try:
        assert claim.claim("sms") == second
    finally:
        go.set()
        thread.join()
        claim.release(second)
