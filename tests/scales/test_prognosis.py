"""Tokuhashi and Rades against their tables typed out anew, in every combination; the totals that are only typed."""

from itertools import product

import pytest

from pathway.scales.rades import AMBULATORY, SHORT_SURVIVAL, SURVIVAL
from pathway.scales.tokuhashi import TOKUHASHI
from pathway.scales.types import Unscorable

TOKUHASHI_TABLE = {
    "karnofsky": {"10": 0, "20": 0, "30": 0, "40": 0, "50": 1, "60": 1, "70": 1, "80": 2, "90": 2, "100": 2},
    "extraspinal": {"three_or_more": 0, "one_or_two": 1, "none": 2},
    "vertebral": {"three_or_more": 0, "two": 1, "one": 2},
    "organs": {"unremovable": 0, "removable": 1, "none": 2},
    "primary": {
        "lung": 0, "osteosarcoma": 0, "stomach": 0, "bladder": 0, "oesophagus": 0, "pancreas": 0, "liver": 1,
        "gallbladder": 1, "unidentified": 1, "other": 2, "kidney": 3, "uterus": 3, "rectum": 4, "thyroid": 5,
        "breast": 5, "prostate": 5, "carcinoid": 5,
    },
    "frankel": {"A": 0, "B": 0, "C": 1, "D": 1, "E": 2},
}  # fmt: skip
SHORT_TABLE = {
    "ecog": {"2": 0, "3": 4, "4": 4},
    "primary": {"breast": 1, "prostate": 2, "myeloma_lymphoma": 1, "lung": 3, "other": 3},
    "bone": {"no": 1, "yes": 3},
    "visceral": {"no": 1, "yes": 4},
    "interval": {"up_to_15_months": 3, "over_15_months": 1},
    "ambulatory": {"yes": 1, "no": 4},
    "deficit": {"up_to_7_days": 4, "over_7_days": 1},
}


def lives(total):
    return "under_6_months" if total <= 8 else "6_months" if total <= 11 else "12_months"


def short(total):
    return "short" if total >= 19 else "below"


@pytest.mark.parametrize(
    ("scale", "table", "band", "count", "totals"),
    [
        (TOKUHASHI, TOKUHASHI_TABLE, lives, 10 * 3 * 3 * 3 * 17 * 5, range(16)),
        (SHORT_SURVIVAL, SHORT_TABLE, short, 3 * 5 * 2**5, range(6, 26)),
    ],
)
def test_every_combination(scale, table, band, count, totals):
    found = []
    for words in product(*table.values()):
        score = scale.score(dict(zip(table, words, strict=True)))
        assert score.total == sum(table[key][word] for key, word in zip(table, words, strict=True))
        assert [touched.key for touched in score.bands] == [band(score.total)]
        found.append(score.total)
    assert len(found) == count
    assert (min(found), max(found)) == (totals[0], totals[-1]) == scale.range


@pytest.mark.parametrize(("scale", "table"), [(TOKUHASHI, TOKUHASHI_TABLE), (SHORT_SURVIVAL, SHORT_TABLE)])
def test_a_missing_item_is_its_range(scale, table):
    for left_out, options in table.items():
        answers = {key: next(iter(words)) for key, words in table.items() if key != left_out}
        known = sum(table[key][word] for key, word in answers.items())
        score = scale.score(answers)
        assert (score.total, score.missing) == (None, (left_out,))
        assert (score.least, score.most) == (known + min(options.values()), known + max(options.values()))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("80 none one none breast D", "14: 12 months or more"),
        ("40 three_or_more three_or_more unremovable lung B", "0: less than 6 months"),
        ("60 one_or_two two none kidney E", "10: 6 months or more"),
    ],
)
def test_the_worked_examples_of_tokuhashi(answers, said):
    assert TOKUHASHI.says(TOKUHASHI.score(dict(zip(TOKUHASHI_TABLE, answers.split(), strict=True)))) == said


def test_tokuhashi_says_what_is_missing():
    score = TOKUHASHI.score(dict(zip(TOKUHASHI_TABLE, ["60", "one_or_two", "two", "none"], strict=False)))
    assert TOKUHASHI.says(score) == (
        "incomplete, 5 to 12 (missing: Primary cancer, Palsy (Frankel)): less than 6 months to 12 months or more"
    )


@pytest.mark.parametrize(
    "answers", [{"karnofsky": 0}, {"karnofsky": 45}, {"karnofsky": 110}, {"primary": "Lung"}, {"frankel": "F"},
                {"extraspinal": 3}, {"vertebral": "none"}, {"organs": "resectable"}]
)  # fmt: skip
def test_tokuhashi_refuses_other_words(answers):
    with pytest.raises(Unscorable, match="is not one of"):
        TOKUHASHI.score(answers)


@pytest.mark.parametrize("ecog", [0, 1, "0", "1", 5])
def test_rades_is_not_worked_out_for_whom_it_was_not_made(ecog):
    with pytest.raises(Unscorable, match=r"^ECOG: .* is not one of 2, 3, 4\. Nobody with ECOG 0 or 1"):
        SHORT_SURVIVAL.score({"ecog": ecog})


@pytest.mark.parametrize(
    ("scale", "bands"),
    [
        (AMBULATORY, ["21-28", "29-31", "32-34", "35-37", "38-44"]),
        (SURVIVAL, ["20-25", "26-30", "31-35", "36-40", "41-45"]),
    ],
)
def test_a_typed_total_has_its_band_and_nothing_outside_the_range(scale, bands):
    assert scale.typed
    assert [item.key for item in scale.items] == ["total"]
    for name in bands:
        least, most = map(int, name.split("-"))
        for total in range(least, most + 1):
            score = scale.score({"total": total})
            assert (score.total, [band.key for band in score.bands]) == (total, [name])
            assert scale.says(score) == f"{total}: {least} to {most}"
    first, last = int(bands[0][:2]), int(bands[-1][3:])
    for outside in (first - 1, last + 1, 0, -first, str(last + 1), float(first)):
        with pytest.raises(Unscorable):
            scale.score({"total": outside})
    assert (scale.score({}).total, scale.score({}).least, scale.score({}).most) == (None, first, last)


def test_only_the_totals_without_points_are_typed_and_all_carry_the_caution():
    assert not TOKUHASHI.typed
    assert not SHORT_SURVIVAL.typed
    for scale in (TOKUHASHI, SHORT_SURVIVAL, AMBULATORY, SURVIVAL):
        assert "adults only" in scale.caution
