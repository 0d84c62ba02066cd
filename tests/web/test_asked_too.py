"""Where consent or advice is missing the same form asks for it, and records both or neither."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from tests import factories
from tests.web.forms import address, typed

pytestmark = pytest.mark.django_db
CONSENT, ADVICE = "also_consent_recorded_", "also_stability_advised_"


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(hours=2)


@pytest.fixture
def case(unit, begun):
    case = factories.case(place=unit, at=begun)
    factories.happen(case, "case.confirmed", at=begun + timedelta(minutes=1))
    return case


@pytest.fixture
def signed_in(client, clinician):
    client.force_login(clinician)
    return client


def kinds(case):
    return [event.kind for event in case.events.order_by("pk")][2:]


def at_local(prefix, moment):
    local = moment.astimezone(LONDON)
    return {f"{prefix}happened_at_date": f"{local:%Y-%m-%d}", f"{prefix}happened_at_time": f"{local:%H:%M}"}


TREATMENTS = [
    ("radiotherapy.fraction", {"n": 1, "of": 5}, "radiotherapy"),
    ("surgery.started", {}, "surgery"),
    ("systemic.started", {"kind": "chemotherapy"}, "systemic"),
]


@pytest.mark.parametrize(("kind", "answers", "procedure"), TREATMENTS)
def test_the_start_of_a_treatment_asks_for_consent_too_and_records_both(case, signed_in, kind, answers, procedure):
    page = signed_in.get(address(case, kind)).content.decode()
    assert "No basis of consent" in page
    assert "Consent: Basis" in page
    assert f'name="{CONSENT}procedure"' not in page
    moment = now().replace(second=0, microsecond=0)
    answer = signed_in.post(address(case, kind), typed(case, moment, **answers, **{f"{CONSENT}basis": "emergency"}))
    assert answer.status_code == 302
    consent, treatment = case.events.order_by("pk")[2:]
    assert (consent.kind, consent.answers) == ("consent.recorded", {"procedure": procedure, "basis": "emergency"})
    assert (treatment.kind, consent.occurred_at, treatment.occurred_at) == (kind, moment, moment)


def test_the_consent_may_have_its_own_time(case, signed_in, begun):
    given = begun + timedelta(minutes=30)
    sent = typed(case, n=1, of=1, **{f"{CONSENT}basis": "given"}, **at_local(CONSENT, given))
    assert signed_in.post(address(case, "radiotherapy.fraction"), sent).status_code == 302
    assert case.events.get(kind="consent.recorded").occurred_at == given


def test_an_impossible_time_of_the_consent_is_not_said_of_the_treatment(case, signed_in):
    sent = typed(case, n=1, of=1, **{f"{CONSENT}basis": "given"}, **at_local(CONSENT, now() - timedelta(days=400)))
    answer = signed_in.post(address(case, "radiotherapy.fraction"), sent)
    page = answer.content.decode()
    assert (answer.status_code, kinds(case)) == (409, [])
    assert "is more than a year ago" in page
    assert 'id="id_happened_at_error"' not in page


@pytest.mark.parametrize(
    ("also", "status", "said"),
    [
        ({}, 409, "No basis of consent for radiotherapy is recorded"),
        ({f"{CONSENT}basis": "refused"}, 409, "No basis of consent for radiotherapy is recorded"),
        ({f"{CONSENT}basis": "perhaps"}, 422, "Choose one of the answers: Basis"),
    ],
)
def test_a_refusal_of_either_writes_nothing_and_keeps_what_was_typed(case, signed_in, also, status, said):
    answer = signed_in.post(address(case, "radiotherapy.fraction"), typed(case, n=1, of=7, **also))
    page = answer.content.decode()
    assert (answer.status_code, kinds(case)) == (status, [])
    assert said in page
    assert 'value="7"' in page
    assert "Consent: Basis" in page


def test_twice_makes_one_of_each_and_another_consent_with_the_same_key_is_refused(case, signed_in):
    sent = typed(case, n=1, of=5, **{f"{CONSENT}basis": "given"})
    path = address(case, "radiotherapy.fraction")
    for _ in range(2):
        assert signed_in.post(path, sent).status_code == 302
    assert kinds(case) == ["consent.recorded", "radiotherapy.fraction"]
    answer = signed_in.post(path, sent | {f"{CONSENT}basis": "emergency"})
    assert answer.status_code == 409
    assert "used already" in answer.content.decode()
    assert kinds(case) == ["consent.recorded", "radiotherapy.fraction"]


def test_a_stale_form_with_a_consent_writes_neither(case, signed_in, coordinator):
    sent = typed(case, n=2, of=5, **{f"{CONSENT}basis": "given"})
    minute = now().replace(second=0, microsecond=0)
    factories.happen(case, "radiotherapy.decided", at=minute, by=coordinator)
    answer = signed_in.post(address(case, "radiotherapy.fraction"), sent)
    assert answer.status_code == 409
    assert kinds(case) == ["radiotherapy.decided"]
    assert "Somebody was quicker" in answer.content.decode()


SITTING = [
    ("position.cleared_to_sit", {"cleared_by": "consultant"}),
    ("rehabilitation.stepped", {"step": "R2"}),
    ("position.reviewed", {"position": "mobile", "reviewed_by": "consultant"}),
]


@pytest.mark.parametrize(("kind", "answers"), SITTING)
def test_sitting_up_asks_for_the_advice_or_for_a_senior(case, signed_in, begun, kind, answers):
    factories.happen(case, "position.ordered", at=begun + timedelta(minutes=2))
    sent = typed(case, **answers)
    assert signed_in.post(address(case, kind), sent).status_code == 409
    advised = {f"{ADVICE}opinion": "unstable", f"{ADVICE}adviser": "spinal surgeon"}
    assert signed_in.post(address(case, kind), sent | advised).status_code == 409
    half = signed_in.post(address(case, kind), sent | {f"{ADVICE}opinion": "stable", "override_by": ""})
    assert half.status_code == 422
    assert "Answer this: Adviser (name and role)." in half.content.decode()
    assert kinds(case) == ["position.ordered"]
    advised[f"{ADVICE}opinion"] = "stable"
    assert signed_in.post(address(case, kind), sent | advised).status_code == 302
    assert kinds(case) == ["position.ordered", "stability.advised", kind]


def test_a_senior_needs_a_reason_and_is_enough(case, signed_in):
    page = signed_in.get(address(case, "position.cleared_to_sit")).content.decode()
    assert "Stability: Opinion" in page
    assert 'name="override_by"' in page
    sent = typed(case, cleared_by="x", override_by="consultant on call", override_reason="", **{f"{ADVICE}opinion": ""})
    half = signed_in.post(address(case, "position.cleared_to_sit"), sent)
    assert half.status_code == 422
    assert "Answer this: Why." in half.content.decode()
    whole = sent | {"override_reason": "wants to sit for his daughter"}
    assert signed_in.post(address(case, "position.cleared_to_sit"), whole).status_code == 302
    assert case.events.get(kind="position.cleared_to_sit").answers["override"]["by"] == "consultant on call"


def test_who_may_not_record_consent_is_not_asked_for_it(case, client, physiotherapist):
    client.force_login(physiotherapist)
    page = client.get(address(case, "radiotherapy.fraction")).content.decode()
    assert "Consent: Basis" not in page
    assert "No basis of consent" in page
    answer = client.post(address(case, "radiotherapy.fraction"), typed(case, n=1, of=5))
    assert answer.status_code == 409
    assert "Consent: Basis" not in answer.content.decode()


def test_the_page_of_the_case_says_that_the_form_asks(case, signed_in):
    page = signed_in.get(reverse("case", args=[case.uuid])).content.decode()
    assert "asks for what is missing too" in page
    assert "Consent: Basis" in page
