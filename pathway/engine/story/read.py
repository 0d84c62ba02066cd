"""Reads a story file (TOML) and says in one line what is wrong with it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from pathway import protocol
from pathway.protocol.hours import Precision
from pathway.record import nhs_number
from pathway.record.ask import text
from pathway.record.person import Patient
from pathway.record.step import OBSERVATIONS, WORDS, made_by

ABOUT_IT = ("kind", "at", "recorded", "override", "precision", "case")


class BadStory(Exception):
    """The file is not a story; the message is one line that says where and why."""


@dataclass(frozen=True)
class Entry:
    """One event of a story."""

    kind: str
    at: datetime
    recorded: datetime
    answers: Mapping[str, Any]
    override: Mapping[str, Any] | None
    precision: str = ""
    case: str = ""


@dataclass(frozen=True)
class Story:
    """A case as a file tells it; further cases of the patient have names there.

    `answers` says whether whoever is told of an alert acts on it; else each level is passed on as it goes unanswered.
    """

    title: str
    version: str
    until: datetime
    patient: Mapping[str, Any]
    entries: Sequence[Entry]
    expect: Mapping[str, Any]
    answers: bool = True


def read(path: Path, until: str | None = None) -> Story:
    """Read and check a story file.

    Raises:
        BadStory: it cannot be read, is not TOML, or names an unknown kind, an impossible time or a bad patient.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadStory(f"{path}: {error}".splitlines()[0]) from error
    events = told.get("event")
    if not isinstance(events, list) or not events or not all(isinstance(event, dict) for event in events):
        raise BadStory(f"{path}: there is no [[event]].")
    entries = [entry(number, event) for number, event in enumerate(events, 1)]
    version = told.get("protocol", "current")
    version = protocol.CURRENT if version == "current" else version
    if version not in protocol.VERSIONS:
        raise BadStory(f"protocol: {version!r} is not known; known are {', '.join(protocol.VERSIONS)}.")
    answers = told.get("answers", True)
    if not isinstance(answers, bool):
        raise BadStory("answers: write true where people act on their alerts, or false.")
    newest = max(each.recorded for each in entries)
    ends = instant(until or told.get("until", newest), "until")
    if ends < newest:
        raise BadStory(f"until: {ends:%Y-%m-%dT%H:%M:%SZ} is before the last event was recorded.")
    return Story(
        str(told.get("title", path.name)), version, ends, patient_fields(told.get("patient", {})),
        sorted(entries, key=lambda each: each.recorded), expectations(told.get("expect", {})), answers,
    )  # fmt: skip


def expectations(told: Any) -> Mapping[str, Any]:
    """What the story expects.

    Raises:
        BadStory: it is not written as tables, or a time is none.
    """
    lists = list(told.items()) if isinstance(told, dict) else [("expect", told)]
    for name, wanted in lists:
        tables = isinstance(wanted, list) and all(isinstance(each, dict) for each in wanted)
        if name not in ("clock", "alert", "no_alert", "contradiction") or not tables:
            raise BadStory(
                "expect: write [[expect.clock]], [[expect.alert]], [[expect.no_alert]] or [[expect.contradiction]]."
            )
        for each in wanted:
            times = {"after"} if name == "no_alert" else {"started", "due", "ended", "raised", "resolved"} & each.keys()
            for time in times:
                instant(each.get(time), f"expect.{name}: {time}")
    return dict(lists)


def instant(value: Any, where: str) -> datetime:
    """An instant with its zone.

    Raises:
        BadStory: there is no such time, or it has no zone.
    """
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if found.tzinfo is None:
            raise BadStory(f"{where}: {value!r} has no zone; write it in UTC with a Z at the end.")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadStory(f"{where}: {value!r} is not a time ({error}).") from error


def entry(number: int, event: Mapping[str, Any]) -> Entry:
    """Check one event.

    Raises:
        BadStory: naming the event by its number and kind.
    """
    kind, where = str(event.get("kind", "")), f"event {number} ({event.get('kind', 'no kind')})"
    known = kind in {*WORDS, *OBSERVATIONS} or made_by(kind) is not None
    if not known:
        raise BadStory(f"{where}: this kind of event is not known.")
    if "at" not in event:
        raise BadStory(f"{where}: there is no time (at).")
    at = instant(event["at"], f"{where}: at")
    override = event.get("override")
    if override is not None and not isinstance(override, dict):
        raise BadStory(f"{where}: override is written {{by = ..., reason = ...}}.")
    precision = event.get("precision", "")
    if precision not in ("", *Precision):
        raise BadStory(f"{where}: precision is {', '.join(Precision)}, not {precision!r}.")
    answers = {name: value for name, value in event.items() if name not in ABOUT_IT}
    recorded = instant(event.get("recorded", at), f"{where}: recorded")
    return Entry(kind, at, recorded, answers, override, str(precision), str(event.get("case", "")))


def patient_fields(told: Any) -> dict[str, Any]:
    """The patient's fields.

    Raises:
        BadStory: a wrong name, NHS number or birth date.
    """
    if not isinstance(told, dict):
        raise BadStory("patient: write [patient] with name, nhs_number and born.")
    family, _, given = str(told.get("name", "Story, Patient")).partition(",")
    fields: dict[str, Any] = {"synthetic": True}
    try:
        fields["family_name"] = text("Family name").clean(family)
        fields["given_names"] = text("Given names", required=False).clean(given)
        if number := told.get("nhs_number"):
            fields["nhs_number"] = nhs_number.clean(str(number))
        if born := told.get("born"):
            fields["birth_date"] = born if isinstance(born, date) else date.fromisoformat(str(born))
        Patient(**fields).clean_fields(exclude={"organisation"})
    except ValidationError as error:
        raise BadStory(f"patient: {' '.join(error.messages)}") from error
    except ValueError as error:
        raise BadStory(f"patient: {error}") from error
    return fields
