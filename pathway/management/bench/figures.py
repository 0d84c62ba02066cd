"""What the audit costs at more and more cases: the manager's home, the measures of NICE QS56, their pack, and a chart.

Beside them the other pages that read a whole period, and the page of a single case, which is to cost the same however
many others there are.

The cases are made by the engine from plans of the demonstration, and copied to earlier dates with their entries and
clocks. Beside each figure stands the same aggregate written by hand on the entries and clocks themselves.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.db import connection, models
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse

from pathway.analytics.cohort import Scope, fetched
from pathway.analytics.compute import results, series
from pathway.analytics.keeping import keep
from pathway.analytics.measures import BY_KEY
from pathway.analytics.overview import overview
from pathway.analytics.pack import Period, pack
from pathway.engine.now import now
from pathway.management.bench import load
from pathway.management.bench.scratch import Databases
from pathway.management.demo import cases, people
from pathway.management.demo.plan import Deed
from pathway.management.demo.seeding import entry, happen, play
from pathway.protocol.hours import LONDON
from pathway.record.access import days
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.tally import Tally

DAYS, PERIOD, YOUNG, STRIDE = 3650, timedelta(days=730), timedelta(days=90), 1_000_000
WHOLE = 200_000  # the newest cases, which have every entry and clock; of older ones there is what is kept of their like
HOME, QS56, CHART = "Audit, the manager's home", "Audit, the measures (QS56)", "Audit, one control chart"
PACK = "Audit, the pack of a quarter"
OTHERS: dict[str, tuple[str, ...]] = {  # a page, what its path names, and last the query of its address
    "Audit, times to each step": ("times", ""),
    "Audit, curves": ("survival", ""),
    "Audit, delays": ("delays", ""),
    "Audit, paths": ("paths", ""),
    "Audit, late entries": ("late_entries", ""),
    "Audit, a measure by primary site": ("measure", "K1", "?by=site"),
}
OF_QS56 = [BY_KEY[key] for key in ("K1", "K2", "K3", "K8", "K17")]
MONTHS = "date_trunc('month', suspected_at, 'Europe/London')"
THESE = """
FROM pathway_case JOIN {0} ON case_id = pathway_case.id WHERE organisation_id = %s AND suspected_at >= %s
  AND suspected_at < %s AND survivor_id IS NULL AND NOT drill AND state <> 'entered_in_error'
"""
CLOCKS, EVENTS = THESE.format("pathway_clock"), THESE.format("pathway_event")
COUNTS = (
    f"SELECT {MONTHS}, standard, outcome, ended_at > due_at, count(*) {CLOCKS} AND withdrawn_at IS NULL"
    f" GROUP BY 1, 2, 3, 4 UNION ALL SELECT {MONTHS}, kind, '', NULL, count(DISTINCT case_id) {EVENTS} GROUP BY 1, 2"
)
LOCAL = "({0} AT TIME ZONE 'Europe/London')"
IN_HOURS = f"extract(isodow FROM {LOCAL}) < 6 AND {LOCAL}::time >= '09:00' AND {LOCAL}::time < '17:00'"
CENTILES = "NULL::timestamptz, {0}, percentile_cont(ARRAY[0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY {1})::text"
MET = f"SELECT {MONTHS}, count(*) FILTER (WHERE outcome = 'met' AND ended_at <= due_at), count(*) {CLOCKS}"
BY_HAND = {
    HOME: COUNTS,
    PACK: f"{COUNTS} UNION ALL SELECT {CENTILES.format('standard', 'ended_at - started_at')}, NULL, count(*) {CLOCKS}"
    f" AND withdrawn_at IS NULL GROUP BY GROUPING SETS ((2), (2, ({IN_HOURS.format('started_at')})))"
    f" UNION ALL SELECT {CENTILES.format('kind', 'occurred_at - suspected_at')}, NULL, count(*) {EVENTS}"
    f" GROUP BY GROUPING SETS ((2), (2, ({IN_HOURS.format('suspected_at')})))",
    QS56: f"SELECT standard, outcome, ended_at > due_at, count(*) {CLOCKS} AND withdrawn_at IS NULL"
    " AND standard IN ('mri_a', 'mri_b', 'radiotherapy') GROUP BY 1, 2, 3"
    f" UNION ALL SELECT kind, '', NULL, count(DISTINCT case_id) {EVENTS}"
    " AND kind IN ('referral.triaged', 'discharge.needs_assessed', 'discharge.discharged') GROUP BY 1",
    CHART: f"{MET} AND standard = 'mri_a' AND withdrawn_at IS NULL GROUP BY 1",
}  # fmt: skip
# What the pack's two charts show, of two years.
CHARTS = f"{MET} AND standard IN ('mri_a', 'radiotherapy') AND withdrawn_at IS NULL GROUP BY 1, standard"


@dataclass(frozen=True)
class Figures:
    """Seconds of each page, of reading its figures, and of the same aggregate by hand, by what and by size.

    `others` are the seconds of the other pages and `single` those of the page of one case, by size; `kept` is how many
    cases a second are judged and kept, of `entries` each.
    """

    took: dict[str, dict[int, tuple[float, float, float]]]
    others: dict[str, dict[int, float]]
    single: dict[int, float]
    kept: float
    entries: float


def costs(databases: Databases, rounds: int, sizes: list[int]) -> Figures:
    """Measure each size, in interleaved rounds of pages, of their figures and of the aggregates by hand."""
    took: dict[str, dict[int, tuple[float, float, float]]] = {what: {} for what in BY_HAND}
    others: dict[str, dict[int, float]] = {what: {} for what in OTHERS}
    single: dict[int, float] = {}
    rates, entries = [], 0.0
    for size in sizes:
        databases.create(f"figures_{size}")
        rates.append(filled(size))
        entries = Event.objects.count() / Clock.objects.values("case").distinct().count()
        works = works_of(Scope(manager(), *period()))
        found = {what: [[timed(each) for each in works[what]] for _ in range(rounds + 1)] for what in works}
        for what, times in found.items():
            whole, figures, plain = (median(column) for column in zip(*times[1:], strict=True))
            took[what][size] = whole, figures, plain
        for what, (name, *named, query) in OTHERS.items():
            others[what][size] = usual(reverse(name, args=named) + query, rounds)
        alone(case := Case.objects.visible_to(manager()).latest("suspected_at"))
        single[size] = usual(reverse("case", args=[case.uuid]), rounds)
    return Figures(took, others, single, median(rates), entries)


def works_of(scope: Scope) -> dict[str, tuple[Callable[[], object], ...]]:
    """Of each a page, its figures and the aggregate by hand, to be called."""
    chart = f"{reverse('control')}?measure=K1&by=month"
    last = quarter()
    of_quarter = Scope(scope.user, *days(last.first, last.last))
    points = partial(series, "K1", user=scope.user, start=scope.start, end=scope.end)
    return {
        HOME: (partial(page, reverse("audit")), lambda: overview(scope, now()), partial(by_hand, BY_HAND[HOME], scope)),
        QS56: (
            partial(page, reverse("measures")),
            lambda: results(scope, OF_QS56),
            partial(by_hand, BY_HAND[QS56], scope),
        ),
        PACK: (
            partial(page, reverse("pack")),
            partial(pack, scope.user, last),
            lambda: (by_hand(BY_HAND[PACK], of_quarter), by_hand(CHARTS, scope)),
        ),
        CHART: (partial(page, chart), points, partial(by_hand, BY_HAND[CHART], scope)),
    }


def timed(work: Callable[[], object]) -> float:
    """The seconds that something takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def usual(address: str, rounds: int) -> float:
    """The median of the seconds that a page takes, after a first time."""
    return median([timed(partial(page, address)) for _ in range(rounds + 1)][1:])


def manager() -> User:
    """Who reads the figures."""
    return User.objects.select_related("organisation").get(username="manager", organisation__ods_code=people.HOME)


def period() -> tuple[Any, Any]:
    """Two years until now, as the pages begin with."""
    return now() - PERIOD, now()


def quarter() -> Period:
    """The last quarter that is over, as the page of the pack begins with."""
    today = now().astimezone(LONDON).date()
    last = date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
    return Period("the last quarter", last.replace(month=last.month - 2, day=1), last)


def by_hand(sql: str, scope: Scope) -> list[tuple[Any, ...]]:
    """An aggregate by hand of the same cases, each of whose parts asks for them."""
    values = [scope.user.organisation_id, scope.start, scope.end]
    return fetched(sql, values * (sql.count("%s") // len(values)))


def alone(case: Case) -> None:
    """Give a case a patient of its own: a copied one has the patient of all its copies."""
    case.patient.pk, case.patient.uuid, case.patient.nhs_number = None, uuid4(), ""
    case.patient.save(force_insert=True)
    Case.objects.filter(pk=case.pk).update(patient=case.patient)


def page(address: str) -> None:
    """A page as its view makes it, with its template.

    Raises:
        AssertionError: it is not the page that was asked for.
    """
    request, (path, _, query) = HttpRequest(), address.partition("?")
    request.method, request.path, request.user, request.GET = "GET", path, manager(), QueryDict(query)
    found = resolve(path)
    answer = found.func(request, *found.args, **found.kwargs)
    if answer.status_code != 200:  # noqa: PLR2004 - the status of a page
        raise AssertionError(f"{address} answers {answer.status_code}")


def filled(size: int) -> float:
    """Fill the database in use, one case in a hundred open; return how many cases a second were judged and kept."""
    plans = cases.HOME[-max(3, min(len(cases.HOME), size // 20)) :]
    staff, at, made = load.staff(), now(), {}
    for plan, identity in zip(plans, people.identities(Random(1), at.date()), strict=False):  # noqa: S311
        case = play(plan, at - plan.ago, identity, staff, at)
        made[case.pk] = entry(plan, Deed(at - case.suspected_at, "case.died"), case.suspected_at)
    live = list(Case.objects.open().filter(pk__in=made).values_list("pk", flat=True))
    copied(live, range(1, size // 100 // max(1, len(live)) + 2), timedelta(minutes=3), Case, Event, Clock)
    for key in live:
        happen(Case.objects.get(pk=key), made[key], staff.users["clinician"])
    keep()
    first, count = size // 50 + 2, size // len(made)
    apart = timedelta(days=DAYS) / count
    old = first + int(YOUNG / apart) + 1
    copied(made, range(first, first + count), apart, Case, first=first)
    copied(made, range(first, first + min(count, WHOLE // len(made))), apart, Event, Clock, first=first)
    copied(made, range(old, first + count), timedelta(), Tally)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE pathway_case, pathway_event, pathway_clock, pathway_tally")
    begun = perf_counter()
    return keep() / (perf_counter() - begun)


def copied(
    keys: Collection[int], numbers: range, apart: timedelta, *tables: type[models.Model], first: int = 1
) -> None:
    """Copy these cases, or what one of the tables has of them, once for each number.

    The first number is `apart` earlier, and each after it again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in tables:
            names = [f'"{field.column}"' for field in table._meta.concrete_fields]
            values = [copy_of(field) for field in table._meta.concrete_fields]
            key = "id" if table is Case else "case_id"
            cursor.execute(
                f"INSERT INTO {table._meta.db_table} ({', '.join(names)})"  # noqa: S608
                f" SELECT {', '.join(values)} FROM {table._meta.db_table} model,"
                " generate_series(%s::bigint, %s::bigint) n"
                " CROSS JOIN LATERAL (SELECT (n - %s + 1) * make_interval(secs => %s) AS length) earlier"
                f" WHERE model.{key} = ANY(%s)",
                [numbers.start, numbers.stop - 1, first, apart.total_seconds(), list(keys)],
            )
        cursor.execute("SET session_replication_role = DEFAULT")


def copy_of(field: "models.Field[Any, Any]") -> str:
    """A column of a copy, in SQL: keys are moved on, instants back."""
    column = f'model."{field.column}"'
    if field.column in ("id", "case_id", "corrects_id", "moved_from_id", "survivor_id", "follows_id"):
        return f"{column} + n * {STRIDE}"
    if field.column in ("uuid", "submission"):
        return "gen_random_uuid()"
    return f"{column} - earlier.length" if isinstance(field, models.DateTimeField) else column
