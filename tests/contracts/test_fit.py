"""Protocol and steps fit together: every clock can start and end by what people can record."""

from datetime import timedelta

import pytest

from pathway import protocol
from pathway.checks import fits_together, made
from pathway.engine.story import ABOUT_CLOCKS
from pathway.engine.suspect import KIND
from pathway.protocol.fold import HEARD_BY_ALL
from pathway.protocol.vocabulary import KINDS
from pathway.record.event import CORRECTED
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
REPORT_ONLY = {"plan_24", "total_48"}
TO_THE_TOP = {"result_ack": [("E1", "amber"), ("EX", "due")], "deterioration": [("EX", "amber")]}
MADE_BY_THE_ENGINE = {"case.suspected", "clock.suspended", "clock.voided", "event.corrected"}


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


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_clock_tells_somebody_at_amber_and_when_due_unless_it_is_only_reported(standard):
    rungs = [(rung.level.value, rung.at.value) for rung in standard.ladder]
    if standard.key in REPORT_ONLY:
        assert rungs == []
    else:
        assert rungs == TO_THE_TOP.get(standard.key, [("E1", "amber"), ("E3", "due")])
    assert all(rung.tell and rung.acknowledge > timedelta() for rung in standard.ladder)


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
    assert {KIND, CORRECTED, *ABOUT_CLOCKS} == MADE_BY_THE_ENGINE


def test_whatever_every_clock_hears_is_in_the_vocabulary():
    assert set(KINDS) >= HEARD_BY_ALL
