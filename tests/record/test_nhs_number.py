"""The NHS number: checksum, only plain digits, and how it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway.record.nhs_number import NotAnNhsNumber, clean, spaced


def test_the_worked_example_of_the_data_dictionary():
    assert clean("943 476 5919") == "9434765919"
    assert spaced("9434765919") == "943 476 5919"


@pytest.mark.parametrize("space", [" ", "-", "\u00a0", "\u2007", "\u202f", "\u2009", "\t", "  "])
def test_spaces_and_hyphens_of_every_kind_are_left_out(space):
    assert clean(f" 943{space}476{space}5919 ") == "9434765919"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "943476591",
        "94347659190",
        "9434765918",
        "\uff19\uff14\uff13\uff14\uff17\uff16\uff15\uff19\uff11\uff19",  # full-width
        "\u0669\u0664\u0663\u0664\u0667\u0666\u0665\u0669\u0661\u0669",  # Arabic-Indic
        "943476591\u2079",  # superscript
        "943476591\u096f",  # one Devanagari digit
        "1E9",
        "9.434765919e9",
        "+9434765919",
        "-9434765919x",
        "943476591O",
        "943,476,5919",
        "9434765919\x00",
        "None",
        *(str(digit) * 10 for digit in range(10)),
    ],
)
def test_anything_else_is_refused_with_a_sentence(typed):
    with pytest.raises(NotAnNhsNumber, match=r"^(An|The) NHS number.*\.$"):
        clean(typed)


def test_a_check_of_eleven_is_written_as_nought():
    ends = [number for n in range(100) if (number := valid(f"9990000{n:02}")).endswith("0")]
    assert ends
    assert [clean(number) for number in ends] == ends


def test_a_check_of_ten_makes_every_last_digit_wrong():
    without = [start for n in range(100) if not valid(start := f"9990000{n:02}")]
    assert without
    for start in without:
        for check in "0123456789":
            with pytest.raises(NotAnNhsNumber):
                clean(start + check)


@given(st.integers(0, 999_999), st.integers(0, 8))
def test_two_swapped_neighbours_are_always_found(number, place):
    if digits := valid(f"999{number:06}"):
        swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        if swapped != digits:
            with pytest.raises(NotAnNhsNumber):
                clean(swapped)


@given(st.integers(0, 999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, more):
    if digits := valid(f"999{number:06}"):
        wrong = (int(digits[place]) + more) % 10
        with pytest.raises(NotAnNhsNumber):
            clean(f"{digits[:place]}{wrong}{digits[place + 1 :]}")


@given(st.text())
def test_no_text_does_worse_than_to_be_refused(typed):
    try:
        digits = clean(typed)
    except NotAnNhsNumber:
        return
    assert len(digits) == 10
    assert digits.isascii()
    assert digits.isdigit()


def valid(start):
    """The number with these nine digits, or '' where there is none."""
    total = sum(int(digit) * weight for digit, weight in zip(start, range(10, 1, -1), strict=True))
    check = 11 - total % 11
    return "" if check == 10 else f"{start}{check % 11}"
