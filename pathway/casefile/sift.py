"""Which entries of a timeline to show: of one part of the record, of one person, of one sort. The rest is counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pathway.casefile.timeline import Entry
from pathway.record.step import OBSERVATIONS, machines

ALERTS, PATIENT, CALLS, OBSERVED, CLOCKS = "alerts", "patient", "contact", "observations", "clock"
ABOUT = {PATIENT: "Who the patient is", OBSERVED: "Observations and scores", CLOCKS: "Clocks", ALERTS: "Alerts"}
SORTS: Mapping[str, tuple[str, Callable[[Entry], bool]]] = {
    "corrections": ("Only corrections", lambda entry: bool(entry.changes or entry.withdrawn)),
    "calls": ("Only calls", lambda entry: about(entry) == CALLS),
    "alerts": ("Only alerts", lambda entry: entry.is_alert),
    "late": ("Only what was recorded late", lambda entry: entry.late),
    "unsure": ("Only times not known exactly", lambda entry: entry.precision != "minute"),
}


@dataclass(frozen=True, slots=True)
class Sieve:
    """What was asked for; an empty value leaves nothing out."""

    track: str = ""
    person: str = ""
    only: str = ""

    @property
    def any(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.track or self.person or self.only)

    def passes(self, entry: Entry) -> bool:
        """Whether an entry is shown."""
        sort = SORTS[self.only][1] if self.only else None
        of_track = not self.track or about(entry) == self.track
        return of_track and (not self.person or self.person in people(entry)) and (sort is None or sort(entry))


@dataclass(frozen=True, slots=True)
class Sifted:
    """The entries that are shown, and out of how many."""

    entries: list[Entry]
    total: int

    @property
    def hidden(self) -> int:
        """How many the filters leave out."""
        return self.total - len(self.entries)


def sift(entries: Sequence[Entry], sieve: Sieve) -> Sifted:
    """The entries that pass."""
    return Sifted([entry for entry in entries if sieve.passes(entry)], len(entries))


def about(entry: Entry) -> str:
    """The part of the record that an entry belongs to: a track, or what is none."""
    if entry.is_alert or entry.event is None:
        return ALERTS if entry.is_alert else PATIENT
    is_observed = entry.event.kind in OBSERVATIONS and entry.event.track not in machines()
    return OBSERVED if is_observed else entry.event.track


def people(entry: Entry) -> set[str]:
    """Who recorded an entry, and who corrected it."""
    return {name for name in (entry.by, *(change.by for change in entry.changes)) if name}


def parts(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """The parts of the record that there are entries of, with their titles."""
    titles = {track: machine.title for track, machine in machines().items()} | ABOUT
    return sorted(((key, titles[key]) for key in {about(entry) for entry in entries}), key=lambda pair: pair[1])


def everybody(entries: Sequence[Entry]) -> list[str]:
    """Everybody who has recorded or corrected an entry."""
    return sorted({name for entry in entries for name in people(entry)})
