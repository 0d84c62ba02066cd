"""SINS against its table typed out anew: every combination at every level, partial answers, the patient's highest."""

from itertools import product

import pytest

from pathway.scales.sins import SINS, location, needs_surgical_opinion, patient
from pathway.scales.types import Unscorable

# (words, points), from the published table
LEVELS = (
    "C1 3, C2 3, C3 2, C4 2, C5 2, C6 2, C7 3, T1 3, T2 3, T3 1, T4 1, T5 1, T6 1, T7 1, T8 1, T9 1, T10 1, T11 3, "
    "T12 3, L1 3, L2 2, L3 2, L4 2, L5 3, S1 3, S2 0, S3 0, S4 0, S5 0"
)
TABLE = {
    "level": {word.split()[0]: int(word.split()[1]) for word in LEVELS.split(", ")},
    "pain": {"mechanical": 3, "occasional": 1, "painless": 0},
    "lesion": {"lytic": 2, "mixed": 1, "blastic": 0},
    "alignment": {"subluxation": 4, "deformity": 2, "normal": 0},
    "collapse": {"over_half": 3, "under_half": 2, "involved": 1, "none": 0},
    "posterolateral": {"bilateral": 3, "unilateral": 1, "none": 0},
}
NAMES = {0: "rigid", 1: "semirigid", 2: "mobile", 3: "junctional"}


def band(total):
    return "stable" if total <= 6 else "indeterminate" if total <= 12 else "unstable"


def level(text):
    """The score of one level, its answers in the order of the table; `-` is missing."""
    return SINS.score({key: word for key, word in zip(TABLE, text.split(), strict=True) if word != "-"})


def test_every_level_with_every_combination():
    totals, combinations = [], set()
    for words in product(*TABLE.values()):
        points = tuple(TABLE[key][word] for key, word in zip(TABLE, words, strict=True))
        score = SINS.score(dict(zip(TABLE, words, strict=True)))
        assert score.complete
        assert (score.total, score.least, score.most) == (sum(points),) * 3
        assert [found.key for found in score.bands] == [band(sum(points))]
        assert needs_surgical_opinion(score) is (sum(points) >= 7)
        assert tuple(component.points for component in score.components) == points
        totals.append(sum(points))
        combinations.add(points)
    assert len(totals) == 29 * 3 * 3 * 3 * 4 * 3 == 9396
    assert len(combinations) == 4 * 3 * 3 * 3 * 4 * 3 == 1296
    assert set(totals) == set(range(19))


def test_every_partial_answer_gives_the_range_of_its_completions():
    some = TABLE | {"level": {"L1": 3, "C3": 2, "T3": 1, "S2": 0}}
    for words in product(*((*options, None) for options in some.values())):
        chosen = dict(zip(some, words, strict=True))
        missing = [key for key, word in chosen.items() if word is None]
        least = sum(some[key][word] for key, word in chosen.items() if word)
        most = least + sum(max(some[key].values()) for key in missing)
        score = SINS.score(chosen)
        assert (score.least, score.most, list(score.missing)) == (least, most, missing)
        assert score.total == (None if missing else least)
        assert {found.key for found in score.bands} == {band(total) for total in range(least, most + 1)}
        assert needs_surgical_opinion(score) is (True if least >= 7 else False if most < 7 else None)


@pytest.mark.parametrize(("name", "points"), TABLE["level"].items())
def test_the_location_comes_from_the_level(name, points):
    assert location(name) == NAMES[points]
    assert SINS.score({"level": name}).components[0].points == points


@pytest.mark.parametrize(
    "name", ["C0", "C8", "T0", "T13", "L0", "L6", "S0", "S6", "c1", "C 1", " C1", "junctional", "T05"]
)
def test_no_other_level(name):
    with pytest.raises(Unscorable, match=r"^Level: "):
        location(name)
    with pytest.raises(Unscorable, match=r"^Level: "):
        SINS.score({"level": name})


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("T5 mechanical lytic normal over_half bilateral", "12: indeterminate"),
        ("L1 mechanical lytic deformity under_half unilateral", "13: unstable"),
        ("T8 painless blastic normal none none", "1: stable"),
        ("L3 occasional mixed normal involved unilateral", "6: stable"),
        ("T12 mechanical blastic normal none unilateral", "7: indeterminate"),
        ("C2 mechanical lytic subluxation over_half bilateral", "18: unstable"),
        ("S3 painless blastic normal none none", "0: stable"),
        ("L1 - lytic deformity under_half unilateral",
         "incomplete, 10 to 13 (missing: Pain): indeterminate to unstable"),
        ("T8 painless - normal none -", "incomplete, 1 to 6 (missing: Bone lesion, Posterolateral elements): stable"),
        ("- - - normal none none", "incomplete, 0 to 8 (missing: Level, Pain, Bone lesion): stable to indeterminate"),
    ],
)  # fmt: skip
def test_the_worked_examples(answers, said):
    assert SINS.says(level(answers)) == said


@pytest.mark.parametrize("number", [50, "50", "50%", 49, 51, 0.5])
def test_collapse_is_a_category_and_not_a_number(number):
    with pytest.raises(Unscorable, match=r"Vertebral body collapse: .*Exactly 50% is not defined"):
        SINS.score({"collapse": number})


STABLE, UNSTABLE = "T8 painless blastic normal none none", "L1 mechanical lytic deformity under_half unilateral"


@pytest.mark.parametrize(
    ("levels", "total", "span", "missing", "opinion"),
    [
        ([STABLE], 1, (1, 1), (), False),
        ([STABLE, UNSTABLE], 13, (13, 13), (), True),
        ([UNSTABLE, STABLE], 13, (13, 13), (), True),
        ([STABLE, "L1 - lytic deformity under_half unilateral"], None, (10, 13), ("L1 pain",), True),
        ([UNSTABLE, "T7 - blastic normal none none"], None, (13, 13), ("T7 pain",), True),
        ([STABLE, "T7 painless blastic - under_half bilateral"], None, (6, 10), ("T7 alignment",), None),
        ([STABLE, "- painless blastic normal none none"], None, (1, 3), ("level not given level",), False),
    ],
)
def test_the_patient_has_the_highest_of_the_levels(levels, total, span, missing, opinion):
    least, most = span
    score = patient([level(answers) for answers in levels])
    assert (score.total, score.least, score.most, score.missing) == (total, least, most, missing)
    assert {found.key for found in score.bands} == {band(value) for value in range(least, most + 1)}
    assert needs_surgical_opinion(score) is opinion
    assert score.version == SINS.version
    assert [component.points for component in score.components] == [level(answers).total for answers in levels]


def test_the_patient_needs_levels_that_are_sins_and_differ():
    with pytest.raises(Unscorable, match="one level or more"):
        patient([])
    with pytest.raises(Unscorable, match="nothing else"):
        patient([level(STABLE), patient([level(STABLE)])])
    with pytest.raises(Unscorable, match="T8 is scored twice"):
        patient([level(STABLE), level(UNSTABLE), level("T8 - - - - -")])
