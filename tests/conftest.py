"""Fixtures that every test may ask for: one trust, its people by role, somebody from elsewhere, and times."""

import gc
from collections import Counter

import pytest
from django.db import connection

from tests import factories

PAIRS = pytest.StashKey[Counter]()
WAITS, UNTIL = ("system", "faults"), 0.8
OF_MODELS = {"django_content_type", "auth_permission"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Spread what starts whole processes, and mostly waits, among what computes; its last long before the end."""
    files = [*dict.fromkeys(item.path for item in items)]
    parted = [[path for path in files if (path.parent.name in WAITS) is waits] for waits in (True, False)]
    share = zip(parted, (UNTIL, 1.0), strict=True)
    place = {path: until * number / len(some) for some, until in share for number, path in enumerate(some)}
    items.sort(key=lambda item: place[item.path])


def pytest_collection_finish():
    """Keep what was made so far, the tests and their modules, out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session):
    """Hand what this process has counted to the one that gave it its tests."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["pairs"] = [*session.config.stash.get(PAIRS, Counter()).items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Add what a process that ran a share of the tests has counted."""
    found = node.config.stash.setdefault(PAIRS, Counter())
    found.update({tuple(pair): count for pair, count in getattr(node, "workeroutput", {}).get("pairs", ())})


def pytest_terminal_summary(terminalreporter, config):
    """Say how many pairs of a state and a move were tried, through each door."""
    found = config.stash.get(PAIRS, Counter())
    for door in dict.fromkeys(door for door, _ in found):
        allowed, refused = found[door, True], found[door, False]
        terminalreporter.write_line(
            f"state and move pairs through the {door}: {allowed} allowed, {refused} refused with a reason, "
            f"{allowed + refused} in all"
        )


@pytest.fixture
def pairs(pytestconfig):
    """The pairs of a state and a move tried so far, counted by door and by whether the move was possible."""
    return pytestconfig.stash.setdefault(PAIRS, Counter())


@pytest.fixture(autouse=True, scope="session")
def flush_past_the_trigger():
    """Let the flush after a `transaction=True` test empty the append-only table too, as the owner and only there.

    Rows are deleted where there are any: to truncate every table makes the files of all of them anew. What Django
    itself writes for each model at a migration stays, so that it need not be written again.
    """
    # Of the class: under a browser's event loop Django opens another connection than outside it.
    operations = type(connection.ops)

    def sql_flush(self, _style, tables, **_options):
        names = {table: self.quote_name(table) for table in tables if table not in OF_MODELS}
        held = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM {name})" for table, name in names.items()
        )
        with self.connection.cursor() as cursor:
            cursor.execute(held)
            filled = [table for (table,) in cursor.fetchall()]
        return [
            "SET LOCAL session_replication_role = replica", *(f"DELETE FROM {names[table]}" for table in filled)
        ]  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """End what still holds the test database, such as the session of a killed process, before it is dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def at():
    """`at("2026-03-02 09:00")`: an aware instant in UTC."""
    return factories.at


@pytest.fixture
def trust(db):
    return factories.organisation()


@pytest.fixture
def unit(trust):
    return factories.unit(trust)


@pytest.fixture
def coordinator(trust):
    return factories.user("coordinator", trust)


@pytest.fixture
def clinician(trust):
    return factories.user("clinician", trust)


@pytest.fixture
def physiotherapist(trust):
    return factories.user("physiotherapist", trust)


@pytest.fixture
def manager(trust):
    return factories.user("manager", trust)


@pytest.fixture
def administrator(trust):
    return factories.user("administrator", trust)


@pytest.fixture
def auditor(trust):
    return factories.user("auditor", trust)


@pytest.fixture
def outsider(db):
    """A coordinator of another organisation."""
    return factories.user("coordinator", factories.organisation())
