"""Why late: whose minutes the late runs of a clock were and why, in a period and in one case."""

from collections.abc import Mapping
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pathway.analytics import bars
from pathway.analytics.cohort import MAY_AUDIT, Scope
from pathway.analytics.ledger import Ledger, of_case, of_period
from pathway.casefile.prompts import NEVER_EXPLAINED
from pathway.engine.now import now
from pathway.record.access import days, opened
from pathway.record.ask import choice
from pathway.steps.delay import EXPLAINED, LABELS
from pathway.web.fields import tuned
from pathway.web.find import case_or_404, page_asked, person
from pathway.web.measures import period_of
from pathway.web.period import PeriodForm, who_audits

HEADLINE, HOUR, PAGE = "mri_a", 60, 50


class ClockForm(PeriodForm):
    """Of which clock."""

    clock = tuned(choice("Clock", *LABELS, words=LABELS))
    begins: Mapping[str, str] = {"clock": HEADLINE}
    field_order = ("clock", "unit", "first", "last")


@require_safe
def period(request: HttpRequest) -> HttpResponse:
    """The late runs of one clock by holder and by reason."""
    user = who_audits(request)
    form = ClockForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/delays.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    start, end = days(wanted["first"], wanted["last"])
    found = of_period(Scope(user, start, end, form.chosen), wanted["clock"])
    page = Paginator(found.late, PAGE).get_page(page_asked(request))
    context = {"form": form, "found": found, "label": LABELS[wanted["clock"]], "page_obj": page, "asked": words(form)}
    return render(request, "analytics/delays.html", context | drawn(found))


def words(form: ClockForm) -> dict[str, str]:
    """The words of an address that asks for the same clock, period and unit again."""
    return {**period_of(form)["period"], "clock": form.cleaned_data["clock"]}


def drawn(found: Ledger) -> dict[str, str]:
    """The two charts; none where nothing is late."""
    if not found.late:
        return {}
    hours = [(share.holder.capitalize(), round(share.minutes / HOUR, 1)) for share in found.holders]
    return {
        "holders": bars.bars("Hours of the late runs by who held the step", "Hours", hours),
        "causes": bars.bars(
            "Late runs by main reason", "Late runs", [(each.words, each.runs) for each in found.causes if each.runs]
        ),
    }


@require_safe
def of_one(request: HttpRequest, case: UUID) -> HttpResponse:
    """The late runs of one case, each split by who held the step; with the way back to the list that led here."""
    found, user = case_or_404(request, case), person(request)
    opened(found, by=user, what="delays")
    late, recognised = of_case(found)
    form = ClockForm(request, user)
    context = {
        "case": found, "now": now(), "recognised": recognised,
        "back": reverse("case", args=[case]), "may_audit": bool(user.role_set & MAY_AUDIT),
        "asked": words(form) if "clock" in request.GET and form.is_valid() else {},
        "may_explain": bool(user.role_set & EXPLAINED.by) and found.state not in NEVER_EXPLAINED,
        "split": [(each, bars.run(each)) for each in late if len(each.parts) > 1],
        "whole": [each for each in late if len(each.parts) <= 1],
    }  # fmt: skip
    return render(request, "analytics/case_delays.html", context)
