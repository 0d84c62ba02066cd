"""A pager or any other gateway, by a signed webhook (Standard Webhooks), to hosts that the operator has named.

A person's own address decides where the service calls. So only https to a named host is called, at an address that was
looked at after it was resolved, and a redirection is not followed.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from pathway.notify import signature
from pathway.notify.types import ANSWER_WITHIN, CONNECT_WITHIN, Channel, Letter, Sent, Undeliverable, failure

NOT_HERE = "This gateway may not be called from here. Ask your administrator to name its host in WEBHOOK_HOSTS."
WRONG = "Enter the address of the gateway, for example https://pager.hospital.nhs.uk/bleep/1234."
READ_AT_MOST = 4096
RECEIPT_WITHIN = timedelta(minutes=1)
LONGEST_ADDRESS = 300


def check(value: str) -> str:
    """The address of a gateway as it is kept.

    Raises:
        ValidationError: it is no https address, or its host is not on the operator's list.
    """
    url = value.strip()
    try:
        parts = urlsplit(url)
        host, _ = place(parts)
    except ValueError:
        raise ValidationError(WRONG) from None
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_ADDRESS or not host:
        raise ValidationError(WRONG)
    if parts.username is not None or parts.fragment or not may_be_called(parts):
        raise ValidationError(NOT_HERE)
    return parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/").geturl()


def place(parts: SplitResult) -> tuple[str, int]:
    """Host and port. Raises ValueError for a port that is none."""
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def may_be_called(parts: SplitResult) -> bool:
    """Whether the host is named in WEBHOOK_HOSTS (with its port where it has one), and the scheme is safe for it."""
    if parts.netloc.lower() not in [host.lower() for host in settings.WEBHOOK_HOSTS]:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and settings.DEVELOPMENT)


def off() -> str:
    """Why no gateway is called; '' where one may be."""
    missing = [name for name in ("WEBHOOK_SECRET", "WEBHOOK_HOSTS") if not getattr(settings, name)]
    return f"Pagers are not set up: {' and '.join(missing)} missing." if missing else ""


def send(letter: Letter) -> Sent:
    """Call the gateway with one message.

    Raises:
        Undeliverable: it may not be called, refused, or did not answer in time.
    """
    parts = urlsplit(letter.to)
    if not may_be_called(parts):
        raise Undeliverable(NOT_HERE, permanent=True)
    data = {"subject": letter.subject, "text": letter.text, "urgent": letter.urgent}
    body = json.dumps({"type": "message", "timestamp": letter.at.isoformat(), "data": data}).encode()
    seconds = str(int(letter.at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": letter.key,
        "webhook-timestamp": seconds,
        "webhook-signature": signature.sign(settings.WEBHOOK_SECRET, letter.key, seconds, body),
    }
    target = parts._replace(scheme="", netloc="").geturl()
    with connected(parts) as line:
        try:
            line.request("POST", target, body, headers)
            answer = line.getresponse()
            said = answer.read(READ_AT_MOST).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as lost:
            raise Undeliverable(f"no answer: {lost!r}"[:500], maybe=True) from lost
    if answer.status >= 300:  # noqa: PLR2004 - a redirection is a refusal too
        raise failure(answer.status, said or answer.reason, answer.headers.get("Retry-After"))
    return taken(said)


def taken(said: str) -> Sent:
    """What a gateway answers that took a message: it may give its own `id` for it, and say that it is `delivered`."""
    try:
        found: Any = json.loads(said)
    except ValueError:
        found = None
    known = found if isinstance(found, dict) else {}
    return Sent(str(known.get("id", ""))[:200], known.get("delivered") is True, said[:500] or "taken by the gateway")


@contextmanager
def connected(parts: SplitResult) -> Iterator[http.client.HTTPConnection]:
    """A connection to the host, at an address that was looked at: it is not resolved a second time.

    Raises:
        Undeliverable: the host has no address that may be called, or nobody answers there.
    """
    host, port = place(parts)
    secure = parts.scheme == "https"
    line = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(host, port)
    try:
        plain = socket.create_connection((str(resolved(host, port)), port), CONNECT_WITHIN)
        plain.settimeout(ANSWER_WITHIN)
        line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
    except OSError as away:
        raise Undeliverable(f"cannot be reached: {away}"[:500]) from away
    try:
        yield line
    finally:
        line.close()


def resolved(host: str, port: int) -> IPv4Address | IPv6Address:
    """The first address of a host that may be called.

    Raises:
        OSError: the host is not known.
        Undeliverable: none of its addresses may be called.
    """
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        found = ip_address(str(address[0]).partition("%")[0])
        if is_safe(found):
            return found
    raise Undeliverable(f"{host} leads to an address that may not be called", permanent=True)


def is_safe(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is no address of this machine or of the wire itself. A hospital's own network may be called."""
    inner = getattr(address, "ipv4_mapped", None) or address
    if inner.is_loopback:
        return settings.DEVELOPMENT
    return not (inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner.is_reserved)


def receipt_within() -> timedelta | None:
    """Receipts come by callback, where one is set up."""
    return RECEIPT_WITHIN if settings.WEBHOOK_CALLBACK_SECRET else None


WEBHOOK = Channel(
    "webhook", "Pager gateway", "for example https://pager.hospital.nhs.uk/bleep/1234",
    check, send, off, longest=450, receipt_within=receipt_within,
)  # fmt: skip
