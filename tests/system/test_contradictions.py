"""A contradiction appears on board and case page by itself, leads to its one move, and goes when that is made."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine import now as clock
from tests import factories
from tests.system.test_live import WITHIN, row_of

SAID = "The newest advice says stable, but the patient is still to lie flat."


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_it_comes_and_goes_on_both_pages_without_a_reload(unit, coordinator, sign_in, axe, size):
    begun = clock.now() - timedelta(minutes=30)
    case = factories.case(at=begun, place=unit)
    factories.happen(case, "position.ordered", at=begun + timedelta(minutes=1))
    board, page = sign_in(coordinator, size), sign_in(coordinator, size)
    board.goto("/")
    page.goto(f"/cases/{case.uuid}/")
    for each in (board, page):
        expect(each.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)

    factories.happen(case, "stability.advised", at=begun + timedelta(minutes=20))
    expect(row_of(board, case)).to_contain_text(SAID, timeout=WITHIN)
    expect(page.get_by_role("heading", name="The record contradicts itself (1)")).to_be_visible(timeout=WITHIN)
    for each in (board, page):
        axe(each)
        assert each.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"

    region = page.get_by_role("region", name="The record contradicts itself")
    region.get_by_role("link", name="Review the position").click()
    expect(page.get_by_label("Mobile with advice")).to_be_checked()
    page.get_by_label("Reviewed by (name)").fill("Physiotherapist")
    page.get_by_role("button", name="Review the position").click()
    expect(page.get_by_text("Recorded: Position reviewed.")).to_be_visible()
    expect(page.get_by_text(SAID)).to_have_count(0)
    expect(row_of(board, case)).not_to_contain_text(SAID, timeout=WITHIN)
