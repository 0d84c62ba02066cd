"""The timeline: what is new stands open, the rest is one click away; late and corrected entries say so."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.correct import correct
from pathway.engine.now import now
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    return now() - timedelta(hours=3)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


@pytest.fixture
def story(signed_in, case):
    """`story()`: the timeline as the page has it."""
    return lambda: signed_in.get(reverse("case", args=[case.uuid])).content.decode().split('id="timeline"', 1)[1]


@pytest.fixture
def entry(story):
    """`entry("Coordinator contacted")`: what the timeline says of one entry."""
    return lambda title: story().split(title, 1)[1].split("</li>", 1)[0]


def test_the_newest_entries_stand_open_and_the_earlier_ones_in_reach(story, case, begun):
    for number in range(22):
        at = begun + timedelta(minutes=5 * number + 1)
        factories.happen(case, "contact.logged", at=at, said=f"call {number}.")
    shown, earlier = story().split('<details class="app-more" id="earlier">', 1)
    assert "call 21." in shown
    assert " earlier entries</summary>" in earlier
    assert "call 1." in earlier
    assert "Compression suspected" in earlier
    assert "call 1." not in shown


def test_a_late_entry_is_marked_and_both_times_are_shown(entry, case, begun):
    factories.happen(case, "contact.made", at=begun + timedelta(minutes=5), recorded=begun + timedelta(minutes=50))
    said = entry("Coordinator contacted")
    assert "recorded late" in said
    assert "Happened" in said
    assert "Recorded" in said


def test_thirty_minutes_are_not_late(entry, case, begun):
    factories.happen(case, "contact.made", at=begun + timedelta(minutes=5), recorded=begun + timedelta(minutes=35))
    assert "recorded late" not in entry("Coordinator contacted")


def test_a_correction_shows_the_old_value_struck_through_and_why(entry, case, begun, coordinator):
    event = factories.happen(case, "contact.made", at=begun + timedelta(minutes=5), spoke_to="Sister Old")
    correct(event, by=coordinator, why="another nurse", answers={"channel": "phone", "spoke_to": "Sister New"})
    said = entry("Coordinator contacted")
    assert "<del>Sister Old</del>" in said
    assert "another nurse" in said
    assert "<dd>Sister New</dd>" in said
