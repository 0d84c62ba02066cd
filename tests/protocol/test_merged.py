"""The facts of merged cases read as one: the earliest suspicion counts, nothing graver is lost or quietened."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway import protocol
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.merged import united
from pathway.protocol.past import Past, haematology_asked
from pathway.protocol.types import Fact
from tests.factories import at


def fact(day, kind, **answers):
    return Fact(kind, at(f"2026-03-{day:02d} 09:00"), answers)


def suspected(day, klass):
    return fact(day, "case.suspected", **{"class": klass})


def said(facts):
    return [(each.occurred_at.day, each.kind, each.answers.get("class", "")) for each in facts]


@pytest.mark.parametrize(
    ("own", "merged", "wanted"),
    [
        # the earliest suspicion counts, whichever case it is of; the other says nothing new
        ([suspected(2, "A")], [suspected(3, "A")], [(2, "case.suspected", "A")]),
        ([suspected(3, "A")], [suspected(2, "A")], [(2, "case.suspected", "A")]),
        ([suspected(2, "A")], [suspected(3, "B")], [(2, "case.suspected", "A")]),
        # a graver class is not lost: the 24 hours run from the day on which it was suspected
        ([suspected(2, "B")], [suspected(3, "A")], [(2, "case.suspected", "B"), (3, "case.reclassified", "A")]),
        ([suspected(3, "A")], [suspected(2, "B")], [(2, "case.suspected", "B"), (3, "case.reclassified", "A")]),
        # suspected again after it had ended, or compression was excluded: a reopening
        ([suspected(2, "B"), fact(3, "case.closed")], [suspected(4, "A")],
         [(2, "case.suspected", "B"), (3, "case.closed", ""), (4, "case.reopened", "A")]),
        ([suspected(2, "B"), fact(3, "case.excluded")], [suspected(4, "B")],
         [(2, "case.suspected", "B"), (3, "case.excluded", ""), (4, "case.reopened", "B")]),
        # what ended, reopened or quietened the merged case is its own
        ([suspected(2, "A")],
         [suspected(3, "A"), fact(4, "case.closed"), fact(5, "case.reopened", **{"class": "A"}), fact(6, "case.merged"),
          fact(5, "clock.voided", clock="mri_a"), fact(5, "clock.suspended", clock="mri_a")],
         [(2, "case.suspected", "A")]),
        ([suspected(2, "B")], [suspected(3, "B"), fact(4, "case.closed"), fact(5, "case.reopened", **{"class": "A"})],
         [(2, "case.suspected", "B"), (5, "case.reclassified", "A")]),
        ([suspected(2, "A")], [suspected(3, "A"), fact(4, "case.excluded"), fact(5, "case.reopened", **{"class": "B"})],
         [(2, "case.suspected", "A"), (4, "case.excluded", ""), (5, "case.reopened", "B")]),
        # a class told to be from before the first suspicion takes no suspicion away
        ([suspected(3, "A"), fact(2, "case.reclassified", **{"class": "A"})], [suspected(4, "A")],
         [(2, "case.reclassified", "A"), (3, "case.suspected", "A")]),
        # what was done there is done
        ([suspected(2, "A")], [suspected(3, "A"), fact(4, "imaging.acquired", modality="mri")],
         [(2, "case.suspected", "A"), (4, "imaging.acquired", "")]),
    ],
)  # fmt: skip
def test_what_two_cases_say_together(own, merged, wanted):
    assert said(united(own, merged)) == wanted


@pytest.mark.parametrize(("first", "second"), [("A", "A"), ("A", "B"), ("B", "A"), ("B", "C")])
@pytest.mark.parametrize("turned", [False, True])
def test_a_possible_blood_cancer_that_either_referrer_named_still_asks_for_haematology(first, second, turned):
    earlier = suspected(2, first)
    later = fact(3, "case.suspected", **{"class": second, "blood_cancer": True})
    both = united([later], [earlier]) if turned else united([earlier], [later])
    past = Past(both[-1].occurred_at, both)
    assert haematology_asked(past) is not None
    advised = united([earlier, fact(4, "steroids.haematology_advised")], [later])
    assert haematology_asked(Past(advised[-1].occurred_at, advised)) is None


def test_the_clock_of_the_graver_class_counts_from_its_own_suspicion():
    facts = united([suspected(2, "B")], [suspected(3, "A")])
    runs = fold(facts, protocol.get(protocol.CURRENT), partial(in_hours, nation="ENG"))
    found = {run.standard: run.started_at for run in runs}
    assert found["mri_a"] == at("2026-03-03 09:00")
    assert found["mri_b"] == at("2026-03-02 09:00")


KINDS = ("contact.made", "imaging.requested", "imaging.acquired", "case.confirmed", "case.closed", "case.reopened")
DAYS = st.integers(4, 9)
FACTS = st.lists(st.builds(lambda day, kind: fact(day, kind, **{"class": "A"}), DAYS, st.sampled_from(KINDS)))


@given(FACTS, FACTS, st.sampled_from("AB"), st.sampled_from("AB"))
def test_there_is_one_suspicion_the_earliest_and_no_fact_of_the_case_itself_is_lost(own, merged, one, other):
    own, merged = [suspected(3, one), *own], [suspected(2, other), *merged]
    facts = united(own, merged)
    assert [each.occurred_at.day for each in facts if each.kind == "case.suspected"] == [2]
    kept = [each for each in facts if each.kind != "case.reclassified"]
    assert all(each in kept for each in own[1:])
    assert united(own, []) == united([], own) or any(each.kind in ("case.closed", "case.reopened") for each in own)
