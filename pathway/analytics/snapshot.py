"""One picture of a cohort for an export: cases, entries, clocks and alerts as they were at one instant, row by row.

The rows are set aside by the database (cursors WITH HOLD) in one transaction that only reads: they agree with each
other, no transaction stays open while a file is written, and no more than some thousand rows are in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import psycopg
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from psycopg.errors import QueryCanceled

from pathway.analytics.cohort import Scope
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event

AT_A_TIME = 2000
TOO_MUCH = "So many rows could not be set aside in time. Choose a shorter period, or one unit."
SET_ASIDE_WITHIN = 90.0  # seconds for all of it: less than a job may be silent for
BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
CASE = ("pk", "unit__uuid", "unit__name", "unit__nation", "klass", "state", "is_open", "suspected_at", "protocol",
        "patient__birth_date", "follows_id", "merged")  # fmt: skip
ENTRY = ("subject", "pk", "uuid", "case_id", "kind", "track_no", "occurred_at", "precision", "recorded_at", "by_uuid",
         "answers", "corrects_id", "corrects__uuid", "moved_from__uuid")  # fmt: skip
CLOCK = ("case_id", "pk", "standard", "started_at", "start_width", "entered_at", "amber_at", "due_at", "ended_at",
         "end_width", "outcome", "suspended_until", "nth", "case__protocol")  # fmt: skip
ALERT = ("case_id", "pk", "clock_id", "level", "raised_at", "why", "nobody", "calls", "acknowledged_at",
         "stood_down_at", "unanswered_at")  # fmt: skip
Row = dict[str, Any]


@dataclass
class Part:
    """The rows of one kind, with how many there are; each time that it is gone through it begins anew."""

    columns: Sequence[str]
    count: int
    held: psycopg.ServerCursor[Any] | None

    def __iter__(self) -> Iterator[Row]:
        if self.held is not None:
            with connection.wrap_database_errors:
                self.held.scroll(0, "absolute")
                while rows := self.held.fetchmany(AT_A_TIME):
                    yield from (dict(zip(self.columns, row, strict=True)) for row in rows)


@dataclass
class Snapshot:
    """Everything of a cohort as at one instant. Each part is in the order of the numbers of the cases.

    `kinds` are those of its entries, `versions` the protocols that its cases follow; `removed` as of a scope.
    """

    at: datetime
    removed: tuple[int, int]
    kinds: list[str]
    versions: list[str]
    cases: Part
    entries: Part
    clocks: Part
    alerts: Part


def queries(scope: Scope) -> dict[str, tuple[QuerySet[Any, Any], Sequence[str]]]:
    """What each part holds. Entries of a case that was merged stand with the case it was merged into."""
    cohort = scope.cases.order_by().values("pk")
    merged = ArraySubquery(Case.objects.filter(survivor=OuterRef("pk")).order_by("pk").values("pk"))
    entries = Event.objects.of(cohort)
    clocks = Clock.objects.standing().filter(case__in=cohort)
    alerts = Alert.objects.filter(case__in=cohort, clock__withdrawn_at=None)
    subject = Coalesce(F("case__survivor_id"), F("case_id"))
    return {
        "cases": (scope.cases.annotate(merged=merged).order_by("pk"), CASE),
        "entries": (entries.annotate(subject=subject).order_by("subject", "pk"), ENTRY),
        "clocks": (clocks.order_by("case_id", "started_at", "standard", "nth", "pk"), CLOCK),
        "alerts": (alerts.order_by("case_id", "pk"), ALERT),
    }


@contextmanager
def snapshot(scope: Scope) -> Iterator[Snapshot]:
    """The cohort as it is now; what is set aside is given up at the end. Not within a transaction.

    Raises:
        Refused: there is too much to be set aside in time.
    """
    held: list[psycopg.ServerCursor[Any]] = []
    close: Any = psycopg.Cursor.close  # what was declared is gone with its transaction where that fails
    try:
        with patiently() as left, transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(BEGIN)
            with connection.execute_wrapper(left.before_each):
                at, removed = now(), scope.removed
                wanted = queries(scope)
                kinds = list(wanted["entries"][0].order_by("kind").values_list("kind", flat=True).distinct())
                versions = list(wanted["cases"][0].order_by("protocol").values_list("protocol", flat=True).distinct())
                parts = {name: set_aside(name, *part, held) for name, part in wanted.items()}
            left.allow(cursor.cursor)  # the end of the transaction sets the rows aside
        close = psycopg.ServerCursor.close
        yield Snapshot(at, removed, kinds, versions, **parts)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise Refused(TOO_MUCH) from error
    finally:
        for each in held:
            close(each)


class Left:
    """What is left of the time for all statements together."""

    def __init__(self) -> None:
        self.until = monotonic() + SET_ASIDE_WITHIN

    def allow(self, cursor: Any) -> None:
        """Let the next statement of this transaction take no longer than that; one millisecond where nothing is."""
        seconds = max(0.001, self.until - monotonic())
        cursor.execute(f"SET LOCAL statement_timeout = '{1000 * seconds:.0f}ms'")

    def before_each(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        """The same before each statement (a Django execute wrapper)."""
        self.allow(context["cursor"].cursor)
        return execute(sql, params, many, context)


@contextmanager
def patiently() -> Iterator[Left]:
    """Wait for the rows to be set aside, which happens at the end of the transaction and in one statement."""
    connection.ensure_connection()
    own: Any = connection.connection
    within, own.answer_within = own.answer_within, SET_ASIDE_WITHIN + 10.0
    try:
        yield Left()
    finally:
        own.answer_within = within


def set_aside(
    name: str, query: QuerySet[Any, Any], columns: Sequence[str], held: list[psycopg.ServerCursor[Any]]
) -> Part:
    """Declare one cursor that outlives the transaction."""
    try:
        sql, values = query.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return Part(columns, 0, None)
    cursor = psycopg.ServerCursor(connection.connection, f"export_{name}", scrollable=True, withhold=True)
    held.append(cursor)
    with connection.wrap_database_errors:
        cursor.execute(sql, values)
    return Part(columns, query.count(), cursor)
