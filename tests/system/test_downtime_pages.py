"""The downtime pack in a real browser, from the disk alone: readable, found from its index, and right on paper."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.engine.tick import tick
from tests import factories
from tests.system.conftest import SIZES, follow, shot
from tests.system.test_case_page import A4, pages_of


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def folder(cases, trust, tmp_path):
    """The folder of the organisation after one set was written."""
    call_command("downtime_pack", folder=str(tmp_path))
    (folder,) = [each for each in tmp_path.iterdir() if each.name.endswith(f"-{trust.pk}")]
    return folder


@pytest.fixture
def cases(unit):
    factories.staff(unit)
    found = [factories.case(place=unit, at=now() - timedelta(hours=hours)) for hours in (1, 5, 30)]
    factories.happen(found[-1], "imaging.requested")
    tick()
    return found


def test_from_the_newest_set_to_a_sheet_without_any_server(cases, folder, sign_in, size, axe):
    """Given that the service is away, when the folder is opened, then board, sheets and blank forms are found in it."""
    page = sign_in(None, size, address="http://localhost:1", offline=True)
    page.goto((folder / "index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("Downtime pack")
    for name, link in (("index", ""), ("board", "the board"), ("case", cases[0].patient.name), ("blank", "Steroids")):
        if link:
            follow(page.get_by_role("link", name=link).first)
        expect(page.locator(".age strong")).to_contain_text("As of ")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        shot(page, f"downtime-{name}")
        if link:
            follow(page.get_by_role("link", name="All pages of this set"))
    follow(page.get_by_role("link", name="all sheets"))
    assert pages_of(page.pdf(**A4)) == len(cases), "one page a case"
