"""The watch over the loops as people see it: what stops is said on an open page, in words, and goes when it is well."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine import now as clock
from pathway.engine import reconcile
from pathway.engine.drill import end, start
from pathway.engine.tick import tick
from pathway.record.heartbeat import Heartbeat, beat, begin
from pathway.record.message import Address
from tests import factories

WITHIN = 25_000  # milliseconds: a page asks each ten seconds
SECOND = timedelta(seconds=1)


@pytest.fixture
def auditor_at_work(processes, sweeper):
    """The sweeper and the auditor, beside the test."""
    return processes.start("manage.py", "auditor")


def line(page, loop):
    return page.locator(f"[data-loop={loop}]")


def test_what_stops_is_said_on_an_open_page_and_taken_back(unit, coordinator, sign_in, auditor_at_work, axe):
    page = sign_in(coordinator, "phone")
    page.goto("/inbox/")
    expect(line(page, "sweep")).to_have_attribute("data-state", "fresh", timeout=WITHIN)
    expect(line(page, "audit")).to_be_hidden(timeout=WITHIN)
    expect(line(page, "delivery")).to_be_hidden()

    Address.objects.create(
        user=coordinator, channel="sms", value="1", added_at=clock.now(), verified_at=clock.now()
    )  # fmt: skip
    beat("deliver", clock.now() - 40 * SECOND)
    begin("celery", clock.now() - 90 * SECOND)
    expect(line(page, "delivery")).to_contain_text("Messages late since", timeout=WITHIN)
    expect(line(page, "delivery")).to_contain_text("Messages are not being sent since", timeout=WITHIN)
    expect(line(page, "delivery")).to_have_attribute("data-state", "lost")
    expect(page.locator("[data-troubles]")).to_contain_text("“celery” on ")
    expect(page.locator("#announce")).to_contain_text("Messages are not being sent since")
    axe(page)

    beat("celery", clock.now())
    Heartbeat.objects.filter(name="deliver").update(at=clock.now() + 60 * SECOND)
    expect(line(page, "delivery")).to_be_hidden(timeout=WITHIN)
    expect(page.locator("[data-troubles]")).to_be_empty(timeout=WITHIN)


def test_the_auditor_that_is_killed_is_missed(unit, coordinator, sign_in, auditor_at_work):
    page = sign_in(coordinator)
    page.goto("/inbox/")
    expect(line(page, "audit")).to_be_hidden(timeout=WITHIN)
    auditor_at_work.kill()
    auditor_at_work.wait()
    Heartbeat.objects.filter(name="audit").update(at=clock.now() - 85 * SECOND)
    expect(line(page, "audit")).to_have_attribute("data-state", "late", timeout=WITHIN)
    expect(line(page, "audit")).to_contain_text("Alerts last counted again at")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_page_of_the_watchers_passes_axe_and_fits(unit, manager, coordinator, sign_in, auditor_at_work, axe, size):  # noqa: PLR0917
    factories.duty(unit, "coordinator", coordinator)
    began = clock.now() - timedelta(days=1)
    with clock.at(began):
        factories.case(place=unit, at=began)
        going = start(unit)
    for seconds in range(0, 40, 5):
        with clock.at(began + seconds * SECOND):
            tick(by="sweeper")
    end(going, clock.now())
    reconcile.catch_up(clock.now())
    page = sign_in(manager, size)
    page.goto("/watching/")
    expect(page.get_by_role("heading", name="Fire drills")).to_be_visible()
    expect(page.get_by_text("5 of 5 levels were raised")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)
