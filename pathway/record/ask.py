"""The answers that an event asks for: form fields, declared once, that the page shows and every door checks."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import NoneType
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from pathway.protocol.hours import KNOWN_TO, LONDON, Precision

Asks = Mapping[str, forms.Field]
LONG = 2000
JOINERS = frozenset("\u200c\u200d")  # part of the spelling in several scripts
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ZONES = ("BST", "GMT")
TIME_OF_DAY = re.compile(r"[T ]\d\d:?\d\d")


def unanswered(label: str) -> dict[str, str]:
    """What a field says that was left empty and may not be, or that holds what it does not offer."""
    asked = f"{label}{'' if label.endswith('?') else '.'}"
    offered = f"Choose one of the answers: {asked}"
    return {"required": f"Answer this: {asked}", "invalid_choice": offered, "invalid_list": offered}


def choice(
    label: str, *values: str, required: bool = True, words: Mapping[str, str] | None = None
) -> forms.ChoiceField:
    """One of these values; `words` gives what is shown where it differs from the value itself."""
    shown = words or {}
    pairs = [(value, shown.get(value, value.replace("_", " ").capitalize())) for value in values]
    return forms.ChoiceField(
        label=label, choices=pairs, required=required, widget=forms.RadioSelect, error_messages=unanswered(label)
    )


def several(
    label: str, *values: str, required: bool = True, words: Mapping[str, str] | None = None
) -> forms.MultipleChoiceField:
    """Any number of these values; `words` gives what is shown where it differs from the value itself."""
    shown = words or {}
    pairs = [(value, shown.get(value, value.replace("_", " "))) for value in values]
    return forms.MultipleChoiceField(
        label=label,
        choices=pairs,
        required=required,
        widget=forms.CheckboxSelectMultiple,
        error_messages=unanswered(label),
    )


def text(label: str, *, required: bool = True, long: bool = False, hint: str = "") -> "Text":
    """Words, kept as typed after Unicode NFC."""
    return Text(
        label=label,
        required=required,
        help_text=hint,
        max_length=LONG if long else 200,
        widget=forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput,
        error_messages=unanswered(label),
    )


def whole(label: str, *, least: int, most: int, required: bool = True, hint: str = "") -> forms.IntegerField:
    """A whole number within bounds."""
    errors = unanswered(label) | outside(f"Enter a whole number from {least} to {most}.")
    return Whole(label=label, min_value=least, max_value=most, required=required, help_text=hint, error_messages=errors)


def number(label: str, *, least: float, most: float, required: bool = True, hint: str = "") -> forms.FloatField:
    """A number within bounds; the label names the unit."""
    errors = unanswered(label) | outside(f"Enter a number from {least:g} to {most:g}.")
    return Number(
        label=label, min_value=least, max_value=most, required=required, help_text=hint, error_messages=errors
    )


def outside(sentence: str) -> dict[str, str]:
    """What a field of numbers says to whatever is none within its bounds."""
    return dict.fromkeys(("invalid", "min_value", "max_value"), sentence)


def day(label: str, *, required: bool = True, past: bool = False) -> "Day":
    """A calendar date; `past`: of something that had happened by the time of the entry."""
    return Day(
        past=past,
        label=label,
        required=required,
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=unanswered(label),
    )


def yes_no(label: str, *, required: bool = True) -> "YesNo":
    """Yes or no, never assumed."""
    return YesNo(label=label, required=required, error_messages=unanswered(label))


class Text(forms.CharField):
    """Text in Unicode NFC: no letter that cannot be stored or seen, and line breaks only where there are lines."""

    default_error_messages: ClassVar = {
        "invalid": "Enter words.",
        "max_length": "Shorten this to %(limit_value)d characters: it has %(show_value)d.",
    }

    def to_python(self, value: Any) -> str:
        """Normalise, or say what cannot be kept.

        Raises:
            ValidationError: not text, a control character, half of a surrogate pair, an invisible letter or one that
                turns the direction of writing (two names could then look alike), or a line break in a single line.
        """
        if not isinstance(value, (str, int, float, NoneType)) or isinstance(value, bool):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        words = unicodedata.normalize("NFC", super().to_python(value) or "")
        has_lines = isinstance(self.widget, forms.Textarea)
        kinds = {unicodedata.category(letter) for letter in words if not (has_lines and letter in "\n\r\t")}
        if kinds & {"Cc", "Cs"}:
            raise ValidationError("Take out the control character or line break: it cannot be stored.", code="control")
        hidden = {letter for letter in words if unicodedata.category(letter) in ("Cf", "Zl", "Zp")} - JOINERS
        if (hidden & TURNS if has_lines else hidden) or (words and kinds <= {"Cf", "Zs", "Mn", "Me"}):
            raise ValidationError("Type this again by hand: it holds an invisible character.", code="invisible")
        return words


def plain_number(field: forms.Field, value: Any) -> Any:
    """A number as a page or a file gives it, without what Python alone would read as one (true, 1_000, other digits).

    Raises:
        ValidationError: it is something else, in the words of the field.
    """
    if isinstance(value, bool) or (isinstance(value, str) and (not value.isascii() or "_" in value)):
        raise ValidationError(field.error_messages["invalid"], code="invalid")
    return value


class Whole(forms.IntegerField):
    """A whole number, in plain digits."""

    def to_python(self, value: Any) -> int | None:
        """The number."""
        return super().to_python(plain_number(self, value))


class Number(forms.FloatField):
    """A number, in plain digits with a decimal point."""

    def to_python(self, value: Any) -> Any:
        """The number."""
        return super().to_python(plain_number(self, value))


class Day(forms.DateField):
    """A date, as a file or a page gives it (2026-03-02) or as people in the United Kingdom write it (2/3/2026)."""

    default_error_messages: ClassVar = {"invalid": "Enter a real date, such as 27/3/2026."}

    def __init__(self, *, past: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.past = past

    def to_python(self, value: Any) -> date | None:
        """The date.

        Raises:
            ValidationError: neither text nor a date.
        """
        if not isinstance(value, (str, date, NoneType)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class YesNo(forms.TypedChoiceField):
    """A yes or no that also takes the booleans of a file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", "Yes"), ("no", "No")],
            coerce=lambda value: value == "yes",
            empty_value=None,
            widget=forms.RadioSelect,
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """Take True and False for yes and no."""
        return super().to_python({True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value)


class DateAndTime(forms.MultiWidget):
    """A date and a time of day side by side; where the clocks go back it asks which of the two is meant."""

    template_name = "django/forms/widgets/date_and_time.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"date": forms.DateInput(attrs={"type": "date"}), "time": forms.TextInput(attrs={"placeholder": "09:40"})},
            attrs,
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also the time that the clock on the wall shows twice, and which of the two was chosen."""
        day, time, zone = self.parts(value)
        context = super().get_context(name, [day, time], attrs)
        context["widget"] |= {"doubled": time if is_doubled(day, time) else "", "zone": zone}
        return context

    def decompress(self, value: Any) -> list[str]:
        """The local date and time of an instant."""
        return self.parts(value)[:2]

    def parts(self, value: Any) -> list[str]:
        """Date, time and, in the doubled hour, the zone of an instant or of what was typed."""
        if isinstance(value, datetime):
            local = value.astimezone(LONDON)
            return [local.strftime("%Y-%m-%d"), local.strftime("%H:%M"), local.strftime("%Z")]
        day, _, time = str(value or "").partition(" ")
        zone = time[-3:].upper()
        return [day, time[:-3].strip(), zone] if zone in ZONES else [day, time, ""]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed, joined to one text; a single value of that name is taken as it is."""
        day, time = (part.strip() if part else "" for part in super().value_from_datadict(data, files, name))
        zone = data.get(f"{name}_zone") if is_doubled(day, time) else ""
        return f"{day} {time} {zone or ''}".rstrip() or data.get(name)


class DateTimeAndPrecision(DateAndTime):
    """A date, a time of day, and how exactly they are known."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also what may be chosen, and what is."""
        words, precision = value if isinstance(value, tuple) else (value, Precision.MINUTE)
        context = super().get_context(name, words, attrs)
        choices = [(each.value, KNOWN_TO.get(each, "to the minute"), each == precision) for each in Precision]
        context["widget"]["precisions"] = choices
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed, with the precision; where only the day is known, no time of day is asked for."""
        precision = data.get(f"{name}_precision") or Precision.MINUTE.value
        typed, clock = data.get(f"{name}_date"), (data.get(f"{name}_time") or "").strip()
        if typed and (precision == Precision.DAY or (precision == Precision.UNKNOWN and not clock)):
            return f"{typed} 00:00", precision
        return super().value_from_datadict(data, files, name), precision


class Instant(forms.Field):
    """An instant: ISO 8601 with a zone, or a local date and time in the United Kingdom."""

    widget = DateAndTime

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, error_messages=unanswered(label), **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        """An aware instant in UTC.

        Raises:
            ValidationError: not a date and time, a year that cannot be meant, or a local time that the clock change
                leaves out or has twice.
        """
        if value in self.empty_values:
            return None
        read = self.read(value)
        if not 1900 <= read.year <= 2199:  # noqa: PLR2004
            raise ValidationError("Check the year.", code="year")
        return read

    def read(self, value: Any) -> datetime:
        """What was typed, as an instant.

        Raises:
            ValidationError: no date with a time of day, or a local time that the clock change leaves out or has twice.
        """
        words = str(value).strip().upper()
        zone = words[-3:] if words[-3:] in ZONES else ""
        try:
            if not TIME_OF_DAY.search(words):
                raise ValueError(words)
            read = datetime.fromisoformat(words.removesuffix(zone).strip())
            return read.astimezone(UTC) if read.tzinfo else local_instant(read, zone)
        except (ValueError, OverflowError):
            raise ValidationError("Enter a real date and a time such as 09:40.", code="invalid") from None


class When(NamedTuple):
    """When something happened, and how exactly that is known."""

    at: datetime
    precision: str = Precision.MINUTE


class Happened(Instant):
    """When something happened: an instant, to the minute unless a coarser precision is chosen."""

    widget = DateTimeAndPrecision

    def clean(self, value: Any) -> When | None:
        """The time with its precision.

        Raises:
            ValidationError: no such time, or no such precision.
        """
        words, precision = value if isinstance(value, tuple) else (value, Precision.MINUTE)
        if precision not in list(Precision):
            raise ValidationError("Choose how exactly the time is known.", code="precision")
        at = super().clean(words)
        return When(at, precision) if at else None


def is_doubled(day: str, time: str) -> bool:
    """Whether the clock on the wall in the United Kingdom shows this time twice on this day."""
    try:
        naive = datetime.fromisoformat(f"{day} {time}")
        local_instant(naive, "")
    except ValidationError as error:
        return error.code == "twice"
    except (ValueError, OverflowError):
        return False
    return False


def local_instant(naive: datetime, zone: str) -> datetime:
    """The instant of a time on the wall in the United Kingdom; `zone` (GMT or BST) settles the doubled hour.

    Raises:
        ValidationError: the clocks skip that time, or show it twice and no zone says which is meant, or show the other.
    """
    first, second = (naive.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        if zone not in ("", first.tzname()):
            raise ValidationError(
                f"{naive:%H:%M} on {naive:%-d %B %Y} is {first.tzname()}, not {zone}.", code="other_zone"
            )
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != naive:
        raise ValidationError(
            f"{naive:%H:%M} on {naive:%-d %B %Y} does not exist: the clocks go forward from 01:00 to 02:00.", code="gap"
        )
    if not zone:
        raise ValidationError(
            f"{naive:%H:%M} on {naive:%-d %B %Y} happens twice, as the clocks go back. Say which: {naive:%H:%M} BST is "
            f"the first, {naive:%H:%M} GMT the second.",
            code="twice",
        )
    return (first if zone == "BST" else second).astimezone(UTC)


def clean(asks: Asks, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given answers, checked and ready for JSON; what was left empty is left out.

    Raises:
        ValidationError: with a sentence for each answer that is missing, wrong or not asked for.
    """
    answers: dict[str, Any] = {}
    errors: dict[str, Any] = {name: "This is not asked for here." for name in given if name not in asks}
    for name, field in asks.items():
        try:
            value = field.clean(given.get(name))
        except ValidationError as error:
            errors[name] = error
        else:
            if value not in field.empty_values:
                answers[name] = plain(value)
    if errors:
        raise ValidationError(errors)
    return answers


def plain(value: Any) -> Any:
    """A checked answer as JSON keeps it: instants and dates as ISO 8601 text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
