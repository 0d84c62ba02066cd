"""Worklist, clock, alert, audit and export say the same of whole random histories: which cases are overdue."""

from random import Random

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from pathway.analytics.cohort import Scope
from pathway.analytics.ledger import of_period
from pathway.analytics.rows import CLOCKS, of_clock
from pathway.analytics.snapshot import queries
from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.worklist import Filters, board
from pathway.worklist.filters import STATES
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried

pytestmark = pytest.mark.django_db
STANDS, STANDARD, CODE = (CLOCKS.index(name) for name in ("stands", "clock", "case"))


def listed(reader, state=""):
    """The cases of the worklist in one state."""
    return {row.case.pk for row in board(reader, Filters(state=state)).rows}


# A case whose next clock is one of which nobody can tell, while another is certainly over.
@example(random=Random(5298), later=39)
@tried(4)
@given(random=st.integers(0, 2**64).map(Random), later=st.integers(1, 72))
def test_whatever_happened_to_a_case_everything_says_alike_whether_it_is_overdue(transaction, random, later):
    """With steps left out and moved, times of any width, corrections, quietened clocks and merged cases."""
    with transaction():
        unit = factories.unit()
        factories.staff(unit)
        for _ in range(3):
            population(random, unit)
        reader = factories.user("coordinator", unit.organisation)
        scope = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER + DAY)
        with clock.at(AFTER + later * HOUR):
            tick()
            now, found = clock.now(), audit()
            assert (found.missing, found.asleep) == (0, 0), "every alert that is due was raised"
            states = {state: listed(reader, state) for state in STATES}
            drawn = {row.case.pk: row.state for row in board(reader, Filters()).rows}
            assert drawn == {key: state for state, keys in states.items() for key in keys}
            running = list(Clock.objects.running().filter(case__in=drawn, case__survivor=None))
            said = {each.case_id for each in running if each.said(now) == "overdue"}
            assert states["overdue"] == said
            rows, columns = queries(scope)["clocks"]
            exported = [of_clock(row, now) for row in rows.values(*columns)]
            codes = {Case(pk=key).code for key in said}
            assert {row[CODE] for row in exported if row[STANDS] == "overdue"} == codes
            for standard in {each.standard for each in running}:
                late = sum(each.is_certainly_late(now) is True for each in running if each.standard == standard)
                told = sum(row[STANDS] == "overdue" for row in exported if row[STANDARD] == standard)
                assert of_period(scope, standard).going_on == late == told
            rung = {each.pk for each in running if each.rung}
            assert set(Alert.objects.open().filter(clock__in=running).values_list("clock", flat=True)) <= rung
            event(f"{len(said)} of {len(drawn)} overdue")
