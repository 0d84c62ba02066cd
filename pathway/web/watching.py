"""The page of those who watch the watchers."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.watching.overview import overview
from pathway.web.context import WATCHES
from pathway.web.find import person


@require_safe
def watching(request: HttpRequest) -> HttpResponse:
    """How the loops stand, what the audits found, the signed days, and the fire drills."""
    reader = person(request)
    if not reader.role_set & WATCHES:
        raise PermissionDenied(f"watching the watchers, which is for an {' or '.join(sorted(WATCHES))}")
    return render(request, "watching/watching.html", {"seen": overview(reader)})
