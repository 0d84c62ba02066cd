"""The measures of a period: all of them, one with every line of it, and the cases behind a number."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import behind, named, result, results, shown_of
from pathway.analytics.lines import SIDES, Measure, Side
from pathway.analytics.measures import BY_KEY, MEASURES, REVIEW, REVIEWED, VERSION
from pathway.analytics.parted import by_group, group_of, groups_of
from pathway.analytics.times import SPLITS, Split
from pathway.engine.now import now
from pathway.record.access import days
from pathway.web.find import page_asked
from pathway.web.period import PeriodForm, listed, unreadable, who_audits

PAGE = 50
BY = {key: split.label for key, split in SPLITS.items()}
Form = TypeVar("Form", bound=PeriodForm)


class MeasureForm(PeriodForm):
    """Also by what the cases are parted."""

    by = listed("Parted by", BY, none="Not parted")
    field_order = ("by", "unit", "first", "last")

    @property
    def split(self) -> Split | None:
        """What the cases are parted by."""
        return SPLITS.get(self.cleaned_data["by"])


def asked(request: HttpRequest, kind: type[Form]) -> tuple[Form, Scope | None]:
    """The form of the period, and the cases that it asks for; None where it asks for nothing that can be."""
    user = who_audits(request)
    form = kind(request, user)
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
    form, scope = asked(request, PeriodForm)
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


def group_asked(request: HttpRequest, form: MeasureForm, scope: Scope) -> dict[str, Any]:
    """By what the cases are parted, and the one group that is asked for: both in words, and for addresses.

    The form keeps the group (`kept`), until it asks for other groups than those that it is one `of`.

    Raises:
        BadRequest: there is no such group.
    """
    words, by = period_of(form)["period"], form.cleaned_data["by"]
    key = request.GET.get("group", "") if request.GET.get("of", by) == by else ""
    names = groups_of(scope, form.split) if form.split else {}
    if key and key not in names:
        raise BadRequest("Group: cases are not parted so, or there is no such group. Choose one from the table")
    parts = words | {"by": by}
    return {"parts": parts, "here": parts | {"group": key}, "group": key, "group_label": names.get(key, ""),
            "kept": {"group": key, "of": by} if key else {}}  # fmt: skip


@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One measure with its definition and each of its lines."""
    measure = measure_or_404(key)
    form, scope = asked(request, MeasureForm)
    if scope is None:
        return render(request, "analytics/measure.html", {"form": form, "measure": measure}, status=422)
    here = group_asked(request, form, scope)
    at = now()
    (found,), parted = results(scope, [measure], at), by_group(scope, measure, form.split, at) if form.split else []
    if here["group"]:
        found = next((each.found for each in parted if each.key == here["group"]), result(measure, {}))
    sides = [(side, SIDES[side], found.lines(side)) for side in Side if found.lines(side)]
    place = MEASURES.index(measure)
    around: Sequence[Measure] = MEASURES[max(0, place - 1) : place + 2]
    context = {
        "measure": measure, "found": found, "sides": sides, "around": [m for m in around if m is not measure],
        "parted": parted, "split": form.split,
    }  # fmt: skip
    return render(request, "analytics/measure.html", period_of(form) | here | context | DEFINITION)


@require_safe
def cases(request: HttpRequest, key: str, line: str) -> HttpResponse:
    """The cases behind one number: of one line, of all lines of a side, or of a part. They have codes, no names."""
    measure = measure_or_404(key)
    lines = [each for each in measure.lines if line in (each.key, f"all-{each.side}")]
    parts = [each for each in measure.shown if line == f"of-{each.key}"]
    if not lines and not parts:
        raise Http404
    form, scope = asked(request, MeasureForm)
    if scope is None:
        raise unreadable(form)
    found = behind(scope, measure, {each.key for each in lines}) if lines else shown_of(scope, measure, parts[0].key)
    here = group_asked(request, form, scope)
    if form.split and here["group"]:
        group = group_of(scope, form.split)
        found = [(subject, which) for subject, which in found if group.get(subject) == here["group"]]
    page = Paginator(found, PAGE).get_page(page_asked(request))
    (first, *_) = lines or parts
    words = SIDES[first.side] if line == f"all-{first.side}" else first.label
    labels = {each.key: each.label for each in measure.lines}
    rows = [(case, labels[which]) for case, which in named(scope, page.object_list)]
    context = {"measure": measure, "words": words, "page_obj": page, "rows": rows}
    return render(request, "analytics/cases.html", period_of(form) | here | context)
