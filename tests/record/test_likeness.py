"""Likeness: what is alike enough to ask, and what is not, by birth date, name and sound."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway.record.likeness import LIKELY, Named, births, compare, keys, near

BORN = date(1957, 4, 12)


def who(family="", given="", born=BORN, initials=""):
    return Named(family, given, initials, born)


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        # the same birth date: alike in sound, spelling, order, initials, or one of the two names
        (who("Smith", "John"), who("Smith", "John"), 100),
        (who("Smith", "John"), who("Smyth", "Jon"), 90),
        (who("Stephens", "Catherine"), who("Stevens", "Kathryn"), 90),
        (who("Johnson", "Ann"), who("Jonhson", "Ann"), 90),
        (who("Smith", "John"), who("John", "Smith"), 100),
        (who("Smyth", "Jon"), who("John", "Smith"), 100),
        (who("Smith-Jones", "Ann"), who("Jones", "Ann"), 90),
        (who("Smith-Jones", "Ann"), who("Smith Jones", "Ann"), 100),
        (who("O'Brien", "Pat"), who("OBrien", "Pat"), 100),
        (who("O’Brien", "Pat"), who("O Brien", "Patrick"), 90),  # noqa: RUF001 - as a telephone types it
        (who("McDonald", "Jean"), who("MacDonald", "Jean"), 100),
        (who("Mac Donald", "Jean"), who("Mcdonald", "Jean"), 100),
        (who("Núñez", "José"), who("Nunez", "Jose"), 100),
        (who("van der Berg", "Jan"), who("Berg", "Jan"), 90),
        (who("Bell"), who("Bell", "Ann"), 90),
        (who("", "", BORN, "AB"), who("Bell", "Ann"), 75),
        (who("", "", BORN, "BA"), who("Bell", "Ann Mary"), 75),
        (who("Smith", "John"), who("Smith", "Mary"), 70),
        (who("Smith", "Ann"), who("Jones", "Ann"), 70),
        (who("Smith", "Ann"), who("Jones", "Mary"), 50),
        # day and month exchanged, one digit off, two digits exchanged
        (who("Smith", "John"), who("Smith", "John", date(1957, 12, 4)), 85),
        (who("Smith", "John"), who("Smyth", "John", date(1958, 4, 12)), 75),
        (who("Smith", "John"), who("Smith", "John", date(1975, 4, 12)), 85),
        (who("Smith", "John"), who("Smith", "Mary", date(1957, 4, 13)), 55),
        (who("Smith", "John"), who("Smith", "John", date(1963, 8, 1)), 50),
        # no birth date: only the same name is enough
        (who("Smith", "Ann", None), who("Smith", "Ann"), 70),
        (who("Ann", "Smith", None), who("Smith", "Ann", None), 70),
        (who("Smith", "Ann", None), who("Smyth", "Ann"), 60),
        (who("Smith", "", None), who("Smith", "Ann"), 60),
        (who("", "", None, "AB"), who("Bell", "Ann"), 45),
        (who("", "", None, "AB"), who("", "", None, "AB"), 45),
        (who(), who(), 50),
        (who("Thompson", "Ann"), who("Thomson", "Ann"), 90),
    ],
)
def test_how_alike_two_records_are(one, other, score):
    assert compare(one, other).score == compare(other, one).score == score
    assert compare(one, other).is_likely == (score >= LIKELY)


def test_the_reasons_are_said_in_words():
    likeness = compare(who("Smith", "John"), who("Smyth", "John", date(1957, 12, 4)))
    assert likeness.reasons == (
        "birth dates that differ by one digit or by day and month exchanged", "names that sound or are spelt alike",
    )  # fmt: skip
    assert compare(who("Smith", "Ann"), who("Jones", "Mary", None)).reasons == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Smith", "Smyth"), ("Philips", "Fillips"), ("O'Neill", "ONeil"), ("Mc Kay", "MacKay"),
     ("Müller", "Muller"), ("Saint John", "St. John"), ("D'Arcy", "Darcy")],
)  # fmt: skip
def test_what_sounds_alike_shares_a_key(one, other):
    assert set(keys(one)) & set(keys(other))


@pytest.mark.parametrize("name", ["", "-", "'", "12", "X", "李", "O'", "Mac", "de"])
def test_a_name_of_which_little_is_left_has_keys_or_none_and_never_fails(name):
    assert all(len(key) > 1 for key in keys(name))
    assert compare(who(name, name), who("Smith", "Ann")).score <= 70


def test_the_29th_of_february_and_impossible_days_are_left_out():
    assert date(2000, 2, 29) in near(date(2000, 2, 28))
    assert births(date(1957, 2, 13), date(1957, 12, 13)) == "near"
    assert all(day.year >= 1 for day in near(date(1, 1, 1)))


@given(st.dates(), st.dates())
def test_near_is_the_same_from_both_sides(one, other):
    assert (births(one, other) == "near") == (births(other, one) == "near")
    assert one in near(one)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_texts_can_be_compared_and_order_makes_no_difference(one, other):
    left, right = Named(one, other, one[:3], BORN), Named(other, one, other[:3], None)
    assert compare(left, right) == compare(right, left)
