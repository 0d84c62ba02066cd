"""Protocol and steps fit together: every clock can start and end by what people can record."""

from datetime import timedelta

import pytest

from pathway import protocol
from pathway.checks import fits_together, made
from pathway.protocol.fold import HEARD_BY_ALL
from pathway.protocol.types import Level
from pathway.protocol.vocabulary import KINDS
from pathway.record.step import OBSERVATIONS, machines

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
    *("dexamethasone", "dexamethasone_stop", "haematology_advice", "stability", "flat_review"),
}


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
def test_a_clock_says_where_it_comes_from_and_has_a_ladder_from_amber_to_red(standard):
    assert standard.label
    assert standard.source
    assert standard.holder
    assert standard.mark in {"guidance", "local", "proposal"}
    assert [rung.level for rung in standard.ladder] in ([Level.E1, Level.E3], [Level.E1, Level.EX])
    assert [rung.at for rung in standard.ladder] == ["amber", "due"]
    assert all(rung.tell and rung.acknowledge > timedelta() for rung in standard.ladder)


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


def test_whatever_every_clock_hears_is_in_the_vocabulary():
    assert set(KINDS) >= HEARD_BY_ALL
