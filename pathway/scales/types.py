"""The words in which a scale is written, and what it gives: a total, or the range that it can still be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

FEW = 3  # questions that are not yet many
CODE = 3  # letters of a word that is a code, such as NT
SHOWN = 40  # characters of a refused answer that its refusal repeats


class Unscorable(ValueError):
    """The answers cannot be scored; the sentence names the item and what it would take, `item` is its key."""

    def __init__(self, sentence: str, item: str = "") -> None:
        super().__init__(sentence)
        self.item = item


class Change(StrEnum):
    """How a patient is now against before; higher and lower where the source does not say which is better."""

    BETTER = "better"
    WORSE = "worse"
    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"


FALLEN = {Change.BETTER: Change.WORSE, Change.WORSE: Change.BETTER, Change.HIGHER: Change.LOWER}


@dataclass(frozen=True, slots=True)
class Option:
    """One word of an item's table; no points where it says that the item could not be measured."""

    key: str
    label: str
    points: int | None

    @property
    def words(self) -> str:
        """The label, after the word itself where that is a code: `2: Walks with sticks`."""
        code = len(self.key) <= CODE and not self.key[0].islower() and self.key not in self.label.split()
        return f"{self.key}: {self.label}" if code else self.label


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a scale, with every answer that it takes.

    `note` is shown beside the question and ends a refusal. An item that does not count carries no points: the scale's
    check reads it.
    """

    key: str
    label: str
    options: tuple[Option, ...]
    note: str = ""
    counts: bool = True

    @property
    def points(self) -> list[int]:
        """The points that its options give."""
        return [option.points for option in self.options if option.points is not None]

    def option(self, answer: object) -> Option | None:
        """The option with exactly this word, None where nothing was answered.

        A whole number stands for its digits. Spaces, capitals, decimals and truth values are not put right.

        Raises:
            Unscorable: the table does not have it.
        """
        if answer is None or answer == "":
            return None
        for option in self.options:
            if isinstance(answer, str) and answer == option.key:
                return option
            if type(answer) is int and option.key.isdecimal() and answer == int(option.key):
                return option
        words = ", ".join(option.key for option in self.options)
        raise Unscorable(f"{self.label}: {shown(answer)} is not one of {words}. {self.note}".rstrip(), self.key)


@dataclass(frozen=True, slots=True)
class Band:
    """What the totals from `least` to `most` (both included) mean."""

    key: str
    label: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Component:
    """One answered item, and the points that it gave."""

    item: str
    option: str
    points: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """A patient measured on one version of a scale.

    `total` is None while an item is missing, and always on a graded scale: its `grade` is a word, and `least` and
    `most` are ranks for comparison, not for display. They are None where the word says that nothing was measured.
    `bands` are those that the range touches.
    """

    scale: str
    version: str
    components: tuple[Component, ...]
    total: int | None
    grade: str
    least: int | None
    most: int | None
    missing: tuple[str, ...]
    bands: tuple[Band, ...]

    @property
    def complete(self) -> bool:
        """Whether every item that counts has its points or its word."""
        return not self.missing

    @property
    def answers(self) -> dict[str, str]:
        """The answers in the scale's own words; scoring them again gives this score."""
        return {component.item: component.option for component in self.components}

    @property
    def short(self) -> str:
        """The grade or the total; the range that the total can still be."""
        if self.total is not None or self.grade:
            return self.grade or str(self.total)
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"

    def at_least(self, threshold: int) -> bool | None:
        """Whether the total reaches the threshold; None where the missing items decide it or nothing was measured."""
        if self.least is None or self.most is None or self.least < threshold <= self.most:
            return None
        return self.least >= threshold

    def stored(self) -> dict[str, Any]:
        """The score as an event keeps it: plain values, every component, the version."""
        return asdict(self)

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Self:
        """The score that an event keeps, in the words of its own version."""
        return cls(
            **{
                **stored,
                "components": tuple(Component(**each) for each in stored["components"]),
                "bands": tuple(Band(**each) for each in stored["bands"]),
                "missing": tuple(stored["missing"]),
            }
        )


@dataclass(frozen=True)
class Scale:
    """A table of items and the bands of their total, with where it was published.

    `combine` makes the total of the items' points. `graded` is for a scale whose result is a word. `typed` is for a
    total that a clinician worked out elsewhere. `check` refuses answers that contradict each other. `rising` says what
    a higher total means. `per` is the item that says of what a score is, so that each of its options has scores of its
    own; `overall` makes one score of them. `bedside`: therapists score it too. `imaged`: it is read from images.
    `remark` is a sentence beside a score, never kept.
    """

    key: str
    title: str
    version: str
    citation: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...] = ()
    combine: Callable[[Iterable[int]], int] = sum
    graded: bool = False
    typed: bool = False
    caution: str = ""
    check: Callable[[Mapping[str, str]], None] | None = None
    rising: Change = Change.HIGHER
    per: str = ""
    overall: Callable[[Sequence[Score]], Score] | None = None
    bedside: bool = False
    imaged: bool = False
    remark: Callable[[Score], str] | None = None

    @cached_property
    def range(self) -> tuple[int, int]:
        """The least and the most that a total can be."""
        points = [item.points for item in self.items if item.counts]
        return self.combine(map(min, points)), self.combine(map(max, points))

    def score(self, answers: Mapping[str, object]) -> Score:
        """Measure a patient; a missing item gives a range, never 0.

        Raises:
            Unscorable: an answer is not in the table, an item is not on the scale, or two answers contradict.
        """
        strange = [key for key in answers if key not in {item.key for item in self.items}]
        if strange:
            raise Unscorable(f"{self.title} has no item {', '.join(map(shown, strange))}.")
        given = [(item, item.option(answers.get(item.key))) for item in self.items]
        components = tuple(Component(item.key, option.key, option.points) for item, option in given if option)
        if self.check:
            self.check({component.item: component.option for component in components})
        known = [(item, option.points if option else None) for item, option in given if item.counts]
        grade = next((option.key for item, option in given if option and item.counts), "") if self.graded else ""
        if grade and known[0][1] is None:
            return Score(self.key, self.version, components, None, grade, None, None, (), ())
        least = self.combine(min(item.points) if points is None else points for item, points in known)
        most = self.combine(max(item.points) if points is None else points for item, points in known)
        missing = tuple(item.key for item, points in known if points is None)
        total = None if missing or self.graded else least
        return Score(self.key, self.version, components, total, grade, least, most, missing, self.touched(least, most))

    @property
    def alike(self) -> bool:
        """Whether it asks many questions with the same options."""
        return len(self.items) > FEW and len({item.options for item in self.items}) == 1

    def touched(self, least: int, most: int) -> tuple[Band, ...]:
        """The bands that a range reaches into."""
        return tuple(band for band in self.bands if band.least <= most and band.most >= least)

    def change(self, before: Score, after: Score) -> Change | None:
        """How the second score compares with the first; None where their ranges overlap or their versions differ."""
        if before.version != after.version:
            return None
        if before.least is None or before.most is None or after.least is None or after.most is None:
            return None
        if before.most < after.least:
            return self.rising
        if after.most < before.least:
            return FALLEN[self.rising]
        return Change.SAME if before.least == before.most == after.least == after.most else None

    def says(self, score: Score) -> str:
        """The score in words, as a page shows it."""
        counted = [item for item in self.items if item.counts]
        names = {item.key: item.label for item in counted}
        words = [option.label for option in counted[0].options if option.key in {score.grade, str(score.total)}]
        described = [word for word in words if len(counted) == 1 and not word.isdecimal()]
        bands = " to ".join(dict.fromkeys(band.label for band in (*score.bands[:1], *score.bands[-1:])))
        meaning = "; ".join([*described, *([bands] if bands else [])])
        result = score.short
        if not score.complete:
            span = "" if self.graded else f", {score.short}"
            result = f"incomplete{span} (missing: {', '.join(names.get(key, key) for key in score.missing)})"
        return f"{result}: {meaning}" if meaning else result


def shown(answer: object) -> str:
    """A refused answer as its refusal repeats it: short, and in plain ASCII, so that a look-alike shows itself."""
    if isinstance(answer, str):
        return ascii(answer if len(answer) <= SHOWN else f"{answer[:SHOWN]}...")
    if type(answer) is int and abs(answer) < 10**SHOWN:
        return str(answer)
    return f"a value of type {type(answer).__name__}"


def numbers(least: int, most: int, step: int = 1) -> tuple[Option, ...]:
    """The options of an item that takes whole numbers, each its own points."""
    return tuple(Option(str(number), str(number), number) for number in range(least, most + 1, step))
