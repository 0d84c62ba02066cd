"""What if: another limit or ladder over past cases, at once for a few, as a job for many."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from pathway import protocol
from pathway.analytics import whatif_job
from pathway.analytics.whatif import MOST_LISTED, ambers, compared, replayed_of, rules_of
from pathway.engine import jobs as engine
from pathway.engine.refused import Refused
from pathway.protocol.release import RELEASED
from pathway.protocol.types import At, Level, Standard
from pathway.record.ask import number, text
from pathway.record.job import State
from pathway.record.person import User
from pathway.steps.delay import LABELS
from pathway.web import errors
from pathway.web.forms import is_damaged
from pathway.web.jobs import job_or_404
from pathway.web.period import PeriodForm, listed, unreadable, who_audits

AT_ONCE = 300  # cases: some two seconds (docs/audit.md)
YEAR, MINUTE, NOTHING = 366 * 24 * 60, timedelta(minutes=1), timedelta()
RINGS = {
    key: LABELS[key]
    for key, standard in protocol.get(protocol.CURRENT).standards.items()
    if standard.ladder and key in LABELS
}
MEANT = {level: f"{level.value} comes after (minutes)" for level in Level if level is not Level.E0}


class WhatIfForm(PeriodForm):
    """Of which clock, and what would be other."""

    clock = listed("Clock", RINGS)
    version = listed("Compared with", {key: key for key in RELEASED}, none="Each case's own version")
    limit = number("Limit (minutes)", least=1, most=YEAR, required=False)
    amber = number("Amber (minutes)", least=1, most=YEAR, required=False)
    begins: Mapping[str, str] = {"clock": "mri_a"}
    field_order = ("clock", "version", "unit", "first", "last", "limit", "amber")

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request, user)
        for level, words in MEANT.items():
            self.fields[level.value] = number(words, least=-YEAR, most=YEAR, required=False)

    def clean(self) -> dict[str, Any]:
        """Also that the clock has each level that is to come at another time, and amber and limit in their order."""
        wanted = super().clean()
        for name in ("limit", "amber", *MEANT):
            if wanted.get(name) is not None and wanted[name] != int(wanted[name]):
                self.add_error(name, "Enter whole minutes.")
        clock, chosen = wanted.get("clock"), wanted.get("version")
        version = protocol.get(chosen or protocol.CURRENT)
        standard = version.standards.get(clock or "")
        if standard is None:
            if clock:
                self.add_error("clock", f"{version.version} has no such clock. Choose another clock or version.")
            return wanted
        has = [rung.level.value for rung in standard.ladder]
        for level in MEANT:
            if wanted.get(level.value) is not None and level.value not in has:
                self.add_error(
                    level.value, f"This clock has no level {level.value}, only {', '.join(has)}. Leave it empty."
                )
        if not self.errors:
            _, other = rules_of(wanted)
            versions = [version] if chosen else reversed(protocol.VERSIONS.values())
            wrong = [
                each
                for own in versions if clock in own.standards
                for each in out_of_order(other.changed(own.standards[clock]), wanted)
            ]  # fmt: skip
            for name, sentence in dict(reversed(wrong)).items():
                self.add_error(name, sentence)
        return wanted

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for, as a job keeps it."""
        wanted = self.cleaned_data
        lengths = {name: wanted[name] for name in ("limit", "amber", *MEANT) if wanted[name] is not None}
        days = {name: wanted[name].isoformat() for name in ("first", "last")}
        words = {name: wanted[name] for name in ("clock", "version", "unit")}
        return {**days, **lengths, **words, "unit_name": str(self.chosen or "")}


def out_of_order(changed: Standard, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What would be out of its order, by field: an amber after the limit, a level before the start of the clock.

    A length that depends on how the clock starts is taken as it is.
    """
    amber, limit = changed.amber, changed.limit
    if not callable(amber) and not callable(limit) and amber > limit:
        if wanted["amber"]:
            also = "." if wanted["limit"] else ", or a limit too."
            yield "amber", f"Amber would come after the limit. Enter {limit // MINUTE} at most{also}"
        else:
            yield "limit", f"Amber would come after this limit. Enter {amber // MINUTE} at least, or an amber too."
    soonest = {At.AMBER: min(ambers(changed), default=None), At.DUE: None if callable(limit) else limit}
    for rung in changed.ladder:
        level, at = rung.level.value, soonest[rung.at]
        if wanted.get(level) is not None and at is not None and at + rung.after < NOTHING:
            yield level, f"{level} would come before the clock starts. Enter {-(at // MINUTE)} at least."


class JobForm(forms.Form):
    """Why so many cases are replayed."""

    reason = text("Why it is asked for", hint="It is kept with the job")
    submission = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def what_if(request: HttpRequest) -> HttpResponse:
    """The comparison, where the cases are few; else ask for it as a job by a POST."""
    user = who_audits(request)
    form = WhatIfForm(request, user)
    if not form.is_valid():
        if request.method == "POST":
            raise unreadable(form)
        return render(request, "analytics/whatif.html", {"form": form}, status=422)
    asked = form.asked
    scope = whatif_job.scope_of(user, asked)
    context = {**said(asked), "form": form, "total": replayed_of(scope).count(), "at_once": AT_ONCE}
    if request.method == "POST" and context["total"] <= AT_ONCE:
        return redirect(request.get_full_path())
    if request.method == "POST":
        job = JobForm(request.POST, auto_id="job_%s")
        context, status = {**context, "job": job}, 422
        if job.is_valid():
            try:
                engine.ask(by=user, kind=whatif_job.KEY, parameters=asked, **job.cleaned_data)
            except Refused as refused:
                job.add_error(None, list(refused.reasons))
                status = 409
            else:
                return redirect("jobs")
        elif is_damaged(job):
            return errors.damaged(request)
        return render(request, "analytics/whatif.html", context, status=status)
    if context["total"] > AT_ONCE:
        context["job"] = JobForm(initial={"submission": uuid4()}, auto_id="job_%s")
    base, other = rules_of(asked)
    context["found"] = compared(scope, base, other, most=AT_ONCE)
    return render(request, "analytics/whatif.html", context)


@require_safe
def result(request: HttpRequest, job: UUID) -> HttpResponse:
    """What a job has found."""
    found = job_or_404(who_audits(request), job)
    if found.kind != whatif_job.KEY or found.state != State.DONE:
        raise Http404
    context = {**said(found.parameters), "found": found.result, "asked_at": found.asked_at}
    return render(request, "analytics/whatif_result.html", context)


def said(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The clock, the version and the period in words."""
    base, other = rules_of(asked)
    return {
        "label": protocol.label(base.version or protocol.CURRENT, base.clock), "changed": base != other,
        "version": base.version, "most": MOST_LISTED, "unit": asked.get("unit_name", ""),
        **{name: date.fromisoformat(asked[name]) for name in ("first", "last")},
    }  # fmt: skip
