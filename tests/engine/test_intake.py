"""What one form records as one: who may open a case where, and a new class with or without the call about it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pathway.engine import now as clock
from pathway.engine.intake import reclassify, take_in
from pathway.engine.refused import NotAllowed
from pathway.record.case import Case
from pathway.record.event import Event
from tests.factories import ANSWERS, START, case, teller, unit

HOUR = timedelta(hours=1)
CALL = {"channel": "bleep", "spoke_to": "coordinator"}
pytestmark = pytest.mark.django_db


def test_nobody_opens_a_case_in_a_unit_of_another_organisation(coordinator):
    given = {"who": {"initials": "AB"}, "answers": ANSWERS["case.suspected"], "submission": uuid4()}
    with clock.at(START), pytest.raises(NotAllowed, match="another organisation"):
        take_in(unit(), by=coordinator, at=START, **given)
    assert not Case.objects.exists()


@pytest.mark.parametrize("contact", [None, CALL], ids=["nobody was called", "the coordinator knows"])
def test_a_new_class_is_recorded_with_the_call_about_it_or_without_one(unit, contact):
    made = case("B", place=unit)
    with clock.at(START + HOUR):
        answers = ANSWERS["case.reclassified"]
        reclassify(made, by=teller(unit.organisation), at=START + HOUR, answers=answers, contact=contact)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))[1:]
    assert kinds == ["case.reclassified", *(["contact.made"] if contact else [])]
