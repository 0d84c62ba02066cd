"""What changed of the rules: releases with what they say otherwise, and cases that were moved, for who may audit."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pathway import protocol
from pathway.analytics.changes import differences, in_words, moved, released
from pathway.engine import now as clock
from pathway.engine.repin import repin
from tests import factories
from tests.factories import START, at

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OLD, NEW = protocol.VERSIONS.values()


def test_a_release_says_what_is_otherwise():
    found = released(at("2026-11-01 00:00"), at("2026-12-01 00:00"))
    assert [(each.on, each.to) for each in found] == [
        (date(2026, 11, 24), OLD.version), (date(2026, 11, 28), NEW.version)
    ]  # fmt: skip
    assert found[0].words == f"Protocol {OLD.version} released"
    ladders = [key for key, clock in NEW.standards.items()
               if key in OLD.standards and OLD.standards[key].ladder != clock.ladder]  # fmt: skip
    assert found[1].words.startswith(f"Protocol {NEW.version} released: another ladder for {len(ladders)} clocks")
    assert [each.to for each in released(at("2026-11-25 00:00"), at("2026-12-01 00:00"))] == [NEW.version]
    assert released(at("2027-01-01 00:00"), at("2027-02-01 00:00")) == []


def test_the_differences_of_two_versions_are_named():
    first, second, *rest = OLD.all
    other = replace(OLD, version="x", all=(replace(first, ladder=()), replace(second, key="new", label="A new one"),
                                           replace(rest[0], limit=timedelta(hours=9)), *rest[1:]))  # fmt: skip
    found = differences(OLD, other)
    assert found == {"another ladder": [first.label], "another limit": [rest[0].label], "new": ["A new one"],
                     "gone": [second.label]}  # fmt: skip
    assert in_words(found) == ": another ladder for 1 clock, another limit for 1 clock, 1 new, 1 gone"
    assert in_words(differences(OLD, OLD)) == ""


def test_moved_cases_are_counted_by_version_from_the_first_on(unit, manager, coordinator, outsider):
    elsewhere = factories.unit(outsider.organisation)
    for number, place in enumerate([unit, unit, factories.unit(unit.organisation), elsewhere]):
        by = factories.user("clinician", place.organisation)
        case = factories.case(place=place)
        with clock.at(START + number * DAY):
            repin(case, to=OLD.version, by=by, why="a trial")
    (found,) = moved(manager, None, START, START + 9 * DAY)
    assert (found.on, found.words) == (
        date(2026, 3, 2), f"3 cases moved to protocol {OLD.version}, the last on 4 Mar 2026"
    )  # fmt: skip
    (one,) = moved(manager, unit, START + DAY, START + 9 * DAY)
    assert (one.on, one.words) == (date(2026, 3, 3), f"1 case moved to protocol {OLD.version}")
    assert moved(coordinator, None, START, START + 9 * DAY) == []
