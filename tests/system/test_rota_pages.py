"""The pages of the rota in a real browser: readable by everybody, no wider than the screen, usable by the keyboard."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.foresee import foresee
from pathway.engine.now import now
from pathway.record.shift import Pattern, RotaChange, Shift
from tests import factories
from tests.system.conftest import SIZES, shot


@pytest.fixture
def rostered(trust):
    """A unit by day and by night, with somebody away, and one that has no rota."""
    unit = factories.unit(trust, "Acute oncology unit")
    factories.unit(trust, "Day unit")
    ann, bob = factories.user("coordinator", trust), factories.user("clinician", trust)
    for role, who, begins, ends in (("coordinator", ann, "08:00", "20:00"), ("coordinator", bob, "20:00", "08:00"),
                                    ("nurse in charge", bob, "07:30", "19:30")):  # fmt: skip
        Pattern.objects.create(
            unit=unit, role=role, user=who, days=list(range(7)), begins=begins, ends=ends, first="2026-01-01"
        )
    Shift.objects.create(kind="away", user=ann, starts_at=now(), ends_at=now() + timedelta(days=1))
    foresee()
    return unit, ann


def test_every_page_of_a_full_rota_is_readable_and_fits(rostered, trust, sign_in, axe):
    unit, _ = rostered
    page = sign_in(factories.user("administrator", trust), "phone")
    pages = {
        "week": f"/rota/{unit.uuid}/", "people": "/people/", "gaps": "/rota/gaps/", "import": "/rota/import/",
        "pattern": f"/rota/{unit.uuid}/patterns/new/", "shift": f"/rota/{unit.uuid}/shifts/new/",
        "calendar": "/rota/calendar/",
        "preview": f"/rota/preview/?unit={unit.uuid}&clock=mri_a&at_date=2026-12-26&at_time=03:10",
    }  # fmt: skip
    for name, address in pages.items():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize("size", SIZES)
def test_who_is_on_duty_opens_by_the_keyboard_on_every_page(rostered, sign_in, axe, size):
    _, ann = rostered
    page = sign_in(ann, size)
    page.goto("/inbox/")
    duty = page.get_by_role("region", name="On duty now")
    summary = duty.locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(duty.get_by_role("link", name="All units, and the rota")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "duty")


def test_a_pattern_is_entered_by_the_keyboard_alone(rostered, trust, sign_in):
    unit, ann = rostered
    page = sign_in(factories.user("administrator", trust))
    page.goto(f"/rota/{unit.uuid}/patterns/new/")
    page.get_by_label("Role").focus()
    page.keyboard.type("site nurse")
    page.keyboard.press("Tab")
    page.keyboard.type(str(ann)[:6])
    for _ in range(7):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("20:00")
    page.keyboard.press("Tab")
    page.keyboard.type("08:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The rota holds: site nurse")).to_be_visible()
    assert Pattern.objects.filter(role="site nurse", user=ann, days=list(range(7))).exists()
    assert RotaChange.objects.filter(unit=unit).count() == 1
