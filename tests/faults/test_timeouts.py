"""Nothing is waited for without end: a database or a broker that is mute, a lock, a process that stands still."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager, suppress
from functools import cache
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from kombu.exceptions import OperationalError as Unsent

from config.database.base import Connection
from pathway import live
from pathway.engine.now import now
from pathway.record.case import Case
from tests.factories import case as a_case
from tests.factories import happen, unit, user
from tests.faults.crowd import somebody_holds, until
from tests.faults.proxy import Proxies

pytestmark = pytest.mark.django_db(transaction=True)
HELD = """
import django, time
django.setup()
from django.db import transaction
from pathway.record.case import Case
with transaction.atomic():
    print(Case.objects.select_for_update().get(pk={pk}).pk, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def proxies(django_db_setup):
    where = connection.settings_dict
    port = where["PORT"] or 5432
    database = f"{where['HOST']}/.s.PGSQL.{port}" if where["HOST"].startswith("/") else f"{where['HOST']}:{port}"
    broker = urlsplit(os.environ["REDIS_URL"])
    with Proxies(database=database, broker=broker.path if broker.scheme == "unix" else broker.netloc) as proxies:
        yield proxies


@pytest.fixture(autouse=True)
def pass_on(proxies):
    yield
    proxies("database", "pass")
    proxies("broker", "pass")


@pytest.fixture
def through(proxies):
    """Django's connection to the test database, by way of the proxy."""
    line = connection.copy()
    line.settings_dict = line.settings_dict | {"HOST": "127.0.0.1", "PORT": str(proxies.ports["database"])}
    yield line
    line.close()


@pytest.fixture
def broker(proxies, settings, monkeypatch):
    """The broker of this process, by way of the proxy."""
    settings.REDIS_URL = f"redis://127.0.0.1:{proxies.ports['broker']}/0"
    monkeypatch.setattr(live, "connection", cache(live.connection.__wrapped__))
    live.connection().ping()


@contextmanager
def within(most, least=0.0):
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert least <= took < most, f"it took {took:.2f} s"


def ask(line, statement="SELECT 1"):
    with line.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_a_database_that_takes_all_and_says_nothing_is_given_up(proxies, through):
    assert ask(through) == 1
    through.connection.answer_within = 1
    proxies("database", "stall")
    with within(3, 1), pytest.raises(OperationalError, match="did not answer within 1 s"):
        ask(through)
    assert through.connection.closed
    proxies("database", "pass")
    through.close()
    assert ask(through) == 1


def test_a_server_that_is_well_ends_a_statement_before_its_answer_is_given_up():
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM current_setting('statement_timeout')::interval)")
        assert 0 < cursor.fetchone()[0] < Connection.answer_within


def test_a_database_where_nobody_says_hello_is_given_up(proxies, through):
    proxies("database", "stall")
    with within(8, 4), pytest.raises(OperationalError):
        ask(through)


def test_a_way_that_takes_nothing_more_is_given_up_by_the_system(proxies, through):
    """Sent and never acknowledged, as behind a firewall that forgot the connection; our own limit is switched off."""
    assert ask(through) == 1
    through.connection.answer_within = None
    proxies("database", "stall")
    with within(40, 9), pytest.raises(OperationalError):
        ask(through, f"SELECT length('{'x' * 40_000_000}')")


def test_the_system_looks_after_a_connection_on_which_nothing_comes(through):
    ask(through)
    with socket.socket(fileno=os.dup(through.connection.fileno())) as line:
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        kept = [getattr(socket, f"TCP_KEEP{name}") for name in ("IDLE", "INTVL", "CNT")]
        assert [line.getsockopt(socket.IPPROTO_TCP, each) for each in kept] == [10, 5, 3]


def test_a_lock_is_waited_for_five_seconds(through):
    case = a_case(at=now())
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        with within(8, 4.5), pytest.raises(OperationalError, match="lock timeout"):
            ask(through, f"SELECT id FROM pathway_case WHERE id = {case.pk} FOR UPDATE")


def test_a_process_that_stands_still_in_a_transaction_loses_its_case(environment):
    case = a_case(at=now())
    command = [sys.executable, "-c", HELD.format(pk=case.pk)]
    with subprocess.Popen(command, env=environment | {"PYTHONPATH": os.curdir}, stdout=subprocess.PIPE) as process:
        try:
            assert int(process.stdout.readline()) == case.pk
            process.send_signal(signal.SIGSTOP)
            assert somebody_holds(case)
            with within(14, 5):
                until(lambda: not somebody_holds(case))
        finally:
            process.kill()


@pytest.mark.parametrize("mode", ["stall", "refuse", "cut", "slow 150"])
def test_pages_and_moves_are_answered_within_a_second_whatever_the_broker_does(proxies, broker, client, mode):
    place = unit()
    person = user("coordinator", place.organisation)
    case = a_case(place=place, at=now())
    client.force_login(person)
    pages = reverse("worklist"), reverse("case", args=[case.uuid]), reverse("inbox")
    for page in pages:
        assert client.get(page).status_code == 200  # once, with templates and statements still to be prepared
    proxies("broker", mode)
    for page in pages:
        with within(1):
            assert client.get(page).status_code == 200
    with within(2 if mode.startswith("slow") else 1):
        happen(case, "contact.made", by=person)


@pytest.mark.parametrize("mode", ["stall", "refuse"])
def test_health_says_that_the_broker_is_away(proxies, broker, client, mode):
    proxies("broker", mode)
    with within(2):
        assert client.get(reverse("health_ready")).json()["broker"] == "away"


@pytest.mark.parametrize("mode", ["stall", "refuse"])
def test_the_stream_of_changes_ends_where_the_broker_is_mute(proxies, broker, mode):
    """So that the page polls: a stream that goes on would look as if nothing changed."""

    async def heard():
        async with aclosing(live.listen(0.5)) as changes:
            assert await anext(changes) == ""
            proxies("broker", mode)
            async with asyncio.timeout(5):
                async for change in changes:
                    assert change == ""

    # In a thread of its own: the loop of a browser may be running in this one.
    with ThreadPoolExecutor(1) as apart, pytest.raises((redis.RedisError, OSError)), within(4):
        apart.submit(asyncio.run, heard()).result()


def test_a_wake_up_that_the_broker_does_not_take_is_given_up(proxies):
    app = Celery("told", broker=f"redis://127.0.0.1:{proxies.ports['broker']}/0")
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    with app.connection_for_write() as line:
        app.send_task("pathway.tick", connection=line, queue="of a test")
        proxies("broker", "stall")
        with within(25, 5), pytest.raises((Unsent, redis.RedisError, OSError)):
            app.send_task("pathway.tick", connection=line, queue="of a test", retry=False)
        proxies("broker", "pass")
    with suppress(redis.RedisError), redis.Redis.from_url(os.environ["REDIS_URL"]) as direct:
        direct.delete("of a test")
