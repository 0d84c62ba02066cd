"""A real browser on a real server: uvicorn on the test database, under the application's own login."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack, closing, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from playwright.sync_api import sync_playwright

from config.embedded import ROOT
from tests.services import application_url
from tests.system.launcher import wait_for

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
# What changed of the window is drawn.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def pytest_collection_modifyitems(items):
    """What drives the browser is marked so, and `make test` can leave it out where there is none."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser(django_db_setup):
    """Chromium, for the tests of one file: while it is there, its event loop keeps other asynchronous ones out.

    The database is made first: under the browser's event loop it would be made by another connection than drops it.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with ExitStack() as stack:
        stack.callback(connections.close_all)  # those that Django opened under the browser's event loop
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the same loop, as Django sees it
        playwright = stack.enter_context(sync_playwright())
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        stack.callback(chromium.close)
        yield chromium


@pytest.fixture(scope="session")
def environment(django_db_setup):
    """The environment of every process of the application: the test database, as the application's login."""
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {
        "DATABASE_URL": application_url(f"{address}/{connection.settings_dict['NAME']}"),
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",
    }


class Processes:
    """Processes of the application, ended together."""

    def __init__(self, environment):
        self.environment, self.running = environment, []

    def start(self, *arguments, **env):
        """Start Python with these arguments; what it says goes to the test's own output."""
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=self.environment | env)
        self.running.append(process)
        return process

    def serve(self, port=None, **env):
        """A web server of its own; its process and its address."""
        port = port or free_port()
        options = f"--host 127.0.0.1 --port {port} --timeout-graceful-shutdown 2 --log-level warning".split()
        process = self.start("-m", "uvicorn", "config.asgi:application", *options, **env)
        wait_for(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/health/live"), within=30)
        assert process.poll() is None, "the web server has ended"
        return process, f"http://127.0.0.1:{port}"

    def close(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(timeout=15)


@pytest.fixture
def processes(transactional_db, environment):
    """Start further processes of the application beside the test: `processes.serve()`, `processes.start(...)`."""
    with closing(Processes(environment)) as processes:
        yield processes


@pytest.fixture(scope="session")
def shared_server(environment):
    with closing(Processes(environment)) as processes:
        yield processes.serve()[1]


@pytest.fixture
def server(transactional_db, shared_server):
    """The address of the web server, which all tests share."""
    return shared_server


@pytest.fixture
def sweeper(processes):
    """The plain sweeper, beside the test."""
    return processes.start("manage.py", "sweeper")


@contextmanager
def signing_in(browser, server):
    """`sign_in(user, "phone")`: a page of a browser of its own, signed in; None for a stranger.

    Fails at its end where a page broke the content security policy or a script threw. `server` gives the address.
    """
    contexts, wrong = [], []

    def sign_in(user, size="desktop", *, address="", **options):
        address = address or server()
        width, height = SIZES[size]
        context = browser.new_context(base_url=address, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": address}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: "Content Security" in line.text and wrong.append(line.text))
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def sign_in(browser, transactional_db, request):
    """`sign_in(user, "phone")`, on the server that all tests share."""
    with signing_in(browser, lambda: request.getfixturevalue("server")) as sign_in:
        yield sign_in


@pytest.fixture
def axe():
    """`axe(page)`: fails where a rule of WCAG 2.2 AA is broken, and says where."""

    def axe(page):
        forced = page.evaluate("matchMedia('(forced-colors: active)').matches")  # the colours are then the system's
        rules = {"color-contrast": {"enabled": not forced}}
        options = {"runOnly": {"type": "tag", "values": list(WCAG)}, "rules": rules, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response
        assert [
            (each["id"], each["help"], [node["target"] for node in each["nodes"]]) for each in found["violations"]
        ] == [], page.url
        assert found["passes"], "no rule was looked at"

    return axe


def follow(pressed):
    """Press a link or button and wait for the page that it leads to.

    For where the next line does not itself wait for what only that page has: axe, a picture, a count.
    """
    with pressed.page.expect_navigation():
        pressed.click()


def shot(page, name):
    """What the first two heights of the page look like, kept as docs/screens/<name>-phone.png by `make screens`."""
    if folder := os.environ.get("SCREENS"):
        size, (width, height) = next(
            (size, each) for size, each in SIZES.items() if each[0] == page.viewport_size["width"]
        )
        page.evaluate("scrollTo(0, 0)")
        high = min(2 * height, page.evaluate("document.documentElement.scrollHeight"))
        clip = {"x": 0, "y": 0, "width": width, "height": high}
        page.screenshot(path=f"{folder}/{name}-{size}.png", full_page=True, clip=clip, animations="disabled")


def free_port():
    """A port of the loopback address that nobody has now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url):
    """Whether the server answers at all."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback
            return answer.status == 200
    except OSError:
        return False
