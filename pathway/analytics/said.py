"""What a control chart says in words, on its page, in the pack and in the workbook."""

from fractions import Fraction

from pathway.analytics.control import Control, clipped
from pathway.analytics.spc import Better, Judged, Rule, Sense

RULES = {
    Rule.OUTSIDE: "beyond a limit",
    Rule.TREND: "seven in a row rising, or falling",
    Rule.NEAR: "two of three near a limit",
    Rule.SHIFT: "seven in a row on one side of the mean",
}
MEANT = {
    Sense.IMPROVEMENT: "improvement",
    Sense.CONCERN: "concern",
    Sense.NEUTRAL: "a change that is neither better nor worse",
}
NO_POINT = "There is no point to draw."


def tenths(value: Fraction | float | None) -> str:
    """One decimal, halves rounded away from zero: `66.7`; '' for nothing."""
    if value is None or value == "":
        return ""
    whole, part = divmod((abs(Fraction(value)) * 20 + 1) // 2, 10)
    return f"{'-' if value < 0 and (whole or part) else ''}{whole}.{part}"


def hundredths(value: float) -> str:
    """Two decimals."""
    return f"{value:.2f}"


def flags(point: Judged) -> str:
    """The rules that flag a point, with what it means: `O, S: concern, high`."""
    if not point.rules:
        return ""
    return f"{', '.join(point.rules)}: {MEANT[point.sense]}, {way_of(point)}"


def way_of(point: Judged) -> str:
    """Which way a flagged point goes, by the rule that labels it."""
    high, low = ("rising", "falling") if point.rules[0] is Rule.TREND else ("high", "low")
    return high if point.way > 0 else low


def variation_words(found: Control) -> str:
    """What the last point of a chart says."""
    last = found.chart.last
    if last is None or not last.rules:
        return "common cause. The last point says nothing new"
    return f"{MEANT[last.sense]}, {way_of(last)}. The last point is flagged: {RULES[last.rules[0]]}"


def point_said(value: Fraction | None, found: Control) -> str:
    """A value of a chart: percentages to one decimal, hours to two, as 0.01 h is less than a minute; '' for nothing."""
    if value is None or not found.asked.is_hours:
        return tenths(value)
    return hundredths(float(value))


def limit_said(edge: Fraction | None, found: Control) -> str:
    """A limit of a chart, where it is drawn."""
    return point_said(None if edge is None else clipped(edge, found.asked), found)


def ordinary_words(found: Control) -> str:
    """Which values were not flagged as they are what is ordinary, and why."""
    unit, parted = "h" if found.asked.is_hours else "%", len(found.limits) > 0
    where = {
        group: (f" from L{group} on" if group else " before L1") if parted else "" for group in found.chart.ordinary
    }
    told = [
        f"the points{where[group]} begin with {point_said(value, found)} {unit}, as more than half of them are"
        for group, value in found.chart.ordinary.items()
    ]
    only = "not flagged" if found.better is Better.NEITHER else "flagged only where it is a concern"
    said = "; ".join(told)
    return f"{said[:1].upper()}{said[1:]}. That is ordinary, and {only}."


def unjudged_words(found: Control) -> list[str]:
    """Which months or quarters are not judged, and why."""
    said = (
        ("Not judged, as the period begins within it", found.begun),
        ("Not judged, as the period ends within it", found.cut),
        (
            "Not judged yet, as it is not over or more than one case in ten of it is not due",
            ", ".join(found.waiting),
        ),
        ("Without a counted case, and so without a point", ", ".join(found.empty)),
    )
    return [f"{why}: {which}." for why, which in said if which]


def chart_words(found: Control) -> str:
    """All that is to be said beside the picture of a chart of months, and beside its figures where there is none."""
    if not found.drawn:
        return " ".join([NO_POINT, *unjudged_words(found)])
    said = [f"Variation: {variation_words(found)}."]
    if found.on_trial:
        said.append("Trial limits: fewer than 12 points.")
    if found.chart.ordinary:
        said.append(f"Most values are the same. {ordinary_words(found)}")
    return " ".join([*said, *(f"{mark.said}." for mark in found.marks), *unjudged_words(found)])
