"""Each channel against a provider that takes, refuses, is slow, hangs up or loses its answer."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from pathway.engine import now as clock
from pathway.notify import email, signature, sms, webhook
from pathway.notify.channel import BY_KEY, CHANNELS
from pathway.notify.types import Letter, Undeliverable, seconds
from tests import factories
from tests.notify.conftest import SIGNED

NOW = factories.at("2026-03-02 09:00")
KEY = "0b9f2a4e-0000-4000-8000-000000000001"


@pytest.fixture
def letter(sinks):
    """`letter("sms")`: one message for the channel."""
    values = {"sms": "+447700900123", "email": "a@hospital.example", "webhook": f"{sinks.url}/bleep/1"}

    def letter(channel, **fields):
        return Letter(
            **{"key": KEY, "to": values[channel], "subject": "One alert", "text": "E3: AB M00001", "at": NOW} | fields
        )

    return letter


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.key)
def test_a_message_is_taken_under_its_key(sinks, letter, channel):
    sent = channel.send(letter(channel.key, urgent=True))
    (came,) = sinks.taken()
    assert (came.key, came.text.strip()) == (KEY, "E3: AB M00001")
    assert not sent.delivered
    assert bool(sent.ref) == (channel.key != "email")


@pytest.mark.parametrize(
    ("mode", "permanent", "maybe", "retry_after"),
    [
        ("429", False, False, 2.0),
        ("500", False, True, None),
        ("503", False, True, 2.0),
        ("400", True, False, None),
        ("404", True, False, None),
        ("down", False, True, None),
        ("lost", False, True, None),
    ],
)
@pytest.mark.parametrize("key", ["sms", "webhook"])
def test_how_a_web_provider_fails(*, sinks, letter, key, mode, permanent, maybe, retry_after):
    sinks.http_mode = mode
    with pytest.raises(Undeliverable) as failed:
        BY_KEY[key].send(letter(key))
    assert (failed.value.permanent, failed.value.maybe, failed.value.retry_after) == (permanent, maybe, retry_after)
    assert failed.value.answer


@pytest.mark.parametrize(
    ("mode", "to", "permanent", "maybe"),
    [
        ("429", "a@x.example", False, False),
        ("500", "a@x.example", False, False),
        ("400", "a@x.example", True, False),
        ("down", "a@x.example", False, True),
        ("lost", "a@x.example", False, True),
        ("ok", "nobody@x.example", True, False),
        ("ok", "full@x.example", False, False),
        ("ok", "a@x.example\r\nBcc: b@x.example", True, False),
    ],
)
def test_how_a_mail_server_fails(*, sinks, letter, mode, to, permanent, maybe):
    sinks.smtp_mode = mode
    with pytest.raises(Undeliverable) as failed:
        email.send(letter("email", to=to))
    assert (failed.value.permanent, failed.value.maybe) == (permanent, maybe)
    assert not [each for each in sinks.came() if "b@x.example" in each.to]


def test_nobody_listens_is_known_not_to_have_been_taken(settings, sinks, letter):
    settings.EMAIL_PORT = 1
    with pytest.raises(Undeliverable) as failed:
        email.send(letter("email"))
    assert not failed.value.maybe
    settings.WEBHOOK_HOSTS = ["127.0.0.1:1"]
    with pytest.raises(Undeliverable, match="cannot be reached") as failed:
        webhook.send(letter("webhook", to="http://127.0.0.1:1/"))
    assert (failed.value.maybe, failed.value.permanent) == (False, False)
    settings.NOTIFY_URL = "http://127.0.0.1:1"
    with pytest.raises(Undeliverable, match="no answer"):
        sms.send(letter("sms"))


@pytest.mark.parametrize("key", ["sms", "email", "webhook"])
def test_a_slow_provider_is_not_waited_for(sinks, letter, key):
    sinks.smtp_mode = sinks.http_mode = "slow"
    began = time.monotonic()
    with pytest.raises(Undeliverable) as failed:
        BY_KEY[key].send(letter(key))
    assert failed.value.maybe
    assert 4 < time.monotonic() - began < sinks.slow


def test_a_text_message_whose_answer_was_lost_is_looked_up_and_not_sent_again(sinks, letter):
    sinks.http_mode = "lost"
    with pytest.raises(Undeliverable):
        sms.send(letter("sms"))
    sinks.http_mode = "ok"
    sent = sms.send(letter("sms", again=True))
    assert sent.ref == sinks.notifications[0]["id"]
    assert "found at GOV.UK Notify: created" in sent.answer
    assert len(sinks.came("sms")) == 1
    sinks.notifications[0]["status"] = "delivered"
    assert sms.send(letter("sms", again=True)).delivered
    sinks.notifications[0]["status"] = "technical-failure"
    assert sms.send(letter("sms", again=True)).ref == sinks.notifications[1]["id"]


def test_while_it_cannot_be_looked_up_a_text_message_is_not_sent_again(sinks, letter):
    sinks.http_mode = "500"
    with pytest.raises(Undeliverable):
        sms.send(letter("sms", again=True))
    assert sinks.came("sms") == []


def test_an_answer_that_nobody_can_read_may_be_a_yes(sinks, letter):
    sinks.http_mode = "garbled"
    with pytest.raises(Undeliverable) as failed:
        sms.send(letter("sms"))
    assert failed.value.maybe
    assert webhook.send(letter("webhook")).ref == ""


def test_a_wrong_key_of_the_service_is_a_refusal_for_good(settings, sinks, letter):
    settings.NOTIFY_API_KEY = settings.NOTIFY_API_KEY[:-4] + "0000"
    with pytest.raises(Undeliverable, match="403") as failed:
        sms.send(letter("sms"))
    assert failed.value.permanent


def test_a_mail_says_that_a_machine_wrote_it_and_an_urgent_one_that_it_is(sinks, letter):
    email.send(letter("email", urgent=True))
    (came,) = sinks.came("smtp")
    assert came.headers["Message-ID"] == f"<{KEY}@pathway.hospital.example>"
    assert (came.headers["Auto-Submitted"], came.headers["Importance"]) == ("auto-generated", "high")


def test_a_webhook_is_signed_as_the_standard_says(sinks, letter):
    """The example of the standard's own libraries, and what a receiver does with a real request."""
    signed = signature.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    webhook.send(letter("webhook"))
    (came,) = sinks.came("webhook")
    assert signature.is_genuine(SIGNED, came.headers, came.body, NOW)
    assert not signature.is_genuine(SIGNED, came.headers, came.body + b" ", NOW)
    assert not signature.is_genuine(SIGNED, came.headers, came.body, NOW + timedelta(minutes=6))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_short", "whsec_!!!", "c2VjcmV0" * 8, "whsec_" + "YWJj" * 7])
def test_a_secret_that_is_none_is_not_taken(secret):
    with pytest.raises(ValueError, match="whsec_ followed by at least 24"):
        signature.key_of(secret)


def test_a_gateway_may_give_its_own_name_and_say_that_it_is_delivered():
    assert webhook.taken('{"id": 7, "delivered": true}') == webhook.Sent(
        "7", delivered=True, answer='{"id": 7, "delivered": true}'
    )
    assert webhook.taken("[1]").ref == ""
    assert webhook.taken("").answer == "taken by the gateway"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/",
        "http://pager.example/",
        "https://pager.example:444/",
        "https://user@pager.example/",
        "https://pager.example.elsewhere.example/",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://[::1]/",
        "ftp://pager.example/",
        "file:///etc/passwd",
    ],
)
def test_a_gateway_that_nobody_named_is_not_called(settings, url):
    settings.WEBHOOK_HOSTS, settings.DEVELOPMENT = ["pager.example"], False
    with pytest.raises(ValidationError):
        webhook.check(url)
    with pytest.raises(Undeliverable) as failed:
        webhook.send(Letter(KEY, url, "", "", NOW))
    assert failed.value.permanent


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pager",
        "https://",
        "https://pager.example/#part",
        "https://pager.example:x/",
        "https://pager.example/a b",
        "https://pager.example/" + "a" * 300,
    ],
)
def test_what_is_no_address_of_a_gateway(settings, url):
    settings.WEBHOOK_HOSTS = ["pager.example", ""]
    with pytest.raises(ValidationError):
        webhook.check(url)


def test_the_address_of_a_gateway_is_kept_in_one_form(settings):
    settings.WEBHOOK_HOSTS = ["Pager.Example"]
    assert webhook.check(" https://PAGER.example ") == "https://pager.example/"
    assert webhook.check("https://pager.example/Bleep/7?x=1") == "https://pager.example/Bleep/7?x=1"


@pytest.mark.parametrize(
    ("host", "development", "called"),
    [
        ("127.0.0.1", True, True),
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("::ffff:127.0.0.1", False, False),
        ("0.0.0.0", True, False),  # noqa: S104 - looked at, not bound
        ("169.254.169.254", True, False),
        ("fe80::1", True, False),
        ("224.0.0.1", True, False),
        ("240.0.0.1", True, False),
        ("10.1.2.3", False, True),
        ("192.0.2.7", False, True),
    ],
)
def test_an_address_is_looked_at_once_it_is_known(settings, host, development, called):
    settings.DEVELOPMENT = development
    if called:
        assert str(webhook.resolved(host, 443)) == host
    else:
        with pytest.raises(Undeliverable, match="may not be called"):
            webhook.resolved(host, 443)


def test_a_named_host_that_leads_to_this_machine_is_not_called(settings, sinks, letter):
    settings.DEVELOPMENT = False
    settings.WEBHOOK_HOSTS = ["localhost"]
    with pytest.raises(Undeliverable, match="may not be called"):
        webhook.send(letter("webhook", to="https://localhost/"))
    assert sinks.came() == []


def test_a_redirection_is_not_followed(sinks, letter):
    sinks.http_mode = "redirect"
    with pytest.raises(Undeliverable) as failed:
        webhook.send(letter("webhook"))
    assert failed.value.permanent
    assert [each.to for each in sinks.came()] == ["/bleep/1"]


def test_what_speaks_no_tls_is_not_called_over_https(settings, sinks, letter):
    with pytest.raises(Undeliverable, match="cannot be reached"):
        webhook.send(letter("webhook", to=f"https://localhost:{sinks.http_port}/"))
    assert sinks.came() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 (7700) 900-123", "+447700900123"),
        ("00447700900123", "+447700900123"),
        ("447700900123", "+447700900123"),
        ("+353 85 012 3456", "+353850123456"),
    ],
)
def test_a_telephone_number_is_kept_in_one_form(typed, kept):
    assert sms.check(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "1234", "07700 90012", "+0700900123", "٠٧٧٠٠٩٠٠١٢٣", "07700900123\r\n", "phone", "+44770090012345678"]
)
def test_what_is_no_telephone_number(typed):
    if typed.strip() == "07700900123":
        assert sms.check(typed) == "+447700900123"
        return
    with pytest.raises(ValidationError, match="Enter a mobile number"):
        sms.check(typed)


@pytest.mark.parametrize(
    "typed", ["", "a", "a@b", "a@x.example\nBcc: b@x.example", "ä@x.example", "a" * 250 + "@x.example"]
)
def test_what_is_no_mail_address(typed):
    with pytest.raises(ValidationError, match="Enter an email address"):
        email.check(typed)


def test_a_mail_address_is_kept_without_spaces_round_it():
    assert email.check(" a@x.example ") == "a@x.example"


def test_each_channel_says_what_it_lacks(settings):
    settings.EMAIL_ON, settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE = False, "", ""
    settings.WEBHOOK_HOSTS, settings.WEBHOOK_SECRET = [], SIGNED
    assert [channel.off() for channel in CHANNELS] == [
        "Text messages are not set up: NOTIFY_API_KEY and NOTIFY_TEMPLATE missing.",
        "Email is not set up: EMAIL_URL is missing.",
        "Pagers are not set up: WEBHOOK_HOSTS missing.",
    ]


def test_receipts_are_awaited_only_where_they_can_come(settings):
    settings.NOTIFY_CALLBACK_TOKEN = settings.WEBHOOK_CALLBACK_SECRET = ""
    assert {channel.receipt_within() for channel in CHANNELS} == {None}
    settings.NOTIFY_CALLBACK_TOKEN = settings.WEBHOOK_CALLBACK_SECRET = SIGNED
    assert [channel.receipt_within() for channel in CHANNELS] == [timedelta(minutes=2), None, timedelta(minutes=1)]


def test_how_long_a_provider_wants_to_be_left_alone():
    assert [seconds(text) for text in (None, "", "30", "-1", "99999", "soon")] == [None, None, 30.0, 0.0, 3600.0, None]
    ahead = clock.datetime.fromtimestamp(time.time() + 120, tz=NOW.tzinfo)
    assert 110 < seconds(f"{ahead:%a, %d %b %Y %H:%M:%S} GMT") <= 120
    assert seconds(f"{ahead:%a, %d %b %Y %H:%M:%S}") is not None
