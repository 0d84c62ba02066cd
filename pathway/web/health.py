"""Whether the service runs and can do its work, for the machines that watch it: no sign-in, no data."""

from collections.abc import Callable

import redis
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from pathway import live
from pathway.engine.now import now
from pathway.record.heartbeat import last
from pathway.web.context import heartbeat


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("alive", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 where database, broker and the check of the clocks are well (a late check counts as well), else 503."""
    found = {"database": asked(database), "broker": asked(broker), "clocks": asked(clocks)}
    well = all(each in {"ok", "late"} for each in found.values())
    return JsonResponse(found, status=200 if well else 503)


def asked(check: Callable[[], str]) -> str:
    """What a check says, or that it could not be asked."""
    try:
        return check()
    except (Error, redis.RedisError, OSError):
        return "away"


def database() -> str:
    """Whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def broker() -> str:
    """Whether the broker answers."""
    live.connection().ping()
    return "ok"


def clocks() -> str:
    """Whether some loop still checks the clocks: ok up to 15 s, late up to 60 s, lost after that, never before."""
    state = heartbeat(last(), now()).state
    return "ok" if state == "fresh" else state
