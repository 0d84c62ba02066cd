"""One case as a list shows it at one instant: how it stands is derived here, never stored."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from pathway import protocol
from pathway.protocol.contradictions import BY_KEY
from pathway.protocol.types import Standard
from pathway.record.alert import Alert, AlertAt
from pathway.record.case import Case, CaseQuerySet
from pathway.record.clock import Clock, running_state
from pathway.record.handover import Handed
from pathway.record.heartbeat import Fault
from pathway.record.person import User
from pathway.record.step import asked
from pathway.worklist.filters import NO_DEADLINE, STATES, troubled
from pathway.worklist.glance import Chip, glance

PAGE = 50
# How an alert stands, the gravest first: alone, and counted among others.
UNANSWERED, IDLE, ACTED = "unanswered", "nobody acts", "somebody acts"
STANDS = {UNANSWERED: "unanswered", IDLE: "on which nobody acts", ACTED: "on which somebody acts"}
GRAVITY = tuple(STANDS)


@dataclass(frozen=True)
class Row:
    """One case on the board at one instant. How it stands is derived here, never stored."""

    case: Case
    now: datetime
    alerts: list[Alert] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)

    @property
    def fault(self) -> Fault | None:
        """What keeps the sweep from this case."""
        return getattr(self.case, "fault", None)

    @property
    def chips(self) -> list[Chip]:
        """The state of each track."""
        return glance(self.case.tracks, self.now)

    @property
    def is_given(self) -> bool:
        """Whether somebody gives the case to a colleague who has not taken it yet."""
        return bool(getattr(self.case, "given", False))

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
        """One of STATES: overdue where any clock certainly is, uncertain where the next is, due soon where any is."""
        due, width, surely = self.case.next_due_at, self.case.next_width, self.case.overdue_from
        if surely and surely < self.now:
            return "overdue"
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

    @property
    def running(self) -> list[tuple[Clock, str, str]]:
        """The clocks that were read of it, the first to breach in front, each in words and with whom it is.

        Without those that only report; with one that only a newer release knows.
        """
        known, version = protocol.known(self.case.protocol), self.case.protocol
        found = ((clock, known.get(clock.standard)) for clock in sorted(self.clocks, key=lambda clock: clock.due_at))
        return [
            (clock, protocol.label(version, clock.standard), each.holder if each else "")
            for clock, each in found
            if each is None or each.ladder
        ]

    @cached_property
    def escalations(self) -> list[AlertAt]:
        """The newest open alert of each clock: unanswered ones on top, then those on which nobody acts.

        Of those that stand alike, the highest level is on top.
        """
        newest = {alert.clock_id: alert for alert in sorted(self.alerts, key=lambda alert: alert.rung)}
        shown = sorted(newest.values(), key=lambda alert: (alert.level, alert.raised_at), reverse=True)
        return sorted((AlertAt(alert, self.now) for alert in shown), key=lambda each: GRAVITY.index(stands(each)))

    @property
    def after_one(self) -> str:
        """The alerts after the first, counted by how they stand; empty for none."""
        return counted(self.escalations[1:])

    @property
    def after_two(self) -> str:
        """The alerts after the second, counted by how they stand; empty for none."""
        return counted(self.escalations[2:])

    @property
    def unanswered(self) -> list[AlertAt]:
        """The alerts whose ladder has run out while nobody acts on them."""
        return [each for each in self.escalations if each.is_unanswered]

    @property
    def idle(self) -> list[AlertAt]:
        """The alerts on which nobody acts, unanswered or not."""
        return [each for each in self.escalations if not each.is_acted_on]

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


def stands(each: AlertAt) -> str:
    """How an alert stands, in words: one of GRAVITY."""
    return ACTED if each.is_acted_on else UNANSWERED if each.is_unanswered else IDLE


def counted(alerts: Sequence[AlertAt]) -> str:
    """`1 more: somebody acts`, or `3 more: 1 unanswered, 2 on which somebody acts`; empty for none."""
    numbers = Counter(stands(each) for each in alerts)
    each = [f"{numbers[how]} {words}" for how, words in STANDS.items() if numbers[how]]
    said = ", ".join(numbers) if len(numbers) == 1 else ", ".join(each)
    return f"{len(alerts)} more: {said}" if alerts else ""


def find_case(user: User, uuid: UUID) -> Case | None:
    """One case with its patient, unit and organisation, among those that a person may see."""
    return Case.objects.visible_to(user).select_related("patient", "unit", "organisation").filter(uuid=uuid).first()


def organisation_of(uuid: UUID) -> int | None:
    """Whose case it is, for the stream of changes."""
    return Case.objects.filter(uuid=uuid).values_list("organisation_id", flat=True).first()


def shown(cases: CaseQuerySet) -> CaseQuerySet:
    """The cases with what a row needs to know of them."""
    given = Handed.objects.waiting().filter(case=OuterRef("pk"))
    return cases.select_related("patient", "unit", "fault").annotate(given=Exists(given))


def pressing(cases: CaseQuerySet, now: datetime) -> list[Case]:
    """The cases with an alert that nobody answers, or with a fault of the sweep."""
    return list(shown(cases).filter(troubled(now)).order_by("next_due_at", "id")[:PAGE])


def dressed(cases: list[Case], now: datetime, *, whole: bool = False) -> dict[int, Row]:
    """Rows by case: two queries, however many cases; `whole` with the clocks too that nobody need look at yet."""
    keys = {case.pk for case in cases}
    alerts: dict[int, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.open().filter(case_id__in=keys).select_related("clock", "case"):
        alerts[alert.case_id].append(alert)
    clocks: dict[int, list[Clock]] = defaultdict(list)
    near = Q() if whole else Q(amber_at__lte=now) | Q(standard=F("case__next_standard"))
    for clock in Clock.objects.running().filter(near, case_id__in=keys).order_by("pk"):
        clocks[clock.case_id].append(clock)
    return {case.pk: Row(case, now, alerts[case.pk], clocks[case.pk]) for case in cases}
