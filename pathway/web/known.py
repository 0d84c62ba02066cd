"""The case as it was known at an earlier time: by when things were recorded. Nothing can be entered here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway import casefile
from pathway.engine.now import now
from pathway.protocol.hours import shown
from pathway.protocol.phase import PHASES
from pathway.record.access import opened
from pathway.record.ask import Instant
from pathway.record.case import Case
from pathway.web.case import drawn_track, pictured
from pathway.web.find import case_or_404, person


class KnownForm(forms.Form):
    """The time at which to look."""

    at = Instant(label="As known at")

    def __init__(self, case: Case, at: datetime, data: QueryDict | None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.opened, self.now = casefile.opened_at(case), at

    def clean_at(self) -> datetime:
        """A time at which the case was there.

        Raises:
            ValidationError: before it was opened, or to come.
        """
        at: datetime = self.cleaned_data["at"]
        if at > self.now:
            raise forms.ValidationError(f"{shown(at)} has not come yet: it is {shown(self.now)}.")
        if at < self.opened:
            raise forms.ValidationError(
                f"Nothing was known at {shown(at)}: the case was opened at {shown(self.opened)}."
            )
        return at


@require_safe
def known(request: HttpRequest, case: UUID) -> HttpResponse:
    """States, clocks, alerts and timeline with what was recorded until a time; that somebody looked is logged."""
    found, user = case_or_404(request, case), person(request)
    form = KnownForm(found, now(), request.GET or None)
    context = {"case": found, "form": form, "title": "As known at an earlier time"}
    if not form.is_valid():
        return render(request, "case/known.html", context, status=422 if form.is_bound else 200)
    at = form.cleaned_data["at"]
    context["form"] = KnownForm(found, at, None, initial={"at": at})
    opened(found, by=user, what=f"as known at {shown(at)}"[:40])
    file = casefile.read(found, user, at)
    groups = [(group, [drawn_track(file, track, user) for track in group.tracks]) for group in file.groups]
    context |= {"case": file.case, "file": file, "now": at, "groups": groups, "known": True}
    context |= pictured(request, file)
    return render(request, "case/known.html", context | {"phase": PHASES.get(file.case.phase, file.case.phase)})
