"""The state of each track in a word, a shape and a colour, from the column that the engine keeps on the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pathway.record.step import machines

NOT_BEGUN, UNDER_WAY, DONE, HELD, UNKNOWN = "none", "going", "done", "held", "unknown"
WORDS = {
    NOT_BEGUN: "not begun",
    UNDER_WAY: "under way",
    DONE: "done",
    HELD: "needs attention",
    UNKNOWN: "not known any more",
}
SHOWN: Mapping[str, tuple[str, ...]] = {
    "Scan": ("imaging",),
    "Steroids": ("steroids",),
    "Spine": ("stability",),
    "Position": ("position",),
    "Decision": ("decision",),
    "Treatment": ("surgery", "radiotherapy", "systemic"),
    "Rehabilitation": ("rehabilitation",),
    "Discharge": ("discharge",),
}
# How each state stands; one that is not named here is under way.
STANDS: Mapping[str, Mapping[str, str]] = {
    "imaging": {
        "abandoned": HELD,
        "contraindicated": HELD,
        "verified": HELD,
        "communicated": DONE,
        "acknowledged": DONE,
    },
    "steroids": {"indicated": HELD, "withheld": HELD, "stopped": DONE},
    "stability": {"stable": DONE, "indeterminate": HELD, "unstable": HELD},
    "position": {"cleared": DONE, "freed": DONE},
    "decision": {"made": DONE},
    "surgery": {"ended": DONE},
    "radiotherapy": {"completed": DONE, "stopped": HELD},
    "systemic": {},
    "rehabilitation": {},
    "discharge": {"discharged": DONE},
}
GRAVITY = (UNKNOWN, HELD, UNDER_WAY, DONE, NOT_BEGUN)
SHORT = {
    ("imaging", ""): "Not requested", ("imaging", "verified"): "Nobody told", ("imaging", "acquired"): "Acquired",
    ("steroids", "started"): "Given", ("steroids", "indicated"): "Not yet given", ("steroids", ""): "No decision",
    ("position", "mobile"): "Mobile", ("position", ""): "Not ordered", ("rehabilitation", ""): "Not begun",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One track: its name, its state in words, and how that stands (one of WORDS)."""

    name: str
    words: str
    stands: str

    @property
    def is_begun(self) -> bool:
        """Whether anything was done on the track."""
        return self.stands != NOT_BEGUN

    @property
    def meaning(self) -> str:
        """How it stands, for whoever sees neither shape nor colour."""
        return WORDS[self.stands]


def glance(tracks: Mapping[str, Mapping[str, Any]], now: datetime) -> list[Chip]:
    """The tracks that lists show, each with the newest row of what belongs to it."""
    return [chip(name, keys, tracks, now) for name, keys in SHOWN.items()]


def chip(name: str, keys: tuple[str, ...], tracks: Mapping[str, Mapping[str, Any]], now: datetime) -> Chip:
    """One chip. Of several tracks under one name the gravest says how it stands, and each begun one is named."""
    begun = {key: tracks[key] for key in keys if key in tracks}
    if not begun:
        return plain(name, keys[0] if len(keys) == 1 else "", "")
    found = [one(name, key, kept, now) for key, kept in begun.items()]
    if len(keys) == 1:
        return found[0]
    titles = machines()
    words = "; ".join(f"{titles[key].title}: {each.words}" for key, each in zip(begun, found, strict=True))
    return Chip(name, words, min((each.stands for each in found), key=GRAVITY.index))


def one(name: str, key: str, kept: Mapping[str, Any], now: datetime) -> Chip:
    """The chip of one track: a stability that no longer counts is unknown, an order that has lapsed wants a review."""
    found, rows = plain(name, key, kept["state"]), kept["rows"]
    words = f"{found.words} ({rows})" if rows > 1 else found.words
    if kept.get("again"):
        return Chip(name, f"Judge again, was {words[:1].lower()}{words[1:]}", UNKNOWN)
    until = kept.get("until")
    if until and datetime.fromisoformat(until) <= now:
        return Chip(name, f"{words}, order lapsed", HELD)
    return found if rows == 1 else Chip(name, words, found.stands)


@cache
def plain(name: str, key: str, state: str) -> Chip:
    """A track in this state; not begun where none is given."""
    if not key:
        return Chip(name, "None yet", NOT_BEGUN)
    machine = machines()[key]
    state_or_first = state or str(machine.initial)
    words = SHORT.get((key, state)) or machine.words().get(state_or_first, state_or_first)
    return Chip(name, words, STANDS[key].get(state, UNDER_WAY) if state else NOT_BEGUN)
