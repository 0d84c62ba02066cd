"""What scripts make of times: an uncertain clock stays so, and what was known at another time does not count on."""

from datetime import timedelta

from django.urls import reverse
from playwright.sync_api import expect

from pathway.engine.now import now
from tests import factories


def test_an_uncertain_clock_stays_uncertain_and_an_earlier_time_stands_still(sign_in, server, coordinator, unit):
    begun = now() - timedelta(hours=30)
    case = factories.case(place=unit, at=begun, precision="unknown")
    page = sign_in(coordinator)
    page.goto(server + reverse("case", args=[case.uuid]))
    word = page.locator(".app-card", has_text="MRI within 24 hours of suspicion").locator("[data-word]")
    page.wait_for_timeout(1500)
    expect(word).to_have_text("Uncertain")
    then = (begun + timedelta(hours=2)).isoformat().replace("+", "%2B")
    page.goto(f"{server}{reverse('known', args=[case.uuid])}?at={then}")
    page.wait_for_timeout(1500)
    counted = page.locator(".app-card", has_text="MRI within 24 hours of suspicion").locator("[data-count]")
    expect(counted).to_have_text("22 h 0 min left")
