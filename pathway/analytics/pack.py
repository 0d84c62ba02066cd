"""The pack: what QS56 and NG234 ask of a service over a period, as sections of tables that page and workbook share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Count

from pathway.analytics import pack_words as words
from pathway.analytics.cohort import Scope
from pathway.analytics.compute import SMALL, Result, percentage, results
from pathway.analytics.control import Asked, Control, Mark, Row, clipped, control
from pathway.analytics.drawn import drawn
from pathway.analytics.ledger import Ledger, of_period
from pathway.analytics.lines import SIDES, Side
from pathway.analytics.measures import MEASURES, REVIEW, REVIEWED, VERSION
from pathway.analytics.national import NG234, NG234_NOTE, QS56, QS56_NOTE, Part
from pathway.analytics.said import chart_words, flags
from pathway.analytics.times import INTERVALS, SPLITS, Spread, spreads_of
from pathway.engine.now import now as database_now
from pathway.protocol.hours import shown
from pathway.protocol.release import RELEASED
from pathway.record.access import days
from pathway.record.imported import from_file
from pathway.record.person import Unit, User
from pathway.steps.delay import LABELS

CHARTS, LATE = ("K1", "K8"), ("mri_a", "mri_b", "radiotherapy", "treatment")
YEARS_SHOWN = 2
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head. A float has one decimal, None is nothing; `linked`: each row begins with a measure's key."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A control chart: what it is of, how it is drawn (not at all where it has no point), and what it says in words."""

    title: str
    spec: str
    says: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the pack, which begins a page of its own."""

    key: str
    title: str
    says: tuple[str, ...]
    tables: list[Table]
    drawings: tuple[Drawing, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in the United Kingdom, both included, under a name such as `2026, quarter 3`."""

    name: str
    first: date
    last: date

    @property
    def words(self) -> str:
        """The days in words."""
        return f"{self.first:%-d %B %Y} to {self.last:%-d %B %Y}"


@dataclass(frozen=True, slots=True)
class Pack:
    """All of it: of what, when it was computed and for whom, and its sections."""

    period: Period
    organisation: str
    unit: str
    by: str
    at: datetime
    sections: list[Section]

    @property
    def empty(self) -> bool:
        """Whether it counts no case, and so has no section."""
        return not self.sections

    @property
    def cover(self) -> list[tuple[str, str]]:
        """What stands first: each as its name and its words."""
        return [
            ("Organisation", self.organisation),
            ("Unit", self.unit),
            ("Period", f"{self.period.name}: cases suspected from {self.period.words}, days of the United Kingdom"),
            ("Computed", f"{shown(self.at)}, time in the United Kingdom; {self.at:%Y-%m-%dT%H:%MZ}"),
            ("For", self.by),
            ("Definitions", f"Version {VERSION} of {REVIEWED:%-d %B %Y}, to be reviewed by {REVIEW:%-d %B %Y}"),
            *([("Figures", words.NONE)] if self.empty else []),
        ]  # fmt: skip


def pack(user: User, period: Period, unit: Unit | None = None) -> Pack:
    """The pack of a period for somebody who audits, of a unit or of the organisation."""
    at, scope = database_now(), Scope(user, *days(period.first, period.last), unit)
    sections = sections_of(scope, period, at) if scope.cases.exists() else []
    return Pack(period, str(user.organisation), str(unit or "All units"), str(user), at, sections)


def sections_of(scope: Scope, period: Period, at: datetime) -> list[Section]:
    """The sections, in their order."""
    found = {each.measure.key: each for each in results(scope, now=at)}
    return [
        of_cases(scope),
        Section("qs56", "Quality statements of NICE QS56", (QS56_NOTE, words.SMALL), [statements(found)]),
        Section("ng234", "Pathway audit by NICE NG234", (NG234_NOTE, words.SMALL),
                [counted(part, found) for part in NG234]),
        Section("times", "Times to each step", words.TIMES, [steps(scope, at)]),
        charts(scope.user, period, scope.unit),
        late(scope),
        Section("completeness", "Completeness of the data", words.COMPLETENESS, [completeness(found.values())]),
        Section("definitions", "Definitions and exclusions", words.DEFINITIONS,
                [definitions(), exclusions(found.values())]),
        Section("counting", "How it was counted", words.COUNTING, [versions(scope)]),
    ]  # fmt: skip


def tenth(value: float | Fraction | None) -> float | None:
    """A figure to one decimal, halves away from zero: what is shown is what is written."""
    if value is None:
        return None
    size = (abs(Fraction(value)) * 20 + 1) // 2
    return float(Fraction(size if value >= 0 else -size, 10))


def small(*counts: int) -> str:
    """The mark of a row with these counts, that stand in it or can be worked out from it, by `words.SMALL`."""
    return "small" if any(0 < each < SMALL for each in counts) else ""


def of_cases(scope: Scope) -> Section:
    """How many cases the pack counts, and which it does not."""
    merged, in_error = scope.removed
    classes = dict(scope.cases.values_list("klass").annotate(Count("pk")))
    every = sum(classes.values())
    of_them = [
        *((f"of them in class {letter}, as it now stands", classes.get(letter, 0)) for letter in "ABC"),
        ("of them still open", scope.cases.open().count()),
        ("of them entered from a file of past cases", scope.cases.filter(from_file()).count()),
    ]
    rows: list[tuple[Cell, ...]] = [
        ("Cases counted", every, small(every)),
        *((what, count, small(count, every - count)) for what, count in of_them),
        ("Not counted: merged into another case", merged, small(merged)),
        ("Not counted: entered in error", in_error, small(in_error)),
    ]
    return Section("cases", "Cases", words.CASES, [Table("Cases of the period", ("What", "Cases", "Mark"), rows)])


FIGURES = ("n", "N", "Percent", "95 % from", "95 % to", "Missing or uncertain", "Not due yet", "Left out", "Mark")


def figures(found: Result) -> tuple[Cell, ...]:
    """A measure in the columns of FIGURES."""
    known: tuple[Cell, ...] = (None, None, None)
    if found.of:
        known = (float(found.percent), *(float(each) for each in found.interval))
    beside = (found.missing, found.pending, found.left_out)
    return (found.n, found.of, *known, *beside, small(found.of, found.n, found.of - found.n, *beside))


def statements(found: Mapping[str, Result]) -> Table:
    """A row for each measure of each quality statement; one without figures where none counts it."""
    rows: list[tuple[Cell, ...]] = []
    for part in QS56:
        asks = f"{part.asks}. {part.note}".rstrip(". ") + "."
        rows += [(key, found[key].measure.title, part.name, asks, *figures(found[key])) for key in part.measures]
        if not part.measures:
            rows.append(("", "Not measured", part.name, asks, *[None] * (len(FIGURES) - 1), ""))
    return Table("Quality statements", ("Measure", "Title", "Statement", "What it asks", *FIGURES), rows, linked=True)


def counted(part: Part, found: Mapping[str, Result]) -> Table:
    """The measures of one part of the audit."""
    rows: list[tuple[Cell, ...]] = [(key, found[key].measure.title, *figures(found[key])) for key in part.measures]
    return Table(f"{part.name}: {part.asks.lower()}", ("Measure", "Title", *FIGURES), rows, linked=True)


def steps(scope: Scope, now: datetime) -> Table:
    """How long each step took: of all, and of those who began it in hours and out of hours."""
    head = ("Step", "Group", "Times known", "Begun", "Lower quartile", "Median", "Upper quartile", "90th centile",
            "Longest", "Limit", "Within the limit", "Mark")  # fmt: skip
    found = spreads_of(scope, INTERVALS, SPLITS["hours"], now)
    rows = [
        timed(interval.label, interval.limit, each)
        for interval in INTERVALS
        for number, each in enumerate(found[interval.key])
        if each.begun or not number
    ]
    return Table("Hours from one moment to the next", head, rows)


def timed(label: str, limit: float | None, each: Spread) -> tuple[Cell, ...]:
    """One step in one group."""
    lengths = [tenth(length) for length in each.quartiles or (None,) * 4]
    within = each.within if limit is not None else None
    in_time = () if within is None else (within, each.n - within)
    return (label, each.label, each.n, each.begun, *lengths, tenth(each.longest), tenth(limit), within,
            small(each.n, each.begun, each.begun - each.n, *in_time))  # fmt: skip


def charts(user: User, period: Period, unit: Unit | None) -> Section:
    """Control charts by month over the years up to the end of the period."""
    after = period.last.replace(day=1) + timedelta(days=31)
    first = after.replace(year=after.year - YEARS_SHOWN, day=1)
    found = [control(user, Asked(key, "month", first, period.last, unit)) for key in CHARTS]
    drawings = tuple(
        Drawing(f"{titled(each)}, percent by month", drawn(each) if each.drawn else "", chart_words(each))
        for each in found
    )
    return Section("charts", "Control charts", words.CHARTS, [points(each) for each in found], drawings)


def points(found: Control) -> Table:
    """Every point of a chart, and what is marked after the last."""
    head = ("Month", "n", "N", "Percent", "Mean", "Lower limit", "Upper limit", "Why flagged", "Marked", "Mark")
    rows = [pointed(row, found.asked, marked(marks)) for row, marks in found.lines]
    if found.since:
        rows.append(("After the last point", *[None] * 6, "", marked(found.since), ""))
    return Table(titled(found), head, rows)


def titled(found: Control) -> str:
    """The measure of a chart."""
    return f"{found.measure.key} {found.measure.title}"


def marked(marks: Iterable[Mark]) -> str:
    """What happened at a place of a chart."""
    return "; ".join(mark.said for mark in marks)


def pointed(row: Row, asked: Asked, happened: str) -> tuple[Cell, ...]:
    """One point; its limits are those of its group, where they are drawn."""
    point, judged = row.point, row.judged
    if judged is None:
        return (point.label, point.n, point.of, None, None, None, None, "", happened, "")
    edges = (judged.limits.lower, judged.limits.upper)
    shown = (None if edge is None else tenth(clipped(edge, asked)) for edge in edges)
    return (point.label, point.n, point.of, tenth(judged.value), tenth(judged.limits.mean), *shown, flags(judged),
            happened, small(point.of, point.n, point.of - point.n))  # fmt: skip


def late(scope: Scope) -> Section:
    """Runs that ended late: how many, whose minutes, and why."""
    found = {LABELS[key]: of_period(scope, key) for key in LATE}
    return Section("late", "Why late", words.LATE, [runs(found), holders(found), causes(found)])


def runs(found: Mapping[str, Ledger]) -> Table:
    """How many runs of each clock ended late."""
    head = ("Clock", "Ended late", "Runs", "Minutes", "Beyond the limit", "With a reason", "Cannot be told",
            "Over and still running", "Mark")  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (label, len(each.late), each.runs, each.total, each.over, each.explained, each.uncertain, each.going_on,
         small(each.runs, each.runs - len(each.late) - each.uncertain - each.going_on, len(each.late), each.explained,
               len(each.late) - each.explained, each.uncertain, each.going_on))
        for label, each in found.items()
    ]  # fmt: skip
    return Table("Runs that ended late", head, rows)


def holders(found: Mapping[str, Ledger]) -> Table:
    """Whose the minutes of the late runs were."""
    rows: list[tuple[Cell, ...]] = [
        (label, share.holder.capitalize(), share.minutes, float(percentage(share.minutes, each.total) or 0), share.runs,
         small(share.runs))
        for label, each in found.items() for share in each.holders
    ]  # fmt: skip
    return Table("Minutes of the late runs by who held the step",
                 ("Clock", "Holder", "Minutes", "Percent of them", "In runs", "Mark"), rows)  # fmt: skip


def causes(found: Mapping[str, Ledger]) -> Table:
    """The reasons that were given."""
    rows: list[tuple[Cell, ...]] = [
        (label, cause.words, cause.runs, cause.over, cause.also, small(cause.runs, cause.also))
        for label, each in found.items() for cause in each.causes
    ]  # fmt: skip
    head = ("Clock", "Main reason", "Runs", "Minutes beyond the limit", "Also named", "Mark")
    return Table("Late runs by reason", head, rows)


def completeness(found: Iterable[Result]) -> Table:
    """Of how many of those who should count each measure could be told."""
    head = ("Measure", "Title", "Counted", "Should count", "Percent", "An entry is missing", "A time is not exact",
            "Mark")  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        due = each.of + each.missing
        share = float(percentage(each.of, due)) if due else None
        lacking = (each.on(Side.MISSING), each.on(Side.UNCERTAIN))
        rows.append((each.measure.key, each.measure.title, each.of, due, share, *lacking,
                     small(each.of, due, each.missing, *lacking)))  # fmt: skip
    return Table("What each measure could be told of", head, rows, linked=True)


def definitions() -> Table:
    """What each measure counts."""
    rows: list[tuple[Cell, ...]] = [
        (each.key, each.title, each.numerator, each.denominator, each.note, each.source)
        for each in MEASURES
    ]  # fmt: skip
    head = ("Measure", "Title", "Numerator", "Denominator", "Read it so", "Source")
    return Table("Measures", head, rows, linked=True)


def exclusions(found: Iterable[Result]) -> Table:
    """Every line of each measure on which a case stands."""
    rows: list[tuple[Cell, ...]] = [
        (each.measure.key, SIDES[count.line.side], count.line.label, count.count, small(count.count))
        for each in found for count in each.counts if count.count
    ]  # fmt: skip
    return Table("Where each case counts", ("Measure", "Counts as", "Line", "Cases", "Mark"), rows, linked=True)


def versions(scope: Scope) -> Table:
    """The protocol by which the clocks of the cases were set."""
    released = {each.version: f"{each.released_on:%Y-%m-%d}" for each in RELEASED.values()}
    found = scope.cases.values_list("protocol").annotate(Count("pk")).order_by("protocol")
    rows: list[tuple[Cell, ...]] = [
        (version, released.get(version, "not released"), n, small(n)) for version, n in found
    ]
    return Table("Versions of the protocol", ("Protocol", "Released", "Cases", "Mark"), rows)
