"""The wall board: one dark page without any name, which may stay open where a session would have ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from pathway.web.find import reader
from pathway.web.session import WALL
from pathway.worklist.wall import wall as read


@require_http_methods(["GET", "HEAD", "POST"])
def wall(request: HttpRequest) -> HttpResponse:
    """The page; only the board itself where the page asks for it in the background. A POST leaves it to the screen.

    From then on the session shows nothing but this page, and no longer ends because nobody touches the screen.

    Raises:
        PermissionDenied: the person reads no cases.
    """
    user = reader(request, "reading cases")
    if request.method == "POST":
        request.session[WALL] = True
        return redirect("wall")
    part = request.headers.get("X-Background") == "1"
    found = read(user)
    context = {"wall": found, "now": found.now, "left": bool(request.session.get(WALL))}
    return render(request, "worklist/_wall.html" if part else "worklist/wall.html", context)
