"""Keeps what the measures say of each case, so that figures need not read every record: a copy that may be thrown away.

A row is made under the lock that every writer of the case takes first, and removed by a trigger with whatever is
written of the case; so it is never older than the case. Reading judges what no row holds for (`dossier`).
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import Any

from django.db import connection, transaction

from pathway.analytics.cohort import rows_of
from pathway.analytics.dossier import CODES, every
from pathway.engine.now import now as database_now
from pathway.record.case import Case
from pathway.record.tally import Tally

AT_A_TIME = 50  # cases whose lock is held together, for about a tenth of a second
SOON, A_WHILE, FOR_GOOD = timedelta(minutes=30), timedelta(hours=1), timedelta(days=36_525)
# No lock is waited for: who writes a case now changes what would be kept of it. Its values are the last case that was
# looked at, the definitions, and the time until which a row is to hold.
WANTED = """
SELECT pathway_case.id FROM pathway_case LEFT JOIN pathway_tally kept ON kept.case_id = pathway_case.id
WHERE pathway_case.id > %s AND survivor_id IS NULL AND NOT drill AND state <> 'entered_in_error'
  AND (kept.definitions IS DISTINCT FROM %s OR kept.holds_until < %s)
ORDER BY pathway_case.id LIMIT %s FOR NO KEY UPDATE OF pathway_case SKIP LOCKED
"""
ABSORBED = """
SELECT survivor_id FROM pathway_case WHERE survivor_id = ANY(%s) AND id <> ALL(ARRAY(
  SELECT id FROM pathway_case WHERE survivor_id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED))
"""
CODED = " SELECT subject, key, line, shown, hours FROM live"
NUMBER = {code: number for number, code in enumerate(CODES, 1)}
Told = dict[int, tuple[tuple[int, float | None], ...]]


def keep(seconds: float = inf) -> int:
    """Judge and keep every case of which nothing is kept that holds for a while; return how many were kept.

    After so many seconds no more is begun: the next call goes on with what is left.
    """
    last, kept, begun = 0, 0, monotonic()
    while True:
        with transaction.atomic():
            keys = wanted(last)
            kept += keep_of(keys) if keys else 0
        if len(keys) < AT_A_TIME or monotonic() - begun > seconds:
            return kept
        last = keys[-1]


def wanted(last: int) -> list[int]:
    """Some cases after the last one, locked with those merged into them; a case that somebody writes waits its turn."""
    with connection.cursor() as cursor:
        cursor.execute(WANTED, [last, every()[1], database_now() + SOON, AT_A_TIME])
        return [key for (key,) in cursor.fetchall()]


def keep_of(keys: Collection[int]) -> int:
    """Keep what holds of these locked cases for a while at least, or for good."""
    with connection.cursor() as cursor:
        cursor.execute(ABSORBED, [list(keys), list(keys)])
        free = set(keys) - {survivor for (survivor,) in cursor.fetchall()}
    now = database_now()
    told, for_good = judge(free, now), judge(free, now + FOR_GOOD)
    turning = {key for key in free if told[key] != for_good[key]}
    later = judge(turning, now + A_WHILE)
    rows = [
        Tally(
            case_id=key, definitions=every()[1], holds_from=now,
            holds_until=now + (A_WHILE if key in turning else FOR_GOOD),
            told=[number for number, _ in said], hours=[hours for _, hours in said],
        )
        for key, said in told.items() if key not in turning or said == later[key]
    ]  # fmt: skip
    fields = [field.name for field in Tally._meta.fields if not field.primary_key]
    Tally.objects.bulk_create(rows, update_conflicts=True, unique_fields=["case"], update_fields=fields)
    return len(rows)


def judge(keys: Collection[int], at: datetime) -> Told:
    """The numbers of all that is true of each of these cases at a time, in their order, each with its hours."""
    how, found = every()[0], defaultdict[int, list[tuple[int, float | None]]](list)
    rows: list[Any] = rows_of(Case.objects.filter(pk__in=keys), how.sql + CODED, *how.values(at)) if keys else []
    for subject, key, line, shown, hours in rows:
        found[subject].append((NUMBER[key, line, ""], hours))
        found[subject] += [(NUMBER[key, line, part], None) for part in shown]
    return {key: tuple(sorted(said, key=lambda each: (each[0], each[1] or 0))) for key, said in found.items()}
