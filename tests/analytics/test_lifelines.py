"""Kaplan and Meier's estimate and the log-rank test against those of lifelines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from pathway.analytics.survival import kaplan_meier, log_rank, median
from tests.analytics.test_survival import spans

FOLLOWED = st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=40)


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
    if all(abs(step.share - 0.5) > 1e-9 for step in ours):  # of exactly a half, theirs is a matter of rounding
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
