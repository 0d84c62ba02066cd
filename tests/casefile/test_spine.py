"""What is known about the spine: found levels, SINS, ESCC; what was excluded since is not shown as found."""

import pytest

from pathway.casefile import read
from pathway.casefile.spine import spine
from pathway.record.case import Case
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=None)


@pytest.fixture
def seen(coordinator):
    """`seen(case)`: the spine as the page draws it."""

    def seen(case):
        file = read(Case.objects.get(pk=case.pk), coordinator)
        return spine(file.held.facts, file.scores)

    return seen


def told(spine):
    return {each.level: (each.state, each.words) for each in spine.known}


def test_nothing_known_is_said_level_by_level_and_not_as_healthy(case, seen):
    drawn = seen(case)
    assert (drawn.known, drawn.about, len(drawn.vertebrae)) == ([], [], 29)
    assert drawn.vertebrae[0].title == "C1: nothing recorded"


def test_levels_of_compression_with_their_sins(case, seen):
    factories.happen(case, "case.confirmed")
    factories.happen(case, "sins.scored", level="T8")
    factories.happen(case, "sins.scored", level="L1")
    drawn = seen(case)
    assert list(told(drawn)) == ["T8", "T9", "L1"]
    assert told(drawn)["T9"] == ("compression", "Compression")
    assert told(drawn)["T8"][1].startswith("Compression. SINS ")
    assert told(drawn)["L1"][0] == "scored"
    assert told(drawn)["L1"][1].startswith("SINS ")
    labels = [label for label, _, _ in drawn.about]
    assert labels == ["Site", "SINS of the patient"]


def test_impending_compression_looks_otherwise(case, seen):
    factories.happen(case, "case.impending")
    drawn = seen(case)
    assert told(drawn) == {"L1": ("impending", "Impending compression")}
    assert drawn.known[0].brief == "▲ impending"


def test_escc_is_of_no_one_level(case, seen):
    factories.happen(case, "escc.scored", grade="2")
    drawn = seen(case)
    assert drawn.known == []
    assert [(label, value.split(":")[0]) for label, value, _ in drawn.about] == [("ESCC, worst level", "2")]


def test_the_sensory_level_is_that_of_the_newest_examination(case, seen):
    factories.happen(case, "neuro.examined", sensory_level="T10")
    assert [(label, value) for label, value, _ in seen(case).about] == [("Sensory level", "T10")]


def test_what_was_found_before_a_reopening_is_no_longer_drawn(case, seen):
    factories.happen(case, "case.confirmed")
    assert list(told(seen(case))) == ["T8", "T9"]
    factories.happen(case, "case.closed", override={"by": "Dr Senior", "reason": "treated elsewhere"})
    factories.happen(case, "case.reopened")
    assert told(seen(case)) == {}
    assert seen(case).about == []


def test_the_drawing_has_room_for_every_level_in_its_order(case, seen):
    drawn = seen(case)
    tops = [each.y for each in drawn.vertebrae]
    assert tops == sorted(set(tops))
    assert drawn.height > tops[-1]
    assert next(words for words, _, _ in drawn.regions) == "Neck (cervical)"
    assert all(each.left < each.right for each in drawn.vertebrae)
