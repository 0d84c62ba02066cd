"""A further fact that the form of a move asks for: one that a guard misses, or the call that told of the move."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from pathway.engine.correct import asked_by
from pathway.engine.together import Before
from pathway.record import ask
from pathway.record.ask import Instant
from pathway.record.step import OBSERVATIONS, Needs, made_by
from pathway.web.fields import EMPTY, tuned

WHEN = "happened_at"
CALL = Needs("The call that told of it", lambda now: True, asks="contact.logged")


def prefix(need: Needs) -> str:
    """What the names of the fields begin with."""
    return f"also_{need.asks.replace('.', '_')}_"


def was_asked(need: Needs, data: QueryDict) -> bool:
    """Whether a form that was sent had these fields."""
    return any(name.startswith(prefix(need)) for name in data)


@dataclass(frozen=True)
class Also:
    """The fields of one such fact, named after its kind."""

    need: Needs

    @property
    def title(self) -> str:
        """What the labels of its fields begin with.

        Raises:
            LookupError: no move and no observation makes such a fact.
        """
        if self.need.asks in OBSERVATIONS:
            return OBSERVATIONS[self.need.asks].done
        found = made_by(self.need.asks)
        if found is None:
            raise LookupError(self.need.asks)
        return found[0].title

    @property
    def asked(self) -> dict[str, forms.Field]:
        """What it asks for, without what is known already."""
        return {name: field for name, field in asked_by(self.need.asks).items() if name not in self.need.given}

    def fields(self) -> dict[str, forms.Field]:
        """The fields. Where a senior may let the guard pass instead, none of them has to be answered."""
        title, found = self.title, {}
        for name, field in self.asked.items():
            copy = tuned(field)
            copy.required, copy.label = field.required and not self.need.senior, f"{title}: {field.label}"
            found[f"{prefix(self.need)}{name}"] = copy
        when = deepcopy(Instant(label=f"{title}: When", required=False, help_text="Left empty: at the time above"))
        return {**found, f"{prefix(self.need)}{WHEN}": when}

    def answers(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """What was answered, with what is known already; empty where nothing was."""
        named = {name: cleaned.get(f"{prefix(self.need)}{name}") for name in self.asked}
        told = {name: value for name, value in named.items() if value not in EMPTY}
        return {**told, **self.need.given} if told else {}

    def fact(self, cleaned: Mapping[str, Any]) -> Before | None:
        """The fact to record; None where nothing was answered."""
        told = self.answers(cleaned)
        return Before(self.need.asks, told, cleaned.get(f"{prefix(self.need)}{WHEN}")) if told else None

    def wrong(self, cleaned: Mapping[str, Any]) -> dict[str, list[str]]:
        """What is missing or wrong, by field."""
        told = self.answers(cleaned)
        try:
            if told:
                ask.clean(asked_by(self.need.asks), told)
        except ValidationError as error:
            return {f"{prefix(self.need)}{name}": errors for name, errors in error.message_dict.items()}
        return {}
