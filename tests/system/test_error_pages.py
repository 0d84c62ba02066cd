"""Error pages of the real server: they keep no database session, and a session that was cut breaks none of them."""

import http.client
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.system.launcher import wait_for

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def others(what):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} {OTHERS}")
        return cursor.fetchall()


@pytest.fixture
def ask(processes, coordinator):
    """`ask("/path/")`: the status of this page of a server of its own, as the coordinator gets it."""
    client = Client()
    client.force_login(coordinator)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    place = urlsplit(processes.serve()[1]).netloc

    def ask(path):
        with closing(http.client.HTTPConnection(place, timeout=10)) as line:
            line.request("GET", path, headers={"Cookie": cookie})
            return line.getresponse().status

    return ask


def test_a_page_that_does_not_exist_leaves_no_session_behind(ask):
    assert [ask("/nothing/") for _ in range(3)] == [404] * 3
    assert wait_for(lambda: not others("pid"), within=5)


def test_it_is_still_not_found_after_every_session_was_cut(ask):
    for _ in range(3):
        assert ask("/nothing/") == 404
        others("pg_terminate_backend(pid)")
        assert ask("/access-log/") == 403
