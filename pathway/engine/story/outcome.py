"""What came of a story: as JSON, and where it differs from what the story expects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pathway.engine.story.read import Entry, Story, instant
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock


@dataclass
class Stood:
    """A contradiction: when it arose, and when it was resolved, by the time of typing; `case` as in `Entry`."""

    key: str
    raised: datetime
    resolved: datetime | None = None
    case: str = ""


@dataclass
class Outcome:
    """What came of a story."""

    now: datetime
    case: Case | None = None
    clocks: list[Clock] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    contradictions: list[Stood] = field(default_factory=list)
    cases: dict[str, Case] = field(default_factory=dict)

    def named(self, case: Case) -> dict[str, str]:
        """The name of a further case, for what is said of it."""
        names = [name for name, each in self.cases.items() if each == case]
        return {"case": names[0]} if any(names) else {}


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
        name: iso(instant(value, f"expect.clock: {name}")) if name in ("started", "due", "ended") else value
        for name, value in wanted.items()
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
        name: value if name in ("key", "case") else iso(instant(value, f"expect.contradiction: {name}"))
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
            **outcome.named(row.case),
        }
        for row in outcome.clocks
    ]


def alerts_as_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The alerts in the order in which they were raised."""
    return [
        {
            "clock": alert.clock.standard,
            "level": alert.level,
            "raised": iso(alert.raised_at),
            **outcome.named(alert.case),
        }
        for alert in outcome.alerts
    ]


def contradictions_as_json(outcome: Outcome) -> list[dict[str, Any]]:
    """The contradictions in the order in which they arose."""
    return [
        {
            "key": each.key,
            "raised": iso(each.raised),
            "resolved": iso(each.resolved),
            **({"case": each.case} if each.case else {}),
        }
        for each in outcome.contradictions
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
