"""One scenario from an empty load to the verdict."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from config.binaries import Unavailable
from tests.faults import load, verdict

HEADS = (
    "scenario", "rows", "due", "faults", "lost", "doubled", "early", "never told", "raised late: median", "worst",
    "once it was back", "told: median", "worst", "once it was back", "repeats", "all loops again",
)  # fmt: skip
LEAD, PATIENCE, FAR = 3.0, 150.0, timedelta(minutes=5)


@dataclass
class Result:
    """What one scenario did and what was found."""

    name: str
    rows: str
    faults: int = 0
    found: object = None
    healed: float | None = None
    problems: list = field(default_factory=list)
    left_out: str = ""

    @property
    def cells(self):
        if self.left_out:
            return [self.name, self.rows, f"left out: {self.left_out}"] + [""] * (len(HEADS) - 3)
        v = self.found
        delays = (v.raised_median, v.raised_worst, v.raised_after), (v.told_median, v.told_worst, v.told_after)
        raised, told = ([f"{each:.2f} s" if each < 1 else f"{each:.1f} s" for each in part] for part in delays)
        return [
            self.name, self.rows, f"{v.due:,}", f"{self.faults:,}", v.lost, v.doubled, v.early, v.never_told,
            *raised, *told, v.repeats, f"{self.healed:.0f} s" if self.healed is not None else "never",
        ]  # fmt: skip

    def line(self):
        return "| " + " | ".join(map(str, self.cells)) + " |"


def run(scenario, plant, seed):
    """One scenario from an empty load to the verdict."""
    result = Result(scenario.name, scenario.rows)
    random = Random(f"{seed} {scenario.name}")
    begin(plant, scenario, random)
    try:
        strike(plant, scenario, random)
    except Unavailable as impossible:
        result.left_out = str(impossible)
        return result
    ended = time.time()
    result.faults = plant.faults
    result.healed = plant.healed(ended)
    plant.rested()
    conclude(plant, scenario, result)
    return result


def begin(plant, scenario, random):
    """Everything runs, and the load is written."""
    plant.faults, plant.forged = 0, 0
    plant.away, plant.answered, plant.poisoned, plant.receipted = [], [], [], set()
    plant.rested()
    afresh(lambda: load.empty(plant.world))
    plant.healed(time.time())
    plant.page()
    plant.answered.clear()
    plant.began = time.time()
    due = datetime.fromtimestamp(plant.began + LEAD, UTC)
    if scenario.storm:
        load.make(plant.world, load.storm(plant.world, scenario.cases, due + FAR))
        load.analyse()
        plant.began, written = time.time(), plant.began
        load.hurry(FAR - timedelta(seconds=plant.began - written))
    else:
        load.make(plant.world, load.plan(plant.world, scenario.cases, due, scenario.window, random))
        load.analyse()


def afresh(work, tries=5):
    """Do something on a new connection, again where it is cut off or another session stands against it."""
    for _ in range(tries):
        connection.close()
        with suppress(OperationalError):
            return work()
        time.sleep(1)
    return work()


def strike(plant, scenario, random):
    """Strike from just before the first clock falls due until all have."""
    last = plant.began + LEAD + (8 if scenario.storm else scenario.window + 4)
    plant.look(max(0.0, plant.began + LEAD - 0.5 - time.time()))
    strikes = scenario.strike(plant, random)
    try:
        while time.time() < last:
            plant.look(next(strikes))
    except StopIteration:
        plant.look(max(0.0, last - time.time()))
    finally:
        strikes.close()


def conclude(plant, scenario, result):
    """Wait until all is raised and handed over; then recount."""
    connection.close()
    plant.until(lambda: not verdict.waits(), PATIENCE, every=0.5)
    afresh(lambda: verdict.keep(
        [each for each in plant.control()["arrivals"] if each["at"] >= plant.began], plant.away
    ))  # fmt: skip
    load.analyse()
    result.found = found = verdict.judge()
    result.problems = found.wrong
    if found.raised_after > scenario.raised_within:
        result.problems.append(f"raised {found.raised_after:.1f} s late, {scenario.raised_within:.0f} s at most")
    if found.told_after > scenario.told_within:
        result.problems.append(f"told {found.told_after:.1f} s late, {scenario.told_within:.0f} s at most")
    if result.healed is None:
        result.problems.append("not every loop came round again")
    if scenario.check:
        result.problems += scenario.check(plant)


def world(plant):
    """The people of the load, and somebody who is signed in."""
    plant.world = load.World(f"http://127.0.0.1:{plant.http}/bleep")
    client = Client()
    client.force_login(plant.world.teams[0].people["coordinator"])
    plant.cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
