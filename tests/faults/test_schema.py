"""A database that is not yet what the program needs: migrated under fire, and waited for by whatever runs on it."""

import io
import os
import subprocess
import sys
import time
from functools import partial

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from config.embedded import ROOT
from pathway.management.commands.migrate import ONE_AT_A_TIME
from pathway.record import schema
from tests.faults.conftest import kill
from tests.faults.crowd import until
from tests.services import application_url

NAME = "pathway_schema"
LAST, BEFORE_TELLING = "0009_identity", "0014_lent_alerts"
BEAT = "SELECT count(*) FROM pathway_heartbeat WHERE name = 'sweeper'"
SHAPE = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
  WHERE table_schema = 'public' ORDER BY 1, 2;
SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2;
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2;
SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants
  WHERE table_schema = 'public' ORDER BY 1, 2, 3
"""


@pytest.fixture
def owner():
    """The address of an empty database, as its owner."""
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME))
    with psycopg.connect(f"{address}/postgres", autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        yield f"{address}/{NAME}"
        server.execute(drop)


def migrate(url, *arguments):
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", *arguments]
    environment = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)


def ask(url, statement):
    with psycopg.connect(url) as session:
        return session.execute(statement).fetchall()


def ask_all(url, statement):
    with psycopg.connect(url) as session:
        session.execute(statement)


def shape(url):
    """Every column, index, constraint and privilege."""
    return [ask(url, statement) for statement in SHAPE.split(";")]


def test_killed_half_way_and_run_again_it_makes_the_same_database(owner, django_db_setup, django_db_blocker):
    running, done = migrate(owner), set()
    while running.poll() is None:
        time.sleep(0.4)
        kill(running)
        done.add(applied(owner))
        running = migrate(owner)
        went_on = partial(has_gone_on, owner, running, max(done))
        until(went_on)
    assert running.returncode == 0
    assert len(done) > 5, "killed at several places"
    whole, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    with django_db_blocker.unblock():
        assert shape(owner) == shape(f"{whole}/{connection.settings_dict['NAME']}")


def test_a_migration_and_the_note_that_it_was_made_are_one_transaction(owner):
    """Given a database that cannot take the note, when it is migrated, then none of the migration is there either."""
    assert migrate(owner, "pathway", BEFORE_TELLING).wait(timeout=60) == 0
    before = shape(owner)
    without_its_note(owner, "0015_telling")
    assert shape(owner) == before
    # And what is in no transaction, as an index made beside the work that goes on, is made anew by the next run
    for name in ("0020_tracks_filled", "0021_case_suspected", "0028_overdue_from_filled"):
        without_its_note(owner, name)
    assert migrate(owner).wait(timeout=60) == 0


def without_its_note(owner, name):
    """Migrate as far as this, and let the note of it fail, as a kill before it would."""
    ask_all(owner, f"ALTER TABLE django_migrations ADD CONSTRAINT no_note CHECK (name <> '{name}') NOT VALID")
    assert migrate(owner, "pathway", name).wait(timeout=60) == 1
    ask_all(owner, "ALTER TABLE django_migrations DROP CONSTRAINT no_note")


@pytest.mark.django_db
def test_a_second_migration_waits_for_the_first_and_then_says_so(monkeypatch):
    monkeypatch.setattr("pathway.management.commands.migrate.WITHIN", 0.5)
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    with psycopg.connect(f"{address}/{connection.settings_dict['NAME']}", autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        with pytest.raises(CommandError, match="Another migration runs here"):
            call_command("migrate", verbosity=0)
        call_command("migrate", "--plan", stdout=io.StringIO())
        first.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
        call_command("migrate", verbosity=0)
        assert first.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME]).fetchone() == (True,)


def has_gone_on(owner, running, done):
    return running.poll() is not None or applied(owner) > done


def applied(owner):
    """How many migrations the database has."""
    ((there,),) = ask(owner, "SELECT to_regclass('django_migrations') IS NOT NULL")
    return ask(owner, "SELECT count(*) FROM django_migrations")[0][0] if there else 0


def test_the_sweep_waits_for_the_migration_and_goes_on_by_itself(owner):
    assert migrate(owner, "pathway", LAST).wait(timeout=60) == 0
    sweeper = subprocess.Popen(
        [sys.executable, "manage.py", "sweeper"], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"DATABASE_URL": application_url(owner), "LOG_LEVEL": "WARNING"},
    )  # fmt: skip
    try:
        assert "the database lacks account 0001_initial (" in sweeper.stderr.readline()
        assert ask(owner, BEAT) == [(0,)]
        assert migrate(owner).wait(timeout=60) == 0
        until(lambda: ask(owner, BEAT) != [(0,)], seconds=40)
    finally:
        kill(sweeper)
        sweeper.stderr.close()


@pytest.mark.django_db
def test_a_newer_database_is_taken_and_an_older_one_named(client):
    schema.require.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('pathway', '9999_next', now())")
        schema.require()
        assert client.get("/health/ready").json()["database"] == "ok"
        schema.require.cache_clear()
        cursor.execute("DELETE FROM django_migrations WHERE app = 'pathway' AND name = '0012_watchers'")
    with pytest.raises(schema.Behind, match=r"lacks pathway 0012_watchers \(1 in all\): run `manage.py migrate`"):
        schema.require()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["database"], answer.json()["sweep"]) == (503, "behind", "unknown")
