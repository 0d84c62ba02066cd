"""The control chart against values worked by hand, rule by rule, and against a second, plain reading of the rules."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathway.analytics.spc import Assurance, Better, Rule, Sense, xmr

# Mean 11, every moving range 2: limits 11 -+ 5.32, near limits 11 -+ 3.54666. Ends below the mean.
BASE = [12, 10] * 6
OUTSIDE, TREND, NEAR, SHIFT = Rule


def after(*values, better=Better.HIGHER):
    """How points are judged that follow the base, whose limits stand."""
    chart = xmr([*BASE, *map(Fraction, values)], better=better, first=len(BASE))
    assert not any(point.rules for point in chart.points[:6])
    return chart.points[len(BASE) :]


def letters(points):
    return [point.label for point in points]


def test_limits_worked_by_hand():
    within = xmr(BASE, better=Better.HIGHER).points[0].limits
    assert (within.mean, within.range) == (11, 2)
    assert (within.lower, within.upper) == (Fraction("5.68"), Fraction("16.32"))
    assert within.is_near(Fraction("14.547"))
    assert not within.is_near(Fraction("14.546"))


def test_the_largest_moving_ranges_are_left_out_once():
    # 11 ranges of 2 and one of 18: average 10/3, times 3.267 is 10.89, so the 18 goes and 2 is left.
    series = [10, 12] * 6 + [30]
    screened, plain = (xmr(series, better=Better.HIGHER, screened=each).points[0].limits for each in (True, False))
    assert screened.mean == plain.mean == Fraction(162, 13)
    assert (screened.range, plain.range) == (2, Fraction(10, 3))


def test_screening_is_done_once_and_not_until_nothing_more_goes():
    # Ranges 1 eleven times, 10, 50: average 71/13 = 5.46, times 3.267 is 17.8, so 50 goes; of 1s and 10 the average is
    # 21/12 = 1.75, and 10 would go too if it were asked again.
    series = [0, 1] * 6 + [11, 61]
    assert xmr(series, better=Better.HIGHER).points[0].limits.range == Fraction(21, 12)


@pytest.mark.parametrize(
    ("series", "flagged"),
    [
        ([100] * 11 + [90] + [100] * 12, {90: "O"}),  # without its ranges of 10 the limits would be the mean itself
        ([100] * 11 + [90] + [100] * 6 + [98] + [100] * 5, {90: "O", 98: "O"}),
        ([100] * 21 + [90] * 3, {90: "O"}),
        ([100] * 8 + [60] + [100] * 8 + [85] * 7, {60: "O", 85: "N"}),  # a lasting fall is flagged to its end
        ([20] * 12 + [80] * 12, {20: "O", 80: "O"}),  # neither is more than half
        ([20] * 11 + [80] * 13, {20: "O", 80: "O"}),  # it did not begin with what more than half have
        ([80] * 13 + [20] * 11, {20: "O"}),
    ],
)
def test_the_ordinary_value_is_no_improvement(series, flagged):
    """Given a value with which it begins and that more than half have, when others move the mean, it is not flagged."""
    chart = xmr(series, better=Better.HIGHER)
    assert letters(chart.points) == [flagged.get(value, "") for value in series]
    assert chart.ordinary == ({0: series[0]} if series[0] not in flagged else {})
    assert all(point.sense is Sense.CONCERN for point in chart.points if point.value < max(series) and point.rules)


def test_the_ordinary_value_may_be_a_concern():
    """Given a service that fell to 80 and stays there, when most points are 80, then each of them is still flagged."""
    for better, sense in ((Better.HIGHER, Sense.CONCERN), (Better.NEITHER, Sense.NEUTRAL)):
        chart = xmr([100] * 5 + [80] * 19, better=better)
        assert letters(chart.points) == ["O"] * 24
        assert {point.sense for point in chart.points[5:]} == {sense}
        assert chart.ordinary == {}
    never = xmr([0] * 11 + [10] + [0] * 12, better=Better.HIGHER)
    assert letters(never.points) == ["S"] * 11 + ["O"] + ["S"] * 12
    assert never.points[-1].sense is Sense.CONCERN
    assert letters(xmr([0] * 11 + [10] + [0] * 12, better=Better.LOWER).points) == [""] * 11 + ["O"] + [""] * 12


def test_no_icon_stands_against_the_points_of_its_limits():
    """Given limits beyond a target, when some points of the group fell on its other side, then it is hit and miss."""
    series = [100] * 10 + [70, 90] + [100] * 9 + [98, 96, 99]
    chart = xmr(series, better=Better.HIGHER, target=100)
    assert chart.points[-1].limits.upper < 100
    assert (chart.assurance, chart.met) == (Assurance.HIT_AND_MISS, (19, 24))
    later = xmr([*series, *[100] * 8], better=Better.HIGHER, target=100, rebased=[24])
    assert (later.assurance, later.met) == (Assurance.PASS, (8, 8)), "a value on the target reaches it"
    assert xmr([99] * 8, better=Better.HIGHER, target=100).assurance is Assurance.FAIL


@pytest.mark.parametrize(("series", "better", "target"), [
    ([100] * 11 + [90] + [100] * 12, Better.HIGHER, 100), ([100] * 11 + [50] + [100] * 12, Better.HIGHER, 97.5),
    ([50] * 12 + [100] * 2, Better.HIGHER, 55), ([0] * 23 + [20], Better.LOWER, 0),
    ([100] * 4 + [50], Better.HIGHER, 85),
])  # fmt: skip
def test_limits_that_would_have_no_width_assure_of_nothing(series, better, target):
    """Given values that are mostly the same, then a target is neither always met nor always missed by that alone."""
    assert xmr(series, better=better, target=target).assurance is Assurance.HIT_AND_MISS


@pytest.mark.parametrize(("value", "rules"), [("16.32", ()), ("16.33", (OUTSIDE,)), ("5.68", ()), ("5.67", (OUTSIDE,))])
def test_outside_is_beyond_the_limit_and_not_on_it(value, rules):
    assert after(value)[0].rules == rules


def test_seven_that_rise_are_a_trend_and_six_are_none():
    assert letters(after(8, 9, 10, 11, 12, 13, 14)) == ["T"] * 7
    assert letters(after(9, 10, 11, 12, 13, 14)) == [""] * 6


def test_a_tie_breaks_a_trend():
    assert letters(after(8, 9, 10, 10, 12, 13, 14)) == [""] * 7


def test_seven_that_fall_are_a_trend_downwards():
    points = after(14, 13, 12, 11, 10, 9, 8)
    assert letters(points) == ["T"] * 7
    assert [point.way for point in points] == [-1] * 7
    assert {point.sense for point in points} == {Sense.CONCERN}


def test_the_point_at_which_a_trend_turns_is_of_the_trend_that_it_ends():
    points = after(8, 9, 10, 11, 12, 13, 14, 13, 12, 11, 10, 9, 8)
    assert [point.way for point in points] == [1] * 7 + [-1] * 6


def test_two_of_three_near_one_limit_are_flagged_and_not_the_third():
    assert letters(after(15, "11.5", 16)) == ["N", "", "N"]
    assert letters(after(15, 16)) == ["", ""]  # the third of each window is below the mean
    assert letters(after(12, 15, 16)) == ["", "N", "N"]


@pytest.mark.parametrize(
    "values",
    [
        (15, 7, 15),  # both limits: not one side
        (15, 11, 15),  # one on the mean
        (15, "11.5", "11.5", 15),  # not within three
        (15, 12, "14.5"),  # the other is not near
    ],
)
def test_what_is_not_two_in_three(values):
    assert "N" not in letters(after(*values))


def test_a_point_outside_is_no_second_one_near():
    assert letters(after(17, 15, 12)) == ["O", "", ""]


def test_seven_on_one_side_are_a_shift_and_six_are_none():
    above = ["11.5", "12.5", 12, 13, "11.5", 12, "12.5"]
    assert letters(after(*above)) == ["S"] * 7
    assert letters(after(*above, "11.5")) == ["S"] * 8
    assert letters(after(*above[:6])) == [""] * 6


def test_a_point_on_the_mean_breaks_a_shift():
    assert letters(after(12, 13, 12, 11, 12, 13, 12)) == [""] * 7


def test_one_label_is_chosen_in_the_order_of_the_rules():
    # Rising, above the mean throughout, the last ones near the limit and then beyond it.
    points = after("11.5", 12, 13, 14, 15, 16, 17)
    assert points[-1].rules == (OUTSIDE, TREND, SHIFT)
    assert points[-2].rules == (TREND, NEAR, SHIFT)
    assert points[0].rules == (TREND, SHIFT)
    assert letters(points) == ["T"] * 6 + ["O"]
    near = after("11.5", "12.5", 12, 15, 14, 15, 13)
    assert (near[3].rules, letters(near)) == ((NEAR, SHIFT), ["S", "S", "S", "N", "S", "N", "S"])


def test_what_a_point_means_depends_on_which_way_is_better():
    meant = {better: after("16.33", better=better)[0].sense for better in Better}
    assert meant == {
        Better.HIGHER: Sense.IMPROVEMENT, Better.LOWER: Sense.CONCERN, Better.NEITHER: Sense.NEUTRAL
    }  # fmt: skip
    assert after("5.67", better=Better.LOWER)[0].sense is Sense.IMPROVEMENT
    assert after(11, better=Better.LOWER)[0].sense is Sense.COMMON


def test_a_trend_upwards_below_the_mean_is_an_improvement():
    points = after("7.5", 8, "8.5", 9, "9.5", 10, "10.5")
    assert {(point.label, point.way, point.sense) for point in points} == {("T", 1, Sense.IMPROVEMENT)}


@pytest.mark.parametrize(
    ("better", "target", "said"),
    [
        (Better.HIGHER, 16.4, Assurance.FAIL),
        (Better.HIGHER, 5.6, Assurance.PASS),
        (Better.HIGHER, 11, Assurance.HIT_AND_MISS),
        (Better.LOWER, 16.4, Assurance.PASS),
        (Better.LOWER, 5.6, Assurance.FAIL),
        (Better.LOWER, 11, Assurance.HIT_AND_MISS),
        (Better.NEITHER, 16.4, Assurance.NONE),
        (Better.HIGHER, None, Assurance.NONE),
    ],
)
def test_assurance(better, target, said):
    assert xmr(BASE, better=better, target=target).assurance is said


def test_a_new_group_has_limits_trial_and_rules_of_its_own():
    chart = xmr([*BASE, *[21, 23] * 3], better=Better.HIGHER, rebased=[12], target=17)
    first, second = chart.points[0].limits, chart.points[-1].limits
    assert (first.mean, second.mean, second.range) == (11, 22, 2)
    assert chart.trial == (1,)
    assert not any(point.rules for point in chart.points)
    assert chart.assurance is Assurance.HIT_AND_MISS  # 16.68 to 27.32
    assert xmr([*BASE, *[21, 23] * 3], better=Better.HIGHER, rebased=[12], target=16).assurance is Assurance.PASS
    assert xmr([8, 9, 10, 11, 12, 13, 14], better=Better.HIGHER, rebased=[3]).points[3].rules == ()


def test_trial_limits_end_with_the_twelfth_point():
    assert [xmr([1, 2] * 6, better=Better.HIGHER).trial, xmr([1, 2] * 5 + [1], better=Better.HIGHER).trial] == [
        (),
        (0,),
    ]


def test_short_and_flat_series():
    nothing, one = xmr([], better=Better.HIGHER, target=1), xmr([5], better=Better.HIGHER, target=1)
    assert (nothing.points, nothing.last, nothing.assurance) == ((), None, Assurance.NONE)
    assert one.last is not None
    assert (one.last.limits.upper, one.last.rules, one.assurance) == (None, (), Assurance.NONE)
    flat = xmr([0.1] * 20, better=Better.HIGHER)
    assert {point.rules for point in flat.points} == {()}
    assert flat.points[0].limits.upper == flat.points[0].limits.mean


@pytest.mark.parametrize("wrong", [{"first": 0}, {"rebased": [12]}, {"rebased": [-1]}])
def test_what_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValueError, match="within the series"):
        xmr(BASE, better=Better.HIGHER, **wrong)


def plain(  # noqa: PLR0912 - on purpose without helpers
    values, starts, *, better, target, first, screened
):
    """The rules as the specification lists them, one window after the other."""
    told, bounds = [], [*starts, len(values)]
    for begin, end in pairwise(bounds):
        x = [Fraction(value) for value in values[begin:end]]
        if not x:
            continue
        base = x if first is None else x[:first]
        mean = sum(base) / Fraction(len(base))
        ranges = [abs(base[i] - base[i - 1]) for i in range(1, len(base))]
        mr = sum(ranges) / Fraction(len(ranges)) if ranges else None
        if screened and mr:
            kept = [each for each in ranges if each < Fraction("3.267") * mr]
            mr = sum(kept) / Fraction(len(kept)) if sum(kept) else mr
        up = None if mr is None else mean + Fraction("2.66") * mr
        low = None if mr is None else mean - Fraction("2.66") * mr
        near_up = None if mr is None else mean + Fraction("2.66") * 2 / 3 * mr
        near_low = None if mr is None else mean - Fraction("2.66") * 2 / 3 * mr
        rules = [set() for _ in x]
        ways = [0 for _ in x]
        for i in range(len(x)):
            if up is not None and (x[i] > up or x[i] < low):
                rules[i].add("O")
        for i in range(len(x) - 6):
            seven = x[i : i + 7]
            up_all = all(seven[j] < seven[j + 1] for j in range(6))
            down_all = all(seven[j] > seven[j + 1] for j in range(6))
            for j in range(i, i + 7):
                if up_all or down_all:
                    rules[j].add("T")
                    ways[j] = ways[j] or (1 if up_all else -1)
            if all(each > mean for each in seven) or all(each < mean for each in seven):
                for j in range(i, i + 7):
                    rules[j].add("S")
        for i in range(len(x) - 2):
            three = [i, i + 1, i + 2]
            if mr is None or not (all(x[j] > mean for j in three) or all(x[j] < mean for j in three)):
                continue
            near = [j for j in three if near_up < x[j] <= up or low <= x[j] < near_low]
            if len(near) >= 2:
                for j in near:
                    rules[j].add("N")
        for i, value in enumerate(x):
            ordered = [letter for letter in "OTNS" if letter in rules[i]]
            way = (1 if value > mean else -1 if value < mean else 0) if ordered else 0
            if ordered[:1] == ["T"]:
                way = ways[i]
            worse = {Better.HIGHER: -1, Better.LOWER: 1}.get(better)
            told_by = {ways[i] if letter == "T" else (value > mean) - (value < mean) for letter in ordered}
            if value == x[0] and x.count(value) > len(x) / 2 and worse not in told_by:
                ordered, way = [], 0
            told.append((ordered, way, mean, low, up))
    said = ""
    if told and target is not None and better is not Better.NEITHER and told[-1][4] is not None:
        low, up = told[-1][3:]
        reached = [value >= target if better is Better.HIGHER else value <= target for value in x]
        said = "pass" if all(reached) else "fail" if not any(reached) else "hit and miss"
        if low <= target <= up and low != up:
            said = "hit and miss"
    return told, said, [reached.count(True), len(reached)] if said else None


SERIES = st.one_of(
    st.lists(st.integers(0, 6), max_size=40),  # ties, trends and shifts are frequent
    st.lists(st.integers(0, 100).map(lambda n: n / 10), max_size=40),
    st.lists(st.sampled_from([1, 1, 1, 2, 30]), max_size=30),
    st.lists(st.sampled_from([5] * 12 + [4, 9]), max_size=30),
    st.lists(st.integers(-2, 3), max_size=40).map(lambda moves: [sum(moves[: n + 1]) for n in range(len(moves))]),
)


@settings(deadline=None, max_examples=1000)
@given(SERIES, st.data())
def test_every_point_is_judged_as_by_a_second_reading(values, data):
    places = st.lists(st.integers(0, len(values) - 1), max_size=3) if values else st.just([])
    rebased, better = data.draw(places), data.draw(st.sampled_from(Better))
    first, screened = data.draw(st.none() | st.integers(1, 15)), data.draw(st.booleans())
    target = data.draw(st.none() | st.integers(-20, 40))
    chart = xmr(values, better=better, target=target, rebased=rebased, first=first, screened=screened)
    told, said, met = plain(values, sorted({0, *rebased}), better=better, target=target, first=first, screened=screened)
    found = [
        ([*point.rules], point.way, point.limits.mean, point.limits.lower, point.limits.upper) for point in chart.points
    ]
    assert found == told
    assert chart.assurance == said
    assert met is None or chart.met == tuple(met)
