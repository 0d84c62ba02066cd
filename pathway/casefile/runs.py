"""The clocks of a case with what ends each, and from them what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from pathway.casefile.prompt import Prompt
from pathway.casefile.sources import as_held, events_of
from pathway.casefile.tracks import Blocked, Offer, Track
from pathway.engine import hush
from pathway.engine.clocks import runs_of
from pathway.protocol.types import EXACT, Standard
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import LATE
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, Observation, asked


@dataclass(frozen=True, slots=True)
class Way:
    """How an event of a kind is recorded; without offer and observation this person cannot do so now."""

    label: str
    offer: Offer | None = None
    observation: Observation | None = None
    blocked: Blocked | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock with what ends it."""

    clock: Clock
    standard: Standard
    late_entry: bool
    way: Way
    now: datetime

    @property
    def said(self) -> str:
        """The outcome: met, breached, uncertain, void, superseded, frozen, running or overdue."""
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
    def may_suspend(self) -> bool:
        """Whether it may be made to wait."""
        return hush.may_suspend(self.standard)

    @property
    def suspended(self) -> bool:
        """Whether it wakes no one for now."""
        return self.clock.suspended_until is not None and self.clock.suspended_until > self.now


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A prompt with the way to follow it."""

    prompt: Prompt
    way: Way

    @property
    def query(self) -> str:
        """The proposed answers as the end of an address."""
        return f"?{urlencode(self.prompt.initial)}" if self.prompt.initial else ""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do, for the clock that is due first and for the others that it ends too, with what prompts say."""

    run: Run
    suggestion: Suggestion | None
    also: list[Run] = field(default_factory=list)


def room(case: Case, key: str, now: datetime) -> timedelta | None:
    """For how long the running run of a clock may still be made to wait; None where none runs."""
    held = as_held(case, now, events_of(case))
    running = next((each for each in runs_of(held) if each.standard == key and each.ended_at is None), None)
    return hush.room(held, running) if running else None


def run(clock: Clock, standards: Mapping[str, Standard], every: Sequence[Track], user: User, now: datetime) -> Run:
    """A clock with what ends it."""
    standard = standards[clock.standard]
    late_entry = clock.entered_at - clock.started_at - (clock.start_width or EXACT) > LATE
    return Run(clock, standard, late_entry, way_to(standard.clears, every, user), now)


def due(running: Sequence[Run], suggestions: Sequence[Suggestion]) -> list[Due]:
    """What the running clocks ask for, the first to breach on top, each thing once."""
    found: dict[str, Due] = {}
    prompted = {each.prompt.kind: each for each in suggestions}
    for each in running:
        if each.standard.clears in found:
            found[each.standard.clears].also.append(each)
        else:
            found[each.standard.clears] = Due(each, prompted.get(each.standard.clears))
    return list(found.values())


def way_to(kind: str, every: Sequence[Track], user: User) -> Way:
    """How an event of this kind is recorded, for this person."""
    observation = OBSERVATIONS.get(kind)
    if observation:
        return Way(asked(kind), observation=observation if user.role_set & observation.by else None)
    return Way(asked(kind), offer_of(kind, every), blocked=blocked_of(kind, every))


def offer_of(kind: str, every: Sequence[Track]) -> Offer | None:
    """The open move that makes an event of this kind: on the newest row that has it, else on a new one."""
    for track in every:
        for row in [*reversed(track.rows), *([track.another] if track.another else [])]:
            for offer in row.offers:
                if offer.move.event == kind:
                    return offer
    return None


def blocked_of(kind: str, every: Sequence[Track]) -> Blocked | None:
    """The move that would make an event of this kind, where it is not open."""
    found = [blocked for track in every for row in track.rows for blocked in row.blocked if blocked.move.event == kind]
    return found[-1] if found else None
