"""Corrections: a later event, by who may make the entry, with a reason; what cannot be corrected is said."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.hush import void
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from pathway.steps.imaging import ImagingRequest
from pathway.steps.position import Position
from tests.engine.truth import assert_true
from tests.factories import START, happen, teller
from tests.factories import case as a_case

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return a_case(place=unit)


def amend(event, **change):
    with clock.at(START + 10 * HOUR):
        made = correct(event, **{"by": teller(event.case.organisation), "why": "typed wrong"} | change)
        assert_true(event.case)
    return made


def refused(event, expected=Refused, **change):
    count = Event.objects.count()
    with pytest.raises(expected) as refusal:
        amend(event, **change)
    assert Event.objects.count() == count
    return str(refusal.value)


def test_the_old_entry_stays_as_it_was_and_the_new_one_names_it(case):
    event = happen(case, "contact.made", at=START + HOUR)
    made = amend(event, occurred_at=START + HOUR / 2)
    assert (made.kind, made.corrects_id, made.occurred_at) == ("event.corrected", event.pk, START + 10 * HOUR)
    assert made.answers["why"] == "typed wrong"
    assert Event.objects.get(pk=event.pk).occurred_at == START + HOUR
    stands = standing(Event.objects.filter(case=case).order_by("pk"))
    assert [each.occurred_at for each in stands] == [START, START + HOUR / 2]


def test_states_follow_a_correction(case):
    happen(case, "imaging.requested", at=START + HOUR)
    acquired = happen(case, "imaging.acquired", at=START + 2 * HOUR)
    amend(acquired, withdrawn=True)
    assert ImagingRequest.objects.get(case=case).state == "requested"
    closed = happen(case, "case.closed", at=START + 3 * HOUR)
    assert not Case.objects.get(pk=case.pk).is_open
    amend(closed, withdrawn=True)
    assert Case.objects.get(pk=case.pk).is_open


def test_a_reason_is_needed(case):
    event = happen(case, "contact.made", at=START + HOUR)
    refused(event, Invalid, why=" ", occurred_at=START)


@pytest.mark.parametrize("when", [START + 11 * HOUR, START - timedelta(days=400)])
def test_the_corrected_time_must_be_possible(case, when):
    refused(happen(case, "contact.made", at=START + HOUR), occurred_at=when)


def test_what_would_change_nothing_is_refused(case):
    event = happen(case, "contact.made", at=START + HOUR)
    assert "Nothing would change" in refused(event, occurred_at=event.occurred_at, answers=event.answers)


def test_what_was_taken_back_cannot_be_corrected(case):
    event = happen(case, "contact.made", at=START + HOUR)
    amend(event, withdrawn=True)
    assert "taken back already" in refused(event, occurred_at=START)


def test_a_correction_is_not_corrected_and_the_suspicion_not_taken_back(case):
    event = happen(case, "contact.made", at=START + HOUR)
    made = amend(event, occurred_at=START + HOUR / 2)
    refused(made, occurred_at=START)
    assert "entered in error" in refused(Event.objects.get(case=case, kind="case.suspected"), withdrawn=True)


def test_answers_are_checked_as_at_the_first_entry(case):
    event = happen(case, "contact.made", at=START + HOUR)
    refused(event, Invalid, answers={"channel": "pigeon"})
    amend(event, answers={"channel": "message", "spoke_to": "nobody"})
    assert Clock.objects.get(case=case, standard="contact_a").ended_at is None


def test_only_who_may_make_an_entry_may_correct_it(case, physiotherapist, manager):
    died = happen(case, "case.died", at=START + HOUR)
    contact = happen(case, "contact.made", at=START + HOUR / 2, recorded=START + 2 * HOUR)
    refused(died, NotAllowed, by=physiotherapist, withdrawn=True)
    refused(contact, NotAllowed, by=manager, withdrawn=True)
    amend(contact, by=physiotherapist, occurred_at=START + HOUR / 4)


def test_one_submission_corrects_once(case):
    event, key = happen(case, "contact.made", at=START + HOUR), uuid4()
    first, second = (amend(event, occurred_at=START + HOUR / 2, submission=key) for _ in range(2))
    assert first.pk == second.pk


def test_the_senior_who_let_it_pass_stays_named_when_the_answers_are_corrected(case):
    happen(case, "position.ordered", at=START + HOUR)
    override = {"by": "Consultant in charge", "reason": "comfort"}
    with clock.at(START + 2 * HOUR):
        event = advance(Position.objects.get(case=case), "clear", by=teller(case.organisation),
                        answers={"cleared_by": "consultant"}, override=override)  # fmt: skip
    amend(event, answers={"cleared_by": "another consultant"})
    stands = standing(Event.objects.filter(case=case).order_by("pk"))[-1]
    assert stands.answers == {"cleared_by": "another consultant", "override": override}
    assert "Nothing would change" in refused(event, answers={"cleared_by": "another consultant"})


def test_a_void_taken_back_lets_the_clock_run_again(case, clinician, physiotherapist):
    with clock.at(START + HOUR):
        event = void(case, "mri_a", by=clinician, answers={"reason": "pacing wires", "second_person": "consultant"})
    assert Clock.objects.get(case=case, standard="mri_a").outcome == "void"
    refused(event, NotAllowed, by=physiotherapist, withdrawn=True)
    amend(event, withdrawn=True)
    assert Clock.objects.get(case=case, standard="mri_a").ended_at is None
