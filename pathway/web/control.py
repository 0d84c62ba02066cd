"""Control charts: one measure over time, where its limits begin anew, and where that is taken back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pathway.analytics.control import ORDERS, Asked, Control, control, history, limits_of, parts
from pathway.analytics.drawn import drawn
from pathway.analytics.measures import MEASURES
from pathway.engine import rebase as engine
from pathway.engine.refused import Invalid, Refused
from pathway.record.ask import choice, day, number, text
from pathway.record.person import User
from pathway.web.fields import tuned
from pathway.web.period import PeriodForm, unreadable, who_audits

WHOLE = 100
TITLES = {each.key: f"{each.key} {each.title}" for each in MEASURES}
PARTS_NOTHING = "This day parts no points of the chart: one has to lie before it, and one on it or later."
WHAT_CHANGED = "A change of the service that is known and lasting, such as a second scanner"


class ChartForm(PeriodForm):
    """Which chart."""

    measure = tuned(choice("Measure", *TITLES, words=TITLES))
    by = tuned(choice("Points are", *ORDERS, words=ORDERS))
    target = number("Target (percent, or hours)", least=0, most=100_000, required=False)
    begins: Mapping[str, str] = {"measure": MEASURES[0].key, "by": "month"}
    field_order = ("measure", "by", "unit", "first", "last", "target")

    def clean(self) -> dict[str, Any]:
        """Also that hours are asked for only where a clock counts them."""
        wanted = super().clean()
        timed = {each.key for each in MEASURES if each.clock}
        if wanted.get("by") == "case" and wanted.get("measure") not in timed:
            self.add_error("by", "This measure has no time of each case. Choose months or quarters, or another one.")
        if wanted.get("by") != "case" and (wanted.get("target") or 0) > WHOLE:
            self.add_error("target", "A percentage is 100 at most. Enter a lower target, or choose the hours of cases.")
        return wanted

    @property
    def asked(self) -> Asked:
        """The chart that is asked for."""
        wanted = self.cleaned_data
        return Asked(wanted["measure"], wanted["by"], wanted["first"], wanted["last"], self.chosen, wanted["target"])


class LimitsForm(forms.Form):
    """From which day a chart has new limits, and why."""

    begins_on = day("New limits from")
    reason = text("Why: what changed", hint=WHAT_CHANGED)


class BackForm(forms.Form):
    """Why new limits are taken back."""

    reason = text("Why are these limits taken back?")


@require_http_methods(["GET", "HEAD", "POST"])
def chart(request: HttpRequest) -> HttpResponse:
    """A chart with its table and its limits; take a POST that begins new limits from a day on."""
    user = who_audits(request)
    form = ChartForm(request, user)
    if not form.is_valid():
        if request.method == "POST":
            raise unreadable(form)
        return render(request, "analytics/control.html", {"form": form}, status=422)
    found = control(user, form.asked)
    limits, status = LimitsForm(request.POST if request.method == "POST" else None, auto_id="limits_%s"), 200
    if request.method == "POST":
        status = begin(user, found, limits)
        if not status:
            messages.success(request, "New limits are set, with your name and the reason.")
            return redirect(request.get_full_path())
    context = {
        "form": form, "found": found, "spec": drawn(found) if found.drawn else "", "limits": limits,
        "history": history(user, found.asked),
    }  # fmt: skip
    return render(request, "analytics/control.html", context, status=status)


def begin(user: User, found: Control, form: LimitsForm) -> int:
    """Set new limits: 0, or the status of the answer with the form that says why not."""
    if not form.is_valid():
        return 422
    day, asked = form.cleaned_data["begins_on"], found.asked
    if not parts(found, day):
        form.add_error("begins_on", PARTS_NOTHING)
        return 422
    try:
        engine.rebase(
            by=user, measure=asked.measure, unit=asked.unit, begins_on=day, reason=form.cleaned_data["reason"]
        )
    except Invalid as invalid:
        for name, errors in invalid.fields.items():
            form.add_error(name if name in form.fields else None, list(errors))
        return 422
    except Refused as refused:
        form.add_error(None, list(refused.reasons))
        return 409
    return 0


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, limits: UUID) -> HttpResponse:
    """Ask why new limits are taken back, and do so; both lead back to the chart as it was seen."""
    user = who_audits(request)
    said = limits_of(user, limits)
    if said is None:
        raise Http404
    form, status = BackForm(request.POST if request.method == "POST" else None), 200
    seen = request.GET.dict() | {"measure": said.measure, "unit": str(said.unit.uuid) if said.unit else ""}
    back = reverse("control") + "?" + urlencode(seen)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                engine.take_back(said, by=user, reason=form.cleaned_data["reason"])
            except Refused as refused:
                form.add_error(None, list(refused.reasons))
                status = 409
            else:
                messages.success(request, "The limits from before go on. What was set stays on record.")
                return redirect(back)
    return render(request, "analytics/take_back.html", {"form": form, "said": said, "back": back}, status=status)
