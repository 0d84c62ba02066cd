"""The documents of safety and coverage name code and tests that exist, and leave no hazard and no row without one."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
COVERAGE = (ROOT / "docs" / "coverage.md").read_text()
HAZARDS = (ROOT / "docs" / "safety" / "hazards.md").read_text()
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


@pytest.mark.parametrize("row", rows(COVERAGE), ids=lambda row: row[0][:40])
def test_a_row_of_the_coverage_says_where_and_shows_it(row):
    told, kept, shown = row
    assert told
    assert "](../pathway/" in kept
    assert named_in(shown)


def test_every_hazard_is_in_the_log_in_order():
    assert list(LOG) == [f"HZ{number}" for number in range(1, 22)]


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
