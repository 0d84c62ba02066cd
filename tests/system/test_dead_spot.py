"""The bedside without a line: what was pressed is kept, locked, shown as not sent, sent by itself, and never twice."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.record.event import Event
from tests import factories
from tests.system.conftest import shot
from tests.system.dead_spot import at_the_bedside, cut, gone, grades, press, waits, walks_with_help
from tests.system.test_kept import sign_in_as, stored


@pytest.fixture
def case(unit):
    return walks_with_help(unit)


@pytest.fixture
def person(trust):
    return factories.user("physiotherapist", trust, password=factories.PASSWORD)


@pytest.fixture
def bedside(case, person, sign_in):
    """The page at the bedside on a telephone, with a line."""
    return at_the_bedside(case, sign_in(person, "phone"))


def test_what_is_pressed_without_a_line_is_kept_and_sent_by_itself_with_its_own_time(case, bedside, axe):
    """Given a page and no line, when M3 is pressed, then it waits, locked; with the line it is recorded, once."""
    bedside.context.set_offline(True)
    pressed = now()
    press(bedside)
    waits(bedside)
    expect(bedside.get_by_text("M3 Walks with a frame: dizzy on standing")).to_be_visible()
    expect(bedside.get_by_label("In words")).to_have_value("")
    axe(bedside)
    shot(bedside, "bedside-not-sent")
    assert grades(case) == ["M4"]
    assert not {"M3", "dizzy", "Patient"} & set(stored(bedside).replace('"', " ").replace(",", " ").split())
    bedside.wait_for_timeout(1500)
    bedside.context.set_offline(False)
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    gone(bedside)
    assert grades(case) == ["M4", "M3"]
    event = Event.objects.filter(case=case).latest("pk")
    assert abs(event.occurred_at - pressed) < timedelta(seconds=1.2)
    assert event.answers["note"] == "dizzy on standing"


def test_two_entries_without_a_line_are_two_and_come_in_their_order(case, bedside):
    bedside.context.set_offline(True)
    press(bedside)
    waits(bedside)
    press(bedside, "M2 Walks with sticks or crutches")
    waits(bedside, 2)
    bedside.context.set_offline(False)
    gone(bedside)
    assert grades(case) == ["M4", "M3", "M2"]


def test_an_answer_that_was_lost_on_its_way_makes_no_second_entry(case, bedside):
    """Given a line that breaks after the server has recorded, when it is sent again, then there is one entry."""
    lost = []

    def lose(route):
        if route.request.method != "POST" or lost:
            return route.fallback()
        lost.append(route.fetch().status)
        return route.abort()

    bedside.context.route("**/bedside/", lose)
    press(bedside)
    waits(bedside)
    assert lost == [201]
    bedside.get_by_role("button", name="Send now").click()
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    assert grades(case) == ["M4", "M3"]


def test_it_outlives_the_page_and_is_sent_from_any_other_page_of_the_person(case, bedside):
    cut(bedside)
    press(bedside)
    waits(bedside)
    bedside.goto("/physio/")
    waits(bedside)
    bedside.context.unroute_all()
    bedside.get_by_role("button", name="Send now").click()
    gone(bedside)
    assert grades(case) == ["M4", "M3"]


def test_who_signs_in_next_on_the_device_neither_sees_nor_sends_it(case, person, trust, bedside):
    """Given an entry that waits, when another person signs in, nothing is seen or sent until the first is back."""
    cut(bedside)
    press(bedside)
    waits(bedside)
    bedside.get_by_role("button", name="Sign out").click()
    bedside.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(bedside.get_by_text("You are signed out.")).to_be_visible()
    bedside.context.unroute_all()
    bedside.goto("/account/login/?next=/physio/")
    sign_in_as(bedside, factories.user("physiotherapist", trust, password=factories.PASSWORD))
    expect(bedside.get_by_role("heading", name="Physio list")).to_be_visible()
    bedside.wait_for_timeout(1500)
    gone(bedside)
    assert grades(case) == ["M4"]
    assert "dizzy" not in stored(bedside)
    bedside.get_by_role("button", name="Sign out").click()
    bedside.goto("/account/login/?next=/physio/")
    with bedside.expect_response(lambda answer: answer.status == 201):
        sign_in_as(bedside, person)
    assert grades(case) == ["M4", "M3"]


def test_a_window_that_stayed_open_sends_nothing_under_the_next_person(case, person, trust, bedside):
    """Given the page of one person, when another signs in in a second window, then the first one sends nothing."""
    cut(bedside)
    press(bedside)
    waits(bedside)
    other = factories.user("physiotherapist", trust, password=factories.PASSWORD)
    second = bedside.context.new_page()
    second.goto("/physio/")
    second.get_by_role("button", name="Sign out").click()
    with second.expect_response("**/account/logout/"):
        second.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    second.goto("/account/login/?next=/physio/")
    sign_in_as(second, other)
    expect(second.get_by_role("heading", name="Physio list")).to_be_visible()
    bedside.context.unroute_all()
    with bedside.expect_response(lambda answer: answer.status in (401, 403)):
        bedside.get_by_role("button", name="Send now").click()
    expect(bedside.get_by_text("once you have signed in again")).to_be_visible()
    assert grades(case) == ["M4"]


def test_a_session_that_ended_loses_nothing_and_it_goes_out_after_signing_in(case, person, bedside):
    Session.objects.all().delete()
    press(bedside)
    expect(bedside.get_by_label("Username")).to_be_visible()
    expect(bedside.get_by_text("Nothing was saved")).to_have_count(0)
    expect(bedside.get_by_text("What you pressed last was kept.")).to_be_visible()
    sign_in_as(bedside, person)
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    gone(bedside)
    assert grades(case) == ["M4", "M3"]


def test_where_it_was_pressed_it_says_that_it_is_kept_and_asks_before_it_is_kept_twice(case, bedside, axe):
    """Given no line, when a grade is pressed twice within a minute, then it asks, and one entry waits."""
    bedside.context.set_offline(True)
    press(bedside)
    pressed = bedside.get_by_role("button", name="M3 Walks with a frame")
    expect(pressed).to_contain_text("Kept, not sent yet")
    expect(pressed).to_be_in_viewport()
    expect(bedside.get_by_role("status")).to_contain_text("Kept, not sent yet: M3 Walks with a frame.")
    axe(bedside)
    pressed.click()
    asked = bedside.get_by_role("dialog")
    expect(asked).to_contain_text("M3 Walks with a frame waits already")
    axe(bedside)
    shot(bedside, "bedside-asked")
    asked.get_by_role("button", name="No, once is right").click()
    waits(bedside)
    pressed.click()
    asked.get_by_role("button", name="Yes, another entry").click()
    waits(bedside, 2)
    bedside.context.set_offline(False)
    gone(bedside)
    expect(bedside.locator("button .app-kept")).to_have_count(0)
    assert grades(case) == ["M4", "M3", "M3"]


def test_who_signs_out_is_told_that_entries_wait_and_the_sign_in_page_says_how_many(case, person, bedside, axe):
    cut(bedside)
    press(bedside)
    waits(bedside)
    bedside.get_by_role("button", name="Sign out").click()
    asked = bedside.get_by_role("dialog")
    expect(asked).to_contain_text("1 entry is not sent yet: it stays on this device until you sign in here again.")
    assert case.patient.name not in asked.inner_text()
    asked.get_by_role("button", name="Stay signed in").click()
    waits(bedside)
    bedside.get_by_role("button", name="Sign out").click()
    asked.get_by_role("button", name="Sign out").click()
    expect(bedside.get_by_text("You are signed out.")).to_be_visible()
    bedside.goto("/account/login/")
    expect(bedside.get_by_text("1 entry that is not sent yet is kept on this device")).to_be_visible()
    axe(bedside)
    shot(bedside, "sign-in-waits")


def test_without_a_line_undo_says_so_and_a_link_does_not_lead_away(case, bedside, axe):
    press(bedside)
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    bedside.context.set_offline(True)
    bedside.get_by_role("button", name="Undo").click()
    expect(bedside.get_by_text("No line: it cannot be undone now.")).to_be_visible()
    bedside.get_by_role("link", name="Open the ladder").click()
    expect(bedside.get_by_text("No line: that page cannot be opened now.")).to_be_visible()
    axe(bedside)
    shot(bedside, "bedside-no-line")
    bedside.context.set_offline(False)
    bedside.get_by_role("button", name="Undo").click()
    expect(bedside.get_by_text("Undone: the entry was taken back.")).to_be_visible()
    bedside.get_by_role("link", name="Open the ladder").click()
    expect(bedside.get_by_role("heading", name="Sitting ladder", level=1)).to_be_visible()
