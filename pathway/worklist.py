"""The board: every open case by time to breach, read from the case's own columns in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q

from pathway import protocol
from pathway.engine.now import now as database_now
from pathway.protocol.contradictions import BY_KEY
from pathway.protocol.types import Standard
from pathway.record.alert import Alert, AlertAt
from pathway.record.case import Case, CaseQuerySet
from pathway.record.clock import Clock, running_state
from pathway.record.heartbeat import Fault
from pathway.record.person import User
from pathway.record.step import asked

PAGE = 50
COUNTED = 1000
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
    alerts: bool = False
    contradictions: bool = False
    closed: bool = False

    @property
    def any(self) -> bool:
        """Whether anything may be left out."""
        chosen = self.text or self.unit or self.klass or self.phase or self.state
        return bool(chosen or self.alerts or self.contradictions)


@dataclass(frozen=True)
class Row:
    """One case on the board at one instant. How it stands is derived here, never stored."""

    case: Case
    now: datetime
    alerts: list[Alert] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    fault: Fault | None = None

    @cached_property
    def standard(self) -> Standard | None:
        """The clock that is due next; None for none, and where only a newer release knows it."""
        return protocol.known(self.case.protocol).get(self.case.next_standard)

    @property
    def label(self) -> str:
        """The clock that is due next, in words."""
        return protocol.label(self.case.protocol, self.case.next_standard)

    @property
    def ending(self) -> str:
        """What is recorded to end the clock that is due next."""
        return asked(self.standard.clears) if self.standard else ""

    @cached_property
    def state(self) -> str:
        """One of STATES: overdue where the next clock is, due soon where any clock is, as the filter asks it."""
        due = self.case.next_due_at
        width = self.case.next_width
        return running_state(due, self.case.next_amber_at, self.now, width) if due else NO_DEADLINE

    @cached_property
    def next_clock(self) -> Clock | None:
        """The run that is due next; None where a change between two queries took it away."""
        wanted = self.case.next_standard, self.case.next_due_at
        return next((clock for clock in self.clocks if (clock.standard, clock.due_at) == wanted), None)

    @property
    def amber_at(self) -> datetime | None:
        """From when on the clock that is due next is itself due soon."""
        return self.next_clock.amber_at if self.next_clock else self.case.next_amber_at

    @property
    def suspended_until(self) -> datetime | None:
        """Until when the clock that is due next wakes no one."""
        until = self.next_clock.suspended_until if self.next_clock else None
        return until if until and until > self.now else None

    @property
    def also(self) -> list[tuple[str, list[str]]]:
        """The other clocks that are overdue, uncertain or due soon: labels by state, the first to breach in front.

        A clock that only reports is left out, as it is no deadline of the case.
        """
        found: dict[str, list[str]] = {"overdue": [], "uncertain": [], "due_soon": []}
        known = protocol.known(self.case.protocol)
        rank = {key: place for place, key in enumerate(known)}
        for clock in sorted(self.clocks, key=lambda clock: (clock.due_at, rank.get(clock.standard, len(rank)))):
            state = running_state(clock.due_at, clock.amber_at, self.now, clock.start_width)
            standard = known.get(clock.standard)
            if clock is not self.next_clock and state in found and (standard is None or standard.ladder):
                found[state].append(protocol.label(self.case.protocol, clock.standard))
        return [(f"Also {STATES[state].lower()}", labels) for state, labels in found.items() if labels]

    @cached_property
    def escalations(self) -> list[AlertAt]:
        """The newest open alert of each clock, the gravest on top."""
        newest = {alert.clock_id: alert for alert in sorted(self.alerts, key=lambda alert: alert.rung)}
        shown = sorted(newest.values(), key=lambda alert: (alert.level, alert.raised_at), reverse=True)
        return [AlertAt(alert, self.now) for alert in shown]

    @property
    def unanswered(self) -> list[AlertAt]:
        """The alerts whose ladder has run out while nobody acts on them."""
        return [each for each in self.escalations if each.is_unanswered]

    @property
    def contradictions(self) -> list[tuple[str, str]]:
        """What the record says against itself, each with what is recorded to resolve it."""
        found = [BY_KEY[key] for key in self.case.contradictions if key in BY_KEY]
        return [(each.sentence, asked(each.resolves) if each.resolves else self.ending) for each in found]

    @property
    def is_pressing(self) -> bool:
        """Whether nobody answers an alert, or the sweep cannot handle the case."""
        return bool(self.fault or self.unanswered)

    @property
    def spoken(self) -> str:
        """The case and its gravest alert in a few words, read out when it escalates."""
        gravest = [f"{each.alert.level_words}, {each.label}" for each in self.escalations[:1]]
        return ", ".join([self.case.patient.name, self.case.code, *gravest])

    @property
    def place(self) -> str:
        """What a change of this text means: the row may stand elsewhere, so the whole list is to be read again."""
        due = self.case.next_due_at
        return f"{due.isoformat() if due else ''} {'pressing' if self.is_pressing else ''}".strip()


@dataclass(frozen=True)
class Board:
    """One page of rows, and how many cases are not on it."""

    now: datetime
    rows: list[Row]
    page: Page[Case]
    shown: int
    total: int
    pressing: list[Row]
    closed: int

    @property
    def hidden(self) -> int:
        """How many cases the filters leave out."""
        return self.total - self.shown

    @property
    def many_closed(self) -> bool:
        """Whether `closed` says only that there are at least so many."""
        return self.closed >= COUNTED


class BadFilter(ValueError):
    """A filter that no link of this service leads to."""


def find_case(user: User, uuid: UUID) -> Case | None:
    """One case with its patient, unit and organisation, among those that a person may see."""
    return Case.objects.visible_to(user).select_related("patient", "unit", "organisation").filter(uuid=uuid).first()


def organisation_of(uuid: UUID) -> int | None:
    """Whose case it is, for the stream of changes."""
    return Case.objects.filter(uuid=uuid).values_list("organisation_id", flat=True).first()


def board(user: User, filters: Filters, page: int = 1) -> Board:
    """One page of the cases that a person may see, the first to breach on top; past the last page it is the last.

    Raises:
        BadFilter: a filter has a value that it cannot have.
    """
    now = database_now()
    visible = Case.objects.visible_to(user)
    among = visible.filter(is_open=not filters.closed, survivor=None)
    chosen = narrowed(among, filters, now)
    order = ["-id"] if filters.closed else [F("next_due_at").asc(nulls_last=True), "id"]
    pages = Paginator(chosen.select_related("patient", "unit").order_by(*order), PAGE)
    part = pages.get_page(page)
    pressed = pressing(visible.open(), now)
    cases = dressed([*part.object_list, *pressed], now)
    return Board(
        now=now,
        rows=[cases[case.pk] for case in part.object_list],
        page=part,
        shown=pages.count,
        total=among.count() if filters.any else pages.count,
        pressing=[row for case in pressed if (row := cases[case.pk]).is_pressing],
        closed=visible.filter(is_open=False, survivor=None).order_by()[:COUNTED].count(),
    )


def row(user: User, uuid: UUID, filters: Filters) -> Row | None:
    """One case as it stands on the board; None where these filters, or the person's rights, leave it out.

    Raises:
        BadFilter: a filter has a value that it cannot have.
    """
    now = database_now()
    among = Case.objects.visible_to(user).filter(is_open=not filters.closed, survivor=None, uuid=uuid)
    case = narrowed(among, filters, now).select_related("patient", "unit").first()
    return dressed([case], now)[case.pk] if case else None


def narrowed(cases: CaseQuerySet, filters: Filters, now: datetime) -> CaseQuerySet:
    """The cases that the filters leave.

    Raises:
        BadFilter: a filter has a value that it cannot have.
    """
    if filters.unit:
        try:
            cases = cases.filter(unit__uuid=UUID(filters.unit))
        except ValueError:
            raise BadFilter("unit") from None
    if filters.klass:
        cases = cases.filter(klass=filters.klass)
    if filters.phase:
        cases = cases.filter(phase=filters.phase)
    if filters.state:
        cases = cases.filter(standing_so(filters.state, now))
    if filters.alerts:
        cases = cases.filter(Exists(Alert.objects.open().filter(case=OuterRef("pk"))))
    if filters.contradictions:
        cases = cases.exclude(contradictions=[])
    return cases.filter(named(filters.text)) if filters.text else cases


def standing_so(state: str, now: datetime) -> Q:
    """The same rule as `running_state`, asked of the database.

    Raises:
        BadFilter: there is no such state.
    """
    late, near = Q(next_due_at__lt=now), Q(next_amber_at__lte=now)
    known, surely = Q(next_width__isnull=False), Q(next_due_at__lt=now - F("next_width"))
    rules = {
        "overdue": known & surely,
        "uncertain": Q(next_due_at__isnull=False) & (~known | (late & ~surely)),
        "due_soon": known & near & ~late & Q(next_due_at__isnull=False),
        "on_time": known & Q(next_due_at__gte=now) & ~near,
        NO_DEADLINE: Q(next_due_at__isnull=True),
    }
    if state not in rules:
        raise BadFilter("state")
    return rules[state]


def named(text: str) -> Q:
    """Cases whose code, patient's name, initials or number begin with, or for names contain, what was typed.

    The code of a merged case finds the one that goes on.
    """
    words, digits = text.strip(), "".join(letter for letter in text if letter in "0123456789")
    found = Q(patient__initials__istartswith=words) | Q(patient__local_number__istartswith=words)
    name = Q()
    for word in words.replace(",", " ").split():
        name &= Q(patient__family_name__icontains=word) | Q(patient__given_names__icontains=word)
    if name:
        found |= name
    if digits and not words.strip("0123456789 -"):
        found |= Q(patient__nhs_number__startswith=digits)
    if digits and words[:1] in "Mm" and words[1:] == digits:
        key = min(int(digits), 2**63 - 1)
        found |= Q(pk=key) | Q(pk__in=Case.objects.filter(pk=key).values("survivor"))
    return found


def pressing(cases: CaseQuerySet, now: datetime) -> list[Case]:
    """The cases with an alert that nobody answers, or with a fault of the sweep."""
    troubled = Alert.objects.unanswered(now).values("case").union(Fault.objects.values("case"))
    return list(cases.filter(pk__in=troubled).select_related("patient", "unit").order_by("next_due_at", "id")[:PAGE])


def dressed(cases: list[Case], now: datetime) -> dict[int, Row]:
    """Rows by case: three queries, however many cases."""
    keys = {case.pk for case in cases}
    alerts: dict[int, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.open().filter(case_id__in=keys).select_related("clock", "case"):
        alerts[alert.case_id].append(alert)
    clocks: dict[int, list[Clock]] = defaultdict(list)
    shown = Q(amber_at__lte=now) | Q(standard=F("case__next_standard"))
    for clock in Clock.objects.running().filter(shown, case_id__in=keys).order_by("pk"):
        clocks[clock.case_id].append(clock)
    faults = {fault.case_id: fault for fault in Fault.objects.filter(case_id__in=keys)}
    return {case.pk: Row(case, now, alerts[case.pk], clocks[case.pk], faults.get(case.pk)) for case in cases}
