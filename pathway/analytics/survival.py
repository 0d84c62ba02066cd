"""Time to an event where not everybody has come to it: Kaplan and Meier's estimate, and the log-rank test."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, gamma, inf, log, sqrt

Z = 1.959963984540054  # of a 95 % interval
HALF = 0.5 + 1e-12  # a product of shares may miss a half by its rounding


@dataclass(frozen=True, slots=True)
class Span:
    """How many were followed for this long: to the event, or to the end of what is known of them."""

    time: float
    events: int = 0
    censored: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The estimate from this time on, with its log-log interval; `at_risk` were still followed just before."""

    time: float
    at_risk: int
    events: int
    censored: int
    share: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Test:
    """The log-rank statistic, its degrees of freedom and the probability of at least so much by chance."""

    statistic: float
    freedom: int
    p: float


def gathered(spans: Sequence[Span]) -> list[Span]:
    """One span for each time, in order."""
    found: dict[float, list[Span]] = {}
    for span in spans:
        found.setdefault(span.time, []).append(span)
    return [
        Span(time, sum(span.events for span in same), sum(span.censored for span in same))
        for time, same in sorted(found.items())
    ]


def kaplan_meier(spans: Sequence[Span]) -> list[Step]:
    """The share without the event over time, from a first step at 0; who is censored at an event's time was at risk.

    The interval is that of log(-log S) with Greenwood's variance; where everybody or nobody is left it is the share.
    """
    at_risk = sum(span.events + span.censored for span in spans)
    share, variance = 1.0, 0.0
    steps = [Step(0.0, at_risk, 0, 0, 1.0, 1.0, 1.0)]
    for span in gathered(spans):
        if span.events:
            share *= 1 - span.events / at_risk
            left = at_risk - span.events
            variance = variance + span.events / (at_risk * left) if left else inf
        least, most = interval(share, variance)
        steps.append(Step(span.time, at_risk, span.events, span.censored, share, least, most))
        at_risk -= span.events + span.censored
    return steps


def interval(share: float, variance: float) -> tuple[float, float]:
    """The log-log interval of a share."""
    if share in (0.0, 1.0):
        return share, share
    spread = Z * sqrt(variance) / log(share)
    least, most = sorted((share ** exp(spread), share ** exp(-spread)))
    return least, most


def median(steps: Sequence[Step]) -> float | None:
    """The first time by which half have come to the event; None where that is not reached."""
    return next((step.time for step in steps if step.share <= HALF), None)


def at_risk(steps: Sequence[Step], time: float) -> int:
    """How many were still followed just before a time."""
    later = next((step.at_risk for step in steps[1:] if step.time >= time), None)
    return later if later is not None else 0


def log_rank(groups: Sequence[Sequence[Span]]) -> Test | None:
    """Whether the groups differ in their time to the event; None where nothing can be compared."""
    told = [gathered(group) for group in groups if group]
    size = len(told) - 1
    difference, covariance = [0.0] * size, [[0.0] * size for _ in range(size)]
    left = [sum(span.events + span.censored for span in group) for group in told]
    by_time: dict[float, dict[int, Span]] = {}
    for number, group in enumerate(told):
        for span in group:
            by_time.setdefault(span.time, {})[number] = span
    for _, here in sorted(by_time.items()):
        everybody, events = sum(left), sum(span.events for span in here.values())
        if events and everybody:
            add(difference, covariance, left, [here.get(number, NOBODY).events for number in range(size)], events)
        for number, span in here.items():
            left[number] -= span.events + span.censored
    solved = solve(covariance, difference) if size > 0 else None
    if solved is None:
        return None
    statistic = sum(one * other for one, other in zip(difference, solved, strict=True))
    return Test(statistic, size, chi_squared(statistic, size))


NOBODY = Span(0.0)


def add(difference: list[float], covariance: list[list[float]], left: list[int], own: list[int], events: int) -> None:
    """Take in what was seen and expected at the time of some events."""
    everybody = sum(left)
    weight = events * (everybody - events) / (everybody - 1) if everybody > 1 else 0.0
    for number, seen in enumerate(own):
        share = left[number] / everybody
        difference[number] += seen - events * share
        for other in range(len(own)):
            covariance[number][other] += weight * share * ((1.0 if number == other else 0.0) - left[other] / everybody)


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float] | None:
    """The solution of a set of linear equations; None where it has none of its own."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda number: abs(rows[number][column]))
        if abs(rows[pivot][column]) < 1e-12:  # noqa: PLR2004 - nothing is left to divide by
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for number, row in enumerate(rows):
            if number != column:
                factor = row[column] / rows[column][column]
                rows[number] = [one - factor * other for one, other in zip(row, rows[column], strict=True)]
    return [row[-1] / row[number] for number, row in enumerate(rows)]


def chi_squared(statistic: float, freedom: int) -> float:
    """The probability of at least this chi-squared: from 1 or 2 degrees of freedom upward, two at a time."""
    half = max(statistic, 0.0) / 2
    order = 1 / 2 if freedom % 2 else 1.0
    found = erfc(sqrt(half)) if freedom % 2 else exp(-half)
    while order < freedom / 2:
        found += half**order * exp(-half) / gamma(order + 1)
        order += 1
    return min(found, 1.0)
