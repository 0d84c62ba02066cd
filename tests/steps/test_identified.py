"""Consent, treatment and discharge wait for a full identity, unless it is an emergency or a senior decides."""

from datetime import timedelta

import pytest

from pathway.engine.advance import advance, step_for
from pathway.engine.hold import hold
from pathway.engine.identity import identify
from pathway.engine.refused import Refused
from pathway.record.event import Event
from tests import factories
from tests.factories import ANSWERS, START

SENIOR = {"by": "consultant on call", "reason": "found without papers"}
BEFORE = ("imaging.communicated", "case.confirmed")
MOVES = ("consent.recorded", "radiotherapy.fraction", "surgery.started", "systemic.started", "discharge.discharged")
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    who = factories.patient(unit.organisation, initials="AB", family_name="", given_names="", birth_date=None)
    made = factories.case(place=unit, who=who)
    for kind in BEFORE:
        factories.happen(made, kind, at=START)
    for procedure in ("radiotherapy", "surgery", "systemic"):
        factories.happen(made, "consent.recorded", at=START, procedure=procedure, basis="emergency")
    return made


@pytest.mark.parametrize("kind", MOVES)
def test_an_incomplete_identity_stands_in_the_way_and_a_senior_may_decide(case, kind):
    later = START + timedelta(minutes=5)
    with pytest.raises(Refused) as refused:
        factories.happen(case, kind, at=later)
    assert any("identity is incomplete" in reason for reason in refused.value.reasons)
    if kind != "discharge.discharged":
        assert factories.happen(case, kind, at=later, override=SENIOR).answers["override"] == SENIOR


@pytest.mark.parametrize("kind", MOVES[:-1])
def test_once_it_is_complete_nothing_is_asked(case, kind):
    by = factories.teller(case.organisation)
    with factories.typed(START, None):
        identify(case, by=by, who={"nhs_number": factories.a_number(), "family_name": "Test", "given_names": "Ann",
                                   "birth_date": "1957-04-12"})  # fmt: skip
    later = START + timedelta(minutes=5)
    with factories.typed(later, None):
        step, verb = step_for(case, kind, later, list(Event.objects.filter(case=case).order_by("pk")))
        assert "override" not in advance(step, verb, by=by, answers=ANSWERS.get(kind, {})).answers


@pytest.mark.parametrize(
    "missing",
    [
        {"family_name": ""},
        {"birth_date": None},
        {"nhs_number": ""},
        {"nhs_number": "", "local_number": "7", "local_issuer": "Hospital"},
    ],
)
def test_the_lock_reads_the_identity_as_the_patient_does(unit, missing):
    who = factories.patient(unit.organisation, **{"initials": "AB", "nhs_number": factories.a_number()} | missing)
    assert hold(factories.case(place=unit, who=who).pk).identified is not who.is_provisional
