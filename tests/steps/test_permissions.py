"""A permission counts only where it surely came after all that speaks against it, and only for what it was for."""

from datetime import timedelta

import pytest

from pathway.engine.advance import advance
from pathway.engine.refused import Refused
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.steps.radiotherapy import Radiotherapy
from pathway.steps.surgery import Surgery
from tests import factories
from tests.factories import START

SENIOR = {"by": "consultant on call", "reason": "seen at the bedside"}
NEXT_DAY = START + timedelta(days=1)


def at(hours, since=NEXT_DAY):
    return since + timedelta(hours=hours)


@pytest.fixture
def hear(case):
    """Let things happen to the case, so many hours after the morning of its second day."""

    def hear(hours, kind, /, override=None, **answers):
        return factories.happen(case, kind, at=at(hours), override=override, **answers)

    return hear


@pytest.fixture
def hear_of_today(case):
    """Let something be typed in at noon of which only the day is known: it may be older or newer than the morning."""

    def hear_of_today(kind, /, **answers):
        return factories.happen(case, kind, at=at(2), recorded=at(3), precision="day", **answers)

    return hear_of_today


@pytest.mark.parametrize(
    "refusal",
    [("consent.recorded", {"basis": "refused"}), ("case.declined", {"what": "treatment"})],
)
@pytest.mark.parametrize(
    ("procedure", "kind"), [("surgery", "surgery.started"), ("radiotherapy", "radiotherapy.fraction")]
)
def test_consent_is_taken_back_by_a_refusal_that_may_be_newer(hear, hear_of_today, refusal, procedure, kind):
    hear(-1, "case.confirmed")
    hear(0, "consent.recorded", procedure=procedure)
    hear_of_today(refusal[0], **({"procedure": procedure} if refusal[0] == "consent.recorded" else {}), **refusal[1])
    with pytest.raises(
        Refused, match=r"No basis of consent .* counts any more.* it was refused, or may have"
    ) as refused:
        hear(4, kind)
    assert not refused.value.senior
    hear(4, "consent.recorded", procedure=procedure)
    hear(5, kind)


def test_advice_that_the_spine_is_stable_gives_way_to_an_opinion_that_may_be_newer(case, hear, hear_of_today):
    hear(0, "stability.advised", opinion="stable")
    hear(0, "position.ordered", position="flat")
    hear_of_today("stability.advised", opinion="unstable")
    with pytest.raises(Refused, match="may be newer than the one that says stable is “unstable”"):
        hear(4, "position.cleared_to_sit")
    hear(4, "position.freed", override=SENIOR)
    assert "up_though_unstable" not in standing(case)
    hear(5, "position.ordered", position="flat")
    hear(6, "stability.advised", opinion="stable")
    hear(7, "position.cleared_to_sit")


def test_of_two_opinions_of_one_minute_the_one_that_is_less_than_stable_counts(hear):
    hear(0, "stability.advised", opinion="unstable", adviser="A registrar")
    hear(0, "stability.advised", opinion="stable", adviser="Z consultant")
    with pytest.raises(Refused, match="unstable"):
        hear(1, "position.cleared_to_sit")


def test_who_may_get_up_against_an_opinion_that_may_be_newer_is_said(case, hear, hear_of_today):
    hear(0, "stability.advised", opinion="stable")
    hear(0, "position.cleared_to_sit")
    hear_of_today("stability.advised", opinion="unstable")
    assert "up_though_unstable" in standing(case)


def test_an_order_to_lie_flat_that_may_be_newer_takes_the_clearance_back(case, hear, hear_of_today):
    hear(0, "stability.advised", opinion="stable")
    hear(0, "position.cleared_to_sit")
    hear_of_today("position.ordered", position="flat")
    with pytest.raises(Refused, match="The patient is to lie flat") as refused:
        hear(5, "rehabilitation.stepped", step="R3")
    assert refused.value.senior
    hear(5, "rehabilitation.stepped", step="R1")
    assert Clock.objects.standing().filter(case=case, standard="flat_review").count() == 1
    hear(6, "position.cleared_to_sit")
    hear(7, "rehabilitation.stepped", step="R3")


def test_mobile_is_not_ordered_on_a_clearance_while_an_order_to_lie_flat_may_be_newer(hear, hear_of_today):
    hear(0, "position.cleared_to_sit", override=SENIOR)
    hear_of_today("position.ordered", position="flat")
    with pytest.raises(Refused, match="No advice on stability"):
        hear(4, "position.ordered", position="mobile")


def test_an_order_to_lie_flat_stands_against_older_advice_and_gives_way_to_newer_or_to_a_brace(hear):
    hear(0, "stability.advised", opinion="stable")
    hear(1, "position.ordered", position="flat")
    with pytest.raises(Refused, match="newer than the advice or the brace"):
        hear(2, "rehabilitation.stepped", step="R3")
    hear(3, "stability.advised", opinion="stable")
    hear(4, "rehabilitation.stepped", step="R3")
    hear(5, "stability.advised", opinion="indeterminate")
    hear(6, "position.ordered", position="flat")
    hear(7, "orthosis.fitted")
    hear(8, "rehabilitation.stepped", step="R3")
    hear(9, "position.ordered", position="flat")
    with pytest.raises(Refused, match="newer than the advice or the brace"):
        hear(10, "rehabilitation.stepped", step="R3")


def test_no_steroid_while_a_sign_of_blood_cancer_may_be_newer_than_the_advice(hear, hear_of_today):
    hear(-3, "steroids.indicated", blood_cancer=True)
    hear(1, "steroids.haematology_advised")
    hear_of_today("steroids.withheld", reason="haematology")
    with pytest.raises(Refused, match="haematology has advised"):
        hear(4, "steroids.started")
    hear(4, "steroids.haematology_advised")
    hear(5, "steroids.started")


def test_a_finding_gives_way_to_an_exclusion_that_may_be_newer(case, hear, hear_of_today):
    hear(-1, "consent.recorded")
    hear(0, "case.metastases_only")
    factories.happen(case, "case.excluded", at=at(2), recorded=at(3), precision="day", override=SENIOR)
    with pytest.raises(Refused, match="or it was excluded"):
        hear(4, "radiotherapy.fraction")


@pytest.mark.parametrize(
    "worse",
    [
        ("case.reclassified", {"class": "A"}, "The class became A"),
        ("neuro.examined", {"frankel": "B"}, "An examination found a loss"),
        ("neuro.examined", {"ais": "C"}, "An examination found a loss"),
        ("neuro.examined", {"L3_right": "3"}, "An examination found a loss"),
    ],
)
def test_advice_from_before_new_neurology_lets_nobody_get_up(unit, worse):
    case = factories.case("B", place=unit)
    factories.happen(case, "neuro.examined", at=at(0), frankel="E", ais="D", L3_right="4", C5_left="NT")
    factories.happen(case, "stability.advised", at=at(1), opinion="stable")
    factories.happen(case, "position.cleared_to_sit", at=at(1))
    kind, answers, words = worse
    factories.happen(case, kind, at=at(2), **{"frankel": "", **answers} if kind == "neuro.examined" else answers)
    assert "up_though_worse" in standing(case)
    with pytest.raises(Refused, match=f"{words} .*has not been judged since"):
        factories.happen(case, "rehabilitation.stepped", at=at(3))
    factories.happen(case, "stability.advised", at=at(4), opinion="stable")
    factories.happen(case, "rehabilitation.stepped", at=at(5))


def test_no_loss_is_a_grade_that_is_the_same_or_better_or_was_never_given_before(hear):
    hear(0, "neuro.examined", frankel="C", L3_right="NT")
    hear(1, "stability.advised", opinion="stable")
    for hours, grades in enumerate(({"frankel": "C"}, {"frankel": "D", "L3_right": "2"}, {"L3_right": "NT"}), 2):
        hear(hours, "neuro.examined", **{"frankel": "", **grades})
    hear(6, "position.cleared_to_sit")


def test_an_examination_that_may_have_come_after_a_better_one_is_a_loss(hear, hear_of_today):
    hear(0, "neuro.examined", frankel="E")
    hear(1, "stability.advised", opinion="stable")
    hear_of_today("neuro.examined", frankel="B")
    with pytest.raises(Refused, match="An examination found a loss"):
        hear(4, "position.cleared_to_sit")


def reopened(case, klass="A"):
    factories.happen(case, "case.closed", at=at(6), override=SENIOR)
    factories.happen(case, "case.reopened", at=at(24), **{"class": klass})


@pytest.mark.parametrize(("klass", "words"), [("A", "reopened in class A"), ("B", "since the case was reopened")])
def test_what_let_the_patient_get_up_ends_with_the_reopening(case, hear, klass, words):
    hear(0, "stability.advised", opinion="stable")
    hear(1, "position.cleared_to_sit")
    reopened(case, klass)
    with pytest.raises(Refused, match=words):
        hear(25, "rehabilitation.stepped")
    hear(26, "stability.advised", opinion="stable")
    hear(27, "rehabilitation.stepped")


@pytest.mark.parametrize(("procedure", "kind"), [("surgery", "surgery.started"), ("systemic", "systemic.started")])
def test_consent_and_finding_from_before_a_reopening_let_no_treatment_start(case, hear, procedure, kind):
    hear(0, "case.confirmed")
    hear(0, "consent.recorded", procedure=procedure)
    reopened(case)
    with pytest.raises(Refused, match=r"No basis of consent.*No compression is confirmed"):
        hear(25, kind)
    hear(26, "consent.recorded", procedure=procedure)
    hear(26, "case.confirmed")
    hear(27, kind)


def test_a_treatment_to_which_the_patient_came_back_is_not_declined_because_the_case_was_reopened(case, hear):
    hear(0, "case.confirmed")
    hear(0, "case.declined", what="treatment")
    hear(1, "consent.recorded", procedure="systemic")
    hear(2, "systemic.started")
    reopened(case)
    assert not {"treated_though_declined", "treated_without_consent"} & set(standing(case))


@pytest.mark.parametrize(
    ("procedure", "first", "again"),
    [
        ("surgery", ["surgery.started", "surgery.ended"], "surgery.started"),
        ("surgery", ["surgery.ended"], "surgery.started"),
        ("systemic", ["systemic.started"], "systemic.started"),
        ("radiotherapy", ["radiotherapy.completed"], "radiotherapy.fraction"),
    ],
)
def test_an_emergency_counts_for_one_operation_or_course(case, hear, procedure, first, again):
    hear(0, "case.confirmed")
    hear(0, "consent.recorded", procedure=procedure, basis="emergency")
    for hours, kind in enumerate(first, 1):
        hear(hours, kind)
    with pytest.raises(Refused, match="An emergency counts for one operation or course"):
        hear(5, again)
    assert "treated_without_consent" not in standing(case)
    hear(5, "consent.recorded", procedure=procedure, basis="emergency")
    hear(6, again)


def test_all_fractions_of_one_course_may_be_given_on_one_emergency_and_none_of_another(case, hear):
    hear(0, "case.confirmed")
    hear(0, "consent.recorded", basis="emergency")
    for n in (1, 2):
        hear(n, "radiotherapy.fraction", n=n, of=5)
    with factories.typed(at(4), None), pytest.raises(Refused, match="counts for one operation or course"):
        advance(Radiotherapy(case=case), "give", by=factories.teller(case.organisation), answers={"n": 1, "of": 5})
    assert "treated_without_consent" not in standing(case)


DECIDED = {"debulking": {"procedure": "debulking_stabilisation", "implants": ["rods"]},
           "laminectomy": {"procedure": "decompression_laminectomy", "implants": []}}  # fmt: skip


@pytest.fixture
def operated(hear):
    hear(0, "case.confirmed")
    hear(0, "consent.recorded", procedure="surgery")
    hear(1, "surgery.decided", **DECIDED["laminectomy"])
    hear(2, "surgery.started")
    hear(3, "stability.advised", opinion="unstable")


def test_an_operation_that_is_only_decided_fixes_no_spine(operated, hear):
    hear(4, "surgery.ended")
    hear(5, "surgery.decided", **DECIDED["debulking"])
    with pytest.raises(Refused, match="unstable"):
        hear(6, "position.cleared_to_sit")
    hear(7, "surgery.started")
    hear(8, "surgery.ended")
    hear(9, "position.cleared_to_sit")


def test_an_operation_decided_on_while_another_goes_on_is_not_that_one(case, operated, hear):
    operations = {1: Surgery.objects.get(case=case), 2: Surgery(case=case)}
    for hours, number, verb in ((4, 2, "decide"), (5, 1, "end"), (7, 2, "start"), (8, 2, "end")):
        with factories.typed(at(hours), None):
            answers = DECIDED["debulking"] if verb == "decide" else {}
            advance(operations[number], verb, by=factories.teller(case.organisation), answers=answers)
        if hours == 5:
            with pytest.raises(Refused, match="unstable"):
                hear(6, "position.cleared_to_sit")
    hear(9, "position.cleared_to_sit")


@pytest.mark.parametrize("ended", ["laminectomy", "debulking"])
@pytest.mark.parametrize("newest", ["laminectomy", "debulking"])
def test_of_two_operations_decided_on_before_either_starts_only_the_one_that_fixes_the_spine_does(
    case, hear, newest, ended
):
    hear(0, "case.confirmed")
    hear(0, "consent.recorded", procedure="surgery")
    hear(0, "stability.advised", opinion="unstable")
    operations = {name: Surgery(case=case) for name in sorted(DECIDED, key=lambda name: name == newest)}
    for hours, (name, operation) in enumerate(operations.items(), 1):
        with factories.typed(at(hours), None):
            advance(operation, "decide", by=factories.teller(case.organisation), answers=DECIDED[name])
    assert [row.state for row in Surgery.objects.filter(case=case)] == ["decided", "decided"]
    for hours, verb in ((3, "start"), (4, "end")):
        with factories.typed(at(hours), None):
            advance(operations[ended], verb, by=factories.teller(case.organisation), answers={})
    assert sorted(Surgery.objects.filter(case=case).values_list("state", flat=True)) == ["decided", "ended"]
    if ended == "laminectomy":
        with pytest.raises(Refused, match="unstable"):
            hear(5, "position.cleared_to_sit")
    else:
        hear(5, "position.cleared_to_sit")


def test_an_operation_of_which_no_decision_is_recorded_fixes_no_spine(operated, hear):
    hear(4, "surgery.ended")
    hear(5, "surgery.decided", **DECIDED["debulking"])
    hear(6, "surgery.ended")
    hear(7, "stability.advised", opinion="unstable")
    hear(8, "surgery.ended")
    with pytest.raises(Refused, match="unstable"):
        hear(9, "position.cleared_to_sit")


def standing(case):
    return Case.objects.get(pk=case.pk).contradictions
