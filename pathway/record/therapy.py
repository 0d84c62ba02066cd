"""What the facts say of rehabilitation: the steps with their times, the minutes given, what holds the way home."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from pathway.protocol.types import Fact
from pathway.record.step import OBSERVATIONS, made_by

STEPPED, STOPPED = "rehabilitation.stepped", "rehabilitation.stopped"
WEEK = timedelta(days=7)  # over which the minutes are shown
TREATED, MISSED, READY = "physiotherapy.treated", "physiotherapy.missed", "readiness.checked"


def said(kind: str, name: str, value: Any) -> str:
    """A chosen answer in the words of its form."""
    found = made_by(kind)
    asks = found[1].asks if found else OBSERVATIONS[kind].asks
    choices: Any = asks[name]
    return str(dict(choices.choices).get(value, value))


@dataclass(frozen=True, slots=True)
class Tried:
    """One step of the ladder: when it was reached or stopped, with what was measured, and when the next came."""

    fact: Fact
    until: datetime | None

    @property
    def stopped(self) -> str:
        """Why it was stopped, in words; '' where it was reached."""
        return said(STOPPED, "reason", self.fact.answers["reason"]).lower() if self.fact.kind == STOPPED else ""

    @property
    def words(self) -> str:
        """The step, and the angle where one was given."""
        degrees = self.fact.answers.get("degrees")
        return said(STEPPED, "step", self.fact.answers["step"]) + (f", at {degrees}°" if degrees else "")

    @property
    def pain(self) -> str:
        """Pain as it was found."""
        return str(self.fact.answers.get("pain", ""))

    @property
    def systolic(self) -> str:
        """The upper pressure as it was found."""
        return str(self.fact.answers.get("systolic", ""))

    @property
    def neurology(self) -> str:
        """Neurology as it was found."""
        return str(self.fact.answers.get("neurology", ""))


def ladder(facts: Iterable[Fact]) -> list[Tried]:
    """The steps of the ladder in the order in which they were tried."""
    found = [fact for fact in facts if fact.kind in (STEPPED, STOPPED)]
    return [Tried(fact, after.occurred_at if after else None) for fact, after in zip_longest(found, found[1:])]


def measured(facts: Iterable[Fact], name: str) -> Fact | None:
    """The newest entry of the ladder that says this: what a further step is held against."""
    found = [fact for fact in facts if fact.kind in (STEPPED, STOPPED) and name in fact.answers]
    return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Dose:
    """The minutes of physiotherapy in a time, in how many sessions, and those that were missed."""

    minutes: int
    sessions: int
    missed: list[Fact]

    @property
    def why_missed(self) -> list[tuple[datetime, str]]:
        """When and why each was missed."""
        return [(fact.occurred_at, said(MISSED, "reason", fact.answers["reason"])) for fact in self.missed]


def dose(facts: Sequence[Fact], since: datetime) -> Dose:
    """What was given, and missed, since a time."""
    given = [fact for fact in facts if fact.kind == TREATED and fact.occurred_at >= since]
    missed = [fact for fact in facts if fact.kind == MISSED and fact.occurred_at >= since]
    return Dose(sum(fact.answers["minutes"] for fact in given), len(given), missed)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that has to be there before the patient goes home; `ready` is None while nobody has looked.

    `passed` is whether the day has gone by on which it was expected.
    """

    words: str
    ready: bool | None
    expected: date | None
    passed: bool
    note: str


def readiness(facts: Iterable[Fact], today: date) -> list[Item]:
    """What is needed to go home, each as it was last looked at."""
    newest = {fact.answers["item"]: fact.answers for fact in facts if fact.kind == READY}
    choices: Any = OBSERVATIONS[READY].asks["item"]
    return [item(words, newest.get(key, {}), today) for key, words in choices.choices]


def item(words: str, answers: Any, today: date) -> Item:
    """One thing as its newest entry has it."""
    expected, ready = answers.get("expected_on"), answers.get("ready")
    day = date.fromisoformat(expected) if expected and not ready else None
    return Item(words, ready, day, day is not None and day < today, str(answers.get("note", "")))


def holding(items: Sequence[Item]) -> Item | None:
    """What holds the date: of what is not ready, that without a date or past it, else the latest.

    What nobody has looked at holds nothing: it is shown as not known.
    """
    left = [each for each in items if each.ready is False]
    return max(left, key=lambda each: (each.expected is None, each.passed, each.expected or date.max), default=None)
