"""The journey map: the real paths of cases as a drawing and as tables, and the cases that left the standard path."""

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.path_drawn import drawing
from pathway.analytics.paths import SHARES, STANDARD, came_to, covering, moves, named, strayed, variants
from pathway.engine.now import now
from pathway.record.access import days
from pathway.web.find import page_asked
from pathway.web.period import PeriodForm, listed, who_audits

PAGE = 50


class PathsForm(PeriodForm):
    """Of which cases, and how much of what they did."""

    show = listed("Show", SHARES)
    begins: Mapping[str, str] = {"show": "95"}
    field_order = ("show", "unit", "first", "last")


@require_safe
def paths(request: HttpRequest) -> HttpResponse:
    """Which step followed which, the paths, and who left the standard one."""
    user = who_audits(request)
    form = PathsForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/paths.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    scope = Scope(user, *days(wanted["first"], wanted["last"]), form.chosen)
    every = moves(scope)
    shown = covering(every, int(wanted["show"]))
    found, kinds = variants(scope)
    steps, left = came_to(scope), strayed(scope)
    page = Paginator(left, PAGE).get_page(page_asked(request))
    context = {
        "form": form, "total": scope.cases.count(), "moves": shown, "more": len(every) - len(shown),
        "made": sum(move.count for move in every), "shown": sum(move.count for move in shown),
        "drawing": drawing(shown, steps), "variants": found, "kinds": kinds, "strayed": len(left), "page_obj": page,
        "rows": named(scope, list(page.object_list)), "standard": [step.label for step in STANDARD], "now": now(),
        "unit": form.chosen, "first": wanted["first"], "last": wanted["last"],
    }  # fmt: skip
    return render(request, "analytics/paths.html", context)
