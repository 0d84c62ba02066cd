"""The page of one case: what it shows, to whom, and in how many queries."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.access import Access
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=2))


@pytest.fixture
def look(client):
    """`look(case, user)`: the text of the page, its white space made single."""

    def look(case, user):
        client.force_login(user)
        answer = client.get(reverse("case", args=[case.uuid]))
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return look


def test_it_says_who_the_page_is_about(case, coordinator, look):
    page = look(case, coordinator)
    for words in (case.patient.name, "12 Apr 1957", case.patient.number, case.unit.name, "Class A: Suspected"):
        assert words in page
