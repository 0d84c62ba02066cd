"""The form of the identity: who changed what stands in the timeline, and a page that came too late undoes nothing."""

import re

import pytest
from django.urls import reverse

from pathway.record.identity import IdentityChange
from pathway.record.person import Patient
from tests import factories

pytestmark = pytest.mark.django_db
NUMBER = "999 000 0018"


@pytest.fixture
def case(unit):
    return factories.case(place=unit, who=factories.patient(unit.organisation, nhs_number=""), at=None)


def field(page, name):
    """What a field of the form holds."""
    tag = next(tag for tag in re.findall(r"<input [^>]*>", page) if f'name="{name}"' in tag)
    found = re.search(r'value="([^"]*)"', tag)
    return found[1] if found else ""


def form(page):
    """What a browser would send back if nothing were typed."""
    names = ("nhs_number", "family_name", "given_names", "initials", "birth_date", "local_number", "local_issuer")
    return {name: field(page, name) for name in (*names, "seen", "submission")}


def opened(client, user, case):
    client.force_login(user)
    return form(client.get(reverse("identity", args=[case.uuid])).content.decode())


def send(client, user, case, values):
    client.force_login(user)
    return client.post(reverse("identity", args=[case.uuid]), values)


def test_of_two_stale_pages_the_second_undoes_nothing(client, coordinator, clinician, case):
    one, two = opened(client, coordinator, case), opened(client, clinician, case)
    assert send(client, coordinator, case, one | {"nhs_number": NUMBER}).status_code == 302
    answer = send(client, clinician, case, two | {"given_names": "Changed"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{coordinator} changed the identity at" in page
    assert "NHS number from none to 999 000 0018" in page
    assert Patient.objects.get(pk=case.patient_id).number == NUMBER
    again = form(page)
    assert (again["nhs_number"], again["given_names"]) == ("9990000018", "Changed")
    assert send(client, clinician, case, again).status_code == 302
    assert Patient.objects.get(pk=case.patient_id).name == "TEST, Changed"
    assert Patient.objects.get(pk=case.patient_id).number == NUMBER


@pytest.mark.parametrize("seen", [{}, {"seen": ""}])
def test_a_form_that_does_not_say_what_it_knew_knew_nothing(client, coordinator, clinician, case, seen):
    sent = opened(client, clinician, case) | {"given_names": "Changed"}
    sent.pop("seen")
    send(client, coordinator, case, opened(client, coordinator, case) | {"nhs_number": NUMBER})
    assert send(client, clinician, case, sent | seen).status_code == 409
    assert Patient.objects.get(pk=case.patient_id).number == NUMBER


def test_a_second_submit_is_harmless(client, coordinator, case):
    sent = opened(client, coordinator, case) | {"nhs_number": NUMBER}
    assert [send(client, coordinator, case, sent).status_code for _ in range(2)] == [302, 302]
    assert IdentityChange.objects.count() == 1


def test_the_timeline_says_who_changed_what(client, coordinator, case):
    send(client, coordinator, case, opened(client, coordinator, case) | {"nhs_number": NUMBER})
    page = " ".join(client.get(reverse("case", args=[case.uuid])).content.decode().split())
    entry = page.split("Identity changed", 1)[1].split("</li>", 1)[0]
    assert "<dt>NHS number</dt><dd>from none to 999 000 0018</dd>" in entry
    assert re.search(rf"Changed <time [^>]*>[^<]*</time> by {coordinator}", entry)
