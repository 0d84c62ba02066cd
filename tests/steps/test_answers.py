"""Answers of treatment, bedside care and follow-up: ranges, lists and what must not be missing."""

import pytest

from pathway.engine.correct import correct
from pathway.engine.refused import Invalid
from pathway.record.event import Event
from pathway.record.measure import KEPT, MEASURES
from pathway.record.step import OBSERVATIONS
from tests import factories

WRONG = [
    ("radiotherapy.decided", {"dose_gy": 0}), ("radiotherapy.decided", {"dose_gy": 60.5}),
    ("radiotherapy.decided", {"fractions": 0}), ("radiotherapy.decided", {"fractions": 31}),
    ("radiotherapy.fraction", {"n": 0}), ("radiotherapy.fraction", {"of": 31}), ("radiotherapy.fraction", {"n": 1.5}),
    ("opinion.surgical", {"opinion": "radiotherapy"}), ("opinion.oncology", {"opinion": "operate"}),
    ("decision.made", {"modality": "prayer"}), ("consent.recorded", {"basis": "implied"}),
    ("consent.recorded", {"procedure": "mri"}), ("surgery.decided", {"procedure": "fusion"}),
    ("surgery.decided", {"implants": ["nails"]}), ("systemic.started", {"kind": "bisphosphonate"}),
    ("bone_agent.given", {"agent": "vitamin D"}),
    ("neuro.examined", {"frankel": "F"}), ("neuro.examined", {"ais": "0"}),
    ("neuro.examined", {"sensory_level": "T13"}), ("mobility.assessed", {"code": "M10"}),
    ("mobility.assessed", {"code": None}), ("mobility.assessed", {"previous": "walks"}),
    ("rehabilitation.stepped", {"step": "R7"}), ("rehabilitation.stepped", {"degrees": 91}),
    ("rehabilitation.stepped", {"pain": 11}), ("rehabilitation.stepped", {"systolic": 39}),
    ("rehabilitation.stepped", {"neurology": "odd"}), ("rehabilitation.stopped", {"reason": "bored", "pain": 11}),
    ("physiotherapy.treated", {"minutes": 0}), ("physiotherapy.missed", {"reason": "rain"}),
    ("readiness.checked", {"item": "weather"}), ("readiness.checked", {"ready": "soon", "expected_on": "2026-02-30"}),
    ("rehabilitation.stopped", {"reason": "tea"}), ("bladder.scanned", {"pvr_ml": -1}),
    ("bladder.scanned", {"pvr_ml": 3001}), ("bladder.scanned", {"pvr_ml": None}), ("bladder.planned", {"plan": " "}),
    ("bowel.assessed", {"continent": "maybe"}), ("bowel.assessed", {"continent": None}),
    ("bowel.assessed", {"last_opened": "2026-02-30"}), ("skin.assessed", {"damage": "x" * 201}),
    ("vte.assessed", {"risk": None}), ("vte.dosed", {"agent": ""}), ("vte.not_given", {"reason": None}),
    ("pain.scored", {"rest": 11}), ("pain.scored", {"movement": -1}), ("pain.scored", {"rest": None}),
    ("distress.screened", {"score": 11}), ("distress.screened", {"feelings": ["joy"]}),
    ("physiotherapy.assessed", {"who": "nobody"}), ("occupational_therapy.assessed", {"who": "nobody"}),
    ("told.patient", {"what": "all"}), ("told.family", {"what": "all"}), ("told.gp", {"what": "all"}),
    ("discharge.discharged", {"destination": "hotel"}), ("followup.recorded", {"due": "day_7"}),
    ("followup.recorded", {"mobility": "M10"}), ("followup.recorded", {"alive": "perhaps"}),
    ("clock.explained", {"clock": "tea_time"}), ("clock.explained", {"reason": "busy"}),
    ("clock.explained", {"contributory": ["transport", "bed", "isolation"]}),
    ("clock.explained", {"contributory": ["busy"]}), ("contact.logged", {"purpose": "tea"}),
    ("history.symptoms", {"symptoms": ["pain.none"]}), ("history.symptoms", {"tempo": "years"}),
    ("history.cancer", {"known": "maybe"}), ("history.cancer", {"spread": ["toes"]}),
    ("history.scans", {"scans": None}), ("history.mri_safety", {"devices": ["magnet"]}),
    ("history.blood_thinners", {"taken": "perhaps"}), ("history.wishes", {"resuscitation": "later"}),
    ("history.contacts", {"call_back": " "}), ("history.symptoms", {"reported_to": "nobody"}),
    ("history.cancer", {"prognosis": "long"}), ("history.examination", {"examiner": " "}),
    ("history.examination", {"anal_tone": "odd"}), ("history.examination", {"temperature": 44}),
    ("history.background", {"allergies": ""}), ("history.background", {"frailty": 10}),
    ("history.bloods", {"taken_on": "2026-02-30"}), ("history.bloods", {"calcium": 0.1}),
    ("history.bloods", {"platelets": -1}),
    *((kind, {measure.name(item.key): "no such word"})
      for kind, measures in MEASURES.items() for measure in measures for item in measure.scale.items),
]  # fmt: skip


def test_every_observation_has_a_wrong_answer_here():
    assert {kind for kind, _ in WRONG} >= set(OBSERVATIONS)


@pytest.mark.parametrize(("kind", "answers"), WRONG)
def test_an_answer_out_of_range_or_out_of_the_list_is_refused_by_its_name(tell, case, kind, answers):
    with pytest.raises(Invalid) as refused:
        tell(kind, **answers)
    assert set(refused.value.fields) == set(answers)
    assert Event.objects.filter(case=case).count() == 1


RIGHT = [
    ("radiotherapy.decided", {"dose_gy": 8, "fractions": 1}),
    ("radiotherapy.decided", {"dose_gy": 37.5, "fractions": 15}),
    ("neuro.examined", {"frankel": None, "ais": None, "power": "As yesterday", "sensory_level": None}),
    ("mobility.assessed", {"code": "M0", "previous": None}), ("bladder.scanned", {"pvr_ml": 0}),
    ("bowel.assessed", {"continent": False, "last_opened": None}), ("skin.assessed", {"damage": None}),
    ("pain.scored", {"rest": 0, "movement": 10}), ("distress.screened", {"score": None, "feelings": None}),
    ("distress.screened", {"score": 0}), ("followup.recorded", {"due": "week_8", "mobility": None, "alive": False}),
    ("clock.explained", {"clock": "followup_week_8", "contributory": None}), ("surgery.decided", {"implants": None}),
    ("transfer.arrived", {}), ("told.family", {}), ("physiotherapy.assessed", {}),
    ("occupational_therapy.assessed", {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "answers"), RIGHT)
def test_what_may_be_missing_and_the_ends_of_each_range_are_kept(tell, kind, answers):
    kept = tell(kind, **answers).answers
    assert {name: kept.get(name) for name in answers} == answers


PAST = [(kind, name) for kind, each in OBSERVATIONS.items() for name, field in each.asks.items()
        if getattr(field, "past", False)]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), PAST)
def test_what_had_happened_cannot_lie_after_the_entry_that_tells_of_it(tell, kind, name):
    """Given a date of next year, when it is told or corrected to that, then it is refused by its name."""
    with pytest.raises(Invalid) as refused:
        tell(kind, **{name: "2027-01-01"})
    assert "lies after the time of this entry" in refused.value.fields[name][0]
    event = tell(kind, **{name: "2026-03-02"})
    later = {key: value for key, value in event.answers.items() if key != KEPT} | {name: "2027-01-01"}
    with pytest.raises(Invalid):
        correct(event, by=factories.teller(event.case.organisation), why="typed wrong", answers=later)


def test_some_days_are_of_the_past_and_some_are_not():
    assert ("history.bloods", "taken_on") in PAST
    assert ("readiness.checked", "expected_on") not in PAST
