"""How long steps took: type-7 quantiles by every split, what is lacking, bank holidays, and clocks that change."""

from datetime import timedelta
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway.analytics.cohort import Scope
from pathway.analytics.curves import OUTCOMES, curves
from pathway.analytics.times import BY_INTERVAL, INTERVALS, SPLITS, spreads, spreads_of
from pathway.engine import now as clock
from tests import factories
from tests.analytics.one_case import told, treated
from tests.analytics.random_cases import tried

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = factories.at("2026-09-01 09:00")


def scanned(unit, at, minutes=None, klass="A", *, precision="minute", **given):
    case = factories.case(klass, place=unit, at=factories.at(at), recorded=NOW, **given)
    if minutes is not None:
        when = factories.at(at) + minutes * MINUTE
        factories.happen(case, "imaging.acquired", at=when, recorded=NOW, precision=precision)
    return case


def of(scope, split="hours", interval="scan_a"):
    with clock.at(NOW):
        return {each.label: each for each in spreads(scope, BY_INTERVAL[interval], SPLITS[split])}


def by_definition(values, p):
    """Type 7: h = (n - 1) p, linear between the order statistics."""
    ordered = sorted(values)
    h = (len(ordered) - 1) * p
    low = int(h)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (h - low) * (ordered[high] - ordered[low])


@tried(8)
@given(minutes=st.lists(st.integers(1, 5000), min_size=1, max_size=12))
def test_the_quartiles_and_the_90th_centile_are_type_7(transaction, minutes):
    with transaction():
        unit = factories.unit()
        for each in minutes:
            scanned(unit, "2026-03-02 10:00", each)
        user = factories.user("manager", unit.organisation)
        found = of(Scope(user, factories.at("2026-03-01 00:00"), NOW))["All"]
        hours = [each / 60 for each in minutes]
        assert found.quartiles == pytest.approx([by_definition(hours, p) for p in (0.25, 0.5, 0.75, 0.9)])
        if len(hours) > 1:
            assert found.quartiles[:3] == pytest.approx(quantiles(hours, n=4, method="inclusive"))
        assert (found.longest, found.n) == (pytest.approx(max(hours)), len(hours))
        assert found.within == sum(each <= 24 * 60 for each in minutes)


def test_what_lacks_a_time_is_counted_beside(unit, scope):
    scanned(unit, "2026-03-02 10:00", 300)
    scanned(unit, "2026-03-02 11:00", 100, precision="day")
    scanned(unit, "2026-03-02 12:00")
    scanned(unit, "2026-03-02 12:00", klass="B")
    found = of(scope)["All"]
    assert (found.cases, found.begun, found.ended, found.n) == (3, 3, 2, 1)
    assert (found.not_ended, found.inexact, found.median) == (1, 1, 5)


def test_an_end_before_the_start_is_no_time_at_all(unit, scope):
    scanned(unit, "2026-03-02 10:00", -90, where="imaging")
    assert of(scope)["All"].quartiles == (0, 0, 0, 0)


@pytest.mark.parametrize(("at", "within"), [
    ("2026-03-02 09:00", True), ("2026-03-02 08:59", False), ("2026-03-02 17:00", False), ("2026-03-01 12:00", False),
    ("2026-04-03 12:00", False),  # Good Friday
    ("2026-03-30 08:00", True), ("2026-03-30 16:00", False),  # the clocks have gone forward the day before
])  # fmt: skip
def test_in_hours_is_by_the_clock_on_the_wall_at_the_start(unit, scope, at, within):
    scanned(unit, at, 60)
    assert any(label.startswith("In hours") for label in of(scope)) == within
    assert ("Out of hours" in of(scope)) == (not within)


def test_a_bank_holiday_is_one_of_the_nation_of_the_unit(trust, scope):
    scottish = factories.unit(trust, nation="SCT")
    scanned(scottish, "2026-08-03 12:00", 60)  # a bank holiday there, not in England
    scanned(factories.unit(trust), "2026-08-03 12:00", 60)
    found = of(scope)
    assert found["Out of hours"].n == 1
    assert next(each.n for label, each in found.items() if label.startswith("In hours")) == 1


def test_cases_are_parted_by_unit_place_class_site_and_weekday(trust, scope):
    east, west = factories.unit(trust, "East"), factories.unit(trust, "West")
    one = scanned(east, "2026-03-02 10:00", 60, where="gp")
    scanned(west, "2026-03-07 10:00", 120, where="emergency_department")
    factories.happen(one, "history.cancer", at=factories.at("2026-03-02 10:10"), recorded=NOW, known="current",
                     primary="lung_small_cell")  # fmt: skip
    labels = {split: [label for label in of(scope, split) if label != "All"] for split in SPLITS}
    assert labels == {
        "hours": ["In hours (Monday to Friday, 9 to 5, no bank holiday)", "Out of hours"],
        "unit": ["East", "West"], "referrer": ["GP", "Emergency department"], "class": ["Class A"],
        "site": ["Lung, small cell", "Not recorded"], "walking": ["Not recorded"], "weekday": ["Monday", "Saturday"],
    }  # fmt: skip
    assert of(scope, "unit")["West"].median == 2


def test_every_interval_is_answered_for_nobody_and_for_who_may_not_audit(scope, coordinator):
    for interval in INTERVALS:
        assert [each.cases for each in spreads(scope, interval, SPLITS["unit"])] == [0]
    assert spreads(Scope(coordinator, scope.start, scope.end), INTERVALS[0], SPLITS["hours"]) == []


def test_all_steps_at_once_are_each_of_them_alone(unit, scope):
    scanned(unit, "2026-03-02 10:00", 300)
    scanned(unit, "2026-03-07 10:00", 900, klass="B")
    factories.happen(scanned(unit, "2026-03-09 10:00"), "contact.made", at=factories.at("2026-03-09 10:30"))
    found = spreads_of(scope, INTERVALS, SPLITS["hours"], NOW)
    assert found == {each.key: spreads(scope, each, SPLITS["hours"], NOW) for each in INTERVALS}
    assert [(each.label[:3], each.n) for each in found["scan_a"]] == [("All", 1), ("In ", 1)]
    assert spreads_of(scope, INTERVALS[:1], SPLITS["hours"], NOW).keys() == {"contact"}


def took(unit, scope, entries, interval):
    """How long a step took in a case of which these kinds are told at these hours."""
    case = factories.case(place=unit, at=factories.START, recorded=NOW)
    for kind, hours, answers in entries:
        factories.happen(case, kind, at=factories.START + hours * HOUR, recorded=NOW, **answers)
    return of(scope, interval=interval)["All"]


@pytest.mark.parametrize(("entries", "hours"), [
    ([("out", 5), ("in", 20), ("out", 100)], 80), ([("in", 20), ("out", 30), ("in", 40), ("out", 240)], 10),
])  # fmt: skip
def test_a_catheter_is_out_after_it_went_in(unit, scope, entries, hours):
    kinds = {"in": "bladder.catheterised", "out": "bladder.catheter_removed"}
    found = took(unit, scope, [("case.confirmed", 1, {}), *((kinds[what], at, {}) for what, at in entries)], "catheter")
    assert (found.n, found.longest) == (1, hours)


def test_length_of_stay_is_that_of_confirmed_cases(unit, scope):
    case = factories.case(place=unit, at=factories.START, recorded=NOW)
    told(case, "case.admitted", 2 * HOUR)
    told(case, "discharge.discharged", 50 * HOUR)
    assert of(scope, interval="stay")["All"].begun == 0
    told(case, "case.confirmed", 20 * HOUR)
    assert of(scope, interval="stay")["All"].longest == 48


def test_a_scan_without_an_answer_is_not_the_scan_that_was_waited_for(unit, scope):
    """Given a scan at five hours that is told to show too little, when another is made at thirty, then it took 30."""
    entries = [
        ("imaging.requested", 1, {}), ("imaging.acquired", 5, {"modality": "mri"}),
        ("imaging.communicated", 6, {"result": "non_diagnostic"}),
    ]  # fmt: skip
    found = took(unit, scope, entries, "scan_a")
    assert (found.begun, found.n) == (1, 0)
    case = scope.cases.get()
    factories.happen(case, "imaging.acquired", at=factories.START + 30 * HOUR, recorded=NOW, modality="mri")
    found = of(scope)["All"]
    assert (found.n, found.within, found.longest) == (1, 0, 30)


def test_cases_are_parted_by_whether_the_patient_walked_before_treatment(unit, scope):
    """Given grades before and after treatment, then the first before it that says something parts the cases."""
    for codes in (["M0", "M2", "M8"], ["M7"], ["M9"], []):
        case = scanned(unit, "2026-03-02 10:00", 60)
        for hours, code in enumerate(codes, 2):
            told(case, "mobility.assessed", hours * HOUR, code=code)
        treated(case, 10 * HOUR)
        told(case, "mobility.assessed", 11 * HOUR, code="M1")
    found = of(scope, "walking")
    assert {label: each.n for label, each in found.items()} == {
        "All": 4, "Walks, alone or with one person's help (M1 to M4)": 1, "Does not walk (M5 to M8)": 1,
        "In bed by order (M9)": 1, "Not recorded": 1,
    }  # fmt: skip
    with clock.at(NOW):
        groups = curves(scope, OUTCOMES["treatment"], SPLITS["walking"]).groups
    assert [each.events for each in groups] == [1, 1, 1, 1]
