"""What a page of the worklist costs through the real server, at few and at many cases of which one in 100 is open."""

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from pathway.management.bench import load
from pathway.management.bench.scratch import Databases
from pathway.management.bench.server import Browser, server, signed_in
from pathway.worklist.rows import PAGE

REQUESTS, WARM = 20, 5
EMPTY, LIST = "/health/live", "/"


@dataclass(frozen=True)
class Pages:
    """Seconds of the worklist by how many cases there are, and of an empty page of the same servers."""

    worklist: dict[int, float]
    empty: float

    @property
    def grown(self) -> float:
        """How often the page at the most cases is the page at the fewest."""
        first, *_, last = self.worklist.values()
        return last / first

    @property
    def ratio(self) -> float:
        """Requests a second of the worklist at the most cases, as a part of those of an empty page."""
        return self.empty / list(self.worklist.values())[-1]


def costs(databases: Databases, rounds: int, sizes: list[int]) -> Pages:
    """Measure in interleaved rounds, each size on a server of its own.

    Raises:
        AssertionError: a page does not hold the rows that it should.
    """
    found: dict[int, list[float]] = {size: [] for size in sizes}
    empty: list[float] = []
    with ExitStack() as running:
        browsers = {}
        for size in sizes:
            name = databases.create(f"pages_{size}")
            load.mostly_closed(size)
            cookie = signed_in(load.coordinator())
            browsers[size] = Browser(running.enter_context(server(name)), cookie)
        for number in range(rounds + 1):
            for size, browser in browsers.items():
                worklist, nothing = of_one(browser)
                if number:
                    found[size].append(worklist)
                    empty.append(nothing)
    return Pages({size: median(times) for size, times in found.items()}, median(empty))


def of_one(browser: Browser) -> tuple[float, float]:
    """The median seconds of the worklist and of an empty page, after a few that do not count.

    Raises:
        AssertionError: the page does not hold its rows.
    """
    times = []
    for number in range(REQUESTS + WARM):
        took, text = browser.get(LIST)
        if text.count("data-case=") != PAGE:
            raise AssertionError(f"the worklist shows {text.count('data-case=')} of {PAGE} rows")
        if number >= WARM:
            times.append(took)
    return median(times), median(browser.get(EMPTY)[0] for _ in range(REQUESTS))
