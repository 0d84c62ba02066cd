"""Why an alert was raised, or why none: rule, start, suspensions, levels, who was told, each attempt to reach them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pathway import protocol
from pathway.casefile.sources import as_held, events_of
from pathway.casefile.timeline import of_alert
from pathway.engine.alerts import ladder_of
from pathway.engine.clocks import keyed, runs_of
from pathway.engine.hold import Held
from pathway.protocol.fold import Run
from pathway.protocol.hours import shown
from pathway.protocol.types import Rung, Standard
from pathway.record.alert import Alert, Delivery
from pathway.record.alert import Why as Reason
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.step import wording

Line = tuple[str, str]
INBOX = "inbox"
# Addresses of mail, of gateways, and telephone numbers: what a provider answers is read by all who may see the case.
PRIVATE = re.compile(r"[^\s<>\"'(),;:@]+@[^\s<>\"'(),;:@]+|https?://\S+|\+?[0-9][0-9 ()-]{7,}[0-9]")


@dataclass(frozen=True, slots=True)
class Attempted:
    """One try to send a message, with what the provider answered but for the addresses in it."""

    at: datetime
    said: str
    answer: str


@dataclass(frozen=True, slots=True)
class Told:
    """One telling of one person over one channel, with what became of it."""

    person: str
    channel: str
    at: datetime
    said: str
    attempts: list[Attempted] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the ladder of a run: when it counts from, who answers it, and its alert or why there is none."""

    rung: Rung
    at: datetime
    who: str
    alert: Alert | None
    lines: list[Line]
    told: list[Told]
    none: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """One run of a clock: what began it, what made it wait, what ended it, and each of its levels."""

    clock: Clock
    said: str
    lines: list[Line]
    levels: list[Level]

    def is_of(self, alert: Alert) -> bool:
        """Whether an alert stands for this run."""
        return self.clock.pk == alert.clock_id


@dataclass(frozen=True, slots=True)
class Why:
    """Every run of one clock of a case, the newest first; without any, why it has not started."""

    standard: Standard
    rule: list[Line]
    trails: list[Trail]
    starts: str


def why(case: Case, key: str, now: datetime) -> Why:
    """The whole trail of one clock of a case.

    Raises:
        LookupError: no version of the protocol that the case had knows such a clock.
    """
    events = events_of(case)
    held = as_held(case, now, events)
    runs = keyed(runs_of(held))
    standard = protocol.known(case.protocol)[key]
    clocks = Clock.objects.filter(case=case, standard=key).order_by("-started_at", "-pk")
    alerts, reader = alerts_of(case, key), Reader(standard, held, now)
    trails = [
        reader.trail(clock, runs.get((key, clock.started_at, clock.nth)), alerts.get(clock.pk, [])) for clock in clocks
    ]
    starts = " or ".join(dict.fromkeys(wording(kind) for part in standard.starts.parts for kind, _ in part))
    return Why(standard, rule(standard, case), trails, starts)


def alerts_of(case: Case, key: str) -> dict[int, list[Alert]]:
    """The alerts of a clock by run, with all that was told and said."""
    found: dict[int, list[Alert]] = {}
    alerts = Alert.objects.filter(clock__case=case, clock__standard=key).select_related("clock", "case")
    told = ("responses", "deliveries__user", "deliveries__address", "deliveries__message__attempts")
    for alert in alerts.order_by("rung").prefetch_related(*told):
        found.setdefault(alert.clock_id, []).append(alert)
    return found


def rule(standard: Standard, case: Case) -> list[Line]:
    """The clock in words, with its version."""
    return [
        ("Protocol", case.protocol),
        ("Source", standard.source),
        ("Held by", standard.holder),
        ("Ended by", wording(standard.clears)),
    ]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the runs of one clock at one time."""

    standard: Standard
    held: Held
    now: datetime

    def trail(self, clock: Clock, run: Run | None, alerts: Sequence[Alert]) -> Trail:
        """One run with its levels."""
        ladder = ladder_of(alerts[0]) if alerts else self.standard.ladder
        lines = [("Started", started(clock, run, self.held))]
        if ladder != self.standard.ladder:
            lines.append(("Told by", f"the levels of {alerts[0].protocol}, which the case had then"))
        lines += [("Due soon from", shown(clock.amber_at)), ("Due", shown(clock.due_at))]
        lines += [("Made to wait", suspension(event)) for event in self.held.standing if self.suspends(event, clock)]
        if clock.withdrawn_at:
            lines.append(("Withdrawn", f"{shown(clock.withdrawn_at)}: the entries no longer support this start"))
        elif clock.ended_at:
            by = f", by “{wording(run.end.kind)}”" if run and run.end else ""
            lines.append(("Ended", f"{shown(clock.ended_at)}{by}"))
        raised = {alert.rung: alert for alert in alerts}
        levels = [self.level(number, rung, clock, raised) for number, rung in enumerate(ladder)]
        return Trail(clock, clock.said(self.now), lines, levels)

    def suspends(self, event: Event, clock: Clock) -> bool:
        """Whether an entry made this run wait."""
        of_clock = event.kind == "clock.suspended" and event.answers.get("clock") == clock.standard
        return of_clock and clock.started_at <= event.occurred_at <= (clock.ended_at or self.now)

    def level(self, number: int, rung: Rung, clock: Clock, raised: Mapping[int, Alert]) -> Level:
        """One level: its alert with all that was told, or why there is none."""
        at = rung.time(amber_at=clock.amber_at, due_at=clock.due_at)
        out = f"; out of hours {', '.join(rung.tell_out)}" if rung.tell_out else ""
        copied = f". Also told: {', '.join(rung.copy)}" if rung.copy else ""
        who = f"{', '.join(rung.tell)}{out}{copied}"
        alert = raised.get(number)
        if alert is None:
            return Level(rung, at, who, None, [], [], not_raised(number, at, clock, raised, now=self.now))
        lines = [("Raised", shown(alert.raised_at))]
        if alert.why == Reason.TIME:
            late = (alert.raised_at - max(at, clock.started_at)).total_seconds()
            lines.append(("After its time", f"{max(late, 0):.1f} s"))
        lines += of_alert(alert, {self.standard.key: self.standard}).said
        told = sorted(alert.deliveries.all(), key=lambda each: (each.told_at, str(each.user), each.pk))
        return Level(rung, at, who, alert, lines, [of_delivery(each) for each in told])


def started(clock: Clock, run: Run | None, held: Held) -> str:
    """What began a run, and when that was recorded, by whom."""
    event = next((each for each in held.entries if run and each.pk == run.start.id), None)
    if event is None:
        return f"{shown(clock.started_at)}, recorded {shown(clock.entered_at)}"
    recorded = f"recorded {shown(event.recorded_at)} by {event.by}"
    return f"{shown(clock.started_at)}, by “{wording(event.kind)}”, {recorded}"


def suspension(event: Event) -> str:
    """Until when a clock waits, by whom and why."""
    until = shown(datetime.fromisoformat(str(event.answers["until"])))
    return f"until {until}, decided by {event.answers.get('named', '')}, recorded by {event.by}"


def of_delivery(delivery: Delivery) -> Told:
    """What became of one telling."""
    if delivery.channel == INBOX:
        said = f"read {shown(delivery.read_at)}" if delivery.read_at else "not read yet"
        return Told(str(delivery.user), "inbox", delivery.told_at, said)
    message = delivery.message
    said = message.get_state_display() if message else "waits to be sent"
    tries = sorted(message.attempts.all(), key=lambda each: each.pk) if message else []
    attempts = [Attempted(each.at, each.get_result_display(), PRIVATE.sub("[address]", each.answer)) for each in tries]
    return Told(str(delivery.user), delivery.channel, delivery.told_at, said, attempts)


def not_raised(number: int, at: datetime, clock: Clock, raised: Mapping[int, Alert], *, now: datetime) -> str:
    """Why a level has no alert of its own, in a sentence."""
    if any(higher > number for higher in raised):
        return "A higher level was due by the time the clocks were checked: whoever this one tells was told with that."
    if clock.withdrawn_at:
        return "None: the start of this run was corrected before."
    if clock.ended_at:
        return f"None: the clock ended {shown(clock.ended_at)}, before this level."
    if clock.suspended_until and clock.suspended_until > now:
        return f"Not yet: the clock waits for its review at {shown(clock.suspended_until)}."
    if clock.rung == number and clock.wake_at and clock.wake_at <= now:
        return f"It should have been raised at {shown(clock.wake_at)}: the check of the clocks is late."
    if clock.rung == number and clock.wake_at and clock.wake_at < at:
        return f"Not yet: told at {shown(clock.wake_at)} where the level before does not answer, else at {shown(at)}."
    return f"Not yet: told at {shown(at)}, or before where the level below does not answer."
