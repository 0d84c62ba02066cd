"""What every page shows round its content: where one is, who one is, and whether the clocks are being watched."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from pathway.templatetags.pathway import elapsed

LATE, LOST = 15, 60  # seconds without a check of the clocks: amber, red
WORDS = {
    "fresh": "Clocks checked {} ago",
    "late": "Clocks checked {} ago, which is late",
    "lost": "Clocks not checked for {}: alerts are late, watch the due times yourself",
    "never": "Clocks are not being checked: no alert is raised, watch the due times yourself",
}
NAVIGATION = (
    # name of the address, label, roles that see it (empty: everybody)
    ("worklist", "Worklist", frozenset[str]()),
    ("inbox", "Inbox", frozenset[str]()),
    ("intake", "New case", frozenset({"coordinator", "clinician", "physiotherapist"})),
    ("access_log", "Access log", frozenset({"auditor"})),
    ("people", "People", frozenset({"administrator"})),
)


def url(name: str) -> str:
    """The address of this name, or nothing where the project has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def optional(path: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    try:
        found: Callable[..., Any] = import_string(path)
    except ImportError:
        return otherwise
    return found


def heartbeat(checked_at: datetime | None, now: datetime) -> dict[str, Any]:
    """How long ago the clocks were checked, as a state and its words."""
    if checked_at is None:
        return {"state": "never", "said": WORDS["never"], "words": WORDS, "checked_at": None}
    seconds = max(0.0, (now - checked_at).total_seconds())
    state = "fresh" if seconds <= LATE else "late" if seconds <= LOST else "lost"
    return {"state": state, "said": WORDS[state].format(elapsed(seconds)), "words": WORDS, "checked_at": checked_at}


def navigation(request: HttpRequest, roles: set[str], unread: int) -> list[dict[str, Any]]:
    """The pages that this person's roles open, with the one that is open now marked."""
    items = []
    for name, label, needed in NAVIGATION:
        address = url(name)
        if address and (not needed or needed & roles):
            here = request.path == address or (name != "worklist" and request.path.startswith(address))
            items.append({"name": name, "label": label, "url": address, "current": here})
            if name == "inbox":
                items[-1]["count"] = unread
    return items


def page(request: HttpRequest) -> dict[str, Any]:
    """`frame`: what base.html draws. Only what is asked for is looked up."""
    user = getattr(request, "user", None)
    frame: dict[str, Any] = {
        "demonstration": settings.DEVELOPMENT,
        "idle_seconds": settings.SESSION_IDLE_SECONDS,
        "home": url("worklist"),
    }
    if user is not None and user.is_authenticated:
        now = optional("pathway.engine.now.now", timezone.now)()
        last = optional("pathway.record.heartbeat.last", lambda: None)
        unread = optional("pathway.notify.inbox.unread", lambda _user: 0)
        roles = {str(role) for role in user.role_set}
        frame |= {
            "now": now,
            "roles": sorted(roles),
            "heartbeat": SimpleLazyObject(lambda: heartbeat(last(), now)),
            "unread": SimpleLazyObject(lambda: unread(user)),
            "navigation": SimpleLazyObject(lambda: navigation(request, roles, frame["unread"])),
            "pulse": url("pulse"),
            "stay": url("stay"),
        }
    return {"frame": frame}
