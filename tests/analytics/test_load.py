"""Alerts per person and per shift: what was told to whom, by night, in which shift of the rota, and off it."""

from datetime import date, time, timedelta

import pytest

from pathway.analytics.escalations import Asked
from pathway.analytics.load import QUARTER, people, person_told, shifts, united
from pathway.engine import now as clock
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.shift import Pattern, Shift
from tests import factories
from tests.factories import START, at

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDNIGHT = at("2026-03-02 00:00")


@pytest.fixture
def rota(unit):
    """One person by day and one by night, in two roles, for two days; a third who is always on duty."""
    day, night, always = (factories.user("coordinator", unit.organisation) for _ in range(3))
    for who, begins, ends in ((day, 8, 20), (night, 20, 8)):
        for role in ("coordinator", "nurse in charge"):
            Pattern.objects.create(unit=unit, role=role, user=who, days=[0, 1], begins=time(begins), ends=time(ends),
                                   first=date(2026, 3, 2), last=date(2026, 3, 3))  # fmt: skip
    factories.duty(unit, "coordinator", always)
    return day, night, always


def told(unit, moment, by=None):
    """One more call to the coordinator, told half an hour after the suspicion, and answered 4 minutes later."""
    case = factories.case(place=unit, at=moment)
    with clock.at(moment + 30 * MINUTE):
        tick()
    if by:
        with clock.at(moment + 34 * MINUTE):
            acknowledge(Alert.objects.get(case=case, clock__standard="contact_a"), by=by)
    factories.happen(case, "contact.made", at=moment + 40 * MINUTE)


@pytest.fixture
def asked(manager):
    return Asked(manager, MIDNIGHT, MIDNIGHT + 3 * DAY, clock="contact_a")


def test_people_and_their_nights(unit, rota, asked):
    day, night, always = rota
    told(unit, START, by=day)
    told(unit, START + 2 * HOUR)
    told(unit, START + 12 * HOUR)
    found = {each.person: (each.alerts, each.tellings, each.night, each.seen, each.acts) for each in people(asked)}
    assert found == {always: (3, 3, 1, 0, 0), day: (2, 2, 0, 1, 1), night: (1, 1, 1, 0, 0)}
    by_person = {each.person: each.hours for each in people(asked)}
    assert (by_person[day], by_person[night]) == (pytest.approx(4 / 60), None)
    assert people(asked)[0].person == always, "the most first"


def test_the_shifts_of_the_rota_also_those_without_an_alert(unit, rota, asked):
    day, night, _ = rota
    for hours in (0, 2, 12):
        told(unit, START + hours * HOUR)
    found = shifts(asked, MIDNIGHT + 5 * DAY)
    assert [(each.person, each.starts_at, each.ends_at, each.alerts) for each in found.rows] == [
        (day, at("2026-03-02 08:00"), at("2026-03-02 20:00"), 2),
        (night, at("2026-03-02 20:00"), at("2026-03-03 08:00"), 1),
        (day, at("2026-03-03 08:00"), at("2026-03-03 20:00"), 0),
        (night, at("2026-03-03 20:00"), at("2026-03-04 08:00"), 0),
    ]
    assert (found.always, found.always_a_day, found.outside) == (3, 1, 0)
    assert found.bands == [("none", 2), ("1 or 2", 2), ("3 to 5", 0), ("6 to 10", 0), ("more than 10", 0)]
    assert (found.median, found.ninetieth) == (0.5, 1.7)
    assert len(found.busy) == 2


def test_what_was_told_before_the_rota_was_changed_is_off_it(unit, rota, asked):
    told(unit, START)
    Pattern.objects.filter(user=rota[0]).delete()
    found = shifts(asked, MIDNIGHT + 5 * DAY)
    assert (found.always, found.outside, found.busy) == (1, 1, [])


def test_a_cover_and_an_absence_count(unit, rota, asked):
    day, *_ = rota
    other = factories.user("coordinator", unit.organisation)
    Shift.objects.create(kind="cover", unit=unit, role="coordinator", user=other, instead_of=day,
                         starts_at=START, ends_at=START + 2 * HOUR)  # fmt: skip
    told(unit, START)
    rows = {each.person: (each.starts_at, each.ends_at, each.alerts) for each in shifts(asked).busy}
    assert rows[other] == (START, START + 2 * HOUR, 1)


def test_another_unit_has_other_shifts_and_the_longest_range_is_a_quarter(unit, rota, manager):
    elsewhere = factories.unit(unit.organisation)
    found = shifts(Asked(manager, MIDNIGHT - 300 * DAY, MIDNIGHT + 3 * DAY, elsewhere), MIDNIGHT + 9 * DAY)
    assert (found.rows, found.end - found.start) == ([], QUARTER)
    assert shifts(Asked(manager, MIDNIGHT + 9 * DAY, MIDNIGHT + 10 * DAY), MIDNIGHT).rows == []


def test_stretches_that_overlap_are_one_and_those_that_touch_are_two():
    hours = [(START + low * HOUR, START + high * HOUR) for low, high in ((4, 6), (0, 2), (1, 3), (3, 4))]
    assert list(united(hours)) == [(START + low * HOUR, START + high * HOUR) for low, high in ((0, 3), (3, 4), (4, 6))]


def test_only_who_was_told_of_a_case_of_the_own_organisation_is_named(unit, rota, manager, outsider):
    told(unit, START)
    assert person_told(manager, rota[0].uuid) == rota[0]
    assert person_told(manager, rota[1].uuid) is None
    stranger = factories.user("manager", outsider.organisation)
    assert person_told(stranger, rota[0].uuid) is None
