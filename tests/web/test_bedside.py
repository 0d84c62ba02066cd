"""The pages at the bedside as answers: one entry a form, refusals on the form, one's own settings, nothing lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine.bedside import REPORT
from pathway.engine.now import now
from pathway.record.event import Event, standing
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def case(unit):
    case = factories.case(place=unit, at=now() - 30 * HOUR)
    factories.happen(case, "mobility.assessed", at=now() - 20 * HOUR, code="M3")
    return case


@pytest.fixture
def ask(client, physiotherapist, case):
    """`ask("bedside", code="M4")` sends a form of this page; without answers it is opened."""
    client.force_login(physiotherapist)

    def ask(name, *more, headers=None, **sent):
        address = reverse(name, args=[case.uuid, *more])
        if not sent:
            return client.get(address)
        form = {"submission": uuid4(), "seen": Event.objects.filter(case=case).latest("pk").pk} | sent
        return client.post(address, form, headers=headers)

    return ask


def entries(case, kind):
    return [each for each in standing(Event.objects.filter(case=case).order_by("pk")) if each.kind == kind]


def text(answer):
    return answer.content.decode()


def test_debug(ask, client, physiotherapist):
    key = uuid4()
    answer = ask("bedside", code="M3", submission=key, happened_at=now().isoformat(), headers={"X-Kept": str(physiotherapist.uuid)})
    print(answer.status_code, answer.headers, text(answer)[:300])
    client.get("/physio/")
    assert 0
