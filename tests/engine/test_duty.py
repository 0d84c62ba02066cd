"""Coming on duty: an alert that told nobody tells the first who holds a role of its rung."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.duty import fix_contact, put_on
from pathway.engine.tick import tick
from pathway.protocol.types import Role
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from tests import factories
from tests.factories import START, duty, happen

HOUR = timedelta(hours=1)
LATER = START + 13 * HOUR
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    """A case whose MRI clock turned amber at night, when nobody was on duty."""
    made = factories.case(place=unit)
    with clock.at(START + 12 * HOUR):
        tick()
    return made


def mri(case, rung=0):
    return Alert.objects.get(case=case, clock__standard="mri_a", rung=rung)


def come(unit, role, person, at=LATER):
    with clock.at(at):
        return put_on(unit, Role(role), person, by=person)


def test_whoever_comes_on_duty_is_told_and_the_alert_no_longer_told_nobody(case, coordinator):
    assert mri(case).nobody
    assert come(case.unit, "coordinator", coordinator) >= 1
    assert not mri(case).nobody
    delivery = mri(case).deliveries.get()
    assert (delivery.user, delivery.told_at, delivery.read_at) == (coordinator, LATER, None)
    assert Case.objects.get(pk=case.pk).changed_at == LATER


def test_a_role_that_the_rung_does_not_tell_is_not_told(case, manager):
    come(case.unit, "MSCC lead", manager)
    assert mri(case).nobody
    assert not mri(case).deliveries.exists()


def test_somebody_in_another_unit_is_not_told(case, coordinator, trust):
    assert come(factories.unit(trust), "coordinator", coordinator) == 0
    assert mri(case).nobody


def test_who_follows_is_not_told_again_of_what_somebody_was_told(case, coordinator, clinician):
    come(case.unit, "coordinator", coordinator)
    assert come(case.unit, "coordinator", clinician) == 0
    assert come(case.unit, "coordinator", coordinator) == 0
    assert not Delivery.objects.filter(user=clinician).exists()


def test_what_has_stood_down_is_not_told(case, coordinator):
    happen(case, "imaging.acquired", at=START + 12 * HOUR)
    come(case.unit, "coordinator", coordinator)
    assert mri(case).nobody, "it stays on record"
    assert not mri(case).deliveries.exists()


def test_an_alert_that_stands_for_skipped_rungs_tells_the_roles_of_those_too(unit, clinician):
    made = factories.case(place=unit)
    with clock.at(START + 25 * HOUR):
        tick()
    come(unit, "nurse in charge", clinician, at=START + 26 * HOUR)
    assert mri(made, rung=2).deliveries.get().user == clinician


def test_a_rung_told_by_an_alert_of_its_own_is_not_told_by_the_next(case, clinician):
    with clock.at(START + 24 * HOUR):
        tick()
    come(case.unit, "nurse in charge", clinician, at=START + 25 * HOUR)
    assert (mri(case, rung=0).nobody, mri(case, rung=1).nobody) == (False, True)


def test_a_fixed_contact_is_told_too_and_taking_it_away_tells_nobody(case, coordinator):
    with clock.at(LATER):
        assert fix_contact(case.unit, None, by=coordinator) == 0
        case.unit.refresh_from_db()
        assert fix_contact(case.unit, coordinator, by=coordinator) >= 1
    assert mri(case, rung=2).deliveries.get().user == coordinator


def test_somebody_who_may_not_read_cases_is_not_told(case, auditor):
    duty(case.unit, "coordinator", auditor)
    assert come(case.unit, "on-call consultant", auditor) == 0
    assert mri(case).nobody
