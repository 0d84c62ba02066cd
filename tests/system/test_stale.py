"""What is not fresh never looks fresh: amber past 15 seconds without news, red past 60, and caught up after sleep.

The browser's own clocks are moved on, so that a minute without news takes none; server, broker and database are real.
"""

import pytest
from playwright.sync_api import expect

from tests import factories

WITHIN = 20_000  # milliseconds
PAGES = ("/", "/next/", "/wall/", "/inbox/")


@pytest.fixture
def opened(coordinator, unit, sign_in, sweeper):
    """`opened("/wall/")`: a live page whose clocks can be moved on."""

    def opened(address):
        page = sign_in(coordinator)
        page.clock.install()
        page.goto(address)
        expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)
        expect(page.locator("[data-live-status]")).to_have_attribute("data-state", "fresh", timeout=WITHIN)
        return page

    return opened


def background(page):
    return page.locator("[data-live-status]").evaluate("line => getComputedStyle(line).backgroundColor")


@pytest.mark.parametrize("address", PAGES)
def test_given_no_news_a_live_page_turns_amber_then_red_in_words_and_catches_up(opened, unit, address):
    """Given a page that hears nothing, when 15 and 60 seconds pass, then it says so, until there is news."""
    page = opened(address)
    status, fresh = page.locator("[data-live-status]"), background(page)
    page.context.set_offline(True)
    page.clock.fast_forward(17_000)
    expect(status).to_have_attribute("data-state", "late")
    expect(status).to_contain_text("Not up to date: as of")
    amber = background(page)
    page.clock.fast_forward(50_000)
    expect(status).to_have_attribute("data-state", "lost")
    expect(status).to_contain_text("Do not rely on this page, go by telephone until it is back.")
    assert len({fresh, amber, background(page)}) == 3
    case = factories.case(at=None, place=unit)
    page.context.set_offline(False)
    expect(status).to_have_attribute("data-state", "fresh", timeout=WITHIN)
    if address != "/inbox/":
        expect(page.locator("main")).to_contain_text(case.code, timeout=WITHIN)


@pytest.mark.parametrize("address", PAGES[:3])
def test_given_a_machine_that_slept_the_page_is_read_again_when_it_wakes(opened, unit, address):
    """Given a screen that slept for ten minutes, when it wakes, then it shows what happened meanwhile."""
    page = opened(address)
    page.context.set_offline(True)
    case = factories.case(at=None, place=unit)
    page.clock.fast_forward("10:00")
    expect(page.locator("[data-live-status]")).to_have_attribute("data-state", "lost")
    page.context.set_offline(False)
    expect(page.locator("main")).to_contain_text(case.code, timeout=WITHIN)
    expect(page.locator("[data-live-status]")).to_have_attribute("data-state", "fresh", timeout=WITHIN)


def test_given_a_hundred_cuts_nothing_is_missed_and_nothing_stale_is_shown_as_fresh(opened, unit):
    """Given a stream cut a hundred times, when cases come in, then all are there and the line was never wrong."""
    page = opened("/")
    under_way = set()
    page.on("request", lambda request: request.resource_type == "eventsource" or under_way.add(request))
    for over in ("requestfinished", "requestfailed"):
        page.on(over, lambda request: under_way.remove(request) if request in under_way else None)
    page.evaluate(
        """() => {
          window.wrong = [];
          const line = document.querySelector("[data-live-status]");
          setInterval(() => {
            const fresh = line.dataset.state === "fresh";
            if (fresh && window.cutAt && performance.now() - window.cutAt > 16_500) window.wrong.push(line.textContent);
          }, 100);
        }"""
    )
    made = []
    for number in range(100):
        page.context.set_offline(True)
        page.evaluate("window.cutAt = performance.now()")
        if number % 10 == 0:
            made.append(factories.case(at=None, place=unit))
        if number % 25 == 24:
            page.wait_for_timeout(500)
            while under_way:  # an answer to what was asked before the cut is news
                page.wait_for_timeout(100)
            page.clock.fast_forward(20_000)
            expect(page.locator("[data-live-status]")).not_to_have_attribute("data-state", "fresh")
        page.evaluate("window.cutAt = 0")
        page.context.set_offline(False)
    for case in made:
        expect(page.locator(f"[data-case='{case.uuid}']")).to_be_visible(timeout=WITHIN)
    expect(page.locator("[data-live-status]")).to_have_attribute("data-state", "fresh", timeout=WITHIN)
    assert page.evaluate("window.wrong") == []
