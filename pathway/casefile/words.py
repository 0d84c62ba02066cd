"""Says the answers of an event in the words of the form that asked for them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms

from pathway.engine.correct import asked_by
from pathway.engine.hush import SUSPEND, VOID
from pathway.protocol.hours import shown
from pathway.protocol.symptoms import SYMPTOMS
from pathway.protocol.types import Standard
from pathway.record.ask import Asks, Instant
from pathway.record.measure import KEPT, MEASURES, kept, said, title_of

ABOUT_CLOCKS: Mapping[str, Asks] = {"clock.suspended": SUSPEND, "clock.voided": VOID}
Said = list[tuple[str, str]]


def asks_of(kind: str) -> Asks:
    """What an event of this kind asks for; nothing for one that no form makes."""
    return ABOUT_CLOCKS.get(kind) or asked_by(kind)


def answers_said(kind: str, answers: Mapping[str, Any], standards: Mapping[str, Standard]) -> Said:
    """Label and value of each answer, in the order of the form; what the form does not know comes last."""
    asks = asks_of(kind)
    alone = {each.name(each.scale.items[0].key) for each in MEASURES.get(kind, ()) if len(each.scale.items) == 1}
    told = alone if KEPT in answers else set()  # the score says all of it
    known = [name for name in asks if name in answers and name not in told]
    others = [name for name in answers if name not in asks and name not in ("override", KEPT)]
    pairs = [(title_of(score.scale), said(score)) for score in kept(answers)]
    pairs += [(label(name, asks), value_said(name, answers[name], asks.get(name))) for name in known]
    for name in others:
        standard = standards.get(str(answers[name])) if name == "clock" else None
        pairs.insert(0, ("Clock", standard.label)) if standard else pairs.append(
            (label(name, asks), value_said(name, answers[name], None))
        )
    if override := answers.get("override"):
        pairs.append(("Let through by", f"{override.get('by', '')}: {override.get('reason', '')}"))
    return pairs


def label(name: str, asks: Asks) -> str:
    """The label of the form's field, else the answer's own name."""
    return str(asks[name].label).rstrip("?") if name in asks else name.replace("_", " ").capitalize()


def value_said(name: str, value: Any, field: forms.Field | None) -> str:
    """One value as a person would say it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(value_said(name, each, field) for each in value)
    if name == "symptoms" and value in SYMPTOMS:
        return SYMPTOMS[value].words
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(field, Instant | forms.DateField):
        return day_said(str(value))
    return str(value)


def day_said(stored: str) -> str:
    """A stored instant or date as people in the United Kingdom write it; anything else as it is."""
    try:
        if "T" in stored:
            return shown(datetime.fromisoformat(stored))
        return f"{date.fromisoformat(stored):%-d %B %Y}"
    except (ValueError, OverflowError):
        return stored
