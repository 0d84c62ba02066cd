"""The start warns of a log-in that could change the record, and does not wait for a database that is away."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from config.embedded import ROOT
from pathway.checks import not_the_owner

SECRET = "x7!qazXSW@3edc" * 5


def deployed(database):
    """What a deployment's check of this database says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PATHWAY_")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--database", "default"],
        cwd=ROOT, env={**clean, "SECRET_KEY": SECRET, "DATABASE_URL": database},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("role", "found"), [("", ["pathway.W1"]), ("pathway_app", [])])
def test_a_log_in_that_owns_the_events_is_warned_of(db, role, found):
    if role:
        connection.cursor().execute(f"SET ROLE {role}")
    assert [each.id for each in not_the_owner(databases=["default"])] == found


def test_an_owner_who_is_no_superuser_is_warned_of_too(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody; GRANT CREATE ON SCHEMA public TO somebody")
        cursor.execute("ALTER TABLE pathway_event OWNER TO somebody")
        cursor.execute("SET ROLE somebody")
    assert [each.id for each in not_the_owner(databases=["default"])] == ["pathway.W1"]


def test_it_asks_only_where_a_database_is_named(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not_the_owner(databases=None) == []


def test_a_deployment_says_it_and_starts():
    said = deployed(os.environ["DATABASE_URL"])
    assert said.returncode == 0
    assert "pathway.W1" in said.stderr
    assert "use a member of pathway_app" in said.stderr


def test_a_database_that_is_away_stops_no_start():
    said = deployed("postgresql://nobody@127.0.0.1:1/none")
    assert said.returncode == 0, said.stderr
    assert "pathway.W1" not in said.stderr
