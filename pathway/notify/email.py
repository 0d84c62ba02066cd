"""Email over SMTP. Every try carries one Message-ID, by which a mailbox knows a repetition."""

import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from pathway.notify.types import Channel, Letter, Sent, Undeliverable

WRONG = "Enter an email address in the form name@hospital.nhs.uk."
LONGEST_ADDRESS = 254
FOR_GOOD = 500


def check(value: str) -> str:
    """A mail address as it is kept; no line break can get into a header by it.

    Raises:
        ValidationError: it is none.
    """
    address = value.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError(WRONG) from None
    if len(address) > LONGEST_ADDRESS or not address.isascii():
        raise ValidationError(WRONG)
    return address


def off() -> str:
    """Why no email is sent; '' where it is."""
    return "" if settings.EMAIL_ON else "Email is not set up: EMAIL_URL is missing."


def send(letter: Letter) -> Sent:
    """Hand one message to the mail server.

    Raises:
        Undeliverable: the server refused it, or did not answer in time.
    """
    domain = urlsplit(settings.SITE_URL).hostname or "pathway.invalid"
    headers = {"Message-ID": f"<{letter.key}@{domain}>", "Auto-Submitted": "auto-generated"}
    if letter.urgent:
        headers |= {"Importance": "high", "X-Priority": "1"}
    mail = EmailMessage(letter.subject, letter.text, to=[letter.to], headers=headers)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        raise refusal(*next(iter(refused.recipients.values()))) from refused
    except smtplib.SMTPResponseException as refused:
        raise refusal(refused.smtp_code, refused.smtp_error) from refused
    except ValueError as broken:  # a line break in a header
        raise Undeliverable(str(broken)[:500], permanent=True) from broken
    except (OSError, smtplib.SMTPException) as lost:
        nobody = isinstance(lost, ConnectionRefusedError)
        raise Undeliverable(f"{type(lost).__name__}: {lost}"[:500], maybe=not nobody) from lost
    return Sent(answer="taken by the mail server")


def refusal(code: int, said: bytes | str) -> Undeliverable:
    """What the server's code means: from 500 on for good, below that for now."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Undeliverable(f"{code} {words}"[:500], permanent=code >= FOR_GOOD)


EMAIL = Channel("email", "Email", "for example name@hospital.nhs.uk", check, send, off, longest=20_000)
