"""The forms that change a rota: a weekly pattern, a shift for once, a shift taken by oneself, a preview, a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from pathway import protocol
from pathway.engine.refused import Refused
from pathway.protocol.shifts import DAYS, Holidays, Kind, closing
from pathway.protocol.types import Role, Standard
from pathway.record import rota
from pathway.record.ask import Instant, choice, day, several, unanswered
from pathway.record.person import Unit, User
from pathway.record.shift import HOLIDAYS, Pattern, Shift
from pathway.web.fields import Colleague

WHAT = {
    Kind.EXTRA.value: "Works too, beside those of the pattern",
    Kind.COVER.value: "Covers somebody, whenever that one would work",
    Kind.AWAY.value: "Is away from every unit",
}
NUMBERED = {str(number): name for number, name in enumerate(DAYS)}


def role_field(*, required: bool = True) -> forms.TypedChoiceField:
    """One of the roles that the ladders of the current protocol tell."""
    return forms.TypedChoiceField(
        label="Role", required=required, error_messages=unanswered("Role"), coerce=Role, empty_value=None,
        choices=lambda: [("", "Choose a role"), *((role.value, role.value) for role in rota.told())],
    )  # fmt: skip


class TimeOfDay(forms.TimeField):
    """A local time of day to the minute."""

    default_error_messages: ClassVar = {"invalid": "Enter a time such as 08:30; midnight is 00:00."}

    def __init__(self, label: str, hint: str = "") -> None:
        super().__init__(
            label=label, help_text=hint, input_formats=["%H:%M"], error_messages=unanswered(label),
            widget=forms.TimeInput(format="%H:%M", attrs={"placeholder": "08:30", "class": "app-time"}),
        )  # fmt: skip


def laddered() -> list[Standard]:
    """The clocks of the current protocol that tell somebody."""
    return [standard for standard in protocol.get(protocol.CURRENT).all if standard.ladder]


class OfOwn(forms.Form):
    """A form whose fields of people, and of a unit, offer those of the own organisation."""

    def __init__(self, user: User, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rota.units_of(user) if field.label == "Unit" else rota.colleagues(user)
        self.was_refused = False

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        return 409 if self.was_refused else 422 if self.is_bound else 200

    def refuse(self, refused: Refused) -> None:
        """Show why what was sent could not be done at this moment; what was typed stays."""
        self.add_error(None, list(refused.reasons))
        self.was_refused = True


class PatternForm(OfOwn):
    """One person's shift on some days of every week."""

    role = role_field()
    person = Colleague("Person")
    days = several("Days on which the shift begins", *NUMBERED, words=NUMBERED)
    begins = TimeOfDay("From")
    ends = TimeOfDay("To", "Of the next day where it is no later than the beginning")
    first = day("First day")
    last = day("Last day", required=False)
    holidays = choice("On bank holidays", *Holidays, words={key.value: words for key, words in HOLIDAYS.items()})

    def pattern(self, unit: Unit, old: Pattern | None) -> Pattern:
        """The pattern that is asked for; the old one changed, where there is one."""
        given = self.cleaned_data
        made = old or Pattern(unit=unit)
        made.role, made.user, made.holidays = given["role"].value, given["person"], given["holidays"]
        made.days = sorted(int(each) for each in given["days"])
        made.begins, made.ends, made.first, made.last = (given[name] for name in ("begins", "ends", "first", "last"))
        return made


def initial(pattern: Pattern) -> dict[str, Any]:
    """What the form of an old pattern begins with."""
    names = ("role", "begins", "ends", "first", "last", "holidays")
    days = [str(each) for each in pattern.days]
    return {**{name: getattr(pattern, name) for name in names}, "person": pattern.user.uuid, "days": days}


class ShiftForm(OfOwn):
    """What a person does for once."""

    kind = choice("What", *Kind, words=WHAT)
    user = Colleague("Person")
    role = role_field(required=False)
    instead_of = Colleague("Covers", required=False)
    starts_at = Instant(label="From")
    ends_at = Instant(label="To")

    def clean(self) -> dict[str, Any]:
        """Ask for what the kind needs, and leave out what it has not."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind in (Kind.EXTRA, Kind.COVER) and not cleaned.get("role") and "role" not in self.errors:
            self.add_error("role", unanswered("Role")["required"])
        if kind == Kind.COVER and not cleaned.get("instead_of") and "instead_of" not in self.errors:
            self.add_error("instead_of", "Say whom this person covers.")
        return cleaned

    def shift(self, unit: Unit) -> Shift:
        """The shift that is asked for."""
        given = self.cleaned_data
        kind = Kind(given["kind"])
        is_away = kind is Kind.AWAY
        return Shift(
            kind=kind.value, user=given["user"], starts_at=given["starts_at"], ends_at=closing(given["ends_at"]),
            unit=None if is_away else unit, role="" if is_away else given["role"].value,
            instead_of=given["instead_of"] if kind is Kind.COVER else None,
        )  # fmt: skip


class TakeForm(OfOwn):
    """A shift from now on."""

    role = role_field()
    until = Instant(label="Until")

    def clean_until(self) -> datetime:
        """23:59 means the end of the day."""
        return closing(self.cleaned_data["until"])


class PreviewForm(OfOwn):
    """A clock that does not run yet."""

    unit: "forms.ModelChoiceField[Unit]" = forms.ModelChoiceField(
        None, label="Unit", to_field_name="uuid", empty_label="Choose a unit", error_messages=unanswered("Unit")
    )
    clock = forms.ChoiceField(
        label="Clock", error_messages=unanswered("Clock"),
        choices=lambda: [("", "Choose a clock"), *((each.key, each.label) for each in laddered())],
    )  # fmt: skip
    at = Instant(label="The clock runs out at")


class FileForm(forms.Form):
    """A rota as a file."""

    file = forms.FileField(label="CSV file", error_messages=unanswered("CSV file") | {"empty": "This file is empty."})
