"""Intake: half a minute from the call to running clocks, and never a second case of one patient unasked."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.case import Case
from pathway.record.person import Patient
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/cases/new/"


def call(unit, moment=None, **answers):
    """The shortest call: initials, and what decides the class."""
    local = (moment or now()).astimezone(LONDON)
    return {
        "initials": "AB",
        "unit": str(unit.uuid),
        "neurology": "yes",
        "place": "ward",
        "suspected_by": "ward registrar",
        "happened_at_date": local.strftime("%Y-%m-%d"),
        "happened_at_time": local.strftime("%H:%M"),
        "submission": uuid4(),
    } | answers


def test_initials_are_enough_to_start_the_clocks(unit, signed_in):
    answer = signed_in.post(URL, call(unit))
    case = Case.objects.get()
    assert answer.url == reverse("case", args=[case.uuid])
    assert (case.klass, case.patient.name, case.patient.is_provisional) == ("A", "AB", True)
    assert case.clocks.get(standard="contact_a").ended_at is None
    assert "Its clocks are running" in signed_in.get(answer.url).content.decode()


def test_an_intake_sent_again_for_another_patient_says_so_and_can_be_sent_as_a_new_one(unit, signed_in):
    sent = call(unit)
    signed_in.post(URL, sent)
    answer = signed_in.post(URL, sent | {"initials": "CD"})
    page = answer.content.decode()
    assert (answer.status_code, Case.objects.count()) == (409, 1)
    assert "used already" in page
    key = re.search(r'name="submission" value="([^"]+)"', page)[1]
    signed_in.post(URL, sent | {"initials": "CD", "submission": key})
    assert {case.patient.initials for case in Case.objects.all()} == {"AB", "CD"}


def test_the_call_was_when_it_was(unit, signed_in):
    moment = now().replace(second=0, microsecond=0) - timedelta(minutes=25)
    signed_in.post(URL, call(unit, moment))
    assert Case.objects.get().suspected_at == moment


@pytest.mark.parametrize(
    ("neurology", "cancer", "klass"),
    [("yes", "", "A"), ("yes", "none", "A"), ("no", "known", "B"), ("no", "suspected", "B"), ("no", "none", "C")],
)
def test_neurology_and_cancer_decide_the_class(unit, signed_in, neurology, cancer, klass):
    signed_in.post(URL, call(unit, neurology=neurology, cancer=cancer))
    assert Case.objects.get().klass == klass


def test_without_neurology_the_cancer_is_asked_for(unit, signed_in):
    answer = signed_in.post(URL, call(unit, neurology="no"))
    assert answer.status_code == 422
    assert "it decides between B and C" in answer.content.decode()


def test_the_only_unit_is_chosen_and_foreign_ones_are_not_there(unit, signed_in):
    elsewhere = factories.unit()
    page = signed_in.get(URL).content.decode()
    assert f'value="{unit.uuid}" selected' in page
    assert str(elsewhere.uuid) not in page
    assert signed_in.post(URL, call(elsewhere)).status_code == 422
    assert not Case.objects.exists()


def test_of_several_units_the_one_on_duty_is_chosen(unit, trust, signed_in, coordinator):
    mine = factories.unit(trust)
    assert " selected" not in signed_in.get(URL).content.decode().split('name="unit"')[1].split("</select>")[0].replace(
        'value="" selected', "")  # fmt: skip
    factories.duty(mine, "coordinator", coordinator)
    assert f'value="{mine.uuid}" selected' in signed_in.get(URL).content.decode()


def test_a_live_call_with_the_coordinator_is_contact_and_referral_at_once(unit, signed_in, coordinator):
    signed_in.post(URL, call(unit, live_call="on"))
    case = Case.objects.get()
    kinds = ["case.suspected", "contact.made", "referral.received"]
    assert [event.kind for event in case.events.order_by("pk")] == kinds
    assert len({event.occurred_at for event in case.events.all()}) == 1
    assert case.clocks.get(standard="contact_a").outcome == "met"
    assert case.clocks.get(standard="triage").ended_at is None


def test_only_a_coordinator_can_say_so(unit, client, physiotherapist):
    client.force_login(physiotherapist)
    assert b"live_call" not in client.get(URL).content
    client.post(URL, call(unit, live_call="on"))
    assert [event.kind for event in Case.objects.get().events.all()] == ["case.suspected"]


@pytest.mark.parametrize("role", ["manager", "administrator", "auditor"])
def test_others_open_no_case(unit, client, trust, role):
    client.force_login(factories.user(role, trust))
    assert client.get(URL).status_code == 403
    assert client.post(URL, call(unit)).status_code == 403
    assert not Case.objects.exists()


def test_a_double_submit_makes_one_case(unit, signed_in):
    sent = call(unit)
    first, second = signed_in.post(URL, sent), signed_in.post(URL, sent)
    assert first.url == second.url
    assert (Case.objects.count(), Patient.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", ["", "9990000018"])
def test_two_sendings_at_the_same_time_make_one_case(unit, coordinator, number):
    sent = call(unit, nhs_number=number)

    def send(_):
        client = Client()
        client.force_login(coordinator)
        try:
            return client.post(URL, sent).url
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        assert len(set(people.map(send, range(4)))) == 1
    assert (Case.objects.count(), Patient.objects.count()) == (1, 1)


def test_a_known_number_with_an_open_case_is_shown_and_never_a_second_case(unit, signed_in):
    case = factories.case(place=unit, at=now())
    number = case.patient.nhs_number
    answer = signed_in.post(URL, call(unit, nhs_number=number))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert case.patient.name in page
    assert reverse("case", args=[case.uuid]) in page
    assert "Another episode" in page
    assert Case.objects.count() == 1
    again = call(unit, nhs_number=number, known=str(case.patient.uuid))
    assert signed_in.post(URL, again).status_code == 302
    assert Case.objects.filter(patient=case.patient).count() == 2
    assert Patient.objects.count() == 1


def test_a_known_patient_without_a_case_is_asked_about(unit, signed_in):
    who = factories.patient(unit.organisation, family_name="Known")
    answer = signed_in.post(URL, call(unit, nhs_number=who.nhs_number))
    assert answer.status_code == 409
    assert "KNOWN" in answer.content.decode()
    assert "There is no open case" in answer.content.decode()


def test_a_number_of_another_organisation_is_nobodys(unit, signed_in):
    stranger = factories.patient()
    assert signed_in.post(URL, call(unit, nhs_number=stranger.nhs_number)).status_code == 302


def test_another_known_patient_in_the_form_is_not_taken(unit, signed_in):
    who, other = factories.patient(unit.organisation), factories.patient(unit.organisation)
    answer = signed_in.post(URL, call(unit, nhs_number=who.nhs_number, known=str(other.uuid)))
    assert answer.status_code == 409
    assert not Case.objects.exists()


def test_a_local_number_needs_its_issuer_and_is_known_again(unit, signed_in):
    assert signed_in.post(URL, call(unit, local_number="H77")).status_code == 422
    sent = call(unit, local_number="H77", local_issuer="Northern General")
    assert signed_in.post(URL, sent).status_code == 302
    assert signed_in.post(URL, sent | {"submission": uuid4()}).status_code == 409


BAD = {
    "nobody": {"initials": ""},
    "check digit": {"nhs_number": "9990000019"},
    "letter O": {"nhs_number": "999000001O"},
    "full-width digits": {"nhs_number": "".join(chr(ord(digit) + 0xFEE0) for digit in "9990000018")},
    "repeated digit": {"nhs_number": "1111111111"},
    "control character": {"initials": "A\x00"},
    "too many initials": {"initials": "ABCDEFGHIJKLMNOP"},
    "long name": {"family_name": "x" * 10_000},
    "born tomorrow": {"birth_date": (date.today() + timedelta(days=2)).isoformat()},  # noqa: DTZ011
    "born long ago": {"birth_date": "0001-01-01"},
    "no unit": {"unit": ""},
    "bad unit": {"unit": "x"},
    "no neurology": {"neurology": ""},
    "no place": {"place": ""},
    "unknown place": {"place": "moon"},
    "nobody suspects": {"suspected_by": " "},
    "no time": {"happened_at_time": "", "happened_at_date": ""},
    "year 9999": {"happened_at_date": "9999-12-31"},
    "unknown symptom": {"symptoms_0": ["pain.imagined"]},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_input_is_named_kept_and_opens_no_case(unit, signed_in, bad):
    answer = signed_in.post(URL, call(unit) | {"suspected_by": "Dr Kept"} | bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert "Dr Kept" in page or "suspected_by" in bad
    assert not Case.objects.exists()
    assert not Patient.objects.exists()


@pytest.mark.parametrize("hidden", [{"submission": "x"}, {"known": "x"}, {"proposed": "AB"}])
def test_a_form_whose_hidden_part_was_changed_is_called_damaged(unit, signed_in, hidden):
    answer = signed_in.post(URL, call(unit) | hidden)
    assert answer.status_code == 400
    assert "This form is damaged; open the page again. Nothing was saved." in answer.content.decode()
    assert not Case.objects.exists()


def test_a_call_in_the_future_or_before_birth_is_refused(unit, signed_in):
    answer = signed_in.post(URL, call(unit, now() + timedelta(hours=1)))
    assert answer.status_code == 422
    assert '<a href="#id_happened_at_0">Time of the call: ' in answer.content.decode()
    assert "has not come yet" in answer.content.decode()
    before = call(unit, now() - timedelta(days=5), birth_date=f"{now() - timedelta(days=1):%Y-%m-%d}")
    born = signed_in.post(URL, before)
    assert "before the patient was born" in born.content.decode()
    assert not Patient.objects.exists(), "nothing of a refused call stays"


def test_the_first_call_may_say_that_a_blood_cancer_is_possible(unit, signed_in):
    assert 'name="blood_cancer"' in signed_in.get(URL).content.decode()
    signed_in.post(URL, call(unit, blood_cancer="yes"))
    assert Case.objects.get().events.get().answers["blood_cancer"] is True


def test_the_same_initials_again_are_asked_about_and_may_be_another_patient(unit, signed_in):
    """Given a case of initials alone, when the same come in again, then somebody says whether it is the same."""
    signed_in.post(reverse("intake"), call(unit, initials="QZ"))
    again = signed_in.post(reverse("intake"), call(unit, initials="qz"))
    assert again.status_code == 409
    text = again.content.decode()
    assert "the same initials, of a case that began within the last 12 hours" in text
    assert Case.objects.count() == 1
    other = call(unit, initials="QZ", others=str(Patient.objects.get().uuid))
    assert signed_in.post(reverse("intake"), other).status_code == 302
    assert Case.objects.count() == 2
