"""The journey map: the real paths of cases as a drawing and as tables, and the cases that left the standard path."""

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.path_drawn import drawing
from pathway.analytics.paths import SHARES, STANDARD, covering, named, paths_of
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
    found = paths_of(scope)
    shown = covering(found.moves, int(wanted["show"]))
    page = Paginator(found.strayed, PAGE).get_page(page_asked(request))
    context = {
        "form": form, "total": scope.cases.count(), "found": found, "moves": shown,
        "more": len(found.moves) - len(shown), "made": sum(move.count for move in found.moves),
        "shown": sum(move.count for move in shown), "drawing": drawing(shown, found.came), "page_obj": page,
        "rows": named(scope, list(page.object_list)), "standard": [step.label for step in STANDARD],
        "unit": form.chosen, "first": wanted["first"], "last": wanted["last"],
    }  # fmt: skip
    return render(request, "analytics/paths.html", context)
