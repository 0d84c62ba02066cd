"""Measures over a period and a unit: n of N with its interval, every line beside it, the cases behind it, a series."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import sqrt

from pathway.analytics.cohort import Scope
from pathway.analytics.dossier import judged
from pathway.analytics.lines import COUNTED, Line, Measure, Side
from pathway.analytics.measures import BY_KEY, MEASURES
from pathway.engine.now import now as database_now
from pathway.protocol.hours import LONDON
from pathway.record.case import Case
from pathway.record.person import Unit, User

SMALL, NOISY = 5, 10  # of fewer a figure says little and may give somebody away; chance moves a month widely
Z = 1.959963984540054  # of a 95 % interval
QUARTER, LONGEST = 3, timedelta(days=100)
ONE_IN = 10


def percentage(n: int, of: int) -> str:
    """The share to one decimal, halves rounded up; '' of nothing."""
    if not of:
        return ""
    tenths = (2000 * n + of) // (2 * of)
    return f"{tenths // 10}.{tenths % 10}"


def wilson(n: int, of: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a proportion, from 0 to 1. Of nothing it is all of that."""
    if not of:
        return 0.0, 1.0
    share, spread = n / of, Z * Z / of
    centre, half = share + spread / 2, Z * sqrt(share * (1 - share) / of + spread / (4 * of))
    least, most = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    return (0.0 if n == 0 else least), (1.0 if n == of else most)


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases a line holds."""

    line: Line
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """A measure over a scope. `counts` has every line of it, also the empty ones, and adds up to `total`."""

    measure: Measure
    counts: list[Count]
    shown: list[Count] = field(default_factory=list)

    def on(self, *sides: Side) -> int:
        """How many are on these sides."""
        return sum(each.count for each in self.counts if each.line.side in sides)

    @property
    def n(self) -> int:
        """The numerator."""
        return self.on(Side.MET)

    @property
    def of(self) -> int:
        """The denominator."""
        return self.on(*COUNTED)

    @property
    def total(self) -> int:
        """All that were looked at."""
        return sum(each.count for each in self.counts)

    @property
    def missing(self) -> int:
        """Those of whom a time or an entry is missing, or not known exactly enough."""
        return self.on(Side.MISSING, Side.UNCERTAIN)

    @property
    def pending(self) -> int:
        """Those whose time is not over."""
        return self.on(Side.PENDING)

    @property
    def left_out(self) -> int:
        """Those excluded, with a reason each."""
        return self.on(Side.OUT)

    @property
    def percent(self) -> str:
        """The share in words of a figure, '' of nothing."""
        return percentage(self.n, self.of)

    @property
    def interval(self) -> tuple[str, str]:
        """The Wilson interval in per cent."""
        least, most = wilson(self.n, self.of)
        return f"{100 * least:.1f}", f"{100 * most:.1f}"

    @property
    def least(self) -> str:
        """The share if none of the missing were met."""
        return percentage(self.n, self.of + self.missing)

    @property
    def most(self) -> str:
        """The share if all of the missing were met."""
        return percentage(self.n + self.missing, self.of + self.missing)

    @property
    def small(self) -> bool:
        """Whether so few were counted, if anybody, that the figure says little and may give somebody away."""
        return 0 < self.of < SMALL

    def lines(self, *sides: Side) -> list[Count]:
        """The lines of these sides."""
        return [each for each in self.counts if each.line.side in sides]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series: a percentage of a month or quarter, or the hours of a case; None where there is none."""

    label: str
    at: datetime
    value: float | None
    n: int
    of: int
    pending: int = 0

    @property
    def waits(self) -> bool:
        """Whether more than one case in ten of it is not due yet."""
        return self.pending * ONE_IN > self.of + self.pending


COUNTS = " SELECT begins, key, line, part, count FROM counts"
Found = Mapping[tuple[str, str, str], int]


def results(scope: Scope, measures: Sequence[Measure] = MEASURES, now: datetime | None = None) -> list[Result]:
    """Each measure over the scope, by one pass over its cases."""
    found = counted(scope, measures, now or database_now()).get(None, Counter())
    return [result(measure, found) for measure in measures]


def counted(
    scope: Scope, measures: Sequence[Measure], now: datetime, by: str | None = None
) -> dict[datetime | None, Counter[tuple[str, str, str]]]:
    """How many each line, and each part of it, holds: by the month or quarter of the suspicion, or all together."""
    found: dict[datetime | None, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for begins, key, line, part, count in judged(scope, measures, now, COUNTS, by=by):
        found[begins][key, line, part] += count
    return found


def result(measure: Measure, found: Found) -> Result:
    """A measure out of the counts by key, line and part."""
    counts = [Count(line, found.get((measure.key, line.key, ""), 0)) for line in measure.lines]
    counted = [line.key for line in measure.lines if line.side in COUNTED]
    parts = [
        Count(part, sum(found.get((measure.key, line, part.key), 0) for line in counted)) for part in measure.shown
    ]
    return Result(measure, counts, parts)


def behind(scope: Scope, measure: Measure, lines: Collection[str]) -> list[tuple[int, str]]:
    """The key and the line of what is on these lines of a measure, in order of suspicion: what its numbers count."""
    rows = judged(
        scope, [measure], database_now(),
        "SELECT subject, line FROM judged WHERE line = ANY(%s) ORDER BY suspected_at, subject, line", sorted(lines),
    )  # fmt: skip
    return [(subject, line) for subject, line in rows]


def shown_of(scope: Scope, measure: Measure, part: str) -> list[tuple[int, str]]:
    """The same of those counted of whom a part is said."""
    lines = [line.key for line in measure.lines if line.side in COUNTED]
    rows = judged(
        scope, [measure], database_now(),
        "SELECT subject, line FROM parted WHERE part = %s AND line = ANY(%s) ORDER BY suspected_at, subject, line",
        part, lines,
    )  # fmt: skip
    return [(subject, line) for subject, line in rows]


def named(scope: Scope, rows: Iterable[tuple[int, str]]) -> list[tuple[Case, str]]:
    """The same with the cases themselves: for one page of them."""
    told = list(rows)
    found = scope.cases.select_related("unit").in_bulk({subject for subject, _ in told})
    return [(found[subject], line) for subject, line in told if subject in found]  # one may have been merged since


def series(
    measure_key: str, *, user: User, unit: Unit | None = None, by: str = "month", start: datetime, end: datetime
) -> list[Point]:
    """A measure over time: by "month" or "quarter" of the suspicion its percentage, by "case" the hours of each.

    Months without a counted case are there with no value. A case has hours where its clock was met and both times are
    known exactly.

    Raises:
        KeyError: there is no such measure.
        ValueError: `by` is none of the three.
    """
    if by not in ("month", "quarter", "case"):
        raise ValueError(f"by is month, quarter or case, not {by!r}")
    measure, scope = BY_KEY[measure_key], Scope(user, start, end, unit)
    side = {line.key: line.side for line in measure.lines}
    if by == "case":
        rows = judged(scope, [measure], database_now(), EACH)
        return [
            Point(Case(pk=subject).code, at, hours, int(side[line] is Side.MET), 1)
            for subject, line, hours, at in rows
            if side[line] in COUNTED
        ]
    found = counted(scope, [measure], database_now(), by)
    return [point(begins, by, result(measure, found.get(begins, {}))) for begins in spans(start, end, by)]


EACH = (
    "SELECT subject, line, hours, suspected_at FROM judged WHERE hours IS NOT NULL"
    " ORDER BY suspected_at, subject, hours"
)


def point(begins: datetime, by: str, found: Result) -> Point:
    """The percentage of one month or quarter."""
    local = begins.astimezone(LONDON)
    label = f"{local:%b %Y}" if by == "month" else f"Q{(local.month - 1) // QUARTER + 1} {local:%Y}"
    return Point(label, begins, 100 * found.n / found.of if found.of else None, found.n, found.of, found.pending)


def ended(point: Point, by: str) -> datetime:
    """When a month or quarter is over."""
    _, after, *_ = spans(point.at, point.at + LONGEST, by)
    return after


def settled(points: Sequence[Point], by: str, until: datetime) -> list[Point]:
    """The months or quarters up to the newest that is over by then and of which at most one case in ten is not due yet.

    One without a case is no such month. Of those that are not, the ones who are due may be of one kind: deaths within
    30 days are known before survival is.
    """
    kept = [each for each in points if ended(each, by) <= until]
    told = [place for place, each in enumerate(kept) if each.of + each.pending]
    while told and kept[told[-1]].waits:
        del kept[told.pop() :]
    return kept


def spans(start: datetime, end: datetime, by: str) -> Iterator[datetime]:
    """When each month or quarter begins that a period touches, by the calendar on the wall."""
    length = 1 if by == "month" else QUARTER
    local = start.astimezone(LONDON)
    months = 12 * local.year + (local.month - 1) // length * length
    while (begins := datetime(months // 12, months % 12 + 1, 1, tzinfo=LONDON).astimezone(UTC)) < end:
        yield begins
        months += length
