"""Why a clock was late: the breach reasons of the audit (clinical specification 4.3)."""

from django.core.validators import MaxLengthValidator

from pathway.protocol import VERSIONS
from pathway.record.ask import choice, several
from pathway.record.step import MEDICAL, observation

REASONS = (
    *("patient_recognised_late", "professional_recognised_late", "wrong_route", "coordinator_not_contacted"),
    *("coordinator_unavailable", "incomplete_referral", "mri_not_requested", "mri_vetting", "no_scanner_slot"),
    *("scanner_down", "no_out_of_hours_mri", "mri_safety_query", "not_tolerated", "transport", "bed", "isolation"),
    *("reporting", "image_transfer", "surgical_opinion", "oncology_opinion", "decision_changed", "rt_capacity"),
    *("rt_machine_down", "no_out_of_hours_rt", "theatre", "medical_instability", "anticoagulation", "tissue_first"),
    *("consent_capacity", "patient_choice", "family_discussion", "data_missing", "other"),
)
LABELS = {standard.key: standard.label for version in VERSIONS.values() for standard in version.all}
CONTRIBUTORY = several("Also (up to two)", *REASONS, required=False)
CONTRIBUTORY.validators.append(MaxLengthValidator(2, "Name two at most."))
EXPLAINED = observation(
    "clock.explained",
    "Explain a delay",
    done="Delay explained",
    by=MEDICAL,
    asks={
        "clock": choice("Clock", *LABELS, words=LABELS),
        "reason": choice("Main reason", *REASONS),
        "contributory": CONTRIBUTORY,
    },
)
