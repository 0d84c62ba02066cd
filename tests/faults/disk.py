"""A small disk of its own for what the sweep writes, which can be filled up. Needs the right to mount one."""

import os
import subprocess
from contextlib import ExitStack, contextmanager

import psycopg

from config.binaries import Unavailable

MEGABYTES = 24
TABLES = ("pathway_alert", "pathway_delivery")


@contextmanager
def small(plant):
    """Let alerts and deliveries be kept on the small disk; yields what fills it up for as long as a block lasts.

    Raises:
        Unavailable: nothing can be mounted here.
    """
    place = plant.folder / "small"
    place.mkdir()
    account = plant.servers.postgres.place.account
    with ExitStack() as stack:
        stack.callback(place.rmdir)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise Unavailable("no right to mount a small disk")
        stack.callback(subprocess.run, ["umount", str(place)], check=True)
        if account:
            os.chown(place, account.uid, account.gid)
        with psycopg.connect(plant.servers.owner, autocommit=True) as owner:
            owner.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        stack.callback(move, plant, "pg_default")
        move(plant, "small")
        yield lambda: filled(place / "ballast")


def move(plant, where):
    """Move the tables; the tablespace that nothing is left in goes."""
    with psycopg.connect(plant.servers.owner, autocommit=True) as owner:
        owner.execute("SET lock_timeout = '30s'")
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} SET TABLESPACE {where}")
        if where == "pg_default":
            owner.execute("DROP TABLESPACE small")


@contextmanager
def filled(ballast):
    """Not a byte is left on the disk."""
    try:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                yield
    finally:
        ballast.unlink(missing_ok=True)
