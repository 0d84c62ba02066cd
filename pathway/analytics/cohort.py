"""Whose cases a figure counts: those suspected in a period, of one organisation, for whoever audits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction

from pathway.protocol.types import Role
from pathway.record.case import Case, CaseQuerySet
from pathway.record.person import Unit, User

MAY_AUDIT = frozenset({Role.MANAGER})
MEMORY = "64MB"
COLUMNS = ("pk", "suspected_at", "klass", "unit_id", "unit__nation", "is_open")


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases suspected from `start` until before `end`, in one unit or in all, that this person may audit."""

    user: User
    start: datetime
    end: datetime
    unit: Unit | None = None

    @property
    def suspected(self) -> CaseQuerySet:
        """Every case suspected in the period, duplicates and errors too; no fire drill."""
        mine = Case.objects.visible_to(self.user) if self.user.role_set & MAY_AUDIT else Case.objects.none()
        found = mine.filter(suspected_at__gte=self.start, suspected_at__lt=self.end)
        return found.filter(unit=self.unit) if self.unit else found

    @property
    def cases(self) -> CaseQuerySet:
        """Those that count: each compression once, and nothing that never was a case."""
        return self.suspected.filter(survivor=None).exclude(state=Case.State.ENTERED_IN_ERROR)

    @property
    def removed(self) -> tuple[int, int]:
        """How many of the period are left out as merged into another case, and as entered in error."""
        found = self.suspected
        return (
            found.exclude(survivor=None).count(),
            found.filter(survivor=None, state=Case.State.ENTERED_IN_ERROR).count(),
        )

    def rows(self, sql: str, *given: Any, name: str = "cohort") -> list[tuple[Any, ...]]:
        """What a query answers about these cases, as `rows_of`."""
        return rows_of(self.cases, sql, *given, name=name)


def rows_of(cases: CaseQuerySet, sql: str, *given: Any, name: str = "cohort") -> list[tuple[Any, ...]]:
    """What a query answers whose first words are to be `WITH cohort AS (...), ` of these cases, with values `given`."""
    try:
        cohort, values = cases.values_list(*COLUMNS).query.sql_with_params()
    except EmptyResultSet:
        return []
    head = f"WITH {name} (subject, suspected_at, klass, unit_id, nation, is_open) AS (" + cohort + "), "
    return unlooped(head + sql, [*values, *given])


def unlooped(sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query of facts, joined by no loops where there is another way, and sorted in memory up to MEMORY.

    Of how many cases it reads facts nobody can tell beforehand: of none after a quiet day, of all when the definitions
    have changed. Planned for one, twenty thousand cases were compared with each other for minutes. What it reads of a
    table for each case has to say so (LATERAL, `OFFSET 0`), else all of the table is read.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', %s, true)", [MEMORY])
        found = fetched(sql, values)
        cursor.execute("SET LOCAL enable_nestloop = DEFAULT")
        cursor.execute("SET LOCAL work_mem = DEFAULT")
    return found


def fetched(sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
