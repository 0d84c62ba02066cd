"""The search of the worklist: what people type, however it is spelt, finds the case, and ended ones are counted."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.worklist import Filters, board
from tests import factories

START = factories.START


def at(minutes):
    return clock.at(START + timedelta(minutes=minutes))


def codes(shown):
    return [each.case.code for each in shown.rows]


@pytest.mark.parametrize(
    "text", ["ashdown", "Given", "ASHDOWN, given", "999 000 0018", "9990000018", "9990000018 ", "code", "CODE"]
)
def test_a_case_is_found_by_what_people_type(coordinator, unit, trust, text):
    who = factories.patient(trust, family_name="Ashdown", given_names="Given", nhs_number="9990000018")
    case = factories.case(place=unit, who=who)
    factories.case(place=unit)
    wanted = {"code": case.code, "CODE": case.code.lower()}.get(text, text)
    with at(1):
        assert codes(board(coordinator, Filters(text=wanted))) == [case.code]


def test_a_case_is_found_by_initials_or_local_number(coordinator, unit, trust):
    names = {"family_name": "", "given_names": "", "birth_date": None}
    case = factories.case(place=unit, who=factories.patient(trust, initials="QX", local_number="H123",
                          local_issuer="Trust", **names))  # fmt: skip
    factories.case(place=unit)
    with at(1):
        assert [codes(board(coordinator, Filters(text=text))) for text in ("qx", "h123")] == [[case.code]] * 2
        assert codes(board(coordinator, Filters(text="nobody"))) == []
        assert codes(board(coordinator, Filters(text="%"))) == []


@pytest.mark.parametrize(
    ("family", "given", "typed"),
    [
        ("Müller", "Zoë", ("muller", "MÜLLER, zoe", "Mu\u0308ller", "üll")),
        ("O\u2019Brien", "Sean", ("obrien", "o'brien", "O\u2019BRIEN sean", "o brien")),
        ("O'Neill", "Niamh", ("oneill", "o\u2019neill", "O Neill")),
        ("Smith-Jones", "Ann", ("smithjones", "smith jones", "Smith-Jones, Ann")),
        ("van der Łuk", "Søren", ("vanderluk", "van der luk", "soren")),
    ],
)
def test_accents_apostrophes_and_spaces_hide_nobody(coordinator, unit, family, given, typed):
    case = factories.case(place=unit, who=factories.patient(unit.organisation, family_name=family, given_names=given))
    factories.case(place=unit)
    number = case.code.removeprefix("M").lstrip("0")
    with at(1):
        for text in (*typed, f"M {number}", f"m-{number}"):
            assert codes(board(coordinator, Filters(text=text))) == [case.code], text
        assert codes(board(coordinator, Filters(text=f"{family} - nobody"))) == []


def test_a_search_says_how_many_ended_cases_it_finds(coordinator, outsider, unit, trust):
    gone = factories.case(place=unit, who=factories.patient(trust, family_name="Ashdown"))
    factories.case(place=unit)
    factories.happen(gone, "case.closed", at=START + timedelta(minutes=1))
    with at(2):
        shown = board(coordinator, Filters(text="ashdown"))
        assert (shown.shown, shown.total, shown.ended) == (0, 1, 1)
        assert [board(coordinator, each).ended for each in (Filters(text="nobody"), Filters(klass="A"))] == [0, 0]
        assert board(outsider, Filters(text="ashdown")).ended == 0
        ended = board(coordinator, Filters(text="ashdown", closed=True))
        assert (codes(ended), ended.ended) == ([gone.code], 0)
