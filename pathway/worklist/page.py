"""The board: every open case by time to breach, read from the case's own columns in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q

from pathway.engine.now import now as database_now
from pathway.record.case import Case, CaseQuerySet
from pathway.record.person import User
from pathway.record.saved import SavedFilter
from pathway.worklist import rows
from pathway.worklist.filters import BadFilter, Filters, wanted
from pathway.worklist.rows import Row, dressed, pressing, shown

COUNTED = 1000


@dataclass(frozen=True)
class Kept:
    """A filter that a person keeps, and how many cases it leaves of how many."""

    saved: SavedFilter
    filters: Filters
    shown: int
    total: int

    @property
    def hidden(self) -> int:
        """How many cases it hides."""
        return self.total - self.shown


@dataclass(frozen=True)
class Board:
    """One page of rows, and how many cases are not on it. `ended` are the ended cases that a search finds too."""

    now: datetime
    rows: list[Row]
    page: Page[Case]
    shown: int
    total: int
    idle: int
    pressing: list[Row]
    closed: int
    ended: int
    kept: list[Kept] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """How many cases the filters leave out."""
        return self.total - self.shown

    @property
    def many_closed(self) -> bool:
        """Whether `closed` says only that there are at least so many."""
        return self.closed >= COUNTED

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows of this page: first those with a deadline, then those without, each under its name."""
        timed = [row for row in self.rows if row.case.next_due_at]
        idle = [row for row in self.rows if not row.case.next_due_at]
        return [(name, group) for name, group in (("timed", timed), ("idle", idle)) if group]


def board(user: User, filters: Filters, page: int = 1) -> Board:
    """One page of the cases that a person may see, the first to breach on top; past the last page it is the last.

    Raises:
        BadFilter: a filter has a value that it cannot have.
    """
    now = database_now()
    visible = Case.objects.visible_to(user)
    among = visible.filter(is_open=not filters.closed, survivor=None)
    chosen, kept = wanted(filters, now, user), kept_by(user)
    numbers = counts(among, chosen, [each_wanted(each, now, user) for each in kept])
    order = ["-id"] if filters.closed else [F("next_due_at").asc(nulls_last=True), "id"]
    pages = Paginator(shown(among).filter(chosen).order_by(*order), rows.PAGE)
    vars(pages)["count"] = numbers["shown"]
    part = pages.get_page(page)
    pressed = pressing(visible.open(), now)
    closed = visible.filter(is_open=False, survivor=None).order_by()
    cases = dressed([*part.object_list, *pressed], now)
    return Board(
        now=now,
        rows=[cases[case.pk] for case in part.object_list],
        page=part,
        shown=numbers["shown"],
        total=numbers["total"],
        idle=numbers["idle"],
        pressing=[row for case in pressed if (row := cases[case.pk]).is_pressing],
        closed=closed[:COUNTED].count(),
        ended=closed.filter(chosen)[:COUNTED].count() if filters.text and not filters.closed else 0,
        kept=[
            Kept(each, Filters.of(each.query), numbers[f"kept{number}"], numbers["total"])
            for number, each in enumerate(kept)
        ],
    )


def kept_by(user: User) -> list[SavedFilter]:
    """The filters that a person keeps, in their order."""
    return list(SavedFilter.objects.filter(user=user).order_by("place", "pk"))


def each_wanted(saved: SavedFilter, now: datetime, user: User) -> Q:
    """The condition of a filter that was kept; nothing passes one whose values are no longer possible."""
    try:
        return wanted(Filters.of(saved.query), now, user)
    except BadFilter:
        return Q(pk__in=[])


def counts(among: CaseQuerySet, chosen: Q, kept: Sequence[Q]) -> dict[str, int]:
    """How many there are, how many the filters leave, how many of these have no deadline: in one query for all."""
    found: dict[str, Any] = {
        "total": Count("pk"), "shown": counted(chosen), "idle": counted(chosen & Q(next_due_at=None)),
    } | {f"kept{number}": counted(each) for number, each in enumerate(kept)}  # fmt: skip
    return among.aggregate(**found)


def counted(chosen: Q) -> Count:
    """How many cases a condition leaves."""
    return Count("pk", filter=chosen) if chosen else Count("pk")


def row(user: User, uuid: UUID, filters: Filters) -> Row | None:
    """One case as it stands on the board; None where these filters, or the person's rights, leave it out.

    Raises:
        BadFilter: a filter has a value that it cannot have.
    """
    now = database_now()
    among = Case.objects.visible_to(user).filter(is_open=not filters.closed, survivor=None, uuid=uuid)
    case = shown(among).filter(wanted(filters, now, user)).first()
    return dressed([case], now)[case.pk] if case else None


def owners(user: User) -> list[str]:
    """Everybody who is named as the owner of an open case that a person may see."""
    named = Case.objects.visible_to(user).open().exclude(owner="").order_by("owner")
    return list(named.values_list("owner", flat=True).distinct())
