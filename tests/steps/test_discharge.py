"""What discharge asks for: a steroid plan without exception, the rest of the list unless a senior lets it pass."""

from datetime import timedelta

import pytest

from pathway.engine.refused import Refused
from pathway.steps.discharge import READY
from tests import factories

SENIOR = {"by": "consultant on call", "reason": "wants to die at home"}
SAFE_HOME = (
    *("mobility.assessed", "bowel.assessed", "vte.assessed", "pain.scored", "discharge.needs_assessed"),
    *("discharge.plan_agreed", "told.gp", "told.patient", "neuro.examined"),
)


def test_discharge_names_all_that_is_missing_at_once_and_a_senior_may_let_it_pass(tell):
    with pytest.raises(Refused) as refused:
        tell("discharge.discharged")
    assert len(refused.value.reasons) == len(SAFE_HOME)
    assert refused.value.senior
    assert tell("discharge.discharged", override=SENIOR).answers["override"] == SENIOR


@pytest.mark.parametrize("missing", SAFE_HOME)
def test_each_line_of_the_discharge_list_is_asked_for(tell, missing):
    for kind in SAFE_HOME:
        if kind != missing:
            tell(kind)
    with pytest.raises(Refused) as refused:
        tell("discharge.discharged")
    assert len(refused.value.reasons) == 1
    assert refused.value.senior
    tell(missing)
    tell("discharge.discharged")


@pytest.mark.parametrize("kind", ["steroids.started", "steroids.changed"])
def test_nobody_leaves_on_a_steroid_without_a_plan_and_no_senior_may_let_it_pass(tell, kind):
    for each in (*SAFE_HOME, kind, "steroids.protected"):
        tell(each)
    for override in (None, SENIOR):
        with pytest.raises(Refused, match="without a plan to stop it") as refused:
            tell("discharge.discharged", override=override)
        assert not refused.value.senior
    tell("steroids.taper_planned")
    tell("steroids.changed")
    tell("discharge.discharged")


@pytest.mark.parametrize("kind", ["steroids.started", "steroids.changed", "steroids.taper_planned"])
def test_nobody_leaves_on_a_steroid_without_a_card_however_its_course_was_recorded(tell, kind):
    covers = ["analgesia", "equipment", "follow_up", "preferences"]
    for each in SAFE_HOME:
        tell(each, **({"covers": covers} if each == "discharge.plan_agreed" else {}))
    for each in dict.fromkeys((kind, "steroids.taper_planned")):
        tell(each)
    with pytest.raises(Refused, match=r"no gastro-protection.*does not cover: steroid card") as refused:
        tell("discharge.discharged")
    assert len(refused.value.reasons) == 2
    tell("discharge.discharged", override=SENIOR)


def test_a_steroid_that_has_stopped_needs_no_plan_but_a_second_course_does(tell):
    for kind in (*SAFE_HOME, "steroids.started", "steroids.protected", "steroids.taper_planned", "steroids.stopped"):
        tell(kind)
    tell("steroids.started")
    with pytest.raises(Refused, match="without a plan to stop it"):
        tell("discharge.discharged")
    tell("steroids.stopped")
    tell("discharge.discharged")


def test_a_steroid_without_gastro_protection_and_a_catheter_without_a_plan_are_asked_about(tell):
    for kind in (*SAFE_HOME, "steroids.started", "steroids.stopped", "bladder.planned", "bladder.catheterised"):
        tell(kind)
    with pytest.raises(Refused, match=r"catheter is in.*gastro-protection") as refused:
        tell("discharge.discharged")
    assert refused.value.senior
    tell("steroids.started")
    tell("steroids.protected")
    tell("steroids.stopped")
    tell("bladder.catheter_removed")
    tell("discharge.discharged")


def test_a_catheter_with_a_plan_may_go_home(tell):
    for kind in (*SAFE_HOME, "bladder.catheterised", "bladder.planned"):
        tell(kind)
    tell("discharge.discharged")


def test_the_examination_is_of_the_day_of_discharge_in_the_united_kingdom(tell, case):
    for kind in SAFE_HOME:
        tell(kind)
    midnight = factories.at("2026-03-03 00:00")
    with pytest.raises(Refused, match="neurological examination of today"):
        factories.happen(case, "discharge.discharged", at=midnight)
    factories.happen(case, "discharge.discharged", at=midnight - timedelta(minutes=1))


def test_a_second_discharge_asks_again(tell):
    for kind in (*SAFE_HOME, "discharge.discharged"):
        tell(kind)
    with pytest.raises(Refused) as refused:
        tell("discharge.discharged")
    assert len(refused.value.reasons) == len(SAFE_HOME) - 1
    assert len(READY) == len(SAFE_HOME) + 8
