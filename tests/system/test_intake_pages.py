"""Intake in a real browser: a stopwatch to the first alert, drafts, the referral form, and the referrer's page."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.draft import Draft
from pathway.record.event import Event
from tests import factories
from tests.system.conftest import SIZES, shot
from tests.system.launcher import wait_for
from tests.system.test_kept import PUT_BACK, sign_in_as

INPUTS, SECONDS = 12, 30


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def person(trust):
    return factories.user("coordinator", trust, password=factories.PASSWORD)


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(minutes=40))


@pytest.fixture
def look(axe):
    """A page is readable by everybody, and no wider than its screen; its picture is kept."""

    def look(page, name):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        page.evaluate("scrollTo(0, 0)")
        shot(page, name)

    return look


def kinds(case):
    return set(Event.objects.filter(case=case).values_list("kind", flat=True)) - {"case.suspected"}


class Hands:
    """Counts what a person does to a page: each field filled, each choice, each press."""

    def __init__(self, page):
        self.page, self.inputs = page, 0

    def __call__(self, act, *words):
        self.inputs += 1
        act(*words)


def test_from_the_call_to_the_first_alert_in_thirty_seconds_and_twelve_inputs(unit, person, sign_in, sweeper, size):
    """Given a coordinator on the worklist whose sweeper runs, when a call that came 40 minutes ago is entered, then the
    first alert is raised and told within 30 seconds and 12 inputs of opening the form.
    """
    factories.duty(unit, "coordinator", person)
    page = sign_in(person, size)
    page.goto("/cases/new/")
    hands, began = Hands(page), time.monotonic()
    called = (now() - timedelta(minutes=40)).astimezone(LONDON)
    hands(page.get_by_label("Initials").fill, "AB")
    hands(page.get_by_role("group", name="Any neurological symptom or sign?").get_by_label("Yes").check)
    hands(page.get_by_label("Where the patient is").select_option, "emergency_department")
    hands(page.get_by_label("Suspected by").fill, "Dr Ward, registrar")
    hands(page.get_by_label("Date", exact=True).fill, f"{called:%Y-%m-%d}")
    hands(page.get_by_label("Time", exact=True).fill, f"{called:%H:%M}")
    hands(page.get_by_role("button", name="Open the case").click)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")
    wait_for(lambda: Alert.objects.filter(deliveries__user=person).exists(), within=SECONDS)
    expect(page.get_by_role("heading", name="Open alerts")).to_be_visible(timeout=SECONDS * 1000)
    took = time.monotonic() - began
    assert hands.inputs <= INPUTS
    assert took <= SECONDS


def test_a_form_saves_itself_is_offered_after_a_new_session_and_is_sent_by_the_person(
    case, person, sign_in, size, look
):
    """Given a form half filled in, when the window is closed and the session over, then after signing in anew it is
    offered with its age, put back on demand, and recorded once, when it is sent.
    """
    page = sign_in(person, size)
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.get_by_label("Bleep").check()
    page.get_by_label("What was said").fill("Nobody answers on the ward")
    expect(page.get_by_text("Saved as a draft at")).to_be_visible()
    page.close()
    Session.objects.all().delete()
    Draft.objects.update(saved_at=now() - timedelta(minutes=14))
    page = sign_in(None, size)
    page.goto("/")
    sign_in_as(page, person)
    expect(page.get_by_text("You began 1 form and did not send it")).to_be_visible()
    page.locator("main").get_by_role("link", name="Drafts").click()
    expect(page.get_by_text("Saved 14 minutes ago")).to_be_visible()
    look(page, "drafts")
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("What was said")).to_have_value("Nobody answers on the ward")
    expect(page.get_by_label("Bleep")).to_be_checked()
    expect(page.get_by_text("as it was saved 14 minutes ago. Nothing has been sent")).to_be_visible()
    look(page, "draft-put-back")
    assert kinds(case) == set()
    page.get_by_label("Spoke to").fill("Ward nurse")
    page.get_by_label("Chase").check()
    page.get_by_role("button", name="Log a call").dblclick(no_wait_after=True)
    expect(page.get_by_text("Recorded: Call logged.")).to_be_visible()
    assert Event.objects.filter(kind="contact.logged").count() == 1
    assert not Draft.objects.exists()


def test_a_session_that_ends_while_typing_says_so_and_what_the_tab_kept_takes_the_place_of_the_draft(
    case, person, sign_in
):
    """Given a form saved as a draft, when the session ends and more is typed, then the line says that it was not saved,
    and after signing in the newest words are put back, once, under the key of the draft.
    """
    page = sign_in(person)
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.get_by_label("What was said").fill("First words")
    expect(page.get_by_text("Saved as a draft at")).to_be_visible()
    Session.objects.all().delete()
    page.get_by_label("What was said").fill("First words and the last ones")
    expect(page.get_by_text("Not saved as a draft")).to_be_visible()
    page.get_by_role("button", name="Log a call").click()
    sign_in_as(page, person)
    expect(page.get_by_text(PUT_BACK)).to_be_visible()
    expect(page.get_by_label("What was said")).to_have_value("First words and the last ones")
    expect(page.get_by_text("You began this form before")).to_have_count(0)
    page.get_by_label("Phone").check()
    page.get_by_label("Spoke to").fill("Ward nurse")
    page.get_by_label("Chase").check()
    page.get_by_role("button", name="Log a call").click()
    expect(page.get_by_text("Recorded: Call logged.")).to_be_visible()
    assert not Draft.objects.exists()


def test_leaving_with_cancel_throws_the_draft_away(case, person, sign_in):
    page = sign_in(person)
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.get_by_label("What was said").fill("Wrong patient")
    expect(page.get_by_text("Saved as a draft at")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")
    wait_for(lambda: not Draft.objects.exists(), within=5)


def test_a_step_that_is_left_at_once_is_saved_as_it_was_left(case, person, sign_in):
    """Given a step of the referral form, when a word is typed and the page of all answers opened in the same moment,
    then the step stands there with that word.
    """
    page = sign_in(person)
    page.goto(f"/cases/{case.uuid}/referral/contacts/")
    page.get_by_label("Number for the coordinator to ring back").fill("Bleep 1234")
    page.get_by_role("link", name="All answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the answers")
    wait_for(lambda: Draft.objects.filter(typed__contains="1234").exists(), within=5)
    page.reload()
    expect(page.get_by_text("Bleep 1234")).to_be_visible()


def test_words_that_find_no_place_any_more_are_shown(unit, person, sign_in):
    """Given a class being decided with a reason, when the session ends, then the reason is shown in words although the
    page that asked for it is not the page that comes back.
    """
    page = sign_in(person)
    page.goto("/cases/new/")
    page.get_by_label("Initials").fill("AB")
    page.get_by_role("group", name="Any neurological symptom or sign?").get_by_label("No").check()
    page.get_by_label("Known", exact=True).first.check()
    page.get_by_text("Symptoms: they propose the class").click()
    page.get_by_label("New, unexplained back or neck pain").check()
    page.get_by_label("Where the patient is").select_option("ward")
    page.get_by_label("Suspected by").fill("Dr Ward")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", name="Class B is proposed")).to_be_visible()
    page.get_by_label("Why this class").fill("Looks worse than it sounds")
    Session.objects.all().delete()
    page.get_by_role("button", name="Open the case").first.click()
    sign_in_as(page, person)
    expect(page.get_by_text("Looks worse than it sounds")).to_be_visible()
    expect(page.get_by_label("Initials")).to_have_value("AB")
    assert not Case.objects.exists()


def test_the_referral_form_is_left_come_back_to_checked_and_sent(unit, person, sign_in, size, look):
    """Given a class B case, when the referral form is filled in by steps, left and come back to, then all answers stand
    on one page with the class that they propose, and only sending makes them entries.
    """
    case = factories.case("B", place=unit, at=now() - timedelta(minutes=40))
    page = sign_in(person, size)
    page.goto(f"/cases/{case.uuid}/")
    page.get_by_role("link", name="Referral form").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the answers")
    page.get_by_role("link", name="Begin").click()
    expect(page.get_by_text("Referral form, step 1 of 15")).to_be_visible()
    first = page.get_by_role("group", name="Referral received")
    first.get_by_label("Phone").check()
    first.get_by_label("Referrer").fill("Dr Ward, registrar, bleep 1234")
    look(page, "referral-step")
    page.get_by_role("button", name="Save and continue", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancer")
    page.get_by_label("Yes, known").check()
    page.get_by_label("Prostate").check() if page.get_by_label("Prostate").count() else page.get_by_label(
        "Primary").select_option("prostate")  # fmt: skip
    page.get_by_role("button", name="Save and continue", exact=True).click()
    page.get_by_label("Difficulty walking").check()
    page.get_by_role("radio", name="Getting worse").check()
    look(page, "referral-symptoms")
    page.get_by_role("button", name="Save and continue later").click()
    expect(page.get_by_text("Put aside, not sent: “Referral form: Symptoms”")).to_be_visible()
    page.get_by_role("link", name="Referral form").click()
    expect(page.get_by_role("heading", name="Class A is proposed; the case is class B")).to_be_visible()
    expect(page.locator(".app-asked li", has_text="Difficulty walking: a neurological symptom")).to_be_visible()
    page.get_by_label("Change to class A").check()
    look(page, "referral-check")
    assert kinds(case) == set()
    page.get_by_role("button", name="Send the referral form").dblclick(no_wait_after=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")
    assert kinds(case) == {"referral.received", "history.cancer", "history.symptoms", "case.reclassified"}
    assert Event.objects.filter(case=case).count() == 5
    assert not Draft.objects.exists()


def test_without_script_a_step_and_a_form_are_put_aside_by_a_button(case, person, sign_in):
    page = sign_in(person, java_script_enabled=False)
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.get_by_label("What was said").fill("Nobody answers")
    page.get_by_role("button", name="Save and continue later").click()
    expect(page.get_by_text("Put aside, not sent: “Log a call”")).to_be_visible()
    page.goto(f"/cases/{case.uuid}/observe/contact.logged/")
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("What was said")).to_have_value("Nobody answers")
    page.goto(f"/cases/{case.uuid}/referral/contacts/")
    page.get_by_label("Number for the coordinator to ring back").fill("Bleep 1234")
    page.get_by_role("button", name="Save and continue later").click()
    page.goto(f"/cases/{case.uuid}/referral/contacts/")
    expect(page.get_by_label("Number for the coordinator to ring back")).to_have_value("Bleep 1234")
    assert kinds(case) == set()


def test_a_likely_duplicate_stands_beside_what_was_typed_with_what_differs_in_words(unit, person, sign_in, size, look):
    known = factories.patient(unit.organisation, family_name="Bell", given_names="Ann")
    factories.case(place=unit, who=known, at=now() - timedelta(hours=3))
    page = sign_in(person, size)
    page.goto("/cases/new/")
    page.get_by_label("Family name").fill("Belle")
    page.get_by_label("Given names").fill("Ann")
    page.get_by_text("Birth date, hospital number").click()
    page.get_by_label("Birth date").fill("1957-04-12")
    page.get_by_role("group", name="Any neurological symptom or sign?").get_by_label("Yes").check()
    page.get_by_label("Where the patient is").select_option("ward")
    page.get_by_label("Suspected by").fill("Dr Ward")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", name="Is this the same person?")).to_be_visible()
    rows = {row.locator("strong").first.text_content(): row for row in page.locator("tbody tr").all()}
    expect(rows["Family name"]).to_contain_text("differs")
    expect(rows["Given names"]).to_contain_text("the same")
    expect(rows["NHS number"]).to_contain_text("not typed")
    look(page, "intake-duplicate")
    assert Case.objects.count() == 1


def test_the_referrer_reads_where_it_stands_and_nothing_else(case, person, sign_in, size, look):
    page = sign_in(person, size)
    page.goto(f"/cases/{case.uuid}/")
    page.get_by_role("link", name="Link for the referrer").click()
    page.get_by_role("button", name="Make a link").click()
    address = page.get_by_label("The referrer").input_value()
    look(page, "status-link")
    stranger = sign_in(None, size)
    stranger.goto(address)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Where the referral stands")
    expect(stranger.get_by_text("Yes Received")).to_be_visible()
    body = stranger.locator("body").text_content()
    assert case.patient.family_name.upper() not in body
    assert case.code not in body
    look(stranger, "status")
    sent = []
    stranger.on("request", lambda request: sent.append(request.headers.get("referer", "")))
    stranger.reload()
    assert address not in sent
    page.get_by_role("button", name="Take the link back").click()
    stranger.reload()
    expect(stranger.get_by_text("This link leads nowhere")).to_be_visible()
