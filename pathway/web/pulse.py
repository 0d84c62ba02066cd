"""What every open page asks each ten seconds: the time, when the clocks were checked, and what is unread."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from pathway.web.context import Frame


@require_safe
def pulse(request: HttpRequest) -> JsonResponse:
    """Times are UTC in ISO 8601; `checked_at` is null where the clocks were never checked."""
    frame = Frame(request)
    return JsonResponse({"now": frame.now, "checked_at": frame.heartbeat.checked_at, "unread": frame.unread})
