"""What was recorded late, and which clocks count as met only since then, by hand and against a plain reading."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from pathway.analytics.cohort import Scope
from pathway.analytics.facts import DEEDS
from pathway.analytics.late_entries import late_entries, of_cases
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.analytics.told import Told, events_of

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SAID_AFTER = {"clock.explained", "event.corrected"}


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=START)


def found(scope):
    return [(each.kind, each.late, list(each.standards)) for each in late_entries(scope).entries]


def test_thirty_minutes_are_not_late(case, scope):
    factories.happen(case, "contact.made", at=START + 10 * MINUTE, recorded=START + 40 * MINUTE)
    assert found(scope) == []
    factories.happen(case, "referral.received", at=START + 10 * MINUTE, recorded=START + 41 * MINUTE)
    assert found(scope) == [("referral.received", 31 * MINUTE, [])]


def test_what_made_a_clock_met_in_time_after_its_limit_is_told(case, scope):
    """Given a call within the hour, when it is typed in two hours later, then the clock is met only since then."""
    factories.happen(case, "contact.made", at=START + 50 * MINUTE, recorded=START + 170 * MINUTE)
    factories.happen(case, "referral.received", at=START + HOUR, recorded=START + 4 * HOUR)
    assert found(scope) == [("referral.received", 3 * HOUR, []), ("contact.made", 2 * HOUR, ["contact_a"])]
    told = late_entries(scope)
    assert [each.kind for each in told.deciding] == ["contact.made"]
    assert (told.count, told.median) == (3, 2.5 * HOUR)
    assert [(each.kind, each.late, each.count, each.median) for each in told.kinds] == [
        ("contact.made", 1, 1, 2 * HOUR), ("referral.received", 1, 1, 3 * HOUR), ("case.suspected", 0, 1, None),
    ]  # fmt: skip
    assert of_cases(scope, told.deciding)[0][2] == ["Speak to the coordinator"]


def test_what_ended_a_clock_late_hides_nothing(case, scope):
    factories.happen(case, "contact.made", at=START + 70 * MINUTE, recorded=START + 170 * MINUTE)
    assert found(scope) == [("contact.made", 100 * MINUTE, [])]


def test_a_time_that_is_corrected_after_the_limit_is_told_as_such(case, scope):
    """Given a call that was late, when its time is corrected to before the limit, then the clock is met since then."""
    factories.happen(case, "contact.made", at=START + 70 * MINUTE, recorded=START + 71 * MINUTE)
    assert found(scope) == []
    with clock.at(START + 5 * HOUR):
        entry = Event.objects.get(case=case, kind="contact.made")
        correct(entry, by=factories.teller(case.organisation), why="mistyped",
                occurred_at=START + 40 * MINUTE, time_is_right=True)  # fmt: skip
    (only,) = late_entries(scope).entries
    assert (only.moved, only.late, only.standards) == (True, 5 * HOUR - 40 * MINUTE, ["contact_a"])


def plain(case):
    """Its late entries: kind, happened, known, and the clocks that each made met in time after their limit."""
    moved = {}
    merged = [event for each in Case.objects.filter(survivor=case) for event in events_of(each)]
    recorded = {event.pk: event for event in [*events_of(case), *merged]}
    for each in recorded.values():
        if each.kind == "event.corrected" and each.answers.get("occurred_at"):
            moved[each.corrects_id] = max(each.recorded_at, moved.get(each.corrects_id, each.recorded_at))
    told = [*standing(events_of(case)), *standing(merged)]
    again = [fact(each) for each in told if each.kind in ("case.suspected", "case.reopened")]
    every = {each.id: each for each in [*again, *Told(case, AFTER).facts]}
    for each in every.values():
        known = moved.get(each.id, recorded[each.id].recorded_at)
        if recorded[each.id].kind in SAID_AFTER or each.width is None:
            continue
        if known - each.occurred_at - each.width > 30 * MINUTE:
            clocks = Clock.objects.standing().filter(case=case, outcome="met", ended_at=each.occurred_at)
            deciding = {
                run.standard for run in clocks
                if (run.standard, each.kind) in DEEDS and run.ended_at <= run.due_at < known
            }  # fmt: skip
            yield recorded[each.id].kind, known, tuple(sorted(deciding))


@example(random=Random(3066397))  # the case that goes on was suspected after the one that was merged into it
@tried(5)
@given(random=st.integers(0, 2**64).map(Random))
def test_the_late_entries_of_random_cases_are_those_of_a_plain_reading(transaction, random):
    with transaction():
        unit = factories.unit()
        population(random, unit)
        scope = Scope(factories.user("manager", unit.organisation), START - DAY, AFTER)
        expected = Counter()
        for case in scope.cases.select_related("unit"):
            expected.update((case.pk, *told) for told in plain(case))
        entries = late_entries(scope).entries
        told = Counter((each.subject, each.kind, each.known, tuple(each.standards)) for each in entries)
        assert (told - expected, expected - told) == (Counter(), Counter())
        event(f"decided a clock: {any(each.standards for each in entries)}")
        event(f"moved: {any(each.moved for each in entries)}")


def test_what_came_from_a_file_and_what_others_may_see_is_not_told(case, scope):
    factories.happen(case, "contact.made", at=START + 10 * MINUTE, recorded=START + 2 * HOUR)
    assert found(Scope(factories.user("manager"), scope.start, scope.end)) == []
    assert len(found(scope)) == 1
