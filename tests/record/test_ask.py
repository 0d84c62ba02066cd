"""Every field that an event may ask for, with what people, pages and files put into it."""

import tomllib
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from pathway.record.ask import Instant, choice, clean, day, number, several, text, whole, yes_no

ASKS = {
    "which": choice("Which", "a", "b", required=False),
    "some": several("Some", "a", "b", required=False),
    "words": text("Words", required=False, long=True),
    "line": text("Line", required=False),
    "count": whole("Count", least=0, most=18, required=False),
    "dose": number("Dose", least=0.5, most=40, required=False),
    "on": day("On", required=False),
    "sure": yes_no("Sure?", required=False),
    "when": Instant(label="When", required=False),
}
BAD = [True, ["a"], {"a": 1}, [["a"]], "\ud800", "\x00", "nonsense"]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("which", "a", "a"),
        ("some", ["a", "b"], ["a", "b"]),
        ("words", "caf\u0065\u0301", "caf\u00e9"),
        ("words", "  line one\nline two\t ", "line one\nline two"),
        ("words", "\u6c34 \U0001f642 <b>&", "\u6c34 \U0001f642 <b>&"),
        ("words", 7, "7"),
        ("words", "\u0646\u0627\u0645\u200c\u0647\u0627", "\u0646\u0627\u0645\u200c\u0647\u0627"),
        ("words", "pasted \u200bnote", "pasted \u200bnote"),
        ("count", "0", 0),
        ("count", 0, 0),
        ("count", 18, 18),
        ("dose", "0.5", 0.5),
        ("dose", 40, 40.0),
        ("dose", "1.6e1", 16.0),
        ("on", "2026-03-02", "2026-03-02"),
        ("on", date(2026, 3, 2), "2026-03-02"),
        ("on", "02/03/2026", "2026-03-02"),
        ("on", "2024-02-29", "2024-02-29"),
        ("sure", True, True),
        ("sure", False, False),
        ("sure", "yes", True),
        ("sure", "no", False),
    ],
)
def test_what_is_kept(name, value, kept):
    answers = clean(ASKS, {name: value})
    assert answers == {name: kept}
    assert type(answers[name]) is type(kept)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ASKS for value in BAD if (name, value) not in
          [("some", ["a"]), ("words", "nonsense"), ("line", "nonsense"), ("sure", True)]),
        *(("line", value) for value in ("two\nlines", "a\tb", "A\u200bB", "\u200b", "\u202eBA", "A\u2028B", "\u00adA")),
        ("line", "\u200d"),
        *(("words", value) for value in ("\u200b", "\u202etxet", "a \u2067b")),
        *((name, "Zo" + "\u0301" * 6) for name in ("line", "words")),
        ("which", "A"),
        ("which", "c"),
        ("which", 0),
        ("some", ["a", "c"]),
        ("some", "a"),
        ("line", "x" * 201),
        ("words", "bell\x07"),
        ("words", "escape\x9b"),
        ("words", "half \udfff"),
        ("count", -1),
        ("count", 19),
        ("count", 3.5),
        ("count", "1_0"),
        ("count", "1e1"),
        ("count", "\u0661"),
        ("count", "9" * 5000),
        ("dose", 0.4),
        ("dose", 40.1),
        ("dose", -1),
        ("dose", "nan"),
        ("dose", "inf"),
        ("dose", float("nan")),
        ("dose", float("inf")),
        ("dose", "1e400"),
        ("dose", "1,5"),
        ("dose", "1_6"),
        ("dose", "\uff11\uff16"),
        ("dose", False),
        ("on", "31/06/2026"),
        ("on", "2026-02-30"),
        ("on", "2025-02-29"),
        ("on", "03/13/2026"),
        ("on", "0000-01-01"),
        ("on", "10000-01-01"),
        ("on", 5),
        ("sure", "maybe"),
        ("sure", 1),
        ("when", 5),
        ("when", "2026-03-02"),
        ("when", date(2026, 3, 2)),
        ("when", "09:00"),
        ("when", "2026-06-31 09:00"),
        ("when", "2026-03-02 24:00"),
        ("when", "2026-03-02 25:00"),
        ("when", "0000-01-01 00:00"),
        ("when", "0001-01-01T00:00+05:00"),
        ("when", "9999-12-31T23:59-05:00"),
        ("when", datetime.fromisoformat("0001-01-01T00:00+05:00")),
        ("when", datetime.fromisoformat("9999-12-31T23:59-05:00")),
        ("when", "2026-07-01 09:00 GMT"),
        ("when", "2026-03-02 09:00 BST"),
    ],
)  # fmt: skip
def test_what_is_refused(name, value):
    with pytest.raises(ValidationError) as refused:
        clean(ASKS, {name: value})
    assert list(refused.value.message_dict) == [name]
    assert all(sentence.strip() for sentence in refused.value.message_dict[name])


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02t09:00z", "2026-03-02T09:00:00+00:00"),
        ("2026-03-02T09:00+05:30", "2026-03-02T03:30:00+00:00"),
        ("2026-03-02 09:00", "2026-03-02T09:00:00+00:00"),
        ("2026-07-01 09:00", "2026-07-01T08:00:00+00:00"),
        ("2026-07-01 09:00 BST", "2026-07-01T08:00:00+00:00"),
        ("2026-03-02 09:00 GMT", "2026-03-02T09:00:00+00:00"),
        ("2026-10-25 01:30 BST", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25 01:30 GMT", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 00:59", "2026-10-24T23:59:00+00:00"),
        ("2026-10-25 02:00", "2026-10-25T02:00:00+00:00"),
        ("2026-03-29 00:59", "2026-03-29T00:59:00+00:00"),
        ("2026-03-29 02:00", "2026-03-29T01:00:00+00:00"),
        (datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02T09:00:00+00:00"),
        (datetime.fromisoformat("2026-07-01 09:00"), "2026-07-01T08:00:00+00:00"),
    ],
)
def test_instants_are_kept_in_utc(value, kept):
    assert clean(ASKS, {"when": value}) == {"when": kept}


@pytest.mark.parametrize(
    ("value", "because"),
    [
        ("2026-03-29 01:30", "does not exist"),
        ("2026-03-29 01:00", "does not exist"),
        ("2026-03-29 01:59:59", "does not exist"),
        ("2026-03-29 01:30 BST", "does not exist"),
        ("2026-10-25 01:30", "happens twice"),
        ("2026-10-25 01:00", "happens twice"),
        (datetime.fromisoformat("2026-10-25 01:30"), "happens twice"),
        ("2025-10-26 01:30", "01:30 BST is the first, 01:30 GMT the second"),
    ],
)
def test_the_hours_of_the_clock_change_are_never_guessed(value, because):
    with pytest.raises(ValidationError, match=because):
        ASKS["when"].clean(value)


def test_what_is_not_asked_for_is_refused_by_name_beside_what_is_wrong():
    with pytest.raises(ValidationError) as refused:
        clean(ASKS, {"extra": 1, "count": 99})
    assert set(refused.value.message_dict) == {"extra", "count"}


def test_everything_missing_is_said_at_once():
    asks = {"a": text("A"), "b": choice("B", "x"), "c": yes_no("C"), "d": Instant(label="D"), "e": day("E"),
            "f": whole("F", least=0, most=9), "g": number("G", least=0, most=9), "h": several("H", "x")}  # fmt: skip
    for nothing in ({}, dict.fromkeys(asks, ""), dict.fromkeys(asks), {"a": " \n "}):
        with pytest.raises(ValidationError) as refused:
            clean(asks, nothing)
        assert set(refused.value.message_dict) == set(asks)


def test_empty_optional_answers_are_left_out_but_no_and_nought_are_kept():
    assert clean(ASKS, {"words": "", "sure": False, "count": 0, "dose": None}) == {"sure": False, "count": 0}


def test_the_values_of_a_toml_file():
    told = tomllib.loads(
        'sure = false\ncount = 3\ndose = 16\non = 2026-03-09\nwhen = 2026-03-02T09:00:00Z\nsome = ["b"]'
    )
    assert clean(ASKS, told) == {
        "sure": False, "count": 3, "dose": 16.0, "on": "2026-03-09", "when": "2026-03-02T09:00:00+00:00", "some": ["b"],
    }  # fmt: skip


def test_a_page_joins_date_and_time_and_midnight_is_never_assumed():
    widget = ASKS["when"].widget
    typed = widget.value_from_datadict({"x_date": "2026-03-02", "x_time": " 09:40 "}, {}, "x")
    assert ASKS["when"].clean(typed) == datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
    for half in ({"x_date": "2026-03-02", "x_time": ""}, {"x_date": "", "x_time": "09:40"}):
        with pytest.raises(ValidationError):
            ASKS["when"].clean(widget.value_from_datadict(half, {}, "x"))
    assert widget.decompress(datetime(2026, 7, 1, 8, tzinfo=UTC)) == ["2026-07-01", "09:00"]


@pytest.mark.parametrize(
    "field",
    [
        choice("Which one", "a", "b"), several("Which one", "a"), text("Which one"), day("Which one"),
        whole("Which one", least=0, most=1), number("Which one", least=0, most=1), yes_no("Which one"),
        Instant(label="Which one"),
    ],
    ids=lambda field: type(field).__name__,
)  # fmt: skip
def test_what_is_left_empty_is_asked_for_by_its_name(field):
    with pytest.raises(ValidationError, match=r"Answer this: Which one\."):
        field.clean("")


def test_a_question_keeps_its_own_mark():
    with pytest.raises(ValidationError) as error:
        yes_no("Any pain?").clean("")
    assert error.value.messages == ["Answer this: Any pain?"]
