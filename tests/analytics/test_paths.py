"""The paths of random cases against a plain reading of their facts, and a map worked by hand."""

from collections import Counter
from itertools import groupby, pairwise
from random import Random
from statistics import median

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pathway.analytics.cohort import Scope
from pathway.analytics.paths import STANDARD, STEPS, covering, paths_of
from pathway.engine import now as clock
from pathway.engine.merge import merge
from pathway.protocol.types import EXACT
from pathway.protocol.vocabulary import place
from pathway.record.case import Case
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.analytics.told import Told
from tests.engine.test_any_order import record

pytestmark = pytest.mark.django_db
PLAIN = {kind: step.key for step in STEPS for kind in step.kinds}
ORDER = [step.key for step in STANDARD]


def step_of(fact):
    """The step that a fact is, in words of its answers; None for none."""
    said = fact.answers
    if fact.kind == "contact.made" and said["channel"] not in ("phone", "bleep", "face_to_face"):
        return None
    if fact.kind.startswith("opinion.") and said["opinion"] == "more_information":
        return None
    if fact.kind == "radiotherapy.fraction" and said["n"] != 1:
        return None
    return PLAIN.get(fact.kind)


def trail(case):
    """The steps of a case with their facts, each repeat at once left out; merged cases are read as one."""
    facts = [fact for fact in Told(case, AFTER).facts if step_of(fact)]
    return [
        (step, next(same)) for step, same in groupby(sorted(facts, key=lambda f: (place(f)[:4], f.id)), key=step_of)
    ]


@tried(6)
@given(random=st.integers(0, 2**64).map(Random))
def test_the_paths_of_random_cases_are_those_of_a_plain_reading(transaction, random):
    with transaction():
        unit = factories.unit()
        population(random, unit)
        scope = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER)
        plain = {case: trail(case) for case in scope.cases.select_related("unit")}
        made = [(case, one, two) for case, steps in plain.items() for one, two in pairwise(steps)]
        counted = Counter((one[0], two[0]) for _, one, two in made)
        drawn = paths_of(scope)
        found = {(move.start, move.end): move for move in drawn.moves}
        assert {key: move.count for key, move in found.items()} == counted
        for key, move in found.items():
            took = [(two[1].occurred_at - one[1].occurred_at) / HOUR for _, one, two in made
                    if (one[0], two[0]) == key and one[1].width == two[1].width == EXACT]  # fmt: skip
            assert move.n == len(took)
            assert move.median == (pytest.approx(median(took)) if took else None)
            assert move.cases == len({case for case, one, two in made if (one[0], two[0]) == key})
        paths = Counter(tuple(step for step, _ in steps) for steps in plain.values())
        shown, kinds = drawn.variants, drawn.kinds
        assert kinds == len(paths)
        assert {tuple(each.steps): each.cases for each in shown} == paths
        off = {
            case.pk: next(
                (number for number, (step, _) in enumerate(steps, 1) if ORDER[number - 1 : number] != [step]), 0
            )
            for case, steps in plain.items()
        }
        assert {subject: number for subject, number, _ in drawn.strayed} == {pk: n for pk, n in off.items() if n}
        assert drawn.came == Counter(step for steps in plain.values() for step in {step for step, _ in steps})
        event(f"left the path: {sum(map(bool, off.values()))}")


def test_three_cases_by_hand(unit, scope):
    """The example of docs/audit.md."""
    whole = (("contact.made", 0.5), ("referral.received", 1), ("referral.triaged", 1.5), ("imaging.requested", 2))
    short = (("contact.made", 1), ("referral.triaged", 2), ("imaging.requested", 3), ("imaging.acquired", 10))
    back = (*whole, ("imaging.acquired", 12), ("imaging.communicated", 13), ("imaging.acquired", 20))
    made = []
    for number, told in enumerate((whole, short, back)):
        case = factories.case(place=unit, at=START + number * DAY)
        for kind, hours in told:
            factories.happen(case, kind, at=case.suspected_at + hours * HOUR)
        made.append(case)
    drawn = paths_of(scope)
    found = [(move.start, move.end, move.count, move.n, move.median) for move in drawn.moves]
    assert found == [
        ("suspected", "contacted", 3, 3, 0.5), ("triaged", "requested", 3, 3, 0.5),
        ("contacted", "referred", 2, 2, 0.5), ("referred", "triaged", 2, 2, 0.5), ("requested", "scanned", 2, 2, 8.5),
        ("contacted", "triaged", 1, 1, 1), ("scanned", "told", 1, 1, 1), ("told", "scanned", 1, 1, 7),
    ]  # fmt: skip
    assert len(covering(drawn.moves, 80)) == 5
    assert len(covering(drawn.moves, 100)) == 8
    assert drawn.strayed == [(made[1].pk, 3, "triaged"), (made[2].pk, 8, "scanned")]
    assert [each.standard for each in drawn.variants].count(True) == 1


@pytest.fixture
def steps(unit, scope):
    """`steps(own, theirs)`: the path of a case with another of the same person merged into it, two hours younger."""

    def steps(own, theirs):
        who = factories.patient(unit.organisation)
        cases = [factories.case(place=unit, who=who, at=START + hours * HOUR, recorded=AFTER) for hours in (0, 2)]
        for case, told in zip(cases, (own, theirs), strict=True):
            for kind, hours in told:
                with clock.at(AFTER):
                    assert record(case, kind, START + hours * HOUR, {}), kind
        answers = {"into": cases[0].code, "reason": "two referrers", "second_person": "second coordinator"}
        with clock.at(AFTER + HOUR):
            merge(Case.objects.get(pk=cases[1].pk), by=factories.teller(unit.organisation), answers=answers)
        (only,) = paths_of(scope).variants
        assert only.steps == [step for step, _ in trail(Case.objects.get(pk=cases[0].pk))]
        return only.steps

    return steps


def test_a_merged_case_that_was_reopened_reopens_nothing_where_the_other_went_on(steps):
    assert steps([("contact.made", 0.5)], [("contact.made", 3), ("case.closed", 4), ("case.reopened", 5)]) == [
        "suspected", "contacted",
    ]  # fmt: skip


def test_a_later_suspicion_reopens_a_case_in_which_compression_was_excluded(steps):
    assert steps([("contact.made", 0.5), ("case.excluded", 1)], [("imaging.requested", 3)]) == [
        "suspected", "contacted", "excluded", "reopened", "requested",
    ]  # fmt: skip


def test_who_closed_the_other_case_ended_nothing(steps):
    told = (
        [("case.excluded", 1), ("case.closed", 30), ("case.reopened", 31)],
        [("case.closed", 4), ("case.reopened", 5)],
    )
    assert steps(*told) == [
        "suspected", "excluded", "reopened",
    ]  # fmt: skip


def test_nobody_else_reads_them(unit, scope):
    factories.case(place=unit, at=START)
    other = Scope(factories.user("manager"), scope.start, scope.end)
    assert paths_of(other).came == {}
    assert paths_of(scope).came == {"suspected": 1}
    assert Case.objects.count() == 1
