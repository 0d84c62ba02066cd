"""Providers that a test may play well or badly, and people whom they reach."""

import base64
from datetime import timedelta

import pytest
from django.core.cache import cache

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.record.message import Address, Message
from tests import factories
from tests.sinks import API_KEY, TOKEN, Sinks

SIGNED = "whsec_" + base64.b64encode(b"a secret of at least 24 bytes").decode()


def states():
    """The states of all messages, in the order of the alphabet."""
    return sorted(Message.objects.values_list("state", flat=True))


def later(**length):
    """So long from now, for a round in which what waits for so long is due."""
    return clock.now() + timedelta(**length)


@pytest.fixture
def sinks(settings):
    """A mail server, GOV.UK Notify and a gateway, with the settings that lead to them; no receipts are awaited."""
    with Sinks() as sinks:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_ON, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", sinks.smtp_port
        settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE, settings.NOTIFY_URL = API_KEY, "a-template", sinks.url
        settings.WEBHOOK_HOSTS = [f"127.0.0.1:{sinks.http_port}", f"localhost:{sinks.http_port}"]
        settings.WEBHOOK_SECRET = SIGNED
        settings.SITE_URL = "https://pathway.hospital.example"
        yield sinks


@pytest.fixture
def receipts(settings, transactional_db):
    """Receipts are set up for both providers that give them; no stranger has tried yet."""
    cache.clear()
    settings.NOTIFY_CALLBACK_TOKEN, settings.WEBHOOK_CALLBACK_SECRET = TOKEN, SIGNED


@pytest.fixture
def reach(sinks):
    """`reach(person, "sms", "email")`: contacts that were confirmed, in this order; returns them."""
    values = {
        "sms": lambda person: f"+4477009{person.pk:05d}",
        "email": lambda person: f"person{person.pk}@hospital.example",
        "webhook": lambda person: f"{sinks.url}/bleep/{person.pk}",
    }

    def reach(person, *channels, **fields):
        now = clock.now()
        first = Address.objects.filter(user=person).count()
        return [
            Address.objects.create(
                user=person,
                channel=channel,
                value=fields.pop("value", "") or values[channel](person),
                place=place,
                added_at=now,
                verified_at=now,
                **fields,
            )
            for place, channel in enumerate(channels, first)
        ]

    return reach


@pytest.fixture
def due(unit):
    """`due("E1")` or `due("E3")`: cases of which the contact clock has just come to this level, raised; the alerts."""

    def due(level="E1", count=1, place=unit, **fields):
        passed = {"E1": timedelta(minutes=30, seconds=5), "E3": timedelta(minutes=60, seconds=5)}[level]
        made = [factories.case(place=place, at=clock.now() - passed, **fields) for _ in range(count)]
        tick()
        return [case.alerts.order_by("-rung").first() for case in made]

    return due


@pytest.fixture
def on_duty(unit, trust):
    """A coordinator who is told of E1, and of E3 as a copy; a consultant and lead who must answer E3."""
    coordinator, consultant = factories.user("coordinator", trust), factories.user("clinician", trust)
    factories.duty(unit, "coordinator", coordinator)
    for role in ("on-call consultant", "MSCC lead"):
        factories.duty(unit, role, consultant)
    return coordinator, consultant
