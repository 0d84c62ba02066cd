"""Fixtures of the figures: somebody who may audit, and a scope over all of 2026."""

import pytest

from pathway.analytics.cohort import Scope
from tests.factories import at


@pytest.fixture
def scope(manager):
    return Scope(manager, at("2026-01-01 00:00"), at("2027-01-01 00:00"))
