"""Who the patient is: every change is kept with what it replaced, and none is undone by a page that did not know it."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.identity import as_known, differences, identify, sentence
from pathway.engine.refused import Invalid, NotAllowed, Refused, Stale
from pathway.record.access import Access
from pathway.record.identity import IdentityChange
from tests.factories import START, a_number, case, patient, unit

pytestmark = pytest.mark.django_db
WHO = {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03"}
NUMBER = "9990000018"


@pytest.fixture
def known(unit):
    """A case whose patient has a name and no number yet."""
    who = {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03", "nhs_number": ""}
    return case(place=unit, who=patient(unit.organisation, **who))


def numbered(to, by, seen=0, **who):
    with clock.at(START):
        return identify(to, by=by, who=WHO | who, seen=seen)


def test_a_change_keeps_what_it_replaced_who_made_it_and_when(known, coordinator):
    numbered(known, coordinator, nhs_number=NUMBER)
    numbered(known, coordinator, seen=None, nhs_number=NUMBER, birth_date="1951-02-03")
    first, second = IdentityChange.objects.order_by("pk")
    assert (first.before, first.after) == ({"nhs_number": ""}, {"nhs_number": NUMBER})
    assert (second.before, second.after) == ({"birth_date": "1950-02-03"}, {"birth_date": "1951-02-03"})
    assert (first.patient, first.by, first.by_uuid, first.at) == (
        known.patient, str(coordinator), coordinator.uuid, START,
    )  # fmt: skip
    assert differences(first) == [("NHS number", "from none to 999 000 0018")]
    assert sentence(second) == (
        f"{coordinator} changed the identity at 09:00 on 2 March 2026: "
        "Birth date from 3 February 1950 to 3 February 1951."
    )


def test_a_page_that_does_not_know_of_a_change_is_told_who_changed_what(known, coordinator, clinician):
    _, seen = as_known(known.patient)
    numbered(known, coordinator, seen=seen, nhs_number=NUMBER)
    with pytest.raises(Stale, match=f"{coordinator} changed the identity at .*: NHS number from none to 999 000 0018"):
        numbered(known, clinician, seen=seen, given_names="Anna")
    values, seen = as_known(known.patient)
    assert (values["nhs_number"], values["given_names"]) == (NUMBER, "Ann")
    numbered(known, clinician, seen=seen, nhs_number=NUMBER, given_names="Anna")
    assert as_known(known.patient)[0]["given_names"] == "Anna"


def test_the_change_may_come_from_another_case_of_the_patient(known, coordinator, clinician):
    again = case(place=known.unit, who=known.patient)
    numbered(again, coordinator, nhs_number=NUMBER)
    with pytest.raises(Stale):
        numbered(known, clinician, given_names="Anna")


def test_the_second_sending_of_a_form_is_harmless_and_leaves_one_change(known, coordinator):
    for _ in range(2):
        numbered(known, coordinator, nhs_number=NUMBER)
    assert IdentityChange.objects.count() == 1
    assert Access.objects.filter(what="identity changed").count() == 1


def test_what_is_refused_changes_nothing(known, coordinator, manager):
    other = patient(known.organisation, nhs_number=a_number())
    for by, who, refusal in (
        (coordinator, {"nhs_number": other.nhs_number}, Refused),
        (coordinator, {"birth_date": "2026-03-03"}, Invalid),
        (coordinator, {"nhs_number": "9990000019"}, Invalid),
        (manager, {"nhs_number": NUMBER}, NotAllowed),
    ):
        with pytest.raises(refusal):
            numbered(known, by, **who)
    assert not IdentityChange.objects.exists()
    assert as_known(known.patient)[0]["nhs_number"] == ""


def test_nobody_is_born_after_compression_was_suspected(known, coordinator):
    with clock.at(START + timedelta(days=2)), pytest.raises(Invalid, match="after compression was suspected"):
        identify(known, by=coordinator, who=WHO | {"birth_date": "2026-03-03"})


def test_a_hospital_without_its_number_is_asked_for_the_number(known, coordinator):
    with pytest.raises(Invalid, match="local_number: Give the number"):
        numbered(known, coordinator, local_issuer="Infirmary")


def test_the_number_of_a_patient_elsewhere_is_no_hindrance(known, coordinator):
    patient(unit().organisation, nhs_number=NUMBER)
    assert numbered(known, coordinator, nhs_number=NUMBER).nhs_number == NUMBER
