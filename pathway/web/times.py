"""How long each step took: quartiles by what cases may be parted by, and a dot for each case."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.analytics.cohort import Scope
from pathway.analytics.plots import dotted
from pathway.analytics.times import BY_INTERVAL, INTERVALS, READ_SO, SPLITS, dots, spreads
from pathway.record.access import days
from pathway.web.period import PeriodForm, listed, who_audits

MOST = 300  # dots: more of them cannot be told apart
STEPS = {interval.key: interval.label for interval in INTERVALS}
BY = {key: split.label for key, split in SPLITS.items()}


class TimesForm(PeriodForm):
    """Which step, and by what."""

    step = listed("Step", STEPS)
    by = listed("Parted by", BY)
    begins: Mapping[str, str] = {"step": "scan_a", "by": "hours"}
    field_order = ("step", "by", "unit", "first", "last")


@require_safe
def times(request: HttpRequest) -> HttpResponse:
    """One step: of all cases and of each group, and case by case."""
    user = who_audits(request)
    form = TimesForm(request, user)
    if not form.is_valid():
        return render(request, "analytics/times.html", {"form": form}, status=422)
    wanted = form.cleaned_data
    scope = Scope(user, *days(wanted["first"], wanted["last"]), form.chosen)
    interval, split = BY_INTERVAL[wanted["step"]], SPLITS[wanted["by"]]
    found, each = spreads(scope, interval, split), dots(scope, interval, MOST)
    context = {
        "form": form, "found": found, "every": found[0], "interval": interval, "split": split, "dots": each[::-1],
        "spec": dotted(interval, each) if each else "", "unit": form.chosen, "first": wanted["first"],
        "last": wanted["last"], "read_so": READ_SO,
    }  # fmt: skip
    return render(request, "analytics/times.html", context)
