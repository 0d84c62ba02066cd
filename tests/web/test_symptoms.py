"""Symptoms propose the class and say why; a person decides, and says why where they differ."""

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.symptoms import GROUPS, SYMPTOMS
from pathway.record.case import Case
from tests import factories
from tests.web.test_intake import URL, call

pytestmark = pytest.mark.django_db
WEAK, PAIN = {"symptoms_2": ["motor.legs_weak"]}, {"symptoms_0": ["pain.nocturnal"]}


def test_every_symptom_of_the_patient_page_can_be_marked(signed_in, unit):
    page = signed_in.get(URL).content.decode()
    assert [code for code in SYMPTOMS if f'value="{code}"' not in page] == []
    assert [title for title in GROUPS if title not in page] == []


def test_marked_symptoms_propose_a_class_and_say_why_before_a_case_is_opened(unit, signed_in):
    sent = call(unit, **WEAK)
    answer = signed_in.post(URL, sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Class A is proposed" in page
    assert "Weakness of a leg: a neurological symptom" in page
    assert not Case.objects.exists()
    signed_in.post(URL, sent | {"decided": "A", "proposed": "A"})
    first = Case.objects.get().events.get()
    assert first.answers["symptoms"] == ["motor.legs_weak"]
    assert "reason" not in first.answers


def test_symptoms_outweigh_a_no_to_neurology_until_somebody_decides(unit, signed_in):
    sent = call(unit, neurology="no", cancer="known", **WEAK)
    assert "Class A is proposed" in signed_in.post(URL, sent).content.decode()
    differing = sent | {"decided": "B", "proposed": "A"}
    answer = signed_in.post(URL, differing)
    assert answer.status_code == 422
    assert "the symptoms propose another class" in answer.content.decode()
    assert "Class A is proposed" in answer.content.decode()
    assert signed_in.post(URL, differing | {"reason": "old weakness after a stroke"}).status_code == 302
    case = Case.objects.get()
    assert case.klass == "B"
    assert case.events.get().answers["reason"] == "old weakness after a stroke"


def test_a_yes_to_neurology_proposes_a_although_only_pain_is_marked(unit, signed_in):
    page = signed_in.post(URL, call(unit, **PAIN)).content.decode()
    assert "Class A is proposed" in page
    assert "There is a neurological symptom or sign" in page


def test_a_proposal_that_nobody_has_seen_decides_nothing(unit, signed_in):
    sent = call(unit, neurology="no", cancer="known", decided="B", proposed="B", **WEAK)
    assert "Class A is proposed" in signed_in.post(URL, sent).content.decode()
    assert not Case.objects.exists()


@pytest.fixture
def case(unit):
    return factories.case("B", place=unit, at=now())


@pytest.fixture
def page_of(client, case):
    """`page_of(user, **marked)`: the answer of the case's symptoms page."""

    def page_of(user, **marked):
        client.force_login(user)
        return client.post(reverse("symptoms", args=[case.uuid]), marked).content.decode()

    return page_of


def test_later_symptoms_propose_a_change_of_class_as_a_form_with_the_reasons(case, coordinator, page_of):
    page = page_of(coordinator, cancer="known", **WEAK)
    assert "Class A is proposed; the case is class B" in page
    assert reverse("move", args=[case.uuid, "case", 0, "reclassify"]) in page
    assert "Weakness of a leg: a neurological symptom</textarea>" in page
    assert case.events.count() == 1


def test_the_same_class_changes_nothing(case, coordinator, page_of):
    page = page_of(coordinator, cancer="known", **PAIN)
    assert "Class B, as the case is" in page
    assert "reclassify" not in page
    assert "does not exclude compression" in page_of(coordinator)


def test_who_may_not_change_the_class_is_told_whom_to_tell(physiotherapist, page_of):
    page = page_of(physiotherapist, cancer="known", **WEAK)
    assert "tell them now" in page
    assert "reclassify" not in page


def test_managers_do_not_mark_symptoms(case, client, manager):
    client.force_login(manager)
    assert client.get(reverse("symptoms", args=[case.uuid])).status_code == 403
