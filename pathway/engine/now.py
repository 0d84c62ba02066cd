"""What time it is: by the database's clock, or simulated for a replay, a demonstration or a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connection

SIMULATED: ContextVar[datetime | None] = ContextVar("simulated", default=None)


def now() -> datetime:
    """The time by which everything is judged, in UTC."""
    if (simulated := SIMULATED.get()) is not None:
        return simulated
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be another time."""
    token = SIMULATED.set(moment)
    try:
        yield
    finally:
        SIMULATED.reset(token)
