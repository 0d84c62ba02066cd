"""What holds for every scale: whole tables, a version and a source, no answer put right, nothing missing as 0."""

import ast
import json
from decimal import Decimal
from enum import Enum
from pathlib import Path

import pytest

from pathway import scales
from pathway.scales.frankel import FRANKEL
from pathway.scales.pain import PAIN
from pathway.scales.types import Unscorable

ALL = [pytest.param(scale, id=key) for key, scale in scales.SCALES.items()]
ITEMS = [pytest.param(scale, item, id=f"{key}-{item.key}") for key, scale in scales.SCALES.items()
         for item in scale.items]  # fmt: skip


class Word(str, Enum):  # noqa: UP042 - what a Django choice is
    SEVEN = "7"


ARABIC, SUPERSCRIPT, FULL_WIDTH, OVERRIDE = "\u0661", "\u00b9", "\uff11", "\u202eM1"
NEVER = [True, False, 1.0, 0.0, float("nan"), float("inf"), -float("inf"), Decimal(1), 10**5000, -1, 1000, " ", "\t1",
         "1 ", " 1", "+1", "01", "1.0", "7.0", "1e0", ARABIC, SUPERSCRIPT, FULL_WIDTH, OVERRIDE, "1\x00", "NULL",
         "none ", "None", "\ud800", b"1", [], ["1"], {}, {"1": "1"}, ("A",), object(), "x" * 10_000]  # fmt: skip


def test_the_scales_of_the_specification():
    assert set(scales.SCALES) == {
        "sins", "escc", "frankel", "ais", "mrc", "ecog", "karnofsky", "tokuhashi", "rades_short",
        "rades_ambulatory", "rades_survival", "mobility", "pain",
    }  # fmt: skip


@pytest.mark.parametrize("scale", ALL)
def test_a_scale_is_whole(scale):
    assert scale.title
    assert scale.version
    assert len(scale.citation) > 40
    keys = [item.key for item in scale.items]
    assert len(keys) == len(set(keys))
    least, most = scale.range
    edges = [(band.least, band.most) for band in scale.bands]
    covered = [total for low, high in edges for total in range(low, high + 1)]
    assert covered == (list(range(least, most + 1)) if edges else [])
    assert sum(item.counts for item in scale.items) == 1 or not scale.graded


@pytest.mark.parametrize(("scale", "item"), ITEMS)
def test_an_item_has_words_of_its_own(scale, item):
    words = [option.key for option in item.options]
    assert item.label
    assert len(words) == len(set(words))
    assert all(option.label for option in item.options)
    assert item.points or not item.counts


@pytest.mark.parametrize(("scale", "item"), ITEMS)
def test_no_answer_is_put_right(scale, item):
    for answer in NEVER:
        with pytest.raises(Unscorable) as refused:
            scale.score({item.key: answer})
        said = str(refused.value)
        assert said.startswith(f"{item.label}: ")
        assert "is not one of" in said
        assert len(said) < 600
        assert said.encode().isascii()


@pytest.mark.parametrize(("scale", "item"), ITEMS)
def test_capitals_are_not_put_right(scale, item):
    words = {option.key for option in item.options}
    for word in words | {option.label for option in item.options}:
        for variant in {word.upper(), word.lower(), word.title()} - words:
            with pytest.raises(Unscorable):
                scale.score({item.key: variant})


@pytest.mark.parametrize("scale", ALL)
@pytest.mark.parametrize("key", ["total", "score", "", "Level", 1, None, "sins\x00"])
def test_an_item_that_is_not_on_the_scale_is_refused(scale, key):
    if key in {item.key for item in scale.items}:
        assert scale.typed
    else:
        with pytest.raises(Unscorable, match="has no item"):
            scale.score({key: "1"})


@pytest.mark.parametrize("scale", ALL)
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_answered_is_the_whole_range_and_names_all(scale, nothing):
    counted = [item.key for item in scale.items if item.counts]
    score = scale.score({item.key: nothing for item in scale.items})
    assert score == scale.score({})
    assert (score.total, score.grade, score.components, list(score.missing)) == (None, "", (), counted)
    assert (score.least, score.most) == scale.range
    assert score.bands == scale.bands
    assert not score.complete


@pytest.mark.parametrize("scale", ALL)
def test_a_score_keeps_its_version_and_comes_back_from_what_is_stored(scale):
    given = {item.key: item.options[-2].key for item in scale.items}
    given |= {"grade": "D", "strong": "6", "examined": "10"} if scale.key == "ais" else {}
    score = scale.score(given)
    stored = json.loads(json.dumps(score.stored(), allow_nan=False))
    assert (stored["scale"], stored["version"]) == (scale.key, scale.version)
    assert {part["item"]: part["option"] for part in stored["components"]} == score.answers == given
    assert scale.score(score.answers) == score
    assert hash(score) == hash(scale.score(given))


def test_a_choice_is_its_word_and_a_whole_number_its_digits():
    pain = PAIN
    assert pain.score({"rest": Word.SEVEN, "movement": 7}) == pain.score({"rest": "7", "movement": "7"})
    assert pain.score({"rest": Word.SEVEN}).components[0].option == "7"
    assert type(pain.score({"rest": Word.SEVEN}).components[0].option) is str


def test_a_refusal_repeats_little_of_what_was_typed():
    with pytest.raises(Unscorable, match=r"^Frankel grade: 'x{40}\.\.\.' is not one of A, B, C, D, E\.$"):
        FRANKEL.score({"grade": "x" * 10_000})
    with pytest.raises(Unscorable, match="a value of type int"):
        PAIN.score({"rest": 10**5000})
    with pytest.raises(Unscorable, match=r"^Pain at rest: 19 is not one of"):
        PAIN.score({"rest": 19})


def test_at_least_is_unknown_where_the_missing_items_decide():
    score = PAIN.score({"rest": 5})
    assert [score.at_least(threshold) for threshold in (0, 5, 6, 10, 11)] == [True, True, None, None, False]


def test_scales_know_nothing_of_django_or_the_rest_of_the_project():
    for path in Path(scales.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("pathway.scales") or name in {"collections.abc", "dataclasses", "enum",
                                                                     "functools", "importlib", "pkgutil",
                                                                     "typing"}  # fmt: skip
