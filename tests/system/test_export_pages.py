"""A manager asks for an export, watches it go on, and takes the file, in a real browser."""

import zipfile
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.record.access import Access
from pathway.record.job import Job
from tests import factories
from tests.system.conftest import shot


@pytest.fixture
def jobs(processes):
    """The plain loop that does jobs, beside the test; to be started when the page has been looked at."""
    return lambda: processes.start("manage.py", "jobs")


def test_an_export_is_asked_for_done_and_taken(unit, manager, sign_in, axe, jobs):
    # Given a manager, a case, and a form that was filled in
    case = factories.case(place=unit, at=now() - timedelta(days=3))
    page = sign_in(manager)
    page.goto("/audit/measures/")
    page.get_by_role("link", name="Export these cases").click()
    page.get_by_label("Why is this needed?").fill("Quarterly audit")
    shot(page, "export")
    axe(page)
    page.get_by_role("button", name="Export").click()
    # When it waits, and then a worker comes
    expect(page.get_by_text("The export was asked for.")).to_be_visible()
    expect(page.locator("[data-state=queued]")).to_contain_text("Waiting")
    shot(page, "jobs-waiting")
    axe(page)
    jobs()
    # Then the page says so by itself, and the file holds the case by its code alone
    link = page.get_by_role("link", name="-csv.zip")
    expect(link).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        text = archive.read("cases.csv").decode("utf-8-sig")
    assert case.code in text
    assert case.patient.family_name not in text
    assert (Access.objects.filter(what="download").get().job, Access.objects.filter(what="download").get().user) == (
        Job.objects.get(), manager
    )  # fmt: skip
    shot(page, "jobs")
