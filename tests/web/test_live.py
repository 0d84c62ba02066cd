"""The stream of changes, over the real broker: what it says to whom, and when it ends."""

import asyncio
import time
from contextlib import aclosing
from datetime import datetime
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client

from pathway import live
from pathway.engine import now as clock
from pathway.web import live as view
from pathway.web.session import ACTIVE, STARTED
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ENOUGH = 10  # seconds


@pytest.fixture(autouse=True)
def nothing_known():
    view.KNOWN.clear()


@pytest.fixture
def session(coordinator):
    """The session of the signed-in coordinator."""
    client = Client()
    client.force_login(coordinator)
    return client.session


def heard(session, user, *, until, meanwhile=lambda: None):
    """The events up to one that `until` accepts, or to the end; `meanwhile` runs once the first beat has come."""

    async def listen():
        events = []
        async with aclosing(view.events(session.session_key, user)) as stream:
            async for text in stream:
                name, data = (line.partition(": ")[2] for line in text.strip("\n").split("\n"))
                events.append((name, data))
                if name == "beat" and sum(each == "beat" for each, _ in events) == 1:
                    await asyncio.to_thread(view.asked, meanwhile)
                if until(name, data):
                    break
        return events

    async def in_time():
        async with asyncio.timeout(ENOUGH):
            return await listen()

    return asyncio.run(in_time())


def test_it_begins_with_everything_and_the_time_of_the_database(coordinator, session):
    events = heard(session, coordinator, until=lambda name, _: name == "beat")
    assert [name for name, _ in events] == ["changed", "beat"]
    assert events[0][1] == ""
    assert abs((datetime.fromisoformat(events[1][1]) - clock.now()).total_seconds()) < 2


def test_a_case_of_the_own_organisation_is_named_and_no_other(coordinator, session, outsider, unit):
    own = factories.case(place=unit)
    foreign = factories.case(place=factories.unit(outsider.organisation))

    def meanwhile():
        live.publish([foreign.uuid, uuid4(), own.uuid])

    events = heard(session, coordinator, until=lambda _, data: data == str(own.uuid), meanwhile=meanwhile)
    assert [data for name, data in events if name == "changed"] == ["", str(own.uuid)]


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_a_role_that_reads_no_cases_hears_only_the_time(trust, unit, role, monkeypatch):
    monkeypatch.setattr(view, "BEAT", 0.1)
    user, client = factories.user(role, trust), Client()
    client.force_login(user)
    case = factories.case(place=unit)
    beats = iter(range(20))
    events = heard(
        client.session, user, until=lambda name, _: name == "beat" and next(beats) > 5,
        meanwhile=lambda: live.publish([case.uuid]),
    )  # fmt: skip
    assert {data for name, data in events if name == "changed"} == {""}


def left(user):
    user.is_active = False


def moved(user):
    user.organisation = factories.organisation()


def demoted(user):
    user.roles = ["auditor"]


@pytest.mark.parametrize("change", [left, moved, demoted])
def test_it_ends_for_whoever_has_left_or_has_other_rights(coordinator, session, monkeypatch, change):
    monkeypatch.setattr(view, "BEAT", 0.1)
    monkeypatch.setattr(view, "CHECK", 0.3)
    changed = type(coordinator)(**{field.name: getattr(coordinator, field.name) for field in coordinator._meta.fields})
    change(changed)
    heard(session, coordinator, until=lambda *_: False, meanwhile=changed.save)


@pytest.mark.parametrize("key", [ACTIVE, STARTED])
def test_it_ends_with_the_session(coordinator, session, monkeypatch, key):
    monkeypatch.setattr(view, "BEAT", 0.1)
    monkeypatch.setattr(view, "CHECK", 0.3)

    def over():
        session[key] = time.time() - 13 * 3600
        session.save()

    heard(session, coordinator, until=lambda *_: False, meanwhile=over)


def test_it_ends_where_the_broker_is_away(coordinator, session, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert heard(session, coordinator, until=lambda *_: False) == []


def test_a_lost_message_is_made_good_by_reading_everything_again(coordinator, session, monkeypatch):
    monkeypatch.setattr(view, "BEAT", 0.1)
    monkeypatch.setattr(view, "CHECK", 0.3)
    whole = iter(range(5))
    heard(session, coordinator, until=lambda name, data: name == "changed" and not data and next(whole) > 2)


def test_nothing_may_keep_or_hold_back_the_stream(coordinator):
    async def headers():
        client = AsyncClient()
        await client.aforce_login(coordinator)
        answer = await client.get("/live/")
        await answer.streaming_content.aclose()
        return answer.headers

    found = asyncio.run(headers())
    assert found["Content-Type"].startswith("text/event-stream")
    assert (found["Cache-Control"], found["X-Accel-Buffering"]) == ("no-store", "no")
