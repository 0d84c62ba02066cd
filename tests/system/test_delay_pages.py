"""Why late: asked when a clock ends late, answered, and read by the manager in a period and in one case."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.system.conftest import SIZES, shot

HOUR = timedelta(hours=1)


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def late(unit):
    """A scan that was asked for and is 7 hours over its limit."""
    start = factories.clock.now().replace(second=0, microsecond=0) - 31 * HOUR
    case = factories.case(place=unit, at=start, first_symptom_on=(start - timedelta(days=6)).date().isoformat())
    for kind, hours in (("contact.made", 0.5), ("referral.received", 0.6), ("referral.triaged", 1.5),
                        ("imaging.requested", 4), ("transfer.requested", 20), ("transfer.accepted", 23)):  # fmt: skip
        factories.happen(case, kind, at=start + hours * HOUR)
    return case


def narrow(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def cut(page):
    """What is written in a chart and reaches beyond its frame."""
    return page.evaluate("""[...document.querySelectorAll('.app-chart svg')].flatMap(svg =>
        [...svg.querySelectorAll('text')].filter(each =>
            each.getBoundingClientRect().right > svg.getBoundingClientRect().right + 0.5).map(each => each.textContent))
    """)


def test_a_late_scan_is_explained_and_read(late, coordinator, manager, sign_in, axe, size):  # noqa: PLR0917
    # Given a coordinator who records the scan of a case that is over its limit
    page = sign_in(coordinator, size)
    page.goto(f"/cases/{late.uuid}/imaging/1/acquire/")
    page.get_by_label("MRI, whole spine").check()
    page.get_by_role("button", name="Record images acquired").click()
    # When the page asks why the clock ended late, and it is answered
    message = page.locator(".app-message", has_text="MRI within 24 hours of suspicion")
    expect(message).to_contain_text("ended late. Why?")
    axe(page)
    shot(page, "asked-why-late")
    message.get_by_role("link", name="Explain a delay").click()
    expect(page.locator("select[name=clock]")).to_have_value("mri_a")
    page.get_by_label("Main reason").select_option("no_scanner_slot")
    page.get_by_label("Transport").check()
    axe(page)
    shot(page, "explain-a-delay")
    page.get_by_role("button", name="Explain a delay").click()
    expect(page.get_by_text("Recorded: Delay explained.")).to_be_visible()
    expect(page.get_by_text("“MRI within 24 hours of suspicion”, due at")).to_have_count(0)
    # Then the manager reads whose minutes they were and why
    page = sign_in(manager, size)
    page.goto("/audit/delays/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Delays")
    expect(page.locator(".app-chart svg").nth(1)).to_be_visible()
    expect(page.get_by_role("rowheader", name="No scanner slot")).to_be_visible()
    axe(page)
    assert narrow(page)
    shot(page, "delays")
    # And of the one case, part by part
    page.get_by_role("link", name=late.code).click()
    expect(page.locator(".app-chart svg").first).to_be_visible()
    expect(page.get_by_role("rowheader", name="Transport").first).to_be_visible()
    axe(page)
    assert narrow(page)
    shot(page, "delays-of-a-case")


def test_the_number_of_the_longest_bar_has_room_on_a_telephone(unit, manager, sign_in):
    # Given a scan that one holder kept waiting for a month
    start = factories.clock.now().replace(second=0, microsecond=0) - 800 * HOUR
    case = factories.case(place=unit, at=start)
    for kind, hours in (("contact.made", 0.5), ("referral.triaged", 1), ("imaging.requested", 1.6)):
        factories.happen(case, kind, at=start + hours * HOUR)
    factories.happen(case, "imaging.acquired", at=start + 730 * HOUR)
    # When the delays are read on a telephone
    page = sign_in(manager, "phone")
    page.goto("/audit/delays/")
    chart = page.locator(".app-chart svg").first
    expect(chart.get_by_text("728.4")).to_be_visible()
    # Then nothing that is written in a chart reaches beyond its frame, and the bars begin at nothing
    assert cut(page) == []
    shot(page, "delays-long")
    expect(chart.locator(".role-axis-label text").first).to_have_text("0")
