"""How a share is written, and its interval."""

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway.analytics.compute import Z, percentage, wilson

SHARES = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(("n", "of", "said"), [
    (1, 16, "6.3"), (5, 16, "31.3"), (1, 3, "33.3"), (2, 3, "66.7"), (0, 7, "0.0"), (7, 7, "100.0"),
    (1999, 2000, "100.0"), (0, 0, ""),
])  # fmt: skip
def test_a_share_has_one_decimal_and_halves_go_up(n, of, said):
    assert percentage(n, of) == said


@given(SHARES)
def test_a_share_is_the_nearest_tenth(share):
    n, of = share
    assert abs(Fraction(percentage(n, of)) - Fraction(100 * n, of)) <= Fraction(1, 20)


@given(SHARES)
def test_the_interval_is_where_the_share_would_be_just_as_far_off_as_chance_allows(share):
    """Wilson's limits p solve |n/N - p| = z sqrt(p (1 - p) / N)."""
    n, of = share
    for limit in wilson(n, of):
        assert abs(n / of - limit) == pytest.approx(Z * sqrt(limit * (1 - limit) / of), abs=1e-9)


def test_the_interval_of_a_textbook_and_of_nothing():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
