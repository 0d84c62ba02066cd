"""The manager's home: what the audit says of a period at a glance, and the way to each of its pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.engine.now import now
from pathway.web.measures import asked, period_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The cases of a period, and what is not among them."""
    form, scope = asked(request)
    if scope is None:
        return render(request, "analytics/overview.html", {"form": form}, status=422)
    merged, in_error = scope.removed
    context = {"total": scope.cases.count(), "merged": merged, "in_error": in_error, "now": now(), "found": True}
    return render(request, "analytics/overview.html", period_of(form) | context)
