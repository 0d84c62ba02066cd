"""The stories, taken together, tell every ending of every clock, every exit of a case, and every kind of correction."""

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from pathway import protocol
from pathway.protocol.hours import LONDON
from pathway.protocol.types import Standard
from tests.engine.test_story import REFUSED

# That they come out as told is tested in tests/engine/test_story.py.
STORIES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(settings.ROOT) / "tests" / "stories").glob("*.toml"))
}
OF_EVERY_CLOCK = {"met", "breached", "void", "frozen", "running", "overdue"}
EXITS = {
    *("case.died", "case.left", "case.closed", "case.excluded", "case.supportive_care", "case.metastases_only"),
    *("case.declined", "case.entered_in_error", "case.merged"),
}
CORRECTIONS = ("occurred_at", "answers", "withdrawn")


def clocks() -> Iterator[dict[str, Any]]:
    """What the stories expect of clocks."""
    for story in STORIES.values():
        yield from story["expect"].get("clock", [])


def events(kind: str) -> list[dict[str, Any]]:
    """The events of a kind, save in stories in which one of that kind is refused."""
    told = [story for name, story in STORIES.items() if kind not in REFUSED.get(name, [])]
    return [event for story in told for event in story["event"] if event["kind"] == kind]


def endings(standard: Standard) -> set[str]:
    """How a clock can stand, by its row: a clock of some classes gives way also to a class that is none of them."""
    gives_way = standard.superseded is not None or standard.classes is not None
    return OF_EVERY_CLOCK | ({"superseded"} if gives_way else set())


def offsets(clock: dict[str, Any]) -> tuple[timedelta | None, timedelta | None]:
    """How far London is ahead of UTC when a clock starts and when it is due."""
    start, due = (datetime.fromisoformat(clock[name]).astimezone(LONDON) for name in ("started", "due"))
    return start.utcoffset(), due.utcoffset()


@pytest.mark.parametrize("standard", protocol.get(protocol.CURRENT).all, ids=lambda standard: standard.key)
def test_some_story_tells_every_ending_of_a_clock(standard):
    assert {clock.get("outcome") for clock in clocks() if clock["clock"] == standard.key} >= endings(standard)


def test_every_exit_of_a_case_is_told():
    assert {kind for kind in EXITS if not events(kind)} == set()
    assert {event["what"] for event in events("case.declined")} == {"everything", "imaging", "treatment"}


def test_times_and_answers_are_corrected_and_entries_are_taken_back():
    told = events("event.corrected")
    assert [name for name in CORRECTIONS if not any(name in event for event in told)] == []


def test_a_merge_stands_and_another_is_taken_back():
    taken_back = [event for event in events("event.corrected") if event["event"] == "case.merged"]
    assert len(events("case.merged")) > len(taken_back) > 0


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 0)], ids=["spring", "autumn"])
def test_a_clock_of_one_day_runs_over_each_change_of_the_clocks(before, after):
    changes = (timedelta(hours=before), timedelta(hours=after))
    days = [clock for clock in clocks() if clock["clock"] == "mri_a" and "due" in clock]
    assert any(offsets(clock) == changes for clock in days)


def test_a_case_is_reopened_and_its_clocks_start_anew():
    again = {event["at"] for event in events("case.reopened")}
    assert {clock["clock"] for clock in clocks() if clock["started"] in again} >= {"mri_a", "contact_a"}


def test_a_patient_has_two_compressions():
    assert any("follows" in event for event in events("case.suspected"))
