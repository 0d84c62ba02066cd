"""Fixtures of the figures: somebody who may audit, and a scope over all of 2026."""

from contextlib import contextmanager

import pytest
from django.db.transaction import atomic, set_rollback

from pathway.analytics.cohort import Scope
from pathway.analytics.dossier import judged
from pathway.analytics.measures import BY_KEY
from tests import factories
from tests.analytics.one_case import LATER
from tests.factories import START, at


@pytest.fixture
def scope(manager):
    return Scope(manager, at("2026-01-01 00:00"), at("2027-01-01 00:00"))


@pytest.fixture(scope="module")
def transaction():
    """`with transaction():` leaves nothing behind, so that each random example begins anew."""

    @contextmanager
    def rolled_back():
        with atomic():
            yield
            set_rollback(True)

    return rolled_back


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=START, recorded=LATER)


@pytest.fixture
def line(scope):
    """`line("K1", now)`: the line of the only case."""

    def line(key, now=LATER):
        ((_, found),) = judged(scope, [BY_KEY[key]], now, "SELECT subject, line FROM judged")
        return found

    return line
