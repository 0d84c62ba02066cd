"""The referrer's link: made and taken back on the case, and the page that whoever has it reads without signing in."""

from uuid import UUID

from allauth.core.internal.ratelimit import get_ip
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pathway.casefile.referrer import links_of, where_it_stands
from pathway.engine import status_link as engine
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.record.access import opened
from pathway.record.step import CARE
from pathway.web import errors
from pathway.web.find import case_or_404, person
from pathway.web.moves import PAGE, back_to

MADE = "status_link_made"  # shown on the page that follows, once: reading that again makes no other
A_MINUTE = 30  # tries of links that lead nowhere, from one address; a whole hospital may share one


@PAGE
def link(request: HttpRequest, case: UUID) -> HttpResponse:
    """Say what links there are; make a new one, which is shown this once, or take it back."""
    found, user = case_or_404(request, case), person(request)
    if not user.role_set & CARE:
        raise PermissionDenied(engine.LABEL)
    what = request.POST.get("what", "")
    if request.method != "POST":
        opened(found, by=user, what="form: status link")
    elif what == "revoke":
        engine.revoke(found, by=user)
        messages.success(request, "The link leads nowhere any more.")
        return redirect("status_link", found.uuid)
    elif what == "make":
        try:
            request.session[MADE] = [str(found.uuid), engine.make(found, by=user)]
        except Refused as refusal:
            return errors.conflict(request, *refusal.reasons, back=back_to(found))
        return redirect("status_link", found.uuid)
    else:
        return errors.damaged(request)
    made, token = request.session.pop(MADE, ("", ""))
    address = request.build_absolute_uri(reverse("status", args=[token])) if made == str(found.uuid) else ""
    links, at = links_of(found), now()
    context = {"case": found, "title": "Link for the referrer", "back": back_to(found), "address": address, "now": at,
               "links": links, "stands": any(each.leads_somewhere(at) for each in links),
               "standing": where_it_stands(found)}  # fmt: skip
    return render(request, "status/link.html", context)


@login_not_required
@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Where a referral stands: no name, no number, no place. No address of this page is told to another one."""
    found = engine.open_with(token)
    context = {"title": "Where the referral stands", "now": now(), "often": not found and too_often(request)}
    if found:
        context["standing"] = where_it_stands(found.case)
    answer = render(request, "status/status.html", context, status=200 if found else 429 if context["often"] else 404)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def too_often(request: HttpRequest) -> bool:
    """Whether this address has tried too many links that lead nowhere within a minute; this one counts too."""
    key = f"status:{get_ip(request)}"
    cache.add(key, 0, 60)
    return bool(cache.incr(key) > A_MINUTE)
