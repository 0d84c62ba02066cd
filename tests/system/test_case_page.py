"""The page of a case in a real browser: counting clocks, journey, spine, whose move it is, calls, filters, the sheet."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.correct import correct
from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.event import Event
from tests import factories
from tests.system.conftest import SIZES, shot
from tests.system.test_pathway import fill, kinds

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - 26 * HOUR


@pytest.fixture
def case(unit, trust, begun, settings):
    """A case of yesterday that has come far: compression found, steroids begun, an alert out, one entry corrected."""
    factories.staff(unit)
    case = factories.case(place=unit, at=begun, recorded=begun)
    steps = (
        ("contact.made", 5), ("referral.received", 6), ("referral.triaged", 15), ("position.ordered", 20),
        ("imaging.requested", 40), ("imaging.booked", 60), ("imaging.acquired", 500), ("imaging.communicated", 560),
        ("case.confirmed", 570), ("steroids.started", 600), ("stability.advised", 660), ("sins.scored", 700),
        ("neuro.examined", 710), ("mobility.assessed", 720), ("pain.scored", 725), ("opinion.surgical", 790), ("opinion.oncology", 800),
        ("decision.made", 900), ("consent.recorded", 920), ("radiotherapy.decided", 940),
    )  # fmt: skip
    late = {"imaging.acquired": 700 * MINUTE}
    for kind, after in steps:
        at = begun + after * MINUTE
        factories.happen(case, kind, at=at, recorded=at + late.get(kind, 0 * MINUTE))
    factories.happen(case, "imaging.verified", at=begun + 15 * HOUR, recorded=begun + 17 * HOUR, precision="hour")
    factories.happen(case, "bladder.scanned", at=begun + 20 * HOUR)
    call = Event.objects.get(case=case, kind="contact.made")
    correct(call, by=factories.teller(trust), why="it was the deputy", answers={"channel": "phone", "spoke_to": "Deputy"})
    tick()
    return case


@pytest.fixture
def fits(axe):
    def fits(page, name):
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        shot(page, name)

    return fits


def test_the_whole_page_at_a_glance(case, coordinator, sign_in, size, fits):
    """Given a case that has come far, when somebody opens it, then clocks count, and journey and spine are drawn."""
    page = sign_in(coordinator, size)
    page.goto(f"/cases/{case.uuid}/")
    fits(page, "case")
