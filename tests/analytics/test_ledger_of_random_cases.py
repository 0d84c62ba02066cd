"""The ledger against a plain reading of every clock and every fact, over random cases made through the engine."""

from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.delays import MINUTE, account
from pathway.analytics.ledger import of_case, of_period
from pathway.casefile.sources import as_held, events_of
from pathway.engine import now as clock
from pathway.record.clock import Clock
from pathway.steps.delay import REASONS, explained, run_of
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.engine.test_any_order import record

pytestmark = pytest.mark.django_db
STANDARDS = sorted(protocol.get(protocol.CURRENT).standards)


def explain(random, cases):
    """Reasons for some clocks, named by the start of a run, by a start that no run has, or not at all."""
    for case in cases:
        for run in random.sample(runs := list(Clock.objects.filter(case=case)), min(3, len(runs))):
            named = random.choice(({"run": run.started_at.isoformat()}, {"run": START.isoformat()}, {}))
            said = {"clock": run.standard, "reason": random.choice(sorted(REASONS)), **named}
            with clock.at(AFTER + 4 * HOUR):
                record(case, "clock.explained", AFTER + random.choice((-20 * DAY, 3 * HOUR)), said, "minute")


def plainly(case, now):
    """Each late run of a case out of all that is stored: key, parts, whether it ended, main reason; and doubts."""
    facts = as_held(case, now, events_of(case)).facts
    clocks = list(Clock.objects.standing().filter(case=case))
    reasons, late, doubts = explained(facts, clocks), [], []
    for each in clocks:
        verdict = each.is_certainly_late(now)
        if verdict is None:
            doubts.append(each.standard)
        if verdict:
            standards = protocol.get(case.protocol).standards
            parts = account(each.standard, each.started_at, each.ended_at or now, facts, standards)
            said = reasons.get(run_of(each))
            late.append((each.pk, each.standard, parts, each.ended_at, said.answers["reason"] if said else ""))
    return late, doubts


@tried(8)
@given(random=st.integers(0, 2**64).map(Random), later=st.booleans())
def test_late_runs_of_random_cases_are_those_of_a_plain_reading(transaction, random, later):
    now = AFTER + 60 * DAY if later else AFTER + 5 * HOUR
    with transaction():
        unit = factories.unit()
        explain(random, population(random, unit))
        scope = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER)
        with clock.at(now):
            cases = list(scope.cases.select_related("unit", "patient"))
            plain = {case: plainly(case, now) for case in cases}
            for case, (late, _) in plain.items():
                found = [(each.clock.pk, each.standard.key, each.parts, each.clock.ended_at, each.why)
                         for each in of_case(case)[0]]  # fmt: skip
                assert sorted(found) == sorted(late)
                event(f"late runs: {min(len(late), 5)}")
            for standard in STANDARDS:
                every = [(case, each) for case, (late, _) in plain.items() for each in late if each[1] == standard]
                ended = [(case, each) for case, each in every if each[3]]
                found = of_period(scope, standard)
                assert sorted((each.clock.pk, each.parts, each.why) for each in found.late) == sorted(
                    (pk, parts, why) for _, (pk, _, parts, _, why) in ended
                )
                assert found.going_on == len(every) - len(ended)
                assert found.uncertain == sum(doubts.count(standard) for _, doubts in plain.values())
                assert found.runs == Clock.objects.standing().filter(case__in=cases, standard=standard).count()
                assert (
                    found.total
                    == sum(share.minutes for share in found.holders)
                    == sum(
                        (each.clock.ended_at.replace(second=0) - each.clock.started_at.replace(second=0)) // MINUTE
                        for each in found.late
                    )
                )
                assert sum(each.runs for each in found.causes) == len(ended)
                event(f"explained: {bool(found.explained)}")
