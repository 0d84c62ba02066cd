"""The access log, for auditors of the own organisation."""

from datetime import datetime

import pytest
from django.urls import reverse

from pathway.protocol.hours import LONDON
from pathway.record.access import Access, opened
from tests import factories


@pytest.fixture
def case(unit):
    return factories.case(place=unit)


def shown(client, user, **query):
    client.force_login(user)
    answer = client.get(reverse("access_log"), query)
    return [access.pk for access in answer.context["page_obj"]]


def log(case, by, day="2026-03-02 12:00"):
    opened(case, by=by)
    entry = Access.objects.latest("pk")
    Access.objects.filter(pk=entry.pk).update(at=datetime.fromisoformat(day).replace(tzinfo=LONDON))
    return entry.pk


def test_opening_a_case_is_shown_with_person_case_and_time(client, coordinator, auditor, case):
    client.force_login(coordinator)
    client.get(reverse("case", args=[case.uuid]))
    client.force_login(auditor)
    text = client.get(reverse("access_log")).content.decode()
    assert coordinator.username in text
    assert case.code in text
    assert case.patient.name not in text


def test_the_newest_is_on_top(client, coordinator, auditor, case):
    old, new = log(case, coordinator, "2026-03-01 12:00"), log(case, coordinator)
    assert shown(client, auditor) == [new, old]


def test_by_person_case_number_and_day(client, coordinator, auditor, case):
    other = factories.case(place=case.unit)
    clinician = factories.user("clinician", auditor.organisation)
    mine = log(case, coordinator, "2026-06-30 23:59")
    theirs = log(other, clinician, "2026-07-01 00:00")
    assert shown(client, auditor, person=coordinator.username) == [mine]
    assert shown(client, auditor, person="nobody") == []
    for number in (case.code, case.code.lower(), str(case.pk), case.patient.nhs_number, case.patient.number):
        assert shown(client, auditor, case=number) == [mine]
    assert shown(client, auditor, case="x") == []
    assert shown(client, auditor, first="2026-07-01") == [theirs]
    assert shown(client, auditor, last="2026-06-30") == [mine]
    assert shown(client, auditor, first="2026-06-30", last="2026-07-01") == [theirs, mine]


def test_a_day_that_does_not_exist_is_said_and_shows_nothing(client, auditor, coordinator, case):
    log(case, coordinator)
    assert shown(client, auditor, first="2026-02-30") == []
    assert "There is a problem" in client.get(reverse("access_log"), {"first": "2026-02-30"}).content.decode()


def test_the_log_of_another_organisation_is_not_shown(client, coordinator, case):
    log(case, coordinator)
    assert shown(client, factories.user("auditor")) == []


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "manager", "administrator"])
def test_it_is_for_auditors_only(client, trust, role):
    client.force_login(factories.user(role, trust))
    assert client.get(reverse("access_log")).status_code == 403
