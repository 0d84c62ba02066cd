"""What breaks next: the deadlines of the next six hours."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.web.find import reader
from pathway.worklist.ahead import breaks_next


@require_safe
def breaks(request: HttpRequest) -> HttpResponse:
    """The page; only its list where the page asks for it in the background.

    Raises:
        PermissionDenied: the person reads no cases.
    """
    found = breaks_next(reader(request, "reading cases"))
    part = request.headers.get("X-Background") == "1"
    return render(request, "worklist/_next.html" if part else "worklist/next.html", {"next": found, "now": found.now})
