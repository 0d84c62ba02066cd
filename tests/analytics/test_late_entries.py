"""What was recorded late, and which clocks count as met only since then, by hand and against a plain reading."""

from collections import Counter, defaultdict
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
from pathway.engine.past_cases import enter
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from tests import factories
from tests.analytics.random_cases import AFTER, DAY, HOUR, START, population, tried
from tests.analytics.told import Told, events_of
from tests.engine.test_past_cases import WHOLE, file

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
    assert found(scope) == [("contact.made", 2 * HOUR, ["contact_a"]), ("referral.received", 3 * HOUR, [])]
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
    """Its late entries: kind, known, and the clocks that each made met in time after their limit."""
    merged = [event for each in Case.objects.filter(survivor=case) for event in events_of(each)]
    every = [*events_of(case), *merged]
    recorded, moved = {event.pk: event for event in every}, {}
    for each in every:
        if each.kind == "event.corrected" and each.answers.get("occurred_at"):
            moved[each.corrects_id] = max(each.recorded_at, moved.get(each.corrects_id, each.recorded_at))
    told = [*standing(events_of(case)), *standing(merged)]
    again = [fact(each) for each in told if each.kind in ("case.suspected", "case.reopened")]
    facts = {each.id: each for each in [*again, *Told(case, AFTER).facts] if recorded[each.id].kind not in SAID_AFTER}
    decided = defaultdict(set)
    for run in Clock.objects.standing().filter(case=case, outcome="met"):
        since = defaultdict(list)
        for each in facts.values():
            at, original = each.occurred_at, recorded[each.id]
            if (run.standard, each.kind) in DEEDS and (run.started_at <= at <= run.ended_at or at == run.ended_at):
                known = (
                    original.recorded_at
                    if original.occurred_at <= run.due_at
                    else moved.get(each.id, original.recorded_at)
                )
                since[each.kind].append((at != run.ended_at, known, each.id))
        deeds = [min(each) for each in since.values()]
        if run.ended_at <= run.due_at and deeds:
            _, known, pk = max(deeds, key=lambda deed: (deed[1], -deed[2]))
            if known > run.due_at:
                decided[pk].add(run.standard)
    for each in facts.values():
        known = moved.get(each.id, recorded[each.id].recorded_at)
        if each.width is not None and known - each.occurred_at - each.width > 30 * MINUTE:
            yield recorded[each.id].kind, known, tuple(sorted(decided[each.id]))


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


def test_a_time_that_was_in_time_from_the_first_is_not_said_to_have_decided(case, scope):
    """Given a call in time, recorded at once, when it is moved by two minutes after the limit, then it decided none."""
    factories.happen(case, "contact.made", at=START + 40 * MINUTE, recorded=START + 41 * MINUTE)
    with clock.at(START + 5 * HOUR):
        entry = Event.objects.get(case=case, kind="contact.made")
        correct(entry, by=factories.teller(case.organisation), why="mistyped", occurred_at=START + 42 * MINUTE,
                time_is_right=True)  # fmt: skip
    assert found(scope) == [("contact.made", 5 * HOUR - 42 * MINUTE, [])]


def test_of_two_deeds_the_one_that_was_known_last_decided(case, scope):
    """Given glucose that was recorded in time, when the protection before it is typed in a day late, it decided."""
    for kind, hours, later in (("steroids.indicated", 1, 0), ("steroids.started", 2, 0),
                               ("steroids.glucose_checked", 5, 0), ("steroids.protected", 4, 40)):  # fmt: skip
        at = START + hours * HOUR
        factories.happen(case, kind, at=at, recorded=at + later * HOUR)
    assert found(scope) == [("steroids.protected", 40 * HOUR, ["ppi_glucose"])]


def test_what_came_from_a_file_is_not_told(trust, manager):
    """Given past cases of 2024 entered from a file, then none of their entries is late."""
    factories.unit(trust, "Ward A")
    enter(file(*WHOLE), manager, second_person="Anne Colleague")
    scope = Scope(manager, factories.at("2024-01-01 00:00"), factories.at("2025-01-01 00:00"))
    assert Event.objects.count() == 3
    assert late_entries(scope).count == 0


def test_what_others_may_see_is_not_told(case, scope):
    factories.happen(case, "contact.made", at=START + 10 * MINUTE, recorded=START + 2 * HOUR)
    assert found(Scope(factories.user("manager"), scope.start, scope.end)) == []
    assert len(found(scope)) == 1
