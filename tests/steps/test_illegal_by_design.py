"""What can never be recorded, or only with a named senior (7.1); and the join rules between tracks (7.2)."""

from datetime import timedelta

import pytest

from pathway.engine.refused import Refused
from pathway.record.case import Case
from tests import factories
from tests.engine.truth import assert_true

SENIOR = {"by": "consultant on call", "reason": "treats on clinical grounds"}
TREATMENTS = ("radiotherapy.fraction", "surgery.started", "systemic.started")


@pytest.mark.parametrize("kind", TREATMENTS)
def test_no_treatment_of_what_is_not_confirmed_unless_a_consultant_treats_on_clinical_grounds(tell, kind):
    tell("consent.recorded", procedure=kind.partition(".")[0])
    with pytest.raises(Refused, match="No compression is confirmed") as refused:
        tell(kind)
    assert refused.value.senior
    assert tell(kind, override=SENIOR).answers["override"] == SENIOR


def test_no_exclusion_without_a_scan_or_a_senior(tell):
    with pytest.raises(Refused, match="scan result has not been recorded"):
        tell("case.excluded")
    tell("case.excluded", override=SENIOR)


@pytest.mark.parametrize("result", ["imaging.communicated", "imaging.verified"])
def test_no_exclusion_of_new_signs_by_the_scan_of_before(tell, result):
    tell(result, **({"result": "normal"} if result == "imaging.communicated" else {}))
    tell("case.excluded")
    tell("case.reopened")
    with pytest.raises(Refused, match="scan result has not been recorded since the case was reopened") as refused:
        tell("case.excluded")
    assert refused.value.senior
    tell("imaging.requested")
    tell("imaging.communicated", result="normal")
    assert "override" not in tell("case.excluded").answers


@pytest.mark.parametrize("klass", ["A", "B"])
def test_advice_only_is_for_neither_class_a_nor_class_b(tell, klass):
    with pytest.raises(Refused, match="Advice only is for neither class A nor class B") as refused:
        tell("referral.triaged", **{"class": klass}, outcome="advice_only")
    assert refused.value.senior
    assert tell("referral.triaged", override=SENIOR, **{"class": klass}, outcome="advice_only").answers["override"]


def test_advice_only_for_class_c_needs_nobody(tell):
    assert "override" not in tell("referral.triaged", **{"class": "C"}, outcome="advice_only").answers


def test_no_follow_up_of_somebody_who_has_died(tell):
    tell("case.died")
    with pytest.raises(Refused, match="The case had ended by then: Died"):
        tell("followup.recorded")


@pytest.mark.parametrize("kind", ["told.family", "told.gp", "contact.logged", "clock.explained"])
def test_after_a_death_people_are_told_and_delays_explained_whichever_was_typed_first(case, tell, kind):
    died = tell("case.died")
    factories.happen(case, kind, at=died.occurred_at + timedelta(hours=1))
    assert_true(case)


@pytest.mark.parametrize(("kind", "more"), [
    ("case.closed", {}), ("case.left", {}), ("case.declined", {"what": "everything"}),
])  # fmt: skip
def test_a_delay_is_explained_after_any_end_that_was_one(case, tell, kind, more):
    ended = tell(kind, **more)
    factories.happen(case, "clock.explained", at=ended.occurred_at + timedelta(hours=1))
    assert_true(case)
    with pytest.raises(Refused, match="The case had ended by then"):
        factories.happen(case, "contact.logged", at=ended.occurred_at + timedelta(hours=1))


def test_nothing_is_explained_of_what_never_was_a_case(tell):
    tell("case.entered_in_error")
    with pytest.raises(Refused, match="The case had ended by then: Entered in error"):
        tell("clock.explained")


@pytest.mark.parametrize("kind", ["neuro.examined", "imaging.acquired"])
def test_a_deed_of_the_minute_of_death_came_before_it_whichever_was_typed_first(case, tell, kind):
    died = tell("case.died")
    factories.happen(case, kind, at=died.occurred_at)
    with pytest.raises(Refused, match="The case had ended by then: Died"):
        factories.happen(case, kind, at=died.occurred_at + timedelta(minutes=1))


@pytest.mark.parametrize("kind", ["case.confirmed", "imaging.acquired", "pain.scored", "case.planned"])
def test_nothing_happens_in_a_closed_case_until_it_is_reopened(tell, kind):
    tell("case.closed")
    with pytest.raises(Refused):
        tell(kind)
    tell("case.reopened")
    tell(kind)


@pytest.mark.parametrize("missing", ["imaging.communicated", "opinion.surgical", "opinion.oncology"])
def test_a_decision_needs_the_result_and_both_opinions(tell, missing):
    for kind in ("imaging.communicated", "opinion.surgical", "opinion.oncology"):
        if kind != missing:
            tell(kind)
    with pytest.raises(Refused) as refused:
        tell("decision.made")
    assert len(refused.value.reasons) == 1
    tell(missing)
    tell("decision.made")


@pytest.mark.parametrize("kind", TREATMENTS)
def test_another_decision_after_a_treatment_needs_a_new_examination(tell, kind):
    for each in ("imaging.communicated", "opinion.surgical", "opinion.oncology", "neuro.examined", "case.confirmed"):
        tell(each)
    tell("decision.made")
    tell("consent.recorded", procedure=kind.partition(".")[0])
    tell(kind)
    with pytest.raises(Refused, match="A treatment has begun, and no neurological examination since") as refused:
        tell("decision.made")
    assert refused.value.senior
    tell("neuro.examined")
    assert "override" not in tell("decision.made").answers


def operated(tell, *planned):
    """Decided on an operation, with what was planned with it, and operated."""
    for each in ("imaging.communicated", "opinion.surgical", "opinion.oncology", "neuro.examined", "case.confirmed"):
        tell(each)
    tell("decision.made", modality="surgery")
    for each in planned:
        tell(each)
    tell("consent.recorded", procedure="surgery")
    tell("surgery.started")


def test_radiotherapy_planned_with_the_operation_needs_no_new_examination_unless_something_is_worse(tell):
    operated(tell, "radiotherapy.decided")
    with pytest.raises(Refused, match="no neurological examination since"):
        tell("decision.made", modality="systemic")
    assert "override" not in tell("decision.made", modality="radiotherapy").answers
    tell("case.deteriorated")
    with pytest.raises(Refused, match="no neurological examination since"):
        tell("decision.made", modality="radiotherapy")


def test_radiotherapy_that_was_not_planned_with_the_operation_needs_a_new_examination(tell):
    operated(tell)
    tell("radiotherapy.decided")
    with pytest.raises(Refused, match="no neurological examination since"):
        tell("decision.made", modality="radiotherapy")


@pytest.mark.parametrize("settled", ["stability.advised", "orthosis.fitted", "surgery.ended"])
def test_sitting_up_needs_a_spine_that_is_stable_braced_or_fixed(case, tell, settled):
    tell("stability.advised", opinion="unstable")
    tell("surgery.decided")
    tell("consent.recorded", procedure="surgery")
    with pytest.raises(Refused, match="unstable"):
        tell("rehabilitation.stepped")
    tell(settled)
    tell("rehabilitation.stepped")


def test_a_rung_that_counts_from_the_limit_waits_for_it(case):
    factories.happen(case, "decision.made", at=factories.START + timedelta(hours=1), override=SENIOR,
                     modality="surgery")  # fmt: skip
    clock = case.clocks.get(standard="surgery")
    assert clock.wake_at == factories.START + timedelta(hours=13)


@pytest.mark.parametrize("before", ["case.reclassified", "case.reopened"])
def test_a_class_of_the_minute_of_another_is_refused_and_is_not_lost(case, tell, before):
    if before == "case.reopened":
        tell("case.excluded", override=SENIOR)
    at = tell(before, **{"class": "B"}).occurred_at
    with pytest.raises(Refused, match="Another entry of the same time"):
        factories.happen(case, "case.reclassified", at=at, **{"class": "A"})
    factories.happen(case, "case.reclassified", at=at + timedelta(minutes=1), **{"class": "A"})
    assert Case.objects.get(pk=case.pk).klass == "A"
    assert case.clocks.filter(standard="mri_a", ended_at=None).count() == 1
    assert_true(case)


def test_an_admission_of_the_minute_of_a_discharge_is_asked_which_came_first(case, tell):
    tell("case.admitted")
    home = tell("discharge.discharged", override=SENIOR).occurred_at
    with pytest.raises(Refused, match="was discharged at that very time"):
        factories.happen(case, "case.admitted", at=home)
    factories.happen(case, "case.admitted", at=home + timedelta(minutes=1))
    assert case.clocks.filter(standard="vte", ended_at=None).count() == 1
    assert_true(case)
