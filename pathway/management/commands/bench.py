"""Prints how fast the engine is, as ratios to plain SQL, as growth with size, and in milliseconds of a fold."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from pathway.management.bench import boards, figures, folding, growth, lateness, moves, pages, raises, storm
from pathway.management.bench.scratch import databases

SIZES, QUICK_SIZES = [1_000, 100_000, 1_000_000], [1_000, 100_000]
AUDITED = [10_000, 100_000, 1_000_000]
AIMS = {growth.SWEEP_QUERY: 1.0, growth.PAGE_QUERY: 3.0}
LABELS = {
    growth.SWEEP_QUERY: "Empty sweep, its query",
    growth.WHOLE_TICK: "Empty sweep, whole, with heartbeat",
    growth.PAGE_QUERY: "Board, query of a page",
    growth.WHOLE_BOARD: "Board, all its queries, all cases open",
}


class Command(BaseCommand):
    """Needs a database role that may create databases. Leaves nothing behind."""

    help = "Measure moves, raises, the empty sweep, the board and the audit in one interleaved run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command line."""
        parser.add_argument("--quick", action="store_true", help="fewer rounds, no more than 100,000 cases")
        parser.add_argument("--sizes", type=int, nargs="+", help="how many cases are open, the biggest last")
        parser.add_argument("--audited", type=int, nargs="+", help="how many cases the audit counts among")
        parser.add_argument("--rounds", type=int, help="how often each is measured (default 5, quick 3)")
        parser.add_argument("--moves", type=int, default=20, help="cases a round that go through eight moves")
        parser.add_argument("--single", type=int, default=200, help="how many are raised singly, to see how late")
        parser.add_argument("--boards", type=int, default=200, help="how many boards are open when a case changes")
        parser.add_argument("--due", type=int, help="how many fall due at once (default 10,000, quick 2,000)")

    def handle(
        self,
        *,
        quick: bool,
        sizes: list[int] | None,
        audited: list[int] | None,
        rounds: int | None,
        due: int | None,
        **options: Any,
    ) -> None:
        """Measure and print."""
        rounds = rounds or (3 if quick else 5)
        due = due or (2_000 if quick else 10_000)
        try:
            with databases() as scratch:
                self.say("Medians of interleaved rounds:", rounds)
                self.compare("Moves a second", "same SQL by psycopg", moves.rates(scratch, rounds, options["moves"]))
                found = raises.rates(scratch, rounds, due)
                self.compare(f"Raises a second, {due:,} due", "one SQL statement", found)
                self.weathered(due, found[1], storm.of(scratch, due))
                self.late(*lateness.of_single_raises(scratch, options["single"]))
                self.say(f"Fold of {folding.EVENTS} events", f"{folding.cost(rounds):.2f} ms (aim under 2 ms)")
                among = sorted(sizes or (QUICK_SIZES if quick else SIZES))
                self.paged(pages.costs(scratch, rounds, [among[0], among[-1]]))
                self.heard(options["boards"], *boards.heard(scratch, options["boards"]))
                self.figured(figures.costs(scratch, rounds, audited or (AUDITED[:2] if quick else AUDITED)))
                costs = growth.costs(scratch, rounds, among)
                for line in growing(costs):
                    self.say(*line)
        except DatabaseError as error:
            raise CommandError(str(error).splitlines()[0]) from error

    def compare(self, what: str, yardstick: str, found: tuple[float, float, float]) -> None:
        """Print one rate beside its yardstick."""
        engine, plain, ratio = found
        self.say(what, f"{engine:,.0f}; {yardstick} {plain:,.0f}; ratio {ratio:.2f} (aim 0.30 or more)")

    def weathered(self, due: int, plain: float, found: storm.Storm) -> None:
        """Print how soon all that fell due at once were raised, by real sweepers, and how they go out."""
        for sweepers, took in (("One sweeper", found.one), ("Two sweepers", found.two)):
            rate = f"all committed after {took:.2f} s (aim under 3); ratio {due / took / plain:.2f}"
            self.say(f"{sweepers}, {due:,} due at once", rate)
        self.say("Handed over", f"{found.messages} messages to {found.addresses} addresses")

    def late(self, usual: float, worst: float) -> None:
        """Print how late single alerts are."""
        self.say(
            "Lateness of a single raise",
            f"median {usual:.1f} ms (aim under 20), worst {worst:,.0f} ms (aim under 1,200)",
        )

    def paged(self, found: pages.Pages) -> None:
        """Print what a page of the worklist costs through the real server."""
        shown = ", ".join(f"{took * 1000:.1f} ms at {size:,}" for size, took in found.worklist.items())
        self.say("Worklist, 50 rows, 1 % open, served", f"{shown}; times {found.grown:.2f} (aim 0.80 to 1.20)")
        a_second = 1 / list(found.worklist.values())[-1]
        rate = f"{a_second:,.0f}; empty page {1 / found.empty:,.0f}; ratio {found.ratio:.2f} (aim 0.05 or more)"
        self.say("Worklists a second", rate)

    def figured(self, found: figures.Figures) -> None:
        """Print what the audit's pages cost, and their figures beside the same aggregate written by hand."""
        for what, by_size in found.took.items():
            shown = ", ".join(
                f"{page * 1000:,.0f} ms at {size:,} (figures {own * 1000:,.0f}, by hand {plain * 1000:,.0f}: "
                f"ratio {own / plain:.2f})"
                for size, (page, own, plain) in by_size.items()
            )
            self.say(what, f"{shown}; aim under 1,000 ms at 100,000, ratio under 2")
        for what, pages_took in found.others.items():
            shown = ", ".join(f"{took * 1000:,.0f} ms at {size:,}" for size, took in pages_took.items())
            self.say(what, f"{shown}; aim under 1,000 ms at 100,000")
        among = ", ".join(f"{took * 1000:,.0f} ms among {size:,}" for size, took in found.single.items())
        self.say("The page of a case", f"{among} (aim: the same)")
        self.say("Cases judged and kept a second", f"{found.kept:,.0f}, of {found.entries:.0f} entries each")

    def heard(self, count: int, usual: float, worst: float) -> None:
        """Print how soon open boards hear of a change."""
        self.say(f"{count} open boards hear a change", f"p95 {usual:.2f} s (aim under 2), worst {worst:.2f} s")

    def say(self, what: str, found: object) -> None:
        """Print one line as soon as it is known."""
        self.stdout.write(f"{what:<40}{found}")
        self.stdout.flush()


def growing(costs: dict[str, dict[int, float]]) -> Iterator[tuple[str, str]]:
    """A line for each cost: milliseconds by size, and how often the biggest is the smallest."""
    for what, label in LABELS.items():
        by_size = costs.get(what)
        if not by_size:
            continue
        shown = ", ".join(f"{took:.2f} ms at {size:,}" for size, took in by_size.items())
        first, *_, last = by_size.values() if len(by_size) > 1 else (0.0, 0.0)
        grown = f"; times {last / first:.1f}" if first else ""
        aim = f" (aim under {AIMS[what]:g} ms, not growing)" if what in AIMS else ""
        yield label, shown + grown + aim
