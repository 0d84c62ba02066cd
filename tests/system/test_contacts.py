"""My contacts in a real browser: a code goes out by a real provider's door and comes back into the page."""

import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.sinks import API_KEY, Sinks
from tests.system.conftest import SIZES
from tests.system.launcher import wait_for


@pytest.fixture
def sinks():
    with Sinks() as sinks:
        yield sinks


@pytest.mark.parametrize("size", SIZES)
def test_a_contact_is_added_confirmed_muted_and_tested(*, processes, sign_in, axe, sinks, trust, size):
    env = {"NOTIFY_API_KEY": API_KEY, "NOTIFY_TEMPLATE": "a-template", "NOTIFY_URL": sinks.url}
    _, address = processes.serve(**env)
    processes.start("manage.py", "deliverer", **env)
    page = sign_in(factories.user("coordinator", trust, "administrator"), size, address=address)
    page.goto("/contacts/")
    expect(page.get_by_text("Email is not set up: EMAIL_URL is missing.")).to_be_visible()
    page.get_by_label("Text message").check()
    page.get_by_label("Number or address").fill("07700")
    page.get_by_role("button", name="Add and send a code").click()
    expect(page.get_by_role("link", name=re.compile("Enter a mobile number"))).to_be_visible()
    look(page, axe)
    page.get_by_label("Number or address").fill("07700 900123")
    page.get_by_role("button", name="Add and send a code").click()
    expect(page.get_by_text("Not used yet: enter the code that was sent to it.")).to_be_visible()
    look(page, axe)
    wait_for(sinks.taken, within=20)
    page.get_by_label("Code of six digits").fill(re.search(r"\d{6}", sinks.taken()[0].text)[0])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("+447700900123 is confirmed: you are told there.")).to_be_visible()
    page.get_by_text("Quiet hours", exact=True).click()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_role("button", name="Save the quiet hours").click()
    expect(page.get_by_text("Give both times, or leave both empty for no quiet hours.")).to_be_visible()
    look(page, axe)
    page.get_by_label("Quiet until").fill("07:00")
    page.get_by_role("button", name="Save the quiet hours").click()
    expect(page.get_by_text("Quiet from 22:00 until 07:00")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    wait_for(lambda: len(sinks.taken()) == 2, within=20)
    assert "This is a test" in sinks.taken()[1].text
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have no contact yet")).to_be_visible()


def look(page, axe):
    """Readable by everybody, and no wider than the screen."""
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
