"""A manager enters past cases from a file, opens the pack of a quarter and keeps it as a PDF, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.record.case import Case
from tests import factories
from tests.system import paper
from tests.system.conftest import shot

HOUR = timedelta(hours=1)
PACK = "/audit/pack/?period=3-1-2026-01-01"
SECTIONS = (
    "Cases", "Quality statements of NICE QS56", "Pathway audit by NICE NG234", "Times to each step",
    "Control charts", "Why late", "Completeness of the data", "Definitions and exclusions", "How it was counted",
)  # fmt: skip


@pytest.fixture
def march(trust):
    place = factories.unit(trust, "East")
    for number in range(8):
        start = factories.START - number * 20 * 24 * HOUR
        case = factories.case(place=place, at=start)
        factories.happen(case, "contact.made", at=start + HOUR / 2)
        factories.happen(case, "imaging.acquired", at=start + (6 + 5 * number) * HOUR)


def test_given_a_quarter_its_pack_is_one_page_to_read_and_clean_paper(march, manager, sign_in, axe):
    # Given a manager who opens the pack of a quarter
    page = sign_in(manager)
    page.goto(PACK)
    expect(page.get_by_role("heading", level=2)).to_contain_text(["In this pack", *SECTIONS])
    expect(page.locator(".app-chart svg.marks")).to_have_count(1)
    axe(page)
    shot(page, "audit-pack")
    # When it is printed
    said = paper.pages(page.pdf(prefer_css_page_size=True))
    # Then each section begins a page of its own, under a running title and with its number
    assert len(SECTIONS) < len(said) < 30
    for number, words in enumerate(said, 1):
        assert words.startswith(paper.squeezed(f"MSCC audit pack: NICE QS56 and NG234 Page {number} of {len(said)}"))
        assert len(words) > 120, "hardly anything is on this page"
    heads = [paper.squeezed(f"{title} {manager.organisation}, All units: 1 January 2026") for title in SECTIONS]
    begins = [number for number, words in enumerate(said) for head in heads if head in words]
    assert len(begins) == len(SECTIONS)
    assert begins == sorted(set(begins))
    # And the head of a long table is on each of its pages, and nothing to press is on any
    assert sum("MeasureTitleNumerator" in words for words in said) > 1
    # And from a telephone the paper is the same: no chart is cut over two of its pages
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.locator(".app-chart svg.marks")).to_have_count(1)
    assert [len(paper.pages(page.pdf(prefer_css_page_size=True)))] == [len(said)]
    assert not [words for words in said if any(part in words for part in ("Signout", "Worklist", "Ctrl+P", "workbook"))]


def test_given_a_file_of_past_cases_a_manager_enters_it_on_a_telephone(trust, manager, sign_in, axe):
    # Given a service that begins, and the example of the page
    factories.unit(trust, "Ward A")
    page = sign_in(manager, "phone")
    page.goto("/audit/import/")
    with page.expect_download() as example:
        page.get_by_role("link", name="example of three synthetic patients").click()
    # When the file is looked at
    page.get_by_label("CSV file").set_input_files(example.value.path())
    page.get_by_role("button", name="Look at the file").click()
    # Then each of its rows is there, and nothing was entered
    expect(page.get_by_role("heading", name="This would be entered")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(1 + 25)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    shot(page, "audit-import")
    assert not Case.objects.exists()
    # And with a second person it is entered
    page.get_by_label("Second person").fill("Anne Colleague")
    page.get_by_role("button", name="Enter 25 rows").click()
    expect(page.locator(".app-message")).to_contain_text("Entered 25 of 25 rows, 3 cases opened.")
    expect(page.get_by_role("listitem").filter(has_text="Anne Colleague")).to_be_visible()
    assert Case.objects.filter(is_open=False).count() == 3
    # And neither going back nor a reload sends anything again
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.go_back()
    expect(page.get_by_role("heading", name="Enter past cases from a file")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Look at the file")).to_be_visible()
    assert not [address for address in sent if "import" in address]
