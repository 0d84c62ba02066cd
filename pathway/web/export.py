"""The form of an export: of which cases, in which form, and why; it is done behind the page, as a job."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from pathway.analytics.wanted import FORMATS, LOGS, TABLES, may_read_words
from pathway.engine.jobs import ask
from pathway.engine.refused import Invalid, Refused
from pathway.record.ask import choice, several, text
from pathway.record.person import User
from pathway.web import errors
from pathway.web.forms import is_damaged
from pathway.web.period import PeriodForm, who_audits

WORDS = "With what was typed in words: it may name patients and staff"


class ExportForm(PeriodForm):
    """What to export. What was typed in words is offered only to who may read it."""

    format = choice("Form", *FORMATS, words=FORMATS)
    tables = several("Tables; an event log holds all of them", *TABLES, words=TABLES)
    words = forms.BooleanField(label=WORDS, required=False)
    reason = text("Why is this needed?", hint="It is kept with your name, and stands in the file")
    submission = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("format", "tables", "unit", "first", "last", "words", "reason")

    def __init__(self, request: HttpRequest, user: User) -> None:
        super().__init__(request, user)
        self.initial = {"format": "csv", "tables": list(TABLES), **self.data, "submission": uuid4()}
        self.is_bound = request.method == "POST"
        self.data = request.POST
        self.fields["tables"].required = request.POST.get("format") not in LOGS
        if not may_read_words(user):
            del self.fields["words"]

    @property
    def parameters(self) -> dict[str, Any]:
        """What the job is told."""
        wanted = self.cleaned_data
        return {
            "format": wanted["format"], "tables": [] if wanted["format"] in LOGS else wanted["tables"],
            "first": wanted["first"].isoformat(), "last": wanted["last"].isoformat(), "unit": wanted["unit"],
            "unit_name": str(self.chosen or ""), "words": bool(wanted.get("words")),
        }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Ask what to export and why, and ask for it."""
    user = who_audits(request)
    form, status = ExportForm(request, user), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = form.cleaned_data
                ask(by=user, kind="export", parameters=form.parameters, reason=made["reason"],
                    submission=made["submission"])  # fmt: skip
            except Invalid as invalid:
                form.add_error("reason", list(invalid.fields["reason"]))
            except Refused as refused:
                form.add_error(None, list(refused.reasons))
                status = 409
            else:
                messages.success(request, "The export was asked for. Its file will stand here.")
                return redirect("jobs")
        elif is_damaged(form):
            return errors.damaged(request)
    return render(request, "analytics/export.html", {"form": form}, status=status)
