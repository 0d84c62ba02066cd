"""The scales in the record: how an entry asks for one, and what is kept of it, worked out from the answers alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pathway import scales
from pathway.record.ask import Asks, text, unanswered
from pathway.scales.types import CODE, Item, Scale, Score, Unscorable

KEPT = "scores"  # the answer under which an entry keeps its scores; nobody is asked for it
ABOUT: Asks = {
    "note": text("In words", required=False, hint="What the choices do not say"),
    "scored_by": text("Scored by (name and role)", required=False, hint="Left empty: the person who records it"),
}
IMAGING: Asks = {"imaging": text("Imaging used", required=False, hint="For example: MRI, 2 March, 18:20")}


class Answer(forms.ChoiceField):
    """An answer in the words of a scale's table; a number is kept as one."""

    def __init__(
        self, item: Item, *, label: str = "", required: bool = False, codes: bool = False, listed: bool = False
    ) -> None:
        """`codes`: the words alone, which are explained elsewhere. `listed`: a list to choose from, not a column."""
        label = label or item.label
        pairs = [(option.key, option.key if codes else option.words) for option in item.options]
        squares = {"class": "app-squares"} if max(len(words) for _, words in pairs) <= CODE else {}
        super().__init__(
            label=label, choices=[("", ""), *pairs] if listed else pairs, required=required,
            help_text="" if codes else item.note, error_messages=unanswered(label),
            widget=forms.Select() if listed else forms.RadioSelect(attrs=squares),
        )  # fmt: skip
        self.item = item

    def to_python(self, value: Any) -> Any:
        """The word of the table, or its number.

        Raises:
            ValidationError: the table does not have it.
        """
        try:
            option = self.item.option(value)
        except Unscorable as refused:
            raise ValidationError(str(refused), code="invalid_choice") from refused
        if option is None:
            return ""
        return int(option.key) if option.key == option.label and option.key.isdecimal() else option.key


@dataclass(frozen=True, slots=True)
class Measure:
    """A scale as one kind of event asks for it. `names` are the answers that are called otherwise than their item.

    `needs` are the items without which there is no entry; an `optional` scale may be left out as a whole.
    """

    scale: Scale
    names: Mapping[str, str] = field(default_factory=dict)
    needs: Collection[str] = ()
    optional: bool = False

    def name(self, key: str) -> str:
        """The answer that an item is kept under."""
        return self.names.get(key, key)

    @property
    def asks(self) -> Asks:
        """A field for each item."""
        return {
            self.name(item.key): Answer(item, required=self.requires(item), codes=self.scale.alike)
            for item in self.scale.items
        }

    def requires(self, item: Item) -> bool:
        """Whether an entry cannot be without this item: alone, or what the score is of. Else a range is kept."""
        alone = len([each for each in self.scale.items if each.counts]) == 1 and item.counts
        return not self.optional and (alone or item.key == self.scale.per or item.key in self.needs)

    def score(self, answers: Mapping[str, Any]) -> Score | None:
        """What the scale makes of the answers of an entry; None where no item that counts is answered.

        Raises:
            Unscorable: words that the table does not have, or that contradict each other.
        """
        given = {item.key: answers.get(self.name(item.key)) for item in self.scale.items}
        answered = {key: value for key, value in given.items() if value not in (None, "")}
        counts = any(item.counts and item.key in answered for item in self.scale.items)
        return self.scale.score(answered) if counts else None


MEASURES: dict[str, tuple[Measure, ...]] = {}


def measured(kind: str, *measures: Measure) -> Asks:
    """Declare the scales of a kind of event, and what it asks for them."""
    MEASURES[kind] = measures
    return {name: field for measure in measures for name, field in measure.asks.items()}


def scored(kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry keeps beside its answers: each of its scores with every component, by the scale's key.

    Raises:
        ValidationError: by answer, what contradicts another, or that nothing was answered.
    """
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for measure in MEASURES.get(kind, ()):
        try:
            score = measure.score(answers)
        except Unscorable as refused:
            wrong[measure.name(refused.item)] = str(refused)
            continue
        if score:
            kept[measure.scale.key] = score.stored()
        elif not measure.optional:
            first = measure.scale.items[0].key
            wrong[measure.name(first)] = f"{measure.scale.title}: answer at least one question."
    if wrong:
        raise ValidationError(wrong)
    return {KEPT: kept} if kept else {}


def kept(answers: Mapping[str, Any]) -> list[Score]:
    """The scores that an entry keeps."""
    return [Score.restored(stored) for stored in answers.get(KEPT, {}).values()]


def title_of(key: str) -> str:
    """The title of a scale; its key where there is no such scale any more."""
    return scales.SCALES[key].title if key in scales.SCALES else key


def said(score: Score) -> str:
    """A score in words, with what is shown beside it, and its version where the scale has another one today."""
    scale = scales.SCALES.get(score.scale)
    if scale is None:
        return f"{score.short} (version {score.version})"
    remark = scale.remark(score) if scale.remark else ""
    words = "; ".join(filter(None, (scale.says(score), remark)))
    return words if score.version == scale.version else f"{words} (version {score.version}; today {scale.version})"
