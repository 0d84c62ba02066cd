"""The replay of a clock against what the sweep really raised, over random cases that people answered and corrected."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pathway import protocol
from pathway.analytics.past import pasts
from pathway.analytics.replay import Replay, Rules, protocol_of
from pathway.analytics.whatif import compared
from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.correct import correct
from pathway.engine.refused import Refused
from pathway.engine.repin import repin
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from pathway.record.rota import Rota, told
from tests import factories
from tests.analytics.random_cases import DAY, HOUR, MINUTE, START, built, history, tried
from tests.analytics.swept import sweep
from tests.engine.test_any_order import record

END = START + 20 * HOUR
pytestmark = pytest.mark.django_db
CLOCKS = ("mri_a", "mri_b", "contact_a", "dexamethasone", "senior", "treatment", "flat_review", "stability", "report")
SPOKEN = (respond.acknowledge, respond.acknowledge, partial(respond.decline, reason="in theatre"), respond.ask_for_help)


def staffed(random, unit):
    """Somebody on duty for most roles; in some units a contact for when nobody is."""
    person = factories.teller(unit.organisation)
    for role in told():
        if random.random() < 0.7:
            factories.duty(unit, role.value, person)
    if random.random() < 0.5:
        unit.fixed_contact = person
        unit.save()


def speak(random, case, at):
    """Say something to an alert that stands, or ask for time."""
    alerts = list(Alert.objects.open().filter(case=case))
    if alerts and random.random() < 0.5:
        say = random.choice((*SPOKEN, partial(respond.snooze, until=at + 40 * MINUTE)))
        with suppress(Refused), clock.at(at):
            say(random.choice(alerts), by=factories.teller(case.organisation))


def amend(random, case):
    """Take an entry back, or move it."""
    entry = random.choice(standing(Event.objects.filter(case=case).order_by("pk")))
    change = random.choice(({"withdrawn": True}, {"occurred_at": entry.occurred_at + random.choice((-1, 1)) * HOUR}))
    with suppress(Refused):
        correct(entry, by=factories.teller(case.organisation), why="mistyped", time_is_right=True, **change)


def lived(random, unit):
    """A case that is typed in as time goes on, some of it late, under the sweep and with people who answer."""
    klass, _, happens = history(random)
    late = sorted((hours + random.choice((0, 0, 0, 3)), number, each) for number, each in enumerate(happens)
                  for hours in [each[1]] if hours < 16)  # fmt: skip
    case = factories.case(klass, at=START, place=unit)
    last = START
    for typed, number, (kind, hours, answers, precision) in late:
        at = START + timedelta(hours=typed, seconds=10 * number)
        sweep(last, at)
        speak(random, case, at)
        last = at + timedelta(seconds=1)
        sweep(at, last)
        with clock.at(last):
            said = {name: value for name, value in answers.items() if value != ""}
            record(case, kind, START + timedelta(minutes=round(hours * 60)), said, precision)
        if random.random() < 0.05:
            sweep(last, last + timedelta(seconds=1))
            last += timedelta(seconds=1)
            with clock.at(last):
                amend(random, case)
    sweep(last, END)
    return case


def told_of(alert):
    """What never changes of an alert: whether nobody is on duty for it is asked again when its clock runs again."""
    return alert.rung, alert.level, alert.raised_at, str(alert.why)


@tried(3)
@given(random=st.integers(0, 2**64).map(Random))
def test_the_rules_as_they_were_replay_to_the_alerts_that_were_raised(transaction, random):
    with transaction():
        unit = factories.unit()
        staffed(random, unit)
        case = Case.objects.select_related("unit").get(pk=lived(random, unit).pk)
        rota = Rota({unit.pk}, START, END)
        for key in CLOCKS:
            (past,) = pasts({case.pk: case}, key)
            found = Replay(past, Rules(key), rota).run(END)
            raised = Alert.objects.filter(case=case, clock__standard=key).order_by("raised_at", "rung")
            event(f"{key}: {min(len(raised), 3)} alerts")
            assert Counter(told_of(ring.alert) for ring in found.rings) == Counter(map(told_of, raised))
            rows = Clock.objects.standing().filter(case=case, standard=key)
            assert {
                (row.standard, row.started_at, row.nth): (row.due_at, row.ended_at, row.outcome) for row in rows
            } == {run: (row.due_at, row.ended_at, row.outcome) for run, row in found.clocks.items()}


@tried(4)
@given(random=st.integers(0, 2**64).map(Random))
def test_a_clock_alone_folds_as_it_does_among_all(transaction, random):
    with transaction():
        unit = factories.unit()
        case = built(random, unit, factories.patient(unit.organisation), 0)
        facts = [fact(each) for each in standing(Event.objects.filter(case=case).order_by("pk"))]
        for version in protocol.VERSIONS:
            whole = fold(facts, protocol.get(version), in_hours)
            for key in protocol.get(version).standards:
                alone = fold(facts, protocol_of(Rules(key), version), in_hours)
                assert [run for run in alone if run.standard == key] == [run for run in whole if run.standard == key]


@pytest.fixture
def case(unit):
    factories.staff(unit)
    return factories.case(place=unit, at=START)


def differing(case, scope, key="mri_a"):
    with clock.at(START + 2 * DAY):
        found = compared(scope, Rules(key), Rules(key))
    return found["same"], found["raised"], found["extra"], [row["why"] for row in found["lists"]["differs"]]


def test_a_sweep_that_stood_still_is_said(case, scope):
    sweep(START + 12 * HOUR + 20 * MINUTE, START + 13 * HOUR)
    assert differing(case, scope) == (0, 3, 0, ["The sweep raised it 20 min after its time."] * 3)


def test_a_rota_that_was_changed_since_is_said(case, scope):
    sweep(START, START + 12 * HOUR + MINUTE)
    case.unit.duties.all().delete()
    same, raised, extra, why = differing(case, scope)
    assert (same, raised, extra) == (1, 1, 2)
    assert all("by the rota as it is kept now" in words for words in why)


def test_a_case_that_was_moved_to_another_version_is_told_anew_by_its_ladder(unit, scope):
    person = factories.staff(unit)
    case = factories.case(place=unit, at=START)
    Case.objects.filter(pk=case.pk).update(protocol="mscc-2026.1")
    sweep(START, START + 13 * HOUR)
    with clock.at(START + 14 * HOUR):
        repin(Case.objects.get(pk=case.pk), to="mscc-2026.2", by=person, why="the new ladder")
    sweep(START + 14 * HOUR, START + 26 * HOUR)
    with clock.at(START + 26 * HOUR):
        found = compared(scope, Rules("mri_a"), Rules("mri_a", version="mscc-2026.1"))
    assert found["raised"] == Alert.objects.filter(clock__standard="mri_a").count()
    assert found["same"] >= found["raised"] - 1


def test_a_version_that_only_a_newer_release_knows_is_left_out(case, scope):
    Case.objects.filter(pk=case.pk).update(protocol="mscc-2099.1")
    with clock.at(START + 2 * DAY):
        found = compared(scope, Rules("mri_a"), Rules("mri_a", limit=HOUR))
    assert (found["cases"], found["unknown"]) == (0, 1)


def test_a_replay_asks_as_often_for_many_cases_as_for_one(unit, scope, django_assert_num_queries):
    factories.staff(unit)
    for number in range(3):
        factories.case(place=unit, at=START + number * HOUR)
    with clock.at(START + 2 * DAY), django_assert_num_queries(12):
        compared(scope, Rules("mri_a"), Rules("mri_a", limit=HOUR))


def test_progress_is_told_case_by_case(unit, scope):
    for number in range(3):
        factories.case(place=unit, at=START + number * HOUR)
    told = []
    with clock.at(START + 2 * DAY):
        found = compared(scope, Rules("mri_a"), Rules("mri_a"), tell=lambda *each: told.append(each))
        assert told == [(1, 3), (2, 3), (3, 3)]
        assert compared(scope, Rules("mri_a"), Rules("mri_a"), most=2)["left_out"] == 1
    assert found["left_out"] == 0
