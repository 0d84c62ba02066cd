"""One person's shifts as a calendar that their own device reads, at a secret address that they may take back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_http_methods, require_safe

from pathway.engine import calendar_link
from pathway.engine.now import now
from pathway.notify import calendar
from pathway.web import errors
from pathway.web.find import person


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Say whether there is a link; make a new one, which is shown this once, or take it back."""
    user = person(request)
    what = request.POST.get("what", "")
    address = ""
    if request.method == "POST":
        if what == "revoke":
            calendar_link.revoke(user)
            messages.success(request, "The link no longer works. Calendars that used it show what they read last.")
            return redirect("calendar")
        if what != "make":
            return errors.damaged(request)
        address = request.build_absolute_uri(reverse("calendar_feed", args=[calendar_link.make(user)]))
    context = {"link": calendar_link.standing(user), "address": address, "now": now(), "title": "My calendar"}
    return render(request, "rota/calendar.html", context)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a link.

    Raises:
        Http404: there is no such link, it was taken back, or its person has left.
    """
    user = calendar_link.whose(token)
    if user is None:
        raise Http404
    text = calendar.of(user, now())
    etag = quote_etag(calendar_link.digest(text))
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-cache"
    answer["Content-Disposition"] = 'inline; filename="shifts.ics"'
    answer["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=answer) or answer
