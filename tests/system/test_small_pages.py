"""Sign-in, password and failures in a real browser: readable by everybody, and no wider than the screen."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from playwright.sync_api import expect

from pathway.web import errors
from tests import factories
from tests.system.conftest import SIZES

FAILURES = {
    "429": errors.too_many,
    "500": errors.server_error,
    "403": errors.csrf,
    "409": lambda request: errors.conflict(request, "Somebody was quicker.", missing=["Stability"], back="/"),
}


@pytest.fixture
def person(trust):
    return factories.user("coordinator", trust, password=factories.PASSWORD)


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def look(axe):
    def look(page, title):
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    return look


def test_sign_in(sign_in, look, size):
    page = sign_in(None, size)
    page.goto("/")
    look(page, "Sign in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Enter your password.")).to_be_visible()
    look(page, "Sign in")
    page.goto("/account/closed/")
    look(page, "This account is closed")


def test_password_and_sign_out(person, sign_in, look, size):
    page = sign_in(person, size)
    page.goto("/account/password/")
    look(page, "Change your password")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("link", name="Enter your current password.")).to_be_visible()
    look(page, "Change your password")
    for address, title in (
        ("/account/confirm/", "Confirm that it is you"),
        ("/account/logout/", "Sign out?"),
        ("/account/no-password/", "Your account has no password here"),
    ):
        page.goto(address)
        look(page, title)


def test_failures_that_an_address_leads_to(person, unit, sign_in, look, size):
    page = sign_in(person, size)
    case = factories.case(place=unit)
    for address, title in (
        ("/nothing/", "There is no such page"),
        ("/access-log/", "You may not do this"),
        ("/?page=x", "The request could not be read"),
    ):
        page.goto(address)
        look(page, title)
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.locator("[name=submission]").evaluate("field => field.value = 'x'")
    page.get_by_label("Spoke to").fill("Dr Late")
    page.get_by_role("button", name="Log a call").click()
    look(page, "This form could not be read")
    page.get_by_role("link", name="Open the page again").click()
    expect(page.get_by_label("Spoke to")).to_have_value("Dr Late")


@pytest.mark.parametrize("known", [True, False])
def test_failures_that_are_hard_to_come_by(rf, person, sign_in, look, known):
    request = rf.get("/account/login/")
    request.user = person if known else AnonymousUser()
    request._messages = CookieStorage(request)
    drawn = {status: draw(request) for status, draw in FAILURES.items()}

    def fulfil(route):
        answer = drawn[route.request.url.split("/")[-2]]
        route.fulfill(status=answer.status_code, body=answer.content, content_type="text/html")

    for size in SIZES:
        page = sign_in(person if known else None, size)
        page.route("**/failed/*/", fulfil)
        for status in FAILURES:
            assert page.goto(f"/failed/{status}/").status == int(status)
            expect(page.get_by_text(f"Error {status}")).to_be_visible()
            look(page, page.title().removesuffix(" \u2013 MSCC pathway tracker"))


def test_the_worklist_of_a_phone_is_short(unit, person, sign_in):
    for _ in range(10):
        factories.case_at("imaging.requested", start=factories.clock.now() - factories.timedelta(hours=26), place=unit)
    page = sign_in(person, "phone")
    page.goto("/")
    rows = page.locator("[data-case]")
    assert rows.count() == 10
    row = rows.first
    expect(row).to_contain_text("TEST, Patient")
    expect(row.locator("[data-count]")).to_contain_text("over")
    for words in ("Class, phase, owner", "Not begun"):
        expect(row.get_by_text(words)).not_to_be_visible()
    assert max(rows.evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")) < 240
