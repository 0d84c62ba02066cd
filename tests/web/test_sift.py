"""The filters of the timeline: by part of the record, by person, by sort; how many entries they hide is said."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.correct import correct
from pathway.engine.now import now
from pathway.engine.tick import tick
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit, trust, clinician, coordinator):
    begun = now() - timedelta(hours=30)
    factories.staff(unit)
    case = factories.case(place=unit, at=begun, by=clinician)
    called = factories.happen(case, "contact.made", at=begun + timedelta(minutes=5), by=coordinator)
    factories.happen(case, "contact.logged", at=begun + timedelta(minutes=9), by=coordinator)
    factories.happen(case, "imaging.requested", at=begun + timedelta(hours=1), recorded=now(), by=clinician)
    factories.happen(case, "pain.scored", at=begun + timedelta(hours=2), by=clinician, precision="hour")
    correct(called, by=clinician, why="the deputy", answers={"channel": "phone", "spoke_to": "Deputy"})
    tick()
    return case


@pytest.fixture
def titles(signed_in, case):
    """`titles(track="imaging")`: the titles of the entries that are shown, and what is said of the hidden ones."""

    def titles(**asked):
        page = signed_in.get(reverse("case", args=[case.uuid]), asked).content.decode()
        story = page.split('id="timeline"', 1)[1].split('id="messages"', 1)[0]
        found = [each.split("<", 1)[0].strip() for each in story.split('<p class="app-timeline__title">')[1:]]
        said = story.split('<p class="app-hidden-count">')
        return found, " ".join(said[1].split(".")[0].split()) if len(said) > 1 else ""

    return titles


def test_without_filters_everything_is_there(titles):
    found, said = titles()
    assert len(found) > 7
    assert said == ""


def test_by_part_of_the_record(titles, case):
    found, said = titles(track="imaging")
    assert found == ["Scan requested"]
    total = len(titles()[0])
    assert said == f"1 of {total} entries shown; {total - 1} hidden by filters"
    assert titles(track="contact")[0] == ["Call logged", "Coordinator contacted"]
    assert titles(track="observations")[0] == ["Pain scored"]
    assert all(title.startswith("Alert") for title in titles(track="alerts")[0])


def test_by_person_also_who_corrected(titles, coordinator, clinician):
    assert titles(person=str(coordinator))[0] == ["Call logged", "Coordinator contacted"]
    assert "Coordinator contacted" in titles(person=str(clinician))[0]


@pytest.mark.parametrize(
    ("only", "shown"),
    [
        ("corrections", ["Coordinator contacted"]),
        ("calls", ["Call logged", "Coordinator contacted"]),
        ("late", ["Alert E3: Book a scan slot", "Scan requested"]),
        ("unsure", ["Pain scored"]),
    ],
)
def test_by_sort(titles, only, shown):
    assert titles(only=only)[0] == shown


def test_only_alerts(titles):
    found = titles(only="alerts")[0]
    assert found
    assert all(title.startswith("Alert") for title in found)


def test_what_was_taken_back_is_among_the_corrections(titles, case, clinician):
    correct(case.events.get(kind="pain.scored"), by=clinician, why="another patient", withdrawn=True)
    assert titles(only="corrections")[0] == ["", "Coordinator contacted"], (
        "the title of what was taken back is struck out"
    )


def test_filters_together_may_leave_nothing_and_that_is_said(titles, signed_in, case, coordinator):
    found, said = titles(track="imaging", person=str(coordinator))
    assert found == []
    assert said.startswith("0 of ")


@pytest.mark.parametrize("asked", [{"only": "jokes"}, {"track": "nowhere"}, {"person": "x"}, {"journey": "century"}])
def test_a_filter_that_no_choice_gives_is_refused_and_never_left_out_in_silence(signed_in, case, asked):
    assert signed_in.get(reverse("case", args=[case.uuid]), asked).status_code == 400
