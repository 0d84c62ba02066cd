"""A physiotherapist with one free hand: two taps, a fall that tells at once, the ladder, minutes, and the charts."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.record.event import standing
from pathway.record.falls import REPORT
from tests import factories
from tests.system.conftest import SIZES, follow, shot

HOUR = timedelta(hours=1)


@pytest.fixture
def case(unit):
    """A patient under treatment, who walked with a frame yesterday."""
    start = now() - 60 * HOUR
    case = factories.case_at("case.confirmed", start, place=unit)
    for hours, kind, answers in (
        (3, "case.admitted", {}), (4, "steroids.indicated", {}), (4, "steroids.started", {}),
        (5, "neuro.examined", {"frankel": "D"}), (5, "mobility.assessed", {"code": "M4"}),
        (6, "pain.scored", {"rest": 4, "movement": 7}), (8, "position.ordered", {}),
        (20, "opinion.surgical", {}), (20, "opinion.oncology", {}), (21, "decision.made", {}),
        (21, "consent.recorded", {}),
        (22, "radiotherapy.decided", {}), (24, "radiotherapy.fraction", {}),
        (28, "pain.scored", {"rest": 2, "movement": 5}), (30, "neuro.examined", {"frankel": "D"}),
        (32, "mobility.assessed", {"code": "M3"}), (33, "physiotherapy.treated", {"minutes": 40}),
        (50, "physiotherapy.missed", {"reason": "away"}),
        (51, "readiness.checked", {"item": "equipment", "ready": False, "expected_on": "2030-01-02"}),
        (51, "readiness.checked", {"item": "transfers", "ready": True}),
        (51, "readiness.checked", {"item": "stairs", "ready": False, "expected_on": "2030-01-04"}),
    ):  # fmt: skip
        factories.happen(case, kind, at=start + hours * HOUR, **answers)
    return case


@pytest.fixture
def sitting(unit):
    """A patient who was cleared to sit and sits at 30 degrees since half an hour."""
    case = factories.case_at("position.cleared_to_sit", now() - 6 * HOUR, place=unit)
    factories.happen(case, "rehabilitation.stepped", at=now() - HOUR / 2, pain=0)
    return case


@pytest.fixture
def person(trust):
    return factories.user("physiotherapist", trust, password=factories.PASSWORD)


def entries(case, kind):
    return [event for event in standing(case.events.order_by("pk")) if event.kind == kind]


def taps(page):
    """How often the page was pressed since it was asked to count."""
    return page.evaluate("Number(sessionStorage.getItem('taps'))")


def count_taps(page):
    page.context.add_init_script(
        "addEventListener('click', (event) => event.isTrusted && "
        "sessionStorage.setItem('taps', Number(sessionStorage.getItem('taps')) + 1), true)"
    )


@pytest.mark.parametrize("size", SIZES)
def test_two_taps_from_the_list_record_how_somebody_moves(case, person, sign_in, axe, size):
    """Given the list, when a name's Mobility and then M3 is pressed, then it is recorded, and undone for a minute."""
    page = sign_in(person, size)
    count_taps(page)
    page.goto("/physio/")
    axe(page)
    shot(page, "physio")
    follow(page.get_by_role("link", name="Mobility of"))
    axe(page)
    shot(page, "bedside")
    page.get_by_role("button", name="M3 Walks with a frame").click()
    expect(page.get_by_role("heading", name="M3: same")).to_be_focused()
    expect(page).to_have_title(re.compile(r"^\s*M3: same\s+\u2013 At the bedside"))
    assert taps(page) == 2
    axe(page)
    shot(page, "bedside-done")
    assert len(entries(case, "mobility.assessed")) == 3
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: the entry was taken back.")).to_be_visible()
    assert len(entries(case, "mobility.assessed")) == 2


@pytest.mark.parametrize("size", SIZES)
def test_the_charts_are_drawn_under_the_policy_beside_their_tables(case, person, sign_in, axe, size):
    """Given scores and treatments, when the charts are opened, then each is an image with a table of every value."""
    page = sign_in(person, size)
    page.goto(f"/cases/{case.uuid}/trends/")
    charts = page.locator(".app-chart svg")
    expect(charts).to_have_count(4)
    expect(page.locator(".app-marks li")).to_have_count(2)
    assert charts.first.bounding_box()["width"] > 250
    axe(page)
    shot(page, "trends")
    page.emulate_media(media="print")
    for each in (*charts.all(), *page.locator(".app-values").all()):
        expect(each).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_a_step_of_the_ladder_is_timed_and_a_stop_goes_back(sitting, person, sign_in, axe, size):
    page = sign_in(person, size)
    page.goto(f"/cases/{sitting.uuid}/bedside/ladder/")
    expect(page.get_by_label("Sitting up at 45°")).to_be_checked()
    axe(page)
    shot(page, "ladder")
    page.get_by_label("Pain (0 to 10)").fill("1")
    page.get_by_label("Systolic").fill("118")
    page.get_by_label("Same").check()
    page.get_by_role("button", name="Record this step").click()
    expect(page.get_by_text("Recorded: R2 Sitting up at 45°.")).to_be_visible()
    expect(page.get_by_label("Sitting up at 60°")).to_be_checked()
    stop = page.get_by_role("group", name="Stop R2 Sitting up at 45° because of").get_by_role("button", name="Pain")
    assert stop.bounding_box()["y"] < page.viewport_size["height"]
    shot(page, "ladder-up")
    page.get_by_role("button", name="Blood pressure").click()
    expect(page.get_by_text("Recorded: R2 Sitting up at 45°, stopped.")).to_be_visible()
    expect(page.locator(".app-state", has_text="R1: declared stable").first).to_be_visible()
    assert entries(sitting, "rehabilitation.stopped")[-1].answers["degrees"] == 45


def test_a_lower_grade_is_reported_at_once_and_the_page_says_who_is_told(case, person, sign_in, axe):
    """Given M3 and a coordinator on duty, when Worse is pressed, then it is reported and the page names who is told."""
    factories.duty(case.unit, "coordinator", factories.user("coordinator", case.organisation))
    page = sign_in(person, "phone")
    page.goto(f"/cases/{case.uuid}/bedside/")
    page.get_by_role("button", name="Worse M4: Walks only with the help of one").click()
    panel = page.locator(".app-done")
    expect(panel.get_by_role("heading")).to_contain_text("Worse than before: reported at")
    expect(panel).to_contain_text("Coordinator: coordinator")
    axe(page)
    shot(page, "bedside-worse")
    assert [event.answers for event in entries(case, REPORT)] == [{"what": "gait"}]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible()
    assert entries(case, REPORT) == []


def test_the_grade_before_is_hidden_until_ones_own_is_entered(case, person, sign_in):
    """Given the setting of the person, when the page is opened, then no grade is on it until one is entered."""
    page = sign_in(person, "phone")
    page.goto(f"/cases/{case.uuid}/bedside/")
    page.get_by_role("button", name="Hide the grade before").click()
    expect(page.get_by_text("The grade before is hidden")).to_be_visible()
    expect(page.get_by_text("Last: M3")).to_have_count(0)
    expect(page.get_by_role("button", name="Same")).to_have_count(0)
    page.goto("/physio/")
    expect(page.get_by_text("Hidden until you enter yours")).to_be_visible()
    page.goto(f"/cases/{case.uuid}/bedside/")
    page.get_by_role("button", name="M2 Walks with sticks or crutches").click()
    expect(page.locator(".app-done")).to_contain_text("Before: M3. Now: M2")


@pytest.mark.parametrize("size", SIZES)
def test_nobody_is_sat_up_while_stability_is_not_known_and_the_page_says_why(case, person, sign_in, axe, size):
    page = sign_in(person, size)
    page.goto(f"/cases/{case.uuid}/bedside/ladder/")
    expect(page.get_by_text("No advice on stability has been recorded.")).to_be_visible()
    expect(page.get_by_role("button", name="Record this step")).to_have_count(0)
    axe(page)
    shot(page, "ladder-refused")


def test_minutes_and_what_holds_the_date_are_recorded_from_the_bedside(case, person, sign_in, axe):
    page = sign_in(person, "phone")
    page.goto(f"/cases/{case.uuid}/bedside/")
    expect(page.get_by_text("Stairs holds the date: expected 4 Jan 2030.")).to_be_visible()
    page.get_by_role("link", name="Record minutes").click()
    page.get_by_label("Minutes with the patient").fill("25")
    axe(page)
    page.get_by_role("button", name="Record a physiotherapy session").click()
    expect(page.get_by_text("65 minutes in 2 sessions; 1 missed.")).to_be_visible()
    page.get_by_role("link", name="Record what is ready").click()
    page.get_by_label("Stairs").check()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Record readiness").click()
    expect(page.get_by_text("Equipment holds the date")).to_be_visible()
    shot(page, "bedside-home")


def test_without_script_one_press_records_too(case, person, sign_in):
    page = sign_in(person, "phone", java_script_enabled=False)
    page.goto(f"/cases/{case.uuid}/bedside/")
    page.get_by_role("button", name="M2 Walks with sticks or crutches").click()
    expect(page.get_by_role("heading", name="M2: better")).to_be_visible()
    assert len(entries(case, "mobility.assessed")) == 3


def test_by_keyboard_alone_a_grade_is_recorded(case, person, sign_in):
    page = sign_in(person)
    page.goto(f"/cases/{case.uuid}/bedside/")
    page.get_by_label("In words").focus()
    page.keyboard.type("after lunch")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Same")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="M3: same")).to_be_visible()
    assert entries(case, "mobility.assessed")[-1].answers["note"] == "after lunch"


def test_on_a_phone_the_first_grade_is_near_the_top_and_who_is_on_duty_is_one_line(case, person, sign_in):
    """Given somebody on duty and a role with nobody, then the names are within, and nobody is said."""
    factories.duty(case.unit, "coordinator", person)
    factories.duty(case.unit, "physiotherapist", person)
    page = sign_in(person, "phone")
    page.goto("/")
    page.goto(f"/cases/{case.uuid}/bedside/")
    duty = page.locator(".app-duty summary")
    assert duty.bounding_box()["height"] < 45
    expect(duty).to_contain_text("with nobody")
    expect(duty.locator(".app-duty__names")).to_be_hidden()
    assert page.locator(".app-grade").first.bounding_box()["y"] < page.viewport_size["height"]
    expect(page.get_by_role("link", name="Physio", exact=True)).to_be_in_viewport()
    for name in ("Hide the grade before", "Order the position"):
        assert page.get_by_text(name).first.bounding_box()["height"] >= 44
    shot(page, "bedside-duty")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("where", ["bedside/ In words", "bedside/ladder/ Pain (0 to 10)", "bedside/ladder/ Systolic"])
def test_enter_in_a_field_records_nothing_and_keeps_what_was_typed(sitting, person, sign_in, where, script):
    """Given a field of a form whose buttons each record something, when Enter is pressed, then nobody chose one."""
    factories.happen(sitting, "mobility.assessed", code="M3")
    path, _, field = where.partition(" ")
    before = list(sitting.events.values_list("kind", flat=True))
    page = sign_in(person, "phone", java_script_enabled=script)
    page.goto(f"/cases/{sitting.uuid}/{path}")
    page.get_by_label(field).fill("7")
    page.get_by_label(field).press("Enter")
    if not script:
        expect(page.get_by_text("Nothing was recorded. Press the button that you mean.")).to_be_visible()
    for box in page.locator(".app-bedside input[type=radio]:checked").all():
        box.press("Enter")
    page.get_by_text("Not now: it was at another time").click()
    page.get_by_label("Date").press("Enter")
    expect(page.get_by_label(field)).to_have_value("7")
    expect(page.get_by_text("Not sent yet")).to_have_count(0)
    assert list(sitting.events.values_list("kind", flat=True)) == before


@pytest.mark.parametrize("path", ["/physio/", "bedside/", "bedside/ladder/", "trends/"])
def test_at_four_hundred_per_cent_nothing_runs_out_of_the_page(case, person, sign_in, path):
    """Given a window of 320 px, which is 1280 px at 400 %, then no page has to be pushed sideways."""
    page = sign_in(person, "phone")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path if path[0] == "/" else f"/cases/{case.uuid}/{path}")
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_pressed_twice_in_a_hurry_and_sent_again_after_going_back_it_is_one_entry(case, person, sign_in):
    page = sign_in(person, "phone")
    page.goto(f"/cases/{case.uuid}/bedside/")
    page.get_by_role("button", name="M3 Walks with a frame").dblclick()
    expect(page.get_by_role("heading", name="M3: same")).to_be_visible()
    page.go_back()
    assert len(entries(case, "mobility.assessed")) == 3


def test_a_step_on_a_page_that_somebody_overtook_is_refused_with_who_and_what(sitting, person, sign_in):
    """Given an open ladder, when somebody else stops a step, the first person reads who did, and keeps the values."""
    page = sign_in(person, "phone")
    page.goto(f"/cases/{sitting.uuid}/bedside/ladder/")
    page.get_by_label("Pain (0 to 10)").fill("3")
    factories.happen(sitting, "rehabilitation.stopped")
    page.get_by_role("button", name="Record this step").click()
    expect(page.get_by_text("Somebody was quicker: this was not recorded")).to_be_visible()
    expect(page.get_by_text("recorded “Rehabilitation step stopped”")).to_be_visible()
    expect(page.get_by_label("Pain (0 to 10)")).to_have_value("3")
    page.get_by_role("button", name="Record this step").click()
    expect(page.get_by_text("Recorded: R2 Sitting up at 45°.")).to_be_visible()
    expect(page.get_by_text("Not sent yet")).to_have_count(0)
