"""Exports: cases, entries and clocks as tables, or the event log, of the cases suspected in a period. Each is a job."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from pathway.analytics import ocel, xes
from pathway.analytics.rows import (
    CASES,
    CLOCKS,
    ENTRIES,
    MEANT,
    Cell,
    Entry,
    by_case,
    of_case,
    of_clock,
    trace,
)
from pathway.analytics.sheets import MOST_ROWS, Csv, Tables, in_csv, in_workbook, text_in
from pathway.analytics.snapshot import Part, Row, Snapshot, snapshot
from pathway.analytics.wanted import Wanted, header, wanted_of
from pathway.engine.jobs import Tell
from pathway.engine.refused import Refused
from pathway.protocol.merged import RECLASSIFIED, REOPENED
from pathway.protocol.types import Fact
from pathway.record.job import Job

ZIP, WORKBOOK = "application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GUARD = "an apostrophe was put before text that a spreadsheet might take for a formula; take it off when reading"
TO_EACH = 200  # rows between two looks at whether the job goes on


@dataclass
class Going:
    """How far an export is: it counts rows over all parts."""

    tell: Tell
    total: int
    done: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def over(self, rows: Iterable[Any], name: str) -> Iterator[Any]:
        """The rows, each counted."""
        self.counts[name] = 0
        for number, row in enumerate(rows, 1):
            self.done += 1
            self.counts[name] = number
            if not number % TO_EACH:
                self.tell(self.done, self.total, f"{name}: {number}")
            yield row


def work(job: Job, tell: Tell) -> dict[str, Any]:
    """Write an export; the result says how many rows of what it holds.

    Raises:
        Refused: what is asked for cannot be, or not for this person.
    """
    wanted = wanted_of(job)
    tell(0, 0, "setting the rows aside")
    with snapshot(wanted.scope) as found:
        make = WRITERS[wanted.format]
        return {"counts": make(job, tell, wanted, found)}


def tables(job: Job, wanted: Wanted, found: Snapshot, going: Going, into: Tables) -> None:
    """Write the tables that are asked for, and what they are about."""
    for name in wanted.tables:
        into.table(name, HEADS[name], rows(name, wanted, found, going))
    lines = header(job, wanted, found)
    lines += [(f"rows_{name}", going.counts[name]) for name in wanted.tables]
    lines += [("letters_replaced", into.replaced), ("cells_cut", into.cut)]
    lines += [("formulas", GUARD)] if isinstance(into, Csv) else []
    into.about([*lines, *((f"column {name}", meaning) for name, meaning in MEANT.items())])


HEADS = {"cases": CASES, "events": ENTRIES, "clocks": CLOCKS}


def rows(name: str, wanted: Wanted, found: Snapshot, going: Going) -> Iterator[Sequence[Cell]]:
    """The rows of one table."""
    if name == "cases":
        return (of_case(row) for row in going.over(found.cases, name))
    if name == "clocks":
        return (of_clock(row, found.at) for row in going.over(found.clocks, name))
    entries = (entry for _, listed in by_case(found.entries) for entry in listed)
    return (entry.cells(wanted.words) for entry in going.over(entries, name))


def parts(wanted: Wanted, found: Snapshot) -> dict[str, Part]:
    """What is to be gone through for the tables that are asked for."""
    every = {"cases": found.cases, "events": found.entries, "clocks": found.clocks}
    return {name: every[name] for name in wanted.tables}


def as_csv(job: Job, tell: Tell, wanted: Wanted, found: Snapshot) -> dict[str, int]:
    """Write tables as CSV."""
    going = Going(tell, sum(part.count for part in parts(wanted, found).values()))
    with tell.file(f"{wanted.name}-csv.zip", ZIP) as file, in_csv(file) as into:
        tables(job, wanted, found, going, into)
    return going.counts


def as_workbook(job: Job, tell: Tell, wanted: Wanted, found: Snapshot) -> dict[str, int]:
    """Write tables as one workbook.

    Raises:
        Refused: more rows than a sheet can hold.
    """
    wide = parts(wanted, found)
    for name, part in wide.items():
        if part.count > MOST_ROWS:
            raise Refused(
                f"There are {part.count:,} rows of {name}, and a sheet holds {MOST_ROWS:,}. "
                "Choose CSV, or a shorter period."
            )
    going = Going(tell, sum(part.count for part in wide.values()))
    with tell.file(f"{wanted.name}.xlsx", WORKBOOK) as file, in_workbook(file) as into:
        tables(job, wanted, found, going, into)
    return going.counts


def traces(found: Snapshot, going: Going) -> Iterator[tuple[Row, list[tuple[Fact, Entry]]]]:
    """Each case with what stands of it, in order; of the entries it counts what stands, and not all that are read."""
    entries, stand = by_case(going.over(found.entries, "entries")), 0
    for row in going.over(found.cases, "cases"):
        subject, listed = next(entries)  # no case is without its suspicion
        facts = trace(subject, listed)
        stand += len(facts)
        yield row, facts
    going.counts["entries"] = stand


def as_xes(job: Job, tell: Tell, wanted: Wanted, found: Snapshot) -> dict[str, int]:
    """Write the event log as XES, in an archive."""
    going = Going(tell, found.cases.count + found.entries.count)
    with archive(tell, wanted, going, job, found) as (files, lines):
        with text_in(files, "log.xes") as text:
            log = xes.Log(text)
            log.about(header(job, wanted, found))
            for row, facts in traces(found, going):
                unit = row["unit__name"]
                log.trace(row, (log.event(fact, entry, unit, wanted.words) for fact, entry in facts))
            log.close()
        lines.append(("letters_replaced", log.replaced))
    return going.counts


def as_ocel(job: Job, tell: Tell, wanted: Wanted, found: Snapshot) -> dict[str, int]:
    """Write the object-centric event log as OCEL 2.0, in an archive."""
    parts = (found.cases, found.cases, found.entries, found.clocks, found.clocks, found.alerts, found.alerts)
    going = Going(tell, sum(part.count for part in parts))
    with archive(tell, wanted, going, job, found) as (files, _), text_in(files, "log.json") as text:
        log = ocel.Log(text, {*found.kinds, REOPENED, RECLASSIFIED})
        for row in going.over(found.cases, "cases"):
            log.case(row)
        for row in going.over(found.clocks, "clocks"):
            log.clock(row, found.at)
        for row in going.over(found.alerts, "alerts"):
            log.alert(row)
        log.events()
        for row, facts in traces(found, going):
            for fact, entry in facts:
                log.entry(row, fact, entry, wanted.words)
        for row in going.over(found.clocks, "clocks"):
            log.moments("clock", row, ocel.OF_CLOCKS)
        for row in going.over(found.alerts, "alerts"):
            log.moments("alert", row, ocel.OF_ALERTS)
        log.close()
    return going.counts


@contextmanager
def archive(
    tell: Tell, wanted: Wanted, going: Going, job: Job, found: Snapshot
) -> Iterator[tuple[ZipFile, list[tuple[str, Cell]]]]:
    """An archive to write a log into, and the lines to add to what it says of itself; they are written at the end."""
    lines: list[tuple[str, Cell]] = []
    with tell.file(f"{wanted.name}.zip", ZIP) as file, ZipFile(cast(BinaryIO, file), "w", ZIP_DEFLATED) as files:
        yield files, lines
        counts = [(f"rows_{each}", count) for each, count in going.counts.items()]
        Csv(files).about([*header(job, wanted, found), *counts, *lines])


Make = Callable[[Job, Tell, Wanted, Snapshot], dict[str, int]]
WRITERS: Mapping[str, Make] = {"csv": as_csv, "xlsx": as_workbook, "xes": as_xes, "ocel": as_ocel}
