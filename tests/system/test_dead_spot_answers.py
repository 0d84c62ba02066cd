"""What became of an entry that waited: recorded, a fall reported, refused and why, or not yet for reasons that pass."""

import re
import time
from datetime import UTC, timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.event import Event
from pathway.record.falls import REPORT
from tests import factories
from tests.system.conftest import shot
from tests.system.dead_spot import at_the_bedside, cut, gone, grades, press, waits, walks_with_help


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


@pytest.fixture
def sitting(unit):
    """A patient who was cleared to sit and sits at 30 degrees since half an hour."""
    case = factories.case_at("position.cleared_to_sit", now() - timedelta(hours=6), place=unit)
    factories.happen(case, "rehabilitation.stepped", at=now() - timedelta(minutes=30), pain=0)
    return case


def test_what_the_server_does_not_accept_later_stays_until_the_person_throws_it_away(case, bedside):
    """Given an entry that waits, when the case has ended meanwhile, the page says it was not accepted, and keeps it."""
    bedside.context.set_offline(True)
    press(bedside)
    waits(bedside)
    factories.happen(case, "case.died", at=now() - timedelta(hours=1))
    bedside.context.set_offline(False)
    expect(bedside.get_by_text("not accepted: nothing was saved")).to_be_visible()
    assert grades(case) == ["M4"]
    bedside.get_by_role("button", name="Throw it away").click()
    bedside.get_by_role("dialog").get_by_role("button", name="Throw it away").click()
    gone(bedside)


def test_what_the_server_refused_can_be_read_in_full_and_is_put_back_into_its_form(sitting, person, sign_in, axe):
    """Given a step that waited and was refused, then why and all that was typed stand there, also in its form."""
    page = sign_in(person, "phone")
    page.goto(f"/cases/{sitting.uuid}/bedside/ladder/")
    page.context.set_offline(True)
    pressed = now()
    for label, value in (("Pain (0 to 10)", "1"), ("Systolic", "118")):
        page.get_by_label(label).fill(value)
    page.get_by_label("Worse", exact=True).check()
    page.get_by_role("button", name="Record this step").click()
    waits(page)
    page.context.set_offline(False)
    expect(page.get_by_text("not accepted: nothing was saved")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_contain_text("Stop the step because of neurology instead")
    expect(page.locator("button .app-kept")).to_have_text("Not accepted: see the top of this page")
    page.get_by_text("All that was entered").click()
    for words in ("Sitting up at 45°", "Pain (0 to 10)", "1", "118", "Worse", f"{pressed.astimezone(LONDON):%H:%M}"):
        expect(page.locator("[data-unsent] dl")).to_contain_text(words)
    page.evaluate("scrollTo(0, 0)")
    axe(page)
    shot(page, "bedside-refused")
    page.goto("/physio/")
    page.get_by_role("link", name="Open its page").click()
    expect(page.get_by_text("What you had typed was put back")).to_be_visible()
    expect(page.get_by_label("Systolic")).to_have_value("118")
    expect(page.get_by_label("Worse", exact=True)).to_be_checked()
    expect(page.get_by_label("Time", exact=True)).to_have_value(f"{pressed.astimezone(LONDON):%H:%M}")
    page.get_by_label("Same", exact=True).check()
    page.get_by_role("button", name="Record this step").click()
    expect(page.locator("[data-said]")).to_contain_text("Sitting up at 45°.")
    gone(page)
    assert Event.objects.filter(case=sitting, kind="rehabilitation.stepped").count() == 2


def test_a_fall_that_is_sent_from_another_page_is_said_until_it_was_read(case, bedside, axe):
    """Given a fall that waited, when another page sends it, then that says who and that it was reported."""
    cut(bedside)
    press(bedside, "M7", "legs gave way")
    waits(bedside)
    bedside.goto("/physio/")
    waits(bedside)
    bedside.context.unroute_all()
    bedside.get_by_role("button", name="Send now").click()
    told = bedside.get_by_role("region", name="Sent, and reported as worse")
    expect(told).to_contain_text("reported at once, as a deterioration")
    expect(told).to_contain_text(case.patient.name)
    expect(bedside.locator("#announce")).to_contain_text("reported at once")
    assert Event.objects.filter(case=case, kind=REPORT).count() == 1
    axe(bedside)
    shot(bedside, "bedside-sent-worse")
    bedside.goto("/inbox/")
    expect(told).to_be_visible()
    expect(bedside.locator(".app-message")).to_have_count(0)
    told.get_by_role("button", name="I have read this").click()
    expect(told).to_have_count(0)
    bedside.reload()
    expect(told).to_have_count(0)


def test_a_second_window_at_the_same_bedside_shows_what_the_first_sent(case, bedside):
    second = bedside.context.new_page()
    second.goto(bedside.url)
    press(bedside)
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    expect(second.get_by_role("heading", name="M3: better")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "type_"), [(429, "text/html"), (403, "text/html"), (200, "text/html"), (502, "text/html")]
)
def test_what_a_gateway_answers_is_not_final(case, bedside, status, type_):
    """Given an answer that is not of this service, then the entry waits, and is sent again."""
    bedside.context.route(
        "**/bedside/",
        lambda route: route.fulfill(status=status, content_type=type_, body="<p>Please wait</p>")
        if route.request.method == "POST" else route.fallback(),
    )  # fmt: skip
    press(bedside)
    expect(bedside.get_by_text("sent again by itself")).to_be_visible()
    bedside.context.unroute_all()
    bedside.get_by_role("button", name="Send now").click()
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    assert grades(case) == ["M4", "M3"]


def test_a_clock_of_the_device_that_jumps_makes_nothing_of_a_time_to_come_or_refused(case, bedside):
    """Given a device whose clock jumps 40 minutes ahead, when M3 is on its slow way, then it arrives, as of now."""
    asked = []

    def slowly(route):
        if route.request.method == "POST":
            time.sleep(3)
        route.fallback()

    bedside.context.route("**/bedside/**", slowly)
    bedside.on("request", lambda request: asked.append((request.method, request.url)))
    pressed, where = now(), bedside.url
    bedside.evaluate(
        "() => { const right = Date.now; Date.now = () => right() + 40 * 60000;"
        " [...document.querySelectorAll('.app-grade')].find((each) => each.innerText.includes('M3')).click() }"
    )
    expect(bedside.get_by_role("heading", name="M3: better")).to_be_visible()
    assert ("GET", where) not in asked, "what was on its way was cut off"
    gone(bedside)
    assert grades(case) == ["M4", "M3"]
    event = Event.objects.filter(case=case).latest("pk")
    assert timedelta(0) <= event.occurred_at - pressed + timedelta(minutes=1) < timedelta(minutes=2)


def test_an_entry_that_is_recorded_is_not_called_refused_where_the_page_was_cut_off(case, bedside):
    """Given a refusal whose page never came, when the entry is on the record all the same, then it is simply sent."""
    lost = []

    def cut_off(route):
        if route.request.method != "POST":
            return route.fallback()
        if not lost:
            lost.append(route.fetch().status)
            return route.fulfill(status=422, headers={"X-Refused": "yes"}, content_type="text/html", body="")
        return route.abort() if len(lost) == 1 and not lost.append(0) else route.fallback()

    bedside.context.route("**/bedside/", cut_off)
    press(bedside)
    bedside.wait_for_timeout(1000)
    assert lost == [201, 0]
    bedside.goto("/physio/")
    gone(bedside)
    expect(bedside.get_by_text("not accepted")).to_have_count(0)
    assert grades(case) == ["M4", "M3"]


def test_an_entry_of_another_day_says_its_day_and_is_still_sent(case, bedside):
    """Given an entry that was pressed a day ago, then it says so, and is recorded as of then."""
    pressed = now().astimezone(LONDON) - timedelta(days=1)

    def of_yesterday(route):
        if route.request.method == "POST":
            return route.abort()
        body = re.sub('data-now="[^"]*"', f'data-now="{pressed.astimezone(UTC).isoformat()}"', route.fetch().text())
        return route.fulfill(body=body, content_type="text/html")

    bedside.context.route("**/bedside/", of_yesterday)
    bedside.reload()
    press(bedside, "M5 Walks a few steps")
    waits(bedside)
    page = bedside.context.new_page()
    page.goto("/physio/")
    expect(page.get_by_text(f"from yesterday {pressed:%H:%M}")).to_be_visible()
    bedside.close()
    page.context.unroute_all()
    page.get_by_role("button", name="Send now").click()
    gone(page)
    event = Event.objects.get(case=case, kind="mobility.assessed", answers__code="M5")
    assert abs(event.occurred_at - pressed) < timedelta(minutes=2)


def test_what_is_refused_with_a_line_is_said_by_the_server_on_its_page(case, bedside):
    factories.happen(case, "case.died", at=now() - timedelta(hours=1))
    press(bedside)
    expect(bedside.get_by_text("This was not recorded")).to_be_visible()
    expect(bedside.get_by_label("In words")).to_have_value("dizzy on standing")
    assert grades(case) == ["M4"]
