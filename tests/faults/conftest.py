"""Processes and threads of the application on the test database."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from tests.notify.conftest import SIGNED
from tests.services import application_url
from tests.sinks import API_KEY, Sinks


@pytest.fixture
def environment(django_db_setup):
    """The environment of a process of the application: the test database, as the application's login."""
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {
        "DATABASE_URL": application_url(f"{address}/{connection.settings_dict['NAME']}"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "WARNING",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",
    }


@pytest.fixture
def sinks(environment):
    """Providers that a test may play, and the environment that leads processes to them."""
    with Sinks() as sinks:
        environment |= {
            "SITE_URL": "https://pathway.hospital.example",
            "EMAIL_URL": f"smtp://127.0.0.1:{sinks.smtp_port}",
            "NOTIFY_API_KEY": API_KEY,
            "NOTIFY_TEMPLATE": "a-template",
            "NOTIFY_URL": sinks.url,
            "WEBHOOK_HOSTS": f"127.0.0.1:{sinks.http_port}",
            "WEBHOOK_SECRET": SIGNED,
        }
        yield sinks


@pytest.fixture
def start(environment):
    """`start("-m", "celery", ...)`: a Python process of the application, killed with its children at the end."""
    running = []

    def begin(*arguments):
        process = subprocess.Popen([sys.executable, *arguments], env=environment, start_new_session=True)
        running.append(process)
        return process

    yield begin
    for process in running:
        kill(process)


def kill(process):
    """SIGKILL to the whole process group, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
    process.wait(timeout=10)
