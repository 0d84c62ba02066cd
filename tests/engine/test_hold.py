"""The lock of a case: what is not there cannot be held."""

import pytest

from pathway.engine.hold import hold
from pathway.record.case import Case
from tests.factories import case


@pytest.mark.django_db
def test_a_case_that_is_not_there_is_not_held(unit):
    made = case(place=unit)
    assert hold(made.pk).case == made
    with pytest.raises(Case.DoesNotExist):
        hold(made.pk + 1)
