"""Questions that anybody may ask of an escalation, answered by the real thing: 1, 2, 3, 6 and 7 of the twelve."""

import os
import time
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import redis
from django.db import connection
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine import reconcile
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery
from pathway.record.clock import Clock
from pathway.record.message import Address
from tests import factories
from tests.factories import START
from tests.faults import load, verdict
from tests.faults.crowd import all_true, until
from tests.faults.test_broker import BEAT, SWEEPER, WORKER
from tests.faults.test_deliverer import DELIVERER

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def place():
    return factories.unit()


@pytest.fixture
def on_duty(place, sinks):
    """`on_duty("on-call consultant", "sms")`: somebody who holds this role, with an address."""

    def on_duty(role, channel):
        person = factories.user("clinician", place.organisation)
        factories.duty(place, role, person)
        value = {"sms": f"+4477009{person.pk:05d}", "webhook": f"{sinks.url}/bleep"}[channel]
        now = clock.now()
        Address.objects.create(user=person, channel=channel, value=value, added_at=now, verified_at=now)
        return person

    return on_duty


@pytest.fixture
def world(sinks):
    yield load.World(f"{sinks.url}/bleep", units=8)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA faults CASCADE")


def recounted(sinks, seconds=60):
    """Wait until all is raised and handed over, then recount."""
    until(lambda: not verdict.waits(), seconds, every=0.2)
    verdict.keep([vars(each) for each in sinks.came()])
    return verdict.judge()


def soon(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251 - the same machine's clock as the database's


def test_1_every_worker_is_killed_for_an_hour(place, sinks, on_duty, start):
    """All that is due goes out, once, the most overdue first, in one message a person that says that it is late."""
    consultant, coordinator = on_duty("on-call consultant", "sms"), on_duty("coordinator", "webhook")
    factories.duty(place, "MSCC lead", consultant)
    now = clock.now()
    ages = [88 - 5 * number for number in range(6)]  # near the limit 58 to 33 minutes ago, over it 28 to 3 minutes ago
    cases = [factories.case(place=place, at=now - age * MINUTE) for age in ages]
    for arguments in (SWEEPER, DELIVERER):
        start(*arguments)
    limit = Alert.objects.filter(clock__standard="contact_a", level="E3").order_by("pk")
    until(lambda: limit.count() == len(cases) and len(sinks.taken()) == 2)
    assert [alert.case_id for alert in limit] == [case.pk for case in cases], "the most overdue first"
    clocks = Alert.objects.values_list("clock_id", flat=True)
    assert len(set(clocks)) == len(clocks), "of each clock the highest level only, once"
    assert Delivery.objects.filter(alert__in=limit, user=consultant, channel="inbox").count() == len(cases)
    assert {arrival.line for arrival in sinks.taken()} == {"sms", "webhook"}
    assert all("told late, since" in arrival.text for arrival in sinks.taken())
    time.sleep(2)
    assert len(sinks.taken()) == 2, "one bundle a person, once"
    assert not Delivery.objects.exclude(user__in=[consultant, coordinator]).exists()
    all_true()


def test_2_the_broker_is_flushed_in_the_middle_of_a_chain(world, sinks, start):
    """Both levels of each first contact come in time, though Celery alone sweeps, and its queue is emptied."""
    for arguments in (WORKER, BEAT, DELIVERER):
        start(*arguments)
    teams = [team for team in world.teams if team.people]
    begin = soon(8)
    due = load.make(world, [load.climbs(team, begin + timedelta(seconds=n / 4)) for n in range(8) for team in teams])
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        while soon(0) < begin + timedelta(seconds=10):
            broker.flushall()
            time.sleep(0.3)
    found = recounted(sinks)
    assert found.wrong == []
    assert found.due == due == 16 * len(teams)
    assert found.raised_worst < 15


def test_3_two_sweepers_and_two_workers_on_one_storm(world, sinks, start):
    for arguments in (SWEEPER, SWEEPER, WORKER, WORKER, BEAT, DELIVERER, DELIVERER):
        start(*arguments)
    dues = load.plan(world, 400, soon(10), 0.5, Random(3))
    load.make(world, dues)
    found = recounted(sinks, 90)
    assert found.wrong == []
    assert found.repeats == 0
    assert found.due > 400


def test_6_somebody_acknowledges_and_does_nothing(place, sinks, on_duty, start):
    """When the time that was said is over, the next person is told at once; before that, nobody is."""
    coordinator, registrar = on_duty("coordinator", "sms"), on_duty("radiology registrar", "webhook")
    case = factories.case(place=place, at=clock.now() - 15 * HOUR)
    tick()
    scan = Alert.objects.get(case=case, clock__standard="mri_a", level="E1")
    Clock.objects.exclude(pk=scan.clock_id).update(wake_at=None)
    until_when = clock.now() + timedelta(seconds=6)
    acknowledge(scan, by=coordinator, until=until_when)
    for arguments in (SWEEPER, DELIVERER):
        start(*arguments)
    until(lambda: any(each.line == "webhook" for each in sinks.taken()))
    following = Alert.objects.get(case=case, clock__standard="mri_a", level="E2")
    assert following.why == "lapsed"
    assert timedelta(0) <= following.raised_at - until_when < timedelta(seconds=2)
    told = Delivery.objects.filter(alert=following, user=registrar)
    assert sorted(told.values_list("channel", flat=True)) == ["inbox", "webhook"]
    arrival = next(each for each in sinks.taken() if each.line == "webhook")
    assert 0 <= arrival.at - until_when.timestamp() < 10


def test_7_a_scan_is_entered_two_hours_late(client):
    """Clock, alerts and figures tell one story: it was in time, nobody knew, the alert went out and stood down."""
    place = factories.unit()
    person = factories.user("coordinator", place.organisation, "clinician")
    for role in ("coordinator", "on-call consultant", "MSCC lead", "nurse in charge"):
        factories.duty(place, role, person)
    case = factories.case_at("imaging.booked", place=place)
    scan = Clock.objects.get(case=case, standard="mri_a")
    with clock.at(scan.due_at + MINUTE):
        tick()
    alert = Alert.objects.get(clock=scan, level="E3")
    done, entered = scan.due_at - HOUR, scan.due_at + HOUR
    factories.happen(case, "imaging.started", at=done - MINUTE, recorded=entered - MINUTE)
    factories.happen(case, "imaging.acquired", at=done, recorded=entered)
    scan.refresh_from_db()
    assert (scan.outcome, scan.ended_at, scan.said(entered), scan.is_late(entered)) == ("met", done, "met", False)
    alert.refresh_from_db()
    assert (alert.stood_down_at, alert.stood_down_why) == (entered, "clock ended")
    assert Delivery.objects.filter(alert=alert, user=person, channel="inbox").exists(), "what was told stays"
    with clock.at(entered + HOUR):
        counted = reconcile.counts(alert.raised_at.date())["levels"]["E3"]
    assert counted["raised"] == counted["told"] >= 1
    assert (counted["missing"], counted["untold"], counted["early"]) == (0, 0, 0)
    client.force_login(person)
    with clock.at(entered + HOUR):
        now = text(client.get(reverse("case", args=[case.uuid])))
        then = text(client.get(reverse("known", args=[case.uuid]), {"at": (entered - 30 * MINUTE).isoformat()}))
    assert "recorded late" in now
    assert "Stood down" in now
    assert "Images acquired" in now
    assert "Images acquired" not in then
    assert done > START


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())
