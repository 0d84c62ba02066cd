"""The live escalation as people see it: real browser, web server, sweeper, database and broker."""

import re
import signal
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine import now as clock
from pathway.protocol.mscc_2026_1 import MRI_A
from pathway.record.alert import Alert
from pathway.record.case import Case
from tests import factories
from tests.system.conftest import follow
from tests.system.launcher import wait_for

SOON = timedelta(seconds=6)
WITHIN = 20_000  # milliseconds


@pytest.fixture
def ward(unit, coordinator):
    """A unit whose coordinator is on duty for everything."""
    for role in ("coordinator", "nurse in charge", "MSCC lead", "on-call consultant"):
        factories.duty(unit, role, coordinator)
    return unit


def due_soon(ward, left=SOON, **fields) -> Case:
    """A case whose MRI clock runs out in a moment; its earlier alerts have been raised, and the bedside is in order."""
    start = clock.now() - MRI_A.limit + left
    who = factories.patient(ward.organisation, family_name="Rowan", given_names="Test")
    made = factories.case_at("imaging.booked", start=start, place=ward, who=who, **fields)
    factories.happen(made, "bladder.scanned", at=start + timedelta(hours=2))
    factories.happen(made, "neuro.examined", at=start + timedelta(hours=20))
    return made


def row_of(page, case):
    return page.locator(f"[data-case='{case.uuid}']")


def test_an_mri_limit_passes_and_board_and_inbox_say_so_without_a_reload(ward, coordinator, sign_in, sweeper):
    case = due_soon(ward)
    board, inbox = sign_in(coordinator), sign_in(coordinator, "phone")
    board.goto("/")
    inbox.goto("/inbox/")
    for page in (board, inbox):
        page.evaluate("window.sameDocument = true")
        expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)

    expect(row_of(board, case)).to_contain_text("E3: limit reached", timeout=WITHIN)

    expect(row_of(board, case)).to_contain_text("Overdue")
    expect(row_of(board, case)).to_contain_text(re.compile(r"\d+ s over, due \d\d:\d\d"))
    expect(board.locator("#announce")).to_contain_text("E3: limit reached, MRI within 24 hours")
    expect(inbox.get_by_role("heading", name="E3: limit reached: MRI within 24 hours")).to_be_visible(timeout=WITHIN)
    expect(inbox.get_by_role("link", name="Inbox (1 unread)")).to_be_visible(timeout=WITHIN)
    assert all(page.evaluate("window.sameDocument") for page in (board, inbox))


def test_a_case_that_somebody_else_enters_appears_and_one_that_closes_goes(ward, coordinator, sign_in):
    page = sign_in(coordinator)
    page.goto("/")
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)

    case = factories.case(at=None, place=ward)
    expect(row_of(page, case)).to_be_visible(timeout=WITHIN)

    factories.happen(case, "case.closed")
    expect(row_of(page, case)).to_have_count(0, timeout=WITHIN)
    expect(page.get_by_text("1 closed case")).to_be_visible()


def test_somebody_of_another_organisation_is_told_nothing(ward, outsider, sign_in):
    page = sign_in(outsider)
    told = []
    page.on("request", lambda request: told.append(request.url) if "/rows/" in request.url else None)
    page.goto("/")
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)

    factories.case(at=None, place=ward)
    own = factories.case(at=None, place=factories.unit(outsider.organisation))

    expect(row_of(page, own)).to_be_visible(timeout=WITHIN)
    assert all(str(own.uuid) in url for url in told)


def test_of_the_two_lines_the_worse_counts(ward, coordinator, sign_in, sweeper):
    page = sign_in(coordinator)
    page.goto("/")
    status = page.locator("[data-live-status]")
    expect(status).to_have_attribute("data-state", "fresh", timeout=WITHIN)
    expect(status).to_contain_text("Live, as of")
    sweeper.kill()
    sweeper.wait()
    expect(page.locator("[data-heartbeat]")).to_have_attribute("data-state", "late", timeout=30_000)
    expect(status).to_have_attribute("data-state", "late")
    expect(status).to_contain_text("but its clocks are checked late")


def test_without_a_server_the_board_says_how_old_it_is_and_catches_up(ward, coordinator, sign_in, processes, sweeper):
    web, address = processes.serve()
    port = int(address.rpartition(":")[2])
    page = sign_in(coordinator, address=address)
    page.goto("/")
    status = page.locator("[data-live-status]")
    expect(status).to_contain_text("Live", timeout=WITHIN)

    web.kill()
    web.wait()
    expect(status).to_have_attribute("data-state", "late", timeout=25_000)
    expect(status).to_contain_text("Not up to date")
    case = factories.case(at=None, place=ward)
    processes.serve(port)

    expect(row_of(page, case)).to_be_visible(timeout=WITHIN)
    expect(status).to_have_attribute("data-state", "fresh", timeout=WITHIN)


def test_without_a_broker_the_board_polls_and_says_so(ward, coordinator, sign_in, processes, sweeper):
    _, address = processes.serve(REDIS_URL="redis://127.0.0.1:1/0")
    page = sign_in(coordinator, address=address)
    page.goto("/")
    status = page.locator("[data-live-status]")
    expect(status).to_contain_text("Live updates are off", timeout=WITHIN)

    case = factories.case(at=None, place=ward)

    expect(row_of(page, case)).to_be_visible(timeout=WITHIN)
    expect(status).to_have_attribute("data-state", "fresh")


def test_an_open_stream_does_not_keep_the_server_from_stopping(coordinator, sign_in, processes):
    web, address = processes.serve()
    page = sign_in(coordinator, address=address)
    page.goto("/")
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)

    web.send_signal(signal.SIGTERM)

    assert web.wait(timeout=5) in (0, -signal.SIGTERM)


def test_an_open_stream_holds_no_connection_to_the_database(coordinator, sign_in, processes):
    _, address = processes.serve(DATABASE_POOL="1")
    for _ in range(4):
        page = sign_in(coordinator, address=address)
        page.goto("/")
        expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)
    assert page.reload().status == 200


def test_somebody_who_has_left_gets_the_sign_in_page(ward, coordinator, sign_in, server):
    page = sign_in(coordinator)
    page.goto("/")
    expect(page.locator("[data-live-status]")).to_contain_text("Live", timeout=WITHIN)

    coordinator.is_active = False
    coordinator.save()
    factories.case(at=None, place=ward)

    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=WITHIN)


def test_lists_with_alerts_pass_axe(ward, coordinator, administrator, auditor, sign_in, sweeper, axe):  # noqa: PLR0917
    due_soon(ward, left=-timedelta(minutes=5))
    unheard = due_soon(factories.unit(ward.organisation), left=-timedelta(minutes=5))
    wait_for(lambda: Alert.objects.filter(level="E3").count() > 1, within=20)
    page = sign_in(coordinator, "phone")
    for address in ("/", "/?klass=C", "/?closed=on", "/inbox/", "/people/"):
        page.goto(address)
        axe(page)
    page.goto("/")
    expect(page.get_by_role("region", name="Act on this case now")).to_contain_text(unheard.patient.name)
    page.goto("/inbox/")
    follow(page.get_by_role("link", name="Other answers, and why").first)
    axe(page)
    for person, address in ((administrator, "/people/"), (administrator, "/"), (auditor, "/access-log/")):
        page = sign_in(person, "phone")
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_by_keyboard_alone_a_case_is_opened_and_an_alert_acknowledged(ward, coordinator, sign_in, sweeper):
    case = due_soon(ward, left=-timedelta(minutes=5))
    wait_for(lambda: Alert.objects.filter(level="E3").exists(), within=20)
    page = sign_in(coordinator)
    page.goto("/inbox/")
    tab_to(page, "I am acting for 30 min")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The clock runs on.")).to_be_visible()
    assert Alert.objects.get(level="E3", clock__standard="mri_a").acknowledged_by == str(coordinator)

    page.goto("/")
    expect(row_of(page, case)).to_contain_text("Somebody acts")
    tab_to(page, case.patient.name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(str(case.uuid)))


def tab_to(page, words):
    """Press Tab until what has the focus says these words."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"{words!r} cannot be reached with Tab")


def test_without_script_the_board_reads_and_filters(ward, coordinator, sign_in):
    case = factories.case(at=None, place=ward)
    page = sign_in(coordinator, java_script_enabled=False)
    page.goto("/")
    page.locator("summary", has_text="Find or filter").click()
    page.get_by_label("Name, NHS or local number, case").fill(case.code)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 of 1 open case shown; 0 hidden by filters")).to_be_visible()
    page.get_by_role("link", name=case.patient.name).click()
    expect(page).to_have_url(re.compile(str(case.uuid)))
