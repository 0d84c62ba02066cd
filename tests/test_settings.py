"""The start is refused, in one sentence, where a setting would be unsafe or cannot be read."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GOOD_SECRET = "x7" * 40


def check(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PATHWAY_")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env={**clean, "DATABASE_URL": "postgresql://nobody@localhost:1/none", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "development-only-not-a-secret"}, "SECRET_KEY is missing, short or the development one"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing, short"),
        ({"SECRET_KEY": GOOD_SECRET, "DEBUG": "true"}, "DEBUG=true needs PATHWAY_DEVELOPMENT=true"),
        ({"SECRET_KEY": GOOD_SECRET, "ALLOWED_HOSTS": "*"}, "name the hosts"),
        ({"SECRET_KEY": GOOD_SECRET, "DATABASE_URL": "sqlite:///db.sqlite3"}, "must be a postgresql:// address"),
        ({"SECRET_KEY": GOOD_SECRET, "SESSION_IDLE_SECONDS": "soon"}, "SESSION_IDLE_SECONDS"),
        ({"SECRET_KEY": GOOD_SECRET, "DOWNTIME_MINUTES": "0"}, "DOWNTIME_MINUTES must be 1 or more"),
        ({"PATHWAY_DEVELOPMENT": "perhaps"}, "PATHWAY_DEVELOPMENT"),
    ],
)
def test_an_unsafe_or_unreadable_setting_stops_the_start(environment, sentence):
    result = check(**environment)
    assert result.returncode != 0
    assert sentence in result.stderr


def test_a_production_setting_passes_the_deployment_checks():
    result = check("--deploy", "--fail-level", "WARNING", SECRET_KEY=GOOD_SECRET + "!qazXSW@3edcVFR")
    assert result.returncode == 0, result.stderr
    assert set(re.findall(r"pathway\.\w+", result.stderr)) == {"pathway.I2"}


def test_a_deployment_says_in_words_which_ways_of_telling_people_are_off():
    secret = "whsec_" + "QUJD" * 10
    on = {
        "SITE_URL": "https://x.example", "EMAIL_URL": "submission://u:p@mail.example:587", "NOTIFY_API_KEY": "k",
        "NOTIFY_TEMPLATE": "t", "WEBHOOK_HOSTS": "pager.example", "WEBHOOK_SECRET": secret,
    }  # fmt: skip
    strong = {"SECRET_KEY": GOOD_SECRET + "!qazXSW@3edcVFR"}
    said = check("--deploy", **strong).stderr
    for words in (
        "EMAIL_URL is missing",
        "NOTIFY_API_KEY and NOTIFY_TEMPLATE",
        "WEBHOOK_SECRET",
        "SITE_URL is missing",
    ):
        assert words in said
    assert "no issues" in check("--deploy", **strong, **on).stdout
    wrong = check("--deploy", **strong, **on | {"WEBHOOK_SECRET": "secret"})
    assert wrong.returncode == 1
    assert "WEBHOOK_SECRET must be whsec_ followed by at least 24 random bytes" in wrong.stderr


def test_development_needs_no_secret():
    assert check(PATHWAY_DEVELOPMENT="true").returncode == 0
