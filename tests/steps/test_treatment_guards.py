"""What treatment and rehabilitation ask for: consent, a finding, opinions, a stable spine."""

from datetime import timedelta

import pytest

from pathway.engine.advance import advance
from pathway.engine.refused import Invalid, Refused
from pathway.steps.rehabilitation import BACK, Rehabilitation
from tests import factories
from tests.factories import START

SENIOR = {"by": "consultant on call", "reason": "treated on clinical grounds"}
TREATMENTS = [
    ("radiotherapy", "radiotherapy.fraction"),
    ("radiotherapy", "radiotherapy.completed"),
    ("surgery", "surgery.started"),
    ("surgery", "surgery.ended"),
    ("systemic", "systemic.started"),
]
STARTS = [("radiotherapy", "radiotherapy.fraction"), ("surgery", "surgery.started"), ("systemic", "systemic.started")]
LADDER = ("R0", "R1", "R2", "R3", "R4", "R5", "R6")


def after(minutes):
    return START + timedelta(minutes=minutes)


@pytest.mark.parametrize(("procedure", "kind"), TREATMENTS)
def test_no_treatment_without_consent_and_no_senior_may_let_it_pass(tell, procedure, kind):
    tell("case.confirmed")
    for other in {"radiotherapy", "surgery", "systemic", "biopsy"} - {procedure}:
        tell("consent.recorded", procedure=other)
    with pytest.raises(Refused, match=f"No basis of consent for {procedure}") as refused:
        tell(kind)
    assert not refused.value.senior
    with pytest.raises(Refused, match="No basis of consent"):
        tell(kind, override=SENIOR)
    tell("consent.recorded", procedure=procedure)
    tell(kind)


@pytest.mark.parametrize(("procedure", "kind"), TREATMENTS)
@pytest.mark.parametrize("basis", ["given", "best_interests", "emergency"])
def test_every_lawful_basis_counts(tell, procedure, kind, basis):
    tell("case.confirmed")
    tell("consent.recorded", procedure=procedure, basis=basis)
    tell(kind)


@pytest.mark.parametrize(("procedure", "kind"), TREATMENTS)
def test_the_newest_record_of_consent_counts(tell, procedure, kind):
    tell("case.confirmed")
    tell("consent.recorded", procedure=procedure, basis="given")
    tell("consent.recorded", procedure=procedure, basis="refused")
    with pytest.raises(Refused, match="No basis of consent"):
        tell(kind)
    tell("consent.recorded", procedure=procedure, basis="best_interests")
    tell(kind)


def test_a_refusal_between_two_fractions_stops_the_next_but_not_the_record_of_the_end(tell):
    tell("case.confirmed")
    tell("consent.recorded")
    tell("radiotherapy.fraction", n=1)
    tell("consent.recorded", basis="refused")
    with pytest.raises(Refused, match="No basis of consent"):
        tell("radiotherapy.fraction", n=2)
    tell("radiotherapy.completed")


def test_an_operation_that_began_with_consent_can_always_be_ended(tell):
    tell("case.confirmed")
    tell("consent.recorded", procedure="surgery")
    tell("surgery.started")
    tell("consent.recorded", procedure="surgery", basis="refused")
    tell("surgery.ended")


def test_stopping_radiotherapy_needs_no_consent(tell):
    tell("radiotherapy.decided")
    tell("radiotherapy.stopped_early")


@pytest.mark.parametrize(("procedure", "kind"), STARTS)
def test_treatment_before_anything_is_found_needs_a_consultant(tell, procedure, kind):
    tell("consent.recorded", procedure=procedure)
    with pytest.raises(Refused, match="No compression is confirmed") as refused:
        tell(kind)
    assert refused.value.senior
    assert tell(kind, override=SENIOR).answers["override"] == SENIOR


@pytest.mark.parametrize(("procedure", "kind"), STARTS)
def test_treatment_after_compression_was_excluded_needs_a_consultant(tell, procedure, kind):
    tell("consent.recorded", procedure=procedure)
    tell("case.impending")
    tell("case.excluded", override=SENIOR)
    with pytest.raises(Refused, match="or it was excluded"):
        tell(kind)
    tell(kind, override=SENIOR)


@pytest.mark.parametrize(("procedure", "kind"), STARTS)
def test_who_declined_treatment_since_the_consent_has_to_consent_anew(tell, procedure, kind):
    tell("consent.recorded", procedure=procedure)
    tell("case.confirmed")
    tell("case.declined", what="treatment")
    with pytest.raises(Refused, match="No basis of consent"):
        tell(kind)
    tell("consent.recorded", procedure=procedure)
    tell(kind)


@pytest.mark.parametrize("found", ["case.confirmed", "case.impending", "case.metastases_only"])
def test_what_was_found_lets_treatment_start(tell, found):
    tell("consent.recorded")
    tell(found)
    tell("radiotherapy.fraction")


def test_without_consent_and_finding_both_are_named_and_no_senior_is_asked_for(tell):
    with pytest.raises(Refused, match=r"No basis of consent.*No compression is confirmed") as refused:
        tell("surgery.started")
    assert not refused.value.senior


@pytest.mark.parametrize(("n", "of", "fits"), [(1, 1, True), (5, 5, True), (6, 5, False), (2, 1, False)])
def test_a_fraction_is_one_of_the_course(tell, n, of, fits):
    tell("case.confirmed")
    tell("consent.recorded")
    if fits:
        tell("radiotherapy.fraction", n=n, of=of)
    else:
        with pytest.raises(Refused, match="larger than the number of fractions") as refused:
            tell("radiotherapy.fraction", n=n, of=of)
        assert not refused.value.senior


def test_a_fraction_of_another_count_is_refused_until_that_is_prescribed_or_another_course(tell):
    for kind in ("case.confirmed", "consent.recorded"):
        tell(kind)
    tell("radiotherapy.fraction", n=1, of=5)
    with pytest.raises(Invalid, match="counts to 5 fractions, and this says 3") as refused:
        tell("radiotherapy.fraction", n=2, of=3)
    assert list(refused.value.fields) == ["of"]
    tell("radiotherapy.decided", dose_gy=12, fractions=3)
    with pytest.raises(Invalid, match="counts to 5 or 3 fractions, and this says 4"):
        tell("radiotherapy.fraction", n=2, of=4)
    tell("radiotherapy.fraction", n=2, of=3)
    with pytest.raises(Invalid, match="counts to 3 fractions, and this says 5"):
        tell("radiotherapy.fraction", n=3, of=5)
    tell("radiotherapy.stopped_early")
    tell("radiotherapy.fraction", n=1, of=1)


def test_a_decision_names_all_that_is_missing_at_once_and_a_senior_may_let_it_pass(tell):
    with pytest.raises(Refused) as refused:
        tell("decision.made")
    words = ("scan result has not", "surgical opinion has not", "oncology opinion has not")
    for reason, word in zip(refused.value.reasons, words, strict=True):
        assert word in reason
    assert refused.value.senior
    assert tell("decision.made", override=SENIOR).answers["override"] == SENIOR


@pytest.mark.parametrize("result", ["imaging.communicated", "imaging.verified"])
def test_a_decision_passes_with_result_and_opinions(tell, result):
    for kind in (result, "opinion.surgical", "opinion.oncology"):
        with pytest.raises(Refused):
            tell("decision.made")
        tell(kind)
    tell("decision.made")


@pytest.mark.parametrize(("kind", "other"), [("opinion.surgical", "opinion.oncology"),
                                             ("opinion.oncology", "opinion.surgical")])  # fmt: skip
def test_a_request_for_more_information_is_no_opinion(tell, kind, other):
    tell("imaging.communicated")
    tell(other)
    tell(kind, opinion="more_information")
    with pytest.raises(Refused, match=f"{'surgical' if kind == 'opinion.surgical' else 'oncology'} opinion"):
        tell("decision.made")
    tell(kind)
    tell(kind, opinion="more_information")
    tell("decision.made")


@pytest.mark.parametrize("kind", ["decision.made", "case.excluded"])
def test_a_scan_that_did_not_answer_is_no_result(tell, kind):
    tell("opinion.surgical")
    tell("opinion.oncology")
    tell("imaging.communicated", result="non_diagnostic")
    tell("imaging.verified")
    with pytest.raises(Refused, match="scan result has not been recorded"):
        tell(kind)
    tell("imaging.communicated", result="normal")
    tell(kind)


@pytest.mark.parametrize("step", LADDER)
def test_from_sitting_up_the_ladder_needs_a_stable_spine(tell, step):
    if step in ("R0", "R1"):
        tell("rehabilitation.stepped", step=step)
        return
    with pytest.raises(Refused, match="No advice on stability") as refused:
        tell("rehabilitation.stepped", step=step)
    assert refused.value.senior
    assert tell("rehabilitation.stepped", step=step, override=SENIOR).answers["override"] == SENIOR


def braced(tell):
    tell("orthosis.fitted")


def stabilised(tell):
    tell("case.confirmed")
    tell("consent.recorded", procedure="surgery")
    tell("surgery.decided")
    tell("surgery.ended")


def screwed(tell):
    tell("case.confirmed")
    tell("consent.recorded", procedure="surgery")
    tell("surgery.decided", procedure="other", implants=["screws"])
    tell("surgery.ended")


def cleared(tell):
    tell("position.cleared_to_sit", override=SENIOR)


def freed(tell):
    tell("position.freed", override=SENIOR)


@pytest.mark.parametrize("safe", [braced, stabilised, screwed, cleared, freed])
def test_an_unstable_spine_that_was_braced_or_fixed_or_cleared_by_a_senior_may_get_up(tell, safe):
    tell("stability.advised", opinion="unstable")
    with pytest.raises(Refused, match="unstable"):
        tell("rehabilitation.stepped")
    safe(tell)
    tell("rehabilitation.stepped")


@pytest.mark.parametrize("safe", [braced, stabilised, cleared, freed])
def test_a_newer_opinion_that_the_spine_is_unstable_takes_it_back(tell, safe):
    tell("stability.advised", opinion="indeterminate")
    safe(tell)
    tell("stability.advised", opinion="unstable")
    with pytest.raises(Refused, match="unstable"):
        tell("rehabilitation.stepped")


def test_an_operation_that_fixes_nothing_makes_no_spine_stable(tell):
    tell("stability.advised", opinion="unstable")
    tell("case.confirmed")
    tell("consent.recorded", procedure="surgery")
    tell("surgery.ended")
    with pytest.raises(Refused, match="unstable"):
        tell("rehabilitation.stepped")
    tell("surgery.decided", procedure="decompression_laminectomy", implants=["bone_graft"])
    tell("surgery.ended")
    with pytest.raises(Refused, match="unstable"):
        tell("rehabilitation.stepped")


@pytest.mark.parametrize("kind", ["position.ordered", "position.immobilised"])
def test_lying_flat_again_takes_the_clearing_back(tell, kind):
    tell("position.cleared_to_sit", override=SENIOR)
    tell("rehabilitation.stepped")
    tell("position.ordered", position="flat")
    if kind == "position.immobilised":
        tell("position.immobilised")
    with pytest.raises(Refused, match="No advice on stability"):
        tell("rehabilitation.stepped")


@pytest.mark.parametrize("reached", LADDER)
def test_a_stop_goes_below_the_step_that_was_tried_and_never_up(tell, case, reached):
    tell("stability.advised")
    by = factories.teller(case.organisation)
    for tried in LADDER:
        row = Rehabilitation(case=case)
        for minutes, (verb, answers) in enumerate(
            [("step_up", {"step": reached}), ("stop", {"step": tried, "reason": "pain"})], 10
        ):
            with factories.typed(after(minutes), None):
                advance(row, verb, by=by, at=after(minutes), answers=answers)
        state = str(Rehabilitation.objects.get(pk=row.pk).state)
        assert state == LADDER[min(LADDER.index(reached), max(LADDER.index(tried) - 1, 0))] == min(reached, BACK[tried])
