"""The hand-over sheet: what SBAR needs is on it, it never grows past its page, and what is left out is counted."""

from datetime import timedelta

import pytest

from pathway.casefile import read, sbar
from pathway.casefile.sbar import FITS, MANY, SMALL, few, lines, short
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.case import Case
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=3))


@pytest.fixture
def told(coordinator):
    """`told(case)`: the sheet, and its lines by section."""

    def told(case):
        made = sbar.sbar(read(Case.objects.get(pk=case.pk), coordinator))
        return made, {section.title: dict(section.lines) for section in made.sections}

    return told


def test_a_fresh_case_says_who_suspected_what_and_what_is_next(case, told):
    made, said = told(case)
    assert [section.letter for section in made.sections] == ["S", "B", "A", "R"]
    assert not made.is_small
    assert said["Situation"]["Stands"] == "Class A. Suspected"
    assert said["Situation"]["Open alerts"] == "none"
    assert "Suspected by Ward registrar" in said["Background"]["Suspected"]
    assert said["Assessment"] == {"Spine": "no level recorded"}
    assert "(overdue)" in said["Recommendation"]["Record contact with the coordinator"]


def test_alerts_findings_scores_and_decisions_are_in_their_places(case, unit, told):
    factories.staff(unit)
    for kind in ("imaging.communicated", "case.confirmed", "neuro.examined", "steroids.started", "opinion.surgical"):
        factories.happen(case, kind)
    factories.happen(case, "opinion.oncology", precision="hour")
    factories.happen(case, "decision.made")
    tick()
    _, said = told(case)
    assert "E" in said["Situation"]["Open alerts"]
    assert "T8 Compression; T9 Compression" in said["Assessment"]["Spine"]
    assert "Frankel" in said["Assessment"]["Neurological examination"]
    assert said["Assessment"]["Steroids"].startswith("On dexamethasone")
    assert "not known exactly" in said["Recommendation"]["Oncology opinion"]
    assert "Radiotherapy" in said["Recommendation"]["Treatment decided"]


def test_contradictions_are_said_first(case, told):
    for kind in ("position.ordered", "stability.advised"):
        factories.happen(case, kind)
    assert "stable" in told(case)[1]["Situation"]["Contradictions"]


def test_an_ended_case_has_no_clock_and_nothing_to_do(case, told):
    factories.happen(case, "case.died")
    _, said = told(case)
    assert said["Situation"]["Clocks"] == "none runs"
    assert said["Situation"]["Stands"] == "Class A. Died"


def test_many_things_are_counted_and_long_ones_marked():
    assert few(str(number) for number in range(MANY + 3)) == [*"012345", "and 3 more"]
    assert few(["one"]) == ["one"]
    assert short("abcdef", 6) == "abcdef"
    assert short("abcdefg", 6) == "abcde…"


def test_whatever_is_written_it_fits_the_page_in_small_letters_at_last(case, told, monkeypatch):
    full = [(f"Line {number}", ["x" * 400] * (MANY + 1 if number < 4 else 1)) for number in range(17)]
    for name in ("situation", "background", "assessment", "recommendation"):
        many = full[:4] if name == "situation" else full[4:]
        monkeypatch.setattr(sbar, name, lambda _, many=many: many)
    made, said = told(case)
    assert made.is_small
    assert lines(made.sections, SMALL[0]) <= SMALL[1]
    assert said["Background"]["Line 5"].endswith("…")
    assert len(FITS) > 2
