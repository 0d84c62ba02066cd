"""What a protocol version means, as one text that is the same wherever and whenever it is written, and its hash."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from pathway.protocol.groups import FREEZES_GROUP, VOIDS_GROUP
from pathway.protocol.types import Fact, Protocol, Standard

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = AT + timedelta(hours=24)
SCORES = range(11)
PLACES = ("ward", "imaging")
STARTS = ("case.suspected", "case.reclassified", "case.reopened")
ANSWERS: tuple[dict[str, Any], ...] = (
    {},
    *({"place": place} for place in PLACES),
    *({"rest": rest, "movement": movement} for rest in SCORES for movement in SCORES),
)
FACTS = tuple(Fact(kind, AT, answers) for answers in ANSWERS for kind in STARTS)
SLOTS = tuple(
    Fact("imaging.booked", AT, {"slot_at": (AT + timedelta(hours=ahead)).isoformat()}) for ahead in (-1, 9, 24)
)
HISTORIES = ((), *((slot,) for slot in SLOTS), (SLOTS[1], Fact("imaging.abandoned", AT)), (SLOTS[2], SLOTS[1]))


def by_the_start(function: Callable[..., Any]) -> list[Any]:
    """What a limit gives for each probe, in and out of hours."""
    return [gives(function, fact, lambda _at, within=within: within) for fact in FACTS for within in (True, False)]


# How a function is asked follows from the field that holds it.
PROBES: Mapping[str, Callable[[Callable[..., Any]], list[Any]]] = {
    "limit": by_the_start,
    "amber": by_the_start,
    "early": lambda function: [gives(function, fact) for fact in FACTS],
    "where": lambda function: [gives(function, answers) for answers in ANSWERS],
    "parts": lambda function: [gives(function, answers) for answers in ANSWERS],
    "unless": lambda function: [gives(function, history, DUE) for history in HISTORIES],
}


def gives(function: Callable[..., Any], *asked: Any) -> Any:
    """What a function answers to one probe; the name of the error where it cannot."""
    try:
        return plain("", function(*asked))
    except (LookupError, TypeError, ValueError) as error:
        return type(error).__name__


def plain(name: str, value: Any) -> Any:
    """A value out of the protocol as JSON can hold it; `name` is the field that it is found in.

    A function is its name and what it gives for a table of probes. A field that is empty by default and empty is left
    out, so that words added later to the language of protocols change no version that does not use them.

    Raises:
        TypeError: a value, or a function in a field, of which nobody has said how it is written.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if is_dataclass(value):
        held = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: plain(field.name, inner) for field, inner in held if not is_unused(field, inner)}
    if isinstance(value, frozenset | set):
        return sorted(plain(name, each) for each in value)
    if isinstance(value, Sequence):
        return [plain(name, each) for each in value]
    if callable(value) and name in PROBES:
        return {"function": value.__name__, "gives": PROBES[name](value)}
    raise TypeError(f"{name}: {value!r} cannot be written down")


def is_unused(field: "Field[Any]", value: Any) -> bool:
    """Whether a field may be left empty, and is. A default that says something is always written."""
    return field.default is not MISSING and not value and value == field.default


def of_standard(standard: Standard) -> dict[str, Any]:
    """One clock, with what its group of clocks adds."""
    written: dict[str, Any] = plain("", standard)
    if standard.group:
        added = {"void": VOIDS_GROUP.get(standard.group), "frozen": FREEZES_GROUP.get(standard.group)}
        written["group_adds"] = {name: plain(name, wait) for name, wait in added.items() if wait}
    return written


def meaning(version: Protocol) -> str:
    """Everything that a version says, in its own order: clocks, conditions, limits, ladders, sources."""
    written = {
        "version": version.version,
        "title": version.title,
        "clocks": [of_standard(each) for each in version.all],
    }
    return json.dumps(written, sort_keys=True, ensure_ascii=False, indent=1)


def digest(version: Protocol) -> str:
    """SHA-256 of what a version means, in hexadecimal."""
    return sha256(meaning(version).encode()).hexdigest()
