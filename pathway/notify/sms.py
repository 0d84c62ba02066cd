"""Text messages through GOV.UK Notify. The reference of every try is the key, by which a lost answer is looked up."""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from notifications_python_client.errors import APIError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient

from pathway.notify.types import ANSWER_WITHIN, CONNECT_WITHIN, Channel, Letter, Sent, Undeliverable, failure

FILLING = re.compile(r"[\s().\u2010-\u2015-]")
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
DELIVERED = "delivered"
FAILED = frozenset({"permanent-failure", "temporary-failure", "technical-failure", "failed"})
WRONG = (
    "Enter a mobile number, with its country where that is not the United Kingdom: 07700 900123 or +353 85 012 3456."
)
RECEIPT_WITHIN = timedelta(minutes=2)


def check(value: str) -> str:
    """A telephone number as it is kept: with its country, without spaces.

    Raises:
        ValidationError: it is none.
    """
    digits = FILLING.sub("", value)
    digits = re.sub(r"^(00|(?=44)(?=44[0-9]{10}$))", "+", digits)
    digits = re.sub(r"^0(?=7[0-9]{9}$)", "+44", digits)
    if not NUMBER.fullmatch(digits):
        raise ValidationError(WRONG)
    return digits


def off() -> str:
    """Why no text message is sent; '' where it is."""
    missing = [name for name in ("NOTIFY_API_KEY", "NOTIFY_TEMPLATE") if not getattr(settings, name)]
    return f"Text messages are not set up: {' and '.join(missing)} missing." if missing else ""


def send(letter: Letter) -> Sent:
    """Hand one message to GOV.UK Notify; one that it may have taken already is looked for first.

    Raises:
        Undeliverable: it was refused, or did not answer in time.
    """
    client = NotificationsAPIClient(
        settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_URL, timeout=(CONNECT_WITHIN, ANSWER_WITHIN)
    )
    try:
        if letter.again and (taken := lookup(client, letter.key)):
            return taken
        answer: dict[str, Any] = client.send_sms_notification(
            phone_number=letter.to, template_id=settings.NOTIFY_TEMPLATE,
            personalisation={"message": letter.text}, reference=letter.key,
        )  # fmt: skip
    except APIError as error:
        raise failed(error) from error
    return Sent(str(answer.get("id", "")), answer="taken by GOV.UK Notify")


def lookup(client: NotificationsAPIClient, key: str) -> Sent | None:
    """What Notify has under this reference; None where it has nothing that could still arrive."""
    found = client.get_all_notifications(template_type="sms", reference=key)["notifications"]
    for each in found:
        if each["status"] not in FAILED:
            return Sent(each["id"], each["status"] == DELIVERED, f"found at GOV.UK Notify: {each['status']}")
    return None


def failed(error: APIError) -> Undeliverable:
    """How a call failed; without an answer that can be read nobody knows whether it was taken."""
    if error.response is None or isinstance(error, InvalidResponse):
        return Undeliverable(f"no answer: {error.__cause__!r}"[:500], maybe=True)
    return failure(error.status_code, str(error.message), error.response.headers.get("Retry-After"))


def receipt_within() -> timedelta | None:
    """Receipts come by callback, where one is set up."""
    return RECEIPT_WITHIN if settings.NOTIFY_CALLBACK_TOKEN else None


SMS = Channel(
    "sms", "Text message", "for example 07700 900123", check, send, off, longest=450, receipt_within=receipt_within
)  # fmt: skip
