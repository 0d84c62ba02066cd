"""What an empty sweep and a page of the board cost, at more and more open cases."""

from collections import defaultdict
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection

from pathway import worklist
from pathway.engine.now import now
from pathway.engine.tick import BATCH, sweep, tick
from pathway.management.bench import load
from pathway.management.bench.moves import recorded
from pathway.management.bench.scratch import Databases
from pathway.record.person import User
from pathway.worklist import rows

REPEATS = 20
BOARD_UP_TO = 100_000
SWEEP_QUERY, WHOLE_TICK, PAGE_QUERY, WHOLE_BOARD = "sweep query", "tick", "page query", "board"


def costs(databases: Databases, rounds: int, sizes: list[int]) -> dict[str, dict[int, float]]:
    """Milliseconds by what was measured and by how many cases, each with one clock, are open."""
    names = {}
    for size in sizes:
        names[size] = databases.create(f"open_{size}")
        load.open_cases(size, due=False)
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for size, name in names.items():
            databases.use(name)
            user = load.coordinator()
            for what, took in {**of_the_sweep(), **(of_the_board(user) if size <= BOARD_UP_TO else {})}.items():
                found[what][size].append(took)
    return {what: {size: median(times) for size, times in by_size.items()} for what, by_size in found.items()}


def of_the_sweep() -> dict[str, float]:
    """Milliseconds of a sweep that finds nothing due: its query alone, and the whole tick with its heartbeat."""
    with recorded() as sent:
        sweep(now(), BATCH)
    locked = next(each for each in sent if "SKIP LOCKED" in each[0])
    return {SWEEP_QUERY: milliseconds(lambda: ask(*locked)), WHOLE_TICK: milliseconds(lambda: tick(by="bench"))}


def of_the_board(user: User) -> dict[str, float]:
    """Milliseconds of the first page of the board: the query for its cases, and everything that it asks."""
    filters = worklist.Filters()
    with recorded() as sent:
        worklist.board(user, filters)
    pages = [each for each in sent if f"LIMIT {rows.PAGE}" in each[0] and "pathway_alert" not in each[0]]
    page = next(each for each in pages if '"pathway_patient"' in each[0])
    return {
        PAGE_QUERY: milliseconds(lambda: ask(*page)),
        WHOLE_BOARD: milliseconds(lambda: worklist.board(user, filters)),
    }


def ask(statement: str, values: Any) -> None:
    """Send one query and read its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.fetchall()


def milliseconds(act: Callable[[], object]) -> float:
    """The median of some repetitions, after two that do not count."""
    times = []
    for number in range(REPEATS + 2):
        started = perf_counter()
        act()
        if number > 1:
            times.append(perf_counter() - started)
    return median(times) * 1000
