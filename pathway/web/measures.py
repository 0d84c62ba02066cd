"""The measures of a period: all of them, one with every line of it, and the cases behind a number."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import behind, named, results, shown_of
from pathway.analytics.lines import SIDES, Measure, Side
from pathway.analytics.measures import BY_KEY, MEASURES, REVIEW, REVIEWED, VERSION
from pathway.record.access import days
from pathway.web.find import page_asked
from pathway.web.period import PeriodForm, unreadable, who_audits

PAGE = 50


def asked(request: HttpRequest) -> tuple[PeriodForm, Scope | None]:
    """The form of the period, and the cases that it asks for; None where it asks for nothing that can be."""
    user = who_audits(request)
    form = PeriodForm(request, user)
    if not form.is_valid():
        return form, None
    start, end = days(form.cleaned_data["first"], form.cleaned_data["last"])
    return form, Scope(user, start, end, form.chosen)


def period_of(form: PeriodForm) -> dict[str, Any]:
    """What every page of a period shows of it, and the words of its address."""
    wanted = form.cleaned_data
    words = {"unit": wanted["unit"], "first": wanted["first"].isoformat(), "last": wanted["last"].isoformat()}
    return {"form": form, "period": words, "unit": form.chosen, "first": wanted["first"], "last": wanted["last"]}


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Every measure of a period: n of N, its interval, and what is missing or left out beside it."""
    form, scope = asked(request)
    if scope is None:
        return render(request, "analytics/measures.html", {"form": form}, status=422)
    found = results(scope)
    merged, in_error = scope.removed
    context = {"found": found, "total": scope.cases.count(), "merged": merged, "in_error": in_error}
    return render(request, "analytics/measures.html", period_of(form) | context | DEFINITION)


DEFINITION = {"version": VERSION, "reviewed": REVIEWED, "review": REVIEW}


def measure_or_404(key: str) -> Measure:
    """The measure of this key.

    Raises:
        Http404: there is none.
    """
    if key not in BY_KEY:
        raise Http404
    return BY_KEY[key]


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One measure with its definition and each of its lines."""
    measure = measure_or_404(key)
    form, scope = asked(request)
    if scope is None:
        return render(request, "analytics/measure.html", {"form": form, "measure": measure}, status=422)
    (found,) = results(scope, [measure])
    groups = [(side, SIDES[side], found.lines(side)) for side in Side if found.lines(side)]
    place = MEASURES.index(measure)
    around: Sequence[Measure] = MEASURES[max(0, place - 1) : place + 2]
    context = {"measure": measure, "found": found, "groups": groups, "around": [m for m in around if m is not measure]}
    return render(request, "analytics/measure.html", period_of(form) | context | DEFINITION)


@require_safe
def cases(request: HttpRequest, key: str, line: str) -> HttpResponse:
    """The cases behind one number: of one line, of all lines of a side, or of a part. They have codes, no names."""
    measure = measure_or_404(key)
    lines = [each for each in measure.lines if line in (each.key, f"all-{each.side}")]
    parts = [each for each in measure.shown if line == f"of-{each.key}"]
    if not lines and not parts:
        raise Http404
    form, scope = asked(request)
    if scope is None:
        raise unreadable(form)
    found = behind(scope, measure, {each.key for each in lines}) if lines else shown_of(scope, measure, parts[0].key)
    page = Paginator(found, PAGE).get_page(page_asked(request))
    (first, *_) = lines or parts
    words = SIDES[first.side] if line == f"all-{first.side}" else first.label
    labels = {each.key: each.label for each in measure.lines}
    rows = [(case, labels[which]) for case, which in named(scope, page.object_list)]
    context = {"measure": measure, "words": words, "page_obj": page, "rows": rows}
    return render(request, "analytics/cases.html", period_of(form) | context)
