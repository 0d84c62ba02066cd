"""From when on a case is overdue: whichever of its clocks certainly is, as the engine and a migration write it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from pathway.engine import now as clock
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.worklist import Filters, board
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FILL = import_module("pathway.migrations.0028_overdue_from_filled").fill


@pytest.fixture
def cases(unit):
    """One of exact times, one of a day, one whose next clock nobody can tell of, and one that is over."""
    exact, of_a_day, untold = (
        factories.case(place=unit, at=START, precision=how) for how in ("minute", "day", "minute")
    )
    factories.happen(untold, "referral.received", at=START + HOUR / 2, precision="unknown")
    over = factories.case(place=unit, at=START)
    factories.happen(over, "case.died", at=START + HOUR)
    return [Case.objects.get(pk=case.pk) for case in (exact, of_a_day, untold, over)]


def test_it_is_the_first_of_its_clocks_of_which_that_is_certain(cases):
    exact, of_a_day, untold, over = cases
    assert exact.overdue_from == exact.next_due_at
    assert of_a_day.overdue_from == of_a_day.next_due_at + of_a_day.next_width
    assert untold.overdue_from is not None
    assert over.overdue_from is None


def test_an_overdue_clock_is_not_hidden_by_one_of_which_nobody_can_tell(cases, unit):
    """Given a clock that nobody can tell of, which is due first, when another is over, then the case is overdue."""
    _, _, untold, _ = cases
    reader = factories.user("coordinator", unit.organisation)
    Clock.objects.filter(case=untold, standard=untold.next_standard).update(start_width=None)
    Case.objects.filter(pk=untold.pk).update(next_width=None)
    with clock.at(untold.overdue_from + HOUR):
        (row,) = (row for row in board(reader, Filters(state="overdue")).rows if row.case == untold)
        assert row.state == "overdue"
        assert untold not in [each.case for each in board(reader, Filters(state="uncertain")).rows]


def test_the_migration_fills_in_what_the_engine_writes(cases):
    written = {case.pk: case.overdue_from for case in cases}
    Case.objects.update(overdue_from=None)
    for _ in range(2):
        with connection.schema_editor() as editor:
            FILL(apps, editor)
        assert dict(Case.objects.values_list("pk", "overdue_from")) == written
