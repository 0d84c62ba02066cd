"""A released version of the protocol means for ever what it meant when it was signed off."""

import re
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from pathway import checks, protocol
from pathway.management.commands.release_protocol import Command
from pathway.management.commands.write_protocol import page
from pathway.protocol import release
from pathway.protocol.meaning import digest, meaning, plain
from pathway.protocol.release import RELEASED, Release, caveat
from pathway.protocol.types import At, Bar, Course, Lasting, Level, Role, Rung, Sooner, Standard, hours, on

CURRENT = protocol.get(protocol.CURRENT)
ROLES = {"author": "clinical lead", "checker": "MSCC coordinator"}
OTHER = {
    **dict.fromkeys(("key", "label", "clears", "holder", "source", "mark", "due_no_later_than"), "something else"),
    "limit": hours(25), "amber": lambda _start, _in_hours: hours(3), "starts": on("case.died"),
    "met": (on("skin.assessed", where=bool),), "superseded": on("case.died"),
    "void": on("case.died"), "frozen": on("case.died"), "classes": frozenset("C"), "group": None,
    "ladder": (Rung(Level.E4, At.DUE, (Role.MANAGER,)),), "early": lambda start: start.kind == "case.reopened",
    "repeats": True, "surely": True, "resumes": on("case.died"), "sooner": None,
    "lasting": (Lasting(until=on("case.died")),), "barred": Bar(by=on("case.died"), until=on("case.reopened")),
    "course": Course(begun=on("case.died"), later=on("case.reopened")),
    "outdated": on("case.died"), "again": on("case.died"), "keeps_due": False, "by_scan": False, "each_scan": True,
}  # fmt: skip


def changed(clock, /, **changes):
    """The current version with one clock changed."""
    found = tuple(replace(each, **changes) if each.key == clock else each for each in CURRENT.all)
    return replace(CURRENT, all=found)


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "released.toml"
    monkeypatch.setattr(release, "FILE", path)
    return path


def test_every_released_version_is_there_unchanged_checked_by_another_role_and_with_a_review_ahead_of_its_release():
    said = [word for name, made in RELEASED.items() for word in made.wrong(protocol.VERSIONS.get(name))]
    assert said == []


@pytest.mark.parametrize("name", [field.name for field in fields(Standard)])
def test_whatever_is_changed_of_a_clock_changes_the_hash(name):
    assert digest(changed("mri_a", **{name: OTHER[name]})) != digest(CURRENT)


@pytest.mark.parametrize(
    ("clock", "name", "rule"),
    [
        ("pain", "limit", lambda top: lambda start, _in_hours: hours(1 if start.answers.get("rest", 0) > top else 4)),
        ("pain", "met", lambda top: (on("pain.scored", where=lambda answers: answers["rest"] > top),)),
        ("triage", "amber", lambda top: lambda start, in_hours: hours(top if in_hours(start.occurred_at) else 1)),
        ("mri_a", "early", lambda top: lambda start: top == 2 and start.answers.get("place") == "imaging"),
        ("mri_a", "sooner", lambda top: Sooner(hours(1), lambda facts, _due: len(facts) > top - 2, frozenset())),
    ],
    ids=["limit", "where", "in hours", "early", "unless"],
)
def test_a_rule_written_as_a_function_counts_by_what_it_gives(clock, name, rule):
    two, three = changed(clock, **{name: rule(2)}), changed(clock, **{name: rule(3)})
    assert digest(two) == digest(changed(clock, **{name: rule(2)}))
    assert len({digest(two), digest(three), digest(CURRENT)}) == 3


def test_a_group_of_clocks_ends_as_it_did(monkeypatch):
    before = digest(CURRENT)
    monkeypatch.setitem(protocol.meaning.VOIDS_GROUP, protocol.types.Group.IMAGING, on("case.died"))
    assert digest(CURRENT) != before


def test_an_order_of_clocks_counts_and_the_order_of_a_set_does_not():
    assert digest(replace(CURRENT, all=CURRENT.all[::-1])) != digest(CURRENT)
    assert digest(changed("contact_b", classes=frozenset("CB"))) == digest(
        changed("contact_b", classes=frozenset("BC"))
    )


def test_a_word_that_is_empty_unless_used_is_left_out_and_a_default_that_says_something_is_not():
    written = meaning(CURRENT)
    assert '"repeats": false' not in written
    assert '"acknowledge": "900 s"' in written


def test_what_nobody_knows_how_to_write_down_is_refused():
    with pytest.raises(TypeError, match="holder"):
        plain("holder", object())
    with pytest.raises(TypeError, match="clears"):
        plain("clears", lambda: "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hash": "0" * 64}, "changed after its release"),
        ({"checker": " Clinical Lead"}, "must not be its author"),
        ({"next_review": date(2026, 3, 1)}, "review was over"),
    ],
)
def test_a_release_that_does_not_hold_stops_the_start(change, said, monkeypatch):
    good = Release(
        CURRENT.version, digest(CURRENT), **ROLES, released_on=date(2026, 3, 1), next_review=date(2027, 3, 1)
    )
    monkeypatch.setattr(release, "RELEASED", {CURRENT.version: good})
    assert [each.id for each in checks.unsound() if each.is_serious()] == []
    monkeypatch.setattr(release, "RELEASED", {CURRENT.version: replace(good, **change)})
    assert [said in each.msg for each in checks.unsound() if each.is_serious()] == [True]


def test_a_released_version_that_is_gone_stops_the_start(monkeypatch):
    gone = Release("mscc-2020.1", "", **ROLES, released_on=date(2020, 3, 1), next_review=date(2021, 3, 1))
    monkeypatch.setattr(release, "RELEASED", {"mscc-2020.1": gone})
    assert ["no such version" in each.msg for each in checks.unsound() if each.is_serious()] == [True]


def test_a_review_that_is_due_is_said_and_stops_nothing(monkeypatch):
    old = Release(CURRENT.version, digest(CURRENT), **ROLES, released_on=date(2020, 3, 1), next_review=date(2021, 3, 1))
    monkeypatch.setattr(release, "RELEASED", {CURRENT.version: old})
    (said,) = checks.unsound()
    assert not said.is_serious()
    assert said.msg == "mscc-2026.2: its review was due on 1 March 2021"
    assert caveat(CURRENT.version, date(2021, 3, 1)) == ""
    assert caveat("mscc-2099.1", date(2021, 3, 1)) == "draft, not signed off"


def test_the_command_writes_the_release_once_and_the_page_says_it(file, monkeypatch, capsys):
    call_command(Command(), **ROLES)
    made = release.read(file)[CURRENT.version]
    assert (made.hash, made.author, made.checker) == (digest(CURRENT), "clinical lead", "MSCC coordinator")
    assert made.next_review - made.released_on == timedelta(days=365)
    before = file.read_text()
    call_command(Command(), author="somebody", checker="somebody else")
    assert "Nothing to do" in capsys.readouterr().out
    assert file.read_text() == before
    monkeypatch.setitem(RELEASED, CURRENT.version, made)
    assert f"| Hash of its meaning | `{made.hash}` |" in page(CURRENT)
    monkeypatch.delitem(RELEASED, CURRENT.version)
    assert "not signed off" in page(CURRENT)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"author": "clinical lead", "checker": "Clinical lead "}, "must not be its author"),
        (ROLES | {"protocol": "mscc-1999.1"}, "No protocol version"),
        (ROLES | {"next_review": date(2020, 1, 1)}, "review was over"),
    ],
)
def test_the_command_refuses_what_would_not_hold(file, options, said):
    with pytest.raises(CommandError, match=said):
        call_command(Command(), **options)
    assert not file.exists()


def test_the_command_refuses_a_version_that_changed_since_its_release(file, monkeypatch):
    call_command(Command(), **ROLES)
    monkeypatch.setitem(protocol.VERSIONS, CURRENT.version, changed("mri_a", limit=hours(48)))
    with pytest.raises(CommandError, match="make the change a new version"):
        call_command(Command(), **ROLES)


@pytest.mark.parametrize("version", protocol.VERSIONS.values(), ids=protocol.VERSIONS)
def test_the_page_of_a_version_has_room_for_every_signature(version):
    text = page(version)
    signed = text[text.index("## Sign-off") :]
    assert len(re.findall(r"^\| .*\\_", signed, re.MULTILINE)) >= len({"author", "checker"})
    assert Path(release.__file__).with_name("released.toml").exists() == bool(RELEASED)
