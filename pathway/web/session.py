"""How long a person stays signed in: a limit without activity and a limit in all, said in words when reached."""

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import resolve
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme

STARTED, ACTIVE, WALL = "signed_in_at", "active_at", "wall_board_only"
ON_THE_WALL = frozenset({"wall", "live", "pulse", "icon", "account_login", "account_logout"})
KEPT = "X-Kept"  # the header by which a page says whose entry its script sends
WAITED = "X-Waited"  # the header of an entry that was sent before, and may be older than what was recorded meanwhile
BACKGROUND_PATHS = ("/live/", "/worklist/table/", "/worklist/rows/")
UNSAVED = "Nothing was saved: you were signed out before the form arrived. Sign in, and you come back to its page."
WRITE_EVERY = 30  # an activity costs a write to the session only so often, at most this part of the idle limit


def in_background(request: HttpRequest) -> bool:
    """Whether a page asked for this by itself: it is no sign that somebody is there."""
    return request.headers.get("X-Background") == "1" or request.path.startswith(BACKGROUND_PATHS)


def spent(session: dict[str, float], now: float) -> str:
    """Why this session is over, as a sentence; empty while it is not. `now` is in seconds."""
    whole, idle = settings.SESSION_COOKIE_AGE, settings.SESSION_IDLE_SECONDS
    if now - session.get(STARTED, now) >= whole:
        return f"You were signed out because {in_words(whole)} have passed since you signed in."
    if now - session.get(ACTIVE, now) >= idle and not session.get(WALL):
        return f"You were signed out because nothing was done for {in_words(idle)}."
    return ""


def in_words(seconds: float) -> str:
    """A limit as people say it: `30 minutes`, `12 hours`."""
    size, unit = next(((s, u) for s, u in ((3600, "hour"), (60, "minute")) if seconds >= s), (1, "second"))
    count = round(seconds / size)
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or for a form that was sent the page that it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(came_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in page, and from there back; whoever sent a form is told that it was not saved."""
    unheard = in_background(request) or KEPT in request.headers
    if request.method == "POST" and request.path != resolve_url("stay") and not unheard:
        messages.warning(request, UNSAVED)
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page_of(request)})}")


class SignInFirst(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Whatever they asked for."""
        return to_sign_in(request)


class SessionLimits(MiddlewareMixin):
    """Signs out whoever reached a limit. What the page asks in the background never keeps a session alive."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_authenticated:
            self.explain(request)
            return None
        if request.headers.get(KEPT, str(request.user.uuid)) != str(request.user.uuid):
            return HttpResponse("Somebody else is signed in", status=401, content_type="text/plain")
        now = time.time()
        if reason := spent(dict(request.session.items()), now):
            auth.logout(request)
            messages.info(request, reason)
            if in_background(request):
                return HttpResponse("Signed out", status=401, content_type="text/plain")
            return to_sign_in(request)
        if request.session.get(WALL) and resolve(request.path_info).url_name not in ON_THE_WALL:
            auth.logout(request)
            messages.info(request, "This screen showed the wall board only, and was signed out. Sign in to go on.")
            return to_sign_in(request)
        request.session.setdefault(STARTED, now)
        due = request.session.get(ACTIVE, 0) + settings.SESSION_IDLE_SECONDS / WRITE_EVERY
        if now >= due and not (in_background(request) and ACTIVE in request.session):
            request.session[ACTIVE] = now
        return None

    def explain(self, request: HttpRequest) -> None:
        """A cookie whose session is gone: the limit passed while nobody was looking."""
        if (
            request.COOKIES.get(settings.SESSION_COOKIE_NAME)
            and request.session.is_empty()
            and not messages.get_messages(request)
        ):
            messages.info(request, "You were signed out because your time was over. Sign in to go on.")
