"""A manager reads a control chart, sets new limits and takes them back, in a real browser."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from pathway.protocol.hours import LONDON
from tests import factories
from tests.system.conftest import SIZES, follow, shot

WAITS = (
    *((20, 23), (26, 22), (22, 30), (23, 21), (28, 20), (19, 26), (27, 22), (23, 31), (21, 22)),
    *((30, 22), (18, 26), (29, 23), (12, 14), (11, 16), (13, 12), (15, 11)),
)


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def sixteen(unit):
    """Sixteen months of two scans each, the last four after the second scanner came."""
    for number, waits in enumerate(WAITS):
        at = datetime(2025 + number // 12, number % 12 + 1, 10, 9, tzinfo=LONDON)
        for hours in waits:
            case = factories.case(place=unit, at=at)
            factories.happen(case, "imaging.acquired", at=at + timedelta(hours=hours))
    return unit


def test_a_control_chart_is_read_and_its_limits_begin_anew(sixteen, manager, sign_in, axe, size):
    # Given a manager who looks at the hours to the scan, case by case
    page = sign_in(manager, size)
    page.goto("/")
    page.goto("/audit/control/?measure=K1&by=case&first=2025-01-01&last=2026-04-30&target=24")
    expect(page.get_by_role("heading", level=1)).to_have_text("Control chart")
    expect(page.locator(".app-chart svg").first).to_be_visible()
    axe(page)
    shot(page, "control-chart-before")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_text("Assurance:").locator("..")).to_contain_text("hit and miss")
    # When new limits are set from the day of the second scanner
    page.get_by_label("New limits from").fill("2026-01-01")
    page.get_by_label("Why: what changed").fill("A second scanner")
    page.get_by_role("button", name="Set new limits").click()
    # Then the chart is in two parts, the newest on trial limits, and says who did it and why
    expect(page.get_by_text("New limits are set, with your name and the reason.")).to_be_visible()
    expect(page.get_by_text("Trial limits")).to_be_visible()
    expect(page.get_by_text("Assurance:").locator("..")).to_contain_text("passes")
    expect(page.locator(".app-key").get_by_text(f"New limits by {manager}: A second scanner")).to_be_visible()
    expect(page.get_by_role("cell", name=f"New limits by {manager}: A second scanner")).to_be_visible()
    expect(page.locator(".app-chart svg").first).to_be_visible()
    axe(page)
    shot(page, "control-chart")
    # And it is taken back with a reason, which stays to be read
    follow(page.get_by_role("link", name="Take back"))
    axe(page)
    page.get_by_label("Why are these limits taken back?").fill("The scanner was lent")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("The limits from before go on.")).to_be_visible()
    expect(page.get_by_text("The scanner was lent")).to_be_visible()
