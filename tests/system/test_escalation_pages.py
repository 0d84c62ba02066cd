"""Did escalation work: from the figures of a period to the alerts behind one, to the people and to each day."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine import now as clock
from pathway.engine import reconcile
from tests import factories
from tests.analytics.five_alarms import alarms
from tests.system.conftest import SIZES, follow, shot
from tests.system.test_delay_pages import narrow

# Words for those who hear a page: what they are placed by. Placed by the page, those far right in a table widen it.
PLACED_BY = """[...document.querySelectorAll(".app-scroll .nhsuk-u-visually-hidden")].map(
  (words) => words.offsetParent.closest(".app-scroll") ? "its table" : "the page")"""

GOES_ON = "(box) => box.scrollWidth > box.clientWidth"


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


def test_a_manager_reads_whether_escalation_worked(unit, manager, sign_in, axe, size):
    # Given five cases whose alerts were answered or not, and two days that were counted
    cases, person = alarms(unit)
    with clock.at(factories.START + timedelta(days=2)):
        reconcile.catch_up(clock.now())
    # When a manager opens the page from that of the delays
    page = sign_in(manager, size)
    page.goto("/audit/delays/")
    follow(page.get_by_role("link", name="Did escalation work?").first)
    page.get_by_label("From").fill("2026-03-01")
    page.get_by_label("To", exact=True).fill("2026-03-31")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".app-chart svg")).to_be_visible()
    expect(page.get_by_role("row", name="E3: limit reached").first).to_contain_text("2 of 2")
    axe(page)
    assert narrow(page)
    assert {*page.evaluate(PLACED_BY)} == {"its table"}
    assert page.locator("#levels ~ .app-scroll").evaluate(GOES_ON) is (size != "desktop")
    shot(page, "escalation")
    # Then behind a number are its alerts, by case
    page.get_by_role("link", name="2 alerts of 2 cases").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nobody said to act")
    expect(page.get_by_role("link", name=cases[2].code)).to_be_visible()
    assert narrow(page)
    shot(page, "escalation-alerts")
    # And who was told how many, and what was counted of each day, are one link away
    follow(page.get_by_role("link", name="Did escalation work?").first)
    page.get_by_role("link", name="Alerts per person and shift").click()
    expect(page.get_by_role("rowheader", name=str(person))).to_be_visible()
    assert narrow(page)
    shot(page, "escalation-people")
    follow(page.get_by_role("link", name="Did escalation work?").first)
    page.get_by_role("link", name="The count of each day").first.click()
    expect(page.get_by_role("row", name="3 Mar 2026")).to_contain_text("Without an audit for too long")
    expect(page.get_by_text("No count: nothing is known").first).to_be_visible()
    assert narrow(page)
    shot(page, "escalation-days")
