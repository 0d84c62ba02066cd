"""The shape of the whole: floors, sizes, what the pages may touch, what the columns carry, what no file may say."""

import ast
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import DateTimeField

ROOT = Path(settings.ROOT)
LIMIT = 400
DERIVED = {
    # columns that the engine derives or a clock writes, or that the row's own user did
    "case": {"suspected_at", "changed_at", "next_amber_at", "next_due_at", "overdue_from", "wake_at"},
    "clock": {"started_at", "entered_at", "amber_at", "due_at", "ended_at", "wake_at", "withdrawn_at"},
    "alert": {"raised_at", "stood_down_at", "called_at", "passed_at", "unanswered_at"},
    "delivery": {"told_at", "read_at"},
    "shift": {"starts_at", "ends_at"},
    "notice": {"raised_at", "cleared_at"},
    "calendarlink": {"made_at", "revoked_at"},
    "address": {"added_at", "verified_at", "removed_at", "code_sent_at"},
    "message": {"created_at", "next_at", "sent_at", "ended_at", "passed_at"},
    "heartbeat": {"started_at"},
    "handover": {"started_at"},
    "draft": {"saved_at"},
    "statuslink": {"expires_at"},
    "drill": {"started_at", "ends_at", "ended_at"},
    "reconciliation": {"made_at"},
    "job": {"started_at", "heard_at", "ended_at"},
}
BY_THE_ROW = {"event": "by"}  # every time of an event is by whoever recorded it
MACHINE_PATHS = ("/" + "work/", "/" + "root/", ".." + "/shared")
REGISTRIES = ("--" + "index-url ", "pypi." + "org", "pythonhosted." + "org", "registry." + "npmjs")


def tracked():
    """Every file that is, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def python(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def named(path):
    return str(path.relative_to(ROOT))


def test_imports_only_go_down_the_floors():
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", python("pathway", "config", "tests"), ids=named)
def test_a_file_opens_with_what_it_is_for_and_is_not_long(path):
    text = path.read_text()
    written_by_hand = "migrations" not in path.parts
    assert len(text.splitlines()) <= LIMIT or not written_by_hand
    if text.strip() and written_by_hand:
        assert ast.get_docstring(ast.parse(text)), "no docstring"


def test_models_py_knows_no_step_by_name():
    assert len((ROOT / "pathway" / "models.py").read_text().splitlines()) <= 12


@pytest.mark.parametrize("path", python("pathway/web"), ids=named)
def test_a_page_reaches_rows_only_through_what_a_person_may_see(path):
    for node in ast.walk(ast.parse(path.read_text())):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        assert name not in {"objects", "_default_manager", "_base_manager", "get_object_or_404", "get_list_or_404"}


@pytest.mark.parametrize("path", python("pathway"), ids=named)
def test_nothing_happens_behind_the_back_of_the_engine(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.name != "save", "no save() of one's own"
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        assert name not in {"refresh_from_db", "GenericForeignKey", "post_save", "pre_save", "post_delete"}


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
    assert "No changes" in said.getvalue()


def test_no_file_names_a_registry_or_a_place_of_one_machine():
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [(named(path), word) for word in (*MACHINE_PATHS, *REGISTRIES) if word in text]
    assert found == []


@pytest.mark.parametrize("model", list(apps.get_app_config("pathway").get_models()), ids=lambda model: model.__name__)
def test_a_time_of_a_deed_says_whose_deed_it_was(model):
    name = model.__name__.lower()
    columns = {field.name for field in model._meta.get_fields() if field.concrete}
    times = {field.name for field in model._meta.concrete_fields if isinstance(field, DateTimeField)}
    deeds = {time for time in times if time.endswith("_at")} - DERIVED.get(name, set())
    by = {BY_THE_ROW.get(name, time.removesuffix("at") + "by") for time in deeds}
    assert by <= columns
    assert DERIVED.get(name, set()) <= times, "the list above names a column that is gone"
