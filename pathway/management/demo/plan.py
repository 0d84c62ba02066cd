"""The words in which a demonstration case is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

ACKNOWLEDGED = "alert.acknowledged"


def span(text: str) -> timedelta:
    """A length of time written h:mm or h:mm:ss."""
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened, so long after the suspicion, and typed in so much later.

    An answer that is a length of time stands for the instant so long after the suspicion.
    """

    after: timedelta
    kind: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    late: timedelta = timedelta()


def deed(after: str, kind: str, *, late: str = "0:00", **answers: Any) -> Deed:
    """Something that happened `after` the suspicion (h:mm); answers not given are the usual ones."""
    return Deed(span(after), kind, answers, span(late))


@dataclass(frozen=True, slots=True)
class Plan:
    """One case: its class, how long ago it was suspected, where, what happened since, and whether alerts are answered.

    `exact` cases keep their age to the second; the others are made up to eight minutes older by the seed.
    """

    klass: str
    ago: timedelta
    place: str
    deeds: tuple[Deed, ...]
    symptoms: tuple[str, ...] = ()
    exact: bool = False
    identity: str = "full"
    answered: bool = True


def case(
    klass: str, ago: str, place: str, *deeds: Deed, symptoms: str = "", exact: bool = False, identity: str = "full",
    answered: bool = True,
) -> Plan:  # fmt: skip
    """A case suspected `ago` (h:mm or h:mm:ss before now); `identity` is full, local (number) or initials."""
    return Plan(klass, span(ago), place, deeds, tuple(symptoms.split()), exact, identity, answered)
