"""Replays one case from a story file through the real engine, under simulated time."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from pathway import protocol
from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.note import observe
from pathway.engine.refused import Refused
from pathway.engine.suspect import KIND, suspect
from pathway.engine.tick import sweep
from pathway.record import nhs_number
from pathway.record.alert import Alert
from pathway.record.ask import text
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import CORRECTED, Event
from pathway.record.person import USER_ROLES, Organisation, Patient, Unit, User
from pathway.record.step import OBSERVATIONS, made_by

TIMES = ("started", "due", "ended")
ABOUT_CLOCKS = {"clock.suspended": suspend, "clock.voided": void}


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


@dataclass(frozen=True)
class Story:
    """A case as a file tells it."""

    title: str
    version: str
    until: datetime
    patient: Mapping[str, Any]
    entries: Sequence[Entry]
    expect: Mapping[str, Any]


@dataclass
class Stood:
    """A contradiction: when it arose, and when it was resolved, by the time of typing."""

    key: str
    raised: datetime
    resolved: datetime | None = None


@dataclass
class Outcome:
    """What came of a story."""

    now: datetime
    case: Case | None = None
    clocks: list[Clock] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    contradictions: list[Stood] = field(default_factory=list)


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
    newest = max(each.recorded for each in entries)
    ends = instant(until or told.get("until", newest), "until")
    if ends < newest:
        raise BadStory(f"until: {ends:%Y-%m-%dT%H:%M:%SZ} is before the last event was recorded.")
    return Story(
        str(told.get("title", path.name)), version, ends, patient_fields(told.get("patient", {})),
        sorted(entries, key=lambda each: each.recorded), expectations(told.get("expect", {})),
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
            times = {"after"} if name == "no_alert" else {*TIMES, "raised", "resolved"} & each.keys()
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
    known = kind in {KIND, CORRECTED, *ABOUT_CLOCKS, *OBSERVATIONS} or made_by(kind) is not None
    if not known:
        raise BadStory(f"{where}: this kind of event is not known.")
    if "at" not in event:
        raise BadStory(f"{where}: there is no time (at).")
    at = instant(event["at"], f"{where}: at")
    override = event.get("override")
    if override is not None and not isinstance(override, dict):
        raise BadStory(f"{where}: override is written {{by = ..., reason = ...}}.")
    answers = {name: value for name, value in event.items() if name not in ("kind", "at", "recorded", "override")}
    return Entry(kind, at, instant(event.get("recorded", at), f"{where}: recorded"), answers, override)


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


def replay(story: Story) -> Outcome:
    """Drive the engine through a story; the caller decides whether the transaction is kept."""
    trust, _ = Organisation.objects.get_or_create(ods_code="STORY", defaults={"name": "Replayed stories"})
    unit, _ = Unit.objects.get_or_create(organisation=trust, name="Story unit")
    teller = User(username="story", organisation=trust, roles=[role.value for role in USER_ROLES])
    patient = patient_of(story, trust)
    outcome = Outcome(story.until)
    reached = story.entries[0].recorded
    for each in story.entries:
        run_until(outcome.case, each.recorded, reached=reached, before=True)
        reached = each.recorded
        with clock.at(each.recorded):
            try:
                if each.kind == KIND and outcome.case is None:
                    outcome.case = suspect(
                        patient, unit, by=teller, at=each.at, answers=each.answers, version=story.version
                    )
                else:
                    tell(outcome.case, each, teller)
            except Refused as refusal:
                outcome.refused.append((each, str(refusal)))
        follow(outcome, each.recorded)
    run_until(outcome.case, story.until, reached=reached, before=False)
    if outcome.case:
        outcome.case = Case.objects.get(pk=outcome.case.pk)
        outcome.clocks = list(Clock.objects.standing().filter(case=outcome.case).order_by("started_at", "pk"))
        outcome.alerts = list(
            Alert.objects.filter(case=outcome.case).select_related("clock").order_by("raised_at", "pk")
        )
    return outcome


def follow(outcome: Outcome, at: datetime) -> None:
    """Note which contradictions arose and which were resolved by the entry that was typed in last."""
    if outcome.case is None:
        return
    stand = Case.objects.values_list("contradictions", flat=True).get(pk=outcome.case.pk)
    open_ones = {each.key: each for each in outcome.contradictions if each.resolved is None}
    for key, each in open_ones.items():
        each.resolved = None if key in stand else at
    outcome.contradictions += [Stood(key, at) for key in stand if key not in open_ones]


def patient_of(story: Story, trust: Organisation) -> Patient:
    """The story's patient: the one already there with that NHS number, or a new one."""
    number = story.patient.get("nhs_number", "")
    known = Patient.objects.filter(organisation=trust, nhs_number=number).first() if number else None
    return known or Patient.objects.create(organisation=trust, **story.patient)


def run_until(case: Case | None, until: datetime, *, reached: datetime, before: bool) -> None:
    """Sweep at each instant at which something of the case falls due, up to `until` (not including it if `before`).

    What was due before it was typed in is raised when it is: no sooner than `reached`.
    """
    while case is not None:
        wakes = Case.objects.values_list("wake_at", flat=True).get(pk=case.pk)
        moment = max(wakes, reached) if wakes else None
        if moment is None or moment > until or (before and moment == until):
            return
        with clock.at(moment):
            sweep(moment, 1, only=case.pk)


def tell(case: Case | None, each: Entry, teller: User) -> Event:
    """Let one entry of a story happen.

    Raises:
        Refused: as the engine refuses it, or because there is no case yet or already one.
    """
    if case is None:
        raise Refused("There is no case yet: the first event is case.suspected.")
    if each.kind == KIND:
        raise Refused("The case is open already; new neurology is case.reclassified or case.reopened.")
    if each.kind in ABOUT_CLOCKS:
        answers = dict(each.answers)
        return ABOUT_CLOCKS[each.kind](case, str(answers.pop("clock", "")), by=teller, answers=answers)
    if each.kind == CORRECTED:
        return correct_told(case, each, teller)
    if each.kind in OBSERVATIONS:
        return observe(case, each.kind, by=teller, at=each.at, answers=each.answers)
    step, verb = step_for(case, each.kind, each.at, list(Event.objects.filter(case=case).order_by("pk")), each.answers)
    return advance(step, verb, by=teller, at=each.at, answers=each.answers, override=each.override)


def correct_told(case: Case, each: Entry, teller: User) -> Event:
    """Correct the newest event of the kind that the entry names.

    Raises:
        Refused: there is none.
    """
    wrong = Event.objects.filter(case=case, kind=each.answers.get("event", "")).order_by("-pk").first()
    if wrong is None:
        raise Refused(f"There is no event {each.answers.get('event')!r} to correct.")
    withdrawn, answers = each.answers.get("withdrawn", False), each.answers.get("answers")
    if not isinstance(withdrawn, bool) or not isinstance(answers, dict | None):
        raise Refused("A correction has withdrawn = true or false, and answers = {...}.")
    return correct(
        wrong,
        by=teller,
        why=str(each.answers.get("why", "")),
        occurred_at=instant(each.answers["occurred_at"], "occurred_at") if "occurred_at" in each.answers else None,
        answers=answers,
        withdrawn=withdrawn,
        override=each.override,
    )


def differences(story: Story, outcome: Outcome) -> list[str]:
    """What came out otherwise than the story expects, a line each."""
    found = [line for wanted in story.expect.get("clock", []) if (line := clock_missing(wanted, outcome))]
    found += [line for wanted in story.expect.get("alert", []) if (line := alert_missing(wanted, outcome))]
    found += [
        line for wanted in story.expect.get("contradiction", []) if (line := contradiction_missing(wanted, outcome))
    ]
    for wanted in story.expect.get("no_alert", []):
        after = instant(wanted["after"], "after")
        found += [
            f"no alert was expected after {iso(after)}, but {alert.clock.standard} {alert.level} "
            f"was raised at {iso(alert.raised_at)}"
            for alert in outcome.alerts
            if alert.raised_at > after
        ]
    return found


def clock_missing(wanted: Mapping[str, Any], outcome: Outcome) -> str:
    """The line for a clock that is not as expected, else ''."""
    got = [row for row in clocks_as_json(outcome) if row["clock"] == wanted.get("clock")]
    asked = {
        name: iso(instant(value, f"expect.clock: {name}")) if name in TIMES else value for name, value in wanted.items()
    }
    if asked.get("outcome") in ("running", "overdue"):
        asked.setdefault("ended", None)
    if any(asked.items() <= row.items() for row in got):
        return ""
    return f"expected {asked}, got {got or 'no such clock'}"


def alert_missing(wanted: Mapping[str, Any], outcome: Outcome) -> str:
    """The line for an alert that was not raised as expected, else ''."""
    got = [row for row in alerts_as_json(outcome) if row["clock"] == wanted.get("clock")]
    asked = {
        name: iso(instant(value, "expect.alert: raised")) if name == "raised" else value
        for name, value in wanted.items()
    }
    return "" if any(asked.items() <= row.items() for row in got) else f"expected alert {asked}, got {got or 'none'}"


def contradiction_missing(wanted: Mapping[str, Any], outcome: Outcome) -> str:
    """The line for a contradiction that did not stand as expected, else ''."""
    got = contradictions_as_json(outcome)
    asked = {
        name: value if name == "key" else iso(instant(value, f"expect.contradiction: {name}"))
        for name, value in wanted.items()
    }
    is_there = any(asked.items() <= row.items() for row in got)
    return "" if is_there else f"expected contradiction {asked}, got {got or 'none'}"


def iso(at: datetime | None) -> str | None:
    """An instant in UTC as the stories write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def clocks_as_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The clocks in order of start."""
    return [
        {
            "clock": row.standard,
            "started": iso(row.started_at),
            "due": iso(row.due_at),
            "ended": iso(row.ended_at),
            "outcome": row.said(outcome.now),
        }
        for row in outcome.clocks
    ]


def alerts_as_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The alerts in the order in which they were raised."""
    return [
        {"clock": alert.clock.standard, "level": alert.level, "raised": iso(alert.raised_at)}
        for alert in outcome.alerts
    ]


def contradictions_as_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The contradictions in the order in which they arose."""
    return [
        {"key": each.key, "raised": iso(each.raised), "resolved": iso(each.resolved)} for each in outcome.contradictions
    ]


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The whole outcome."""
    return {
        "phase": outcome.case.phase if outcome.case else None,
        "class": outcome.case.klass if outcome.case else None,
        "clocks": clocks_as_json(outcome),
        "alerts": alerts_as_json(outcome),
        "refused": [{"kind": each.kind, "at": iso(each.at), "reason": reason} for each, reason in outcome.refused],
        "contradictions": contradictions_as_json(outcome),
    }
