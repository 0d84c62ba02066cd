"""The rules for all clocks, by their numbers in the clock table; made-up clocks where the real ones do not show one."""

from dataclasses import replace

import pytest

from pathway import protocol
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.types import At, Group, Level, Protocol, Role, Rung, Standard, hours, on
from pathway.protocol.vocabulary import KINDS, in_order
from tests.protocol.told import CURRENT, START, facts, folded, length, runs, said, shown

PLAIN = Standard(
    key="made_up", label="Made up", limit=hours(4), amber=hours(2), starts=on("pain.scored"),
    met=(on("skin.assessed"),), ladder=(Rung(Level.E1, At.AMBER, (Role.COORDINATOR,)),),
    clears="skin.assessed", holder="ward", source="a test", mark="local",
)  # fmt: skip


def made_up(story, **changes):
    """What a made-up clock does; `changes` replace words of its definition."""
    return runs("made_up", story, version_with(**changes))


def version_with(**changes):
    return Protocol("test", "", (replace(PLAIN, **changes),))


def both(story):
    """The same story told forwards and backwards: the runs must agree."""
    forwards, backwards = facts(story), facts(story)[::-1]
    first, second = ([said(run) for run in fold(told, CURRENT, in_hours)] for told in (forwards, backwards))
    assert first == second
    return forwards


def test_1_order_is_by_when_things_happened():
    both("0:00 case.suspected A | 9:00 imaging.acquired mri | 10:00 imaging.communicated mscc")
    assert runs("contact_a", "0:30 contact.made phone | 0:00 case.suspected A") == ["0:00-0:30 met"]


def test_1_ties_follow_the_vocabulary_and_not_the_typing():
    told = both("0:00 steroids.stopped | 0:00 steroids.started | 0:00 case.suspected A | 0:00 case.died")
    kinds = [fact.kind for fact in in_order(told)]
    assert kinds == ["case.suspected", "steroids.started", "steroids.stopped", "case.died"]


def test_1_at_one_instant_the_request_comes_before_the_booking():
    story = "0:00 case.suspected A | 1:00 imaging.booked 9:00 | 1:00 imaging.requested mri"
    both(story)
    assert runs("mri_slot", story) == ["1:00-1:00 met"]


def test_1_what_ends_a_case_comes_last_at_its_instant():
    assert runs("mri_a", "0:00 case.suspected A | 9:00 case.died | 9:00 imaging.acquired mri") == ["0:00-9:00 met"]
    assert runs("contact_a", "0:00 case.suspected A | 0:00 case.declined everything | 0:00 contact.made phone") == [
        "0:00-0:00 met"
    ]
    partly = [fact.kind for fact in in_order(facts("0:00 imaging.requested mri | 0:00 case.declined imaging"))]
    assert partly == ["case.declined", "imaging.requested"]


def test_1_every_kind_has_one_place_in_the_order():
    assert len(set(KINDS)) == len(KINDS)


def test_2_a_start_while_a_run_is_running_is_ignored():
    assert made_up("0:00 pain.scored 5 | 1:00 pain.scored 5 | 2:00 skin.assessed") == ["0:00-2:00 met"]


def test_2_one_event_may_end_a_run_and_start_the_next():
    assert made_up("0:00 pain.scored 5 | 1:00 pain.scored 5", met=(on("pain.scored"),)) == ["0:00-1:00 met", "1:00-"]


@pytest.mark.parametrize("words", [("met",), ("superseded",), ("void",), ("frozen",)])
def test_2_met_is_asked_first_then_superseded_void_frozen(words):
    order = ("met", "superseded", "void", "frozen")
    later = order[order.index(words[0]) :]
    ends = {word: (on("skin.assessed"),) if word == "met" else on("skin.assessed") for word in later}
    ends.setdefault("met", (on("bladder.planned"),))
    assert made_up("0:00 pain.scored 5 | 1:00 skin.assessed", **ends) == [f"0:00-1:00 {words[0]}"]


def test_3_a_start_of_two_waits_for_the_later_in_either_order():
    two = {"starts": on("case.admitted") + on("case.confirmed")}
    assert made_up("0:00 case.admitted | 3:00 case.confirmed", **two) == ["3:00-"]
    assert made_up("0:00 case.confirmed | 3:00 case.admitted", **two) == ["3:00-"]
    assert made_up("0:00 case.admitted | 3:00 case.admitted", **two) == []


def test_3_a_start_of_either_takes_the_first():
    assert made_up("1:00 case.confirmed", starts=on("case.admitted") | on("case.confirmed")) == ["1:00-"]


def test_3_what_a_start_waits_for_is_forgotten_once_it_has_started_a_run():
    two = {"starts": on("case.admitted") + on("case.confirmed")}
    story = "0:00 case.admitted | 1:00 case.confirmed | 2:00 skin.assessed | 3:00 case.confirmed"
    assert made_up(story, **two) == ["1:00-2:00 met"]
    assert made_up(f"{story} | 4:00 case.admitted", **two) == ["1:00-2:00 met", "4:00-"]


def test_3_an_ending_of_two_is_counted_from_the_start_of_its_run():
    two = {"met": (on("skin.assessed") + on("vte.assessed"),)}
    assert made_up("0:00 skin.assessed | 1:00 pain.scored 5 | 2:00 vte.assessed", **two) == ["1:00-"]
    assert made_up("1:00 pain.scored 5 | 2:00 vte.assessed | 3:00 skin.assessed", **two) == ["1:00-3:00 met"]
    assert made_up("1:00 pain.scored 5 | 2:00 vte.assessed | 3:00 vte.assessed", **two) == ["1:00-"]


def test_3_an_ending_of_two_is_counted_anew_in_the_next_run():
    two = {"met": (on("skin.assessed") + on("vte.assessed"),), "superseded": on("bladder.planned")}
    story = "0:00 pain.scored 5 | 1:00 skin.assessed | 2:00 bladder.planned | 3:00 pain.scored 5 | 4:00 vte.assessed"
    assert made_up(story, **two) == ["0:00-2:00 superseded", "3:00-"]


def test_3_what_comes_before_the_start_in_the_order_is_not_counted_at_the_same_instant():
    two = {"met": (on("skin.assessed") + on("vte.assessed"),)}
    assert made_up("0:00 skin.assessed | 0:00 pain.scored 5 | 1:00 vte.assessed", **two) == ["0:00-"]


def test_4_an_early_deed_ends_the_run_where_it_starts():
    assert made_up("0:00 skin.assessed | 1:00 pain.scored 5", early=True) == ["1:00-1:00 met"]
    assert made_up("0:00 skin.assessed | 1:00 pain.scored 5") == ["1:00-"]


def test_4_an_early_ending_of_two_may_be_half_done_before():
    two = {"early": True, "met": (on("skin.assessed") + on("vte.assessed"),)}
    assert made_up("0:00 skin.assessed | 1:00 pain.scored 5 | 2:00 vte.assessed", **two) == ["1:00-2:00 met"]
    assert made_up("0:00 skin.assessed | 0:30 vte.assessed | 1:00 pain.scored 5", **two) == ["1:00-1:00 met"]


def test_4_half_an_early_ending_outlives_a_run_that_it_did_not_end():
    two = {"early": True, "met": (on("skin.assessed") + on("vte.assessed"),), "superseded": on("bladder.planned")}
    story = "0:00 pain.scored 5 | 1:00 skin.assessed | 2:00 bladder.planned | 3:00 pain.scored 5 | 4:00 vte.assessed"
    assert made_up(story, **two) == ["0:00-2:00 superseded", "3:00-4:00 met"]


def test_4_a_deed_counts_for_one_run_only():
    story = "0:00 pain.scored 5 | 1:00 skin.assessed | 2:00 pain.scored 5"
    assert made_up(story, early=True) == ["0:00-1:00 met", "2:00-"]


def test_4_a_deed_before_the_latest_first_part_of_the_start_does_not_count():
    two = {"early": True, "starts": on("steroids.started") + on("case.excluded"), "met": (on("steroids.stopped"),)}
    started_again = "0:00 steroids.started | 1:00 steroids.stopped | 2:00 steroids.started | 3:00 case.excluded"
    assert made_up(started_again, **two) == ["3:00-"]
    assert made_up(f"{started_again} | 4:00 steroids.stopped", **two) == ["3:00-4:00 met"]
    assert made_up("0:00 case.excluded | 1:00 steroids.stopped | 2:00 steroids.started", **two) == ["2:00-"]


@pytest.mark.parametrize("anew", ["case.reclassified A", "case.reopened A"])
def test_4_a_deed_before_a_new_class_or_a_reopening_does_not_count(anew):
    story = f"0:00 case.suspected B | 1:00 contact.made phone | 2:00 case.closed | 3:00 {anew}"
    if anew.startswith("case.reclassified"):
        story = story.replace(" | 2:00 case.closed", "")
    assert runs("contact_a", story) == ["3:00-"]
    assert runs("contact_a", f"{story} | 3:00 contact.made phone") == ["3:00-3:00 met"]


def test_5_only_the_standing_class_starts_a_clock():
    story = "0:00 case.suspected A | 1:00 case.reclassified B | 2:00 imaging.requested mri"
    assert runs("mri_slot", story) == []
    assert runs("mri_slot", f"{story} | 3:00 case.reclassified A | 4:00 imaging.requested mri") == ["4:00-"]


def test_5_class_c_runs_the_clocks_of_class_b():
    assert [run.standard for run in fold(facts("0:00 case.suspected C"), CURRENT, in_hours)] == ["contact_b", "mri_b"]


def test_5_a_change_of_class_supersedes_what_the_new_class_does_not_have():
    story = "0:00 case.suspected B | 2:00 case.reclassified A"
    assert runs("contact_b", story) == ["0:00-2:00 superseded"]
    assert runs("mri_b", story) == ["0:00-2:00 superseded"]
    assert runs("contact_a", story) == runs("mri_a", story) == ["2:00-"]


def test_5_b_to_a_is_due_at_the_earlier_of_both():
    (day,) = folded("mri_a", "0:00 case.suspected B | 57:00 case.reclassified A")
    (near,) = folded("mri_a", "0:00 case.suspected B | 150:00 case.reclassified A")
    assert (shown(day.due_at), shown(near.due_at)) == ("81:00", "168:00")


def test_6_ending_a_late_run_otherwise_than_by_its_deed_is_no_breach_but_keeps_its_times():
    (run,) = folded("mri_a", "0:00 case.suspected A | 30:00 case.declined imaging")
    assert (run.outcome, shown(run.due_at), shown(run.ended_at)) == ("void", "24:00", "30:00")


def test_7_a_later_fact_of_the_track_supersedes_what_was_skipped():
    story = "0:00 case.suspected A | 1:00 referral.triaged pathway | 9:00 imaging.acquired mri"
    assert runs("mri_request", story) == ["1:00-9:00 superseded"]


@pytest.mark.parametrize("end", ["case.died", "case.left", "case.closed", "case.entered_in_error",
                                 "case.declined everything"])  # fmt: skip
def test_8_nothing_runs_or_starts_after_the_end(end):
    story = (f"0:00 case.suspected A | 1:00 {end} | 2:00 referral.received | 3:00 imaging.requested mri"
             " | 4:00 case.reclassified B | 5:00 position.ordered flat")  # fmt: skip
    found = fold(facts(story), CURRENT, in_hours)
    assert {run.standard for run in found} == {"contact_a", "mri_a", "plan_24", "total_48", "neuro_exam", "bladder"}
    assert {shown(run.ended_at) for run in found} == {"1:00"}


def test_8_reopening_starts_new_runs_from_its_own_time():
    story = "0:00 case.suspected A | 1:00 case.closed | 100:00 case.reopened A"
    assert runs("mri_a", story) == ["0:00-1:00 frozen", "100:00-"]
    assert runs("mri_a", "0:00 case.suspected A | 1:00 case.closed | 100:00 case.reopened B") == ["0:00-1:00 frozen"]
    assert runs("mri_b", "0:00 case.suspected A | 1:00 case.closed | 100:00 case.reopened B") == ["100:00-"]


def test_8_a_transfer_within_the_alliance_does_nothing():
    story = "0:00 case.suspected A | {}9:00 imaging.acquired mri"
    assert runs("mri_a", story.format("1:00 case.transferred | ")) == runs("mri_a", story.format(""))


@pytest.mark.parametrize(
    ("group", "voiding"),
    [
        (Group.IMAGING, {"case.declined imaging", "case.supportive_care", "case.excluded"}),
        (Group.TREATMENT,
         {"case.declined treatment", "case.supportive_care", "case.excluded", "case.metastases_only"}),
        (Group.BEDSIDE, set()),
        (None, set()),
    ],
)  # fmt: skip
def test_9_groups_are_void_by_their_own_events_only(group, voiding):
    every = {"case.declined imaging", "case.declined treatment", "case.supportive_care", "case.excluded",
             "case.metastases_only"}  # fmt: skip
    ended = {event for event in every if made_up(f"0:00 pain.scored 5 | 1:00 {event}", group=group) != ["0:00-"]}
    assert ended == voiding
    assert all(made_up(f"0:00 pain.scored 5 | 1:00 {event}", group=group) == ["0:00-1:00 void"] for event in voiding)


@pytest.mark.parametrize(("group", "expected"), [(Group.BEDSIDE, "0:00-1:00 frozen"), (Group.IMAGING, "0:00-"),
                                                 (Group.TREATMENT, "0:00-"), (None, "0:00-")])  # fmt: skip
def test_10_discharge_freezes_bedside_clocks_only(group, expected):
    assert made_up("0:00 pain.scored 5 | 1:00 discharge.discharged", group=group) == [expected]


def test_11_suspending_moves_neither_start_nor_due():
    (run,) = folded("mri_a", "0:00 case.suspected A | 5:00 clock.suspended mri_a until=8:00")
    assert (shown(run.started_at), shown(run.due_at), shown(run.suspended_until)) == ("0:00", "24:00", "8:00")
    (other,) = folded("contact_a", "0:00 case.suspected A | 0:10 clock.suspended mri_a until=2:00")
    assert other.suspended_until is None


def test_11_a_suspension_of_the_run_before_does_not_hold_the_next():
    story = "0:00 position.ordered flat | 1:00 clock.suspended flat_review until=4:00 | 2:00 position.reviewed flat"
    first, second = folded("flat_review", story)
    assert first.suspended_until == START + length("4:00")
    assert second.suspended_until is None


def test_11_voiding_ends_the_named_clock_only():
    story = "0:00 case.suspected A | 1:00 clock.voided mri_a"
    assert runs("mri_a", story) == ["0:00-1:00 void"]
    assert runs("contact_a", story) == ["0:00-"]


def test_a_clock_that_repeats_starts_again_at_each_deed():
    assert made_up("0:00 pain.scored 5 | 3:00 skin.assessed | 9:00 skin.assessed", repeats=True) == [
        "0:00-3:00 met", "3:00-9:00 breached", "9:00-"
    ]  # fmt: skip
    assert made_up("0:00 skin.assessed", repeats=True) == []
    story = "0:00 pain.scored 5 | 1:00 bladder.planned | 2:00 skin.assessed"
    assert made_up(story, repeats=True, superseded=on("bladder.planned")) == ["0:00-1:00 superseded"]


def test_a_limit_may_depend_on_the_start():
    def limit(start, _in_hours):
        return hours(1) if int(start.answers["movement"]) >= 7 else hours(4)

    for score, due in (("8", "1:00"), ("5", "4:00")):
        (run,) = folded("made_up", f"0:00 pain.scored {score}", version_with(limit=limit))
        assert (shown(run.due_at), run.amber_at <= run.due_at) == (due, True)


def test_either_joins_single_events_only():
    with pytest.raises(ValueError, match="single"):
        on("case.admitted") | (on("case.confirmed") + on("case.planned"))


def test_a_protocol_is_known_by_its_name_or_not_at_all():
    assert protocol.get(protocol.CURRENT).version == protocol.CURRENT
    with pytest.raises(protocol.UnknownVersion, match=protocol.CURRENT):
        protocol.get("mscc-1999.9")
