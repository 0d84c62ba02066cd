"""A real web server on a scratch database, and a signed-in person's requests to it over one connection."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from time import perf_counter, sleep, time

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from pathway.management.bench.lateness import address
from pathway.record.person import User

HOST, WAITS = "127.0.0.1", 30.0


@contextmanager
def server(name: str) -> Iterator[int]:
    """One process that serves the pages of a scratch database; its port.

    Raises:
        AssertionError: it does not answer.
    """
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port = int(listener.getsockname()[1])
    options = f"--host {HOST} --port {port} --timeout-keep-alive 600 --log-level error"
    command = f"-m uvicorn config.asgi:application {options}".split()
    environment = os.environ | {"DATABASE_URL": address(name), "SECURE_SSL_REDIRECT": "false"}
    process = subprocess.Popen([sys.executable, *command], cwd=settings.ROOT, env=environment)
    try:
        deadline = time() + WAITS
        while not answers(port):
            if process.poll() is not None or time() > deadline:
                raise AssertionError("the web server does not answer")
            sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    """Whether the server is there."""
    try:
        with socket.create_connection((HOST, port), timeout=2):
            return True
    except OSError:
        return False


def signed_in(user: User) -> str:
    """The cookie of a session of this person, in the database in use."""
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Browser:
    """One connection that is kept open."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connection, self.cookie = HTTPConnection(HOST, port, timeout=60), cookie

    def get(self, path: str) -> tuple[float, str]:
        """The seconds until a page was there, and the page.

        Raises:
            AssertionError: it is not the page that was asked for.
        """
        started = perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = perf_counter() - started
        if answer.status != 200:  # noqa: PLR2004 - the status of a page
            raise AssertionError(f"{path} answers {answer.status}")
        return took, text
