"""A manager begins at the audit's home and goes on to the page behind a sentence, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.system.conftest import SIZES, shot
from tests.web.test_overview import scanned


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


def test_the_figure_that_changed_for_the_worse_is_read_first_and_followed(unit, manager, sign_in, axe, size):
    # Given a year of scans in time, and then a month of late ones
    for month in range(12):
        scanned(unit, month, 6, 6, 6, 6, 30 if month % 2 else 6)
    scanned(unit, 12, 30, 30, 30, 30, 30)
    # When the manager opens the audit from the menu
    page = sign_in(manager, size)
    page.goto("/audit/?first=2025-01-01&last=2026-01-31")
    # Then what changed for the worse stands first, in words
    expect(page.get_by_role("heading", level=2).first).to_have_text("Changed for the worse")
    expect(page.locator(".app-changed--concern li").first).to_contain_text("Jan 2026 0 of 5 (0.0 %)")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "audit-home")
    # And its chart is one step away, under the same menu
    page.get_by_role("link", name="K1 MRI within 24 hours of suspicion, class A").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Control chart")
    within = page.get_by_role("navigation", name="Audit")
    expect(within.get_by_role("link", name="Control charts")).to_have_attribute("aria-current", "page")
    within.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit")
