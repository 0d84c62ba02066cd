"""What a script hears of an entry that it had kept: what was recorded, or that it is refused for good."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.case import Case
from pathway.record.falls import REPORT
from pathway.web.session import ACTIVE
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def case(unit):
    case = factories.case(place=unit, at=now() - 30 * HOUR)
    factories.happen(case, "mobility.assessed", at=now() - 20 * HOUR, code="M3")
    return case


@pytest.fixture
def send(client, physiotherapist, case):
    """`send(code="M4")` sends a grade as the script of this person does; the same key each time."""
    client.force_login(physiotherapist)
    mine, key = {"X-Kept": str(physiotherapist.uuid)}, uuid4()

    def send(where=None, headers=None, **sent):
        form = {"submission": key} | sent
        return client.post(where or reverse("bedside", args=[case.uuid]), form, headers=mine | (headers or {}))

    return send


def graded(case):
    return [event.answers["code"] for event in case.events.filter(kind="mobility.assessed").order_by("pk")]


def test_it_hears_what_was_recorded_and_that_a_fall_was_reported(send, case):
    answer = send(code="M2")
    assert (answer.status_code, answer.json()["worse"]) == (201, "")
    assert answer.json()["said"].startswith("Recorded: Mobility M2")
    key = uuid4()
    for _ in range(2):
        fall = send(code="M7", submission=key)
        assert fall.json()["worse"] == "Worse than before: this was reported at once, as a deterioration."
    assert case.events.filter(kind=REPORT).count() == 1


def test_the_next_page_says_nothing_of_it_whoever_it_is_about(send, client, case):
    """A page of another patient that opens next would carry the words under the wrong name."""
    send(code="M2")
    assert "Recorded: Mobility" not in client.get(reverse("physio")).content.decode()
    client.post(reverse("bedside", args=[case.uuid]), {"submission": uuid4(), "code": "M2"})
    assert "Recorded: Mobility" in client.get(reverse("physio")).content.decode()


def test_an_entry_that_is_recorded_is_never_refused_when_it_is_sent_again(send, case):
    """Given a lost answer, when it is sent again of a time to come and of a case that has ended, it is there, once."""
    send(code="M2", happened_at=(now() - HOUR).isoformat())
    factories.happen(case, "case.died", at=now() - timedelta(minutes=1))
    to_come = (now() + 2 * HOUR).isoformat()
    assert send(code="M2", happened_at=to_come, headers={"X-Waited": "yes"}).status_code == 201
    assert graded(case) == ["M3", "M2"]
    other = send(code="M2", submission=uuid4(), happened_at=to_come, headers={"X-Waited": "yes"})
    assert (other.status_code in (409, 422), other.headers["X-Refused"]) == (True, "yes")


def test_a_key_of_another_case_is_no_answer_for_this_one(send, case, unit):
    send(code="M2")
    other = factories.case(place=unit, at=now() - 30 * HOUR)
    assert send(reverse("bedside", args=[other.uuid]), code="M2").status_code != 201
    assert graded(other) == []


def test_what_is_refused_for_good_is_marked_as_an_answer_of_this_service(send, case, client):
    answers = [send(code="M99"), send(reverse("bedside", args=[uuid4()]), code="M2"), send(code="M2", submission="x")]
    factories.happen(case, "case.died", at=now() - HOUR)
    answers.append(send(code="M2"))
    assert [(each.status_code, each.headers.get("X-Refused")) for each in answers] == [
        (422, "yes"), (404, "yes"), (400, "yes"), (409, "yes"),
    ]  # fmt: skip
    plain = client.post(reverse("bedside", args=[case.uuid]), {"submission": uuid4(), "code": "M99"})
    assert (plain.status_code, "X-Refused" in plain.headers) == (422, False)
    for each in (send(code="M2", headers={"X-Kept": str(uuid4())}), client.get(reverse("physio"))):
        assert "X-Refused" not in each.headers


def test_a_case_of_a_newer_release_refuses_only_for_a_while(send, case):
    Case.objects.filter(pk=case.pk).update(protocol="mscc-2099.1")
    answer = send(code="M2")
    assert (answer.status_code, answer.headers["Retry-After"], "X-Refused" in answer.headers) == (409, "60", False)


def test_what_is_sent_again_by_itself_is_no_sign_that_somebody_is_there(send, client):
    session = client.session
    session[ACTIVE] = time.time() - 1000
    session.save()
    assert send(code="M2", headers={"X-Waited": "yes"}).status_code == 201
    assert time.time() - client.session[ACTIVE] > 990
    session = client.session
    session[ACTIVE] = time.time() - settings.SESSION_IDLE_SECONDS
    session.save()
    assert send(code="M2", headers={"X-Waited": "yes"}).status_code == 401
