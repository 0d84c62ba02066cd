"""The page of a case in a real browser: clocks, journey, spine, whose move it is, calls, filters, and the sheet."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.correct import correct
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.clock import Clock
from pathway.record.event import Event
from tests import factories
from tests.system.conftest import SIZES, follow, shot
from tests.system.test_pathway import kinds

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STEPS = """
contact.made 5, referral.received 6, referral.triaged 15, position.ordered 20, imaging.requested 40, imaging.booked 60,
imaging.acquired 500, imaging.communicated 560, case.confirmed 570, steroids.started 600, stability.advised 660,
sins.scored 700, neuro.examined 710, mobility.assessed 720, pain.scored 725, opinion.surgical 790, opinion.oncology 800,
decision.made 900, consent.recorded 920, radiotherapy.decided 940
"""
LONG = "she says that the legs have been weaker since the morning and that nobody had come to look at them yet, " * 9
A4 = {"format": "A4", "print_background": True}


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - 26 * HOUR


@pytest.fixture
def case(unit, trust, begun):
    """A case of yesterday that has come far: compression found, steroids begun, alerts out, one entry corrected."""
    factories.staff(unit)
    case = factories.case(place=unit, at=begun, recorded=begun)
    for step in STEPS.split(","):
        kind, after = step.split()
        at = begun + int(after) * MINUTE
        late = 11 * HOUR if kind == "imaging.acquired" else 0 * HOUR
        factories.happen(case, kind, at=at, recorded=at + late)
    factories.happen(case, "imaging.verified", at=begun + 15 * HOUR, recorded=begun + 17 * HOUR, precision="hour")
    call = Event.objects.get(case=case, kind="contact.made")
    answers = {"channel": "phone", "spoke_to": "Deputy"}
    correct(call, by=factories.teller(trust), why="it was the deputy", answers=answers)
    tick()
    return case


@pytest.fixture
def look(axe):
    """`look(page, "name")`: readable by everybody, no wider than the screen, and kept as a picture."""

    def look(page, name):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        shot(page, name)

    return look


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_whole_page_at_a_glance(case, coordinator, sign_in, size, look):
    """Given a case that has come far, when it is opened, then clocks count on top, and journey and spine are drawn."""
    page = sign_in(coordinator, size)
    page.goto(f"/cases/{case.uuid}/")
    expect(page.get_by_role("region", name="Patient")).to_contain_text(case.patient.name)
    counting = (
        page.get_by_role("list", name="Clocks, the first to reach its limit in front").locator("[data-count]").first
    )
    assert counting.bounding_box()["y"] < page.get_by_role("heading", name="Next action").bounding_box()["y"]
    expect(page.locator(".app-next__first")).to_have_count(1)
    picture = page.get_by_role("img", name="The tracks of the case as lanes over time")
    expect(picture).to_be_visible()
    for lane in ("Alerts", "Imaging", "Steroids", "Observations and calls"):
        expect(picture.locator(".app-journey__lane", has_text=re.compile(f"^{lane}$"))).to_have_count(1)
    for shape in ("late", "unsure", "treatment", "limit", "alert"):
        assert picture.locator(f"[data-shape={shape}]").count() > 0, shape
    expect(page.get_by_role("img", name="Drawing of the spine").locator("[data-state=compression]")).to_have_count(2)
    look(page, "case")


def test_the_identity_strip_stays_on_top(case, coordinator, sign_in, size):
    """Given a long page, when it is scrolled to its end, then it still says who it is about."""
    page = sign_in(coordinator, size)
    page.goto(f"/cases/{case.uuid}/")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("region", name="Patient")).to_be_in_viewport()


def test_the_journey_in_words_and_in_another_window(case, coordinator, sign_in):
    """Given the picture, when its table is opened by keyboard, then every lane is there in words."""
    page = sign_in(coordinator)
    page.goto(f"/cases/{case.uuid}/")
    page.locator(".app-journey summary").focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("table", name="The journey")
    expect(table.get_by_role("row", name="Imaging Images acquired")).to_contain_text("recorded late")
    expect(table.get_by_role("row", name="Steroids First dexamethasone given")).to_be_visible()
    page.get_by_role("link", name="First 48 hours").click()
    expect(page.locator(".app-journey strong", has_text="First 48 hours")).to_be_visible()


def test_a_call_stops_a_clock_in_one_step(unit, coordinator, sign_in, size, look):
    """Given a running clock, when a call tells that it is done, then one form records both and the clock has ended."""
    fresh = factories.case(place=unit, at=now() - 20 * MINUTE)
    page = sign_in(coordinator, size)
    page.goto(f"/cases/{fresh.uuid}/")
    follow(page.get_by_role("link", name="Log a call").first)
    look(page, "call")
    follow(page.get_by_role("link", name="Record contact with the coordinator"))
    form = page.locator("main form")
    form.get_by_role("group", name="How", exact=True).get_by_label("Phone").check()
    form.get_by_label("Spoke to (name and role)", exact=True).fill("MSCC coordinator")
    form.get_by_role("group", name="Call logged: How").get_by_label("Phone").check()
    form.get_by_label("Call logged: Spoke to").fill("Sister on the ward")
    form.get_by_role("group", name="Call logged: Purpose").get_by_label("Advice").check()
    form.get_by_label("Call logged: What was said").fill("Weak since the morning")
    look(page, "call-tells")
    form.get_by_role("button", name="Record contact with the coordinator").click()
    expect(page.locator(".app-message")).to_contain_text("Recorded: Coordinator contacted")
    assert kinds(fresh)[1:] == ["contact.logged", "contact.made"]
    assert Clock.objects.standing().get(case=fresh, standard="contact_a").ended_at


def test_the_timeline_is_filtered_without_script(case, coordinator, sign_in, size):
    """Given no script at all, when only corrections are asked for, then those are shown and the rest is counted."""
    page = sign_in(coordinator, size, java_script_enabled=False)
    page.goto(f"/cases/{case.uuid}/")
    page.locator(".app-case__story summary", has_text="Filter").click()
    page.get_by_label("Sort").select_option("Only corrections")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("hidden by filters")).to_contain_text("1 of ")
    expect(page.locator(".app-timeline__title")).to_have_count(1)
    follow(page.get_by_role("link", name="Show all"))
    assert page.locator(".app-timeline__title").count() > 15


def test_whose_move_it_is_and_why_not(case, physiotherapist, sign_in, size, look):
    """Given a physiotherapist, when the moves are opened, then own ones come first and others name their role."""
    page = sign_in(physiotherapist, size)
    page.goto(f"/cases/{case.uuid}/")
    whose = page.locator("section", has=page.locator("#whose"))
    titles = whose.get_by_role("heading", level=3).all_inner_texts()
    assert titles[0] == "By you"
    assert titles[-1] == "Not open now, and why not"
    assert any("clinician or coordinator" in title for title in titles)
    for summary in whose.locator("summary").all():
        summary.click()
    expect(whose.get_by_text("Not possible from").first).to_be_visible()
    look(page, "case-whose")


def test_who_was_told_and_who_saw_it(case, coordinator, sign_in):
    """Given alerts that were told, when the messages are opened, then each says whether its reader has seen it."""
    page = sign_in(coordinator)
    page.goto(f"/cases/{case.uuid}/")
    page.locator("section", has=page.locator("#messages")).locator("summary").first.click()
    expect(page.get_by_text("Not seen").first).to_be_visible()


def test_as_it_was_known_it_has_its_own_journey(case, begun, coordinator, sign_in, look):
    """Given a scan that was entered late, when the case is looked at as known before, then its journey has no scan."""
    page = sign_in(coordinator)
    page.goto(f"/cases/{case.uuid}/known/?at={(begun + 9 * HOUR).isoformat().replace('+', '%2B')}")
    picture = page.get_by_role("img", name="The tracks of the case as lanes over time")
    expect(picture.get_by_text("Images acquired")).to_have_count(0)
    expect(picture.locator(".app-journey__lane", has_text="Imaging")).to_have_count(1)
    look(page, "case-known")


def test_the_sheet_is_one_page_of_a4_and_holds_what_is_handed_over(case, coordinator, sign_in, size, look):
    """Given a case with very much in it, when its sheet is printed, then it is one page, with all four parts."""
    long, wide = {"at": now() - MINUTE}, LONG[:190]
    factories.happen(case, "contact.advised", **long, advice=LONG)
    factories.happen(case, "case.planned", **long, plan=LONG)
    factories.happen(case, "case.assigned", **long, to=wide)
    factories.happen(case, "case.admitted", **long, site=wide, ward=wide)
    factories.happen(case, "stability.advised", **long, adviser=wide)
    factories.happen(case, "opinion.oncology", **long, adviser=wide)
    factories.happen(case, "decision.made", **long, made_by=wide)
    factories.happen(case, "neuro.examined", **long, power=wide)
    factories.happen(case, "vte.assessed", **long, risk=wide)
    for level in ("C3", "T2", "T4", "T6", "T10", "L3"):
        factories.happen(case, "sins.scored", **long, level=level)
    factories.happen(case, "case.deteriorated", **long)
    tick()
    page = sign_in(coordinator, size)
    page.goto(f"/cases/{case.uuid}/")
    page.get_by_role("link", name="Hand-over sheet to print").click()
    for words in ("Situation", "Background", "Assessment", "Recommendation", case.patient.number, "As of"):
        expect(page.locator("article")).to_contain_text(words)
    expect(page.locator("article")).to_be_visible()
    look(page, "sheet")
    assert pages_of(page.pdf(**A4)) == 1
    page.goto(f"/cases/{case.uuid}/")
    assert pages_of(page.pdf(**A4)) > 1, "so pages can be counted"
