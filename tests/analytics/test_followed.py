"""Who is followed for how long, against a plain reading in Python, and the curves of that against `lifelines`."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from pathway.analytics.cohort import Scope
from pathway.analytics.curves import OUTCOMES, curves, read
from pathway.protocol.types import of_one_row
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.analytics.told import Told, alive

pytestmark = pytest.mark.django_db
ENDS = ("case.died", "case.left", "case.closed", "case.declined")
UNKNOWN = timedelta()


def answered(told):
    """When the scan was there by its clock: the first MRI, or a CT and why there can be no MRI; and how exactly.

    A scan that was told to be non-diagnostic is none.
    """
    no = told.all("imaging.communicated", where=lambda answers: answers["result"] == "non_diagnostic")
    scans = [
        each for each in told.all("imaging.acquired")
        if not any(of_one_row(result, each) and each.occurred_at <= result.occurred_at for result in no)
    ]  # fmt: skip
    mri, ct = (
        next((each for each in scans if each.answers["modality"] == modality), None) for modality in ("mri", "ct")
    )
    barred = told.first("imaging.contraindicated")
    if ct and barred and (not mri or max(ct.occurred_at, barred.occurred_at) < mri.occurred_at):
        return ct if ct.occurred_at >= barred.occurred_at else barred
    return mri


def gone(told, now):
    """Until when a case is followed that has not come to its event: a day alone lasts until it is over."""
    again = max(
        (each.occurred_at for each in (*told.all("case.reopened"), *told.suspicions)),
    )
    ends = [
        each for each in told.all(*ENDS)
        if each.occurred_at > again and (each.kind != "case.declined" or each.answers["what"] == "everything")
    ]  # fmt: skip
    return min([now, *(each.occurred_at + (each.width or UNKNOWN) for each in ends)])


def followed(told, key, now):
    """`(time in its unit, whether it came to the event, known exactly enough, begun)`."""
    start = min(told.suspicions, key=lambda each: (each.occurred_at, each.id))
    zero = start if key == "scan" else told.first("case.confirmed")
    if zero is None:
        return None, False, False, False
    end = {"scan": answered, "treatment": lambda told: told.treated, "survival": lambda told: told.first("case.died")}[
        key
    ](told)
    if key == "survival":
        until = max([each.occurred_at for each in [*alive(told), *([end] if end else [])]], default=zero.occurred_at)
        dead = told.first("followup.recorded", where=lambda answers: not answers["alive"])
        exact = zero.width is not None and (end.width is not None if end else not dead)
    else:
        until = gone(told, now)
        exact = zero.width == UNKNOWN and (end is None or end.width == UNKNOWN)
    came = end is not None and end.occurred_at <= until
    length = max(UNKNOWN, (end.occurred_at if came else until) - zero.occurred_at)
    return round(length / (DAY if key == "survival" else HOUR), 6), came, exact, True


@tried(4)
@given(random=st.integers(0, 2**64).map(Random), key=st.sampled_from(sorted(OUTCOMES)))
def test_who_is_followed_for_how_long_is_as_in_a_plain_reading(transaction, random, key):
    with transaction():
        unit = factories.unit()
        for _ in range(3):
            population(random, unit)
        scope, now = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER), AFTER + 3 * HOUR
        expected = [followed(Told(case, now), key, now) for case in scope.cases.select_related("unit")]
        found = Counter()
        for _, time, events, censored, exact, begun in read(scope, OUTCOMES[key], None, now):
            for came, count in ((True, events), (False, censored)):
                found[(round(time, 6), came, exact, True) if begun else (None, False, False, False)] += count
        assert +found == Counter(expected)
        spans = [(time, came) for time, came, exact, _ in expected if exact]
        event(f"{key}: {sum(came for _, came in spans)} of {len(spans)}")
        curve = curves(scope, OUTCOMES[key], now=now).every
        assert (curve.cases, curve.events) == (len(spans), sum(came for _, came in spans))
        if spans:
            fitted = KaplanMeierFitter().fit(*zip(*spans, strict=True)).survival_function_["KM_estimate"]
            assert curve.steps[-1].share == pytest.approx(fitted.iloc[-1])
