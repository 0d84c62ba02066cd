"""Runs a management command; where it needs a database and none is named, the embedded servers run for it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import embedded
from config.binaries import Unavailable

WITHOUT_DATABASE = {
    *("check", "collectstatic", "create_max_migration_files", "diffsettings", "draw_pathway", "findstatic", "help"),
    *("makemigrations", "rebase_migration", "run", "startapp", "vendor_frontend", "version", "write_protocol"),
}
AS_OWNER = {"dbshell", "flush", "migrate", "seed_demo"}


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
    except (ImproperlyConfigured, Unavailable) as error:
        sys.exit(str(error))


@contextmanager
def embedded_servers(command: str) -> Iterator[None]:
    """Name the servers of the data folder in the environment, migrated, for as long as the command runs."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with embedded.servers(embedded.data_folder()) as servers:
        os.environ.setdefault("REDIS_URL", servers.redis)
        os.environ["DATABASE_URL"] = servers.owner
        digest = embedded.migrations_digest()
        if command != "migrate" and servers.postgres.note() != digest:
            migrate = [sys.executable, __file__, "migrate", "--verbosity=0"]
            if subprocess.run(migrate, check=False).returncode:
                raise Unavailable("The database could not be migrated; the lines above say why.")
            servers.postgres.note(digest)
        if command not in AS_OWNER:
            os.environ["DATABASE_URL"] = servers.database
        yield


if __name__ == "__main__":
    main()
