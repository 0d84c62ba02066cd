"""A referral form becomes events by the doors that they have: all of it, or none, and once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine.now import now
from pathway.engine.referral import Told, refer, try_out
from pathway.engine.refused import NotAllowed, Refused, Used
from pathway.record.event import Event
from tests import factories

pytestmark = pytest.mark.django_db
KEY = uuid4()


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=2))


def told(kind, at=None, **answers):
    return Told(kind, factories.ANSWERS.get(kind, {}) | answers, at or now() - timedelta(minutes=5), KEY)


def kinds(case):
    return list(Event.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))[1:]


def test_moves_and_facts_are_recorded_in_the_order_in_which_they_happened(case, coordinator):
    then = now() - timedelta(minutes=5)
    form = [told(kind, then) for kind in ("imaging.acquired", "sins.scored", "pain.scored")]
    form.append(told("imaging.requested", then - timedelta(hours=1)))
    made = refer(case, by=coordinator, told=form)
    assert kinds(case) == ["imaging.requested", "imaging.acquired", "pain.scored", "sins.scored"]
    assert [event.track_no for event in made] == [1, 1, 0, 0]


def test_a_second_sending_returns_the_events_of_the_first(case, coordinator):
    form = [told("imaging.requested"), told("contact.made"), told("pain.scored")]
    first = refer(case, by=coordinator, told=form)
    assert refer(case, by=coordinator, told=form) == first
    assert len(kinds(case)) == 3


@pytest.mark.parametrize("kind", ["contact.made", "history.contacts"])
def test_a_second_sending_that_says_something_else_is_refused(case, coordinator, kind):
    other = {"contact.made": {"spoke_to": "Somebody else"}, "history.contacts": {"call_back": "Bleep 99"}}
    form = told(kind)
    refer(case, by=coordinator, told=[form])
    with pytest.raises(Used):
        refer(case, by=coordinator, told=[Told(kind, {**form.answers, **other[kind]}, form.at, KEY)])


def test_a_refusal_of_one_records_none(case, coordinator):
    before_suspicion = told("imaging.acquired", now() - timedelta(hours=5))
    with pytest.raises(Refused, match="older than the suspicion"):
        refer(case, by=coordinator, told=[told("pain.scored"), before_suspicion])
    assert kinds(case) == []


def test_trying_out_says_what_would_be_refused_and_records_nothing(case, coordinator):
    try_out(case, by=coordinator, told=[told("pain.scored"), told("contact.made")])
    assert kinds(case) == []
    with pytest.raises(Refused):
        try_out(case, by=coordinator, told=[told("imaging.acquired", now() - timedelta(hours=5))])


def test_it_is_for_those_who_care_and_each_answer_for_its_roles(case, manager, physiotherapist):
    with pytest.raises(NotAllowed):
        refer(case, by=manager, told=[])
    with pytest.raises(NotAllowed):
        refer(case, by=physiotherapist, told=[told("imaging.requested")])


def test_a_kind_that_nothing_makes_is_a_fault(case, coordinator):
    with pytest.raises(LookupError, match=r"contact\.sung"):
        refer(case, by=coordinator, told=[told("contact.sung")])
