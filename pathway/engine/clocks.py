"""Keeps the clock rows equal to the fold, and climbs a rung for every clock whose time has come."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from pathway import protocol
from pathway.engine import alerts
from pathway.engine.glance import tracks
from pathway.engine.hold import Held, columns
from pathway.protocol.contradictions import contradictions
from pathway.protocol.fold import Run, fold
from pathway.protocol.hours import in_hours
from pathway.protocol.phase import phase
from pathway.protocol.types import EXACT, At, Protocol, Standard
from pathway.protocol.vocabulary import SETS_CLASS, last
from pathway.record.alert import Alert, AlertQuerySet
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault

STANDING = f"SELECT {columns(Clock)} FROM pathway_clock WHERE case_id = %s AND withdrawn_at IS NULL"  # noqa: S608
Key = tuple[str, datetime, int]
FOLLOWED = ("amber_at", "due_at", "ended_at", "outcome", "suspended_until", "start_width", "end_width", "entered_at")


def runs_of(held: Held) -> list[Run]:
    """Every run of every clock of the case, as the events say."""
    return fold(held.facts, protocol.get(held.case.protocol), partial(in_hours, nation=held.nation))


def keyed(runs: Iterable[Run]) -> dict[Key, Run]:
    """The runs by standard, start, and number among those that start at one instant."""
    seen: Counter[tuple[str, datetime]] = Counter()
    found = {}
    for run in runs:
        start = (run.standard, run.started_at)
        found[(*start, seen[start])] = run
        seen[start] += 1
    return found


def sync(held: Held) -> None:
    """Make the clock rows and the case's columns say what the events say. Writes only what changed."""
    version = protocol.get(held.case.protocol)
    runs = keyed(runs_of(held))
    rows = {(row.standard, row.started_at, row.nth): row for row in Clock.objects.raw(STANDING, [held.case.pk])}
    gone = [key for key, row in rows.items() if key not in runs or told_too_soon(row, runs[key], version, held.now)]
    withdrawn = [rows.pop(key) for key in sorted(gone)]
    withdraw(withdrawn, held.now)
    new, changed = [], []
    for key, run in runs.items():
        row = rows.get(key)
        if row is None:
            row = rows[key] = Clock(case=held.case, standard=key[0], started_at=key[1], nth=key[2])
            new.append(row)
        elif not differs(row, run):
            continue
        else:
            changed.append((row, row.ended_at))
        follow(row, run, version.standards[run.standard])
    Clock.objects.bulk_create(new)
    for row, _ in changed:
        row.save(update_fields=[*FOLLOWED, "wake_at"])
    alerts.stand_down([row for row, was in changed if was is None and row.ended_at], now=held.now, why="clock ended")
    alerts.reinstate([row for row, was in changed if was and row.ended_at is None], now=held.now)
    replace(withdrawn, new, held.now)
    if held.absorbed:
        borrow(held, rows.values())
    rearm(rows.values() if held.absorbed else [*new, *(row for row, _ in changed)], version)
    write_columns(held, list(rows.values()))
    if held.faulty:
        Fault.objects.filter(case=held.case).delete()


def as_folded(held: Held) -> list[Clock]:
    """The clocks as the events say, as rows that nobody may save: for what was known at an earlier time."""
    standards = protocol.get(held.case.protocol).standards
    rows = []
    for (standard, started, nth), run in keyed(runs_of(held)).items():
        row = Clock(case=held.case, standard=standard, started_at=started, nth=nth)
        follow(row, run, standards[standard])
        rows.append(row)
    return rows


def told_too_soon(row: Clock, run: Run, version: Protocol, now: datetime) -> bool:
    """Whether a correction moved the due time on, and a rung that its time had reached ahead of now: arm it again."""
    if run.due_at <= row.due_at or not row.rung:
        return False
    climbed = enumerate(version.standards[run.standard].ladder[: row.rung])
    ahead = {
        number
        for number, rung in climbed
        if rung.at is At.DUE and rung.time(amber_at=run.amber_at, due_at=run.due_at) > now
    }
    return bool(ahead & alerts.by_time(Alert.objects.filter(clock=row))) if ahead else False


def differs(row: Clock, run: Run) -> bool:
    """Whether a row no longer says what the run says."""
    of_row = row.amber_at, row.due_at, row.ended_at, row.outcome, row.suspended_until, row.start_width, row.end_width
    of_run = run.amber_at, run.due_at, run.ended_at, run.outcome, run.suspended_until, run.start_width, run.end_width
    return of_row != of_run or row.entered_at != run.start.recorded_at


def follow(row: Clock, run: Run, standard: Standard) -> None:
    """Copy a run to its row and set when the row next wakes."""
    row.amber_at, row.due_at = run.amber_at, run.due_at
    row.ended_at, row.outcome, row.suspended_until = run.ended_at, run.outcome, run.suspended_until
    row.start_width, row.end_width = run.start_width, run.end_width
    row.entered_at = run.start.recorded_at or run.started_at
    row.wake_at = wakes(row, standard)


def wakes(row: Clock, standard: Standard, alert: Alert | None = None) -> datetime | None:
    """When there is next something to do: a rung to climb, or a last one to repeat. `alert` is its newest."""
    if row.ended_at or row.withdrawn_at:
        return None
    return row.ladder(standard.ladder, alert.call if alert else None).wakes_at


def rearm(rows: Iterable[Clock], version: Protocol) -> None:
    """Set when those rows wake that have rungs behind them: it depends on what was said to their newest alerts."""
    climbed = [row for row in rows if row.rung and row.ended_at is None]
    newest = alerts.newest(climbed)
    for row in climbed:
        row.wake_at = wakes(row, version.standards[row.standard], newest.get(row.pk))
        row.save(update_fields=["wake_at"])


def withdraw(rows: list[Clock], now: datetime) -> None:
    """Keep, but no longer count, rows whose start the events no longer support."""
    for row in rows:
        row.withdrawn_at, row.wake_at = now, None
        row.save(update_fields=["withdrawn_at", "wake_at"])


def take_over(told: AlertQuerySet, heir: Clock, now: datetime, **mark: Any) -> None:
    """Let a run keep what was told on another one, of the rungs that are past under it too; the others stay armed."""
    ladder = heir.ladder(protocol.get(heir.case.protocol).standards[heir.standard].ladder, None)
    ahead = [number for number in alerts.by_time(told) if ladder.time(number) > now]
    heir.rung = alerts.hand_over(told, heir, min(ahead, default=len(ladder.rungs)), **mark)
    heir.save(update_fields=["rung"])


def replace(withdrawn: list[Clock], new: list[Clock], now: datetime) -> None:
    """Let each run with a corrected start take over from the one in whose place it is."""
    fresh: dict[str, list[Clock]] = defaultdict(list)
    for row in new:
        fresh[row.standard].append(row)
    for old in withdrawn:
        heir = fresh[old.standard].pop(0) if fresh[old.standard] else None
        if heir and old.rung:
            take_over(Alert.objects.filter(clock=old), heir, now)
    alerts.stand_down(withdrawn, now=now, why="start corrected")
    alerts.stand_down([row for row in new if row.ended_at], now=now, why="clock ended")
    alerts.reinstate([row for row in new if row.ended_at is None], now=now)


def borrow(held: Held, rows: Iterable[Clock]) -> None:
    """Let the running clocks take over what was told on those of merged cases, so that no alarm is sent twice as two.

    That is what was told on a run of the same start, and on any that still runs, as it does while its case is merged.
    """
    running = {row.standard: row for row in rows if row.ended_at is None}
    theirs = Clock.objects.standing().filter(case__survivor=held.case, rung__gt=0, standard__in=running)
    for old in theirs.select_related("case").order_by("pk"):
        heir = running[old.standard]
        heir.case = held.case
        if old.ended_at is None or old.started_at == heir.started_at:
            pass_over(Alert.objects.filter(clock=old), old, heir, held.now, lent_by=old)


def pass_over(told: AlertQuerySet, old: Clock, heir: Clock, now: datetime, **mark: Any) -> None:
    """Let a run of another case take over; whoever holds the roles in its unit is told too, where that is another one.

    Where the two are pinned to versions with another ladder, nothing is taken over: a rung means something else there.
    """
    ladders = [protocol.get(row.case.protocol).standards[row.standard].ladder for row in (old, heir)]
    if old.rung <= heir.rung or ladders[0] != ladders[1]:
        return
    behind = heir.rung
    take_over(told, heir, now, case=heir.case, **mark)
    alerts.reinstate([heir], now=now)
    if old.case.unit_id != heir.case.unit_id:
        alerts.tell_here(Alert.objects.open().filter(clock=heir, rung__gte=behind), heir.case.unit_id, now)


def columns_of(held: Held, rows: list[Clock]) -> dict[str, Any]:
    """What lists need to know of a case; a clock that only reports, with an empty ladder, is no deadline of it."""
    version = protocol.get(held.case.protocol)
    wakeful = [row for row in rows if row.ended_at is None and version.standards[row.standard].ladder]
    running = sorted(wakeful, key=lambda row: (row.due_at, version.rank[row.standard]))
    assigned, classed = last(held.facts, "case.assigned"), last(held.facts, *SETS_CLASS)
    state = str(held.columns.get("state", held.case.state))
    return {
        **held.columns,
        "phase": phase(held.facts),
        "klass": classed.answers["class"] if classed else held.case.klass,
        "owner": assigned.answers["to"] if assigned else "",
        "is_open": state not in Case.ENDED,
        "contradictions": [] if state in Case.ENDED else contradictions(held.facts, rows, version),
        "tracks": tracks(held),
        "suspected_at": held.suspicion.occurred_at if held.suspicion else held.case.suspected_at,
        "changed_at": held.now,
        "next_standard": running[0].standard if running else "",
        "next_due_at": running[0].due_at if running else None,
        "next_width": running[0].start_width if running else EXACT,
        "overdue_from": min(
            (row.due_at + row.start_width for row in running if row.start_width is not None), default=None
        ),
        "next_amber_at": min((row.amber_at for row in running), default=None),
        "wake_at": min((row.wake_at for row in rows if row.wake_at), default=None),
    }


def write_columns(held: Held, rows: list[Clock]) -> None:
    """Write them on the case in one written statement: the ORM takes longer to build it than it runs.

    Where the case thereby wakes earlier, the same statement lets the sweeper hear of it.
    """
    columns = columns_of(held, rows)
    changes = ", ".join(f"{name} = %s" for name in columns)
    before, wakes_at = held.case.wake_at, columns["wake_at"]
    woken = alerts.WOKEN if wakes_at and (before is None or wakes_at < before) else ""
    statement = f"UPDATE pathway_case SET {changes} WHERE id = %s{woken}"  # noqa: S608 - names of columns
    with connection.cursor() as cursor:
        values: list[Any] = [Jsonb(value) if isinstance(value, dict) else value for value in columns.values()]
        cursor.execute(statement, [*values, held.case.pk])
    for name, value in columns.items():
        held.case.__dict__[name] = value
