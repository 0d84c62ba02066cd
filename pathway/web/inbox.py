"""The inbox. Reading acknowledges nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.notify import inbox as told
from pathway.web.find import page_asked, person


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The page; only the list itself where the page asks for it in the background."""
    user = person(request)
    found = told.inbox(user, page_asked(request))
    part = request.headers.get("X-Background") == "1"
    context = {"inbox": found, "now": found.now, "page_obj": found.page}
    return render(request, "inbox/_list.html" if part else "inbox/inbox.html", context)
