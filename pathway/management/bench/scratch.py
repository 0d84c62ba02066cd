"""Scratch databases beside the one in use: made, cloned, filled and dropped again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection, models
from psycopg import sql

PREFIX = "pathway_bench"


def connect(name: str) -> "psycopg.Connection[Any]":
    """A plain psycopg connection to a scratch database, as `advance` would open it without Django."""
    parameters = {**connection.get_connection_params(), "dbname": name}
    known = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if key in parameters}
    return psycopg.connect(**known)


@contextmanager
def databases() -> Iterator["Databases"]:
    """Scratch databases for as long as the block lasts; what an interrupted run left is dropped first."""
    home = str(connection.settings_dict["NAME"])
    made = Databases(home)
    made.drop_all()
    try:
        yield made
    finally:
        made.use(home)
        made.drop_all()


class Databases:
    """The scratch databases of one run. Django's own connection goes to whichever is in use."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.empty = ""

    def use(self, name: str) -> None:
        """Let Django's connection go to this database, without the time limits on a statement."""
        connection.close()
        connection.settings_dict["NAME"] = name
        if name != self.home:
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
            connection.connection.answer_within = None

    def create(self, name: str) -> str:
        """A new migrated database, in use. The first one migrates, the others are clones of it."""
        if not self.empty:
            self._run(f"CREATE DATABASE {PREFIX}_empty")
            self.use(f"{PREFIX}_empty")
            call_command("migrate", verbosity=0)
            self.empty = f"{PREFIX}_empty"
        made = self.clone(self.empty, name)
        self.use(made)
        return made

    def clone(self, source: str, name: str) -> str:
        """A copy of a database, equal to the next number of every sequence."""
        connection.close()
        self._run(f"DROP DATABASE IF EXISTS {PREFIX}_{name}", f"CREATE DATABASE {PREFIX}_{name} TEMPLATE {source}")
        return f"{PREFIX}_{name}"

    def drop_all(self) -> None:
        """Drop every scratch database."""
        found = self._run(f"SELECT datname FROM pg_database WHERE starts_with(datname, '{PREFIX}_')")  # noqa: S608
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for (name,) in found))

    def _run(self, *statements: str) -> list[Any]:
        """Run statements outside any transaction from the database in use, and return the last one's rows."""
        rows: list[Any] = []
        with connect(self.home) as plain:
            plain.autocommit = True
            for statement in statements:
                cursor = plain.execute(sql.SQL(statement))
                rows = cursor.fetchall() if cursor.description else []
        return rows


def copies(model: type[models.Model], pk: int, count: int, changed: Mapping[str, str]) -> None:
    """Copy one row `count` times as rows 1,000,001 and up; `changed` gives SQL, with the number n, for some columns."""
    columns = [field.column for field in model._meta.concrete_fields if field.column]
    taken = {"id": "1000000 + n", "uuid": "gen_random_uuid()", **changed}
    values = ", ".join(taken.get(column, f'model."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} "  # noqa: S608 (names of the models)
            f"FROM {model._meta.db_table} model, generate_series(1, %s) n WHERE model.id = %s",
            [count, pk],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
