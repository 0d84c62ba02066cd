"""Blank forms out of the declared questions: what is written on paper is what the service asks for afterwards."""

from dataclasses import dataclass
from typing import Any

from django import forms

from pathway.casefile.groups import GROUPS, key_of, title_of
from pathway.engine.identity import WHO
from pathway.engine.suspect import ASKS
from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.ask import Asks, Instant, choice, text, yes_no
from pathway.record.step import OBSERVATIONS, machines

NEW = "New case"
AT_INTAKE: Asks = {
    "unit": text("Unit"),
    "neurology": yes_no("Any neurological symptom or sign?"),
    "cancer": choice("Is there a cancer?", "known", "suspected", "none", required=False, words={"none": "None known"}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the boxes to tick, or what kind of answer is written; `many` boxes may be ticked."""

    label: str
    boxes: list[str]
    kind: str
    optional: bool
    many: bool


@dataclass(frozen=True, slots=True)
class Blank:
    """The form of one entry."""

    title: str
    questions: list[Question]


def blanks() -> dict[str, list[Blank]]:
    """Every form, under the headings of the case page."""
    first = questions({**WHO, **AT_INTAKE, **ASKS})
    found: dict[str, list[Blank]] = {NEW: [Blank("New case: suspected compression", first)]}
    found |= {title: [] for title in GROUPS}
    for machine in machines().values():
        moves = [declared for declared in machine.moves().values() if not declared.page]
        found[title_of(machine.track)] += [Blank(each.label, questions(each.asks)) for each in moves]
    for observation in OBSERVATIONS.values():
        found[title_of(key_of(observation.event))].append(Blank(observation.label, questions(observation.asks)))
    return {title: group for title, group in found.items() if group}


def questions(asks: Asks) -> list[Question]:
    """The questions of one form."""
    return [question(field) for field in asks.values()]


def question(field: forms.Field) -> Question:
    """One question as paper has it."""
    many = isinstance(field, forms.MultipleChoiceField)
    return Question(str(field.label), boxes(field), kind(field), not field.required, many)


def boxes(field: forms.Field) -> list[str]:
    """What may be ticked; nothing where the answer is written."""
    if not isinstance(field, forms.ChoiceField):
        return []
    widget: Any = field.widget
    pairs = [(str(value), str(words)) for value, words in widget.choices if value not in ("", None)]
    return [SYMPTOMS[value].words if value in SYMPTOMS else words for value, words in pairs]


def kind(field: forms.Field) -> str:
    """What is written where nothing is ticked: a time, a day, a number, lines, or words."""
    if isinstance(field, Instant):
        return "time"
    if isinstance(field, forms.DateField):
        return "day"
    if isinstance(field, (forms.IntegerField, forms.FloatField)):
        return "number"
    return "lines" if isinstance(field.widget, forms.Textarea) else "words"
