"""What is proposed and never decided: the class from symptoms, the position, the taper."""

from datetime import date, timedelta

import pytest

from pathway.protocol import taper
from pathway.protocol.past import Past
from pathway.protocol.positioning import default_position, lapses_at
from pathway.protocol.symptoms import OPIOIDS, SYMPTOMS, propose
from pathway.protocol.types import Fact
from tests.factories import START


def past(*told, days=0):
    """The case seen so many days after its start; each fact is its day, its kind and its answers."""
    facts = [Fact(kind, START + timedelta(days=day), answers) for day, kind, answers in told]
    return Past(START + timedelta(days=days), facts)


@pytest.mark.parametrize("code", SYMPTOMS)
def test_one_symptom_proposes_its_class_with_its_words_as_the_reason(code):
    proposal = propose([code], cancer="known")
    assert proposal.klass == SYMPTOMS[code].klass
    assert proposal.reasons[0].startswith(SYMPTOMS[code].words)


def test_band_like_pain_and_pain_down_a_limb_are_class_a_and_down_the_buttock_is_b():
    assert [SYMPTOMS[f"pain.{each}"].klass for each in ("band_like", "radiation_limb", "radiation_back")] == list("AAB")


def test_without_a_cancer_pain_is_class_c_and_neurology_still_a():
    assert propose(["pain.nocturnal"], cancer="none").klass == "C"
    assert propose(["pain.nocturnal", "gait.unsteady"], cancer="none").klass == "A"


def test_constipation_alone_asks_for_opioids_and_stays_class_a():
    assert propose(["bowel.constipated", "pain.new"], cancer="known").reasons[-1] == OPIOIDS
    assert propose(["bowel.constipated"], cancer="known").klass == "A"
    assert OPIOIDS not in propose(["bowel.constipated", "motor.legs_weak"], cancer="known").reasons


def test_nothing_is_proposed_where_nothing_is_known():
    assert default_position(past()).answers == {"position": "mobile"}
    assert lapses_at(past()) is None
    assert taper.day_of(past()) is None


def test_advice_that_the_spine_is_stable_proposes_nothing_after_a_reopening_and_one_that_it_is_not_still_does():
    advised = [(0, "case.suspected", {"class": "B"}), (1, "stability.advised", {"opinion": "stable"})]
    assert default_position(past(*advised, days=1)).why.startswith("The newest advice says stable")
    again = [*advised, (3, "case.reopened", {"class": "B"})]
    assert default_position(past(*again, days=3)).why.startswith("Default for class B")
    painful = [*again, (4, "pain.scored", {"movement": 6})]
    assert default_position(past(*painful, days=4)).answers["position"] == "flat"
    unstable = [*advised, (2, "stability.advised", {"opinion": "unstable"}), again[-1]]
    assert default_position(past(*unstable, days=3)).why.startswith("The newest advice says unstable")
    worse = [*advised, (3, "case.reopened", {"class": "A"})]
    assert default_position(past(*worse, days=3)).why.startswith("Something became worse")


def test_the_template_is_counted_from_the_later_of_operation_and_first_fraction():
    treated = [
        (0, "surgery.started", {}),
        (2, "radiotherapy.fraction", {"n": 1}),
        (3, "radiotherapy.fraction", {"n": 2}),
    ]
    assert taper.day_of(past(*treated, days=5)) == 3
    assert taper.last_dose(past(*treated, days=5)) == START.date() + timedelta(days=8)
    late = past(*treated, days=20)
    assert taper.last_dose(late) == late.at.date() + timedelta(days=6)


def test_a_taper_may_stop_on_day_7_and_needs_a_reason_after_it():
    treated = past((0, "surgery.started", {}), days=1)
    stops = START.date() + timedelta(days=7)
    assert not taper.longer(treated, stops)
    assert taper.longer(treated, stops + timedelta(days=1))
    assert isinstance(taper.last_dose(treated), date)


def test_the_proposed_doses_never_begin_above_the_dose_that_is_given():
    on_eight = past((0, "steroids.started", {"dose_mg": 8}), days=1)
    assert taper.words(on_eight) == "8 mg, 8 mg, 8 mg, 8 mg, 4 mg, 4 mg, 2 mg, stop"
