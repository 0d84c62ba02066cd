"""Alerts follow their clocks through a merge and back: no alarm is sent twice as two, and none is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pathway import protocol
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.hush import void
from pathway.engine.merge import merge, unmerge
from pathway.engine.refused import Refused
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.protocol.types import At, Level, Role, Rung
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from tests import factories
from tests.engine.truth import assert_true
from tests.factories import ANSWERS, START, case, duty, happen, teller, unit, user

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
E1, E3 = START + 12 * HOUR, START + 24 * HOUR
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ladder(monkeypatch):
    """Every clock tells the coordinator at amber and at its limit, and waits a month for an answer."""
    patient = {"tell": (Role.COORDINATOR,), "acknowledge": timedelta(days=30)}
    rungs = Rung(Level.E1, At.AMBER, **patient), Rung(Level.E3, At.DUE, **patient)
    version = protocol.get(protocol.CURRENT)
    told = tuple(replace(each, ladder=rungs if each.ladder else ()) for each in version.all)
    monkeypatch.setitem(protocol.VERSIONS, version.version, replace(version, all=told))


@pytest.fixture
def ward(unit, coordinator):
    """The unit of the case that goes on, and who is told there."""
    duty(unit, "coordinator", coordinator)
    return unit


@pytest.fixture
def earlier(ward):
    """The duplicate: its suspicion is the earlier one."""
    return case("A", place=ward, at=START)


@pytest.fixture
def later(ward, earlier):
    """The case that goes on, suspected two hours later."""
    return case("A", place=ward, who=earlier.patient, at=START + 2 * HOUR)


def sweep(at, *cases):
    """How many alerts a sweep raised about the scan."""
    before = set(Alert.objects.filter(clock__standard="mri_a").values_list("pk", flat=True))
    with clock.at(at):
        tick()
        for each in cases:
            assert_true(each)
    return Alert.objects.filter(clock__standard="mri_a").exclude(pk__in=before).count()


def join(absorbed, survivor, at):
    with clock.at(at):
        by = teller(survivor.organisation)
        merge(absorbed, by=by, answers=ANSWERS["case.merged"] | {"into": survivor.code})
        for each in (absorbed, survivor):
            assert_true(each)


def part(absorbed, at, *cases):
    with clock.at(at):
        unmerge(absorbed, by=teller(absorbed.organisation), why="two compressions")
        for each in (absorbed, *cases):
            assert_true(each)


def told(each, standard="mri_a"):
    """(level, whether it stands) of each alert of a case about a clock, the lowest rung first."""
    found = Alert.objects.filter(case=each, clock__standard=standard).order_by("rung", "raised_at")
    return [(alert.level, alert.stood_down_at is None) for alert in found]


def heard(person, standard="mri_a"):
    """The levels of the alerts about a clock that a person was told of, each as often as there is an alert of it."""
    mine = Alert.objects.filter(deliveries__user=person, clock__standard=standard).distinct()
    return sorted(alert.level for alert in mine)


def test_what_only_the_duplicate_had_told_goes_on_with_its_answer_and_is_told_no_more(earlier, later, coordinator):
    assert sweep(E1, earlier, later) == 1
    alert = Alert.objects.get(case=earlier, clock__standard="mri_a")
    with clock.at(E1 + MINUTE):
        acknowledge(alert, by=coordinator, until=E1 + 4 * HOUR)
    join(earlier, later, E1 + HOUR)
    alert.refresh_from_db()
    assert (alert.case, alert.clock.case, alert.clock.started_at) == (later, later, START)
    assert (alert.stood_down_at, alert.acting_until) == (None, E1 + 4 * HOUR)
    assert told(earlier) == []
    assert sweep(E1 + 2 * HOUR, earlier, later) == sweep(E1 + 3 * HOUR, earlier, later) == 0
    assert sweep(E3, earlier, later) == 1, "the rung that nobody was told of still rings"
    assert told(later) == [("E1", True), ("E3", True)]
    assert heard(coordinator) == ["E1", "E3"]


def test_where_both_had_told_the_alert_of_the_case_that_goes_on_stands(earlier, later, coordinator):
    assert sweep(E1 + 2 * HOUR, earlier, later) == 2
    mine, theirs = (Alert.objects.get(case=each, clock__standard="mri_a") for each in (later, earlier))
    join(earlier, later, E1 + 3 * HOUR)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.case, mine.stood_down_at, mine.clock.started_at) == (later, None, START)
    assert (theirs.case, theirs.stood_down_at) == (earlier, E1 + 3 * HOUR)
    assert sweep(E1 + 4 * HOUR, earlier, later) == 0
    part(earlier, E1 + 5 * HOUR, later)
    assert (told(earlier), told(later)) == ([("E1", True)], [("E1", True)])
    assert sweep(E1 + 5 * HOUR, earlier, later) == 0
    assert heard(coordinator) == ["E1", "E1"], "once for each case"


def test_a_rung_that_is_not_past_in_the_case_that_goes_on_rings_there_in_its_time(earlier, later, ward, coordinator):
    """Examined on the other case: the next examination is due later than the duplicate thought."""
    happen(later, "neuro.examined", at=START + 3 * HOUR)
    sweep(START + 20 * HOUR, earlier, later)
    assert (told(earlier, "neuro_exam"), told(later, "neuro_exam")) == ([("E1", True)], [])
    join(earlier, later, START + 21 * HOUR)
    assert (told(earlier, "neuro_exam"), told(later, "neuro_exam")) == ([("E1", False)], [])
    happen(later, "contact.logged", at=START + 22 * HOUR)
    sweep(START + 22 * HOUR, earlier, later)
    assert told(later, "neuro_exam") == []
    sweep(START + 23 * HOUR, earlier, later)
    assert told(later, "neuro_exam") == [("E1", True)]


def test_a_clock_that_the_facts_of_the_duplicate_started_takes_its_alerts_along_and_gives_them_back(earlier, later):
    happen(earlier, "steroids.indicated", at=START + 3 * HOUR)
    sweep(START + 4 * HOUR, earlier, later)
    join(earlier, later, START + 5 * HOUR)
    sweep(START + 5 * HOUR, earlier, later)
    assert (told(earlier, "dexamethasone"), told(later, "dexamethasone")) == ([], [("E1", True)])
    sweep(START + 7 * HOUR, earlier, later)
    assert told(later, "dexamethasone") == [("E1", True), ("E3", True)]
    part(earlier, START + 8 * HOUR, later)
    sweep(START + 8 * HOUR, earlier, later)
    assert (told(earlier, "dexamethasone"), told(later, "dexamethasone")) == ([("E1", True), ("E3", True)], [])


def test_undone_each_case_has_its_own_again_and_what_it_never_told_rings(earlier, later, coordinator):
    sweep(E1, earlier, later)
    alert = Alert.objects.get(case=earlier, clock__standard="mri_a")
    row = alert.clock
    join(earlier, later, E1 + HOUR)
    with clock.at(E1 + HOUR + MINUTE):
        acknowledge(Alert.objects.get(pk=alert.pk), by=coordinator, until=E1 + 4 * HOUR)
    part(earlier, E1 + 2 * HOUR - MINUTE, later)
    alert.refresh_from_db()
    assert (alert.case, alert.clock, alert.lent_by, alert.stood_down_at) == (earlier, row, None, None)
    assert (alert.acting_until, alert.raised_at) == (E1 + 4 * HOUR, E1)
    assert alert.deliveries.get().told_at == E1, "it was not told anew"
    assert told(later) == []
    assert sweep(E1 + 2 * HOUR, earlier, later) == 1
    assert (told(earlier), told(later)) == ([("E1", True)], [("E1", True)])


def test_what_was_told_meanwhile_of_the_run_of_the_duplicate_is_not_told_again_when_it_runs_alone(earlier, later):
    sweep(E1, earlier, later)
    join(earlier, later, E1 + HOUR)
    assert sweep(E3, earlier, later) == 1
    part(earlier, E3 + HOUR, later)
    assert told(earlier) == [("E1", True), ("E3", True)]
    assert sweep(E3 + HOUR, earlier, later) == 1, "the first level of the other case's own run was never told"
    assert (told(earlier)[2:], told(later)) == ([], [("E1", True)])
    assert sweep(E3 + 2 * HOUR, earlier, later) == 1
    assert told(later) == [("E1", True), ("E3", True)]


def test_merged_again_nothing_rings_again(earlier, later, coordinator):
    sweep(E1, earlier, later)
    join(earlier, later, E1 + HOUR)
    sweep(E3, earlier, later)
    part(earlier, E3 + HOUR, later)
    sweep(E3 + HOUR, earlier, later)
    join(earlier, later, E3 + 2 * HOUR)
    assert sweep(E3 + 2 * HOUR, earlier, later) == 0
    assert told(later) == [("E1", True), ("E3", True)]
    assert heard(coordinator) == ["E1", "E1", "E3"]


def test_the_other_way_round_nothing_is_told_twice_and_nothing_lost(earlier, later, coordinator):
    """The case with the earlier start goes on: its run stays, and what it told of it meanwhile stays with it."""
    sweep(E1 + 2 * HOUR, earlier, later)
    join(later, earlier, E1 + 3 * HOUR)
    assert sweep(E3, earlier, later) == 1
    assert (told(earlier), told(later)) == ([("E1", True), ("E3", True)], [("E1", False)])
    part(later, E3 + HOUR, earlier)
    assert (told(earlier), told(later)) == ([("E1", True), ("E3", True)], [("E1", True)])
    assert sweep(E3 + HOUR, earlier, later) == 0
    assert sweep(E3 + 2 * HOUR, earlier, later) == 1
    assert told(later) == [("E1", True), ("E3", True)]


def test_the_people_of_the_other_unit_are_told_too_and_nobody_twice(ward, coordinator):
    elsewhere, there, colleague = unit(ward.organisation), *(user("coordinator", ward.organisation) for _ in range(2))
    for place, person in ((elsewhere, there), (elsewhere, coordinator), (ward, colleague)):
        duty(place, "coordinator", person)
    first = case("A", place=elsewhere, at=START)
    second = case("A", place=ward, who=first.patient, at=START + 2 * HOUR)
    sweep(E1, first, second)
    join(first, second, E1 + HOUR)
    alert = Alert.objects.get(case=second, clock__standard="mri_a")
    assert {each.user: each.told_at for each in alert.deliveries.all()} == {
        there: E1, coordinator: E1, colleague: E1 + HOUR,
    }  # fmt: skip
    sweep(E3, first, second)
    assert heard(there) == ["E1"]
    part(first, E3 + HOUR, second)
    assert (heard(there), heard(coordinator), heard(colleague)) == (["E1", "E3"],) * 3
    assert told(first) == [("E1", True), ("E3", True)]


@pytest.mark.parametrize("somebody", [True, False])
def test_an_alert_that_told_nobody_is_heard_where_the_case_goes_on(unit, coordinator, somebody):
    first = case("A", place=factories.unit(unit.organisation), at=START)
    second = case("A", place=unit, who=first.patient, at=START + 2 * HOUR)
    sweep(E1, first, second)
    assert Alert.objects.get(case=first, clock__standard="mri_a", level="E1").nobody
    if somebody:
        duty(unit, "coordinator", coordinator)
    join(first, second, E1 + HOUR)
    assert Alert.objects.get(case=second, clock__standard="mri_a", level="E1").nobody is not somebody
    assert heard(coordinator)[:1] == (["E1"] if somebody else [])


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_told_only_the_other_unit_while_it_was_lent_is_told_in_its_own_again(unit, coordinator, when):
    elsewhere, there = factories.unit(unit.organisation), user("coordinator", unit.organisation)
    duty(unit, "coordinator", coordinator)
    first = case("A", place=elsewhere, at=START)
    second = case("A", place=unit, who=first.patient, at=START + 2 * HOUR)
    sweep(E1, first, second)
    join(first, second, E1 + HOUR)
    assert heard(coordinator) == ["E1", "E3"], "nobody was on duty for E1, which was passed on at once"
    if when == "before":
        duty(elsewhere, "coordinator", there)
    part(first, E1 + 2 * HOUR, second)
    assert heard(there) == (["E1", "E3"] if when == "before" else [])
    if when == "after":
        duty(elsewhere, "coordinator", there)
    sweep(E1 + 2 * HOUR + MINUTE, first, second)
    assert heard(there) == ["E1", "E3"]
    for alert in Alert.objects.filter(case=first, clock__standard="mri_a"):
        assert (alert.nobody, alert.deliveries.filter(user=there).count()) == (False, 1)


@pytest.mark.parametrize("where", ["there", "nowhere"])
def test_where_nobody_is_on_duty_in_the_unit_that_takes_it_over_whoever_comes_is_told(unit, coordinator, where):
    elsewhere = factories.unit(unit.organisation)
    if where == "there":
        duty(elsewhere, "coordinator", user("coordinator", unit.organisation))
    first = case("A", place=elsewhere, at=START)
    second = case("A", place=unit, who=first.patient, at=START + 2 * HOUR)
    sweep(E1, first, second)
    join(first, second, E1 + HOUR)
    duty(unit, "coordinator", coordinator)
    sweep(E1 + 2 * HOUR, first, second)
    assert heard(coordinator) == (["E1"] if where == "there" else ["E1", "E3"])


def test_a_clock_voided_on_the_duplicate_takes_up_the_alert_that_was_told_of_the_same_run(earlier, later, coordinator):
    sweep(E1, earlier, later)
    with clock.at(E1 + MINUTE):
        void(earlier, "mri_a", by=teller(earlier.organisation), answers={"reason": "duplicate", "second_person": "y"})
    assert told(earlier) == [("E1", False)]
    join(earlier, later, E1 + HOUR)
    assert told(later) == [("E1", True)]
    assert sweep(E1 + HOUR, earlier, later) == 0
    assert heard(coordinator) == ["E1"]
    part(earlier, E1 + 90 * MINUTE, later)
    assert (told(earlier), told(later)) == ([("E1", False)], [])


def test_what_stood_down_while_it_was_lent_stands_again_where_its_clock_runs_again(earlier, later):
    sweep(E1, earlier, later)
    join(earlier, later, E1 + HOUR)
    happen(later, "imaging.acquired", at=E1 + 90 * MINUTE)
    assert told(later) == [("E1", False)]
    part(earlier, E1 + 2 * HOUR, later)
    assert told(earlier) == [("E1", True)], "the scan was recorded on the other case"
    assert sweep(E1 + 2 * HOUR, earlier, later) == 0


def test_what_a_correction_stood_down_while_it_was_lent_stands_again(earlier, later):
    """The survivor began earlier and is corrected to begin later than the duplicate did."""
    first = Event.objects.get(case=earlier)
    sweep(E1, earlier, later)
    join(later, earlier, E1 + MINUTE)
    assert told(earlier) == [("E1", True)]
    with clock.at(E1 + 2 * MINUTE):
        correct(first, by=teller(earlier.organisation), why="typed wrong", occurred_at=START + 5 * HOUR)
        assert_true(earlier)
    assert told(earlier) == [("E1", False)]
    part(later, E1 + 3 * MINUTE, earlier)
    assert sweep(E1 + 3 * MINUTE, earlier, later) == 0
    assert sweep(E1 + 2 * HOUR, earlier, later) == 1
    assert told(later) == [("E1", True)]


def test_of_two_duplicates_the_other_one_lends_when_the_first_is_parted(earlier, later, coordinator):
    third = case("A", place=later.unit, who=later.patient, at=START)
    assert sweep(E1, earlier, later, third) == 2
    join(earlier, later, E1 + HOUR)
    join(third, later, E1 + HOUR)
    assert told(later) == [("E1", True)]
    part(earlier, E1 + 90 * MINUTE, later, third)
    assert (told(earlier), told(later), told(third)) == ([("E1", True)], [("E1", True)], [])
    assert sweep(E1 + 90 * MINUTE, earlier, later, third) == 0
    part(third, E1 + 100 * MINUTE, later, earlier)
    assert (told(earlier), told(later), told(third)) == ([("E1", True)], [], [("E1", True)])
    assert heard(coordinator) == ["E1", "E1"]


def test_an_answer_to_an_alert_that_has_changed_its_case_meanwhile_is_refused(earlier, later, coordinator):
    sweep(E1, earlier, later)
    alert = Alert.objects.get(case=earlier, clock__standard="mri_a")
    join(earlier, later, E1 + MINUTE)
    with clock.at(E1 + 2 * MINUTE), pytest.raises(Refused, match=f"was merged into {later.code}"):
        acknowledge(alert, by=coordinator)
    lent = Alert.objects.get(pk=alert.pk)
    part(earlier, E1 + 3 * MINUTE, later)
    with clock.at(E1 + 4 * MINUTE), pytest.raises(Refused, match=f"{earlier.code} and {later.code} were parted"):
        acknowledge(lent, by=coordinator)
    assert Alert.objects.get(pk=alert.pk).acknowledged_at is None


def test_where_the_two_are_pinned_to_versions_with_another_ladder_the_clock_is_told_anew(earlier, later, monkeypatch):
    version = protocol.get(protocol.CURRENT)
    short = {key: replace(each, ladder=each.ladder[:1]) for key, each in version.standards.items() if key == "mri_a"}
    other = replace(version, version="mscc-short", all=tuple(short.get(each.key, each) for each in version.all))
    monkeypatch.setitem(protocol.VERSIONS, "mscc-short", other)
    Case.objects.filter(pk=earlier.pk).update(protocol="mscc-short")
    sweep(E1, earlier, later)
    join(earlier, later, E1 + HOUR)
    assert (told(earlier), told(later)) == ([("E1", False)], [])
    assert sweep(E1 + HOUR, earlier, later) == 1
    assert told(later) == [("E1", True)]
