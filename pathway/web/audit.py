"""The access log: who opened which case, for the auditors of the organisation."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.protocol.types import Role
from pathway.record import access, ask
from pathway.web.find import page_asked, person

PAGE = 50


class LogForm(forms.Form):
    """Whose openings, of what, on which days."""

    person = ask.text("Person", required=False)
    case = ask.text("Case or NHS number", required=False)
    first = ask.day("From", required=False)
    last = ask.day("To", required=False)


@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    """One page of the log, newest first."""
    auditor = person(request)
    if Role.AUDITOR not in auditor.role_set:
        raise PermissionDenied("reading the access log, which is for auditors")
    form = LogForm(request.GET, auto_id="filter_%s")
    found = access.log(auditor)
    if form.is_valid():
        wanted = form.cleaned_data
        found = found.by(wanted["person"]).between(wanted["first"], wanted["last"])
        found = found.of(wanted["case"]) if wanted["case"] else found
    else:
        found = found.none()
    page = Paginator(found, PAGE).get_page(page_asked(request))
    return render(request, "audit/access_log.html", {"form": form, "page_obj": page})
