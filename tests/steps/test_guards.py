"""What a move asks for: each guard alone, with everything that is missing said at once, and who may let it pass."""

from datetime import timedelta

import pytest

from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.refused import Invalid, Refused
from pathway.steps.steroids import SteroidCourse
from tests import factories
from tests.factories import START

SENIOR = {"by": "consultant on call", "reason": "walked in, no pain, wants to sit"}
RISING = [("position.cleared_to_sit", {}), ("position.freed", {}), ("position.ordered", {"position": "mobile"}),
          ("position.reviewed", {"position": "mobile"})]  # fmt: skip


def after(minutes):
    return START + timedelta(minutes=minutes)


@pytest.mark.parametrize(("kind", "answers"), RISING)
def test_getting_up_needs_advice_on_stability(tell, kind, answers):
    tell("position.ordered", position="flat")
    with pytest.raises(Refused, match="No advice on stability") as refused:
        tell(kind, **answers)
    assert refused.value.senior
    tell("stability.advised", opinion="stable")
    tell(kind, **answers)


@pytest.mark.parametrize(("kind", "answers"), RISING)
@pytest.mark.parametrize("opinion", ["indeterminate", "unstable"])
def test_getting_up_needs_an_orthosis_fitted_since_an_opinion_that_is_not_stable(tell, kind, answers, opinion):
    tell("position.ordered", position="flat")
    tell("orthosis.fitted")
    tell("stability.advised", opinion=opinion)
    with pytest.raises(Refused, match=opinion) as refused:
        tell(kind, **answers)
    assert refused.value.senior
    tell("orthosis.fitted")
    tell(kind, **answers)


def test_the_newest_opinion_counts(tell):
    tell("stability.advised", opinion="stable")
    tell("stability.advised", opinion="unstable")
    with pytest.raises(Refused, match="unstable"):
        tell("position.cleared_to_sit")


@pytest.mark.parametrize(("kind", "answers"), [*RISING, ("rehabilitation.stepped", {"step": "R2"})])
@pytest.mark.parametrize("worse", [("case.deteriorated", {"what": "power"}),
                                   ("rehabilitation.stopped", {"reason": "neurology"})])  # fmt: skip
def test_advice_from_before_a_deterioration_lets_nobody_get_up(tell, kind, answers, worse):
    tell("stability.advised", opinion="unstable")
    tell("orthosis.fitted")
    tell("stability.advised", opinion="stable")
    tell("position.cleared_to_sit")
    tell(worse[0], **worse[1])
    tell("position.ordered", position="flat")
    tell("orthosis.fitted")
    with pytest.raises(Refused, match=r"became worse .*stability has not been judged since") as refused:
        tell(kind, **answers)
    assert refused.value.senior
    tell("stability.advised", opinion="stable")
    tell(kind, **answers)


@pytest.mark.parametrize("kind", ["position.ordered", "position.reviewed"])
def test_the_order_to_mobilise_is_not_renewed_after_a_deterioration_without_advice(tell, kind):
    tell("position.ordered", position="mobile")
    tell(kind, position="mobile")
    tell("case.deteriorated")
    with pytest.raises(Refused, match="became worse") as refused:
        tell(kind, position="mobile")
    assert [need.asks for need in refused.value.asks] == ["stability.advised"]
    tell(kind, position="mobile", override=SENIOR)


def test_a_clearance_from_before_a_deterioration_lets_no_step_pass_and_a_senior_s_since_does(tell):
    for kind in ("stability.advised", "position.cleared_to_sit", "rehabilitation.stepped", "case.deteriorated"):
        tell(kind)
    with pytest.raises(Refused, match="became worse"):
        tell("rehabilitation.stepped")
    tell("position.ordered", position="flat")
    tell("position.cleared_to_sit", override=SENIOR)
    tell("rehabilitation.stepped")


def test_advice_of_the_minute_of_a_deterioration_counts_and_of_its_day_only_what_surely_came_after_it(case):
    factories.happen(case, "case.deteriorated", at=after(30))
    factories.happen(case, "stability.advised", at=after(30))
    factories.happen(case, "position.cleared_to_sit", at=after(31))
    factories.happen(case, "case.deteriorated", at=after(60), recorded=after(90), precision="day")
    with pytest.raises(Refused, match="became worse"):
        factories.happen(case, "position.freed", at=after(91))
    factories.happen(case, "stability.advised", at=after(92))
    factories.happen(case, "position.freed", at=after(93))


@pytest.mark.parametrize(("kind", "answers"), RISING)
def test_a_named_senior_may_accept_the_risk_with_a_reason(tell, kind, answers):
    tell("position.ordered", position="flat")
    event = tell(kind, override=SENIOR, **answers)
    assert event.answers["override"] == SENIOR


@pytest.mark.parametrize("override", [{"by": "consultant"}, {"reason": "because"}, {"by": " ", "reason": "because"}])
def test_an_override_without_name_or_reason_is_none(tell, override):
    with pytest.raises(Invalid):
        tell("position.cleared_to_sit", override=override)


def test_lying_down_and_mobile_from_the_start_need_nothing(tell):
    for position in ("mobile", "flat", "elevated", "flat"):
        tell("position.ordered", position=position)
    tell("position.immobilised")


def test_a_late_entry_is_judged_by_what_was_known_then(case):
    factories.happen(case, "stability.advised", at=after(60))
    with pytest.raises(Refused, match="No advice"):
        factories.happen(case, "position.cleared_to_sit", at=after(30), recorded=after(90))
    factories.happen(case, "position.cleared_to_sit", at=after(60), recorded=after(90))


@pytest.mark.parametrize("kind", ["steroids.started", "steroids.changed"])
def test_no_steroid_while_haematology_is_asked(tell, kind):
    tell("steroids.withheld", reason="haematology")
    with pytest.raises(Refused, match="haematology has advised") as refused:
        tell(kind)
    assert refused.value.senior
    tell("steroids.haematology_advised")
    tell(kind)


def test_a_senior_may_give_the_steroid_before_haematology_has_spoken(tell):
    tell("steroids.withheld", reason="haematology")
    assert tell("steroids.started", override=SENIOR).answers["override"] == SENIOR


def test_neither_a_new_indication_nor_a_new_course_gets_round_haematology(case, tell):
    tell("steroids.withheld", reason="haematology")
    tell("steroids.indicated")
    with pytest.raises(Refused, match="haematology has advised"):
        tell("steroids.started")
    by = factories.teller(case.organisation)
    with factories.typed(after(30), None), pytest.raises(Refused, match="haematology has advised"):
        factories.advance(SteroidCourse(case=case), "start", by=by, answers=factories.ANSWERS["steroids.started"])


@pytest.mark.parametrize("reason", ["infection", "other"])
def test_a_steroid_withheld_for_another_reason_may_be_started(tell, reason):
    tell("steroids.withheld", reason=reason)
    tell("steroids.started")


def test_exclusion_needs_a_result_or_a_senior(tell):
    with pytest.raises(Refused, match="scan result has not been recorded") as refused:
        tell("case.excluded")
    assert refused.value.senior
    assert tell("case.excluded", override=SENIOR).answers["override"] == SENIOR


@pytest.mark.parametrize(
    ("kind", "answers"),
    [("imaging.communicated", {"result": "normal"}), ("imaging.verified", {})],
)
def test_exclusion_passes_with_a_result(tell, kind, answers):
    tell(kind, **answers)
    tell("case.excluded")


@pytest.mark.parametrize("result", ["mscc", "impending"])
@pytest.mark.parametrize("end", ["case.excluded", "case.metastases_only", "case.closed"])
def test_what_goes_against_the_result_told_needs_a_senior(tell, result, end):
    tell("imaging.communicated", result=result)
    with pytest.raises(
        Refused, match=r"(The|A) result told was .*compression, and (the case does|no later scan)"
    ) as refused:
        tell(end)
    assert refused.value.senior
    assert tell(end, override=SENIOR).answers["override"] == SENIOR


@pytest.mark.parametrize(("result", "words"), [("mscc", "compression"), ("impending", "impending compression")])
@pytest.mark.parametrize("known", [(), ("case.impending",)])
def test_a_later_scan_that_shows_none_takes_no_compression_back(case, tell, result, words, known):
    told = tell("imaging.communicated", result=result)
    for kind in known:
        tell(kind)
    tell("imaging.acquired", modality="ct")
    tell("imaging.communicated", result="normal")
    with pytest.raises(Refused, match=f"A result told was {words}, and no later scan takes that back") as refused:
        tell("case.excluded")
    assert refused.value.senior
    with factories.typed(after(9), None):
        correct(
            told,
            by=factories.teller(case.organisation),
            why="the other patient's",
            answers={**told.answers, "result": "other"},
        )
    assert "override" not in tell("case.excluded").answers


def test_a_result_from_before_an_exclusion_by_a_senior_or_a_reopening_is_settled(tell):
    tell("imaging.communicated", result="mscc")
    tell("case.excluded", override=SENIOR)
    assert "override" not in tell("case.closed").answers
    tell("case.reopened")
    tell("imaging.communicated", result="normal")
    assert "override" not in tell("case.excluded").answers


def test_a_compression_told_on_a_day_may_be_newer_than_what_settled_it(case):
    factories.happen(case, "imaging.communicated", at=after(10), result="normal")
    factories.happen(case, "case.excluded", at=after(20))
    factories.happen(case, "imaging.communicated", at=after(30), recorded=after(60), precision="day", result="mscc")
    with pytest.raises(Refused, match="the case does not say so"):
        factories.happen(case, "case.closed", at=after(70))


@pytest.mark.parametrize(
    ("told", "then"),
    [("mscc", "case.confirmed"), ("mscc", "case.supportive_care"), ("impending", "case.impending"),
     ("metastases", "case.metastases_only")],
)  # fmt: skip
def test_a_case_that_answers_its_result_is_closed_without(tell, told, then):
    tell("imaging.communicated", result=told)
    tell(then)
    assert "override" not in tell("case.closed").answers


def test_a_result_after_the_answer_is_open_again(tell):
    tell("imaging.communicated", result="metastases")
    tell("case.metastases_only")
    tell("imaging.requested")
    tell("imaging.communicated", result="mscc")
    with pytest.raises(Refused, match="does not say so"):
        tell("case.closed")


def test_a_scan_is_not_older_than_its_suspicion(case):
    with pytest.raises(Refused, match=r"older than the suspicion .*Found on a scan") as refused:
        factories.happen(case, "imaging.acquired", at=START - timedelta(hours=1), recorded=after(60))
    assert not refused.value.senior
    with pytest.raises(Refused, match="older"):
        factories.happen(case, "imaging.acquired", at=START - timedelta(hours=1), recorded=after(60), override=SENIOR)
    factories.happen(case, "imaging.acquired", at=START, recorded=after(60))


def test_the_scan_that_raised_the_suspicion_is_older(unit):
    case = factories.case(place=unit, where="imaging")
    factories.happen(case, "imaging.acquired", at=START - timedelta(hours=1), recorded=after(60))


@pytest.mark.parametrize("slot", ["2020-03-02T12:00:00Z", "2026-03-02T09:00:59Z"])
def test_a_slot_is_not_before_its_booking(tell, slot):
    with pytest.raises(
        Invalid, match=r"The slot \(.* on 2 March 20.*\) would be before it was booked \(09:01 on 2 March 2026\)"
    ) as refused:
        tell("imaging.booked", slot_at=slot)
    assert set(refused.value.fields) == {"slot_at"}
    assert not refused.value.senior
    tell("imaging.booked", slot_at="2026-03-02T09:01:00Z")


def test_a_taper_does_not_end_before_the_day_of_its_plan(tell):
    with pytest.raises(Invalid, match="cannot be before the day of the plan \\(2 March 2026\\)") as refused:
        tell("steroids.taper_planned", ends_on="2026-03-01")
    assert set(refused.value.fields) == {"ends_on"}
    tell("steroids.taper_planned", ends_on="2026-03-02")


def test_a_senior_is_not_named_where_nothing_stood_in_the_way(tell):
    tell("position.ordered", position="flat")
    tell("stability.advised", opinion="stable")
    assert "override" not in tell("position.cleared_to_sit", override=SENIOR).answers


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("contact.made", {"channel", "spoke_to"}),
        ("referral.triaged", {"class", "outcome", "positioning"}),
        ("position.cleared_to_sit", {"cleared_by"}),
        ("imaging.communicated", {"result", "spoke_to"}),
        ("steroids.started", {"dose_mg", "route"}),
        ("case.confirmed", {"levels", "site", "known_primary"}),
        ("case.declined", {"capacity", "what"}),
        ("opinion.surgical", {"opinion", "adviser"}),
        ("consent.recorded", {"procedure", "basis"}),
        ("radiotherapy.decided", {"dose_gy", "fractions"}),
        ("radiotherapy.fraction", {"n", "of"}),
        ("rehabilitation.stopped", {"step", "reason"}),
        ("pain.scored", {"rest", "movement"}),
        ("followup.recorded", {"due", "alive"}),
        ("clock.explained", {"clock", "reason"}),
    ],
)
def test_missing_answers_are_named_all_at_once(tell, kind, missing):
    with pytest.raises(Invalid) as refused:
        tell(kind, **dict.fromkeys(missing))
    assert set(refused.value.fields) == missing


def test_a_change_of_class_names_another_class(tell):
    with pytest.raises(Refused, match="The case is in class A already"):
        tell("case.reclassified", **{"class": "A"})
    tell("case.reclassified", **{"class": "B"})
    with pytest.raises(Refused, match="The case is in class B already"):
        tell("case.reclassified", **{"class": "B"})


def test_a_second_course_waits_for_the_end_of_the_first(case, tell):
    first = tell("steroids.started")
    second = SteroidCourse(case=case)
    with factories.typed(after(9), None):
        for verb, answers in (("start", {"dose_mg": 16, "route": "oral"}), ("change", {"dose_mg": 8}),
                              ("plan_taper", {"ends_on": "2026-03-09"})):  # fmt: skip
            with pytest.raises(Refused, match="in another course") as refused:
                advance(second, verb, by=factories.teller(case.organisation), answers=answers)
            assert not refused.value.senior
    tell("steroids.changed")
    tell("steroids.taper_planned")
    tell("steroids.stopped")
    with factories.typed(after(12), None):
        advance(second, "start", by=factories.teller(case.organisation), answers={"dose_mg": 16, "route": "oral"})
        late = SteroidCourse(case=case)
        with pytest.raises(Refused, match="in another course"):
            advance(late, "start", by=factories.teller(case.organisation), at=after(7),
                    answers={"dose_mg": 16, "route": "oral"})  # fmt: skip
    assert [first.track_no, second.number] == [1, 2]


def test_a_first_dose_may_be_typed_in_after_what_follows_it_and_never_comes_after_it(case):
    def give(verb, minutes):
        course = SteroidCourse.objects.get(case=case)
        with factories.typed(after(20), None):
            dose = {"dose_mg": 8, "route": "oral"}
            return advance(course, verb, by=factories.teller(case.organisation), at=after(minutes), answers=dose)

    impossible = "“Dose changed” .* cannot come before “First dexamethasone given”"
    factories.happen(case, "steroids.changed", at=after(5))
    with pytest.raises(Refused, match=impossible):
        give("start", 6)
    assert give("start", 3).track_no == 1
    with pytest.raises(Refused, match=impossible):
        give("change", 2)
    assert give("change", 4).track_no == 1


def test_the_last_dose_is_within_half_a_year(tell):
    tell("steroids.started")
    with pytest.raises(Invalid, match="half a year"):
        tell("steroids.taper_planned", ends_on="2062-03-09")
    tell("steroids.taper_planned", ends_on="2026-09-01")
