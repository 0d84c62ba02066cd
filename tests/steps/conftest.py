"""Fixtures of the tests of steps: a case, and a way to let things happen to it."""

from datetime import timedelta

import pytest

from pathway.record.event import Event
from tests import factories


@pytest.fixture
def case(unit):
    return factories.case(place=unit)


@pytest.fixture
def tell(case):
    """Let one thing after the other happen to the case, a minute apart."""

    def tell(kind, /, override=None, **answers):
        at = factories.START + timedelta(minutes=Event.objects.filter(case=case).count())
        return factories.happen(case, kind, at=at, override=override, **answers)

    return tell
