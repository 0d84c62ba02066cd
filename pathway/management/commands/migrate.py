"""`manage.py migrate`: Django's own, one at a time; of a migration a kill leaves all or nothing."""

from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import connections, transaction
from django.db.backends.postgresql.psycopg_any import errors
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.db.utils import OperationalError

ONE_AT_A_TIME = 7_263_546_002  # of this database; any number that nothing else locks


class Executor(MigrationExecutor):
    """Writes down in the transaction of a migration that it was made.

    Django does that after it wherever an index or a foreign key is made last. A kill between the two leaves tables that
    the next run makes again, and fails over.
    """

    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **options: Any) -> ProjectState:
        """Make one migration."""
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **options)
        with transaction.atomic(self.connection.alias):
            return super().apply_migration(state, migration, *args, **options)


migrate.MigrationExecutor = Executor  # type: ignore[attr-defined] # the command has no other way to name its own


class Command(migrate.Command):
    """Waits for one that was killed: the server may be at its last statement, of which a plan would not know."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate.

        Raises:
            CommandError: another one runs on this database.
        """
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            try:
                cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            except OperationalError as error:
                if isinstance(error.__cause__, errors.LockNotAvailable):
                    raise CommandError("Another migration runs here. Run this again once it is over.") from error
                raise
        try:
            super().handle(*args, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
