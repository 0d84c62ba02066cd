"""The comparison with plain SQL runs to its end, says what it found, and leaves no database behind."""

import subprocess
import sys

import psycopg
from django.db import connection

from config import embedded


def test_it_measures_everything_and_drops_its_databases(django_db_setup):
    sizes = ["--sizes", "60", "120", "--rounds", "1", "--moves", "1", "--due", "30"]
    command = [sys.executable, str(embedded.ROOT / "manage.py"), "bench", *sizes]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split("  ", 1) for line in done.stdout.splitlines())
    assert "ratio" in lines["Moves a second"]
    assert "ratio" in lines["Raises a second, 30 due"]
    for what in ("Empty sweep, its query", "Empty sweep, whole, with heartbeat", "Board, query of a page"):
        assert "ms at 60" in lines[what]
        assert "ms at 120; times" in lines[what]
    home = connection.get_connection_params() | {"dbname": "postgres"}
    known = {key: home[key] for key in ("dbname", "user", "password", "host", "port") if key in home}
    with psycopg.connect(**known) as plain:
        assert not plain.execute("SELECT datname FROM pg_database WHERE datname LIKE 'pathway_bench%'").fetchall()
