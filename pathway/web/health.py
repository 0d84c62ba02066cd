"""Whether the service runs and can do its work, for the machines that watch it: no sign-in, no data."""

from collections.abc import Callable

import redis
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from pathway import live
from pathway.engine.now import now
from pathway.engine.watch import watch
from pathway.record.schema import Behind, require
from pathway.web.pulse import say_so

LOOPS = ("sweep", "delivery", "audit", "rounds", "drift", "count")
WELL = frozenset({"ok", "late", "off"})


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("alive", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 where all is well, or at most late or off; else 503. What is away, lost or out is named."""
    found = {"database": asked(database), "broker": asked(broker)}
    if found["database"] == "ok":
        found |= loops()
    else:
        found |= dict.fromkeys(LOOPS, "unknown")
    return JsonResponse(found, status=200 if set(found.values()) <= WELL else 503)


def asked(check: Callable[[], str]) -> str:
    """What a check says, or that it could not be asked."""
    try:
        return check()
    except (Error, redis.RedisError, OSError):
        return "away"


def database() -> str:
    """Whether the database answers, and has all that this program needs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    try:
        require()
    except Behind:
        return "behind"
    return "ok"


def broker() -> str:
    """Whether the broker answers."""
    live.connection().ping()
    return "ok"


def loops() -> dict[str, str]:
    """How the loops stand that raise, send and recount; what hangs, whose clock is out, what the last count found."""
    at = now()
    say_so(at)
    seen = watch(at)
    standing = {each.loop.key: "ok" if each.state == "fresh" else each.state
                for each in (seen.sweep, seen.delivery, seen.audit)}  # fmt: skip
    wrong = {"rounds": ("hung", seen.hung), "drift": ("out", seen.drifting), "count": ("faulty", seen.count)}
    return standing | {name: word if found else "ok" for name, (word, found) in wrong.items()}
