"""Patients and users: what the database itself refuses, and how they are shown."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from pathway.protocol.types import Role
from pathway.record.person import Patient
from tests import factories


@pytest.mark.parametrize(
    "fields",
    [
        {"nhs_number": "943476591"},
        {"nhs_number": "943 476 59"},
        {"nhs_number": "\uff19\uff14\uff13\uff14\uff17\uff16\uff15\uff19\uff11\uff19"},
        {"nhs_number": "", "local_number": "", "initials": "", "family_name": ""},
        {"local_number": "123", "local_issuer": ""},
    ],
)
def test_the_database_refuses_a_patient_who_could_not_be_found_again(trust, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.patient(trust, **fields)


@pytest.mark.parametrize("number", ["9434765918", "943 476 5919", "0000000000"])
def test_a_form_refuses_a_wrong_nhs_number(trust, number):
    patient = Patient(organisation=trust, nhs_number=number, family_name="Test")
    with pytest.raises(ValidationError) as refused:
        patient.full_clean()
    assert "nhs_number" in refused.value.message_dict


def test_a_number_is_unique_within_a_trust_and_may_be_known_to_another(trust):
    factories.patient(trust, nhs_number="9434765919")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.patient(trust, nhs_number="9434765919")
    factories.patient(factories.organisation(), nhs_number="9434765919")


def test_several_patients_may_have_no_number_yet(trust):
    for _ in range(2):
        assert factories.patient(trust, initials="AB", family_name="", birth_date=None).is_provisional


@pytest.mark.parametrize(
    ("fields", "name", "number", "provisional"),
    [
        ({"nhs_number": "9434765919"}, "TEST, Ann", "943 476 5919", False),
        ({"local_number": "77", "local_issuer": "Trust A"}, "TEST, Ann", "77 (Trust A)", False),
        ({"initials": "AT", "family_name": "", "given_names": ""}, "AT", "No number yet", True),
        ({"nhs_number": "9434765919", "birth_date": None}, "TEST, Ann", "943 476 5919", True),
        ({"nhs_number": "9434765919", "given_names": ""}, "TEST", "943 476 5919", False),
    ],
)
def test_how_a_patient_is_shown(trust, fields, name, number, provisional):
    patient = factories.patient(trust, **{"family_name": "Test", "given_names": "Ann"} | fields)
    assert (str(patient), patient.number, patient.is_provisional) == (name, number, provisional)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(1957, 4, 12), date(2026, 4, 11), 68),
        (date(1957, 4, 12), date(2026, 4, 12), 69),
        (date(1960, 2, 29), date(2026, 2, 28), 65),
        (date(1960, 2, 29), date(2026, 3, 1), 66),
        (None, date(2026, 3, 1), None),
    ],
)
def test_age_in_whole_years(born, on, age):
    assert Patient(birth_date=born).age(on) == age


def test_somebody_who_has_left_has_no_roles(coordinator):
    assert coordinator.role_set == {Role.COORDINATOR}
    coordinator.is_active = False
    assert coordinator.role_set == frozenset()
