"""The real server and its connections to the database: no page keeps one, not even an error page; a crowd waits."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client


def cut():
    """End every session of anybody else with the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def asking(processes, coordinator):
    """`asking(3)("/path/")`: the status of a page of a server with three connections, as the coordinator gets it."""
    client = Client()
    client.force_login(coordinator)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def asking(connections):
        place = urlsplit(processes.serve(DATABASE_POOL=str(connections))[1]).netloc

        def ask(path):
            with closing(http.client.HTTPConnection(place, timeout=30)) as line:
                line.request("GET", path, headers={"Cookie": cookie})
                return line.getresponse().status

        return ask

    return asking


@pytest.fixture
def ask(asking):
    """The same of a server with one connection."""
    return asking(1)


def test_a_page_that_does_not_exist_keeps_no_connection(ask):
    assert [ask("/nothing/") for _ in range(3)] == [404] * 3
    assert ask("/") == 200


def test_it_is_still_not_found_after_every_session_was_cut(ask):
    for _ in range(3):
        assert ask("/nothing/") == 404
        cut()
        assert ask("/access-log/") == 403


def test_a_crowd_waits_for_its_turn(ask):
    with ThreadPoolExecutor(30) as crowd:
        assert list(crowd.map(ask, ["/"] * 30)) == [200] * 30


def test_after_every_session_was_cut_the_next_page_is_answered_however_many_there_were(asking):
    ask = asking(12)
    for _ in range(2):
        with ThreadPoolExecutor(30) as crowd:
            assert list(crowd.map(ask, ["/"] * 60)) == [200] * 60
        cut()
        assert ask("/") == 200
