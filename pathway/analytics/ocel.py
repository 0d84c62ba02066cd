"""The event log as OCEL 2.0 (JSON): cases, units, clocks and alerts as objects, and what happened to which of them.

The objects come first and the events after them, each written as it is read.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from pathway.analytics.rows import Entry, Words, age_band, clock_of, code, somebody, utc
from pathway.analytics.snapshot import Row
from pathway.analytics.xes import flat
from pathway.protocol.types import Fact

SINCE_EVER = "1970-01-01T00:00:00Z"  # the time of an attribute that never changes, as the standard has it
OBJECTS = {
    "case": ("class", "state", "suspected", "age_band", "protocol"), "unit": ("name", "nation"),
    "clock": ("standard", "due", "outcome", "stands"), "alert": ("level", "why", "calls", "nobody"),
}  # fmt: skip
OF_CLOCKS = {"clock started": "started_at", "clock ended": "ended_at"}
OF_ALERTS = {
    "alert raised": "raised_at", "alert acknowledged": "acknowledged_at", "alert unanswered": "unanswered_at",
    "alert stood down": "stood_down_at",
}  # fmt: skip
OF_ENTRIES = ("precision", "recorded", "by", "recorded_on", "answers")
Links = Iterable[tuple[str, str]]


def declared(name: str, attributes: Iterable[str]) -> dict[str, Any]:
    """One type with its attributes. All are text: an answer may be of any type."""
    return {"name": name, "attributes": [{"name": each, "type": "string"} for each in attributes]}


def links(found: Links) -> list[dict[str, str]]:
    """What something belongs to."""
    return [{"objectId": to, "qualifier": qualifier} for to, qualifier in found]


def unit_of(case: Row) -> str:
    """The number of the unit of a case."""
    return f"unit-{case['unit__uuid']}"


class Log:
    """An event log while it is written."""

    def __init__(self, file: TextIO, kinds: Iterable[str]) -> None:
        self.file, self.first, self.units = file, True, set[str]()
        of_events = [declared(kind, OF_ENTRIES) for kind in sorted(kinds)]
        of_events += [declared(kind, ()) for kind in (*OF_CLOCKS, *OF_ALERTS)]
        of_objects = [declared(kind, attributes) for kind, attributes in OBJECTS.items()]
        file.write(f'{{"objectTypes": {json.dumps(of_objects)},\n"eventTypes": {json.dumps(of_events)},\n"objects": [')

    def write(self, item: Mapping[str, Any]) -> None:
        """One object or event more."""
        self.file.write(("\n" if self.first else ",\n") + json.dumps(item, ensure_ascii=False))
        self.first = False

    def object(self, pk: str, kind: str, values: Mapping[str, Any], found: Links = ()) -> None:
        """One object, with what it belongs to."""
        said = [{"name": name, "time": SINCE_EVER, "value": str(values[name])} for name in OBJECTS[kind]]
        self.write({"id": pk, "type": kind, "attributes": said, "relationships": links(found)})

    def case(self, row: Row) -> None:
        """A case in its unit, which goes before its first case."""
        unit = unit_of(row)
        if unit not in self.units:
            self.units.add(unit)
            self.object(unit, "unit", {"name": row["unit__name"], "nation": row["unit__nation"]})
        values = {"class": row["klass"], "state": row["state"], "suspected": utc(row["suspected_at"]),
                  "age_band": age_band(row["patient__birth_date"], row["suspected_at"]),
                  "protocol": row["protocol"]}  # fmt: skip
        self.object(code(row["pk"]), "case", values, [(unit, "in")])

    def clock(self, row: Row, at: Any) -> None:
        """A clock of a case."""
        values = {"standard": row["standard"], "due": utc(row["due_at"]), "outcome": row["outcome"] or "running",
                  "stands": clock_of(row).said(at)}  # fmt: skip
        self.object(f"clock-{row['pk']}", "clock", values, [(code(row["case_id"]), "of")])

    def alert(self, row: Row) -> None:
        """An alert of a clock."""
        values = {"level": row["level"], "why": row["why"], "calls": row["calls"],
                  "nobody": "yes" if row["nobody"] else "no"}  # fmt: skip
        self.object(f"alert-{row['pk']}", "alert", values, [(f"clock-{row['clock_id']}", "of")])

    def events(self) -> None:
        """End the objects, and begin the events."""
        self.file.write('\n],\n"events": [')
        self.first = True

    def event(self, pk: str, kind: str, at: Any, found: Links, values: Mapping[str, Any]) -> None:
        """One event."""
        said = [{"name": name, "value": value} for name, value in values.items() if value != ""]
        self.write({"id": pk, "type": kind, "time": utc(at), "attributes": said, "relationships": links(found)})

    def entry(self, case: Row, fact: Fact, entry: Entry, words: Words) -> None:
        """An entry that stands, by the kind and the time by which the clocks read it."""
        event = entry.event
        answers = flat(words.said(event.kind, fact.answers), "")
        values = {"precision": (entry.stands or event).precision, "recorded": utc(event.recorded_at),
                  "by": somebody(event.by_uuid), "recorded_on": code(event.case_id),
                  "answers": json.dumps(answers, ensure_ascii=False, sort_keys=True) if answers else ""}  # fmt: skip
        found = [(code(case["pk"]), "of"), (unit_of(case), "in")]
        self.event(str(event.uuid), fact.kind, fact.occurred_at, found, values)

    def moments(self, name: str, row: Row, kinds: Mapping[str, str]) -> None:
        """What happened to a clock or an alert, each with its time."""
        found = [(f"{name}-{row['pk']}", "of"), (code(row["case_id"]), "of the case")]
        for kind, column in kinds.items():
            if row[column]:
                self.event(f"{name}-{row['pk']}-{column}", kind, row[column], found, {})

    def close(self) -> None:
        """The end of the log."""
        self.file.write("\n]}\n")
