"""Runs a management command; where it needs a database and none is named, the embedded servers run for it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError

from config import embedded
from config.binaries import Unavailable

WITHOUT_DATABASE = {
    *("check", "collectstatic", "create_max_migration_files", "diffsettings", "draw_pathway", "findstatic", "help"),
    *("makemigrations", "rebase_migration", "run", "startapp", "vendor_frontend", "version", "write_protocol"),
}
AS_OWNER = {"bench", "dbshell", "flush", "migrate", "seed_demo"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "help")
    asks_for_help = {"-h", "--help", "--version"} & set(sys.argv[1:])
    try:
        if "DATABASE_URL" in os.environ:
            execute_from_command_line(sys.argv)
            return
        os.environ.setdefault("PATHWAY_DEVELOPMENT", "true")
        if command in WITHOUT_DATABASE or asks_for_help:
            execute_from_command_line(sys.argv)
            return
        with embedded_servers(command):
            execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvError, Unavailable) as error:
        sys.exit(str(error))


@contextmanager
def embedded_servers(command: str) -> Iterator[None]:
    """Name the servers of the data folder in the environment, migrated, for as long as the command runs."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with embedded.servers(embedded.data_folder()) as servers:
        os.environ.setdefault("REDIS_URL", servers.redis)
        if command != "migrate":
            embedded.migrate(servers)
        os.environ["DATABASE_URL"] = servers.owner if command in AS_OWNER else servers.database
        yield


if __name__ == "__main__":
    main()
