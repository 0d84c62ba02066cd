"""What every open page asks each ten seconds: the time, how the loops stand that watch, and what is unread."""

from datetime import datetime
from time import monotonic

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from pathway.record.heartbeat import beat
from pathway.web.context import Frame

EVERY = 30.0
heard = -EVERY


@require_safe
def pulse(request: HttpRequest) -> JsonResponse:
    """Times are UTC in ISO 8601; `checked_at` is null where the clocks were never checked."""
    frame = Frame(request)
    say_so(frame.now)
    return JsonResponse({"now": frame.now, **frame.banner.pulse, "unread": frame.unread})


def say_so(at: datetime) -> None:
    """Let it be known now and then that this web server is there, and what its clock shows."""
    global heard  # noqa: PLW0603 - of the process
    if monotonic() - heard >= EVERY:
        heard = monotonic()
        beat("web", at)
