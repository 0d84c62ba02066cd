"""The fault suite: strikes the real service in every known way while clocks fall due, and recounts what came of it.

    python -m tests.faults.suite [--seed 7] [--only "worker killed" ...] [--short] [--write]

Prints a line for each scenario. Ends with 1 where anything was lost, doubled, early or never told, or came too late.
"""

import argparse
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from config import embedded
from tests.services import _folder

WROTE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults -->\n", "<!-- end of faults -->\n"


@contextmanager
def servers():
    """A database and a broker of its own; Django of this process goes straight to them, as the owner.

    Nothing of the service can be imported before.
    """
    folder = _folder()
    os.environ |= {"PATHWAY_DEVELOPMENT": "true", "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
    os.environ.pop("SECRET_KEY", None)
    try:
        with embedded.servers(folder, tied=True) as both:
            with psycopg.connect(both.owner, autocommit=True) as owner:
                owner.execute("ALTER SYSTEM SET track_commit_timestamp = on")
            both.postgres.ask_to_stop()
            both.postgres.wait_until_stopped(within=5)
            both.postgres.start(tied=True)
            embedded.migrate(both)
            os.environ |= {"DATABASE_URL": both.owner, "REDIS_URL": both.redis}
            import django
            from django.db import connection

            django.setup()
            connection.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=0"
            yield folder, both
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(results, heads, seed):
    """All results, with the sums."""
    done = [each for each in results if each.found]
    kinds = sum(each.faults > 0 for each in done)
    struck, due = sum(each.faults for each in done), sum(each.found.due for each in done)
    said = f"{struck:,} faults of {kinds} kinds over {due:,} due steps; seed {seed}."
    return [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads), *(each.line() for each in results), "", said]


def write(lines):
    """Put the table into the documentation, between its marks."""
    text = WROTE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    WROTE.write_text("".join([before, BEGIN, *(f"{line}\n" for line in lines), END, after]))


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", metavar="SCENARIO", help="these scenarios")
    parser.add_argument("--short", action="store_true", help="the few that `make test` runs")
    parser.add_argument("--write", action="store_true", help="write the table of all into docs/reliability.md")
    wanted = parser.parse_args(arguments)
    results = []
    say(f"seed {wanted.seed}")
    with servers() as (folder, both):
        from tests.faults.plant import Plant
        from tests.faults.running import HEADS, run, world
        from tests.faults.scenarios import SCENARIOS, SHORT

        names = wanted.only or (SHORT if wanted.short else [each.name for each in SCENARIOS])
        with Plant(folder, both) as plant:
            world(plant)
            chosen = [each for each in SCENARIOS if each.name in names]
            for scenario in (replace(each, cases=150, window=5.0) if wanted.short else each for each in chosen):
                result = run(scenario, plant, wanted.seed)
                results.append(result)
                say(result.line() + "".join(f" !! {each}" for each in result.problems))
    lines = table(results, HEADS, wanted.seed)
    say("\n".join(lines))
    if wanted.write and not (wanted.only or wanted.short):
        write(lines)
    return int(any(each.problems for each in results))


if __name__ == "__main__":
    sys.exit(main())
