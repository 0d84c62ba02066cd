"""`manage.py migrate`: Django's own, one at a time; of a migration in one transaction a kill leaves all or nothing."""

from contextlib import AbstractContextManager, nullcontext, suppress
from time import monotonic, sleep
from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

ONE_AT_A_TIME = 7_263_546_002  # of this database; any number that nothing else locks
WITHIN, EVERY = 30.0, 0.1  # seconds; no statement of a killed one lasts longer


class Executor(MigrationExecutor):
    """Writes down in the transaction of a migration that it was made, or taken back.

    Django does that after it wherever an index or a foreign key is made last. A kill between the two leaves tables that
    the next run makes again, and fails over.
    """

    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **options: Any) -> ProjectState:
        """Make one migration."""
        with self.whole(migration):
            return super().apply_migration(state, migration, *args, **options)

    def unapply_migration(self, state: ProjectState, migration: Migration, *args: Any, **options: Any) -> ProjectState:
        """Take one migration back."""
        with self.whole(migration):
            return super().unapply_migration(state, migration, *args, **options)

    def whole(self, migration: Migration) -> AbstractContextManager[None]:
        """The transaction of a migration and its note; none around one that is to be in none."""
        return transaction.atomic(self.connection.alias) if migration.atomic else nullcontext()


migrate.MigrationExecutor = Executor  # type: ignore[attr-defined] # the command has no other way to name its own


class Command(migrate.Command):
    """Waits for one that was killed: the server may be at its last statement, of which a plan would not know."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; what only shows a plan waits for nobody.

        Raises:
            CommandError: another one runs on this database.
        """
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        connection = connections[options["database"]]
        deadline = monotonic() + WITHIN
        # Asked again and again: a statement that waits would itself be waited for where an index is made concurrently.
        while not said(connection, "pg_try_advisory_lock"):
            if monotonic() > deadline:
                raise CommandError("Another migration runs here. Run this again once it is over.")
            sleep(EVERY)
        try:
            super().handle(*args, **options)
        finally:
            with suppress(DatabaseError):  # the lock is gone with its connection, and what went wrong is to be heard
                said(connection, "pg_advisory_unlock")


def said(connection: BaseDatabaseWrapper, function: str) -> bool:
    """What the database answers of the lock."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])
