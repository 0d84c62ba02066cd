"""How the patient lies until somebody has advised on stability, and when an order to lie flat lapses (1.4)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway.protocol.past import (
    Past,
    advice_on_stability,
    held_together,
    lies_flat,
    opinion_on_stability,
    worse_since,
)
from pathway.protocol.types import Answers

LAPSES = timedelta(hours=24)
PAINFUL = 4
FLAT: Answers = {"position": "flat", "log_roll": "yes"}
MOBILE: Answers = {"position": "mobile"}


@dataclass(frozen=True, slots=True)
class Default:
    """A position to propose, as the answers of an order, and why. A person orders it."""

    why: str
    answers: Answers = field(default_factory=dict)


def default_position(past: Past) -> Default:
    """The position that advice on stability asks for; without advice the default of the class and of the pain."""
    advice, given = opinion_on_stability(past), past.last("case.suspected", "case.reclassified", "case.reopened")
    if worse_since(past, advice):
        return Default("Something became worse: flat, neutral, log roll, until stability is judged again.", FLAT)
    opinion = str(advice.answers.get("opinion")) if advice else ""
    if opinion == "stable" and advice_on_stability(past):
        return Default("The newest advice says stable: mobilise as able.", MOBILE)
    if advice and opinion == "unstable" and not held_together(past, advice):
        return Default("The newest advice says unstable: flat, neutral, log roll.", FLAT)
    klass = str(given.answers.get("class")) if given else ""
    if klass == "A":
        return Default("Default for class A: flat, neutral, log roll, until somebody advises on stability.", FLAT)
    scored = past.last("pain.scored")
    movement = int(scored.answers.get("movement", 0)) if scored else 0
    if klass == "B" and movement >= PAINFUL:
        return Default(f"Pain of {movement} on movement in class B: flat, neutral, log roll, as for class A.", FLAT)
    why = f"Default for class {klass}: mobilise as able, and review."
    return Default(why + (" With pain of 4 or more on movement: flat, as for class A." if klass == "B" else ""), MOBILE)


def lapses_at(past: Past) -> datetime | None:
    """When the order to lie flat or raised lapses, or lapsed; None where the patient need not."""
    flat = lies_flat(past)
    return flat.occurred_at + LAPSES if flat else None
