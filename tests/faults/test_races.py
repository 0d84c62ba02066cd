"""Two people on one move, and people against the sweep: one event, one alert, no deadlock."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from pathway.engine.advance import advance
from pathway.engine.correct import correct
from pathway.engine.hold import hold
from pathway.engine.merge import merge
from pathway.engine.now import now
from pathway.engine.refused import Refused, Stale
from pathway.engine.respond import acknowledge
from pathway.engine.suspect import suspect
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.steps.contact import Contact
from pathway.steps.imaging import ImagingRequest
from pathway.steps.steroids import SteroidCourse
from tests.factories import ANSWERS, duty, happen, patient, unit, user
from tests.factories import case as a_case
from tests.faults.crowd import LATE, all_true, at_once, overdue, rounds, somebody_holds, until

pytestmark = pytest.mark.django_db(transaction=True)
FORWARD = ("vet", "start", "acquire", "communicate", "acknowledge")


@pytest.fixture
def place():
    return unit()


@pytest.fixture
def two(place):
    return [user("coordinator", place.organisation, "clinician") for _ in range(2)]


def answers_to(machine, verb):
    return ANSWERS.get(machine.moves()[verb].event, {})


def move(step, verb, by, **kwargs):
    return advance(step, verb, by=by, answers=answers_to(type(step), verb), **kwargs)


def one_each(results, expected=Refused):
    """Each round has one event and one refusal."""
    for outcome in results:
        assert Counter(isinstance(each, Event) for each in outcome) == {True: 1, False: 1}
        assert isinstance(next(each for each in outcome if not isinstance(each, Event)), expected)


def test_two_people_on_one_move_a_hundred_times(place, two):
    cases = [a_case(place=place, at=now()) for _ in range(20)]
    steps = []
    for case in cases:
        happen(case, "imaging.requested")
        steps += [(ImagingRequest.objects.get(case=case), verb) for verb in FORWARD]
    assert len(steps) == 100

    def person(by):
        return lambda number: move(*steps[number], by)

    results = rounds(100, *(person(by) for by in two))
    one_each(results)
    assert Event.objects.count() == 20 * (2 + len(FORWARD))
    losers = [str(each) for outcome in results for each in outcome if isinstance(each, Refused)]
    assert all(f"{two[0]} recorded" in said or f"{two[1]} recorded" in said for said in losers)
    all_true()


def test_two_people_on_the_first_move_of_a_track(place, two):
    """No row exists yet, so only what the page had seen tells that somebody was quicker."""
    cases = [a_case(place=place, at=now()) for _ in range(20)]
    seen = [Event.objects.filter(case=case).latest("pk").pk for case in cases]
    results = rounds(
        20, *(lambda n, by=by: move(ImagingRequest(case=cases[n]), "request", by, seen=seen[n]) for by in two)
    )
    one_each(results, Stale)
    assert ImagingRequest.objects.count() == 20
    all_true()


def test_opposite_moves(place, two):
    cases = [a_case(place=place, at=now()) for _ in range(25)]
    for case in cases:
        happen(case, "steroids.indicated")
    steps = [SteroidCourse.objects.get(case=case) for case in cases]
    results = rounds(
        25,
        lambda number: move(steps[number], "start", two[0]),
        lambda number: move(steps[number], "withhold", two[1]),
    )
    one_each(results)
    all_true()


def test_two_tracks_of_one_case_move_at_once(place, two):
    cases = [a_case(place=place, at=now()) for _ in range(20)]
    results = rounds(
        20,
        lambda number: move(ImagingRequest(case=cases[number]), "request", two[0]),
        lambda number: move(SteroidCourse(case=cases[number]), "indicate", two[1]),
    )
    assert all(isinstance(each, Event) for outcome in results for each in outcome)
    all_true()


def test_the_end_of_a_case_against_a_move(place, two):
    cases = [a_case(place=place, at=now()) for _ in range(20)]
    results = rounds(
        20,
        lambda number: move(cases[number], "die", two[0]),
        lambda number: move(SteroidCourse(case=cases[number]), "indicate", two[1]),
    )
    assert all(isinstance(died, Event) for died, _ in results)
    assert not Clock.objects.running().exists()
    all_true()


def test_a_form_sent_twice_at_once_makes_one_event_a_hundred_times(place, two):
    cases = [a_case(place=place, at=now()) for _ in range(10)]
    keys = [uuid4() for _ in range(100)]

    def send(number):
        return move(Contact(case=cases[number % 10]), "make", two[0], submission=keys[number])

    for first, second in rounds(100, send, send):
        assert first.pk == second.pk
    assert Event.objects.filter(kind="contact.made").count() == Contact.objects.count() == 100
    all_true()


def test_an_intake_sent_twice_at_once_opens_one_case(place, two):
    people = [patient(place.organisation) for _ in range(25)]
    keys = [uuid4() for _ in people]

    def send(number):
        return suspect(
            people[number], place, by=two[0], answers=ANSWERS["case.suspected"], submission=keys[number]
        )  # fmt: skip

    for first, second in rounds(25, send, send):
        assert first.pk == second.pk
    assert Case.objects.count() == Event.objects.count() == 25
    all_true()


def test_two_corrections_of_one_entry_both_stand_in_the_record(place, two):
    cases = [a_case(place=place, at=now()) for _ in range(10)]
    wrong = [happen(case, "contact.made") for case in cases]

    def amend(number, by):
        return correct(wrong[number], by=by, why="twice the same thought", withdrawn=True)

    results = rounds(10, *(lambda number, by=by: amend(number, by) for by in two))
    one_each(results)
    all_true()


def test_opposite_merges_at_once_make_one_and_never_wait_for_ever(place, two):
    people = [patient(place.organisation) for _ in range(15)]
    pairs = [[a_case(place=place, who=who, at=now()) for _ in range(2)] for who in people]

    def join(number, by, turned):
        absorbed, survivor = pairs[number][::-1] if turned else pairs[number]
        return merge(absorbed, by=by, answers=ANSWERS["case.merged"] | {"into": survivor.code})

    results = rounds(15, lambda number: join(number, two[0], False), lambda number: join(number, two[1], True))
    one_each(results)
    assert Case.objects.filter(survivor=None).count() == Case.objects.exclude(survivor=None).count() == 15
    all_true()


def test_a_move_on_the_survivor_at_the_instant_of_the_merge_knows_the_merged_case_or_not_at_all(place, two):
    people = [patient(place.organisation) for _ in range(15)]
    pairs = [
        [a_case(place=place, who=who, at=now() - timedelta(minutes=minutes)) for minutes in (50, 20)] for who in people
    ]
    for _, later in pairs:
        happen(later, "imaging.requested")
    results = rounds(
        15,
        lambda number: merge(
            pairs[number][0], by=two[0], answers=ANSWERS["case.merged"] | {"into": pairs[number][1].code}
        ),
        lambda number: move(ImagingRequest.objects.get(case=pairs[number][1]), "vet", two[1]),
    )
    assert all(isinstance(each, Event) for outcome in results for each in outcome)
    all_true()


def test_eight_sweepers_on_one_storm_raise_each_alert_once(place):
    duty(place, "coordinator", user(trust=place.organisation))
    overdue(150, place)
    raised = at_once(*[lambda: sum(iter(tick, 0))] * 8)
    assert sum(raised) == Alert.objects.count() == 150 * len(LATE)
    assert set(Alert.objects.values_list("level", flat=True)) == {"E1", "E3"}
    assert tick() == 0
    all_true()


def test_the_sweep_against_moves(place, two):
    """People end the clocks that four sweepers are just raising, and take alerts that are just standing down."""
    cases = overdue(60, place)

    def sweep():
        return sum(tick() for _ in range(60))

    def person(by, kind):
        def work():
            for case in cases:
                happen(case, kind, by=by)
                for alert in Alert.objects.open().filter(case=case):
                    with suppress(Refused):
                        acknowledge(alert, by=by)

        return work

    at_once(sweep, sweep, sweep, sweep, person(two[0], "contact.made"), person(two[1], "imaging.acquired"))
    tick()
    assert not Alert.objects.open().filter(clock__ended_at__isnull=False).exists()
    assert not Clock.objects.filter(standard__in=("contact_a", "mri_a"), ended_at=None).exists()
    all_true()


def test_a_case_that_somebody_holds_is_passed_over_and_told_by_the_next_sweep(place):
    held, *_ = overdue(3, place)
    with transaction.atomic():
        hold(held.pk)
        assert at_once(tick) == [2 * len(LATE)]
    assert tick() == len(LATE)
    all_true()


def test_who_waited_for_the_case_is_judged_by_the_time_at_which_they_got_it(place, two):
    """Else what they record would lie before what the other has just recorded, and pass as a late entry."""
    case = a_case(place=place, at=now())
    happen(case, "imaging.requested")
    step = ImagingRequest.objects.get(case=case)

    def first():
        with transaction.atomic():
            hold(case.pk)
            until(somebody_waits)
            return move(step, "vet", two[0])

    def second():
        until(lambda: somebody_holds(case))
        return move(step, "vet", two[1])

    one_each([at_once(first, second)])
    all_true()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]
