"""The comparison with plain SQL runs to its end, says what it found, and leaves no database behind."""

import re
import subprocess
import sys

import psycopg
from django.db import connection

from config import embedded
from pathway import protocol
from pathway.management.bench import figures, folding
from pathway.protocol.fold import fold


def test_the_case_that_is_folded_is_long_and_starts_nearly_every_clock():
    facts = folding.a_long_case()
    runs = fold(facts, protocol.get(protocol.CURRENT), lambda _at: True)
    assert len(facts) == folding.EVENTS
    assert len({run.standard for run in runs}) > 20


def test_it_measures_everything_and_drops_its_databases(django_db_setup):
    sizes = ["--sizes", "60", "120", "--rounds", "1", "--moves", "1", "--due", "30", "--single", "20", "--boards", "5"]
    sizes += ["--audited", "60"]
    command = [sys.executable, str(embedded.ROOT / "manage.py"), "bench", *sizes]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split("  ", 1) for line in done.stdout.splitlines())
    assert "ratio" in lines["Moves a second"]
    assert "ratio" in lines["Raises a second, 30 due"]
    for sweepers in ("One sweeper, 30 due at once", "Two sweepers, 30 due at once"):
        (took,) = re.findall(r"all committed after ([\d.]+) s", lines[sweepers])
        assert float(took) > 0
    assert lines["Handed over"].strip() == "1 messages to 1 addresses"
    usual, worst = map(float, re.findall(r"(-?[\d.]+) ms", lines["Lateness of a single raise"].replace(",", "")))
    assert -1000 < usual <= worst  # below zero where the clock of the machine was set back meanwhile
    assert "ms" in lines["Fold of 80 events"]
    assert re.search(r"ms at 60, .* ms at 120; times", lines["Worklist, 50 rows, 1 % open, served"])
    assert "ratio" in lines["Worklists a second"]
    assert float(re.search(r"p95 ([\d.]+) s", lines["5 open boards hear a change"])[1]) < 2
    for what in figures.BY_HAND:
        assert re.search(r"ms at 60 \(figures [\d,]+, by hand [\d,]+: ratio [\d.]+\)", lines[what])
    for what in figures.OTHERS:
        assert re.search(r"[\d,]+ ms at 60; aim under 1,000 ms", lines[what])
    assert re.search(r"[\d,]+ ms among 60 \(aim: the same\)", lines["The page of a case"])
    assert int(lines["Cases judged and kept a second"].split(",")[0]) > 0
    for what in ("Empty sweep, its query", "Empty sweep, whole, with heartbeat", "Board, query of a page"):
        assert "ms at 60" in lines[what]
        assert "ms at 120; times" in lines[what]
    home = connection.get_connection_params() | {"dbname": "postgres"}
    known = {key: home[key] for key in ("dbname", "user", "password", "host", "port") if key in home}
    with psycopg.connect(**known) as plain:
        assert not plain.execute("SELECT datname FROM pg_database WHERE datname LIKE 'pathway_bench%'").fetchall()
