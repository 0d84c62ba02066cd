"""Which clock judges: the database's, or a simulated one; never the clock of this process."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

import pathway
from pathway.engine import now as clock
from tests.factories import START

SAYS_ITS_OWN = Path("record/heartbeat.py")  # a loop also says what its own clock shows: how far off it is, is watched
READS_A_CLOCK = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "localtime", "gmtime"}
CLOCKS = {"datetime", "date", "time", "timezone"}
FLOORS = ("engine", "protocol", "record", "steps")


@pytest.mark.django_db
def test_now_is_what_the_database_says():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        before = cursor.fetchone()[0]
        now = clock.now()
        cursor.execute("SELECT clock_timestamp()")
        after = cursor.fetchone()[0]
    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


def test_simulated_time_is_left_again():
    with clock.at(START):
        assert clock.now() == START
        with clock.at(START + timedelta(hours=1)):
            assert clock.now() == START + timedelta(hours=1)
        assert clock.now() == START
    assert clock.SIMULATED.get() is None


def test_simulated_time_is_left_after_an_error():
    with pytest.raises(ZeroDivisionError), clock.at(datetime(2026, 1, 1, tzinfo=UTC)):
        _ = 1 / 0
    assert clock.SIMULATED.get() is None


def test_no_floor_below_the_doors_reads_the_clock_of_the_process():
    root = Path(pathway.__file__).parent
    found = [
        f"{file.relative_to(root)}:{node.lineno}"
        for floor in FLOORS
        for file in (root / floor).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if file.relative_to(root) != SAYS_ITS_OWN
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READS_A_CLOCK
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in CLOCKS
    ]
    assert not found
