"""The figures of the machine: readable by Prometheus, without a patient, and not for everybody."""

from datetime import timedelta

import pytest
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.heartbeat import Fault, begin
from pathway.record.message import Address, Message
from tests.factories import START, duty, user
from tests.factories import case as a_case

MINUTE = timedelta(minutes=1)


def read(client, **headers):
    """Every sample, by name and labels."""
    answer = client.get(reverse("metrics"), **headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name.removeprefix("mscc_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.fixture
def morning(unit):
    """A case whose first alert came two minutes late, one that waits, and a message."""
    person = user(trust=unit.organisation)
    duty(unit, "coordinator", person)
    address = Address.objects.create(user=person, channel="sms", value="07", added_at=START, verified_at=START)
    case = a_case(place=unit)
    with clock.at(START + 32 * MINUTE):
        tick(by="sweeper")
        audit()
    Message.objects.create(address=address, subject="1", body="1", created_at=START, state="sent")
    a_case(place=unit)
    Fault.objects.create(case=case, error="disk full", at=START)
    Alert.objects.update(unanswered_at=START)
    with clock.at(START + 33 * MINUTE):
        yield case


def test_every_figure_is_read_from_the_database(client, morning):
    begin("celery", START)
    found = read(client)
    assert found["raise_lateness_seconds_bucket", "60.0"] == 0
    assert found["raise_lateness_seconds_bucket", "300.0"] == 1
    assert found["raise_lateness_seconds_bucket", "+Inf"] == 1
    assert found["raise_lateness_seconds_gsum",] == 120
    assert found["cases_due",] == 1
    assert found["deliveries_waiting",] == 1
    assert (found["messages", "sent"], found["messages", "gone"]) == (1, 0)
    assert (found["alerts_unanswered",], found["faults",], found["rounds_hung",]) == (1, 1, 1)
    assert (found["audit_clean",], found["audit_faults", "missing"]) == (1, 0)
    assert found["clocks_running",] > 0
    ages = {key[1:]: value for key, value in found.items() if key[0] == "heartbeat_age_seconds"}
    assert set(ages.values()) == {60}
    assert {key[0] for key in found} >= {"clock_drift_seconds"}


def test_nothing_names_a_patient_a_person_or_a_case(client, morning):
    text = client.get(reverse("metrics")).content.decode()
    patient = morning.patient
    for secret in (patient.nhs_number, patient.given_names, morning.code, str(morning.uuid), "07"):
        assert f" {secret}" not in text
        assert f'"{secret}"' not in text


def test_a_service_that_has_done_nothing_yet_has_figures_too(client, db):
    found = read(client)
    assert found["cases_due",] == 0
    assert ("audit_clean",) not in found


def test_drills_are_no_figure(client, morning):
    Case.objects.update(drill=True)
    found = read(client)
    assert found["raise_lateness_seconds_bucket", "+Inf"] == 0
    assert (found["cases_due",], found["alerts_unanswered",]) == (0, 0)


FOREIGN = (
    {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
    {"HTTP_FORWARDED": "for=192.0.2.7"}, {"HTTP_X_REAL_IP": "192.0.2.7"},
)  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_without_a_token_only_this_machine_reads_them(client, db, headers):
    assert client.get(reverse("metrics"), **headers).status_code == 403


def test_with_a_token_everybody_who_has_it_reads_them_and_nobody_else(client, db, settings):
    settings.METRICS_TOKEN = "a-long-token"
    assert read(client, REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer a-long-token")
    for wrong in ("Bearer another", "a-long-token", ""):
        assert client.get(reverse("metrics"), HTTP_AUTHORIZATION=wrong).status_code == 403
    assert client.post(reverse("metrics")).status_code == 405
