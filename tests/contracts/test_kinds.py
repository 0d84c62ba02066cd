"""Every kind of event of the pathway is made by something, with words, roles and answers that are checked."""

import pytest

from pathway.engine.correct import asked_by, recorded_by
from pathway.engine.hush import SUSPEND, VOID
from pathway.protocol.vocabulary import KINDS
from pathway.record.step import OBSERVATIONS, asked, made_by, wording

# kind: its answers, those that may be missing with a question mark
TABLE = """
case.suspected: class first_symptom_on? suspected_by place symptoms?
case.admitted: site? ward?
case.reclassified: class reason
case.deteriorated: what
case.assigned: to
case.confirmed: levels site known_primary
case.impending: levels
case.metastases_only: plan
case.excluded: alternative
case.planned: plan
case.supportive_care: senior discussed_with
case.declined: capacity what
case.transferred: to accepted_by
case.left: to accepted_by
case.died: source
case.closed: reason
case.reopened: reason class
case.entered_in_error: reason second_person
case.merged: into reason second_person
case.repinned:
contact.made: channel spoke_to
contact.advised: advice
contact.logged: channel spoke_to purpose said
referral.received: channel referrer saw_patient?
referral.triaged: class outcome positioning
position.ordered: position degrees? log_roll? ordered_by
position.immobilised:
position.reviewed: position reviewed_by
position.cleared_to_sit: cleared_by
position.freed:
stability.advised: opinion adviser sins?
orthosis.fitted: device region
imaging.requested: modality
imaging.vetted:
imaging.booked: slot_at
imaging.contraindicated: reason
imaging.started:
imaging.acquired: modality
imaging.abandoned: reason
imaging.shared: with
imaging.communicated: result spoke_to
imaging.verified: escc?
imaging.acknowledged:
steroids.indicated:
steroids.withheld: reason
steroids.haematology_advised: advice
steroids.started: dose_mg route label?
steroids.changed: dose_mg
steroids.protected: agent
steroids.glucose_checked: mmol_l
steroids.taper_planned: ends_on
steroids.stopped:
opinion.surgical: opinion adviser
opinion.oncology: opinion adviser
decision.made: modality made_by
consent.recorded: procedure basis
biopsy.needed:
biopsy.arranged:
biopsy.taken:
biopsy.resulted:
radiotherapy.decided: dose_gy fractions
radiotherapy.planned:
radiotherapy.fraction: n of
radiotherapy.completed:
radiotherapy.stopped_early: reason
surgery.decided: procedure implants?
surgery.listed:
surgery.started:
surgery.ended:
systemic.decided: kind
systemic.started: kind
bone_agent.given: agent
transfer.requested: from? to?
transfer.accepted: from? to?
transfer.departed: from? to?
transfer.arrived: from? to?
neuro.examined: frankel? ais? power? sensory_level?
mobility.assessed: code previous?
physiotherapy.assessed:
occupational_therapy.assessed:
physiotherapy.treated: minutes note?
physiotherapy.missed: reason note?
readiness.checked: item ready expected_on? note?
rehabilitation.stepped: step degrees? pain? systolic? neurology?
rehabilitation.stopped: step reason degrees? pain? systolic?
bladder.scanned: pvr_ml
bladder.planned: plan
bladder.catheterised:
bladder.catheter_removed:
bowel.assessed: continent last_opened?
skin.assessed: damage?
vte.assessed: risk
vte.dosed: agent
vte.not_given: reason
pain.scored: rest movement
distress.screened: score? feelings?
told.patient:
told.family:
told.gp:
history.symptoms: symptoms onset? tempo? trend? walked_on? reported_on? reported_to? note?
history.cancer: known primary? blood_cancer? histology? diagnosed_on? spread? radiotherapy? systemic? prognosis?
history.examination: examiner reflexes? plantars? tone? perianal? anal_tone? touch? systolic? news2?
history.scans: scans
history.mri_safety: devices lies_flat? note?
history.blood_thinners: taken agent? last_dose?
history.background: allergies diabetes? ulcer? infection? isolation? frailty? weight? others?
history.bloods: taken_on platelets? inr? haemoglobin? white_cells? neutrophils? crp? egfr? calcium? glucose? note?
history.wishes: resuscitation? advance_decision? wishes
history.contacts: call_back next_of_kin? needs?
discharge.started:
discharge.needs_assessed:
discharge.plan_agreed:
discharge.discharged: destination
followup.recorded: due mobility? alive
clock.suspended: until why named
clock.voided: reason second_person
clock.explained: clock run? reason contributory? note?
event.corrected:
"""
ROWS = [(kind, answers.split()) for kind, _, answers in (line.partition(":") for line in TABLE.split("\n") if line)]
ABOUT_CLOCKS = {"clock.suspended": SUSPEND, "clock.voided": VOID}
BY_ITSELF = {"case.suspected", "case.repinned", "event.corrected", *ABOUT_CLOCKS}


def test_the_table_and_the_order_of_ties_name_the_same_kinds():
    assert [kind for kind, _ in ROWS if kind not in KINDS] == []
    assert [kind for kind in KINDS if kind not in dict(ROWS)] == []


@pytest.mark.parametrize(("kind", "answers"), ROWS)
def test_a_kind_is_made_with_its_answers_a_label_and_roles(kind, answers):
    assert (made_by(kind) is not None) + (kind in OBSERVATIONS) + (kind in BY_ITSELF) == 1
    assert wording(kind)
    assert kind in BY_ITSELF or asked(kind)
    assert recorded_by(kind)
    asks = ABOUT_CLOCKS.get(kind) or asked_by(kind)
    wanted = {name.rstrip("?"): not name.endswith("?") for name in answers}
    assert {name: asks[name].required for name in wanted} == wanted
    assert not [name for name in asks if name not in wanted and asks[name].required], "a further answer is required"
