"""What may be left out of a list of cases: chosen on the page, asked of the database."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from pathway.engine.handover import owned_by
from pathway.record.alert import Alert
from pathway.record.heartbeat import Fault
from pathway.record.person import User
from pathway.record.search import named

ME, NOBODY = "@me", "@nobody"
NO_DEADLINE = "no_deadline"
STATES = {
    "overdue": "Overdue",
    "uncertain": "Uncertain",
    "due_soon": "Due soon",
    "on_time": "On time",
    NO_DEADLINE: "No deadline",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What to leave out. An empty value leaves nothing out; `closed` shows the ended cases instead of the open ones."""

    text: str = ""
    unit: str = ""
    klass: str = ""
    phase: str = ""
    state: str = ""
    owner: str = ""
    alerts: bool = False
    unanswered: bool = False
    contradictions: bool = False
    closed: bool = False

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "Filters":
        """The filters that were kept; what is no filter any more is left out."""
        return cls(**{each.name: query[each.name] for each in fields(cls) if each.name in query})

    @property
    def query(self) -> dict[str, Any]:
        """The filters that leave something out, by name."""
        return {
            each.name: value for each in fields(self) if each.name != "closed" and (value := getattr(self, each.name))
        }

    @property
    def address(self) -> str:
        """The same as the query of an address."""
        return urlencode({name: "on" if value is True else value for name, value in self.query.items()})

    @property
    def any(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.query)


class BadFilter(ValueError):
    """A filter that no link of this service leads to."""


def wanted(filters: Filters, now: datetime, user: User) -> Q:
    """The cases that the filters leave, as a condition.

    Raises:
        BadFilter: a filter has a value that it cannot have.
    """
    found = Q()
    if filters.unit:
        try:
            found &= Q(unit__uuid=UUID(filters.unit))
        except ValueError:
            raise BadFilter("unit") from None
    if filters.klass:
        found &= Q(klass=filters.klass)
    if filters.phase:
        found &= Q(phase=filters.phase)
    if filters.state:
        found &= standing_so(filters.state, now)
    if filters.owner:
        found &= owned(filters.owner, user)
    if filters.alerts:
        found &= Q(Exists(Alert.objects.open().filter(case=OuterRef("pk"))))
    if filters.unanswered:
        found &= troubled(now)
    if filters.contradictions:
        found &= ~Q(contradictions=[])
    return found & named(filters.text) if filters.text else found


def owned(owner: str, user: User) -> Q:
    """The cases of one owner: by the name that was typed, of the person who asks, or of nobody."""
    if owner == ME:
        return owned_by(user)
    return Q(owner="" if owner == NOBODY else owner)


def troubled(now: datetime) -> Q:
    """The cases with an alert that nobody answers, or with a fault of the sweep."""
    return Q(pk__in=Alert.objects.unanswered(now).values("case").union(Fault.objects.values("case")))


def standing_so(state: str, now: datetime) -> Q:
    """The same rule as `Row.state`, asked of the database.

    Raises:
        BadFilter: there is no such state.
    """
    late, near = Q(next_due_at__lt=now), Q(next_amber_at__lte=now)
    known, surely = Q(next_width__isnull=False), Q(overdue_from__lt=now)
    rules = {
        "overdue": surely,
        "uncertain": Q(next_due_at__isnull=False) & ~surely & (~known | late),
        "due_soon": known & near & ~late & Q(next_due_at__isnull=False),
        "on_time": known & Q(next_due_at__gte=now) & ~near,
        NO_DEADLINE: Q(next_due_at__isnull=True),
    }
    if state not in rules:
        raise BadFilter("state")
    return rules[state]
