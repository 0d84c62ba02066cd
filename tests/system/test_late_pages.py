"""A manager looks at what was recorded late, and first at what made a clock met in time after its limit."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.factories import START
from tests.system.conftest import SIZES, follow, shot

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("size", SIZES)
def test_a_manager_reads_which_entries_decided_a_clock_late(unit, manager, sign_in, axe, size):
    # Given calls that were made in time, of which one was typed in after the limit, and a late admission
    cases = [factories.case(place=unit, at=START + number * 60 * MINUTE) for number in range(3)]
    for case, later in zip(cases, (5, 40, 150), strict=True):
        made = case.suspected_at + 50 * MINUTE
        factories.happen(case, "contact.made", at=made, recorded=made + later * MINUTE)
    admitted = START + 60 * MINUTE
    factories.happen(cases[0], "case.admitted", at=admitted, recorded=admitted + 40 * 60 * MINUTE)
    # When a manager opens the page from that of the delays
    page = sign_in(manager, size)
    page.goto("/audit/delays/")
    follow(page.get_by_role("link", name="Late entries"))
    page.get_by_label("From").fill("2026-03-01")
    page.get_by_label("To", exact=True).fill("2026-03-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("made a clock met in time when its limit had passed already")).to_be_visible()
    expect(page.get_by_role("row", name="Admitted").first).to_contain_text("1 of 1")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    shot(page, "late-entries")
    # Then only those are one choice away, and lead to the case
    page.get_by_label("Show").select_option("Only what made a clock met in time after its limit")
    follow(page.get_by_role("button", name="Show"))
    entries = page.get_by_role("region", name="Late entries", exact=True)
    expect(entries.locator("tbody tr")).to_have_count(2)
    follow(entries.get_by_role("link", name=cases[2].code))
    expect(page.locator(".app-timeline__note", has_text="recorded late").first).to_be_visible()
