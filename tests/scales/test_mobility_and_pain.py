"""Mobility M0 to M9 and pain: every code, every pair of codes, every pair of numbers."""

from itertools import product

import pytest

from pathway.scales.mobility import MOBILITY, ambulant, counted
from pathway.scales.pain import PAIN
from pathway.scales.types import Unscorable

CODES = {
    "M1": ("ambulant", True), "M2": ("ambulant", True), "M3": ("ambulant", True), "M4": ("ambulant", True),
    "M5": ("separate", False), "M6": ("not_ambulant", False), "M7": ("not_ambulant", False),
    "M8": ("not_ambulant", False), "M9": ("excluded", None), "M0": ("missing", None),
}  # fmt: skip


def change(before, after):
    return MOBILITY.change(*(MOBILITY.score({"code": code}) for code in (before, after)))


@pytest.mark.parametrize(("code", "how", "walks"), [(code, *rest) for code, rest in CODES.items()])
def test_how_a_code_counts(code, how, walks):
    score = MOBILITY.score({"code": code})
    assert score.grade == code
    assert score.total is None
    assert counted(code) == how
    assert ambulant(code) is walks
    assert [band.key for band in score.bands] == ([how] if walks is not None else [])
    assert (score.least, score.most) == ((int(code[1]),) * 2 if walks is not None else (None, None))


def test_a_code_that_is_not_given_is_missing_and_can_be_any():
    assert counted("") == "missing"
    assert ambulant("") is None
    score = MOBILITY.score({})
    assert score.missing == ("code",)
    assert [band.key for band in score.bands] == ["ambulant", "separate", "not_ambulant"]


def test_every_pair_of_codes_compares_by_its_order():
    for before, after in product([*CODES, ""], repeat=2):
        known = {before, after}.isdisjoint({"M0", "M9", ""})
        expected = ("same" if before == after else "better" if after < before else "worse") if known else None
        assert change(before, after) == expected


@pytest.mark.parametrize("code", ["m1", "M10", "1", "M 1", " M1", "M1 ", "M-1", "walks"])
def test_mobility_refuses_other_words(code):
    for asked in (counted, ambulant, lambda word: change("M1", word), lambda word: change(word, "M1")):
        with pytest.raises(Unscorable, match=r"^Mobility: "):
            asked(code)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("M3", "M3: Walks with a frame; ambulant"),
        ("M9", "M9: In bed by order, ability to walk unknown"),
        ("M0", "M0: Not assessed"),
    ],
)
def test_mobility_in_words(code, said):
    assert MOBILITY.says(MOBILITY.score({"code": code})) == said


def felt(number):
    return "none" if number == 0 else "mild" if number <= 3 else "moderate" if number <= 6 else "severe"


def test_the_higher_pain_counts_and_a_missing_one_may_be_higher():
    numbers = [None, *range(11)]
    for rest, movement in product(numbers, repeat=2):
        score = PAIN.score({"rest": rest, "movement": movement})
        least = max(rest or 0, movement or 0)
        most = 10 if rest is None or movement is None else least
        assert (score.least, score.most) == (least, most)
        assert score.total == (None if None in {rest, movement} else least)
        assert [band.key for band in score.bands] == list(dict.fromkeys(map(felt, range(least, most + 1))))
        assert score == PAIN.score({"rest": rest and str(rest), "movement": movement}) or rest == 0


@pytest.mark.parametrize("number", [11, -1, 7.0, 3.5, "7.0", "7,5", "1e1", True, float("nan"), float("inf"), "six"])
def test_pain_is_a_whole_number_from_0_to_10(number):
    for item, label in (("rest", "Pain at rest"), ("movement", "Pain on movement")):
        with pytest.raises(Unscorable, match=rf"^{label}: .* is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"):
            PAIN.score({item: number})


def test_pain_in_words():
    assert PAIN.says(PAIN.score({"rest": 2, "movement": 7})) == "7: severe"
    assert PAIN.says(PAIN.score({"rest": 5})) == ("incomplete, 5 to 10 (missing: Pain on movement): moderate to severe")
