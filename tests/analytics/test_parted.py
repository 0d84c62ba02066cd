"""A measure in each group of its cases: against a plain reading over random cases, and what no group may lose."""

from collections import Counter
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pathway.analytics.cohort import Scope
from pathway.analytics.measures import BY_KEY
from pathway.analytics.parted import NOT_RECORDED, by_group, group_of, groups_of
from pathway.analytics.times import SPLITS
from pathway.protocol.hours import LONDON, in_hours
from tests import factories
from tests.analytics.one_case import LATER
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.analytics.reckoned import before, grade, reckoned, walks
from tests.analytics.told import Told

pytestmark = pytest.mark.django_db


def place(told):
    return min(told.suspicions, key=lambda each: (each.occurred_at, each.id)).answers.get("place")


def primary(told):
    found = [each.answers["primary"] for each in told.all("history.cancer") if each.answers.get("primary")]
    return found[-1] if found else None


def walking(told):
    found = walks(grade(told, before(told)))
    return {"met": "walks", "unmet": "not", "m9": "bed"}.get(found)


PLAIN = {
    "hours": lambda told: "in" if in_hours(told.suspected, told.case.unit.nation) else "out",
    "unit": lambda told: str(told.case.unit_id),
    "referrer": place,
    "class": lambda told: told.case.klass,
    "site": primary,
    "walking": walking,
    "weekday": lambda told: str(told.suspected.astimezone(LONDON).isoweekday()),
}


@tried(5)
@given(random=st.integers(0, 2**64).map(Random))
def test_what_the_groups_count_is_a_plain_count_of_their_cases(transaction, random):
    """Given random cases of two units, when a measure is parted by anything, each group has the lines of its cases."""
    with transaction():
        east = factories.unit()
        trust = east.organisation
        for unit in (east, factories.unit(trust, "West", nation="SCT")):
            population(random, unit)
        scope, now = Scope(factories.user("manager", trust), START - DAY, AFTER), AFTER + 3 * HOUR
        for case in scope.cases.filter(is_open=True):
            factories.happen(case, "history.cancer", at=case.suspected_at, recorded=AFTER, known="current",
                             primary=random.choice(("breast", "prostate", "")))  # fmt: skip
        cases = list(scope.cases.select_related("unit"))
        lines = reckoned(cases, now)
        told = {case.pk: Told(case, now) for case in cases}
        assert set(PLAIN) == set(SPLITS)
        for by, split in SPLITS.items():
            group = {case: PLAIN[by](each) or NOT_RECORDED for case, each in told.items()}
            measure = BY_KEY[random.choice(("K1", "K13", "K15a"))]
            expected = Counter((group[case], line) for key, case, line in lines if key == measure.key)
            found = by_group(scope, measure, split, now)
            assert group_of(scope, split, now) == group
            assert {(each.key, count.line.key): count.count
                    for each in found for count in each.found.counts if count.count} == expected  # fmt: skip
            held = {key for key, _ in expected}
            assert [each.key for each in found] == [key for key in groups_of(scope, split) if key in held]
            for key in held:
                event(f"{by} {key}")


def test_parts_that_are_said_beside_a_measure_are_those_of_the_group(unit, scope):
    """Given a CT in place of an MRI in one of two classes, when K1 is parted by class, it is said in that one."""
    for klass, kinds in (("A", ("imaging.contraindicated", "imaging.acquired")), ("B", ())):
        case = factories.case(klass, place=unit, at=START, recorded=LATER)
        for kind in kinds:
            given = {"modality": "ct"} if kind == "imaging.acquired" else {}
            factories.happen(case, kind, at=START + HOUR, recorded=LATER, **given)
    found = {each.label: each.found for each in by_group(scope, BY_KEY["K1"], SPLITS["class"], LATER)}
    assert {label: (each.n, each.of, each.total) for label, each in found.items()} == {
        "Class A": (1, 1, 1), "Class B": (0, 0, 1),
    }  # fmt: skip
    assert next(count.count for count in found["Class A"].shown) == 1
    assert not any(count.count for count in found["Class B"].shown)


def test_there_is_no_group_of_nobody(scope, coordinator):
    """Given no case, or one who may not audit, when a measure is parted, then there is no group."""
    assert by_group(scope, BY_KEY["K1"], SPLITS["unit"]) == []
    factories.case(at=START)
    assert by_group(Scope(coordinator, scope.start, scope.end), BY_KEY["K1"], SPLITS["unit"]) == []
