"""Moves a second through `advance`, against the very statements it sent, sent again by plain psycopg to a clone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection

from pathway.engine.advance import advance
from pathway.management.bench import load
from pathway.management.bench.scratch import Databases, connect
from pathway.record.case import Case
from pathway.record.person import User
from pathway.record.step import machines

Statement = tuple[str, Any]
ROUTE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("contact", "make", {"channel": "phone", "spoke_to": "coordinator"}),
    ("referral", "receive", {"channel": "phone", "referrer": "ward registrar"}),
    ("referral", "triage", {"class": "A", "outcome": "pathway", "positioning": "flat"}),
    ("position", "immobilise", {}),
    ("imaging", "request", {"modality": "mri"}),
    ("steroids", "indicate", {}),
    ("steroids", "start", {"dose_mg": 16, "route": "oral"}),
    ("imaging", "acquire", {"modality": "mri"}),
)


def rates(databases: Databases, rounds: int, cases: int) -> tuple[float, float, float]:
    """Moves a second through the engine and by plain psycopg, and the median of the rounds' ratios."""
    source = databases.create("moves")
    made = [[load.real_case(number * cases + each) for each in range(cases)] for number in range(rounds + 1)]
    clone = databases.clone(source, "moves_again")
    databases.use(source)
    by = load.coordinator()
    engine, plain = [], []
    with connect(clone) as other:
        for number, some in enumerate(made):
            took, sent = by_engine(some, by)
            again = by_psycopg(other, sent)
            if number:
                engine.append(len(sent) / took)
                plain.append(len(sent) / again)
    return median(engine), median(plain), median(one / two for one, two in zip(engine, plain, strict=True))


def by_engine(cases: list[Case], by: User) -> tuple[float, list[list[Statement]]]:
    """Make every move of the route on every case; the seconds, and the statements of each move."""
    moves: list[list[Statement]] = []
    kinds: dict[str, Any] = {**machines()}
    started = perf_counter()
    for case in cases:
        steps = {track: kinds[track](case=case) for track, *_ in ROUTE}
        for track, verb, answers in ROUTE:
            with recorded() as sent:
                advance(steps[track], verb, by=by, answers=answers)
            moves.append(sent)
    return perf_counter() - started, moves


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """The statements that Django sends meanwhile."""
    sent: list[Statement] = []

    def note(execute: Callable[..., Any], statement: str, values: Any, *more: Any) -> Any:
        sent.append((statement, values))
        return execute(statement, values, *more)

    with connection.execute_wrapper(note):
        yield sent


def by_psycopg(plain: Any, moves: list[list[Statement]]) -> float:
    """Send the statements again, each move in a transaction of its own; the seconds."""
    started = perf_counter()
    for sent in moves:
        with plain.transaction():
            for statement, values in sent:
                cursor = plain.execute(statement, values)
                if cursor.description:
                    cursor.fetchall()
    return perf_counter() - started
