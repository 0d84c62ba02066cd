"""The rows of an export are set aside within one time for all of them, less than a job may be silent for."""

import psycopg
import pytest
from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from pathway.analytics import snapshot
from pathway.analytics.cohort import Scope
from pathway.engine.jobs import LEASE
from pathway.engine.refused import Refused
from tests.analytics.exported import three_cases
from tests.analytics.random_cases import DAY
from tests.factories import START

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scope(unit, manager):
    three_cases(unit)
    return Scope(manager, START - DAY, START + 60 * DAY)


def slower(monkeypatch, seconds):
    """Let each question wait so long."""
    quick = snapshot.queries
    wait = RawSQL("(SELECT pg_sleep(%s)) IS NOT NULL", [seconds], BooleanField())

    def queries(scope):
        found = quick(scope).items()
        return {name: (query.alias(waited=wait).filter(waited=True), columns) for name, (query, columns) in found}

    monkeypatch.setattr(snapshot, "queries", queries)


def test_what_is_too_much_in_all_is_refused_though_each_statement_is_quick(scope, monkeypatch):
    """Given ten questions that take a fifth of a second each, when a second is allowed, then it is said plainly."""
    slower(monkeypatch, 0.2)
    monkeypatch.setattr(snapshot, "SET_ASIDE_WITHIN", 1.0)
    with pytest.raises(Refused, match="Choose a shorter period"), snapshot.snapshot(scope):
        pass


def test_what_is_slow_and_in_time_is_set_aside(scope, monkeypatch):
    slower(monkeypatch, 0.05)
    with snapshot.snapshot(scope) as taken:
        assert (taken.cases.count, len(list(taken.cases))) == (2, 2)


def test_a_table_that_is_held_is_not_waited_for_longer(scope, monkeypatch):
    """Given somebody who holds the entries, when they are to be set aside, then they are once they are free again."""
    monkeypatch.setattr(snapshot, "SET_ASIDE_WITHIN", 0.5)
    known = {key: connection.get_connection_params().get(key) for key in ("dbname", "user", "password", "host", "port")}
    with psycopg.connect(**known) as holder:
        holder.execute("LOCK TABLE pathway_event IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Refused, match="could not be set aside in time"), snapshot.snapshot(scope):
            pass
    with snapshot.snapshot(scope) as taken:
        assert taken.entries.count == len(list(taken.entries)) > 0


def test_all_of_it_is_over_before_the_job_would_pass_for_dead():
    assert LEASE.total_seconds() > snapshot.SET_ASIDE_WITHIN
