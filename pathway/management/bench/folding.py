"""Milliseconds of one fold of a case as long as real ones become, under every clock of the current protocol."""

from datetime import UTC, datetime
from functools import partial
from statistics import median
from time import perf_counter

from pathway import protocol
from pathway.management.demo.seeding import entry
from pathway.management.demo.treated import AT_HOME, TREATED
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import ends_case

EVENTS, REPEATS = 80, 20
BEGUN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def cost(rounds: int) -> float:
    """The median over the rounds, each the mean of some repetitions."""
    version, hours, facts = protocol.get(protocol.CURRENT), partial(in_hours, nation="ENG"), a_long_case()
    took = []
    for _ in range(rounds):
        begun = perf_counter()
        for _ in range(REPEATS):
            fold(facts, version, hours)
        took.append((perf_counter() - begun) / REPEATS * 1000)
    return median(took)


def a_long_case() -> list[Fact]:
    """The demonstration's way home, filled up to 80 events with what happened to others in treatment."""
    first = AT_HOME[0]
    suspicion = Fact("case.suspected", BEGUN, {"class": first.klass, "place": first.place})
    told = [entry(plan, deed, BEGUN) for plan in (first, *TREATED) for deed in plan.deeds]
    facts = [suspicion, *(Fact(each.kind, each.at, each.answers) for each in told)]
    return [fact for fact in facts if not ends_case(fact)][:EVENTS]
