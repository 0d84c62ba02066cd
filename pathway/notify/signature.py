"""The signature of Standard Webhooks, version 1: HMAC-SHA256 over id, time and body; the same both ways."""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key in a secret as it is written in settings: base64 after `whsec_`.

    Raises:
        ValueError: it is not written so, or shorter than 24 bytes.
    """
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < 24:  # noqa: PLR2004 - what the standard asks for
        raise ValueError("must be whsec_ followed by at least 24 random bytes in base64")
    return key


def sign(secret: str, name: str, seconds: str, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = hmac.digest(key_of(secret), f"{name}.{seconds}.".encode() + body, sha256)
    return f"v1,{b64encode(signed).decode()}"


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of the signatures in the headers fits, and was made within five minutes of now."""
    name, seconds, signatures = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 12):  # noqa: PLR2004 - no year beyond 9999
        return False
    fresh = abs(now.timestamp() - int(seconds)) <= TOLERANCE.total_seconds()
    wanted = sign(secret, name, seconds, body).encode()
    fits = [hmac.compare_digest(wanted, each.encode()) for each in signatures.split(" ")[:10]]
    return fresh and any(fits)
