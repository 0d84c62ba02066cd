"""A manager reads measures, times and survival, down to the cases behind a number, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.system.conftest import SIZES, follow, shot

HOUR = timedelta(hours=1)
PERIOD = "first=2026-03-01&last=2026-03-31"
WAITS = (5, 11, 14, 17, 19, 21, 22, 23.5, 26, 31, 40, None)


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def march(trust):
    """A dozen cases in two units: scanned sooner or later, treated, one in three dead after some days."""
    units = factories.unit(trust, "East"), factories.unit(trust, "West")
    for number, hours in enumerate(WAITS):
        start = factories.at("2026-03-02 08:00") + number * 41 * HOUR
        case = factories.case("A" if number % 5 else "B", place=units[number % 2], at=start)
        factories.happen(case, "contact.made", at=start + HOUR / 2)
        factories.happen(case, "case.confirmed", at=start + 30 * HOUR)
        if hours:
            factories.happen(case, "imaging.acquired", at=start + hours * HOUR)
        if number % 3 == 0:
            factories.happen(case, "case.died", at=start + (60 + 90 * number) * HOUR)
    return units


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_given_a_month_of_cases_a_number_leads_to_its_cases(march, manager, sign_in, axe, size):
    # Given a manager who looks at March
    page = sign_in(manager, size)
    page.goto(f"/audit/measures/?{PERIOD}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Measures")
    axe(page)
    fits(page)
    shot(page, "audit-measures")
    # When the first measure is opened, and the late ones of it
    page.get_by_role("link", name="K1 MRI within 24 hours of suspicion, class A").click()
    expect(page.locator(".app-figure")).to_contain_text("6 of 9")
    axe(page)
    fits(page)
    shot(page, "audit-measure")
    page.get_by_role("link", name="2 Done after the limit").click()
    # Then each is a case with a code and no name
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("main")).not_to_contain_text("Patient")
    axe(page)
    fits(page)
    shot(page, "audit-cases")
    # And the way back keeps the period
    page.get_by_role("link", name="K1 MRI within 24 hours of suspicion, class A").click()
    expect(page.locator(".app-figure")).to_contain_text("6 of 9")


def test_given_two_units_a_measure_is_parted_and_a_group_opened(march, manager, sign_in, axe, size):
    # Given a manager who reads K1 of March
    page = sign_in(manager, size)
    page.goto(f"/audit/measures/K1/?{PERIOD}")
    # When it is parted by unit, and one is opened
    page.get_by_label("Parted by").select_option("Unit")
    follow(page.get_by_role("button", name="Show"))
    groups = page.get_by_role("region", name="By group")
    expect(groups.locator("tbody tr")).to_have_count(2)
    axe(page)
    fits(page)
    shot(page, "audit-measure-parted")
    follow(groups.get_by_role("link", name="East"))
    # Then what is said is of its cases only, and all come back with one press
    expect(page.get_by_role("heading", name="Unit: East")).to_be_visible()
    expect(page.locator(".app-figure")).to_contain_text("of 4")
    axe(page)
    fits(page)
    page.get_by_role("link", name="Show all of them").click()
    expect(page.locator(".app-figure")).to_contain_text("6 of 9")


def test_given_a_month_of_cases_each_step_has_its_times(march, manager, sign_in, axe, size):
    # Given a manager who looks at the time to the scan, when it is parted by unit
    page = sign_in(manager, size)
    page.goto(f"/audit/times/?{PERIOD}&by=unit&step=scan_a")
    # Then median, centiles and every case are there, with the limit drawn
    expect(page.get_by_text("Median")).not_to_have_count(0)
    expect(page.locator(".app-chart svg").first).to_be_visible()
    expect(page.locator(".app-chart")).to_contain_text("limit 24 h")
    expect(page.get_by_role("rowheader", name="East")).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "audit-times")


def test_given_a_month_of_cases_survival_is_drawn_with_the_numbers_at_risk(march, manager, sign_in, axe, size):
    # Given a manager who asks whether the units differ in survival
    page = sign_in(manager, size)
    page.goto(f"/audit/survival/?{PERIOD}&event=survival&by=unit")
    # Then there are two curves, the numbers at risk and the log-rank test
    expect(page.locator(".app-chart svg").first).to_be_visible()
    expect(page.get_by_text("Log-rank test")).to_be_visible()
    expect(page.get_by_text("Numbers at risk, after days")).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "audit-survival")
    page.goto(f"/audit/survival/?{PERIOD}&event=scan")
    expect(page.locator(".app-chart svg").first).to_be_visible()
    axe(page)
    shot(page, "audit-waiting")
