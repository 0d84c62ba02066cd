"""Why a clock was late: the breach reasons of the audit (clinical specification 4.3), one explanation for each run."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.validators import MaxLengthValidator

from pathway.protocol import VERSIONS
from pathway.protocol.fold import moment
from pathway.protocol.types import Fact
from pathway.record.ask import Instant, choice, several, text
from pathway.record.clock import Clock, is_late
from pathway.record.step import CARE, observation

REASONS = {
    "patient_recognised_late": "Late recognition by the patient",
    "professional_recognised_late": "Late recognition by a professional",
    "wrong_route": "Wrong pathway or referral route",
    "coordinator_not_contacted": "Coordinator not contacted",
    "coordinator_unavailable": "Coordinator unavailable",
    "incomplete_referral": "Incomplete referral",
    "mri_not_requested": "MRI not requested",
    "mri_vetting": "MRI vetting delay",
    "no_scanner_slot": "No scanner slot",
    "scanner_down": "Scanner down",
    "no_out_of_hours_mri": "No out-of-hours MRI",
    "mri_safety_query": "MRI safety query",
    "not_tolerated": "Patient could not tolerate it",
    "transport": "Transport",
    "bed": "Bed or transfer",
    "isolation": "Isolation or infection",
    "reporting": "Reporting delay",
    "image_transfer": "Image transfer failed",
    "surgical_opinion": "Surgical opinion delayed",
    "oncology_opinion": "Oncology opinion delayed",
    "decision_changed": "Decision changed",
    "rt_capacity": "Radiotherapy capacity",
    "rt_machine_down": "Radiotherapy machine down",
    "no_out_of_hours_rt": "No out-of-hours radiotherapy",
    "theatre": "Theatre or anaesthetic",
    "medical_instability": "Medical instability",
    "anticoagulation": "Anticoagulation to be reversed",
    "tissue_first": "Tissue needed first",
    "consent_capacity": "Consent or capacity",
    "patient_choice": "Patient's choice",
    "family_discussion": "Family discussion",
    "data_missing": "Data missing",
    "other": "Other",
}
LABELS = {standard.key: standard.label for version in VERSIONS.values() for standard in version.all}
CONTRIBUTORY = several("Also (up to two)", *REASONS, required=False, words=REASONS)
CONTRIBUTORY.validators.append(MaxLengthValidator(2, "Name two at most."))
EXPLAINED = observation(
    "clock.explained",
    "Explain a delay",
    done="Delay explained",
    by=CARE,
    asks={
        "clock": choice("Clock", *LABELS, words=LABELS),
        "run": Instant(
            label="Which run: it started at",
            required=False,
            help_text="For a clock that ran more than once. Left empty: the newest that is late.",
        ),
        "reason": choice("Main reason", *REASONS, words=REASONS),
        "contributory": CONTRIBUTORY,
        "note": text("In words", required=False, hint="Where no reason of the list says it"),
    },
)
Run = tuple[str, datetime, int]


def run_of(clock: Clock) -> Run:
    """What a run is known by: its standard, its start, and its number among those of one start."""
    return clock.standard, clock.started_at, clock.nth


def explained(facts: Iterable[Fact], clocks: Sequence[Clock]) -> dict[Run, Fact]:
    """The newest explanation of each run; `facts` in order, `clocks` of one case.

    An explanation is of the run that started in the minute it names. Where it names none, or one whose start was
    corrected since, it is of the newest run that was over its limit when it was given.
    """
    found = {}
    for fact in facts:
        if fact.kind == EXPLAINED.event:
            mine = sorted(
                (each for each in clocks if each.standard == fact.answers.get("clock")), key=lambda each: each.due_at
            )
            named = [each for each in mine if fact.answers.get("run") and in_minute(each, moment(fact.answers["run"]))]
            if of := named or [each for each in mine if was_late(each, fact.occurred_at)]:
                found[run_of(of[-1])] = fact
    return found


def was_late(clock: Clock, then: datetime) -> bool:
    """Whether a run was over its limit at a time, or had ended so by then."""
    return is_late(clock.due_at, min(then, clock.ended_at or then))


def in_minute(clock: Clock, minute: datetime) -> bool:
    """Whether a run started in the minute that a form shows."""
    return clock.started_at.replace(second=0, microsecond=0) == minute.replace(second=0, microsecond=0)
