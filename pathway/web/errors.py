"""What a person sees when a request fails: what happened, what it means for the patient, and the way on."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from pathway.engine.refused import NotAllowed
from pathway.protocol import UnknownVersion
from pathway.web.session import KEPT, page_of, to_sign_in

PAGE = "errors/error.html"


class InTheSameThread:
    """Middleware: the page of a failure is drawn where the request is answered, with the connection that it has.

    Left alone, ASGI draws it in a thread apart, whose connection to the database the end of no request gives back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or say that there is no such page."""
        try:
            resolve(request.path_info)
        except Resolver404 as missing:
            return response_for_exception(request, missing)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        """Say what a view raised."""
        if isinstance(exception, UnknownVersion):
            return newer(request)
        return response_for_exception(request, exception)


def page(request: HttpRequest, status: int, title: str, *sentences: str, again: str = "") -> HttpResponse:
    """One designed page for every failure, also for people who are not signed in; `again` is the page of the form."""
    context = {"title": title, "sentences": sentences, "status": status, "again": again}
    return render(request, PAGE, context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What a `BadRequest` names is said; whatever else could not be read may quote what was sent."""
    named = f": {exception}" if isinstance(exception, BadRequest) else ""
    return page(
        request,
        400,
        "The request could not be read",
        f"Something in the address or in the form was not as expected{named}. Nothing was changed.",
        "Go back, read the page again and try once more.",
    )


def damaged(request: HttpRequest) -> HttpResponse:
    """A part of a form that nobody types is not as the page had it."""
    return page(
        request,
        400,
        "This form could not be read",
        "This form is damaged; open the page again. Nothing was saved.",
        "If it happens again, tell your administrator; for a patient, go by telephone.",
        again=page_of(request),
    )


def newer(request: HttpRequest) -> HttpResponse:
    """A case that another process, of a newer release, has pinned to a version which this one does not know."""
    answer = page(
        request,
        409,
        "This case can only be read by a newer release",
        "It follows a version of the protocol that this program does not know: the service is being renewed, or was "
        "put back to an older release. Nothing was changed.",
        "Open the page again in a minute. If it stays so, tell your administrator; for a patient, go by telephone.",
    )
    answer.headers["Retry-After"] = "60"
    return answer


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception or "")
    if said and not isinstance(exception, NotAllowed):
        said = f"Your role does not allow: {said}."
    return page(
        request,
        403,
        "You may not do this",
        said or "Your role does not allow this. Nothing was changed.",
        "If the patient needs it done, ask the coordinator on duty. If your role is wrong, ask your administrator.",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request,
        404,
        "There is no such page",
        "The address is wrong, or the case belongs to an organisation that you do not work for.",
        "If you typed the address, check it. If you followed a link, look for the patient in the worklist.",
    )


def conflict(request: HttpRequest, *sentences: str, missing: Sequence[str] = (), back: str = "") -> HttpResponse:
    """A move that was refused. `missing` lists all that stands in the way; `back` is the address of the case."""
    context = {"title": "This was not recorded", "sentences": sentences, "missing": missing, "back": back}
    return render(request, PAGE, {**context, "status": 409}, status=409)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the database and without the request: both may be what failed."""
    sentences = (
        "This is a fault of the system and it has been logged.",
        "What you entered may not have been saved: look at the case before you enter it again.",
        "Do not wait for this page if a patient is waiting: go by telephone.",
    )
    context = {"title": "Something went wrong", "sentences": sentences, "status": 500}
    return HttpResponse(render_to_string(PAGE, context), status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    if not request.user.is_authenticated and request.path != resolve_url(settings.LOGIN_URL):
        return to_sign_in(request)
    return page(
        request,
        401 if KEPT in request.headers else 403,  # a script sends it again from the next page; it is not refused
        "The form was too old to be accepted",
        "You may have signed in again, or signed out in another window, since this form was opened. Nothing was saved.",
        "Open its page again, and send the form once more.",
        again=page_of(request),
    )


def too_many(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        429,
        "Too many attempts",
        "There were too many attempts to sign in from here. Wait five minutes, then try again.",
        "If you cannot wait, ask your administrator; for a patient, go by telephone.",
    )
