"""A move and the fact that its guard missed, out of one form: both or neither, and sent again the same."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.refused import Stale, Used
from pathway.engine.together import Before, advance_with
from pathway.record.event import Event
from pathway.steps.contact import Contact
from pathway.steps.surgery import Surgery
from tests.factories import ANSWERS, START, case, happen, teller

HOUR = timedelta(hours=1)
CONSENT = Before("consent.recorded", {"procedure": "surgery", "basis": "given"})
pytestmark = pytest.mark.django_db


@pytest.fixture
def operate(unit):
    """Start an operation together with the facts before it, always by one submission of one form."""
    confirmed, key = case(place=unit), uuid4()
    happen(confirmed, "case.confirmed", at=START)

    def send(*before):
        with clock.at(START + HOUR):
            step = Surgery.objects.filter(case=confirmed).first() or Surgery(case=confirmed)
            return advance_with(step, "start", before=before, by=teller(unit.organisation), submission=key)

    return send


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))[2:]


def test_sent_again_it_is_the_same_entry(operate):
    assert operate(CONSENT) == operate(CONSENT) == operate(), "the page asks no more for what is there"
    assert kinds() == ["consent.recorded", "surgery.started"]


@pytest.mark.parametrize(
    "other",
    [
        (Before("consent.recorded", {"procedure": "surgery", "basis": "emergency"}),),
        (Before("consent.recorded", CONSENT.answers, at=START),),
        (Before("stability.advised", ANSWERS["stability.advised"]),),
        (Before("contact.logged", ANSWERS["contact.logged"]),),
        (CONSENT, CONSENT, CONSENT, CONSENT, CONSENT),
    ],
    ids=["another answer", "another time", "another fact", "an observation", "more facts than entries"],
)
def test_sent_again_with_other_facts_it_is_refused(operate, other):
    operate(CONSENT)
    with pytest.raises(Used):
        operate(*other)
    assert kinds() == ["consent.recorded", "surgery.started"]


def test_a_call_is_recorded_with_what_it_told_once_however_often_it_is_sent(unit):
    """Of the same track too: its own call makes no form out of date, what others recorded meanwhile does."""
    called, by, key = case(place=unit), teller(unit.organisation), uuid4()
    told = Before("contact.logged", ANSWERS["contact.logged"], at=START)
    sent = {"before": [told], "by": by, "answers": ANSWERS["contact.made"], "submission": key}
    with clock.at(START + HOUR):
        for _ in range(2):
            step = Contact.objects.filter(case=called).first() or Contact(case=called)
            made = advance_with(step, "make", **sent, seen=called.events.first().pk)
        with pytest.raises(Stale):
            advance_with(step, "make", **sent | {"submission": uuid4()}, seen=called.events.first().pk)
        with pytest.raises(Used):
            advance_with(step, "make", **sent | {"before": [Before("contact.logged", told.answers, at=START + HOUR)]})
    assert kinds() == ["contact.made"]
    assert [event.kind for event in called.events.order_by("pk")][1:] == ["contact.logged", "contact.made"]
    assert made.kind == "contact.made"
