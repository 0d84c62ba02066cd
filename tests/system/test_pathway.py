"""A case walks in a real browser: from the first call to the first dose, by hand, twice at once, and by keyboard."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.protocol.hours import wall
from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.step import OBSERVATIONS
from tests import factories
from tests.system.conftest import DRAWN, SIZES

SHEETS = [
    kind for kind, observation in OBSERVATIONS.items() if Role.COORDINATOR in observation.by and observation.scored
]


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(minutes=40))


def kinds(case):
    """What was recorded, in order."""
    return list(Event.objects.filter(case=case).order_by("pk").values_list("kind", flat=True))


def fill(form, texts=(), choices=()):
    """Fill text by its label, and choose by words."""
    for label, words in dict(texts).items():
        form.get_by_label(label).fill(words)
    for words in choices:
        form.get_by_label(words, exact=True).check()


def record(page, label, texts=(), choices=()):
    """Open a move on the case page, fill its form and send it."""
    page.locator("details.app-move > summary", has_text=re.compile(f"^{re.escape(label)}$")).first.click()
    form = page.locator("details.app-move[open] > form").last
    fill(form, texts, choices)
    with page.expect_navigation():
        form.get_by_role("button", name=label).click()
    expect(page.locator(".app-message")).to_contain_text("Recorded: ")


def neurology(page):
    """The answer that makes a call class A."""
    return page.get_by_role("group", name="Any neurological symptom or sign?").get_by_label("Yes")


def take_in(page, *, live=True):
    """The shortest call."""
    page.goto("/")
    page.get_by_role("link", name="New case").first.click()
    fill(page, {"Initials": "AB", "Suspected by": "Dr Ward, registrar"})
    neurology(page).check()
    page.get_by_label("Where the patient is").select_option("emergency_department")
    if live:
        page.get_by_label("I am the coordinator and this is that call").check()
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")


def test_from_the_call_to_the_first_dose(unit, trust, sign_in):
    person = factories.user("coordinator", trust, "clinician")
    page = sign_in(person)
    take_in(page)
    case = Case.objects.get()
    record(page, "Triage", choices=["A", "Pathway", "Flat"])
    page.get_by_role("link", name="Order the position").first.click()
    expect(page.get_by_label("Flat", exact=True)).to_be_checked()  # the default of class A
    fill(page, {"Ordered by": "Dr Ward"})
    page.get_by_role("button", name="Order the position").click()
    record(page, "Request the scan", choices=["MRI, whole spine"])
    soon = now() + timedelta(hours=3)
    slot = {"Date": f"{soon:%Y-%m-%d}", "Time": f"{soon:%H:%M}"}
    page.locator("summary", has_text="Record the slot").click()
    form = page.locator("details.app-move[open] > form").last
    fill(form.get_by_role("group", name="Slot"), slot)
    form.get_by_role("button", name="Record the slot").click()
    record(page, "Record images acquired", choices=["MRI, whole spine"])
    record(page, "Record that the result was told", {"Told to": "Coordinator"}, ["Cord or cauda equina compression"])
    expect(page.get_by_text("The scan shows compression.")).to_be_visible()
    record(page, "Confirm that you have seen the result")
    record(page, "Record the indication")
    record(page, "Record the first dose", {"Dose": "16"}, ["Oral"])
    page.locator(".app-next").get_by_role("link", name="Confirm compression").click()
    fill(page, choices=["T7", "Spinal cord"])
    page.get_by_role("group", name="Is the primary cancer known?").get_by_label("Yes").check()
    page.get_by_role("button", name="Confirm compression").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A: Compression confirmed")
    assert kinds(case) == [
        "case.suspected", "contact.made", "referral.received", "referral.triaged", "position.ordered",
        "imaging.requested", "imaging.booked", "imaging.acquired", "imaging.communicated", "imaging.acknowledged",
        "steroids.indicated", "steroids.started", "case.confirmed",
    ]  # fmt: skip
    met = set(case.clocks.filter(outcome="met").values_list("standard", flat=True))
    assert {"contact_a", "triage", "mri_request", "mri_slot", "mri_a", "report", "result_ack", "dexamethasone"} <= met


def test_it_works_without_script(unit, coordinator, sign_in):
    page = sign_in(coordinator, java_script_enabled=False)
    take_in(page)
    record(page, "Triage", choices=["A", "Pathway", "Flat"])
    assert kinds(Case.objects.get())[-1] == "referral.triaged"


@pytest.mark.parametrize("script", [True, False])
def test_a_double_click_and_a_form_sent_again_make_one_event(case, coordinator, sign_in, script):
    page = sign_in(coordinator, java_script_enabled=script)
    page.goto(f"/cases/{case.uuid}/imaging/1/request/")
    page.get_by_label("MRI, whole spine").check()
    page.get_by_role("button", name="Request the scan").dblclick(no_wait_after=True)
    expect(page.get_by_text("Recorded: Scan requested.")).to_be_visible()
    page.go_back()
    page.wait_for_url("**/imaging/1/request/")
    page.get_by_label("MRI, whole spine").check()
    page.get_by_role("button", name="Request the scan").click()
    page.wait_for_load_state()
    assert kinds(case).count("imaging.requested") == 1


def test_back_and_sent_again_is_the_same_call_and_something_else_is_asked_about(unit, coordinator, sign_in):
    """Given a new case, when one goes back to the form and sends it again, then there is one; with another time in it
    the page says that it was sent, keeps what was typed, and may be sent as another.
    """
    page = sign_in(coordinator)
    take_in(page)
    page.go_back()
    page.wait_for_url("**/cases/new/")
    again(page)
    expect(page.get_by_text("Its clocks are running").first).to_be_visible()
    assert Case.objects.count() == 1
    page.go_back()
    page.wait_for_url("**/cases/new/")
    page.get_by_label("Suspected by").fill("Somebody else")
    again(page, suspected_by="Somebody else")
    expect(page.get_by_text("If this is another patient, send it again")).to_be_visible()
    assert Case.objects.count() == 1


def again(page, suspected_by="Dr Ward, registrar"):
    """The same form once more, whatever of it the browser has kept."""
    fill(page, {"Initials": "AB", "Suspected by": suspected_by})
    neurology(page).check()
    page.get_by_label("Where the patient is").select_option("emergency_department")
    page.get_by_role("button", name="Open the case").click()


def test_back_and_sent_again_is_one_score(case, coordinator, sign_in):
    page = sign_in(coordinator)
    page.goto(f"/cases/{case.uuid}/observe/pain.scored/")
    scored = wall(now())[11:16]  # typed: a form that is opened a minute later says another time of its own accord
    for _ in range(2):
        page.get_by_label("Time", exact=True).fill(scored)
        page.get_by_label("At rest").get_by_text("3", exact=True).or_(page.get_by_label("3", exact=True)).first.check()
        page.get_by_label("5", exact=True).last.check()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Recorded: ").first).to_be_visible()
        page.go_back()
        page.wait_for_url("**/pain.scored/")
    assert kinds(case).count("pain.scored") == 1


def test_the_second_of_two_people_sees_who_did_what_and_loses_nothing(case, coordinator, clinician, sign_in):
    first, second = sign_in(coordinator), sign_in(clinician)
    for page in (first, second):
        page.goto(f"/cases/{case.uuid}/")
    record(first, "Record contact with the coordinator", {"Spoke to": "Coordinator One"}, ["Phone"])
    expect(second.get_by_text("Changed since you opened this page.")).to_be_visible(timeout=15_000)
    expect(second.get_by_text(f"{coordinator} recorded “Coordinator contacted”")).to_be_visible()
    second.locator("summary", has_text="Record contact with the coordinator").click()
    form = second.locator("details.app-move[open] > form")
    fill(form, {"Spoke to": "Coordinator Two"}, ["Bleep"])
    form.get_by_role("button", name="Record contact with the coordinator").click()
    expect(second.get_by_role("alert")).to_contain_text("Somebody was quicker")
    expect(second.get_by_role("alert")).to_contain_text(str(coordinator))
    expect(second.get_by_label("Spoke to")).to_have_value("Coordinator Two")
    second.get_by_role("button", name="Record contact with the coordinator").click()
    expect(second.get_by_text("Recorded: Coordinator contacted.")).to_be_visible()


def test_intake_by_keyboard_alone(unit, coordinator, sign_in):
    page = sign_in(coordinator)
    page.goto("/cases/new/")

    def reach(label):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.labels?.[0]?.textContent.trim()") == label:
                return
        raise AssertionError(f"{label} cannot be reached")

    reach("Initials (optional)")
    page.keyboard.type("KB")
    reach("Yes")
    page.keyboard.press("Space")
    reach("Where the patient is")
    page.keyboard.type("Ward")
    reach("Suspected by (name and role)")
    page.keyboard.type("Sister Key")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")
    assert Case.objects.get().events.get().answers["place"] == "ward"


def test_the_enter_key_opens_no_second_case_of_a_known_patient(case, coordinator, sign_in):
    page = sign_in(coordinator)
    page.goto("/cases/new/")
    fill(page, {"NHS number": case.patient.nhs_number, "Suspected by": "Dr Ward"})
    neurology(page).check()
    page.get_by_label("Where the patient is").select_option("ward")
    for _ in range(2):
        with page.expect_navigation():
            page.get_by_label("NHS number").press("Enter")
        expect(page.get_by_role("link", name=f"The same person: go to {case.code}")).to_be_visible()
    assert Case.objects.count() == 1
    page.get_by_role("button", name="Another episode").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Class A")
    assert Case.objects.filter(patient=case.patient).count() == 2


def test_no_rule_is_broken_by_long_pages_sheets_and_forms_with_errors(case, coordinator, sign_in, axe):
    """What test_every_page.py does not see: every sheet, a case with all of them, and each form as it is refused."""
    long = factories.case_at("stability.advised", start=now() - timedelta(hours=6), place=case.unit)
    for kind in SHEETS:
        for hours in (2, 1):
            factories.happen(long, kind, at=now() - timedelta(hours=hours))
    page = sign_in(coordinator, "phone")

    def look(path=""):
        if path:
            page.goto(path)
        axe(page)
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(DRAWN)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    for path in (
        f"/cases/{long.uuid}/", f"/cases/{case.uuid}/case/0/confirm/",
        *(f"/cases/{case.uuid}/observe/{kind}/" for kind in SHEETS),
    ):  # fmt: skip
        look(path)
    page.goto(f"/cases/{long.uuid}/")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    look()
    page.goto(f"/cases/{case.uuid}/observe/neuro.examined/")
    page.locator("summary", has_text="MRC power").click()
    page.get_by_role("group", name="L2 hip flexors, left").get_by_label("3", exact=True).check()
    page.locator("label", has_text="E: Normal, in someone who had a deficit").click()
    expect(page.locator("[data-result]")).to_contain_text("E is for a person who had a deficit before")
    page.get_by_role("button", name="Save").click()
    look()  # a sheet with errors
    page.goto(f"/cases/{case.uuid}/position/1/clear/")
    page.get_by_role("button", name="Clear to sit").click()
    look()  # with errors
    fill(page, {"Cleared by": "Dr A", "Senior who": "Dr B", "Why": "x"})
    fill(page.get_by_role("group", name="When it happened"), {"Date": "2020-02-29"})
    page.get_by_role("button", name="Clear to sit").click()
    expect(page.get_by_role("alert")).to_contain_text("more than a year ago")
    look()
    page.goto("/cases/new/")
    page.get_by_role("button", name="Open the case").click()
    look()
    fill(page, {"NHS number": case.patient.nhs_number, "Suspected by": "x"})
    neurology(page).check()
    page.get_by_label("Where the patient is").select_option("ward")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("link", name=f"The same person: go to {case.code}")).to_be_visible()
    look()
    fill(page, {"NHS number": "", "Initials": "AB"})
    page.locator("summary", has_text="Symptoms").click()
    page.get_by_label("Weakness of a leg").check()
    page.get_by_role("button", name="Search again").click()
    expect(page.get_by_role("heading", name="Class A is proposed")).to_be_visible()
    look()
