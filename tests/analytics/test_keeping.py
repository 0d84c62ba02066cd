"""What is kept of a case is what is read of it, whatever is done to it, and whenever it is asked."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from hypothesis import event, given
from hypothesis import strategies as st

from pathway import protocol, tasks
from pathway.analytics import keeping
from pathway.analytics.cohort import Scope
from pathway.analytics.dossier import judged
from pathway.analytics.keeping import A_WHILE, keep
from pathway.analytics.measures import MEASURES
from pathway.engine import now as clock
from pathway.engine.merge import merge, unmerge
from pathway.engine.refused import Refused
from pathway.engine.repin import repin
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.tally import Tally
from tests import factories
from tests.analytics.random_cases import AFTER, BESIDE, DAY, HOUR, START, disturbed, population, tried
from tests.engine.test_any_order import MADE, VARIED, record
from tests.faults.crowd import apart, elsewhere, somebody_waits, until

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
READ = (
    "SELECT key, line, subject, hours, suspected_at FROM judged",
    "SELECT begins, key, line, part, sum(count)::bigint FROM counts GROUP BY begins, key, line, part",
)
# The same measures in other words: nothing that is kept is of them.
WHOLLY = [replace(measure, note=f"{measure.note} ") for measure in MEASURES]


def alike(scope, now):
    """Assert that what is kept with the rest says what wholly reading says, line by line and part by part."""
    for then in READ:
        both, wholly = (Counter(judged(scope, measures, now, then, by="month")) for measures in (MEASURES, WHOLLY))
        assert (both - wholly, wholly - both) == (Counter(), Counter())


def disturb(random, case, others, at):
    """Something of every kind that a case can come to, which writes something; its name."""
    by = factories.teller(case.organisation)
    what = random.choice(("corrected", "late entry", "entry", "merged", "parted", "moved", "rewritten", "withdrawn"))
    with suppress(Refused), clock.at(at):
        if what == "corrected":
            disturbed(random, case)
        elif what in ("late entry", "entry"):
            kind = random.choice(BESIDE if random.random() < 0.5 else MADE)
            answers = {name: random.choice(values) for name, values in VARIED.get(kind, {}).items()}
            record(case, kind, at if what == "entry" else START + random.uniform(0, 40) * DAY, answers)
        elif what == "merged":
            answers = {"into": random.choice(others).code, "reason": "two referrers", "second_person": "second"}
            merge(case, by=by, answers=answers)
        elif what == "parted":
            unmerge(case, by=by, why="two compressions")
        elif what == "moved":
            repin(case, to=random.choice(sorted(protocol.VERSIONS)), by=factories.user("administrator"), why="released")
        elif what == "rewritten":
            Clock.objects.filter(case=case, standard="mri_a").update(due_at=START - 90 * DAY)
        else:
            Clock.objects.filter(case=case, standard="treatment").update(withdrawn_at=at)
    return what


@tried(5)
@given(random=st.integers(0, 2**64).map(Random))
def test_whatever_is_done_to_a_case_what_is_kept_and_the_rest_say_what_wholly_reading_says(transaction, random):
    with transaction():
        unit = factories.unit()
        cases = population(random, unit)
        scope = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER)
        at = AFTER + random.choice((3 * HOUR, 2 * DAY, 60 * DAY))
        for _ in range(5):
            with clock.at(at):
                keep()
            held = set(Tally.objects.filter(holds_until__gt=at + DAY).values_list("case", flat=True))
            event(f"{len(held)} for good of {scope.cases.count()}")
            for moment in (at, at + random.random() * A_WHILE, at + random.uniform(0, 90) * DAY, START + DAY):
                alike(scope, moment)
            case = Case.objects.get(pk=random.choice(cases).pk)
            event(disturb(random, case, cases, at + MINUTE))
            alike(scope, at + MINUTE)
            at += random.choice((2 * MINUTE, HOUR, 10 * DAY))


@pytest.fixture
def ended(scope):
    """Two cases about which time changes nothing any more."""
    unit = factories.unit(scope.user.organisation)
    cases = [factories.case(place=unit, at=START + number * HOUR) for number in range(2)]
    for case in cases:
        factories.happen(case, "case.died", at=START + 3 * HOUR)
    return cases


def kept():
    return set(Tally.objects.values_list("case", flat=True))


def test_only_what_is_missing_or_may_change_soon_is_judged_anew(scope, ended):
    waits = factories.case(place=ended[0].unit, at=START)
    with clock.at(START + 4 * HOUR):
        assert keep() == 3
        assert keep() == 0
    assert Tally.objects.get(case=waits).holds_until == START + 4 * HOUR + A_WHILE
    with clock.at(START + 4 * HOUR + 40 * MINUTE):
        assert keep() == 1  # the open one
    with clock.at(START + 23 * HOUR + 30 * MINUTE):
        assert keep() == 0  # its limit of 24 hours passes within the hour
    alike(scope, START + 24 * HOUR)
    alike(scope, START + 24 * HOUR + MINUTE)


def test_nothing_is_kept_of_a_merged_case_an_error_or_a_drill(scope, ended):
    with clock.at(START + 4 * HOUR):
        factories.happen(ended[0], "case.entered_in_error", at=START + 4 * HOUR)
        Case.objects.filter(pk=ended[1].pk).update(drill=True)
        assert keep() == 0
    assert results_of(scope) == 0


def results_of(scope):
    return sum(count for *_, count in judged(scope, MEASURES, START + 5 * HOUR, READ[1]))


def test_other_definitions_are_judged_anew_and_count_for_nothing_until_then(scope, ended):
    with clock.at(START + 4 * HOUR):
        keep()
        Tally.objects.update(definitions="of before", told=[], hours=[])
        alike(scope, START + 5 * HOUR)
        assert keep() == 2
    alike(scope, START + 5 * HOUR)


def test_a_line_kept_is_the_line_that_is_read(scope, ended):
    """That reading does use what is kept: a row with nothing in it says nothing."""
    with clock.at(START + 4 * HOUR):
        keep()
    before = results_of(scope)
    Tally.objects.filter(case=ended[0]).update(told=[], hours=[])
    assert results_of(scope) < before
    assert kept() == {case.pk for case in ended}


def test_an_entry_removes_the_row_of_its_case_alone_and_a_climb_none(scope, ended):
    with clock.at(START + 4 * HOUR):
        keep()
        Clock.objects.filter(case=ended[0]).update(rung=1, wake_at=None)
        assert kept() == {case.pk for case in ended}
        factories.happen(ended[0], "told.family", at=START + 2 * HOUR)
    assert kept() == {ended[1].pk}


def test_the_task_goes_on_where_it_stopped_and_the_command_ends_it(ended, monkeypatch, capsys):
    monkeypatch.setattr(keeping, "AT_A_TIME", 1)
    assert (keep(0), len(kept())) == (1, 1)
    tasks.figures()
    assert len(kept()) == 2
    Tally.objects.all().delete()
    call_command("keep_figures")
    assert capsys.readouterr().out.strip() == "Cases judged and kept: 2"
    assert settings.CELERY_BEAT_SCHEDULE["figures"]["task"] == tasks.figures.name


@pytest.mark.django_db(transaction=True)
def test_a_case_that_somebody_writes_waits_its_turn(unit):
    case = factories.case(place=unit)
    with elsewhere(lambda: factories.happen(case, "case.admitted")) as finish:
        assert (keep(), kept()) == (0, set())
        finish()
    assert (keep(), kept()) == (1, {case.pk})


ENTRY = (
    "INSERT INTO pathway_event (uuid, case_id, kind, track_no, occurred_at, precision, recorded_at, by, answers)"
    " SELECT gen_random_uuid(), id, 'case.died', 0, now(), 'minute', now(), 'nobody', '{}' FROM pathway_case"
)


def entered():
    """An entry of somebody who does not even take the lock."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRY)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", [lambda case: factories.happen(case, "case.admitted"), lambda _: entered()])
def test_what_is_written_while_a_case_is_judged_waits_and_removes_what_is_kept(unit, write):
    case = factories.case(place=unit)
    with ThreadPoolExecutor(1) as pool, elsewhere(keep) as finish:
        written = pool.submit(apart, lambda: write(case))
        until(somebody_waits)
        finish()
        written.result(30)
    assert kept() == set()
