"""Whether the database has every table and column that this program counts on."""

from functools import cache

from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader


class Behind(OperationalError):
    """The database is older than the program: it is to be migrated first."""


@cache
def require() -> None:
    """Return once the database has all that this program needs; asked until it has, and never again.

    A newer database is taken: a release adds what the next one uses, and takes away what the last one did not.

    Raises:
        Behind: it lacks some; which is named.
    """
    loader = MigrationLoader(connection)
    lacking = sorted(f"{app} {name}" for app, name in loader.disk_migrations.keys() - loader.applied_migrations.keys())
    if lacking:
        raise Behind(f"the database lacks {lacking[0]} ({len(lacking)} in all): run `manage.py migrate` as its owner")
