"""Fixtures of the figures: somebody who may audit, and a scope over all of 2026."""

from contextlib import contextmanager

import pytest
from django.db.transaction import atomic, set_rollback

from pathway.analytics.cohort import Scope
from tests.factories import at


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
