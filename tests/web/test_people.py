"""Who is on duty: read by all, changed by administrators of the own organisation."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.notify.inbox import unread
from pathway.protocol.types import Role
from pathway.record.rota import OnDuty
from pathway.record.shift import Duty
from tests import factories


def send(client, user, **values):
    client.force_login(user)
    return client.post(reverse("people"), values)


def test_an_administrator_puts_somebody_on_duty_and_takes_them_off(client, administrator, coordinator, unit):
    wanted = {"unit": unit.uuid, "role": "MSCC lead", "person": coordinator.uuid}
    for _ in range(2):
        assert send(client, administrator, what="add", **wanted).status_code == 302
    assert [str(duty.role) for duty in Duty.objects.all()] == ["MSCC lead"]
    assert "Take off" in client.get(reverse("people")).content.decode()
    for _ in range(2):
        assert send(client, administrator, what="remove", **wanted).status_code == 302
    assert not Duty.objects.exists()


def test_whoever_comes_on_duty_is_told_of_the_alerts_that_told_nobody(client, administrator, coordinator, unit):
    factories.case(at=clock.now() - timedelta(minutes=40), place=unit)
    tick()
    wanted = {"unit": unit.uuid, "role": "coordinator", "person": coordinator.uuid}
    send(client, administrator, what="add", **wanted)
    text = client.get(reverse("people")).content.decode()
    assert "1 open alert that had told nobody is now told." in text
    assert unread(coordinator) == 1
    client.force_login(coordinator)
    assert "Act on this case now" not in client.get(reverse("worklist")).content.decode()


def test_a_fixed_contact_is_told_of_them_too(client, administrator, coordinator, unit):
    for _ in range(2):
        factories.case(at=clock.now() - timedelta(minutes=40), place=unit)
    tick()
    send(client, administrator, what="contact", unit=unit.uuid, person=coordinator.uuid)
    assert "2 open alerts that had told nobody are now told." in client.get(reverse("people")).content.decode()
    assert unread(coordinator) == 2


def test_the_fixed_contact_is_named_and_told_where_nobody_holds_a_role(client, administrator, coordinator, unit):
    send(client, administrator, what="contact", unit=unit.uuid, person=coordinator.uuid)
    assert OnDuty([unit.pk], clock.now()).fixed == {unit.pk: coordinator.pk}
    assert "would tell nobody" not in client.get(reverse("people")).content.decode()
    send(client, administrator, what="contact", unit=unit.uuid, person="")
    assert OnDuty([unit.pk], clock.now()).fixed == {}


def test_a_unit_whose_alerts_would_tell_nobody_is_named_until_every_rung_tells_somebody(client, manager, unit):
    client.force_login(manager)
    factories.duty(unit, "coordinator", manager)
    assert "Some alerts would tell nobody" in client.get(reverse("people")).content.decode()
    factories.staff(unit)
    assert "Some alerts would tell nobody" not in client.get(reverse("people")).content.decode()


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "manager", "auditor"])
def test_the_others_read_only(client, trust, coordinator, unit, role):
    reader = factories.user(role, trust)
    answer = send(client, reader, what="add", unit=unit.uuid, role="coordinator", person=coordinator.uuid)
    assert answer.status_code == 403
    assert not Duty.objects.exists()
    assert "Put on duty" not in client.get(reverse("people")).content.decode()


def test_nothing_of_another_organisation_can_be_named_or_seen(client, administrator, outsider, coordinator, unit):
    foreign = factories.unit(outsider.organisation, "Elsewhere")
    for place, person in ((foreign, coordinator), (unit, outsider)):
        for what in ("add", "contact"):
            answer = send(client, administrator, what=what, unit=place.uuid, role="coordinator", person=person.uuid)
            assert "There is a problem" in answer.content.decode()
    assert not Duty.objects.exists()
    text = client.get(reverse("people")).content.decode()
    assert "Elsewhere" not in text
    assert outsider.username not in text


def test_somebody_who_has_left_is_not_shown_as_on_duty(client, administrator, coordinator, unit):
    factories.duty(unit, "coordinator", coordinator)
    coordinator.is_active = False
    coordinator.save()
    client.force_login(administrator)
    assert coordinator.username not in client.get(reverse("people")).content.decode()


def moved(person):
    person.organisation = factories.organisation()


def blind(person):
    person.roles = ["administrator", "auditor"]


@pytest.mark.parametrize("change", [moved, blind])
def test_whoever_could_not_read_the_alert_counts_as_nobody(client, administrator, coordinator, unit, change):
    """Else the alert would pass as told, and nobody would see it."""
    factories.duty(unit, "coordinator", coordinator)
    send(client, administrator, what="contact", unit=unit.uuid, person=coordinator.uuid)
    change(coordinator)
    coordinator.save()
    assert OnDuty([unit.pk], clock.now()).holders(unit.pk, [Role.COORDINATOR]) == []
    assert "Some alerts would tell nobody" in client.get(reverse("people")).content.decode()


def test_only_people_who_may_read_cases_can_be_put_on_duty(client, administrator, auditor, unit):
    for person in (administrator, auditor):
        for what in ("add", "contact"):
            send(client, administrator, what=what, unit=unit.uuid, role="coordinator", person=person.uuid)
    assert not Duty.objects.exists()
    assert OnDuty([unit.pk], clock.now()).holders(unit.pk, [Role.COORDINATOR]) == []


@pytest.mark.parametrize("what", [{}, {"what": ""}, {"what": "x"}])
def test_a_form_that_does_not_say_what_it_changes_is_refused(client, administrator, coordinator, unit, what):
    answer = send(client, administrator, unit=unit.uuid, role="coordinator", person=coordinator.uuid, **what)
    assert answer.status_code == 422
    assert "Nothing says what is to be changed." in answer.content.decode()
    assert not Duty.objects.exists()


@pytest.mark.parametrize("missing", ["unit", "role", "person"])
def test_what_is_missing_is_said(client, administrator, coordinator, unit, missing):
    wanted = {"unit": unit.uuid, "role": "coordinator", "person": coordinator.uuid} | {missing: ""}
    answer = send(client, administrator, what="add", **wanted)
    assert answer.status_code == 422
    assert f"Answer this: {missing.capitalize()}." in answer.content.decode()
    assert not Duty.objects.exists()
