"""Who is told, when, in what order and by what, if nobody answers and nothing ends a clock: by the sweep's own hand."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pathway import protocol
from pathway.engine import alerts
from pathway.engine.clocks import wakes
from pathway.engine.tick import Climber, Due
from pathway.protocol.hours import in_hours
from pathway.protocol.types import Fact, Limit, Role, Standard
from pathway.record.alert import Alert, Why
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.message import Address
from pathway.record.person import Unit, User
from pathway.record.rota import OnDuty, verified


@dataclass(frozen=True, slots=True)
class Named:
    """One person who is told: by the inbox first, then at these addresses in order."""

    person: User
    channels: list[str]
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One telling: when, of what level and why, for which roles, to whom; nobody is a gap."""

    level: str
    at: datetime
    why: str
    in_hours: bool
    roles: tuple[Role, ...]
    nobody: bool
    told: list[Named]
    again: bool


def of_case(case: Case, key: str) -> list[tuple[Clock, list[Step]]]:
    """What is still to come of each running run of a clock: one step a level, and the first repeat of the last."""
    standard = protocol.get(case.protocol).standards[key]
    runs = list(Clock.objects.running().filter(case=case, standard=key).order_by("due_at"))
    newest, due = alerts.newest(runs), Due(case.pk, case.unit_id, case.protocol, case.owner)
    return [(run, forecast(copy(run), due, standard, newest.get(run.pk))) for run in runs]


def of_unit(unit: Unit, standard: Standard, due_at: datetime) -> list[Step]:
    """What would be told of a clock of this unit that runs out at a time."""
    started = due_at - length(standard.limit, due_at, unit.nation)
    amber = started + length(standard.amber, started, unit.nation)
    clock = Clock(standard=standard.key, started_at=started, entered_at=started, amber_at=amber, due_at=due_at)
    return forecast(clock, Due(0, unit.pk, protocol.CURRENT, ""), standard, None)


def length(limit: Limit, at: datetime, nation: str) -> timedelta:
    """How long a limit is for a clock that starts at a time, without answers that may shorten it."""
    return limit(Fact("", at), partial(in_hours, nation=nation)) if callable(limit) else limit


def forecast(clock: Clock, case: Due, standard: Standard, alert: Alert | None) -> list[Step]:
    """Climb a ladder that nobody answers to its end, in memory: nothing is written."""
    steps: list[tuple[Climber, Alert, list[int], bool]] = []
    ends = False
    while not ends and (at := wakes(clock, standard, alert)) is not None:
        climber = Climber(OnDuty([case.unit], at), at)
        before = clock.rung
        alert = climber.climb(clock, case, standard, copy(alert) if alert else None)
        ends = clock.rung == before
        steps += [(climber, each, people, ends) for each, people in climber.told]
    return drawn(steps, standard, case)


def drawn(steps: Sequence[tuple[Climber, Alert, list[int], bool]], standard: Standard, case: Due) -> list[Step]:
    """The steps with names and channels, in two queries."""
    people = {person for _, _, told, _ in steps for person in told}
    names, addresses = User.objects.in_bulk(people), verified(people)
    found = []
    for climber, alert, told, again in steps:
        rung, within = standard.ladder[alert.rung], climber.on_duty.in_hours(case.unit)
        roles, fixed = rung.roles(in_hours=within), climber.on_duty.fixed.get(case.unit)
        must = climber.on_duty.holders(case.unit, roles, case.owner)
        named = [Named(names[one], channels(addresses.get(one, [])), one == fixed and one not in must) for one in told]
        why = Why(alert.why).label
        found.append(Step(rung.level.value, climber.now, why, within, roles, not must, named, again))
    return found


def channels(addresses: Sequence[Address]) -> list[str]:
    """The channels by which a person is told, in order."""
    return ["inbox", *(address.channel for address in addresses)]
