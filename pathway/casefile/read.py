"""Everything that the page of one case shows, read in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from pathway import protocol
from pathway.casefile.prompts import Prompt, prompts
from pathway.casefile.timeline import LATE, Entry, timeline
from pathway.casefile.tracks import Blocked, Offer, Track, View, tracks
from pathway.engine.hold import said
from pathway.engine.identity import changes_of
from pathway.engine.now import now as database_now
from pathway.protocol.types import Standard
from pathway.protocol.vocabulary import in_order
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from pathway.record.person import User
from pathway.record.step import Machine, Move, Step, machines


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock with what ends it: an open move, or the move that is not open for this person."""

    clock: Clock
    standard: Standard
    late_entry: bool
    offer: Offer | None
    blocked: Blocked | None
    now: datetime

    @property
    def said(self) -> str:
        """The outcome: met, breached, void, superseded, frozen, running or overdue."""
        return self.clock.said(self.now)

    @property
    def margin(self) -> timedelta:
        """How long before or after its limit it ended."""
        return abs((self.clock.ended_at or self.now) - self.clock.due_at)

    @property
    def late(self) -> bool:
        """Whether it ended, or runs, after its limit, however it ended."""
        return self.clock.is_late(self.now)

    @property
    def suspended(self) -> bool:
        """Whether it wakes no one for now."""
        return self.clock.suspended_until is not None and self.clock.suspended_until > self.now

    @property
    def move(self) -> Move | None:
        """The move that ends it."""
        return self.offer.move if self.offer else self.blocked.move if self.blocked else None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A prompt with the open move that would follow it."""

    prompt: Prompt
    offer: Offer | None

    @property
    def query(self) -> str:
        """The proposed answers as the end of an address."""
        return f"?{urlencode(self.prompt.initial)}" if self.prompt.initial else ""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What the page of a case shows to one person at one time."""

    case: Case
    now: datetime
    seen: int
    ended: str
    running: list[Run]
    over: list[Run]
    alerts: list[tuple[Alert, Standard]]
    tracks: list[Track]
    suggestions: list[Suggestion]
    timeline: list[Entry]
    standards: Mapping[str, Standard]


def read(case: Case, user: User) -> CaseFile:
    """The case as it stands now, for this person."""
    now = database_now()
    events = list(Event.objects.filter(case=case).order_by("pk"))
    stand = standing(events)
    facts = in_order(fact(event) for event in stand)
    state = Case.folded(each for each in facts if each.kind.startswith("case."))
    ended = str(Case.State(state).label) if state in Case.ENDED else ""
    every = tracks(View(case, user, now, events, facts, ended))
    standards = protocol.get(case.protocol).standards
    clocks = Clock.objects.standing().filter(case=case).order_by("due_at", "pk")
    runs = [run(clock, standards, every, now) for clock in clocks]
    raised = Alert.objects.filter(case=case).select_related("clock").order_by("-raised_at")
    alerts = list(raised.prefetch_related("acknowledgements", "deliveries"))
    return CaseFile(
        case=case,
        now=now,
        seen=max((event.pk for event in events), default=0),
        ended=ended,
        running=[each for each in runs if each.clock.ended_at is None],
        over=[each for each in runs if each.clock.ended_at],
        alerts=[(alert, standards[alert.clock.standard]) for alert in highest(alerts)],
        tracks=every,
        suggestions=suggestions(prompts(case, facts, state), every),
        timeline=timeline(events, stand, alerts, changes_of(case.patient), standards),
        standards=standards,
    )


def highest(alerts: list[Alert]) -> list[Alert]:
    """Of the alerts that stand, newest first, the highest of each clock: it takes the place of those below."""
    top: dict[int, Alert] = {}
    for alert in alerts:
        if alert.stood_down_at is None and (alert.clock_id not in top or top[alert.clock_id].rung < alert.rung):
            top[alert.clock_id] = alert
    return list(top.values())


def run(clock: Clock, standards: Mapping[str, Standard], every: list[Track], now: datetime) -> Run:
    """A clock with the move that ends it."""
    standard = standards[clock.standard]
    return Run(
        clock,
        standard,
        clock.entered_at - clock.started_at > LATE,
        offer_of(standard.clears, every),
        blocked_of(standard.clears, every),
        now,
    )


def offer_of(kind: str, every: list[Track]) -> Offer | None:
    """The open move that makes an event of this kind: on the newest row that has it, else on a new one."""
    for track in every:
        for row in [*reversed(track.rows), *([track.another] if track.another else [])]:
            for offer in row.offers:
                if offer.move.event == kind:
                    return offer
    return None


def blocked_of(kind: str, every: list[Track]) -> Blocked | None:
    """The move that would make an event of this kind, where it is not open."""
    found = [blocked for track in every for row in track.rows for blocked in row.blocked if blocked.move.event == kind]
    return found[-1] if found else None


def suggestions(found: list[Prompt], every: list[Track]) -> list[Suggestion]:
    """The prompts with their moves."""
    return [Suggestion(prompt, offer_of(prompt.kind, every)) for prompt in found]


def changes_since(case: Case, seen: int, user: User) -> list[str]:
    """What others recorded since a page was made, oldest first, as sentences."""
    events = Event.objects.filter(case=case, pk__gt=seen).exclude(by_uuid=user.uuid).order_by("pk")
    return [said(event) for event in events]


def newest(case: Case) -> int:
    """The newest event of a case, for the form that is drawn now."""
    return Event.objects.filter(case=case).order_by("-pk").values_list("pk", flat=True).first() or 0


def step_of(case: Case, track: str, number: int, verb: str) -> tuple[Machine, Move]:
    """The row and the move behind an address; the next free number stands for a new row.

    Raises:
        LookupError: no such track, move or row.
    """
    machine = machines()[track]
    move = machine.moves()[verb]
    if not issubclass(machine, Step):
        if number:
            raise LookupError(number)
        return case, move
    taken = dict(machine._default_manager.filter(case=case).values_list("number", "pk"))
    if number in taken:
        return machine._default_manager.get(pk=taken[number]), move
    if number != max(taken, default=0) + 1:
        raise LookupError(number)
    return machine(case=case), move


def event_of(case: Case, uuid: UUID) -> tuple[Event, Event] | None:
    """An event of the case as it was recorded, and as it now stands; None where it was taken back or never was."""
    events = list(Event.objects.filter(case=case).order_by("pk"))
    recorded = next((event for event in events if event.uuid == uuid), None)
    stands = next((event for event in standing(events) if event.uuid == uuid), None)
    return (recorded, stands) if recorded and stands else None
