"""What was typed when a session ended too early: put back for the same person, never sent, never for anybody else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from pathway.engine.now import now
from tests import factories

PUT_BACK = "What you had typed was put back; nothing has been saved yet."


@pytest.fixture
def person(trust):
    return factories.user("coordinator", trust, password=factories.PASSWORD)


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(minutes=40))


def type_in(page, case):
    """Log a call, as far as a person gets before it is sent; the form."""
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.get_by_label("Bleep").check()
    page.get_by_label("Spoke to").fill("Dr Late")
    page.get_by_label("Time", exact=True).fill("00:07")


def sign_in_as(page, person):
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def stored(page):
    return page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")


def expect_forgotten(page):
    """Nothing is stored once the page's scripts, which run after it is drawn, have seen to it."""
    page.wait_for_function("!JSON.stringify({...sessionStorage, ...localStorage}).includes('Late')")


def test_it_is_put_back_after_signing_in_again_and_only_then_sent(case, person, sign_in):
    page = sign_in(person)
    type_in(page, case)
    Session.objects.all().delete()
    page.get_by_role("button", name="Log a call").click()
    expect(page.get_by_text("Nothing was saved: you were signed out before the form arrived.")).to_be_visible()
    sign_in_as(page, person)
    expect(page.get_by_text(PUT_BACK)).to_be_visible()
    expect(page.get_by_label("Spoke to")).to_have_value("Dr Late")
    expect(page.get_by_label("Bleep")).to_be_checked()
    expect(page.get_by_label("Time", exact=True)).to_have_value("00:07")
    assert case.events.count() == 1
    page.reload()
    expect(page.get_by_label("Spoke to")).to_have_value("")
    expect(page.get_by_text(PUT_BACK)).to_have_count(0)


def test_what_was_put_back_is_sent_by_the_person_and_then_gone(case, person, sign_in):
    page = sign_in(person)
    page.goto(f"/cases/{case.uuid}/")
    move = page.locator("details.app-move", has=page.locator("summary", has_text="Record contact with the coordinator"))
    move.locator("summary").click()
    move.get_by_label("Phone").check()
    move.get_by_label("Spoke to").fill("Sister Late")
    Session.objects.all().delete()
    # The page asks, and finds the session gone: later, as it leaves for the sign-in while it is still being told.
    page.evaluate("setTimeout(() => document.dispatchEvent(new Event('visibilitychange')))")
    sign_in_as(page, person)
    expect(page.get_by_text(PUT_BACK)).to_be_visible()
    expect(move.get_by_label("Spoke to")).to_have_value("Sister Late")
    assert case.events.count() == 1
    move.get_by_role("button", name="Record contact with the coordinator").click()
    expect(page.get_by_text("Recorded: Coordinator contacted.")).to_be_visible()
    assert case.events.get(kind="contact.made").answers["spoke_to"] == "Sister Late"
    expect_forgotten(page)


def test_somebody_else_who_signs_in_finds_nothing(case, person, trust, sign_in):
    page = sign_in(person)
    type_in(page, case)
    Session.objects.all().delete()
    page.get_by_role("button", name="Log a call").click()
    sign_in_as(page, factories.user("coordinator", trust, password=factories.PASSWORD))
    expect(page.get_by_role("heading", level=1)).to_have_text("Log a call")
    expect(page.get_by_label("Spoke to")).to_have_value("")
    expect(page.get_by_text(PUT_BACK)).to_have_count(0)
    expect_forgotten(page)


def test_signing_out_leaves_nothing_in_any_window(case, person, sign_in):
    page = sign_in(person)
    type_in(page, case)
    other = page.context.new_page()
    type_in(other, case)
    assert "Dr Late" in stored(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect_forgotten(page)
    other.wait_for_function("sessionStorage.length == 0")


def test_a_form_that_was_left_is_not_put_back_later(case, person, sign_in):
    page = sign_in(person)
    type_in(page, case)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")
    expect_forgotten(page)
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    expect(page.get_by_label("Spoke to")).to_have_value("")
