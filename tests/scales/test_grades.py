"""The scales of one word or number: each word with its rank and band typed out anew, and the boundary rules."""

from itertools import product

import pytest

from pathway.scales.ais import AIS, c_or_d
from pathway.scales.ecog import ECOG
from pathway.scales.escc import ESCC
from pathway.scales.frankel import FRANKEL
from pathway.scales.karnofsky import KARNOFSKY, roughly_ecog
from pathway.scales.mrc import MRC
from pathway.scales.types import Unscorable


def test_escc_is_ordered_and_has_its_bands():
    words = {"0": "low", "1a": "low", "1b": "low", "1c": "debated", "2": "high", "3": "high"}
    scores = [ESCC.score({"grade": word}) for word in words]
    assert [score.grade for score in scores] == list(words)
    assert [score.bands[0].key for score in scores] == list(words.values())
    assert [score.least for score in scores] == sorted({score.least for score in scores})
    assert all(score.total is None and len(score.bands) == 1 for score in scores)
    assert ESCC.says(scores[3]) == "1c: Thecal sac deformed, cord touched but not compressed; debated"


def test_escc_below_the_conus_has_no_rank_and_no_band():
    score = ESCC.score({"grade": "not_applicable"})
    assert (score.grade, score.least, score.most, score.bands) == ("not_applicable", None, None, ())
    assert score.complete
    assert score.at_least(0) is None
    assert ESCC.says(score) == "not_applicable: Not applicable (cauda equina)"


def test_a_grade_that_is_not_given_can_be_any():
    score = ESCC.score({})
    assert (score.grade, score.total, score.missing) == ("", None, ("grade",))
    assert [band.key for band in score.bands] == ["low", "debated", "high"]
    assert ESCC.says(score) == "incomplete (missing: ESCC grade): low grade to high grade"
    assert FRANKEL.says(FRANKEL.score({})) == "incomplete (missing: Frankel grade)"


@pytest.mark.parametrize("word", ["1C", "1", "4", "1d", "1 c", "2.0", "Not applicable"])
def test_escc_refuses_other_words(word):
    with pytest.raises(Unscorable, match=r"^ESCC grade: "):
        ESCC.score({"grade": word})


@pytest.mark.parametrize("scale", [FRANKEL, AIS])
def test_letters_from_a_to_e(scale):
    scores = [scale.score({"grade": letter}) for letter in "ABCD"]
    scores.append(scale.score({"grade": "E"} if scale is FRANKEL else {"grade": "E", "earlier_deficit": "yes"}))
    assert [(score.grade, score.least, score.most) for score in scores] == [
        ("A", 0, 0), ("B", 1, 1), ("C", 2, 2), ("D", 3, 3), ("E", 4, 4)
    ]  # fmt: skip
    for word in ("a", "F", "D ", "AB", 1):
        with pytest.raises(Unscorable, match="grade: "):
            scale.score({"grade": word})


@pytest.mark.parametrize(
    ("strong", "examined", "grade"),
    [(5, 10, "D"), (4, 10, "C"), (6, 10, "D"), (0, 10, "C"), (10, 10, "D"), (4, 9, "C"), (5, 9, "D"), (0, 1, "C"),
     (1, 1, "D"), (1, 2, "D"), (9, 20, "C"), (10, 20, "D")],
)  # fmt: skip
def test_c_or_d_by_half_of_the_key_muscles(strong, examined, grade):
    assert c_or_d(strong, examined) == grade
    counts = {"strong": strong, "examined": examined}
    assert AIS.score({"grade": grade} | counts).grade == grade
    with pytest.raises(Unscorable, match=rf"^AIS grade: {strong} of {examined} .* means {grade}"):
        AIS.score({"grade": "C" if grade == "D" else "D"} | counts)
    assert AIS.score({"grade": "A"} | counts).grade == "A"


@pytest.mark.parametrize(("strong", "examined"), [(0, 0), (11, 10), (-1, 10), (5, 21), (21, 21)])
def test_a_count_of_muscles_that_cannot_be(strong, examined):
    with pytest.raises(Unscorable, match=r"^Key muscles"):
        c_or_d(strong, examined)
    with pytest.raises(Unscorable, match=r"^Key muscles"):
        AIS.score({"grade": "D", "strong": strong, "examined": examined})


@pytest.mark.parametrize("answers", [{"strong": 5}, {"examined": 10}])
def test_half_a_count_is_refused(answers):
    with pytest.raises(Unscorable, match="give both"):
        AIS.score({"grade": "D"} | answers)


@pytest.mark.parametrize("deficit", [{}, {"earlier_deficit": "no"}, {"earlier_deficit": None}])
def test_e_needs_an_earlier_deficit(deficit):
    with pytest.raises(Unscorable, match=r"^AIS grade: E is for a person who had a deficit before"):
        AIS.score({"grade": "E"} | deficit)
    assert AIS.score({"grade": "D"} | deficit).grade == "D"


def test_what_only_checks_is_never_missing():
    assert AIS.score({"earlier_deficit": "yes"}).missing == ("grade",)
    assert AIS.score({"grade": "B"}).complete


ROOTS = ("C5", "C6", "C7", "C8", "T1", "L2", "L3", "L4", "L5", "S1")
MUSCLES = [f"{root}_{side}" for root in ROOTS for side in ("right", "left")]


def test_mrc_has_ten_muscles_a_side_and_adds_up_to_a_hundred():
    assert [item.key for item in MRC.items] == MUSCLES
    assert MRC.range == (0, 100)
    for power in range(6):
        assert MRC.score(dict.fromkeys(MUSCLES, power)).total == 20 * power
    assert MRC.score({muscle: index % 6 for index, muscle in enumerate(MUSCLES)}).total == 3 * 15 + 1


@pytest.mark.parametrize("unknown", ["NT", None, ""])
def test_a_muscle_not_tested_gives_a_range(unknown):
    score = MRC.score(dict.fromkeys(MUSCLES, 4) | {"L2_left": unknown})
    assert (score.total, score.least, score.most, score.missing) == (None, 76, 81, ("L2_left",))
    assert (score.answers.get("L2_left") == "NT") is (unknown == "NT")
    assert MRC.says(score) == "incomplete, 76 to 81 (missing: L2 hip flexors, left)"


def test_nothing_testable_is_the_whole_range():
    score = MRC.score(dict.fromkeys(MUSCLES, "NT"))
    assert (score.least, score.most, score.missing) == (0, 100, tuple(MUSCLES))


@pytest.mark.parametrize("word", ["4+", "4-", "+4", 6, -1, "nt", "5/5", 4.5])
def test_mrc_refuses_half_grades_and_other_words(word):
    with pytest.raises(Unscorable, match=r"^C5 elbow flexors, right: .*4\+ and 4- are not counted: give 4\."):
        MRC.score({"C5_right": word})


def test_ecog_and_karnofsky_take_their_numbers_and_no_other():
    for number, as_text in product(range(-2, 113), (False, True)):
        answers = {"status": str(number) if as_text else number}
        for scale, known in ((ECOG, range(6)), (KARNOFSKY, range(0, 101, 10))):
            if number in known:
                assert scale.score(answers).total == number
            else:
                with pytest.raises(Unscorable, match=rf"^{scale.items[0].label}: "):
                    scale.score(answers)
    assert ECOG.says(ECOG.score({"status": 5})) == "5: Dead"
    assert KARNOFSKY.says(KARNOFSKY.score({"status": 0})) == "0: Dead"
    assert KARNOFSKY.says(KARNOFSKY.score({})) == "incomplete, 0 to 100 (missing: Karnofsky)"


def test_the_map_to_ecog_is_for_the_eye_only():
    rough = {100: 0, 90: 0, 80: 1, 70: 1, 60: 2, 50: 2, 40: 3, 30: 3, 20: 4, 10: 4}
    for karnofsky, ecog in rough.items():
        shown = roughly_ecog(karnofsky)
        assert shown == f"roughly ECOG {ecog}, not measured"
        with pytest.raises(Unscorable):
            ECOG.score({"status": shown})
    for number in (0, 5, 95, 110, -10):
        with pytest.raises(Unscorable, match="not on the map"):
            roughly_ecog(number)
