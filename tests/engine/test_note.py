"""Writing one entry: what the database refuses for another reason is not taken for a form that was sent twice."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from pathway.engine.hold import hold
from pathway.engine.note import note
from pathway.record.event import Event
from tests.factories import ANSWERS, START, case, teller


@pytest.mark.django_db
def test_a_fault_of_the_entry_itself_is_no_second_sending(unit):
    made = case(place=unit)
    given = {"by": teller(unit.organisation), "answers": ANSWERS["contact.logged"], "submission": uuid4()}
    with transaction.atomic():
        held = hold(made.pk)
        with pytest.raises(IntegrityError, match="occurred_at"), transaction.atomic():
            note(held, "contact.logged", at=None, **given)
        assert note(held, "contact.logged", at=START, **given).pk
    assert Event.objects.filter(case=made).count() == 2
