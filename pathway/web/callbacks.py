"""What providers say of messages later on. Nobody signs in here: a token or a signature says who calls.

No page of ours sends these requests, and no cookie counts in them: there is nothing for the CSRF check to protect.
"""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pathway.engine.now import now
from pathway.notify import signature
from pathway.notify.receipt import receive
from pathway.record.message import State

LARGEST = 16 * 1024
STRANGERS_A_MINUTE = 60
NOTIFY_SAYS = {
    "delivered": State.DELIVERED,
    "permanent-failure": State.GONE,
    "temporary-failure": State.FAILED,
    "technical-failure": State.FAILED,
}
WEBHOOK_SAYS = {
    "message.delivered": State.DELIVERED,
    "message.gone": State.GONE,
    "message.failed": State.FAILED,
}
View = Callable[[HttpRequest, bytes], HttpResponse]


def said(status: int, words: str = "") -> HttpResponse:
    """A short answer for a machine."""
    return HttpResponse(words, status=status, content_type="text/plain")


def from_provider(secret: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """A view for one provider: there only where its secret is set, for small requests, and few strangers a minute."""

    def wrapped(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @login_not_required
        @require_POST
        @wraps(view)
        def limited(request: HttpRequest) -> HttpResponse:
            if not getattr(settings, secret):
                raise Http404
            if not request.META.get("CONTENT_LENGTH", "").isdecimal():
                return said(411, "Say how long the request is.")
            if int(request.META["CONTENT_LENGTH"]) > LARGEST:
                return said(413, "The request is too large.")
            answer = view(request, request.body)
            return turned_away(request, answer) if answer.status_code == 401 else answer  # noqa: PLR2004

        return limited

    return wrapped


def turned_away(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """What a stranger hears: why, and after sixty a minute from one address only that it is too often.

    Only strangers are counted: a provider behind the same address is heard all the time.
    """
    key = f"callbacks:{request.META.get('REMOTE_ADDR', '')}"
    count = cache.get(key, 0)
    cache.set(key, count + 1, 60)
    return said(429, "Too many requests that were not signed.") if count >= STRANGERS_A_MINUTE else answer


def told(body: bytes) -> dict[str, Any]:
    """The object in a request; empty where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def name_of(value: object) -> UUID | None:
    """The key of a message in what a provider sends back; None for whatever is none."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


@from_provider("NOTIFY_CALLBACK_TOKEN")
def notify(request: HttpRequest, body: bytes) -> HttpResponse:
    """A delivery receipt of GOV.UK Notify. One of a message that nobody knows is taken and changes nothing."""
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {settings.NOTIFY_CALLBACK_TOKEN}".encode()):
        return said(401, "The token is not right.")
    receipt = told(body)
    state, ref = receipt.get("status"), receipt.get("id")
    if not isinstance(state, str) or not isinstance(ref, str) or not ref.isprintable():
        return said(400, "A receipt has an id and a status.")
    if state in NOTIFY_SAYS:
        receive(NOTIFY_SAYS[state], state, key=name_of(receipt.get("reference")), ref=ref[:200])
    return said(204)


@from_provider("WEBHOOK_CALLBACK_SECRET")
def webhook(request: HttpRequest, body: bytes) -> HttpResponse:
    """A delivery receipt of a gateway, signed as Standard Webhooks say; `data.id` is the id of the message."""
    if not signature.is_genuine(settings.WEBHOOK_CALLBACK_SECRET, request.headers, body, now()):
        return said(401, "The signature is not right, or older than five minutes.")
    receipt = told(body)
    data = receipt.get("data")
    key, kind = name_of(data.get("id")) if isinstance(data, dict) else None, receipt.get("type")
    if key is None or not isinstance(kind, str) or kind not in WEBHOOK_SAYS:
        return said(400, f"A receipt is one of {', '.join(WEBHOOK_SAYS)}, with the id of the message in data.")
    name, seconds = (request.headers[f"webhook-{part}"] for part in ("id", "timestamp"))
    signed_at = datetime.fromtimestamp(int(seconds), UTC)
    receive(WEBHOOK_SAYS[kind], kind, key=key, name=name[:200], said_at=signed_at)
    return said(204)
