"""Every contradiction arises from entries that the engine takes, is kept on the case, and goes with its one move."""

from datetime import timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.merge import merge
from pathway.engine.refused import Refused
from pathway.engine.tick import tick
from pathway.protocol.contradictions import ALL, BY_KEY
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.worklist import Filters, board
from tests import factories
from tests.engine.truth import assert_true

pytestmark = pytest.mark.django_db
SENIOR = {"by": "consultant on call", "reason": "decided at the bedside"}
HOME = (
    *("mobility.assessed", "bowel.assessed", "vte.assessed", "pain.scored", "discharge.needs_assessed"),
    *("discharge.plan_agreed", "told.gp", "told.patient", "neuro.examined", "discharge.discharged"),
)
CONSENTED = ("consent.recorded", {"procedure": "radiotherapy"})
TREATED = [CONSENTED, "case.confirmed"]
UNSTABLE, STABLE = ("stability.advised", {"opinion": "unstable"}), ("stability.advised", {"opinion": "stable"})
FLAT, MOBILE = ("position.ordered", {"position": "flat"}), ("position.ordered", {"position": "mobile"})
FIRST, SECOND = ("radiotherapy.fraction", {"n": 1}), ("radiotherapy.fraction", {"n": 2})
# key: the entries that bring it about, each let pass by a senior where it takes one, and the entry that resolves it
TOLD = {
    "deteriorated_unexamined": (["case.deteriorated"], "neuro.examined"),
    "up_though_unstable": ([MOBILE, UNSTABLE], FLAT),
    "up_though_worse": ([STABLE, "position.cleared_to_sit", "case.deteriorated"], FLAT),
    "opinions_differ": ([STABLE, ("stability.advised", {"opinion": "unstable", "adviser": "another"})], UNSTABLE),
    "steroid_before_haematology": (["steroids.withheld", "steroids.started"], "steroids.haematology_advised"),
    "treated_though_excluded": (
        [CONSENTED, "case.excluded", FIRST],
        "case.reopened",
    ),
    "excluded_against_result": (["imaging.communicated", "case.excluded"], "case.reopened"),
    "confirmed_against_result": (
        [("imaging.communicated", {"result": "normal"}), "case.confirmed"],
        "imaging.communicated",
    ),
    "neurology_without_class_a": (
        [("case.reclassified", {"class": "B"}), ("neuro.examined", {"frankel": "D"})],
        "case.reclassified",
    ),
    "scanned_though_declined": ([("case.declined", {"what": "imaging"}), "imaging.acquired"], "case.planned"),
    "flat_though_stable": ([FLAT, STABLE], ("position.reviewed", {"position": "mobile"})),
    "flat_though_up": ([FLAT, "rehabilitation.stepped"], ("position.reviewed", {"position": "mobile"})),
    "irradiated_after_surgery": (
        [*TREATED, ("consent.recorded", {"procedure": "surgery"}), "surgery.started", FIRST],
        "decision.made",
    ),
    "fractions_unlike_prescribed": (
        [*TREATED, ("radiotherapy.decided", {"fractions": 1}), FIRST],
        "radiotherapy.decided",
    ),
    "dead_at_follow_up": ([*HOME, ("followup.recorded", {"alive": False})], "case.died"),
}
BY_CORRECTION = {
    "treated_without_consent",
    "treated_though_declined",
    "fraction_repeated",
    "fraction_passed_over",
    "fractions_counted_apart",
    "discharged_on_steroid",
    "discharged_with_open_clocks",
}


@pytest.fixture
def case(unit):
    return factories.case(place=unit)


@pytest.fixture
def tell(case):
    """Let things happen a minute apart; a senior is named where one may let it pass."""
    count = iter(range(1, 1000))

    def tell(entry):
        kind, answers = (entry, {}) if isinstance(entry, str) else entry
        moment = factories.START + timedelta(minutes=next(count))
        try:
            return factories.happen(case, kind, at=moment, **answers)
        except Refused as refusal:
            if not refusal.senior:
                raise
            return factories.happen(case, kind, at=moment, override=SENIOR, **answers)

    return tell


def stand(case):
    return Case.objects.get(pk=case.pk).contradictions


def test_every_contradiction_is_told_here_and_names_what_resolves_it():
    assert set(TOLD) | BY_CORRECTION == set(BY_KEY)
    assert len(BY_KEY) == len(ALL) == 22
    assert all(each.sentence and each.source for each in ALL)


@pytest.mark.parametrize("key", TOLD)
def test_a_contradiction_stands_until_its_move_is_made(case, tell, key):
    entries, resolves = TOLD[key]
    for entry in entries[:-1]:
        tell(entry)
    assert key not in stand(case)
    tell(entries[-1])
    assert key in stand(case)
    with clock.at(factories.START + timedelta(hours=2)):
        assert_true(case)
    if resolves:
        kind = resolves if isinstance(resolves, str) else resolves[0]
        assert BY_KEY[key].resolves == kind
        tell(resolves)
        assert key not in stand(case)


def test_a_senior_who_accepts_the_risk_of_getting_up_is_no_contradiction(case, tell):
    for entry in (FLAT, UNSTABLE, MOBILE):
        tell(entry)
    assert stand(case) == []
    tell(("stability.advised", {"opinion": "unstable", "adviser": "surgeon at the centre"}))
    assert stand(case) == ["up_though_unstable"]
    tell("orthosis.fitted")
    assert stand(case) == []


def test_sitting_up_on_an_unstable_spine_is_one_until_the_patient_lies_again(case, tell):
    for entry in (STABLE, "rehabilitation.stepped", UNSTABLE):
        tell(entry)
    assert "up_though_unstable" in stand(case)
    tell(FLAT)
    assert "up_though_unstable" not in stand(case)


def test_up_after_a_deterioration_is_one_until_stability_is_judged_again_or_a_senior_accepts_it(case, tell):
    for entry in (MOBILE, "case.deteriorated", "neuro.examined"):
        tell(entry)
    assert stand(case) == ["up_though_worse"]
    tell(MOBILE)
    assert stand(case) == []
    tell("case.deteriorated")
    tell("neuro.examined")
    assert stand(case) == ["up_though_worse"]
    tell(STABLE)
    assert stand(case) == []


def test_flat_after_a_deterioration_is_none_until_new_advice_says_stable(case, tell):
    for entry in (STABLE, MOBILE, "case.deteriorated", "neuro.examined", FLAT):
        tell(entry)
    assert stand(case) == []
    tell(STABLE)
    assert stand(case) == ["flat_though_stable"]


def test_a_scan_after_the_treatment_says_nothing_against_what_was_treated(case, tell):
    for entry in ("imaging.communicated", "case.confirmed", ("consent.recorded", {"procedure": "surgery"})):
        tell(entry)
    tell("surgery.started")
    tell(("imaging.communicated", {"result": "other"}))
    assert "confirmed_against_result" not in stand(case)


@pytest.mark.parametrize("wrong", ["the later result", "the confirmation"])
def test_a_result_against_a_confirmation_stands_through_treatment_until_the_wrong_entry_is_corrected(case, tell, wrong):
    tell("imaging.communicated")
    confirmed = tell("case.confirmed")
    normal = tell(("imaging.communicated", {"result": "normal"}))
    tell(CONSENTED)
    if wrong == "the later result":
        tell(FIRST)
    assert stand(case) == ["confirmed_against_result"]
    by, later = factories.teller(case.organisation), factories.START + timedelta(hours=1)
    with clock.at(later):
        if wrong == "the later result":
            correct(normal, by=by, why="of another patient", withdrawn=True)
        else:
            correct(confirmed, by=by, why="misread", withdrawn=True)
    assert stand(case) == []


def test_compression_told_before_a_scan_that_shows_none_stands_against_an_exclusion_without_a_senior(case):
    at = factories.START + timedelta(hours=1)
    factories.happen(case, "imaging.communicated", at=at, result="normal")
    factories.happen(case, "case.excluded", at=at + timedelta(hours=1))
    assert stand(case) == []
    factories.happen(case, "imaging.communicated", at=at - timedelta(minutes=30), recorded=at + timedelta(hours=2))
    assert stand(case) == ["excluded_against_result"]


def test_a_senior_who_excludes_after_a_scan_that_shows_none_has_settled_it(tell, case):
    for entry in ("imaging.communicated", ("imaging.communicated", {"result": "normal"}), "case.excluded"):
        tell(entry)
    assert "excluded_against_result" not in stand(case)


def test_an_examination_that_may_have_been_before_it_is_none_since_something_became_worse(case):
    noon = factories.START + timedelta(hours=3)
    factories.happen(case, "neuro.examined", at=factories.START + timedelta(hours=1))
    factories.happen(case, "case.deteriorated", at=noon, precision="day")
    later = noon + timedelta(minutes=1)
    with clock.at(later):
        assert tick() == len(Alert.objects.filter(case=case))
    assert Alert.objects.filter(case=case, clock__standard="deterioration", stood_down_at=None).exists()
    assert stand(case) == ["deteriorated_unexamined"]
    factories.happen(case, "neuro.examined", at=later)
    assert not Alert.objects.filter(case=case, clock__standard="deterioration", stood_down_at=None).exists()
    assert stand(case) == []


def test_one_adviser_may_change_an_opinion(case, tell):
    tell(STABLE)
    tell(UNSTABLE)
    assert "opinions_differ" not in stand(case)


def test_a_suspected_blood_cancer_at_the_first_call_counts_too(unit):
    case = factories.case(place=unit, blood_cancer=True)
    at = factories.START + timedelta(minutes=5)
    with pytest.raises(Refused, match="haematology has advised"):
        factories.happen(case, "steroids.started", at=at)
    factories.happen(case, "steroids.started", at=at, override=SENIOR)
    assert "steroid_before_haematology" in stand(case)
    factories.happen(case, "steroids.stopped", at=at + timedelta(minutes=5))
    assert "steroid_before_haematology" not in stand(case)


def test_a_blood_cancer_suspected_on_a_duplicate_still_gates_the_steroid_after_the_merge(unit):
    case = factories.case(place=unit)
    later = factories.START + timedelta(hours=1)
    duplicate = factories.case(place=unit, who=case.patient, at=later, blood_cancer=True)
    with clock.at(later):
        answers = factories.ANSWERS["case.merged"] | {"into": case.code}
        merge(duplicate, by=factories.teller(case.organisation), answers=answers)
    with pytest.raises(Refused, match="haematology has advised"):
        factories.happen(case, "steroids.started", at=later + timedelta(minutes=5))
    factories.happen(case, "steroids.haematology_advised", at=later + timedelta(minutes=10))
    factories.happen(case, "steroids.started", at=later + timedelta(minutes=15))
    assert_true(Case.objects.get(pk=case.pk))


def test_a_treatment_before_its_consent_by_correction_and_back(case, tell):
    consent = tell(CONSENTED)
    tell("case.confirmed")
    tell(FIRST)
    assert stand(case) == []
    later = factories.START + timedelta(minutes=30)
    by = factories.teller(case.organisation)
    with clock.at(later):
        correct(consent, by=by, why="the form says so", occurred_at=later)
    assert stand(case) == ["treated_without_consent"]
    with clock.at(later):
        correct(consent, by=by, why="misread", occurred_at=factories.START)
    assert stand(case) == []
    with clock.at(later):
        correct(consent, by=by, why="refused", answers={"procedure": "radiotherapy", "basis": "refused"})
    assert stand(case) == ["treated_without_consent"]
    factories.happen(case, "consent.recorded", at=factories.START + timedelta(seconds=90), recorded=later)
    assert stand(case) == []


def test_a_refusal_typed_late_stands_against_the_treatment_until_there_is_consent_since(case, tell):
    for entry in (*TREATED, FIRST):
        tell(entry)
    between, later = factories.START + timedelta(seconds=150), factories.START + timedelta(hours=1)
    factories.happen(case, "case.declined", at=between, recorded=later, what="treatment")
    assert stand(case) == ["treated_without_consent", "treated_though_declined"]
    factories.happen(case, "consent.recorded", at=between + timedelta(seconds=10), recorded=later)
    assert stand(case) == []


def test_two_fractions_of_one_number_in_a_course_but_not_in_two(case, tell):
    for entry in (*TREATED, FIRST, SECOND):
        tell(entry)
    again = tell(SECOND)
    assert stand(case) == ["fraction_repeated"]
    with clock.at(factories.START + timedelta(hours=1)):
        correct(again, by=factories.teller(case.organisation), why="the third", answers={"n": 3, "of": 5})
    assert stand(case) == []
    tell("radiotherapy.stopped_early")
    tell(FIRST)
    assert stand(case) == []


def test_a_fraction_typed_late_that_counts_to_another_number_is_one_until_it_is_corrected(case, tell):
    for entry in (*TREATED, SECOND):
        tell(entry)
    between, later = factories.START + timedelta(seconds=150), factories.START + timedelta(hours=1)
    first = factories.happen(case, "radiotherapy.fraction", at=between, recorded=later, n=1, of=3)
    assert stand(case) == ["fractions_counted_apart"]
    with clock.at(later):
        correct(first, by=factories.teller(case.organisation), why="misread", answers={"n": 1, "of": 5})
    assert stand(case) == []
    tell(("radiotherapy.decided", {"fractions": 3}))
    tell(("radiotherapy.fraction", {"n": 3, "of": 3}))
    tell(("radiotherapy.fraction", {"n": 1, "of": 1}))
    assert "fractions_counted_apart" not in stand(case)


def test_radiotherapy_planned_with_the_operation_is_no_decision_of_its_own(case, tell):
    for entry in (("decision.made", {"modality": "surgery"}), "radiotherapy.decided", *TREATED):
        tell(entry)
    for entry in (("consent.recorded", {"procedure": "surgery"}), "surgery.started", "surgery.ended", FIRST):
        tell(entry)
    assert stand(case) == []


def test_a_fraction_that_was_passed_over_is_missed_until_it_is_recorded_at_its_time(case, tell):
    for entry in (*TREATED, FIRST, ("radiotherapy.fraction", {"n": 3})):
        tell(entry)
    assert stand(case) == ["fraction_passed_over"]
    between, later = factories.START + timedelta(seconds=210), factories.START + timedelta(hours=1)
    factories.happen(case, "radiotherapy.fraction", at=between, recorded=later, n=2)
    assert stand(case) == []


def test_a_plan_taken_back_after_discharge_shows_the_steroid_without_one(case, tell):
    for entry in ("steroids.started", "steroids.protected"):
        tell(entry)
    plan = tell("steroids.taper_planned")
    for entry in HOME:
        tell(entry)
    assert "discharged_on_steroid" not in stand(case)
    assert "discharged_with_open_clocks" in stand(case)
    with clock.at(factories.START + timedelta(hours=1)):
        correct(plan, by=factories.teller(case.organisation), why="another patient", withdrawn=True)
    assert "discharged_on_steroid" in stand(case)
    tell("steroids.taper_planned")
    assert "discharged_on_steroid" not in stand(case)
    tell("case.admitted")
    assert "discharged_with_open_clocks" not in stand(case)


def test_a_case_that_has_ended_has_none(case, tell):
    tell("case.deteriorated")
    assert stand(case)
    tell("case.died")
    assert stand(case) == []


def test_the_board_shows_them_filters_by_them_and_asks_no_more_queries(
    case, tell, unit, coordinator, django_assert_num_queries
):
    quiet = factories.case(place=unit)
    tell("case.deteriorated")
    with clock.at(factories.START + timedelta(minutes=5)):
        only = board(coordinator, Filters(contradictions=True))
        assert [row.case.pk for row in only.rows] == [case.pk]
        assert only.hidden == 1
        found = {row.case.pk: row.contradictions for row in board(coordinator, Filters()).rows}
    assert found[quiet.pk] == []
    said = BY_KEY["deteriorated_unexamined"].sentence
    assert found[case.pk] == [(said, "Record a neurological examination")]
    with django_assert_num_queries(0):
        _ = [row.contradictions for row in only.rows]
