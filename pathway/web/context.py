"""What every page shows round its content: where one is, who one is, and whether the clocks are being watched."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import salted_hmac

from pathway import protocol
from pathway.analytics.cohort import MAY_AUDIT
from pathway.engine.now import now
from pathway.engine.watch import watch
from pathway.notify.inbox import unread
from pathway.protocol.types import Role
from pathway.record.case import READS_CASES
from pathway.record.notice import Notice, standing
from pathway.record.outlook import UnitNow, on_duty_now
from pathway.record.person import User
from pathway.record.step import CARE
from pathway.web import audit_nav
from pathway.web.banner import Banner
from pathway.web.session import WALL

EVERYBODY = frozenset(Role)
WATCHES = frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR})
NAVIGATION = (
    ("worklist", "Worklist", EVERYBODY),
    ("inbox", "Inbox", EVERYBODY),
    ("intake", "New case", frozenset(CARE)),
    ("next", "Next", READS_CASES),
    ("handovers", "Hand-over", frozenset(CARE)),
    ("drafts", "Drafts", frozenset(CARE)),
    ("physio", "Physio", frozenset(CARE)),
    ("watching", "Watching", WATCHES),
    (audit_nav.HOME, "Audit", MAY_AUDIT),
    ("access_log", "Access log", frozenset({Role.AUDITOR})),
    ("people", "On duty", EVERYBODY),
    ("contacts", "My contacts", EVERYBODY),
)


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    name: str
    label: str
    url: str
    current: bool


def home_of(user: User | None) -> str:
    """The name of the page on which somebody begins: their list, where physiotherapy is all the care that they give."""
    treats = user is not None and user.role_set & CARE == {Role.PHYSIOTHERAPIST}
    return "physio" if treats else "worklist"


def url(name: str) -> str:
    """The address of this name; empty where there is no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class Frame:
    """Looked up only as far as a page asks for it: a page for nobody in particular needs no database."""

    demonstration = settings.DEVELOPMENT

    def __init__(self, request: HttpRequest) -> None:
        self.path = request.path
        user = getattr(request, "user", None)
        self.user: User | None = user if user is not None and user.is_authenticated else None
        self.left = bool(getattr(request, "session", {}).get(WALL))

    @property
    def signed_in(self) -> bool:
        return self.user is not None

    @property
    def idle_seconds(self) -> int:
        """After how long without activity the session ends; 0 for a screen that was left to the wall board."""
        return 0 if self.left else int(settings.SESSION_IDLE_SECONDS)

    @cached_property
    def now(self) -> datetime:
        return now()

    @cached_property
    def banner(self) -> Banner:
        """How the loops stand that watch over the cases."""
        return Banner(watch(self.now))

    @cached_property
    def unread(self) -> int:
        """Messages about open alerts that this person has not read."""
        return unread(self.user) if self.user else 0

    @cached_property
    def on_duty(self) -> list[UnitNow]:
        """Who is on duty in the units in whose rota this person is."""
        return on_duty_now(self.user, self.now) if self.user else []

    @cached_property
    def notices(self) -> list[Notice]:
        """What administrators and coordinators must mend."""
        return standing(self.user) if self.user else []

    @cached_property
    def roles(self) -> list[str]:
        return sorted(self.user.role_set) if self.user else []

    @property
    def navigation(self) -> list[Link]:
        """The pages that this person's roles open, the one on which they begin in front."""
        mine = self.user.role_set if self.user else frozenset()
        own = sorted(NAVIGATION, key=lambda entry: entry[0] != home_of(self.user))
        entries = ((name, label, url(name)) for name, label, needed in own if needed & mine)
        return [Link(name, label, at, current=self.is_at(at)) for name, label, at in entries if at]

    @property
    def within(self) -> list[Link]:
        """The pages of the audit, on each of them, for whoever may open them."""
        home = url(audit_nav.HOME)
        if not self.user or not self.user.role_set & MAY_AUDIT or not self.is_at(home):
            return []
        pages = ((name, label, url(name)) for name, label in audit_nav.PAGES)
        return [
            Link(name, label, at, current=self.path == at or (at != home and self.is_at(at)))
            for name, label, at in pages
        ]

    def is_at(self, address: str) -> bool:
        """Whether this page is the one at the address, or below it."""
        return self.path == address or (address != "/" and self.path.startswith(address))

    @property
    def protocol(self) -> str:
        """The version that a new case is pinned to."""
        return protocol.CURRENT

    @property
    def home(self) -> str:
        return url(home_of(self.user))

    @property
    def pulse(self) -> str:
        return url("pulse")

    @property
    def lock(self) -> str:
        """The key under which a browser keeps what this person typed: no page of anybody else holds it."""
        if self.user is None:
            return ""
        return b64encode(salted_hmac("pathway.kept", str(self.user.uuid), algorithm="sha256").digest()).decode()

    @property
    def stay(self) -> str:
        return url("stay")


def page(request: HttpRequest) -> dict[str, Frame]:
    """The context processor: `frame`, which base.html draws."""
    return {"frame": Frame(request)}
