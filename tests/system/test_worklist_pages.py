"""The pages of the coordinator's night: worklist, what breaks next, wall board and hand-over, in a real browser."""

import os
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine import now as clock
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.handover import Handed
from pathway.record.saved import SavedFilter
from pathway.record.shift import Pattern
from tests import factories
from tests.system.conftest import SIZES, follow, shot

WITHIN = 20_000  # milliseconds


@pytest.fixture
def people(trust):
    """A unit with a coordinator on duty by day and by night, and a night clinician who takes over."""
    unit = factories.unit(trust, "Acute oncology unit")
    day, night = factories.user("coordinator", trust), factories.user("clinician", trust)
    for person, name in ((day, "Asha Rowan"), (night, "Ben Alder")):
        person.first_name, person.last_name = name.split()
        person.save()
    for begins, ends in (("08:00", "20:00"), ("20:00", "08:00")):
        who = day if begins == "08:00" else night
        Pattern.objects.create(
            unit=unit, role="coordinator", user=who, days=list(range(7)), begins=begins, ends=ends, first="2026-01-01"
        )
    return unit, day, night


@pytest.fixture
def ward(people):
    """Cases of several kinds: over, soon, under treatment and without any deadline."""
    unit, day, _ = people
    start = clock.now()
    made = {}
    for name, kind, ago in (
        ("Ashdown", "imaging.requested", 5), ("Birch", "imaging.communicated", 9), ("Cedar", "stability.advised", 20),
        ("Dogwood", "case.suspected", 0.6), ("Elder", "position.ordered", 30),
    ):  # fmt: skip
        who = factories.patient(unit.organisation, family_name=name, given_names="Test")
        made[name] = factories.case_at(kind, start=start - timedelta(hours=ago), place=unit, who=who)
    who = factories.patient(unit.organisation, family_name="Hornbeam", given_names="Test")
    quiet = factories.case("B", at=start - timedelta(hours=2), place=unit, who=who)
    factories.happen(quiet, "contact.advised", at=start - timedelta(hours=2))
    factories.happen(quiet, "case.excluded", at=start - timedelta(hours=1),
                     override={"by": "senior", "reason": "clinic"})  # fmt: skip
    made["Hornbeam"] = quiet
    factories.happen(made["Ashdown"], "case.assigned", to=str(day))
    factories.happen(made["Cedar"], "case.deteriorated", what="power")
    tick()
    return {name: Case.objects.get(pk=case.pk) for name, case in made.items()}


def row_of(page, case):
    return page.locator(f"[data-case='{case.uuid}']")


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


@pytest.mark.parametrize("size", SIZES)
def test_given_a_full_ward_the_worklist_shows_every_track_and_what_it_hides(people, ward, sign_in, axe, size):
    """Given cases of every kind, when the worklist is opened, then each row tells its tracks at a glance."""
    _, day, _ = people
    page = sign_in(day, size)
    page.goto("/")
    expect(row_of(page, ward["Ashdown"])).to_contain_text("Requested")
    expect(row_of(page, ward["Cedar"]).locator("[data-stands=unknown]")).to_contain_text("Judge again, was stable")
    expect(page.get_by_role("heading", name="No deadline: 1 case")).to_be_visible()
    below = page.locator("#no-deadline ~ table")
    expect(below.locator("[data-case]")).to_have_count(1)
    expect(below).to_contain_text("HORNBEAM, Test")
    axe(page)
    fits(page)
    shot(page, "worklist")


@pytest.mark.parametrize("size", SIZES)
def test_given_filters_when_they_are_kept_then_each_says_what_it_hides(people, ward, sign_in, axe, size):
    """Given chosen filters, when they are kept, renamed, put in order and removed, then the list always says so."""
    _, day, _ = people
    page = sign_in(day, size)
    page.goto("/")
    page.locator("summary", has_text="Find or filter").click()
    page.get_by_label("Owner").select_option("Me")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("1 of 6 open cases shown; 5 hidden by filters")).to_be_visible()
    page.get_by_label("Keep these filters as").fill("My own")
    page.get_by_role("button", name="Keep", exact=True).click()
    kept = page.get_by_role("navigation", name="Kept filters")
    expect(kept).to_contain_text("My own 1 shown, 5 hidden")
    expect(kept.get_by_role("link", name="My own")).to_have_attribute("aria-current", "true")
    page.goto("/worklist/filters/?state=overdue")
    page.get_by_label("Name").last.fill("Over")
    follow(page.get_by_role("button", name="Keep", exact=True))
    shot(page, "worklist-kept")
    page.get_by_role("link", name="Change these").click()
    follow(page.get_by_role("button", name=re.compile("Move earlier.*Over")))
    page.get_by_label("Name").first.fill("Too late")
    follow(page.get_by_role("button", name=re.compile("Rename.*Over")))
    axe(page)
    fits(page)
    shot(page, "kept-filters")
    assert list(SavedFilter.objects.filter(user=day).order_by("place").values_list("name", flat=True)) == [
        "Too late", "My own",
    ]  # fmt: skip
    page.get_by_role("button", name=re.compile("Remove.*My own")).click()
    expect(page.get_by_text("“My own” is removed")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_given_a_rota_with_a_hole_what_breaks_next_says_who_is_on_duty_then(people, ward, sign_in, axe, size):
    """Given deadlines of the next hours, when the page is opened, then each has who is on duty then, or a hole."""
    _, day, _ = people
    page = sign_in(day, size)
    page.goto("/next/")
    first = page.locator("tbody tr").first
    expect(first).to_contain_text(re.compile("left, due"))
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)
    expect(page.get_by_role("heading", name="Holes in the rota of the next six hours")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Hole")
    axe(page)
    fits(page)
    shot(page, "what-breaks-next")


@pytest.mark.parametrize("size", SIZES)
def test_given_a_big_screen_the_wall_board_names_nobody_and_is_live(people, ward, sign_in, axe, size):
    """Given a screen in the corridor, when a case comes in, then it appears by its code alone."""
    unit, day, _ = people
    page = sign_in(day, size)
    page.goto("/wall/")
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)
    page.get_by_role("button", name="Leave this screen to the wall board").click()
    expect(page.get_by_text("This screen shows the wall board and nothing else")).to_be_visible()
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)
    new = factories.case(at=None, place=unit)
    expect(row_of(page, new)).to_be_visible(timeout=WITHIN)
    rows = page.locator("tbody tr").evaluate_all("rows => rows.map(row => 'pressing' in row.dataset)")
    assert rows == sorted(rows, reverse=True)
    assert any(rows)
    text = page.content()
    for case in (*ward.values(), new):
        assert case.patient.family_name.upper() not in text.upper()
        assert case.patient.nhs_number not in text.replace(" ", "")
    axe(page)
    fits(page)
    shot(page, "wall-board")
    page.goto("/")
    expect(page.get_by_text("This screen showed the wall board only")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_given_a_shift_that_ends_each_case_is_taken_on_its_own(people, ward, sign_in, axe, size):
    """Given open clocks and alerts, when the night takes one case, then the others stay with the day."""
    unit, day, night = people
    alert = Alert.objects.filter(case=ward["Ashdown"]).latest("pk")
    acknowledge(alert, by=day, until=clock.now() + timedelta(hours=2))
    page = sign_in(day, size)
    page.goto("/handovers/")
    page.get_by_role("button", name="Start a hand-over").click()
    page.get_by_label(f"All of {unit}").check()
    page.get_by_label("To whom").select_option(label="Ben Alder")
    page.get_by_role("button", name="Make the sheet").click()
    expect(page.get_by_text("6 cases not taken by Ben Alder yet: they stay with you.")).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "hand-over")

    taker = sign_in(night, size)
    taker.goto("/")
    taker.get_by_role("link", name="6 cases for you to take from Asha Rowan").click()
    taker.get_by_role("button", name=re.compile("Take it.*ASHDOWN")).click()
    expect(taker.get_by_text("You have taken over ASHDOWN, Test.")).to_be_visible()
    taker.get_by_role("link", name=re.compile("Do not take it.*BIRCH")).click()
    taker.get_by_role("button", name="Do not take it").click()
    expect(taker.get_by_role("alert").get_by_text("Why do you not take it")).to_be_visible()
    taker.get_by_label("Why do you not take it?").fill("In theatre with another patient")
    axe(taker)
    shot(taker, "hand-over-refuse")
    taker.get_by_role("button", name="Do not take it").click()
    axe(taker)
    fits(taker)
    shot(taker, "hand-over-taken")

    expect(page.get_by_text("4 cases not taken by Ben Alder yet")).to_be_visible(timeout=WITHIN)
    expect(page.get_by_text("In theatre with another patient")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name="4 cases are not taken by Ben Alder yet")).to_be_visible()
    expect(row_of(page, ward["Elder"])).to_contain_text("Hand-over not taken")
    taken = Case.objects.get(pk=ward["Ashdown"].pk)
    assert (taken.owner, Alert.objects.get(pk=alert.pk).acknowledged_by) == ("Ben Alder", "Ben Alder")
    assert Handed.objects.waiting().count() == 4


@pytest.mark.parametrize("size", SIZES)
def test_given_an_alert_that_somebody_acts_on_the_row_first_shows_the_one_that_nobody_answers(
    people, ward, sign_in, axe, size
):
    """Given two alerts of a case, when somebody acts on the higher one, then the row opens with the unanswered one."""
    _, day, _ = people
    case = ward["Ashdown"]
    first, second, *_ = Alert.objects.open().filter(case=case).order_by("-level", "pk")
    acknowledge(first, by=day)
    Alert.objects.filter(pk=second.pk).update(unanswered_at=clock.now())
    page = sign_in(day, size)
    page.goto("/")
    row = row_of(page, case)
    alerts = row.locator(".app-board__alert:visible")
    expect(alerts.first).to_contain_text("Unanswered")
    expect(row).to_contain_text(second.case.patient.number)
    if size == "phone":
        expect(row.get_by_text(re.compile(r"and \d+ more: .*somebody acts"))).to_be_visible()
        expect(row.locator(".app-board__line", has_text="Also overdue:")).to_be_visible()
        assert page.locator(".app-board__more:visible").count() == 0
        for words in (case.patient.number, f"{case.code}, {case.unit}", "with:", "Owner: Asha Rowan", "due"):
            expect(row.get_by_text(words).locator("visible=true").first).to_be_visible()
    axe(page)
    fits(page)
    shot(page, "worklist-alerts")


def test_given_a_printer_the_worklist_is_a_table_on_few_wide_pages_and_says_when_it_was_true(people, ward, sign_in):
    """Given many cases, when the lists are printed, then they are tables in A4 across, with when they were true."""
    unit, day, _ = people
    for name in range(14):
        who = factories.patient(unit.organisation, family_name=f"Rowan{name}")
        factories.case(at=clock.now() - timedelta(hours=1), place=unit, who=who)
    page = sign_in(day)
    for address in ("/", "/next/"):
        page.goto(address)
        rows = page.locator("tbody tr").count()
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
        assert re.search(rb"/MediaBox\s*\[0 0 84\d(\.\d+)? 59\d", paper), "A4 across"
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2 + rows // 8
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 700, "height": 1000})
        expect(page.get_by_role("columnheader").first).to_be_in_viewport()
        expect(page.get_by_text("true only then")).to_be_visible()
        page.emulate_media(media="null")
        expect(page.get_by_text("true only then")).to_be_hidden()
        page.set_viewport_size({"width": 1280, "height": 900})


def test_given_more_cases_than_a_wall_holds_what_it_says_is_on_the_screen_is_on_it(people, ward, sign_in, axe):
    """Given 41 cases, when the board turns its pages, then each is seen whole, and unanswered ones on every page."""
    unit, day, _ = people
    for _ in range(35):
        factories.case(at=clock.now() - timedelta(minutes=20), place=unit)
    page = sign_in(day)
    page.clock.install()
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/wall/")
    said = page.locator("[data-said]")
    expect(said).to_have_text(re.compile(r"^1 to \d+ of 41 open cases\. Page 1 of \d\.$"))
    pages = int(said.inner_text()[-2])
    seen, pressing = set(), page.locator("[data-pressing]").count()
    assert pressing
    for number in range(1, pages + 1):
        expect(said).to_have_text(re.compile(rf"Page {number} of {pages}\.$"))
        rows = page.locator("tbody tr:visible").evaluate_all(
            "rows => rows.map(row => [row.dataset.case, row.getBoundingClientRect().bottom + scrollY])"
        )
        assert all(bottom <= 1080 for _, bottom in rows)
        assert page.locator("[data-pressing]:visible").count() == pressing
        if number == 1:
            assert len(rows) == int(re.search(r"to (\d+) of", said.inner_text())[1]) >= 14
            axe(page)
            if folder := os.environ.get("SCREENS"):
                page.screenshot(path=f"{folder}/wall-board-wide.png")
        seen |= {case for case, _ in rows}
        page.clock.fast_forward(15_100)
    assert len(seen) == 41
    expect(said).to_have_text(re.compile("^1 to"))
    page.get_by_role("button", name="Stop on this page").click()
    page.clock.fast_forward(31_000)
    expect(said).to_have_text(re.compile("^1 to"))
