"""Time to a scan, to treatment, and survival: Kaplan and Meier's curves with the numbers at risk."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.curves import OUTCOMES, Curve, curves, horizon
from pathway.analytics.plots import COLOURS, stepped
from pathway.analytics.survival import at_risk
from pathway.analytics.times import SPLITS
from pathway.record.access import days
from pathway.web.period import PeriodForm, listed, who_audits

EVENTS = {key: outcome.label for key, outcome in OUTCOMES.items()}
BY = {key: split.label for key, split in SPLITS.items()}
PARTS, ROUND = 6, (1, 2, 3, 4, 5, 6, 8, 10, 12, 24, 48, 72, 96, 120, 168, 240, 336, 720, 1440)


class SurvivalForm(PeriodForm):
    """Which event, and by what."""

    event = listed("Event", EVENTS)
    by = listed("Parted by", BY, none="All together")
    begins: Mapping[str, str] = {"event": "scan", "by": ""}
    field_order = ("event", "by", "unit", "first", "last")


@require_safe
def survival(request: HttpRequest) -> HttpResponse:
    """One event: of all cases, or of each group with the log-rank test."""
    user = who_audits(request)
    form = SurvivalForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/survival.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    scope = Scope(user, *days(wanted["first"], wanted["last"]), form.chosen)
    outcome = OUTCOMES[wanted["event"]]
    found = curves(scope, outcome, SPLITS[wanted["by"]] if wanted["by"] else None)
    told = found.groups or [found.every]
    drawn = greatest(told)
    until = horizon(told)
    at = places(until)
    context = {
        "form": form, "found": found, "outcome": outcome, "told": told, "at": at, "unit": form.chosen,
        "risks": [(curve, [at_risk(curve.steps, time) for time in at]) for curve in told],
        "left": len(told) - len(drawn), "spec": stepped(outcome, drawn, until) if found.every.cases else "",
        "until": until, "longest": found.every.steps[-1].time, "by": wanted["by"],
        "first": wanted["first"], "last": wanted["last"],
    }  # fmt: skip
    return render(request, "analytics/survival.html", context)


def greatest(told: Sequence[Curve]) -> list[Curve]:
    """As many of the greatest groups as can be told apart in a drawing, in their order."""
    by_cases = sorted(range(len(told)), key=lambda place: -told[place].cases)
    return [told[place] for place in sorted(by_cases[: len(COLOURS)])]


def places(until: float) -> list[float]:
    """A few round times along the curves, at which the numbers at risk are said."""
    every = next((step for step in ROUND if step * PARTS >= until), until / PARTS)
    return [every * number for number in range(PARTS + 1) if every * number <= until]
