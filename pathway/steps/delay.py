"""Why a clock was late: the breach reasons of the audit (clinical specification 4.3)."""

from pathway.record.ask import choice, several, text
from pathway.record.step import MEDICAL, observation

REASONS = (
    *("patient_recognised_late", "professional_recognised_late", "wrong_route", "coordinator_not_contacted"),
    *("coordinator_unavailable", "incomplete_referral", "mri_not_requested", "mri_vetting", "no_scanner_slot"),
    *("scanner_down", "no_out_of_hours_mri", "mri_safety_query", "not_tolerated", "transport", "bed", "isolation"),
    *("reporting", "image_transfer", "surgical_opinion", "oncology_opinion", "decision_changed", "rt_capacity"),
    *("rt_machine_down", "no_out_of_hours_rt", "theatre", "medical_instability", "anticoagulation", "tissue_first"),
    *("consent_capacity", "patient_choice", "family_discussion", "data_missing", "other"),
)
EXPLAINED = observation(
    "clock.explained",
    "Explain a delay",
    done="Delay explained",
    by=MEDICAL,
    asks={
        "clock": text("Clock"),
        "reason": choice("Main reason", *REASONS),
        "contributory": several("Also (up to two)", *REASONS, required=False),
    },
)
