"""The curves out of the record, who is at risk, and the log-rank test where there is nothing to compare."""

from datetime import timedelta

import pytest

from pathway.analytics.curves import OUTCOMES, curve, curves, horizon
from pathway.analytics.plots import cut
from pathway.analytics.survival import Span, at_risk, chi_squared, kaplan_meier, log_rank, median
from pathway.analytics.times import BY_INTERVAL, SPLITS, spreads
from pathway.engine import now as clock
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def spans(told):
    return [Span(time, int(happened), int(not happened)) for time, happened in told]


def test_nothing_is_tested_where_nothing_can_be_compared():
    assert log_rank([spans([(3, True)])]) is None
    assert log_rank([spans([(3, False)]), spans([(4, False)])]) is None
    assert log_rank([]) is None


@pytest.mark.parametrize(("statistic", "freedom", "p"), [
    (3.841458821, 1, 0.05), (5.991464547, 2, 0.05), (7.814727903, 3, 0.05), (9.487729037, 4, 0.05), (0, 1, 1),
])  # fmt: skip
def test_the_probability_is_that_of_the_tables(statistic, freedom, p):
    assert chi_squared(statistic, freedom) == pytest.approx(p)


def test_half_is_reached_whatever_the_rounding():
    thirds = spans([(1, True), (2, True), (3, True), (4, True), (5, False), (6, False), (7, False), (8, False)])
    assert median(kaplan_meier(thirds)) == 4
    assert median(kaplan_meier(spans([(1, True), (2, False), (3, False)]))) is None


def test_who_is_at_risk_at_a_time():
    steps = kaplan_meier(spans([(2, True), (4, False), (9, True)]))
    assert [at_risk(steps, time) for time in (0, 2, 3, 4, 5, 9, 10)] == [3, 3, 2, 2, 1, 1, 0]


NOW = factories.at("2026-08-01 09:00")


def confirmed(unit, **events):
    """A case confirmed on the first day, with other events so many days after that."""
    case = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(case, "case.confirmed", at=factories.START + DAY, recorded=NOW)
    for kind, (days, precision) in events.items():
        at = factories.START + (1 + days) * DAY
        factories.happen(case, kind.replace("_", ".", 1), at=at, recorded=NOW, precision=precision)
    return case


def test_curves_are_drawn_until_shortly_after_the_last_event():
    long = curve("All", spans([(4, True), (8, True), (900, False)]))
    assert horizon([long]) == 10
    assert [(step.time, step.share) for step in cut(long.steps, 10)] == [
        (0, 1), (4, pytest.approx(2 / 3)), (8, pytest.approx(1 / 3)), (10, pytest.approx(1 / 3)),
    ]  # fmt: skip
    nobody = curve("All", spans([(30, False)]))
    assert horizon([nobody]) == 30
    assert cut(nobody.steps, 30) == nobody.steps


@pytest.mark.django_db
def test_survival_follows_until_death_or_the_last_sign_of_life(trust, scope):
    east, west = factories.unit(trust, "East"), factories.unit(trust, "West")
    confirmed(east, case_died=(10, "minute"))
    confirmed(east, skin_assessed=(40, "minute"))
    confirmed(west, case_died=(20, "minute"), skin_assessed=(5, "minute"))
    confirmed(west, case_died=(30, "unknown"))
    factories.case(place=west, at=factories.START, recorded=NOW)
    with clock.at(NOW):
        found = curves(scope, OUTCOMES["survival"], SPLITS["unit"])
    assert (found.every.cases, found.every.events, found.not_begun, found.inexact) == (3, 2, 1, 1)
    assert [(step.time, step.at_risk, step.events, step.censored) for step in found.every.steps[1:]] == [
        (10, 3, 1, 0), (20, 2, 1, 0), (40, 1, 0, 1),
    ]  # fmt: skip
    assert [(each.label, each.cases, each.events) for each in found.groups] == [("East", 2, 1), ("West", 1, 1)]
    assert found.test is not None
    assert found.test.freedom == 1


@pytest.mark.django_db
def test_who_is_gone_waits_no_longer_for_a_scan(unit, scope):
    one = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(one, "imaging.acquired", at=factories.START + DAY / 2, recorded=NOW)
    gone = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(gone, "case.left", at=factories.START + DAY / 4, recorded=NOW)
    factories.case(place=unit, at=factories.START, recorded=NOW)
    with clock.at(factories.START + 10 * DAY):
        found = curves(scope, OUTCOMES["scan"])
    assert [(step.time, step.events, step.censored) for step in found.every.steps[1:]] == [
        (6, 0, 1), (12, 1, 0), (240, 0, 1),
    ]  # fmt: skip
    assert found.groups == []


@pytest.mark.django_db
def test_who_is_said_to_be_dead_without_a_day_is_not_followed_as_alive(unit, scope):
    """Given a follow-up that says not alive, then it is no sign of life, and lacks a time."""
    case = confirmed(unit)
    factories.happen(case, "followup.recorded", at=factories.START + 25 * DAY, recorded=NOW, alive=False)
    with clock.at(NOW):
        found = curves(scope, OUTCOMES["survival"])
    assert (found.every.cases, found.inexact) == (0, 1)


@pytest.mark.django_db
def test_a_reopened_case_is_followed_again(unit, scope):
    case = factories.case(place=unit, at=factories.START, recorded=NOW)
    for kind, hours in (("case.closed", 4), ("case.reopened", 6), ("imaging.acquired", 30)):
        factories.happen(case, kind, at=factories.START + hours * HOUR, recorded=NOW)
    with clock.at(NOW):
        found = curves(scope, OUTCOMES["scan"])
    assert [(step.time, step.events) for step in found.every.steps[1:]] == [(30, 1)]


@pytest.mark.django_db
def test_a_ct_answers_only_where_mri_is_contraindicated(unit, scope):
    """Given a CT at five hours, then the time ends with it or with the MRI, as the clock."""
    for barred in (False, True):
        case = factories.case(place=unit, at=factories.START, recorded=NOW)
        if barred:
            factories.happen(case, "imaging.contraindicated", at=factories.START + 6 * HOUR, recorded=NOW)
        for modality, hours in (("ct", 5), ("mri", 40)):
            factories.happen(
                case, "imaging.acquired", at=factories.START + hours * HOUR, recorded=NOW, modality=modality
            )
    with clock.at(NOW):
        found = curves(scope, OUTCOMES["scan"])
        took = spreads(scope, BY_INTERVAL["scan_a"], SPLITS["class"])[0]
    assert [(step.time, step.events) for step in found.every.steps[1:]] == [(6, 1), (40, 1)]
    assert (took.n, took.within, took.longest) == (2, 1, 40)


@pytest.mark.django_db
def test_what_was_done_on_the_day_of_an_ending_without_a_time_counts(unit, scope):
    """Given a case that was closed on the day of its scan, when only the day is known, then the scan is an event."""
    case = factories.case(place=unit, at=factories.START, recorded=NOW)
    factories.happen(case, "imaging.acquired", at=factories.START + 5 * HOUR, recorded=NOW)
    factories.happen(case, "case.closed", at=factories.START + HOUR, recorded=NOW, precision="day")
    with clock.at(NOW):
        found = curves(scope, OUTCOMES["scan"])
    assert [(step.time, step.events) for step in found.every.steps[1:]] == [(5, 1)]
