"""Replays one clock over the past of a case by the fold and by the sweep's own hand, in memory: nothing is written.

The rules may be others than those under which it happened; what people entered and said stays at its time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from pathway import protocol
from pathway.analytics.past import ASSIGNED, Past, Said
from pathway.engine.clocks import Key, follow, keyed, wakes
from pathway.engine.tick import Climber, Due
from pathway.protocol.fold import Follower, Run, fold
from pathway.protocol.types import At, Fact, Level, Protocol, Standard
from pathway.protocol.vocabulary import last
from pathway.record.alert import Alert, Reply, Why
from pathway.record.clock import Clock
from pathway.record.rota import OnDuty, Rota


@dataclass(frozen=True, slots=True)
class Rules:
    """One clock as a version has it, or as each case's own version does; with other lengths where they are given.

    `after` is when each of the levels named comes, from the instant of the clock from which it counts.
    """

    clock: str
    version: str = ""
    limit: timedelta | None = None
    amber: timedelta | None = None
    after: tuple[tuple[Level, timedelta], ...] = ()

    def changed(self, standard: Standard) -> Standard:
        """The clock with these lengths."""
        after = dict(self.after)
        ladder = tuple(replace(rung, after=after.get(rung.level, rung.after)) for rung in standard.ladder)
        limit, amber = self.limit or standard.limit, self.amber or standard.amber
        return replace(standard, limit=limit, amber=amber, ladder=ladder)


@lru_cache(maxsize=64)
def protocol_of(rules: Rules, pinned: str) -> Protocol:
    """The clock alone, with that whose due time it carries on: no other bears on it. Empty where there is none.

    Raises:
        UnknownVersion: no such version is known.
    """
    whole = protocol.get(rules.version or pinned)
    standard = whole.standards.get(rules.clock)
    if standard is None:
        return Protocol(whole.version, whole.title, ())
    before = [whole.standards[standard.due_no_later_than]] if standard.due_no_later_than else []
    return Protocol(whole.version, whole.title, (*before, rules.changed(standard)))


@lru_cache(maxsize=64)
def heard_by(version: Protocol) -> frozenset[str]:
    """The kinds of entry that bear on the clocks of a version."""
    return frozenset(kind for standard in version.all for kind in Follower(standard).listens)


@dataclass(slots=True)
class Ring:
    """One level of one run that was raised: when, why, whom it told, and whether nobody was on duty for it."""

    run: Key
    alert: Alert
    people: list[int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one case comes to: its runs of the clock as they stand at the end, and every alert in its order."""

    clocks: dict[Key, Clock]
    rings: list[Ring]

    def first(self, run: Key) -> datetime | None:
        """When a run first rang."""
        return min((ring.alert.raised_at for ring in self.rings if ring.run == run), default=None)


class Replay:
    """One case under some rules, as its entries become known; `said` is not yet heard."""

    def __init__(self, past: Past, rules: Rules, rota: Rota) -> None:
        self.past, self.rules, self.rota = past, rules, rota
        self.said = list(past.said)
        self.clocks: dict[Key, Clock] = {}
        self.rings: list[Ring] = []
        self.standard: Standard | None = None
        self.owner = ""

    def run(self, until: datetime) -> Replayed:
        """All of it, up to a time.

        Raises:
            UnknownVersion: the case had a version that only a newer release knows.
        """
        versions = {self.past.version(at) for at, _ in self.past.entries}
        heard = (heard_by(protocol_of(self.rules, version)) for version in versions)
        moments = self.past.moments(frozenset().union(*heard))
        ends = [*(at for at, _ in moments[1:]), until]
        for (at, facts), end in zip(moments, ends, strict=True):
            self.learn(at, facts)
            for key, clock in self.clocks.items():
                if clock.ended_at is None:
                    self.climb(key, clock, at, end)
        return Replayed(self.clocks, self.rings)

    def learn(self, at: datetime, facts: list[Fact]) -> None:
        """Let the clocks say what the facts known by now say, and keep of what was told what still holds."""
        version = protocol_of(self.rules, self.past.version(at))
        standard = version.standards.get(self.rules.clock)
        assigned = last(facts, ASSIGNED)
        self.owner = str(assigned.answers["to"]) if assigned else ""
        other = self.standard is not None and standard is not None and self.standard.ladder != standard.ladder
        before = {} if other else self.clocks
        self.standard, self.clocks = standard, {}
        if standard is None:
            return
        for key, run in keyed(fold(facts, version, self.past.in_hours)).items():
            if key[0] == standard.key:
                self.clocks[key] = before.get(key) or Clock(standard=key[0], started_at=key[1], nth=key[2])
                self.take_in(key, run, standard, at)
        gone = [key for key in sorted(before) if key not in self.clocks]
        for key, old in zip([key for key in self.clocks if key not in before], gone, strict=False):
            self.keep(old, key, before[old].rung, at)
            if before[old].ended_at:
                self.recall(key, at)

    def take_in(self, key: Key, run: Run, standard: Standard, at: datetime) -> None:
        """Let one clock say what its run says; a level of which the time was moved ahead again is to be told anew."""
        clock = self.clocks[key]
        was_due, had_ended = clock.due_at, clock.ended_at
        follow(clock, run, standard)
        if clock.rung and clock.due_at > was_due:
            from_due = {number for number, rung in enumerate(standard.ladder) if rung.at is At.DUE}
            if from_due & {ring.alert.rung for ring in self.ahead(key, key, clock.rung, at)}:
                self.keep(key, key, clock.rung, at)
        if had_ended:
            self.recall(key, at)

    def recall(self, key: Key, at: datetime) -> None:
        """Let the newest alert of a clock that runs again stand as if just raised; with nobody on duty, pass it on."""
        clock, alert, unit = self.clocks[key], self.newest(key), self.past.case.unit_id
        if alert is None or clock.ended_at or self.standard is None:
            return
        alert.called_at, alert.acting_until, alert.snoozed_until = at, None, None
        alert.passed_at, alert.passed_why, alert.unanswered_at = None, "", None
        on_duty = OnDuty([unit], at, rota=self.rota)
        roles = self.standard.ladder[alert.rung].roles(in_hours=on_duty.in_hours(unit))
        waits = clock.suspended_until is not None and clock.suspended_until > at
        if not waits and not on_duty.holders(unit, roles, self.owner):
            alert.passed_at, alert.passed_why = at, Why.EMPTY

    def told(self, key: Key, rung: int) -> list[Ring]:
        """What stands of a run with so many levels behind it, the highest last."""
        rings = {ring.alert.rung: ring for ring in self.rings if ring.run == key and ring.alert.rung < rung}
        return [rings[number] for number in sorted(rings)]

    def newest(self, key: Key) -> Alert | None:
        """The alert of the highest level of a run."""
        return next((ring.alert for ring in reversed(self.told(key, self.clocks[key].rung))), None)

    def ahead(self, old: Key, key: Key, rung: int, at: datetime) -> list[Ring]:
        """What was told on a run because its time had come, and by the times of another run has not."""
        ladder = self.clocks[key].ladder(self.standard.ladder if self.standard else (), None)
        by_time = (ring for ring in self.told(old, rung) if ring.alert.why == Why.TIME)
        return [ring for ring in by_time if ladder.time(ring.alert.rung) > at]

    def keep(self, old: Key, key: Key, rung: int, at: datetime) -> None:
        """Let a run keep what was told on another one, of the levels that are past under it too."""
        cut = min((ring.alert.rung for ring in self.ahead(old, key, rung, at)), default=rung)
        kept = [ring for ring in self.told(old, rung) if ring.alert.rung < cut]
        for ring in kept:
            ring.run = key
        self.clocks[key].rung = kept[-1].alert.rung + 1 if kept else 0

    def climb(self, key: Key, clock: Clock, since: datetime, end: datetime) -> None:
        """Raise what comes due until an instant, as the sweep does, and hear what people say meanwhile."""
        standard, unit = self.standard, self.past.case.unit_id
        if standard is None:
            return
        due = Due(self.past.case.pk, unit, self.past.case.protocol, self.owner)
        while True:
            alert = self.newest(key)
            wakes_at = wakes(clock, standard, alert) if clock.rung < len(standard.ladder) else None
            at = max(wakes_at, since) if wakes_at else end
            if self.said and self.said[0].at < end and comes_first(self.said[0], alert, at):
                hear(self.said.pop(0), alert)
                continue
            if at >= end:
                return
            climber = Climber(OnDuty([unit], at, rota=self.rota), at)
            climber.climb(clock, due, standard, alert)
            self.rings += [Ring(key, each, people) for each, people in climber.told]


def comes_first(said: Said, alert: Alert | None, at: datetime) -> bool:
    """Whether something was said before what comes at an instant; of that very instant, where its alert is there."""
    return said.at < at or (said.at == at and alert is not None and alert.rung == said.rung)


def hear(said: Said, alert: Alert | None) -> None:
    """Let what was said move the ladder of the newest alert; nothing where none had been told by then."""
    if alert is None or said.at < alert.called_at:
        return
    if said.what in (Reply.ACTS, Reply.ACCEPTED):
        alert.acting_until = said.until
        if alert.passed_why != Why.HELP:
            alert.passed_at, alert.passed_why = None, ""
    elif said.what == Reply.SNOOZED:
        alert.snoozed_until = said.until
    elif alert.passed_at is None:
        alert.passed_at, alert.passed_why = said.at, said.what
        alert.acting_until = None if said.what == Reply.DECLINED else alert.acting_until
