"""The manager's home: the figures that changed for the worse first, what is missing, and what waits for somebody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.overview import LATELY, last_days, overview, unanswered, unexplained
from pathway.analytics.spc import Sense
from pathway.engine.now import now
from pathway.steps.delay import LABELS
from pathway.web.measures import asked, period_of
from pathway.web.period import PeriodForm

CHANGES = (
    (Sense.CONCERN, "Changed for the worse"),
    (Sense.IMPROVEMENT, "Changed for the better"),
    (Sense.NEUTRAL, "Changed, with no better direction"),
)
MOST = 10  # lines of what is missing; the pages of the measures have all


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What changed in a period, in words, and what is to be done about its figures."""
    form, scope = asked(request, PeriodForm)
    if scope is None:
        return render(request, "analytics/overview.html", {"form": form}, status=422)
    at, late = now(), unexplained(scope)
    found = overview(scope, at)
    changes = [(sense, words, found.of(sense)) for sense, words in CHANGES]
    merged, in_error = scope.removed
    shown = period_of(form)
    words = shown["period"] | {"first": last_days(scope).isoformat()}
    context = {
        "found": found, "changes": changes, "total": scope.cases.count(), "merged": merged, "in_error": in_error,
        "lacking": found.lacking[:MOST], "more": len(found.lacking) - MOST, "unexplained": late.total(),
        "past": unexplained(scope, past=True).total(),
        "late": [(LABELS[key], count, words | {"clock": key}) for key, count in late.most_common()],
        "lately": LATELY.days, "unanswered": unanswered(scope, at), "now": at,
    }  # fmt: skip
    return render(request, "analytics/overview.html", shown | context)
