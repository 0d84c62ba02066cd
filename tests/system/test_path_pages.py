"""A manager asks what another limit would have done, and follows the paths of past cases."""

from datetime import timedelta

from playwright.sync_api import expect

from tests import factories
from tests.analytics.swept import sweep
from tests.system.conftest import shot

HOUR = timedelta(hours=1)
PERIOD = "first=2026-03-01&last=2026-03-31"
TOLD = (
    ("contact.made", 0.5), ("referral.received", 1), ("referral.triaged", 1.5), ("imaging.requested", 3),
    ("imaging.acquired", 20), ("imaging.communicated", 21), ("case.confirmed", 22), ("opinion.surgical", 23),
    ("opinion.oncology", 24), ("decision.made", 25), ("consent.recorded", 25), ("radiotherapy.fraction", 40),
)  # fmt: skip


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def past(unit, number=6):
    """Cases of March: each tells less than the one before, the second of no referral, the last of another scan."""
    factories.staff(unit)
    for place in range(number):
        case = factories.case(place=unit, at=factories.START + place * HOUR)
        last = case.suspected_at
        for kind, hours in TOLD[: len(TOLD) - 2 * place]:
            if place == 1 and kind == "referral.received":
                continue
            at = case.suspected_at + hours * HOUR
            if kind == "imaging.acquired":
                sweep(last, at)
            factories.happen(case, kind, at=at)
            last = at
    factories.happen(case, "imaging.acquired", at=last + HOUR)


def test_a_manager_asks_what_if_and_follows_the_paths(unit, manager, sign_in, axe):
    # Given some cases of March, and a manager who thinks of an earlier amber for the scan
    past(unit)
    page = sign_in(manager)
    page.goto(f"/audit/what-if/?{PERIOD}")
    expect(page.get_by_role("heading", name="Does the replay tell the truth?")).to_be_visible()
    page.get_by_label("Amber (minutes)").fill("900")
    # When the other limit is no number, it is said with the way on
    page.get_by_label("Limit (minutes)").fill("-5")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a number from 1 to 527040.")
    axe(page)
    # Then, put right, the page says what it would have done
    page.get_by_label("Limit (minutes)").fill("1000")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Warned earlier")).to_be_visible()
    expect(page.get_by_role("heading", name="What is taken for granted")).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "what-if")
    # And the paths show what really followed what, down to the cases that strayed
    page.goto(f"/audit/paths/?{PERIOD}&show=100")
    expect(page.locator(".app-map__step").first).to_be_visible()
    expect(page.get_by_role("heading", name="Cases that left the standard path")).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "paths")


def test_both_can_be_read_on_the_phone(unit, manager, sign_in, axe):
    past(unit, 2)
    page = sign_in(manager, "phone")
    page.goto(f"/audit/paths/?{PERIOD}&show=100")
    fits(page)
    shot(page, "paths")
    page.goto(f"/audit/what-if/?{PERIOD}&amber=600")
    expect(page.get_by_role("heading", name="Noise")).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "what-if")
