"""docker-compose.yml and the image: every service, checked, in the right order, with no secret of its own."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from config.embedded import ROOT

FILE = ROOT / "docker-compose.yml"
VALUES = {
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "pathway.example",
    "APPLICATION_PASSWORD": "application",
    "OWNER_PASSWORD": "owner",
    "REDIS_PASSWORD": "broker",
    "FORWARDED_ALLOW_IPS": "172.16.0.1",
}
OURS = {"web", "worker", "beat", "sweeper", "deliveries", "deliverer", "auditor", "downtime", "jobs", "migrate"}


class MissingValue(Exception):
    pass


def interpolated(values):
    """What `docker-compose config` does with the file, for machines that have no docker-compose."""

    def value(match):
        name, kind, rest = match.groups()
        if values.get(name) or kind == ":-":
            return values.get(name) or rest
        raise MissingValue(rest)

    text = re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", value, FILE.read_text())
    return yaml.safe_load(text)


def config(values):
    """The configuration as composed. Raises MissingValue with what was said."""
    if not shutil.which("docker-compose"):
        return interpolated(values)
    env = {"PATH": os.environ["PATH"], **values}
    command = ["docker-compose", "-f", FILE, "config"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingValue(done.stderr)
    return yaml.safe_load(done.stdout)


@pytest.fixture(scope="module", params=[config, interpolated])
def services(request):
    return request.param(VALUES)["services"]


def test_every_service_is_there_and_checked(services):
    assert set(services) == OURS | {"postgres", "redis"}
    for name in services.keys() - {"migrate"}:
        assert services[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert services[name]["restart"] == "unless-stopped", name
    assert services["migrate"]["restart"] == "no"


def test_nothing_starts_before_the_database_is_migrated(services):
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in OURS - {"migrate"}:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully", name


@pytest.mark.parametrize("name", ["sweeper", "deliverer", "auditor"])
def test_the_plain_loops_need_no_broker(services, name):
    assert "redis" not in services[name]["depends_on"]


def test_deliveries_have_a_worker_of_their_own(services):
    assert "deliveries" in services["deliveries"]["command"]
    assert "--queues" not in services["worker"]["command"]


def test_only_the_migration_is_the_owner_of_the_database(services):
    owners = {name for name in OURS if "pathway_owner:owner@" in services[name]["environment"]["DATABASE_URL"]}
    assert owners == {"migrate"}
    assert "PATHWAY_DEVELOPMENT" not in FILE.read_text()


def test_only_the_web_is_reached_from_outside_and_only_over_loopback(services):
    assert {name for name in services if services[name].get("ports")} == {"web"}
    assert str(services["web"]["ports"][0]).startswith("127.0.0.1:8000")


@pytest.mark.parametrize("missing", VALUES)
def test_a_missing_value_is_asked_for(missing):
    with pytest.raises(MissingValue, match=r"at least 50|host names|password|address of the proxy"):
        config({name: value for name, value in VALUES.items() if name != missing})


def test_the_image_runs_as_an_ordinary_user_and_carries_no_data():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER pathway"]
    copied = {line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_the_web_is_checked_before_it_listens(services):
    assert "command" not in services["web"] or services["web"]["command"] is None
    (start,) = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("CMD ")]
    shell, option, line = json.loads(start.removeprefix("CMD "))
    assert (shell, option) == ("sh", "-c")
    assert line.startswith("python manage.py check --deploy --database default && exec uvicorn ")
