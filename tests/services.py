"""A pytest plugin: real PostgreSQL and Valkey for the whole run, in a folder of their own, before settings load."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from config import embedded
from config.postgres import APPLICATION

SERVICES = pytest.StashKey[ExitStack]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Set DATABASE_URL (the owner, who may create test databases), REDIS_URL and PATHWAY_DEVELOPMENT."""
    stack = early_config.stash[SERVICES] = ExitStack()
    os.environ["PATHWAY_DEVELOPMENT"] = "true"
    os.environ.pop("SECRET_KEY", None)
    given = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    database, redis = given if all(given) else _started(stack)
    os.environ["DATABASE_URL"] = given[0] or database
    os.environ["REDIS_URL"] = given[1] or redis
    return (yield)


def pytest_unconfigure(config):
    if SERVICES in config.stash:
        config.stash[SERVICES].close()


@pytest.fixture(scope="module")
def folder():
    """A folder with a short path that other accounts may pass through, as servers started by root need it."""
    folder = _folder()
    yield folder
    shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pathway-test-"))
    folder.chmod(0o711)
    return folder


def _started(stack: ExitStack) -> tuple[str, str]:
    folder = _folder()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PATHWAY_DATA"] = str(folder)
    servers = stack.enter_context(embedded.servers(folder, tied=True, durable=False))
    return servers.owner, servers.redis


def application_url(owner_url: str) -> str:
    """The same database as the application's login sees it, which may not touch what is append-only.

    With servers of one's own (TEST_DATABASE_URL), TEST_APPLICATION_URL names it, with `{name}` for the database.
    """
    address, _, name = owner_url.rpartition("/")
    if pattern := os.environ.get("TEST_APPLICATION_URL"):
        return pattern.format(name=name)
    scheme, _, place = address.partition("://")
    login, _, host = place.rpartition("@")
    _, _, password = login.partition(":")
    return f"{scheme}://{APPLICATION}{':' if password else ''}{password}@{host}/{name}"
