"""The event log as XES (IEEE 1849): a trace for each case, an event for each entry that stands, in order."""

from collections.abc import Iterable, Mapping
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

from pathway.analytics.rows import Cell, Entry, Words, age_band, code, somebody, utc, worded
from pathway.analytics.sheets import legal
from pathway.analytics.snapshot import Row
from pathway.protocol.types import Fact

EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
)
ALWAYS = '<string key="concept:name" value="-"/>'
OF_EVENTS = (
    f'{ALWAYS}<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>'
    '<string key="lifecycle:transition" value="complete"/>'
)
OPENS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n'
    + "".join(f'<extension name="{name}" prefix="{prefix}" uri="{uri}"/>\n' for name, prefix, uri in EXTENSIONS)
    + f'<global scope="trace">{ALWAYS}</global>\n<global scope="event">{OF_EVENTS}</global>\n'
    + '<classifier name="Activity" keys="concept:name"/>\n<string key="concept:name" value="MSCC pathway"/>\n'
)


class Log:
    """An event log while it is written. `replaced` counts the letters that XML cannot hold."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.replaced = file, 0
        file.write(OPENS)

    def attribute(self, key: str, value: Any) -> str:
        """One attribute, of the type of its value."""
        if isinstance(value, bool):
            return f'<boolean key={quoteattr(key)} value="{str(value).lower()}"/>'
        if isinstance(value, int | float):
            return f'<{"int" if isinstance(value, int) else "float"} key={quoteattr(key)} value="{value}"/>'
        plain, count = legal(str(value))
        self.replaced += count
        return f"<string key={quoteattr(key)} value={quoteattr(plain)}/>"

    def about(self, lines: Iterable[tuple[str, Cell]]) -> None:
        """What the log is about, as attributes of it; before the traces."""
        for name, value in lines:
            self.file.write(self.attribute(f"about:{name}", value) + "\n")

    def trace(self, row: Row, events: Iterable[str]) -> None:
        """One case."""
        attributes = {
            "concept:name": code(row["pk"]), "unit": row["unit__name"], "class": row["klass"], "state": row["state"],
            "age_band": age_band(row["patient__birth_date"], row["suspected_at"]), "protocol": row["protocol"],
        }  # fmt: skip
        said = "".join(self.attribute(key, value) for key, value in attributes.items() if value != "")
        self.file.write(f"<trace>{said}\n{''.join(events)}</trace>\n")

    def event(self, fact: Fact, entry: Entry, unit: str, words: Words) -> str:
        """One entry, by the kind and the time by which the clocks read it."""
        event = entry.event
        said = {"concept:name": fact.kind, "lifecycle:transition": "complete", "org:resource": somebody(event.by_uuid),
                "org:group": unit, "words": worded(fact.kind), "recorded_on": code(event.case_id),
                "precision": (entry.stands or event).precision, "id": str(event.uuid)}  # fmt: skip
        said |= flat(words.said(event.kind, fact.answers))
        written = "".join(self.attribute(key, value) for key, value in said.items() if value != "")
        at = f'<date key="time:timestamp" value="{utc(fact.occurred_at)}"/>'
        recorded = f'<date key="recorded" value="{utc(event.recorded_at)}"/>'
        return f"<event>{at}{recorded}{written}</event>\n"

    def close(self) -> None:
        """The end of the log."""
        self.file.write("</log>\n")


def flat(answers: Mapping[str, Any], before: str = "answer:") -> dict[str, Any]:
    """Answers as single values: of several the list in one text, what has parts by the names of its parts."""
    found: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}:")
        elif isinstance(value, list):
            found[f"{before}{name}"] = "; ".join(str(each) for each in value)
        elif value is not None:
            found[f"{before}{name}"] = value
    return found
