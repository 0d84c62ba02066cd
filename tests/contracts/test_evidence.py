"""The documents of safety and coverage name code and tests that exist, and leave no hazard and no row without one."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.scenarios import SCENARIOS

ROOT = Path(settings.ROOT)
COVERAGE = (ROOT / "docs" / "coverage.md").read_text()
HAZARDS = (ROOT / "docs" / "safety" / "hazards.md").read_text()
RELIABILITY = (ROOT / "docs" / "reliability.md").read_text()
STRUCK = {*range(1, 25), 28, 29, 33, 34}
TEST = re.compile(r"`(tests/[\w/.-]+?)(?:::(\w+))?`")
LOG = {part.split()[0]: part for part in re.split(r"^## ", HAZARDS, flags=re.MULTILINE)[1:]}
MATRIX = {"very high": "34455", "high": "23345", "medium": "22334", "low": "12234", "very low": "11223"}
SEVERITIES = ("minor", "significant", "considerable", "major", "catastrophic")


def rows(text):
    """The cells of every row of the tables of a text, without their heads."""
    lines = re.findall(r"^\| (?!---)(.+) \|$", text, re.MULTILINE)
    return [
        [cell.strip() for cell in line.split(" | ")] for line in lines if not line.startswith(("Control", "What the"))
    ]


def named_in(text):
    """The tests and stories that a text names: file, and the function where it says one."""
    return [(path, name) for path, name in TEST.findall(text) if name or path.endswith(".toml")]


def is_there(path, name):
    """Whether the file is there, with a test of that name."""
    file = ROOT / path
    return file.exists() and (not name or re.search(rf"^(async )?def {name}\(", file.read_text(), re.MULTILINE))


@pytest.mark.parametrize("text", [COVERAGE, HAZARDS], ids=["coverage", "hazards"])
def test_every_test_that_is_named_exists(text):
    assert len(named_in(text)) > len(rows(text)) / 2
    assert [f"{path}::{name}" for path, name in named_in(text) if not is_there(path, name)] == []
    assert [path for path, _ in TEST.findall(text) if not (ROOT / path).exists()] == []


def test_every_fault_has_a_scenario_or_a_test_and_every_scenario_a_fault():
    faults = {row[0]: row[2] for row in rows(RELIABILITY) if re.fullmatch(r"F\d+", row[0])}
    named = {number: re.findall(r'"([^"]+)"', proof) for number, proof in faults.items()}
    known = {each.name: re.findall(r"F\d+", each.rows) for each in SCENARIOS}
    assert set(faults) == {f"F{number}" for number in STRUCK}
    assert {name for names in named.values() for name in names} == set(known) - {"nothing", "everything"}
    assert [number for number, proof in faults.items() if not named[number] and not named_in(proof)] == []
    assert [proof for text in faults.values() for proof in named_in(text) if not is_there(*proof)] == []
    assert [(number, name) for number, names in named.items() for name in names if number not in known[name]] == []


def test_the_twelve_questions_are_answered_by_tests_that_exist():
    answers = [row[1] for row in rows(RELIABILITY) if re.match(r"\d+\. ", row[0])]
    assert len(answers) == 12
    proofs = [proof for answer in answers for proof in named_in(answer)]
    assert len(proofs) == 11
    assert [proof for proof in proofs if not is_there(*proof)] == []


@pytest.mark.parametrize("row", rows(COVERAGE), ids=lambda row: row[0][:40])
def test_a_row_of_the_coverage_says_where_and_shows_it(row):
    told, kept, shown = row
    assert told
    assert "](../pathway/" in kept
    assert named_in(shown)


def test_every_hazard_is_in_the_log_in_order():
    assert list(LOG) == [f"HZ{number}" for number in range(1, 23)]


@pytest.mark.parametrize("hazard", LOG)
def test_a_hazard_has_cause_harm_and_rating_and_a_control_that_is_proved(hazard):
    text = LOG[hazard]
    assert re.search(r"^- Cause: .+\n- Harm: .+\n- Severity and likelihood: ", text, re.MULTILINE)
    severity, likelihood, risk = re.search(r"likelihood: (\w+), ([\w ]+) \((\d)\)", text).groups()
    assert MATRIX[likelihood][SEVERITIES.index(severity)] == risk
    controls = rows(text)
    assert any(named_in(proof) for _, proof in controls)
    assert [control for control, proof in controls if not named_in(proof) and not proof.startswith("not built")] == []


def test_the_matrix_of_risks_is_the_one_that_rates_them():
    matrix = {likelihood: "".join(risks) for likelihood, *risks in rows(HAZARDS.split("## HZ1 ", maxsplit=1)[0])[1:]}
    assert matrix == MATRIX
