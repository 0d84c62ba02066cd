"""Kaplan and Meier's estimate and the log-rank test against lifelines, and the curves out of the record."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from pathway.analytics.curves import OUTCOMES, curves
from pathway.analytics.survival import Span, at_risk, chi_squared, kaplan_meier, log_rank, median
from pathway.analytics.times import SPLITS
from pathway.engine import now as clock
from tests import factories

ONE = st.tuples(st.integers(1, 60), st.booleans())
FOLLOWED = st.lists(ONE, min_size=1, max_size=40)
DAY = timedelta(days=1)


def spans(told):
    return [Span(time, int(happened), int(not happened)) for time, happened in told]


@settings(max_examples=150, deadline=None)
@given(FOLLOWED)
def test_the_estimate_its_interval_and_the_numbers_at_risk_are_those_of_lifelines(told):
    theirs = KaplanMeierFitter().fit([time for time, _ in told], [happened for _, happened in told])
    ours = kaplan_meier(spans(told))
    assert [step.time for step in ours] == list(theirs.survival_function_.index)
    assert [step.share for step in ours] == pytest.approx(list(theirs.survival_function_["KM_estimate"]))
    assert [step.at_risk for step in ours[1:]] == list(theirs.event_table["at_risk"].iloc[1:])
    limits = theirs.confidence_interval_
    for step, least, most in zip(ours, limits.iloc[:, 0], limits.iloc[:, 1], strict=True):
        if 0 < step.share < 1:
            assert (step.least, step.most) == pytest.approx((least, most))
        else:
            assert (step.least, step.most) == (step.share, step.share)
    found = median(ours)
    assert (found if found is not None else float("inf")) == theirs.median_survival_time_


@settings(max_examples=150, deadline=None)
@given(st.lists(FOLLOWED, min_size=2, max_size=5))
def test_the_log_rank_test_is_that_of_lifelines(groups):
    ours = log_rank([spans(group) for group in groups])
    every = [(time, happened, number) for number, group in enumerate(groups) for time, happened in group]
    if ours is None:
        return
    theirs = multivariate_logrank_test(
        *zip(*((time, number, happened) for time, happened, number in every), strict=True)
    )
    assert ours.freedom == len(groups) - 1
    assert ours.statistic == pytest.approx(theirs.test_statistic, abs=1e-6)
    assert ours.p == pytest.approx(theirs.p_value, abs=1e-6)


def test_nothing_is_tested_where_nothing_can_be_compared():
    assert log_rank([spans([(3, True)])]) is None
    assert log_rank([spans([(3, False)]), spans([(4, False)])]) is None
    assert log_rank([]) is None


@pytest.mark.parametrize(("statistic", "freedom", "p"), [
    (3.841458821, 1, 0.05), (5.991464547, 2, 0.05), (7.814727903, 3, 0.05), (9.487729037, 4, 0.05), (0, 1, 1),
])  # fmt: skip
def test_the_probability_is_that_of_the_tables(statistic, freedom, p):
    assert chi_squared(statistic, freedom) == pytest.approx(p)


def test_who_is_at_risk_at_a_time():
    steps = kaplan_meier(spans([(2, True), (4, False), (9, True)]))
    assert [at_risk(steps, time) for time in (0, 2, 3, 4, 5, 9, 10)] == [3, 3, 2, 2, 1, 1, 0]


NOW = factories.at("2026-08-01 09:00")


def confirmed(unit, **events):
    """A case confirmed on the first day, with other events so many days after that."""
    case = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(case, "case.confirmed", at=factories.START + DAY, recorded=NOW)
    for kind, (days, precision) in events.items():
        at = factories.START + (1 + days) * DAY
        factories.happen(case, kind.replace("_", ".", 1), at=at, recorded=NOW, precision=precision)
    return case


@pytest.mark.django_db
def test_survival_follows_until_death_or_the_last_sign_of_life(trust, scope):
    east, west = factories.unit(trust, "East"), factories.unit(trust, "West")
    confirmed(east, case_died=(10, "minute"))
    confirmed(east, skin_assessed=(40, "minute"))
    confirmed(west, case_died=(20, "minute"), skin_assessed=(5, "minute"))
    confirmed(west, case_died=(30, "unknown"))
    factories.case(place=west, at=factories.START, recorded=NOW)
    with clock.at(NOW):
        found = curves(scope, OUTCOMES["survival"], SPLITS["unit"])
    assert (found.every.cases, found.every.events, found.not_begun, found.inexact) == (3, 2, 1, 1)
    assert [(step.time, step.at_risk, step.events, step.censored) for step in found.every.steps[1:]] == [
        (10, 3, 1, 0), (20, 2, 1, 0), (40, 1, 0, 1),
    ]  # fmt: skip
    assert [(each.label, each.cases, each.events) for each in found.groups] == [("East", 2, 1), ("West", 1, 1)]
    assert found.test is not None
    assert found.test.freedom == 1


@pytest.mark.django_db
def test_who_is_gone_waits_no_longer_for_a_scan(unit, scope):
    one = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(one, "imaging.acquired", at=factories.START + DAY / 2, recorded=NOW)
    gone = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(gone, "case.left", at=factories.START + DAY / 4, recorded=NOW)
    factories.case(place=unit, at=factories.START, recorded=NOW)
    with clock.at(factories.START + 10 * DAY):
        found = curves(scope, OUTCOMES["scan"])
    assert [(step.time, step.events, step.censored) for step in found.every.steps[1:]] == [
        (6, 0, 1), (12, 1, 0), (240, 0, 1),
    ]  # fmt: skip
    assert found.groups == []
