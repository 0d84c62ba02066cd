"""Why a clock was late: the breach reasons of the audit (clinical specification 4.3), one explanation for each run."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.validators import MaxLengthValidator

from pathway.protocol import VERSIONS
from pathway.protocol.fold import moment
from pathway.protocol.hours import LONDON
from pathway.protocol.types import Answers, Fact
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
Run = tuple[str, datetime, int]


def named_twice(answers: Answers) -> dict[str, str]:
    """The main reason is no contributory one as well."""
    main = answers["reason"]
    if main not in answers.get("contributory", ()):
        return {}
    return {"contributory": f"“{REASONS[main]}” is the main reason. Take it out here, or choose another main reason."}


def in_words(answers: Answers) -> str:
    """The reasons that an explanation gives: `No scanner slot; also Transport; “broken at noon”`."""
    main, *also = (REASONS.get(reason, reason) for reason in (answers["reason"], *answers.get("contributory", ())))
    more = [f"also {', '.join(also)}"] if also else []
    note = [f"“{answers['note']}”"] if answers.get("note") else []
    return "; ".join([main, *more, *note])


def replaced(earlier: Answers, new: Answers) -> str:
    """What an earlier explanation says, where a new one may be of the same run: a run not named may be any."""
    runs = [moment(each["run"]).replace(second=0, microsecond=0) for each in (earlier, new) if each.get("run")]
    same = earlier["clock"] == new["clock"] and len({*runs}) <= 1
    return in_words(earlier) if same else ""


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
    contradicts=named_twice,
    replaces=replaced,
)


def asked_of(clock: Clock) -> dict[str, str]:
    """The answers with which the form about a run begins."""
    return {"clock": clock.standard, "run": f"{clock.started_at.astimezone(LONDON):%Y-%m-%d %H:%M %Z}"}


def run_of(clock: Clock) -> Run:
    """What a run is known by: its standard, its start, and its number among those of one start."""
    return clock.standard, clock.started_at, clock.nth


def explained(facts: Iterable[Fact], clocks: Sequence[Clock]) -> dict[Run, Fact]:
    """The explanation of each run that was recorded last; `clocks` of one case.

    Whoever explains a run anew has read the reason before, so when it was said does not matter.
    An explanation is of the run that started in the minute it names. Where it names none, or one whose start was
    corrected since, it is of the newest run that was over its limit when it was given.
    """
    found = {}
    for fact in sorted(facts, key=lambda each: each.id):
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
