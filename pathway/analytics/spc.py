"""The XmR control chart as the NHS reads it (clinical specification 4.4): pure, and in exact fractions.

Values are compared as fractions of what was given, so that a value equal to a mean or a limit is never taken to be
beside it. Nothing is clipped here: a limit below zero is only drawn at zero.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

LIMIT, SCREEN = Fraction(266, 100), Fraction(3267, 1000)
NEAR = LIMIT * 2 / 3
RUN, WINDOW, NEARLY = 7, 3, 2
TRIAL = 12


class Rule(StrEnum):
    """Why a point is flagged, in the order in which one label is chosen; the value is the letter on the chart."""

    OUTSIDE = "O"
    TREND = "T"
    NEAR = "N"
    SHIFT = "S"


class Better(StrEnum):
    """Which way is an improvement."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Sense(StrEnum):
    """What a flagged point means."""

    COMMON = "common"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    NEUTRAL = "neutral"


class Assurance(StrEnum):
    """Whether a target lies beyond the limits; NONE where there is no target, no direction or no limit."""

    PASS = "pass"  # noqa: S105 - a word of the NHS for a target that is met whatever chance does
    FAIL = "fail"
    HIT_AND_MISS = "hit and miss"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean of a group and, from two points on, the average moving range on which its limits rest."""

    mean: Fraction
    range: Fraction | None

    @property
    def upper(self) -> Fraction | None:
        """The upper process limit."""
        return None if self.range is None else self.mean + LIMIT * self.range

    @property
    def lower(self) -> Fraction | None:
        """The lower process limit."""
        return None if self.range is None else self.mean - LIMIT * self.range

    def side(self, value: Fraction) -> int:
        """1 above the mean, -1 below it, 0 on it."""
        return (value > self.mean) - (value < self.mean)

    def is_outside(self, value: Fraction) -> bool:
        """Whether a value lies beyond a limit; on it is within."""
        return self.range is not None and abs(value - self.mean) > LIMIT * self.range

    def is_near(self, value: Fraction) -> bool:
        """Whether a value lies beyond a near limit and not beyond the limit."""
        if self.range is None:
            return False
        return NEAR * self.range < abs(value - self.mean) <= LIMIT * self.range


@dataclass(frozen=True, slots=True)
class Judged:
    """One point: its group, counted from 0, the limits there, and every rule that flags it.

    `way` is 1 for high or rising and -1 for low or falling, by the rule that labels it; 0 where none does. `ordinary`:
    rules did flag it, none of them as a concern, and its value is what is ordinary (ADR 31).
    """

    value: Fraction
    group: int
    limits: Limits
    rules: tuple[Rule, ...]
    way: int
    sense: Sense
    ordinary: bool = False

    @property
    def label(self) -> str:
        """The letter of the rule that comes first; '' for a common cause."""
        return self.rules[0].value if self.rules else ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A series judged. `met` is at how many points of the newest group, and of how many, the target was met.

    `trial` are the groups of fewer than twelve points: their limits are on trial.
    """

    points: tuple[Judged, ...]
    trial: tuple[int, ...]
    assurance: Assurance
    met: tuple[int, int] = (0, 0)

    @property
    def ordinary(self) -> dict[int, Fraction]:
        """By group the value that was not flagged as an improvement, or a change, as it is what is ordinary there."""
        return {point.group: point.value for point in self.points if point.ordinary}

    @property
    def last(self) -> Judged | None:
        """The last point, whose state is that of the variation icon; None without points."""
        return self.points[-1] if self.points else None


def xmr(
    values: Sequence[float | Fraction],
    *,
    better: Better,
    target: float | None = None,
    rebased: Sequence[int] = (),
    first: int | None = None,
    screened: bool = True,
) -> Chart:
    """Judge a series, oldest first. `rebased` are the places, counted from 0, at which a new group begins.

    `first` fixes the limits of each group by its first so many values. `screened` leaves out, once, the moving ranges
    that are not below 3.267 times their average, unless that would leave only zeros (ADR 31).

    Raises:
        ValueError: `first` is below 1, or a place is not within the series.
    """
    if (first is not None and first < 1) or not all(0 <= place < len(values) for place in rebased):
        raise ValueError("limits rest on one value at least, and a group begins within the series")
    exact = [Fraction(value) for value in values]
    starts = sorted({0, *rebased})
    parts = [exact[begin:end] for begin, end in zip(starts, [*starts[1:], len(exact)], strict=True) if exact]
    points = [
        point
        for group, part in enumerate(parts)
        for point in judge(part, group, better, limits(part[:first], screened=screened))
    ]
    trial = tuple(group for group, part in enumerate(parts) if len(part) < TRIAL)
    newest = [point for point in points if point.group == points[-1].group]
    met = [meets(point.value, better, target) for point in newest] if target is not None else []
    assurance = assured(newest[-1].limits, better, target, met) if newest else Assurance.NONE
    return Chart(tuple(points), trial, assurance, (sum(met), len(met)))


def limits(values: Sequence[Fraction], *, screened: bool) -> Limits:
    """The limits of one group; where every value is the same, they are the mean itself."""
    moves = [abs(one - before) for before, one in pairwise(values)]
    if screened and any(moves):
        below = SCREEN * average(moves)
        kept = [move for move in moves if move < below]
        moves = kept if any(kept) else moves
    return Limits(average(values), average(moves) if moves else None)


def usual_of(values: Sequence[Fraction]) -> Fraction | None:
    """The value with which a group begins, where more than half of its points have it; else None."""
    return values[0] if 2 * values.count(values[0]) > len(values) else None


def average(values: Sequence[Fraction]) -> Fraction:
    """The mean, exactly."""
    return sum(values, Fraction()) / len(values)


def judge(values: Sequence[Fraction], group: int, better: Better, within: Limits) -> Iterator[Judged]:
    """Each point of one group with the rules that flag it."""
    sides = [within.side(value) for value in values]
    rising, usual = trends(values), usual_of(values)
    flagged: dict[Rule, Callable[[int], bool]] = {
        Rule.OUTSIDE: lambda place: within.is_outside(values[place]),
        Rule.TREND: lambda place: rising[place] != 0,
        Rule.NEAR: lambda place: is_one_of_two(values, sides, within, place),
        Rule.SHIFT: lambda place: is_in_shift(sides, place),
    }
    for place, value in enumerate(values):
        rules = tuple(rule for rule, holds in flagged.items() if holds(place))
        ways = [rising[place] if rule is Rule.TREND else sides[place] for rule in rules]
        if rules and value == usual and Sense.CONCERN not in {sense(way, better) for way in ways}:
            yield Judged(value, group, within, (), 0, Sense.COMMON, ordinary=True)
        else:
            way = ways[0] if ways else 0
            yield Judged(value, group, within, rules, way, sense(way, better))


def trends(values: Sequence[Fraction]) -> list[int]:
    """1 for each point of seven that all rise, -1 of seven that all fall, else 0; one of both is of the one it ends."""
    found = [0] * len(values)
    for begin in range(len(values) - RUN + 1):
        part = values[begin : begin + RUN]
        moves = {(one > before) - (one < before) for before, one in pairwise(part)}
        if moves in ({1}, {-1}):
            way = moves.pop()
            found[begin : begin + RUN] = [each or way for each in found[begin : begin + RUN]]
    return found


def is_one_of_two(values: Sequence[Fraction], sides: Sequence[int], within: Limits, place: int) -> bool:
    """Whether a point near a limit is of three on one side of the mean of which at least two are near it."""
    if not within.is_near(values[place]):
        return False
    windows = (range(begin, begin + WINDOW) for begin in range(place - WINDOW + 1, place + 1))
    return any(
        window[0] >= 0 and window[-1] < len(values)
        and {sides[each] for each in window} == {sides[place]}
        and sum(within.is_near(values[each]) for each in window) >= NEARLY
        for window in windows
    )  # fmt: skip


def is_in_shift(sides: Sequence[int], place: int) -> bool:
    """Whether a point is of seven or more in a row strictly on one side of the mean."""
    if not sides[place]:
        return False
    before = next((n for n in range(place, -1, -1) if sides[n] != sides[place]), -1)
    after = next((n for n in range(place, len(sides)) if sides[n] != sides[place]), len(sides))
    return after - before - 1 >= RUN


def sense(way: int, better: Better) -> Sense:
    """What a way means where an improvement lies in one direction."""
    if not way:
        return Sense.COMMON
    if better is Better.NEITHER:
        return Sense.NEUTRAL
    return Sense.IMPROVEMENT if (way > 0) is (better is Better.HIGHER) else Sense.CONCERN


def meets(value: Fraction, better: Better, target: float) -> bool:
    """Whether a value reaches a target."""
    return value >= target if better is Better.HIGHER else value <= target


def assured(within: Limits, better: Better, target: float | None, met: Sequence[bool]) -> Assurance:
    """Whether the process, as its limits stand, meets a target whatever chance does; never against its points."""
    if target is None or better is Better.NEITHER or within.upper is None or within.lower is None:
        return Assurance.NONE
    if within.lower < within.upper and within.lower <= target <= within.upper:
        return Assurance.HIT_AND_MISS
    says = meets(within.mean, better, target)  # beyond both limits a target is on one side of all between them
    if not all(each is says for each in met):
        return Assurance.HIT_AND_MISS
    return Assurance.PASS if says else Assurance.FAIL
