"""What a manager looks at first: which figures changed, which entries are missing, what waits for somebody."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Count as Number
from django.db.models import F, Q

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import NOISY, SMALL, Count, Point, Result, counted, ended, point, result, settled, spans
from pathway.analytics.control import placed, way_of
from pathway.analytics.lines import Side
from pathway.analytics.measures import MEASURES
from pathway.analytics.spc import Chart, Judged, Sense, xmr
from pathway.protocol.hours import LONDON
from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import in_order
from pathway.record.access import midnight
from pathway.record.alert import Alert
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from pathway.record.imported import told_until
from pathway.record.rebase import Rebase
from pathway.steps.delay import EXPLAINED, explained, run_of

MONTH, LATELY = "month", timedelta(days=90)
LACKS = (Side.MISSING, Side.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over a period, its chart by month, and the newest month of it that can be judged.

    That is over, lies wholly in the period and counts enough cases, of which at most one in ten is not due yet. `older`
    is by how many months it comes before the newest that is over.
    """

    result: Result
    chart: Chart
    newest: Point | None = None
    last: Judged | None = None
    older: int = 0

    @property
    def on_trial(self) -> bool:
        """Whether its limits rest on fewer than twelve months."""
        return self.last is not None and self.last.group in self.chart.trial

    @property
    def few(self) -> bool:
        """Whether every month counts so few cases that nothing is said of it."""
        return self.newest is None

    @property
    def noisy(self) -> bool:
        """Whether the newest month counts so few cases that chance moves it widely."""
        return self.newest is not None and self.newest.of < NOISY

    @property
    def sense(self) -> Sense:
        """What its newest month means; of few cases nothing."""
        return Sense.COMMON if self.last is None else self.last.sense


@dataclass(frozen=True, slots=True)
class Lack:
    """A line of a measure whose cases lack an entry or an exact time."""

    result: Result
    count: Count

    @property
    def of(self) -> int:
        """Those that would count if nothing were missing."""
        return self.result.of + self.result.missing

    @property
    def share(self) -> Fraction:
        """How many of these lack it."""
        return Fraction(self.count.count, self.of)


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of a period by what changed, and the lines of what is missing, the greatest share first."""

    figures: Sequence[Figure]
    lacking: Sequence[Lack]

    def of(self, sense: Sense) -> list[Figure]:
        """Those whose newest month means this."""
        return [each for each in self.figures if each.sense is sense]

    @property
    def changed(self) -> list[Figure]:
        """Those with a change beyond the ordinary."""
        return [each for each in self.figures if each.sense is not Sense.COMMON]

    @property
    def usual(self) -> list[Figure]:
        """Those with no change beyond the ordinary."""
        return [each for each in self.of(Sense.COMMON) if not each.few]

    @property
    def few(self) -> list[Figure]:
        """Those of which too few cases count in every month to say anything."""
        return [each for each in self.figures if each.few]


def overview(scope: Scope, now: datetime) -> Overview:
    """Every measure over a scope, in one pass over its cases."""
    months = counted(scope, MEASURES, now, MONTH)
    every = sum(months.values(), Counter[tuple[str, str, str]]())
    begins = [at for at in spans(scope.start, scope.end, MONTH) if at >= scope.start]
    cuts = limits(scope)
    figures = []
    for measure in MEASURES:
        points = [point(at, MONTH, result(measure, months.get(at, {}))) for at in begins]
        figures.append(figure(result(measure, every), points, cuts[measure.key], min(now, scope.end)))
    lacking = [Lack(each.result, count) for each in figures for count in each.result.lines(*LACKS) if count.count]
    return Overview(figures, sorted(lacking, key=lambda lack: (-lack.share, -lack.count.count)))


def figure(found: Result, points: Sequence[Point], cuts: Sequence[Rebase], until: datetime) -> Figure:
    """A measure with its months judged, as its control chart has them, up to the newest that can be."""
    over = [each.at for each in points if ended(each, MONTH) <= until]
    valued = [each for each in settled(points, MONTH, until) if each.of]
    chart = xmr(
        [Fraction(100 * each.n, each.of) for each in valued],
        better=way_of(found.measure, is_hours=False),
        rebased=[place for place, _ in placed(valued, cuts)],
    )
    for month, judged in zip(reversed(valued), reversed(chart.points), strict=True):
        if month.of >= SMALL and not month.waits:
            return Figure(found, chart, month, judged, len(over) - 1 - over.index(month.at))
    return Figure(found, chart)


def limits(scope: Scope) -> dict[str, list[Rebase]]:
    """The new limits that stand of each chart of a scope, oldest first."""
    found = defaultdict[str, list[Rebase]](list)
    mine = Rebase.objects.visible_to(scope.user).filter(unit=scope.unit).standing()
    for said in mine.order_by("begins_on"):
        found[said.measure].append(said)
    return found


def last_days(scope: Scope) -> date:
    """The first of the last days of a scope."""
    return max(scope.start, scope.end - LATELY).astimezone(LONDON).date()


def unexplained(scope: Scope, *, past: bool = False) -> Counter[str]:
    """How many runs of each clock ended certainly late with nobody having said why, in cases of a scope's last days.

    Of `past` runs, which began as far as a file of past cases tells of their case, or of all others: nobody is asked
    why those were late.
    """
    lately = scope.cases.filter(suspected_at__gte=midnight(last_days(scope))).order_by()
    clocks = Clock.objects.standing().filter(case__in=lately)
    late = clocks.filter(ended_at__gt=F("due_at") + F("start_width")).exclude(end_width=None)
    of_file = Q(started_at__lte=F("told_until"))
    late = late.annotate(told_until=told_until()).filter(of_file if past else ~of_file | Q(told_until=None))
    told = Event.objects.filter(Q(kind=EXPLAINED.event) | Q(corrects__kind=EXPLAINED.event), case__in=lately)
    facts, runs = defaultdict[int, list[Fact]](list), defaultdict[int, list[Clock]](list)
    for event in standing(told.order_by("pk")):
        facts[event.case_id].append(fact(event))
    for clock in clocks.filter(case__in=list(facts)).order_by("started_at", "pk"):
        runs[clock.case_id].append(clock)
    known = {(case, run) for case, mine in runs.items() for run in explained(in_order(facts[case]), mine)}
    found = Counter(dict(late.values_list("standard").annotate(Number("pk"))))
    found.subtract(
        clock.standard for clock in late.filter(case__in=list(facts)) if (clock.case_id, run_of(clock)) in known
    )
    return +found


def unanswered(scope: Scope, now: datetime) -> int:
    """How many alerts have run through their ladder while nobody acts on them, whenever the case was suspected."""
    found = Alert.objects.visible_to(scope.user).unanswered(now)
    return (found.filter(case__unit=scope.unit) if scope.unit else found).count()
