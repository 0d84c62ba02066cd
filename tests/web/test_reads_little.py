"""No page of those who care reads every entry or every clock that there ever was: each is found by an index."""

import pytest
from django.db import connection

from pathway.management.bench.scratch import copies
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.person import Patient
from tests.web.test_roles import GET, ask, case, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
CASES, OF_EACH = 5000, 4
BIG = {table._meta.db_table for table in (Case, Event, Clock)}
READ_BY_ALL = sorted(name for name, answers in GET.items() if answers["coordinator"] == 200)


@pytest.fixture(scope="module")
def crowded(world, django_db_blocker):  # noqa: F811
    """Thousands of cases that are over, with so much on their record that to read all of it would be dear."""
    with django_db_blocker.unblock():
        copies(Patient, world.case.patient_id, CASES, {"nhs_number": "''"})
        copies(Case, world.case.pk, CASES, {"is_open": "false", "next_due_at": "NULL", "patient_id": "1000000 + n"})
        for table in (Event, Clock):
            row = table.objects.filter(case=world.case).first()
            copies(table, row.pk, CASES * OF_EACH, {
                "case_id": f"1000000 + (n + {OF_EACH - 1}) / {OF_EACH}", "submission": "NULL", "nth": "n",
                "ended_at": "due_at", "outcome": "'met'",
            })  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # of every table: one that other tests filled and left may be guessed to be big


def read(node):
    """The big table that each node of a plan read when it was carried out, and how many of its rows."""
    if node.get("Relation Name") in BIG:
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield node["Relation Name"], rows * node["Actual Loops"]
    for below in node.get("Plans", ()):
        yield from read(below)


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("name", READ_BY_ALL)
def test_a_page_finds_what_it_shows(name, ask):  # noqa: F811
    """Given thousands of cases that are over, when a page is opened, then no query of it reads all that is theirs."""
    found = []

    def explained(execute, sql, params, many, context):
        if sql.startswith(("SELECT", "WITH")) and any(table in sql for table in BIG):
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                ((plan,),) = cursor.fetchone()
            found.extend((table, rows, sql) for table, rows in read(plan["Plan"]) if rows >= CASES)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        assert ask("coordinator", "get", name).status_code == 200
    assert found == []
