"""Every state against every move, on real rows: possible with the target of the table, or refused with a reason."""

import pytest
from django.db import transaction

from pathway.engine.advance import advance
from pathway.engine.refused import NotAllowed, Refused
from pathway.protocol.types import Role
from pathway.record.event import Event
from pathway.record.person import USER_ROLES
from pathway.record.step import Step, machines, made_by
from tests import factories
from tests.steps.table import (
    BRANCHES,
    ENDS,
    MOVES,
    OF_THE_PATHWAY,
    after,
    go,
    in_each_state,
    of,
    prepared,
    state_of,
    states,
    stood,
    way_to,
)


def test_the_table_is_complete():
    declared = {move.event for track in OF_THE_PATHWAY for move in machines()[track].moves().values()}
    assert declared == set(MOVES)


@pytest.mark.parametrize("track", OF_THE_PATHWAY)
def test_every_state_can_be_reached_and_none_is_a_trap(track):
    branches = {kind: set(targets.values()) for kind, _, targets in BRANCHES}
    for state in states(track):
        way_to(track, state)
        onward = {
            to
            for kind in of(track)
            if state in MOVES[kind][1].split()
            for to in branches.get(kind, {MOVES[kind][0]}) - {state}
        }
        assert bool(onward) is ((track, state) not in ENDS), state


@pytest.mark.django_db
@pytest.mark.parametrize("track", OF_THE_PATHWAY)
def test_every_move_from_every_state(track, unit, pairs):
    for state, row in in_each_state(track, unit):
        step = row
        for kind in of(track):
            leads_to = after(kind, state)
            with transaction.atomic():
                if leads_to is not None:
                    go(step, kind)
                    assert state_of(step) == leads_to, (state, kind)
                else:
                    before = Event.objects.count()
                    with pytest.raises(Refused) as refused:
                        go(step, kind)
                    assert all(sentence.endswith(".") for sentence in refused.value.reasons), (state, kind)
                    assert refused.value.reasons
                    assert not refused.value.senior
                    assert (Event.objects.count(), state_of(step)) == (before, state)
                transaction.set_rollback(True)
            pairs["engine", leads_to is not None] += 1
            if not type(step).objects.filter(pk=step.pk).exists():
                step = machines()[track](case=step.case)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "asked", "branches"), BRANCHES)
def test_a_target_that_follows_from_an_answer(kind, asked, branches, unit):
    track = kind.split(".", maxsplit=1)[0]
    for answer, target in branches.items():
        step = stood(track, str(machines()[track].initial), prepared(track, unit))
        go(step, kind, **{asked: answer})
        assert state_of(step) == target


@pytest.mark.django_db
@pytest.mark.parametrize("kind", MOVES)
def test_a_move_is_refused_to_every_other_role(kind, unit):
    machine, move = made_by(kind)
    case = factories.case(place=unit)
    step = machine(case=case) if issubclass(machine, Step) else case
    assert not move.by & {Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR}
    for role in set(USER_ROLES) - move.by:
        with pytest.raises(NotAllowed, match="is for a"):
            advance(step, move.verb, by=factories.user(role.value, unit.organisation), answers={})
    assert not Event.objects.filter(kind=kind).exists()
