"""Where a case has got to: the furthest phase, what goes back, what ends, and what resumes."""

import pytest

from pathway.protocol.phase import phase
from tests.protocol.told import facts

A = "0:00 case.suspected A"
TREATED = f"{A} | 5:00 radiotherapy.fraction 1"
OVER = f"{TREATED} | 6:00 radiotherapy.completed"


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (A, "suspected"),
        (f"{A} | 1:00 contact.made phone", "referred"),
        (f"{A} | 1:00 contact.advised", "referred"),
        (f"{A} | 1:00 referral.received", "referred"),
        (f"{A} | 1:00 referral.triaged pathway", "triaged"),
        (f"{A} | 1:00 referral.triaged advice_only", "advice_only"),
        (f"{A} | 1:00 referral.triaged advice_only | 2:00 imaging.requested mri", "imaging"),
        (f"{A} | 1:00 imaging.booked 5:00", "imaging"),
        (f"{A} | 1:00 imaging.requested mri | 2:00 referral.triaged pathway", "imaging"),
        (f"{A} | 1:00 imaging.acquired mri | 2:00 imaging.communicated mscc", "result"),
        (f"{A} | 1:00 imaging.acquired mri | 2:00 imaging.communicated non_diagnostic", "imaging"),
        (f"{A} | 2:00 imaging.communicated mscc | 3:00 case.confirmed", "confirmed"),
        (f"{A} | 3:00 case.impending", "impending"),
        (f"{A} | 3:00 case.metastases_only", "metastases_only"),
        (f"{A} | 3:00 case.excluded", "excluded"),
        (f"{A} | 3:00 case.supportive_care", "supportive_care"),
        (f"{A} | 2:00 imaging.requested mri | 3:00 discharge.started", "imaging"),
        (f"{A} | 3:00 discharge.started | 5:00 radiotherapy.completed", "rehabilitating"),
        (f"{A} | 5:00 radiotherapy.completed | 6:00 discharge.started", "discharging"),
        (f"{A} | 3:00 discharge.started | 5:00 surgery.ended | 6:00 discharge.needs_assessed", "discharging"),
        (f"{A} | 3:00 case.supportive_care | 4:00 discharge.plan_agreed", "discharging"),
        (f"{A} | 3:00 case.excluded | 4:00 discharge.discharged", "follow_up"),
        (f"{A} | 3:00 case.declined imaging", "suspected"),
        (f"{A} | 3:00 case.declined everything", "declined"),
        (f"{A} | 3:00 case.left", "left"),
        (f"{A} | 3:00 case.died", "died"),
        (f"{A} | 3:00 case.closed", "closed"),
        (f"{A} | 3:00 case.closed | 4:00 case.died", "died"),
        (f"{A} | 3:00 case.entered_in_error", "entered_in_error"),
        (f"{A} | 3:00 case.closed | 4:00 contact.made phone", "closed"),
        (f"{A} | 1:00 contact.made phone | 3:00 case.closed | 4:00 case.reopened A", "referred"),
        (f"{A} | 1:00 position.ordered flat | 2:00 steroids.started", "suspected"),
        (f"{A} | 1:00 imaging.requested mri | 3:00 case.declined everything | 4:00 case.reopened A", "imaging"),
        (f"{A} | 2:00 case.impending | 3:00 case.confirmed", "confirmed"),
        (f"{A} | 2:00 case.metastases_only | 3:00 case.impending", "impending"),
        (f"{A} | 2:00 decision.made radiotherapy | 3:00 case.confirmed", "decided"),
        (f"{A} | 2:00 decision.made radiotherapy | 3:00 case.supportive_care", "supportive_care"),
        (f"{TREATED} | 9:00 case.excluded", "excluded"),
        (f"{TREATED} | 9:00 case.supportive_care", "supportive_care"),
        (f"{OVER} | 9:00 case.supportive_care", "rehabilitating"),
        (f"{A} | 3:00 case.excluded | 9:00 case.reopened A", "suspected"),
        (f"{A} | 3:00 case.excluded | 9:00 case.reopened A | 9:30 imaging.requested mri", "imaging"),
        (f"{A} | 3:00 case.excluded | 9:00 case.reopened A | 9:30 case.confirmed", "confirmed"),
        (f"{A} | 2:00 discharge.discharged | 3:00 case.closed | 4:00 case.reopened A", "suspected"),
        (f"{A} | 2:00 discharge.discharged | 3:00 decision.made surgery", "decided"),
        (f"{A} | 2:00 discharge.discharged | 3:00 surgery.started", "treating"),
        (f"{TREATED} | 6:00 rehabilitation.stepped R2 | 7:00 radiotherapy.fraction 2", "rehabilitating"),
        (f"{OVER} | 7:00 decision.made radiotherapy", "decided"),
        (f"{OVER} | 7:00 decision.made radiotherapy | 8:00 radiotherapy.fraction 1", "treating"),
    ],
)
def test_phase(story, expected):
    assert phase(facts(story)) == expected
    assert phase(facts(story)[::-1]) == expected
