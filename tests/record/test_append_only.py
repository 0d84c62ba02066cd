"""Events are only ever added: refused by privilege to the application, by trigger to everybody."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from pathway.record.event import Event
from pathway.record.step import machines
from tests import factories
from tests.services import application_url

CHANGES = (
    "UPDATE pathway_event SET kind = 'case.died'",
    "DELETE FROM pathway_event",
    "TRUNCATE pathway_event CASCADE",
)
KEPT = {  # what the application may still do with what is there
    "pathway_event": "",
    "pathway_access": "",
    "pathway_identitychange": "",
    "pathway_response": "",
    "pathway_alert": "UPDATE",
    "pathway_delivery": "UPDATE",
    "pathway_attempt": "",
    "pathway_message": "UPDATE",
    "pathway_address": "UPDATE",
    "pathway_clock": "UPDATE",
    "pathway_drill": "UPDATE",
    "pathway_statuslink": "UPDATE",
    "pathway_statusopening": "",
    "pathway_reconciliation": "",
    "pathway_rebase": "",
    "pathway_job": "UPDATE",
}
MAY = "SELECT has_table_privilege(%s, %s)"


@pytest.fixture
def application(db):
    """A connection as the application's login has it, to the test database."""
    at = connection.settings_dict
    port = f":{at['PORT']}" if at["PORT"] else ""
    host = at["HOST"] or at["OPTIONS"].get("host", "")
    owner = f"postgresql://{at['USER']}:{at['PASSWORD']}@{host.replace('/', '%2F')}{port}/{at['NAME']}"
    with psycopg.connect(application_url(owner), autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize("change", CHANGES)
def test_the_application_has_no_privilege_to_change_an_event(application, change):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table pathway_event"):
        application.execute(change)


@pytest.mark.parametrize("change", CHANGES)
def test_a_trigger_refuses_the_owner_too(db, change):
    case = factories.case()
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="events are only added"), transaction.atomic():
        connection.cursor().execute(change)
    assert Event.objects.get(case=case).kind == "case.suspected"


@pytest.mark.django_db(transaction=True)
def test_the_flush_of_the_tests_steps_round_the_trigger_and_only_the_flush():
    factories.case()
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    assert not Event.objects.exists()
    factories.case()
    with pytest.raises(DatabaseError, match="events are only added"):
        connection.cursor().execute("DELETE FROM pathway_event")


def test_the_application_is_no_owner_and_cannot_step_round_the_trigger(application):
    (superuser,) = application.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert not superuser
    for attempt in (
        "SET session_replication_role = replica",
        "ALTER TABLE pathway_event DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only_rows ON pathway_event",
        "DROP TABLE pathway_event CASCADE",
        "ALTER FUNCTION pathway_append_only() RENAME TO something_else",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute(attempt)


@pytest.mark.parametrize("table", KEPT)
def test_what_is_a_record_is_added_to_and_never_taken_away(application, table):
    name = sql.Identifier(table)
    for change in ("DELETE FROM {}", "TRUNCATE {} CASCADE"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table"):
            application.execute(sql.SQL(change).format(name))
    assert application.execute(MAY, [table, "INSERT"]).fetchone() == (True,)
    assert application.execute(MAY, [table, "UPDATE"]).fetchone() == (KEPT[table] == "UPDATE",)


def test_who_opened_a_case_stays_as_it_was_written(application):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table pathway_access"):
        application.execute("UPDATE pathway_access SET user_id = 1")


def test_the_application_reads_and_writes_the_case_and_all_that_is_no_record(application):
    steps = [machine._meta.db_table for machine in machines().values()]
    for table in connection.introspection.table_names():
        application.execute(sql.SQL("SELECT 1 FROM {} LIMIT 0").format(sql.Identifier(table)))
    for table in (*steps, "pathway_duty", "pathway_fault", "pathway_heartbeat", "django_session"):
        for deed in ("INSERT", "UPDATE", "DELETE"):
            assert application.execute(MAY, [table, deed]).fetchone() == (True,)
