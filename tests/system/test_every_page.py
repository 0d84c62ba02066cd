"""Every page at four views: no rule of WCAG 2.2 AA is broken, nothing scrolls sideways, no script fails."""

import os
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import get_resolver, reverse
from playwright.sync_api import expect

from pathway.engine import status_link
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.case import Case
from tests import factories
from tests.system.conftest import DRAWN, signing_in
from tests.system.test_every_form import ADMINISTRATORS, FORMS, of_case, of_unit
from tests.web.test_roles import ROLES, addresses

DESKTOP, PHONE, ZOOMED = (1280, 900), (390, 844), (320, 640)  # the last is 1280 px at 400 %
# Under every rule at every view they take five minutes (`make views`); in the tests the rules hold for a telephone.
EVERY_VIEW = "VIEWS" in os.environ
VIEWS = ((DESKTOP, "none"), (PHONE, "none"), (ZOOMED, "none"), (DESKTOP, "active"))  # and forced colours


def plain(name):
    return lambda _case: reverse(name)


def status(case):
    return reverse("status", args=[status_link.make(case, by=factories.teller(case.organisation))])


def started(unit):
    """A case in which much has happened."""
    case = factories.case(place=unit, at=now() - timedelta(minutes=40))
    for kind in ("referral.received", "imaging.requested", "mobility.assessed", "pain.scored"):
        factories.happen(case, kind, at=now() - timedelta(minutes=20))
    tick()
    return Case.objects.get(pk=case.pk)


READ = {
    **{name: plain(name) for name in (
        "worklist", "next", "wall", "handovers", "inbox", "access_log", "gaps", "preview", "calendar", "rota_import",
        "watching", "drafts", "physio", "account_change_password", "account_reauthenticate", "account_inactive",
    )},
    **{name: of_case(name) for name in (
        "known", "case_sheet", "versions", "trends", "case_delays", "bedside", "ladder", "referral", "status_link",
    )},
    **{name: plain(name) for name in ("measures", "times", "survival", "delays", "jobs", "pack", "past_import")},
    **{name: plain(name) for name in ("audit", "what_if", "paths", "late_entries")},
    **{name: plain(name) for name in ("escalations", "escalation_people", "escalation_days")},
    "escalation_alerts": lambda _case: reverse("escalation_alerts", args=["raised"]),
    "why": of_case("why", clock="mri_a"),
    "ahead": of_case("ahead", clock="mri_a"),
    "bedside_note": of_case("bedside_note", kind="readiness.checked"),
    "rota": of_unit("rota"),
    "measure": lambda _case: reverse("measure", args=["K1"]),
    "measure_cases": lambda _case: reverse("measure_cases", args=["K1", "met"]),
    "status": status,
    "no such page": lambda _: "/nothing-here/",
}  # fmt: skip
PAGES = FORMS | READ
# What is no page of its own: parts, streams, files, what only takes a form, and the sign-in pages, which come below.
PARTS = {
    *("worklist_table", "worklist_row", "case_now", "live", "pulse", "stay", "icon", "health_live", "health_ready"),
    *("metrics", "callback_notify", "callback_webhook", "calendar_feed", "remove_shift", "undo", "blind"),
    *("jobs_table", "job_file", "cancel_job", "pack_workbook", "what_if_result"),
    *("account_login", "account_logout", "account_set_password"),
}


def test_every_address_is_looked_at_here_or_is_no_page():
    names = {name for name, _ in addresses(get_resolver().url_patterns)}
    assert names - set(PAGES) - PARTS == set()


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """The database of this file: what one test writes is there for the next, until the end."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def transactional_db(kept):
    """Nothing is taken back after each test."""


@pytest.fixture(scope="module")
def looked_at(kept, browser, shared_server):
    """`looked_at(name, axe)`: what the scripts of a page complained of at all views, for one who may see everything.

    The browser's page is one for the whole file, as is the case; each form is of one of its own.
    """
    said = []

    def looked_at(name, axe):
        said.clear()
        page = pages[name in ADMINISTRATORS] if name in PAGES else stranger
        page.goto(PAGES[name](started(unit) if name in FORMS else case) if name in PAGES else reverse(name))
        for (width, height), colours in VIEWS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(forced_colors=colours)
            page.evaluate(DRAWN)
            if (width, height) == PHONE or EVERY_VIEW:
                axe(page)
            sideways = not page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert not sideways, f"it scrolls sideways at {width} px"
            expect(page.locator("h1")).to_be_visible()
        return [words for words in said if "404 (Not Found)" not in words]

    with signing_in(browser, lambda: shared_server) as sign_in:
        unit = factories.unit()
        administrator, coordinator = (
            factories.user(first, unit.organisation, *({*ROLES} - {first}), password=factories.PASSWORD)
            for first in ("administrator", "coordinator")
        )
        factories.duty(unit, "coordinator", coordinator)
        pages = [sign_in(person) for person in (coordinator, administrator)]
        stranger, case = sign_in(None), started(unit)
        for page in (*pages, stranger):
            page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: said.append(str(error)))
        yield looked_at


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_at_four_views(name, looked_at, axe):
    """Given somebody who may see everything, when a page is opened at each view, then everybody could use it."""
    assert looked_at(name, axe) == []


@pytest.mark.usefixtures("transactional_db")
def test_the_sign_in_page_at_four_views(looked_at, axe):
    assert looked_at("account_login", axe) == []
