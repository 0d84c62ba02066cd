"""How figures of the audit are written: numbers to one decimal, and what the icons of a control chart say."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from urllib.parse import urlencode

from django import template

from pathway.analytics.compute import SMALL, Count, percentage
from pathway.analytics.control import Control
from pathway.analytics.ledger import Late
from pathway.analytics.overview import Figure
from pathway.analytics.said import (
    RULES,
    flags,
    hundredths,
    limit_said,
    ordinary_words,
    point_said,
    tenths,
    unjudged_words,
    variation_words,
    way_of,
)
from pathway.analytics.spc import Assurance, Better, Judged
from pathway.steps.delay import REASONS, asked_of

register = template.Library()
LETTERS = {Assurance.PASS: "P", Assurance.FAIL: "F", Assurance.HIT_AND_MISS: "?", Assurance.NONE: "-"}
FILLS = {Assurance.PASS: "#00b0f0", Assurance.FAIL: "#e46c0a"}
for words in (
    tenths,
    hundredths,
    flags,
    variation_words,
    point_said,
    limit_said,
    ordinary_words,
    unjudged_words,
    asked_of,
):
    register.filter(words)


@register.filter
def cell(value: str | float | None) -> str:
    """A cell of the pack: a float with its one decimal, a dash for what there is none of."""
    if value is None:
        return "\u2013"
    return tenths(value) if isinstance(value, float) else str(value)


@register.filter
def address(words: Mapping[str, str]) -> str:
    """The query of an address that asks for the same period again."""
    return urlencode({name: value for name, value in words.items() if value})


@register.filter
def in_all(counts: Iterable[Count]) -> int:
    """How many some lines hold together."""
    return sum(each.count for each in counts)


@register.filter
def letter(point: Judged) -> str:
    """What stands in the variation icon: H for high or rising, L for low or falling, C for common cause."""
    return {1: "H", -1: "L", 0: "C"}[point.way]


@register.filter
def rules(_found: Control) -> list[tuple[str, str]]:
    """Letter and words of each rule."""
    return [(rule.value, words) for rule, words in RULES.items()]


@register.filter
def month_said(figure: Figure) -> str:
    """The newest month of a measure that can be judged, and how old that is: `Oct 2026 8 of 20 (40.0 %)`."""
    month, older = figure.newest, figure.older
    if month is None:
        return ""
    before = f", {older} month{'' if older == 1 else 's'} before the newest that is over:" if older else ""
    return f"{month.label}{before} {month.n} of {month.of} ({percentage(month.n, month.of)} %)"


@register.filter
def change_said(figure: Figure) -> str:
    """Why the newest month of a measure is flagged, with the mean of its group."""
    last = figure.last
    if last is None or not last.rules:
        return month_said(figure)
    why = f"{RULES[last.rules[0]]} ({way_of(last)})"
    return f"{month_said(figure)}, against a mean of {tenths(last.limits.mean)} %: {why}."


@register.filter
def assurance_words(found: Control) -> str:
    """What a chart says of its target."""
    if found.asked.target is None:
        return "no target is given"
    if found.better is Better.NEITHER:
        return "this measure has no better direction"
    unit = "%" if not found.asked.is_hours else "hour" if found.asked.target == 1 else "hours"
    target, (met, of) = f"the target of {found.asked.target:g} {unit}", found.chart.met
    timed = ", of the cases that have a time" if found.unseen else ""
    unseen = f"; {found.unseen} counted {'has' if found.unseen == 1 else 'have'} none" if found.unseen else ""
    points = f"point{'' if of == 1 else 's'}{' of the newest limits' if found.limits else ''}"
    said = {
        Assurance.PASS: f"passes: {target} is met whatever chance does",
        Assurance.FAIL: f"fails: {target} is not met unless something changes",
        Assurance.HIT_AND_MISS: f"hit and miss: {target} is not reliably met, nor reliably missed",
        Assurance.NONE: "one point has no limits yet",
    }[found.chart.assurance]
    if found.chart.assurance is Assurance.NONE:
        return said
    return f"{said}{timed}. Met at {met} of {of} {points}{unseen}"


@register.filter
def assurance_letter(found: Assurance) -> str:
    """What stands in the assurance icon."""
    return LETTERS[found]


@register.filter
def assurance_fill(found: Assurance) -> str:
    """Its colour."""
    return FILLS.get(found, "#a6a6a6")


@register.filter
def minutes(count: int) -> str:
    """Whole minutes in hours and minutes, however many: `45 min`, `30 h 5 min`."""
    hours, rest = divmod(count, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


@register.filter
def minutes_signed(count: int) -> str:
    """The same, and before something where it is less than nothing: `15 min before`."""
    return f"{minutes(-count)} before" if count < 0 else minutes(count)


@register.filter
def hours_said(count: float) -> str:
    """A length in hours as hours and minutes."""
    return minutes(round(count * 60))


@register.filter
def minus(count: int, other: int) -> int:
    """What is left."""
    return count - other


@register.filter
def instant(at: str) -> datetime:
    """An instant out of what a job has kept."""
    return datetime.fromisoformat(at)


@register.filter
def per_cent(value: float) -> str:
    """A share as per cent to one decimal."""
    return tenths(Fraction(value) * 100)


@register.filter
def chance(p: float) -> str:
    """A probability as it is written: `= 0.034`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"  # noqa: PLR2004


@register.filter
def days_said(count: float) -> str:
    """`1 day`, `2.5 days`."""
    return f"{count:g} day{'' if count == 1 else 's'}"


@register.filter
def share(count: int, total: int) -> str:
    """A share in percent to one decimal."""
    return f"{percentage(count, total)} %" if total else ""


@register.filter
def out_of(n: int, of: int) -> str:
    """`3 of 7 (42.9 %)`, with `small` beside so few that it says little."""
    return f"{n} of {of} ({percentage(n, of)} %{', small' if of < SMALL else ''})" if of else f"{n} of {of}"


@register.filter
def hour_said(hour: str | int) -> str:
    """An hour of the day: `08:00 to 09:00`."""
    return f"{int(hour):02}:00 to {(int(hour) + 1) % 24:02}:00"


@register.filter
def why_said(late: Late) -> str:
    """The main reason of a late run in words."""
    return REASONS.get(late.why, late.why) or "no reason given yet"


@register.filter
def also_said(late: Late) -> str:
    """The contributory reasons in words."""
    return ", ".join(REASONS.get(reason, reason) for reason in late.also)
