"""PostgreSQL as Django knows it, with an end to waiting for a server, a disk or a proxy that takes all and is mute.

What the operating system watches over (`tcp_user_timeout`, keepalives) notices a way that is cut, not one that is mute.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg.abc import RV, PQGen
from psycopg.errors import _WaitTimeout
from psycopg_pool import ConnectionPool


class Connection(psycopg.Connection[Any]):
    """A connection that is given up where one answer takes longer than `answer_within` seconds; None: it never is."""

    answer_within: float | None = 30.0  # longer than statement_timeout: a server that is well says so first

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer.

        Raises:
            OperationalError: none came.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_within)
        except _WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the database did not answer within {self.answer_within} s") from None


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's backend, on these connections."""

    @property
    def pool(self) -> ConnectionPool[Connection] | None:
        """What hands out connections in a process that has one, else None."""
        if options := self.settings_dict["OPTIONS"].get("pool"):
            options["connection_class"] = Connection
        pool: ConnectionPool[Connection] | None = super().pool
        return pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Connect, within `connect_timeout`, or take one from the pool, where there is one.

        Of a pool each connection is tried before it is used. Where one is dead all may be, as after a restart of the
        database: then all are made anew, and none is waited for. The pool's own trial sleeps after each dead one.

        Raises:
            OperationalError: neither the database nor the pool had one in time.
        """
        if pool := self.pool:
            connection: Connection = super().get_new_connection(conn_params)  # made by the pool, of this class
            try:
                pool.check_connection(connection)
            except psycopg.Error:
                pool.putconn(connection)
                pool.drain()
                connection = super().get_new_connection(conn_params)
            return connection
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.connect(**conn_params)
