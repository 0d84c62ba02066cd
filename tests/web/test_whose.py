"""Whose move it is: one's own first, then other roles by name, then what is not open, each with what stands against it;
and who was told of what, and whether they saw it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.casefile import read
from pathway.casefile.whose import by_whom
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.case import Case
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=2))


@pytest.fixture
def part(client, case):
    """`part(user, "whose", "record")`: what the page says between two of its headings."""

    def part(user, begins, ends):
        client.force_login(user)
        page = client.get(reverse("case", args=[case.uuid])).content.decode()
        return " ".join(page.split(f'id="{begins}"', 1)[1].split(f'id="{ends}"', 1)[0].split())

    return part


def test_every_move_is_in_one_of_three_places(case, coordinator, physiotherapist, manager):
    moves = set()
    for user in (coordinator, physiotherapist, manager):
        found = by_whom(read(case, user).tracks)
        mine = {(each.track.track, offer.move.verb) for each in found.mine for offer in each.offers}
        theirs = {(track.track, each.move.verb) for who in found.theirs for track, each in who.moves}
        waiting = {(track.track, each.move.verb) for track, each in found.waiting}
        assert not mine & theirs
        assert not mine & waiting
        assert not theirs & waiting
        assert found.counts == (len(mine), len(theirs), len(waiting))
        assert all(each.why for _, each in found.waiting)
        moves.add(frozenset(mine | theirs | waiting))
    assert len(moves) == 1, "whoever looks, it is the same moves"


def test_a_coordinator_has_their_own_first(part, coordinator):
    said = part(coordinator, "whose", "record")
    assert said.index("By you") < said.index("Not open now, and why not")
    assert "Record contact with the coordinator" in said.split("Not open now", 1)[0]


def test_a_physiotherapist_sees_by_whom_the_others_are_made(part, physiotherapist):
    said = part(physiotherapist, "whose", "record")
    others = said.split("By a clinician or coordinator", 1)[1].split("Not open now", 1)[0]
    assert "Imaging: Request the scan" in others


def test_a_manager_has_none_and_is_told_so(part, manager):
    said = part(manager, "whose", "record")
    assert "None: your role reads, and records no move." in said


def test_each_missing_guard_is_a_sentence(case, coordinator):
    factories.happen(case, "case.confirmed")
    tracks = read(Case.objects.get(pk=case.pk), coordinator).tracks
    why = {each.move.event: " ".join(each.why) for _, each in by_whom(tracks).waiting}
    assert why
    assert all(sentence.endswith(".") for sentence in why.values())
    assert "Not possible from" in why["case.confirmed"]


def test_messages_and_who_saw_them(part, case, unit, coordinator):
    assert "Nobody has been told of an alert of this case." in part(coordinator, "messages", "readers")
    staff = factories.staff(unit)
    tick()
    said = part(coordinator, "messages", "readers")
    assert str(staff) in said
    assert "Not seen" in said
    part(staff, "messages", "readers")
    said = part(coordinator, "messages", "readers")
    assert "Not seen" not in said
    assert "Seen" in said
