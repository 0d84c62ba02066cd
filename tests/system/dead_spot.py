"""What the tests of a dead spot share: a patient who walks with help, a press without a line, and how it stands."""

from datetime import timedelta

from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.record.event import Event
from tests import factories


def walks_with_help(unit):
    """A case whose patient walked with the help of one twenty hours ago."""
    case = factories.case(place=unit, at=now() - timedelta(hours=30))
    factories.happen(case, "mobility.assessed", at=now() - timedelta(hours=20), code="M4")
    return case


def at_the_bedside(case, page):
    """The page at the bedside of a case."""
    page.goto(f"/cases/{case.uuid}/bedside/")
    return page


def press(page, grade="M3 Walks with a frame", note="dizzy on standing"):
    page.get_by_label("In words").fill(note)
    page.get_by_role("button", name=grade).click()


def grades(case):
    found = Event.objects.filter(case=case, kind="mobility.assessed").order_by("pk")
    return [event.answers["code"] for event in found]


def waits(page, count=1):
    expect(page.get_by_role("heading", name=f"Not sent yet ({count})")).to_be_visible()
    expect(page.get_by_text("sent by itself as soon as there is a line")).to_have_count(count)


def gone(page):
    expect(page.get_by_role("heading", name="Not sent yet")).to_have_count(0)


def cut(page):
    """No entry from the bedside gets through; the rest of the pages do."""
    page.context.route(
        "**/bedside/**", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )
