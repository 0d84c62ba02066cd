"""Late entries: what was recorded long after it happened, and which clocks count as met in time only since then."""

from collections.abc import Mapping

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.late_entries import late_entries, of_cases
from pathway.analytics.load import QUARTER
from pathway.record.access import days
from pathway.web.find import page_asked
from pathway.web.period import PeriodForm, listed, who_audits

PAGE = 50
DECIDING = "deciding"


class LateForm(PeriodForm):
    """Which of them."""

    show = listed("Show", {"all": "Every late entry", DECIDING: "Only what made a clock met in time after its limit"})
    begins: Mapping[str, str] = {"show": "all"}
    lasts = QUARTER
    field_order = ("show", "unit", "first", "last")


@require_safe
def late(request: HttpRequest) -> HttpResponse:
    """How many entries of each kind were late, and each of them by case."""
    user = who_audits(request)
    form = LateForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/late_entries.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    scope = Scope(user, *days(wanted["first"], wanted["last"]), form.chosen)
    found = late_entries(scope)
    shown = found.deciding if wanted["show"] == DECIDING else found.entries
    page = Paginator(shown, PAGE).get_page(page_asked(request))
    context = {
        "form": form, "found": found, "page_obj": page, "rows": of_cases(scope, list(page.object_list)),
        "only": wanted["show"] == DECIDING, "unit": form.chosen, "first": wanted["first"], "last": wanted["last"],
    }  # fmt: skip
    return render(request, "analytics/late_entries.html", context)
