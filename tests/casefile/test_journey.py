"""The journey as a picture and a table: lanes, limits, alerts, treatment; late, uncertain; nights of clock change."""

from datetime import timedelta
from itertools import pairwise

import pytest

from pathway import protocol
from pathway.casefile import read
from pathway.casefile.axis import Axis
from pathway.casefile.journey import AROUND, Bar, Lane, Mark, journey
from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.record.case import Case
from tests import factories
from tests.factories import START, at

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def drawn(coordinator):
    """`drawn(case, at)`: its journey as it stands at a time."""

    def drawn(case, moment, window="all"):
        with clock.at(moment):
            file = read(Case.objects.get(pk=case.pk), coordinator)
        runs = [*file.running, *file.reported, *file.over]
        known = protocol.known(case.protocol)
        return journey(file.held, runs, file.told, known, now=moment, ended=bool(file.ended), window=window)

    return drawn


def lane(journey, title):
    return next(each for each in journey.lanes if each.title == title)


def shapes(lane):
    return [(mark.shape, mark.says) for mark in lane.marks if mark.shape != "limit"]


def lines(journey, title):
    return [(line.what, line.at, line.until, line.goes_on, line.notes) for line in journey.lines if line.lane == title]


def test_a_track_is_a_lane_with_a_bar_for_each_state(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "imaging.requested", at=START + HOUR)
    factories.happen(case, "imaging.acquired", at=START + 4 * HOUR)
    seen = drawn(case, START + 6 * HOUR)
    imaging = lane(seen, "Imaging")
    assert [(bar.words, bar.is_last) for bar in imaging.bars] == [("Requested", False), ("Images acquired", True)]
    requested, acquired = imaging.bars
    assert requested.x + requested.width == pytest.approx(acquired.x)
    assert requested.width == pytest.approx(acquired.width * 1.5, abs=0.3), "three hours to two"
    assert lines(seen, "Imaging")[0] == ("Requested", START + HOUR, START + 4 * HOUR, False, ())
    assert ("Images acquired", START + 4 * HOUR, None, True, ()) in lines(seen, "Imaging")
    assert seen.now_x == pytest.approx(acquired.x + acquired.width, abs=0.2)
    assert seen.lanes[0].title == "Case"
    assert [each.y for each in seen.lanes] == sorted({each.y for each in seen.lanes})
    assert seen.height > seen.lanes[-1].y


def test_late_and_uncertain_entries_are_marked_as_such(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "imaging.requested", at=START + HOUR, recorded=START + 5 * HOUR)
    factories.happen(case, "imaging.acquired", at=START + 4 * HOUR, recorded=START + 5 * HOUR, precision="hour")
    imaging = lane(drawn(case, START + 6 * HOUR), "Imaging")
    assert shapes(imaging) == [
        ("late", "Scan requested, recorded late"),
        ("unsure", "Images acquired, time not known exactly"),
    ]
    assert [bool(bar.unsure) for bar in imaging.bars] == [False, True]
    assert 0 < imaging.bars[1].unsure < imaging.bars[1].width
    assert lines(drawn(case, START + 6 * HOUR), "Imaging")[0][4] == ("recorded late",)


def test_a_limit_stands_on_the_lane_of_what_ends_it_and_says_how_it_went(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "imaging.requested", at=START + HOUR)
    label = protocol.get(case.protocol).standards["report"].label
    factories.happen(case, "imaging.acquired", at=START + 7 * HOUR)
    seen = drawn(case, START + 8 * HOUR)
    limits = {mark.says: mark.state for mark in lane(seen, "Imaging").marks if mark.shape == "limit"}
    assert limits[f"Limit: {label}, to come"] == "running"
    over = drawn(case, START + 30 * HOUR)
    states = {mark.state for each in over.lanes for mark in each.marks if mark.shape == "limit"}
    assert {"met", "overdue"} <= states
    assert any("passed, not ended" in line.notes for line in over.lines)


def test_treatment_has_a_mark_and_a_row_of_its_own(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "steroids.started", at=START + HOUR, recorded=START + 3 * HOUR)
    seen = drawn(case, START + 6 * HOUR)
    assert [(mark.shape, mark.state) for mark in lane(seen, "Steroids").marks if mark.shape == "treatment"] == [
        ("treatment", "late")
    ]
    assert ("First dexamethasone given", START + HOUR, None, False, ("recorded late",)) in lines(seen, "Steroids")


def test_alerts_of_one_minute_stand_under_each_other(unit, drawn):
    factories.staff(unit)
    case = factories.case(place=unit)
    with clock.at(START + 30 * HOUR):
        tick()
    alerts = lane(drawn(case, START + 31 * HOUR), "Alerts")
    assert len(alerts.marks) > 3
    assert [mark.drop for mark in alerts.marks] == sorted({mark.drop for mark in alerts.marks})
    assert alerts.height > max(mark.drop for mark in alerts.marks)
    assert {mark.state for mark in alerts.marks} == {"open"}


def test_observations_and_calls_share_a_lane(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "contact.logged", at=START + HOUR)
    factories.happen(case, "pain.scored", at=START + 2 * HOUR)
    said = [words for _, words in shapes(lane(drawn(case, START + 3 * HOUR), "Observations and calls"))]
    assert said == ["Call logged", "Pain scored"]


def test_the_windows_cut_the_picture_and_never_the_table(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "imaging.requested", at=START + HOUR)
    factories.happen(case, "pain.scored", at=START + 100 * HOUR)
    whole, first, near = (drawn(case, START + 101 * HOUR, window) for window in ("all", "first", "now"))
    assert whole.lines == first.lines == near.lines
    assert [mark.says for mark in lane(near, "Observations and calls").marks if mark.shape == "entry"] == [
        "Pain scored"
    ]
    assert not [mark for mark in lane(first, "Observations and calls").marks if mark.shape == "entry"]
    assert first.now_x is None
    assert near.axis.ends - near.axis.begins == 2 * AROUND
    with pytest.raises(KeyError):
        drawn(case, START, "century")


def test_a_limit_that_lies_far_ahead_leaves_the_picture_and_is_counted(unit, drawn):
    case = factories.case("C", place=unit)
    seen = drawn(case, START + HOUR)
    assert seen.beyond == sum(1 for line in seen.lines if line.notes == ("to come",) and line.at > seen.axis.ends)
    assert seen.axis.ends <= START + HOUR + 8 * HOUR


def test_an_ended_case_ends_with_its_last_entry(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "case.died", at=START + 10 * HOUR)
    seen = drawn(case, START + 100 * HOUR)
    assert seen.now_x is None
    assert not any(bar.is_last for each in seen.lanes for bar in each.bars)
    assert not any(line.goes_on for line in seen.lines)


def test_what_is_said_of_an_ended_case_months_later_stretches_no_picture_and_stands_in_the_table(unit, drawn):
    case = factories.case(place=unit)
    factories.happen(case, "followup.recorded", at=START + 60 * HOUR)
    factories.happen(case, "case.closed", at=START + 72 * HOUR)
    before, later = drawn(case, START + 73 * HOUR), START + timedelta(days=120)
    factories.happen(case, "clock.explained", at=later)
    seen = drawn(case, later + HOUR)
    assert seen.axis == before.axis
    assert START + 72 * HOUR < seen.axis.ends < START + 80 * HOUR
    assert [each.bars for each in seen.lanes] == [each.bars for each in before.lanes]
    others = "Observations and calls"
    assert ("Delay explained", later, None, False, ()) in lines(seen, others)
    assert "Delay explained" not in [words for _, words in shapes(lane(seen, others))]


def test_an_hour_is_as_long_on_the_night_on_which_the_clocks_go_back():
    axis = Axis(at("2026-10-24 21:00"), at("2026-10-25 05:00"), 0, 800)
    ticks = [(tick.label, tick.x) for tick in axis.ticks]
    assert ("Sun 25 Oct", 200.0) in ticks
    assert [pair for pair in ticks if pair[0].startswith("01:00")] == [("01:00 BST", 300.0), ("01:00 GMT", 400.0)]
    assert ticks[-1] == ("05:00 GMT", 800.0)
    assert {round(after - before, 1) for (_, before), (_, after) in pairwise(ticks)} == {100.0}


def test_the_hour_that_there_is_not_has_no_tick():
    axis = Axis(at("2026-03-28 22:00"), at("2026-03-29 04:00"), 0, 600)
    labels = [tick.label for tick in axis.ticks]
    assert labels == ["22:00", "23:00", "Sun 29 Mar", "02:00 BST", "03:00 BST", "04:00 BST", "05:00 BST"]


@pytest.mark.parametrize(("days", "most"), [(1, 10), (5, 10), (20, 10), (300, 11), (2000, 30)])
def test_long_cases_have_ticks_at_midnights_and_few_of_them(days, most):
    axis = Axis(at("2026-01-10 09:00"), at("2026-01-10 09:00") + timedelta(days=days), 0, 1000)
    assert 1 <= len(axis.ticks) <= most
    assert all(tick.day for tick in axis.ticks) == (days > 5)


def test_what_lies_outside_stands_at_the_nearer_end():
    axis = Axis(at("2026-01-10 09:00"), at("2026-01-10 19:00"), 100, 1000)
    assert (axis.x(at("2026-01-01 00:00")), axis.x(at("2027-01-01 00:00"))) == (100, 1100)
    assert axis.has(at("2026-01-10 19:00"))
    assert not axis.has(at("2026-01-10 19:01"))


def test_the_words_of_a_bar_stand_clear_of_the_marks_or_not_at_all():
    """Given a flag over the beginning of a bar, its words begin behind it; where no room is left, there are none."""
    bar = Bar(100, 200, 0, "Result seen", "", False)
    alone, flagged = Lane("Scan", [bar]), Lane("Scan", [bar], [Mark("limit", 104, ""), Mark("entry", 130, "")])
    assert alone.named == [(bar, 109)]
    ((_, begin),) = flagged.named
    assert begin == 138
    crowded = Lane("Scan", [bar], [Mark("limit", 100 + 15 * number, "") for number in range(12)])
    assert crowded.named == [(bar, None)]
