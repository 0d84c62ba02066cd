"""Every measure against a plain count in Python, over random cases made through the engine."""

from collections import Counter
from random import Random

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import results
from pathway.analytics.dossier import judged
from pathway.analytics.measures import BY_KEY, MEASURES
from pathway.record.case import Case
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.analytics.reckoned import OF_CASE, reckoned

pytestmark = pytest.mark.django_db
KEYS = ("K13", *OF_CASE)


def test_every_measure_has_its_plain_count():
    assert set(KEYS) == set(BY_KEY)
    for measure in MEASURES:
        keys = [line.key for line in measure.lines]
        assert len(set(keys)) == len(keys)


# Seeds in which a run ended at the instant of another fact, or by the later of two suspicions of merged cases,
# or by what is known to the day alone.
@example(random=Random(2420), later=True)
@example(random=Random(2589), later=False)
@example(random=Random(55096), later=False)
@example(random=Random(4878), later=False)
@tried(24)
@given(random=st.integers(0, 2**64).map(Random), later=st.booleans())
def test_the_lines_of_random_cases_are_those_of_a_plain_count(transaction, random, later):
    """Case by case, and so in sum, with corrections, times of any width, voided clocks and merged cases."""
    with transaction():
        unit = factories.unit()
        population(random, unit)
        scope = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER)
        now = AFTER + 60 * DAY if later else AFTER + 3 * HOUR
        cases = list(scope.cases.select_related("unit"))
        expected = reckoned(cases, now)
        found = Counter(judged(scope, MEASURES, now, "SELECT key, subject, line FROM judged"))
        assert (found - Counter(expected), Counter(expected) - found) == (Counter(), Counter())
        alone = MEASURES[later::2][len(expected) % (len(MEASURES) // 2)]
        rows = judged(scope, [alone], now, "SELECT key, subject, line FROM judged")
        assert sorted(rows) == [each for each in expected if each[0] == alone.key]
        counted = Counter((key, line) for key, _, line in expected)
        assert {(each.measure.key, count.line.key): count.count
                for each in results(scope, now=now) for count in each.counts if count.count} == counted  # fmt: skip
        for key, _, line in expected:
            event(f"{key} {line}")
        event(f"merged: {Case.objects.exclude(survivor=None).exists()}")
