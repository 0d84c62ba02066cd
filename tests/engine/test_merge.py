"""Two cases made one: clocks from the earlier suspicion, both timelines kept, taken back as if it had not been."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pathway.engine import now as clock
from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.hush import void
from pathway.engine.merge import merge, preview, unmerge
from pathway.engine.note import observe
from pathway.engine.refused import Doubtful, Invalid, Merged, NotAllowed, Refused
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from tests.engine.truth import assert_true, clocks_of
from tests.factories import ANSWERS, START, case, duty, happen, patient, teller, unit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = ANSWERS["case.merged"]


@pytest.fixture
def first(unit):
    return case("A", place=unit, at=START)


@pytest.fixture
def second(unit, first):
    """A duplicate, opened two hours later in another unit of the trust."""
    return case("A", place=unit, who=first.patient, at=START + 2 * HOUR)


def read(each):
    return Case.objects.get(pk=each.pk)


def join(absorbed, survivor, at=START + 3 * HOUR, **given):
    with clock.at(at):
        by = given.pop("by", teller(survivor.organisation))
        return merge(absorbed, by=by, answers=WHY | {"into": survivor.code}, **given)


def undo(absorbed, at=START + 4 * HOUR):
    with clock.at(at):
        return unmerge(absorbed, by=teller(absorbed.organisation), why="two compressions")


def both_true(*cases):
    for each in cases:
        assert_true(each)


def refused(absorbed, survivor, match, expected=Refused):
    before = Event.objects.count()
    with pytest.raises(expected, match=match):
        join(absorbed, survivor)
    assert Event.objects.count() == before


@pytest.mark.parametrize("turned", [False, True])
def test_the_clocks_count_from_the_earlier_suspicion_whichever_case_goes_on(first, second, turned):
    happen(second, "contact.made", at=START + 150 * timedelta(minutes=1))
    absorbed, survivor = (first, second) if turned else (second, first)
    join(absorbed, survivor)
    absorbed, survivor = read(absorbed), read(survivor)
    assert (absorbed.state, absorbed.phase, absorbed.survivor) == ("merged", "merged", survivor)
    mri = survivor.clocks.get(standard="mri_a", withdrawn_at=None)
    assert (mri.started_at, mri.ended_at) == (START, None)
    contact = survivor.clocks.get(standard="contact_a", withdrawn_at=None)
    assert (contact.started_at, contact.outcome) == (START, "met"), "what was done on the other case is done"
    assert survivor.suspected_at == START
    assert not absorbed.clocks.filter(ended_at=None).exists()
    both_true(absorbed, survivor)


def test_a_graver_class_of_the_merged_case_is_not_lost(unit):
    mild = case("B", place=unit, at=START)
    grave = case("A", place=unit, who=mild.patient, at=START + 2 * HOUR)
    join(grave, mild)
    assert read(mild).klass == "A"
    assert read(mild).clocks.get(standard="mri_a", withdrawn_at=None).started_at == START + 2 * HOUR
    assert_true(mild)


def test_the_state_is_that_of_both_together_and_later_moves_go_to_the_survivor(first, second):
    happen(second, "imaging.requested", at=START + 130 * timedelta(minutes=1))
    happen(second, "imaging.acquired", at=START + 140 * timedelta(minutes=1))
    happen(second, "imaging.communicated", at=START + 150 * timedelta(minutes=1))
    join(second, first)
    event = happen(first, "case.confirmed", at=START + 4 * HOUR)
    assert (event.case, read(first).state) == (first, "confirmed")
    scan = happen(first, "imaging.requested", at=START + 5 * HOUR)
    assert scan.track_no == 1, "rows of other tracks stay with their own case"
    both_true(first, second)


def test_the_merged_case_takes_no_entry_and_names_the_one_that_does(first, second):
    call = happen(second, "contact.logged", at=START + 130 * timedelta(minutes=1))
    join(second, first)
    by = teller(first.organisation)
    with clock.at(START + 4 * HOUR):
        for act in (
            lambda: advance(second, "plan", by=by, answers={"plan": "x"}),
            lambda: observe(second, "contact.logged", by=by, answers=ANSWERS["contact.logged"]),
            lambda: correct(call, by=by, why="x", occurred_at=START + 2 * HOUR),
            lambda: void(second, "mri_a", by=by, answers={"reason": "x", "second_person": "y"}),
        ):
            with pytest.raises(Merged, match=f"{second.code} was merged into {first.code}. Record it there."):
                act()


def test_what_the_two_cases_say_against_each_other_stands_on_the_survivor(first, second):
    happen(first, "position.ordered", at=START + 130 * timedelta(minutes=1), position="flat")
    happen(second, "case.deteriorated", at=START + 135 * timedelta(minutes=1))
    happen(second, "stability.advised", at=START + 140 * timedelta(minutes=1), opinion="stable")
    assert (read(first).contradictions, read(second).contradictions) == ([], ["deteriorated_unexamined"])
    join(second, first)
    assert set(read(first).contradictions) == {"deteriorated_unexamined", "flat_though_stable"}
    assert read(second).contradictions == []
    both_true(first, second)
    happen(first, "neuro.examined", at=START + 4 * HOUR)
    assert read(first).contradictions == ["flat_though_stable"]
    undo(second, at=START + 5 * HOUR)
    assert (read(first).contradictions, read(second).contradictions) == ([], ["deteriorated_unexamined"])
    both_true(first, second)


def test_a_time_before_the_first_suspicion_of_both_is_doubtful_and_no_later_one(first, second):
    join(first, second)
    happen_at = {"by": teller(second.organisation), "answers": ANSWERS["contact.logged"]}
    with clock.at(START + 4 * HOUR):
        observe(second, "contact.logged", at=START + HOUR, **happen_at)
        with pytest.raises(Doubtful, match=r"before the suspicion \(09:00 on 2 March 2026\)"):
            observe(second, "contact.logged", at=START - HOUR, **happen_at)


def test_alerts_of_the_merged_case_stand_down_and_come_back(first, second, unit):
    duty(unit, "coordinator", teller(unit.organisation))
    with clock.at(START + 4 * HOUR):
        tick()
    mine = Alert.objects.filter(case=second)
    assert mine.filter(stood_down_at=None).exists()
    join(second, first, at=START + 5 * HOUR)
    assert not mine.filter(stood_down_at=None).exists()
    undo(second, at=START + 6 * HOUR)
    assert mine.filter(stood_down_at=None).exists()
    with clock.at(START + 6 * HOUR):
        tick()
        both_true(first, second)


def test_voiding_a_clock_of_the_duplicate_does_not_quieten_the_survivor(first, second):
    with clock.at(START + 150 * timedelta(minutes=1)):
        void(second, "mri_a", by=teller(first.organisation), answers={"reason": "duplicate", "second_person": "y"})
    join(second, first)
    assert read(first).next_standard == "contact_a"
    assert first.clocks.get(standard="mri_a", withdrawn_at=None).ended_at is None


def test_both_timelines_are_kept(first, second):
    before = list(Event.objects.order_by("pk").values())
    made = join(second, first)
    undone = undo(second)
    assert list(Event.objects.exclude(pk__in=[made.pk, undone.pk]).order_by("pk").values()) == before
    assert (made.case, undone.corrects, made.answers["second_person"]) == (second, made, WHY["second_person"])


def test_what_is_refused(first, second, unit, coordinator, clinician):
    stranger = case(place=unit)
    elsewhere = case()
    refused(first, first, "into itself")
    refused(second, stranger, "belong to two patients")
    refused(second, elsewhere, "no such case", Invalid)
    with pytest.raises(NotAllowed):
        join(second, first, by=clinician)
    with pytest.raises(Invalid, match="somebody else"), clock.at(START + 3 * HOUR):
        merge(second, by=coordinator, answers=WHY | {"into": first.code, "second_person": f" {coordinator} ".upper()})
    with pytest.raises(Refused, match="two cases"):
        advance(second, "merge", by=coordinator, answers=WHY | {"into": first.code})
    third = case(place=unit, who=first.patient, at=START + HOUR)
    join(second, first)
    refused(second, first, "was merged into .* already")
    refused(first, second, "was merged into .* already")
    refused(third, second, "was merged into .* already")
    refused(first, third, f"into {first.code} instead")
    join(third, first)
    assert {each.pk for each in Case.objects.filter(survivor=first)} == {second.pk, third.pk}
    assert_true(first)
    undo(third)
    assert_true(first)
    with pytest.raises(Refused, match="is not merged"):
        undo(third)


def test_a_case_that_has_ended_is_a_case_of_its_own(first, second):
    happen(first, "case.closed", at=START + HOUR)
    refused(second, first, "Two compressions at different times are two cases")
    refused(first, second, "Two compressions at different times are two cases")


def test_two_findings_that_cannot_both_be_true_are_settled_first(first, second):
    happen(first, "case.confirmed", at=START + HOUR)
    wrong = happen(second, "case.metastases_only", at=START + 140 * timedelta(minutes=1))
    refused(second, first, "cannot both be true: “Metastases, no compression”")
    with clock.at(START + 150 * timedelta(minutes=1)):
        correct(wrong, by=teller(first.organisation), why="it is compression", withdrawn=True)
    happen(second, "case.confirmed", at=START + 160 * timedelta(minutes=1))
    join(second, first)
    assert read(first).state == "confirmed"
    both_true(first, second)


def test_a_case_is_not_marked_in_error_while_another_is_merged_into_it(first, second):
    join(second, first)
    answers = {"reason": "wrong patient", "second_person": "Nurse Test"}
    with pytest.raises(Refused, match=f"{second.code} is merged into this case .*Undo the merge first") as refusal:
        happen(first, "case.entered_in_error", at=START + 4 * HOUR, **answers)
    assert not refusal.value.senior
    assert Case.objects.get(pk=first.pk).is_open
    undo(second)
    happen(first, "case.entered_in_error", at=START + 5 * HOUR, **answers)
    assert [Case.objects.get(pk=each.pk).is_open for each in (first, second)] == [False, True]


def test_a_form_sent_twice_merges_once(first, second):
    key = uuid4()
    assert join(second, first, submission=key).pk == join(second, first, submission=key).pk
    assert Event.objects.filter(kind="case.merged").count() == 1
    by, key = teller(first.organisation), uuid4()
    undone = [unmerge(second, by=by, why="two compressions", submission=key) for _ in range(2)]
    assert undone[0] == undone[1]


@pytest.mark.parametrize("code", ["M", "M1x", "7" * 30, "M²", "elsewhere"])
def test_a_code_that_names_no_case(first, second, code):
    with pytest.raises(Invalid, match="no such case"), clock.at(START + 3 * HOUR):
        merge(second, by=teller(first.organisation), answers=WHY | {"into": code})


def test_a_correction_on_the_survivor_is_judged_by_both_and_keeps_the_merge(first, second):
    made = happen(first, "contact.made", at=START + HOUR)
    join(second, first)
    with clock.at(START + 5 * HOUR):
        correct(made, by=teller(first.organisation), why="sooner", occurred_at=START + timedelta(minutes=20))
    assert_true(first)
    assert read(first).suspected_at == START


def test_the_preview_says_what_the_merge_then_does(first, second):
    with clock.at(START + 3 * HOUR):
        shown = preview(second, first)
    assert {run.started_at for run in shown.own} == {START + 2 * HOUR}
    assert read(second).survivor is None
    join(second, first)
    running = {(row.standard, row.due_at) for row in first.clocks.filter(withdrawn_at=None, ended_at=None)}
    assert {(run.standard, run.due_at) for run in shown.after} == running


KINDS = (
    "contact.made", "referral.received", "imaging.requested", "imaging.acquired", "imaging.communicated",
    "case.confirmed", "case.reclassified", "steroids.indicated", "steroids.started", "stability.advised",
    "case.closed", "case.reopened", "case.deteriorated", "decision.made",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from(KINDS), st.integers(1, 60)), max_size=8)


def stored(*cases):
    return [(clocks_of(each), read(each).state, read(each).phase, read(each).next_due_at) for each in cases]


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, klasses=st.tuples(st.sampled_from("AB"), st.sampled_from("AB")), turned=st.booleans())
def test_merged_and_taken_back_the_clocks_are_what_they_were(steps, klasses, turned):
    place = unit()
    who = patient(place.organisation)
    one = case(klasses[0], place=place, who=who, at=START)
    two = case(klasses[1], place=place, who=who, at=START + 2 * HOUR)
    at = START + 2 * HOUR
    for of_first, kind, minutes in steps:
        at += timedelta(minutes=minutes)
        try:
            happen(one if of_first else two, kind, at=at)
        except Refused:
            continue
    with clock.at(at + HOUR):
        tick()
    before = stored(one, two)
    absorbed, survivor = (one, two) if turned else (two, one)
    try:
        join(absorbed, survivor, at=at + 2 * HOUR)
    except Refused:
        assert stored(one, two) == before
        return
    with clock.at(at + 3 * HOUR):
        both_true(one, two)
        tick()
    undo(absorbed, at=at + 4 * HOUR)
    assert stored(one, two) == before
    with clock.at(at + 4 * HOUR):
        both_true(one, two)
