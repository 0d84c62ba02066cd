"""One control chart: a measure over time, judged as XmR, with its new limits and the changes of the protocol."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from uuid import UUID

from pathway.analytics.changes import Change, moved, released
from pathway.analytics.cohort import Scope
from pathway.analytics.compute import NOISY, Point, ended, results, series, settled
from pathway.analytics.lines import Measure
from pathway.analytics.measures import BY_KEY
from pathway.analytics.spc import Better, Chart, Judged, xmr
from pathway.engine.now import now
from pathway.record.access import days, midnight
from pathway.record.person import Unit, User
from pathway.record.rebase import Rebase

ORDERS = {"month": "Months", "quarter": "Quarters", "case": "Cases, one by one (hours)"}
MOST = 200  # points: more of them cannot be told apart


@dataclass(frozen=True, slots=True)
class Asked:
    """Which chart: the measure in a unit or in all, in what order, over which days (both included), to what target."""

    measure: str
    by: str
    first: date
    last: date
    unit: Unit | None = None
    target: float | None = None

    @property
    def period(self) -> tuple[datetime, datetime]:
        """When it begins, and when it is over."""
        return days(self.first, self.last)

    @property
    def is_hours(self) -> bool:
        """Whether the values are hours; else they are percentages."""
        return self.by == "case"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a point of the chart with its judgement; None where no case counted."""

    point: Point
    judged: Judged | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened at a place of the chart, counted from 1 with a half for what lies between two points."""

    place: float
    sign: str
    at: date
    words: str

    @property
    def said(self) -> str:
        """It, as a table has it: `R1, 10 Jun 2025: 1 case moved`."""
        return f"{self.sign}, {self.at:%-d %b %Y}: {self.words}"


@dataclass(frozen=True, slots=True)
class Control:
    """A chart as a page shows it. `older` are the points that are left out so that the newest can be told apart.

    `waiting` are the newest months or quarters that are not over, or of which too many cases are not due yet; `begun`
    is the one within which the period begins, `cut` that within which it ends, and `empty` are those in which no case
    counted. `unseen` counted and have no hours, so that a chart of hours lacks them.
    """

    asked: Asked
    measure: Measure
    better: Better
    rows: tuple[Row, ...]
    chart: Chart
    older: int
    waiting: list[str]
    begun: str
    cut: str
    empty: list[str]
    unseen: int
    versions: tuple[Mark, ...]
    moves: tuple[Mark, ...]
    limits: tuple[Mark, ...]

    @property
    def drawn(self) -> list[Row]:
        """The rows that have a value."""
        return [row for row in self.rows if row.judged]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Everything that is marked on the chart."""
        return (*self.versions, *self.moves, *self.limits)

    @property
    def lines(self) -> list[tuple[Row, list[Mark]]]:
        """Each row with what is marked at its point, or between it and the one before."""
        marked, drawn, found = defaultdict[int, list[Mark]](list), 0, list[tuple[Row, list[Mark]]]()
        for mark in self.marks:
            marked[ceil(mark.place)].append(mark)
        for row in self.rows:
            drawn += row.judged is not None
            found.append((row, marked[drawn] if row.judged else []))
        return found

    @property
    def since(self) -> list[Mark]:
        """What is marked after the last point."""
        return [mark for mark in self.marks if mark.place > len(self.drawn)]

    @property
    def on_trial(self) -> bool:
        """Whether the limits of the newest group rest on fewer than twelve points."""
        return self.chart.last is not None and self.chart.last.group in self.chart.trial

    @property
    def noisy(self) -> bool:
        """Whether a percentage rests on fewer than ten cases, so that chance moves it widely."""
        return not self.asked.is_hours and any(row.point.of < NOISY for row in self.drawn)


def control(user: User, asked: Asked) -> Control:
    """The chart of what is asked for, among the cases that this person may audit.

    Raises:
        KeyError: there is no such measure.
    """
    measure = BY_KEY[asked.measure]
    at, (start, end) = now(), asked.period
    every = series(measure.key, user=user, unit=asked.unit, by=asked.by, start=start, end=end)
    begun = "" if asked.is_hours else next((each.label for each in every if each.at < start), "")
    whole = every[bool(begun) :]
    scope = Scope(user, start, end, asked.unit)
    unseen = results(scope, [measure])[0].of - len(every) if asked.is_hours else 0
    points = whole if asked.is_hours else settled(whole, asked.by, min(at, end))
    waiting, cut, bare = unjudged(whole[len(points) :], asked, at)
    older = max(0, len(points) - MOST)
    points = points[older:]
    better = way_of(measure, is_hours=asked.is_hours)
    valued = [each for each in points if each.value is not None]
    cuts = placed(valued, rebases(user, asked))
    chart = xmr(
        [exact(each, asked) for each in valued],
        better=better,
        target=asked.target,
        rebased=[place for place, _ in cuts],
    )
    judged = iter(chart.points)
    rows = tuple(Row(each, None if each.value is None else next(judged)) for each in points)
    limits = tuple(
        Mark(place + 0.5, f"L{number}", said.begins_on, f"New limits by {said.made_by}: {said.reason}")
        for number, (place, said) in enumerate(cuts, 1)
    )
    versions = marks(valued, asked, "V", released(start, end))
    moves = marks(valued, asked, "R", moved(user, asked.unit, start, end))
    empty = [each.label for each in points if each.value is None] + bare
    return Control(
        asked, measure, better, rows, chart, older, waiting, begun, cut, empty, unseen, versions, moves, limits
    )


def unjudged(points: Sequence[Point], asked: Asked, now: datetime) -> tuple[list[str], str, list[str]]:
    """Why months or quarters are not judged: those that wait, the one cut by the period's end, those without a case."""
    _, end = asked.period
    over = [each for each in points if ended(each, asked.by) <= now]
    bare = [each.label for each in over if not each.of + each.pending]
    cut = next((each.label for each in over if ended(each, asked.by) > end and each.label not in bare), "")
    return [each.label for each in points if each.label not in (cut, *bare)], cut, bare


def way_of(measure: Measure, *, is_hours: bool) -> Better:
    """Which way is an improvement: fewer hours always; of a percentage what the measure says."""
    if is_hours:
        return Better.LOWER
    return {True: Better.HIGHER, False: Better.LOWER, None: Better.NEITHER}[measure.rising]


def exact(point: Point, asked: Asked) -> Fraction:
    """A value without the rounding of a computed percentage."""
    return Fraction(point.value or 0) if asked.is_hours else Fraction(100 * point.n, point.of)


def clipped(edge: Fraction, asked: Asked) -> Fraction:
    """Where a limit is shown, drawn or in a table: not below 0, and no percentage above 100. It is judged as it is."""
    return max(Fraction(), edge if asked.is_hours else min(edge, Fraction(100)))


def rebases(user: User, asked: Asked) -> list[Rebase]:
    """The new limits of this chart that stand, oldest first."""
    mine = Rebase.objects.visible_to(user).of(asked.measure, asked.unit).standing()
    return list(mine.select_related("made_by").order_by("begins_on"))


def placed(points: Sequence[Point], said: Sequence[Rebase]) -> list[tuple[int, Rebase]]:
    """Each of them with the first point, counted from 0, that is of its days; those that part nothing are left out.

    Of several before one point the newest counts.
    """
    found = {}
    for each in said:
        place = sum(point.at < midnight(each.begins_on) for point in points)
        if 0 < place < len(points):
            found[place] = each
    return sorted(found.items())


def parts(found: Control, day: date) -> bool:
    """Whether limits from this day on would part the points of a chart."""
    later = [row.point.at >= midnight(day) for row in found.drawn]
    return any(later) and not all(later)


def marks(points: Sequence[Point], asked: Asked, sign: str, changes: Sequence[Change]) -> tuple[Mark, ...]:
    """What changed of the rules, where some point comes before it or is of its month: there, else after that point."""
    placed = [(sum(point.at <= each.at for point in points), each) for each in changes]
    shown = [(place, each) for place, each in placed if place]

    def after(point: Point, each: Change) -> bool:
        return asked.is_hours or each.at >= ended(point, asked.by)

    return tuple(
        Mark(place + after(points[place - 1], each) / 2, f"{sign}{number}", each.on, each.words)
        for number, (place, each) in enumerate(shown, 1)
    )


def history(user: User, asked: Asked) -> list[Rebase]:
    """Everything that was ever said of the limits of this chart, newest first."""
    mine = Rebase.objects.visible_to(user).of(asked.measure, asked.unit).filter(takes_back=None)
    return list(mine.select_related("made_by", "taken_back__made_by").order_by("-made_at"))


def limits_of(user: User, uuid: UUID) -> Rebase | None:
    """New limits that were set in the organisation of a person; None where there are none of that key."""
    mine = Rebase.objects.visible_to(user).filter(uuid=uuid, takes_back=None)
    return mine.select_related("unit", "made_by").first()
