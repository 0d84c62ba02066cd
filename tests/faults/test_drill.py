"""`manage.py drill` with the real sweeper beside it: it climbs, reports, and leaves nothing that stands."""

import subprocess
import sys

import pytest

from pathway.engine.now import now
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.drill import Drill
from pathway.record.message import Address, Message
from tests.factories import duty, unit, user

pytestmark = pytest.mark.django_db(transaction=True)


def drilled(environment, *arguments):
    command = [sys.executable, "manage.py", "drill", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_walks_through_every_level_and_says_what_it_proved(environment, start):
    place = unit(name="Drilled unit")
    duty(place, "coordinator", user(trust=place.organisation))
    duty(place, "on-call consultant", user(trust=place.organisation))
    start("manage.py", "sweeper")
    done = drilled(environment, "--unit", "Drilled unit")
    assert done.returncode == 0, done.stderr
    assert "Drill in Drilled unit: 5 levels, 5 s apart." in done.stdout
    assert "5 of 5 levels were raised" in done.stdout
    for level in ("E1", "E2", "E3", "E4", "EX"):
        assert f"\n{level}  raised " in done.stdout
    assert "Not proved:\n" in done.stdout
    row = Drill.objects.get()
    assert row.ended_at
    late = [each["late_ms"] for each in row.levels if each["late_ms"] is not None]
    assert late
    assert max(late) < 1_200
    assert Case.objects.get().drill
    assert not Alert.objects.open().exists()
    assert Delivery.objects.filter(channel="inbox").exists()


def test_with_a_deliverer_it_goes_over_every_channel_and_says_how_fast(environment, sinks, start):
    place = unit(name="Drilled unit")
    for channel, value in (("email", "drill@hospital.example"), ("sms", "+447700900123")):
        person = user("coordinator", place.organisation, "clinician")
        for role in ("coordinator", "on-call consultant", "executive on call"):
            duty(place, role, person)
        Address.objects.create(user=person, channel=channel, value=value, added_at=now(), verified_at=now())
    start("manage.py", "sweeper")
    start("manage.py", "deliverer")
    done = drilled(environment)
    assert done.returncode == 0, done.stderr
    assert "\n  email: 5 of 5 were handed to the provider" in done.stdout
    assert "\n  sms: 5 of 5 were handed to the provider" in done.stdout
    for came in sinks.taken():
        assert "DRILL, nothing to do. MSCC pathway: 1 alert" in came.text
        assert "?" in came.text
    assert not sinks.taken("webhook")
    assert set(Message.objects.values_list("purpose", "urgent")) == {("drill", False)}


def test_a_unit_that_is_not_there_and_a_service_without_anybody_on_duty_are_said(environment, db):
    for arguments, said in (
        (("--unit", "Nowhere"), "There is no unit “Nowhere”."),
        ((), "Nobody is on duty in any unit"),
    ):
        done = drilled(environment, *arguments)
        assert done.returncode == 1
        assert said in done.stderr
