"""How the fields of the pathway are drawn on a page."""

from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.ask import unanswered
from pathway.record.person import User

EMPTY: tuple[object, ...] = (None, "", [])
MANY = 12  # options of a list to choose from, rather than of a column
IN_A_ROW, SHORT = 44, 4  # letters: of all choices beside each other on a tablet; of one choice in a column


class Colleague(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One person of those whom the form offers; of two with one name, each with the login."""

    def __init__(self, label: str, empty: str = "Choose a person", *, required: bool = True) -> None:
        super().__init__(
            None, label=label, to_field_name="uuid", empty_label=empty, required=required,
            error_messages=unanswered(label),
        )  # fmt: skip

    def label_from_instance(self, obj: User) -> str:
        """The name, so that it is nobody else's."""
        return obj.told_apart

    def to_python(self, value: Any) -> User | None:
        """The person.

        Raises:
            ValidationError: it is none of those offered, whatever else was sent.
        """
        try:
            return super().to_python(value)
        except ValidationError:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None


def tuned(field: forms.Field) -> forms.Field:
    """A copy of a field that fits the page: short choices in rows or columns, symptoms in words, the right keyboard."""
    copy = deepcopy(field)
    if isinstance(copy, forms.ChoiceField) and isinstance(copy.widget, forms.RadioSelect):
        pairs = [(str(value), str(words)) for value, words in copy.widget.choices if value]
        copy.choices = pairs
        if len(pairs) > MANY and not isinstance(copy, forms.MultipleChoiceField):
            copy.widget = forms.Select()
            copy.choices = [("", ""), *pairs]
        elif sum(len(words) for _, words in pairs) <= IN_A_ROW:
            copy.widget.attrs.setdefault("class", "nhsuk-radios--inline")
    if isinstance(copy, forms.MultipleChoiceField):
        found = [(str(value), str(words)) for value, words in copy.widget.choices]
        copy.choices = [(value, SYMPTOMS[value].words if value in SYMPTOMS else words) for value, words in found]
        if max(len(words) for _, words in found) <= SHORT:
            copy.widget.attrs["class"] = "app-many"
    if isinstance(copy, forms.IntegerField):
        copy.widget.attrs["inputmode"] = "decimal" if isinstance(copy, forms.FloatField) else "numeric"
    return copy
