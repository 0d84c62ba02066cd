"""The auditor counts by itself, finds each kind of fault, wakes what was overslept, and tells a monitor outside."""

import logging
import threading
from datetime import time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection, transaction

from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.correct import correct
from pathway.engine.hold import hold
from pathway.engine.hush import suspend
from pathway.engine.respond import acknowledge, ask_for_help, decline, snooze
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery
from pathway.record.audit import Audit
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault, Heartbeat, beat, begin
from pathway.record.message import Address, Message
from pathway.record.person import User
from tests.factories import START, duty, happen, user
from tests.factories import case as a_case
from tests.faults.crowd import at_once

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    duty(unit, "coordinator", user(trust=unit.organisation))
    return a_case(place=unit)


def tick_at(moment):
    with clock.at(moment):
        return tick(by="sweeper")


def audit_at(moment):
    with clock.at(moment):
        return audit()


def found(audited):
    """What is not zero among the faults."""
    return {name: count for name in Audit.FAULTS if (count := getattr(audited, name))}


def test_a_sweep_in_time_leaves_nothing_to_find(case):
    tick_at(START + 25 * HOUR)
    seen = audit_at(START + 25 * HOUR + SECOND)
    assert found(seen) == {}
    assert seen.is_clean
    assert seen.running == Clock.objects.running().count()
    assert (seen.due, seen.raised) == (Alert.objects.values("clock").distinct().count(),) * 2
    assert str(seen) == "2026-03-03 10:00:01: clean"


def answers_to_alerts(case):
    """What people say, by minute: asking for time, acting, suspending, declining, asking for help."""
    person = user("coordinator", case.organisation, "clinician")
    duty(case.unit, "radiology registrar", person)
    review = {"why": "unfit", "named": "Dr Grey"}
    return {
        30: lambda alert: snooze(alert, by=person, until=clock.now() + 45 * MINUTE),
        120: lambda alert: acknowledge(alert, by=person),
        300: lambda _: suspend(case, "mri_a", by=person, answers=review | {"until": clock.now() + 2 * HOUR}),
        720: lambda alert: decline(alert, by=person, reason="at another bedside"),
        730: lambda alert: ask_for_help(alert, by=person),
    }


@pytest.mark.parametrize(
    ("answers", "whys"),
    [(answers_to_alerts, {"time", "declined", "help"}), (lambda case: {}, {"time", "silence", "empty"})],
    ids=["answered", "silent"],
)
def test_it_agrees_with_the_sweep_up_to_the_end_of_every_ladder(case, answers, whys):
    said = answers(case)
    for minutes in range(0, 30 * 60, 10):
        moment = START + minutes * MINUTE
        tick_at(moment)
        if minutes in said:
            with clock.at(moment):
                said[minutes](Alert.objects.open().filter(clock__standard__in=("contact_a", "mri_a")).latest("pk"))
        tick_at(moment)
        seen = audit_at(moment + SECOND)
        assert found(seen) == {}, (minutes, seen.cases)
        assert seen.late_ms <= 600_000, "no alert is taken for later than the sweeps are apart"
    assert Alert.objects.filter(calls__gt=1).exists()
    assert set(Alert.objects.values_list("why", flat=True)) >= whys


def overslept(case, until=None):
    """Let a case and its clocks wake at another time than they should, as no code of the service does."""
    Clock.objects.filter(case=case).update(wake_at=until)
    Case.objects.filter(pk=case.pk).update(wake_at=until)


def test_what_was_not_raised_is_found_named_and_woken_and_the_sweep_then_raises_it(case):
    overslept(case)
    due = START + 30 * MINUTE
    assert set(found(audit_at(due + 4 * SECOND))) == {"asleep"}, "the sweep may be at it"
    overslept(case)
    seen = audit_at(due + 6 * SECOND)
    assert (seen.missing, seen.cases, seen.woken, seen.is_clean) == (1, [case.pk], 1, False)
    assert (seen.due, seen.raised) == (1, 0)
    assert "1 due and not raised" in str(seen)
    assert not Alert.objects.exists(), "the auditor raises nothing itself"
    assert tick_at(due + 7 * SECOND) == 1
    after = audit_at(due + 8 * SECOND)
    assert (found(after), after.due, after.raised, after.late_ms) == ({}, 1, 1, 7_000)


def test_without_any_correction_of_the_sweeps_own_times_nothing_is_woken(case):
    tick_at(START + HOUR)
    assert audit_at(START + HOUR + SECOND).woken == 0


def test_a_clock_of_a_version_that_nobody_knows_is_missing(case):
    Case.objects.filter(pk=case.pk).update(protocol="mscc-1999.9")
    assert found(audit_at(START + MINUTE)) == {"missing": Clock.objects.running().count()}


def test_a_case_that_changed_just_now_is_given_a_moment_and_no_more_than_a_minute(case):
    overslept(case)
    for seconds, missing in ((30, 0), (61, 1)):
        moment = START + 30 * MINUTE + seconds * SECOND
        Case.objects.filter(pk=case.pk).update(changed_at=moment - SECOND)
        assert audit_at(moment).missing == missing
        overslept(case)


def test_a_case_that_the_sweep_set_aside_keeps_its_pause(case):
    Fault.objects.create(case=case, error="disk full", at=START)
    overslept(case, START + 2 * HOUR)
    seen = audit_at(START + HOUR)
    assert (seen.missing, seen.asleep, seen.woken) == (1, 0, 0)
    assert Case.objects.get(pk=case.pk).wake_at == START + 2 * HOUR


@pytest.mark.django_db(transaction=True)
def test_a_case_that_somebody_holds_is_woken_by_the_next_audit(unit):
    case = a_case(place=unit)
    overslept(case)
    with transaction.atomic():
        hold(case.pk)
        assert at_once(lambda: audit_at(START + HOUR).woken) == [0]
    assert audit_at(START + HOUR).woken == 1


@pytest.fixture
def address(case):
    """Where the one person on duty is told outside."""
    person = User.objects.get(duties__unit=case.unit)
    return Address.objects.create(user=person, channel="sms", value="1", added_at=START, verified_at=START)


def test_what_waits_too_long_for_a_message_is_found_but_for_quiet_hours_and_what_is_not_needed(case, address):
    tick_at(START + 30 * MINUTE)
    waited = START + 32 * MINUTE
    assert found(audit_at(waited)) == {}
    assert found(audit_at(waited + SECOND)) == {"unsent": 1}
    Address.objects.update(quiet_from=time(0), quiet_until=time(23))
    assert found(audit_at(waited + SECOND)) == {}
    Alert.objects.update(level="E3")
    assert found(audit_at(waited + SECOND)) == {"unsent": 1}
    Alert.objects.update(acknowledged_at=waited, acknowledged_by="A", acting_until=waited + MINUTE)
    assert audit_at(waited + SECOND).unsent == 0


def test_a_message_that_nobody_has_taken_up_is_found_and_one_on_its_way_is_not(case, address):
    message = Message.objects.create(address=address, subject="1", body="1", created_at=START, next_at=START)
    assert found(audit_at(START + MINUTE)) == {}
    assert found(audit_at(START + MINUTE + SECOND)) == {"unsent": 1}
    Message.objects.update(lease_until=START + 2 * MINUTE)
    assert found(audit_at(START + MINUTE + SECOND)) == {}
    Message.objects.update(lease_until=None, next_at=None)
    assert found(audit_at(START + 5 * MINUTE)) == {}
    assert message.state == "created"


def test_a_level_that_stands_twice_is_found(case):
    tick_at(START + 30 * MINUTE)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE pathway_alert DROP CONSTRAINT alert_once")
    twin = Alert.objects.get()
    twin.pk, twin.uuid = None, uuid4()
    twin.save(force_insert=True)
    Delivery.objects.create(alert=twin, user=User.objects.get(duties__unit=case.unit), told_at=START)
    assert found(audit_at(START + 31 * MINUTE)) == {"doubled": 1}


def test_what_was_raised_too_early_is_found_unless_the_record_changed_since(case):
    tick_at(START + 30 * MINUTE)
    Alert.objects.update(raised_at=START + 29 * MINUTE)
    assert found(audit_at(START + 31 * MINUTE)) == {"early": 1}
    Audit.objects.all().delete()
    happen(case, "steroids.indicated", at=START + 31 * MINUTE)
    assert found(audit_at(START + 31 * MINUTE)) == {}


def test_an_audit_looks_back_to_the_one_before_and_an_hour_at_most(case):
    tick_at(START + 31 * MINUTE)
    assert audit_at(START + 32 * MINUTE).late_ms == 60_000
    assert audit_at(START + 33 * MINUTE).late_ms == 0
    Audit.objects.all().delete()
    assert audit_at(START + 91 * MINUTE).told == 0


def test_a_correction_is_no_lateness(unit):
    """The scan was first typed with a later suspicion: what is due by the corrected start was not due before."""
    case = a_case(place=unit, at=START)
    event = case.events.get()
    with clock.at(START + 10 * HOUR):
        correct(
            event, by=user("coordinator", unit.organisation, "clinician"), why="misheard", occurred_at=START - 20 * HOUR
        )
    tick_at(START + 10 * HOUR)
    assert audit_at(START + 10 * HOUR + SECOND).late_ms == 0


def test_drills_are_not_counted(case):
    Case.objects.update(drill=True)
    overslept(case)
    tick_at(START + 30 * MINUTE)
    seen = audit_at(START + 5 * HOUR)
    assert (seen.running, seen.due, seen.missing, seen.told) == (0, 0, 0, 0)


def test_audits_are_kept_for_thirty_days(case):
    first = audit_at(START)
    audit_at(START + timedelta(days=30))
    assert Audit.objects.filter(pk=first.pk).exists()
    audit_at(START + timedelta(days=30, seconds=1))
    assert not Audit.objects.filter(pk=first.pk).exists()


def test_what_the_loops_lack_is_kept_with_the_audit(case):
    begin("celery", START - MINUTE - SECOND)
    beat("sweeper", START - 16 * SECOND)
    Heartbeat.objects.filter(name="sweeper").update(drift_ms=-6_000)
    seen = audit_at(START)
    late, hung, drift = seen.troubles
    assert late == "The sweep is late."
    assert hung.startswith("“celery” on ")
    assert hung.endswith(" began at 08:58 on 2 March 2026 and has not come round since.")
    assert drift.endswith(" (“sweeper”) is 6.0 s behind the database's: set it right.")
    assert seen.is_clean


def test_the_auditor_is_heard_and_forgets_hosts_that_are_gone(case):
    beat("sweeper", START - timedelta(days=1, seconds=1))
    audit_at(START)
    assert dict(Heartbeat.objects.values_list("name", "at")) == {"audit": START}


@pytest.fixture
def monitor(settings):
    """A monitor outside: a real HTTP server that notes what it was asked, and answers as told."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            asked.append((self.path, self.headers.get("Content-Length")))
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.HEARTBEAT_URL = f"http://127.0.0.1:{server.server_port}/ping/abc"
    yield SimpleNamespace(asked=asked, answer=Answer)
    server.shutdown()
    server.server_close()


def test_the_monitor_outside_hears_of_a_clean_audit_without_any_data(case, monitor):
    tick_at(START)
    audit_at(START + SECOND)
    assert monitor.asked == [("/ping/abc", None)]
    assert Heartbeat.objects.get(name="outside").at == START + SECOND


WRONG = {
    "the sweep is stopped": lambda case: Heartbeat.objects.update(at=START - MINUTE),
    "a level is held back": overslept,
    "a clock is out": lambda case: Heartbeat.objects.update(drift_ms=5_001),
    "a sweep hangs": lambda case: begin("celery", START - 2 * MINUTE),
    "nobody sends": lambda case: Message.objects.create(
        address=Address.objects.create(user=user(), channel="sms", value="1", added_at=START, verified_at=START),
        subject="1", body="1", created_at=START, next_at=START - HOUR,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_the_monitor_outside_hears_nothing_while(case, monitor, what, caplog):
    caplog.set_level(logging.CRITICAL)
    tick_at(START)
    WRONG[what](case)
    audit_at(START + 2 * SECOND)
    assert monitor.asked == []


def test_the_lateness_of_a_loop_keeps_the_monitor_waiting_without_a_fault_of_the_count(case, monitor, caplog):
    caplog.set_level(logging.CRITICAL)
    assert audit_at(START).is_clean
    assert monitor.asked == []


@pytest.mark.parametrize("way", ["answers with a fault", "is away"])
def test_a_monitor_that_is_not_reached_stops_no_audit(case, monitor, settings, way, caplog):
    caplog.set_level(logging.CRITICAL)
    monitor.answer.status = 503
    if way == "is away":
        settings.HEARTBEAT_URL = "http://127.0.0.1:1/"
    tick_at(START)
    assert audit_at(START).is_clean
    assert not Heartbeat.objects.filter(name="outside").exists()
    assert Heartbeat.objects.filter(name="audit").exists()
