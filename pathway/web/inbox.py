"""The inbox, and saying that one acts. Reading acknowledges nothing."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from pathway.engine import respond
from pathway.engine.now import now
from pathway.engine.refused import NotAllowed, Refused
from pathway.notify import inbox as told
from pathway.record.ask import unanswered
from pathway.record.step import CARE
from pathway.templatetags.pathway import local_time
from pathway.web import errors
from pathway.web.find import page_asked, person

LENGTHS = {"15": "15 minutes", "30": "30 minutes", "60": "1 hour", "120": "2 hours", "240": "4 hours"}


class ActingForm(forms.Form):
    """How long somebody acts; left out, it is the interval of the rung."""

    minutes = forms.ChoiceField(
        label="How long do you need?", choices=list(LENGTHS.items()), required=False, widget=forms.RadioSelect,
        error_messages=unanswered("How long do you need?"),
    )  # fmt: skip


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The page; only the list itself where the page asks for it in the background."""
    user = person(request)
    found = told.inbox(user, page_asked(request))
    part = request.headers.get("X-Background") == "1"
    context = {"inbox": found, "now": found.now, "page_obj": found.page, "may_act": bool(user.role_set & CARE)}
    return render(request, "inbox/_list.html" if part else "inbox/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, alert: UUID) -> HttpResponse:
    """Ask until when somebody acts; say it with a POST."""
    user = person(request)
    found = told.alert(user, alert)
    if found is None:
        raise Http404
    message = told.Message(found, now(), found.raised_at)
    form = ActingForm(request.POST if request.method == "POST" else None, initial={"minutes": str(message.minutes)})
    if request.method == "POST" and form.is_valid():
        until = message.now + timedelta(minutes=int(form.cleaned_data["minutes"] or message.minutes))
        try:
            respond.acknowledge(found, by=user, until=until)
        except NotAllowed as refused:
            return errors.forbidden(request, refused)
        except Refused as refused:
            return errors.conflict(request, *refused.reasons, back=reverse("case", args=[found.case.uuid]))
        said = f"You act on {found.case.patient} until {local_time(until, message.now)}. The clock runs on."
        messages.success(request, said)
        return redirect("case", case=found.case.uuid) if request.POST.get("back") == "case" else redirect("inbox")
    return render(request, "inbox/acknowledge.html", {"form": form, "message": message, "now": message.now})
