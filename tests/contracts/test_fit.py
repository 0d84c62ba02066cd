"""Protocol and steps fit together: every clock can start and end by what people can record."""

import re
from datetime import timedelta

import pytest

from pathway import protocol
from pathway.checks import fits_together, made
from pathway.engine.story.replay import ABOUT_CLOCKS
from pathway.engine.suspect import KIND
from pathway.protocol.fold import HEARD_BY_ALL
from pathway.protocol.vocabulary import KINDS
from pathway.record.event import CORRECTED, REPINNED
from pathway.record.step import OBSERVATIONS, machines
from pathway.scales import SCALES

STANDARDS = [
    pytest.param(standard, id=f"{version.version}-{standard.key}")
    for version in protocol.VERSIONS.values()
    for standard in version.all
]
MOVES = [
    pytest.param(machine, move, id=move.event) for machine in machines().values() for move in machine.moves().values()
]
CLOCKS = {
    *("contact_a", "contact_b", "triage", "mri_request", "mri_slot", "mri_a", "mri_b", "report", "result_ack"),
    *("dexamethasone", "haematology_advice", "senior", "stability", "flat_review", "plan_24", "radiotherapy"),
    *("treatment", "surgery", "total_48", "taper_plan", "taper_end", "dexamethasone_stop", "ppi_glucose", "neuro_exam"),
    *("bladder", "vte", "skin", "physiotherapy", "occupational_therapy", "remobilise", "pain", "discharge_plan"),
    *("followup_day_30", "followup_week_8", "deterioration"),
}
CURRENT = protocol.get(protocol.CURRENT)
PROPOSED = {
    *("contact_a", "triage", "mri_request", "mri_slot", "report", "result_ack", "haematology_advice", "senior"),
    *("flat_review", "surgery", "taper_plan", "taper_end", "dexamethasone_stop", "ppi_glucose", "bladder", "skin"),
    *("remobilise", "pain", "discharge_plan", "followup_day_30", "followup_week_8", "deterioration"),
}
LOCAL = {"dexamethasone", "total_48", "neuro_exam", "physiotherapy", "occupational_therapy"}
MARKED = {"proposal": PROPOSED, "local": LOCAL, "guidance": CLOCKS - PROPOSED - LOCAL}
SAYS_SO = re.compile(r"proposal|chosen|safety rule|verified|lapses|escalation ladder")
HELD = {
    "referrer": {"contact_a", "contact_b", "mri_request"},
    "coordinator": {"triage", "result_ack", "followup_day_30", "followup_week_8"},
    "radiology": {"mri_slot", "mri_a", "mri_b", "report"},
    "haematology": {"haematology_advice"},
    "senior clinical adviser": {"senior", "stability", "plan_24", "treatment"},
    "spinal surgery": {"surgery"},
    "clinical oncology": {"radiotherapy", "taper_plan"},
    "physiotherapy": {"physiotherapy", "remobilise"},
    "occupational therapy": {"occupational_therapy"},
    "key worker": {"discharge_plan"},
    "whole pathway": {"total_48"},
    "ward": {
        *("dexamethasone", "flat_review", "taper_end", "dexamethasone_stop", "ppi_glucose", "neuro_exam"),
        *("bladder", "vte", "skin", "pain", "deterioration"),
    },
}
REPORT_ONLY = {"plan_24", "total_48"}
# "Escalates to" of the clinical specification, 7.3; a clock that is not named has E1 alone.
LEVELS = {
    "contact_a": "E1 E3", "triage": "E2 E3", "mri_request": "E1 E2", "mri_slot": "E2 E3", "mri_a": "E1 E2 E3",
    "mri_b": "E1 E2", "report": "E2", "result_ack": "E1 EX E4", "dexamethasone": "E1 E3", "haematology_advice": "E2",
    "senior": "E2 E3", "stability": "E2 E3", "flat_review": "E1 E2", "radiotherapy": "E2 E3", "treatment": "E2 E3",
    "surgery": "E2 E3 E4", "deterioration": "EX E4",
}  # fmt: skip
BEFORE = {"result_ack": "E1 EX", "deterioration": "EX", "surgery": "E1 E3 E4"}
MADE_BY_THE_ENGINE = {"case.suspected", "clock.suspended", "clock.voided", "event.corrected", "case.repinned"}


def test_the_check_of_the_start_finds_nothing():
    assert fits_together() == []


def test_the_current_protocol_has_the_clocks_of_the_table():
    assert set(protocol.get(protocol.CURRENT).standards) == CLOCKS


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_clock_listens_for_kinds_that_exist_and_can_start_and_be_met(standard):
    assert standard.kinds <= set(KINDS) | made()
    for wait in (standard.starts, *standard.met):
        assert all({kind for kind, _ in part} & made() for part in wait.parts)
    assert standard.clears in {kind for wait in standard.met for kind in wait.kinds}


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_clock_says_where_it_comes_from_and_who_holds_it_up(standard):
    assert standard.label
    assert standard.source
    assert standard.holder
    assert standard.mark in {"guidance", "local", "proposal"}


def test_a_limit_is_marked_as_its_source_gives_it():
    marks = {mark: {each.key for each in CURRENT.all if each.mark == mark} for mark in MARKED}
    assert marks == MARKED
    unsaid = [each.key for each in CURRENT.all if each.mark == "proposal" and not SAYS_SO.search(each.source)]
    assert unsaid == []


def test_a_clock_is_held_by_those_who_do_what_ends_it():
    assert {each.holder for each in CURRENT.all} == set(HELD)
    assert {each.key: each.holder for each in CURRENT.all} == {key: who for who, keys in HELD.items() for key in keys}


@pytest.mark.parametrize("version", protocol.VERSIONS.values(), ids=lambda version: version.version)
def test_a_clock_has_the_levels_of_the_specification(version):
    told = {each.key: " ".join(rung.level for rung in each.ladder) for each in version.all}
    usual, named = ("E1 E3", BEFORE) if version.version == "mscc-2026.1" else ("E1", LEVELS)
    assert told == {key: "" if key in REPORT_ONLY else named.get(key, usual) for key in told}


@pytest.mark.parametrize("standard", [each for each in STANDARDS if each.values[0].ladder])
def test_a_ladder_begins_at_amber_and_its_levels_follow_each_other(standard):
    assert standard.ladder[0].at == "amber"
    assert standard.ladder[0].after == timedelta()
    for rung in standard.ladder:
        assert rung.tell
        assert rung.acknowledge > timedelta()
    levels = [rung.level for rung in standard.ladder]
    assert levels == sorted(levels, key=["E1", "E2", "E3", "EX", "E4"].index)
    assert len(set(levels)) == len(levels)


def test_something_worse_rings_at_once():
    assert protocol.get(protocol.CURRENT).standards["deterioration"].amber == timedelta()


@pytest.mark.parametrize(("machine", "move"), MOVES)
def test_a_move_has_words_roles_and_an_event_of_its_own_track(machine, move):
    assert move.label
    assert move.done
    assert move.by
    assert move.event.split(".")[0] == machine.track
    assert all(field.label for field in move.asks.values())


def test_no_two_moves_or_observations_make_one_kind_of_event():
    events = [move.event for machine in machines().values() for move in machine.moves().values()]
    assert len(events) == len(set(events))
    assert not set(events) & set(OBSERVATIONS)


def test_every_kind_of_the_vocabulary_is_made_by_a_move_an_observation_or_the_engine():
    events = {move.event for machine in machines().values() for move in machine.moves().values()}
    assert not MADE_BY_THE_ENGINE & (events | set(OBSERVATIONS))
    scored = {f"{key}.scored" for key in SCALES} & set(OBSERVATIONS)
    assert events | set(OBSERVATIONS) | MADE_BY_THE_ENGINE == set(KINDS) | scored


def test_the_engine_makes_by_itself_what_no_move_and_no_observation_makes():
    assert {KIND, CORRECTED, REPINNED, *ABOUT_CLOCKS} == MADE_BY_THE_ENGINE


def test_whatever_every_clock_hears_is_in_the_vocabulary():
    assert set(KINDS) >= HEARD_BY_ALL
