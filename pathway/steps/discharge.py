"""Discharge and follow-up: planned from admission, with what the patient needs to leave safely."""

from collections.abc import Callable
from functools import partial

from django.db import models

from pathway.protocol.hours import LONDON
from pathway.protocol.past import STEROID_BEGUN, steroids_settled
from pathway.protocol.types import Answers
from pathway.record.ask import choice, day, several, text, yes_no
from pathway.record.guards import IDENTIFIED
from pathway.record.measure import Measure, measured
from pathway.record.step import CARE, MEDICAL, Needs, Situation, StateField, Step, move, observation
from pathway.scales.mobility import MOBILITY

DESTINATIONS = ("home", "local_hospital", "cancer_centre", "hospice", "care_home", "rehabilitation_unit")


def examined_today(now: Situation) -> bool:
    """Whether the newest neurological examination was on the day of the move, in the United Kingdom."""
    newest = now.last("neuro.examined")
    return newest is not None and newest.occurred_at.astimezone(LONDON).date() == now.at.astimezone(LONDON).date()


def catheter_settled(now: Situation) -> bool:
    """Whether no catheter is in, or a bladder plan was made since it went in."""
    newest = now.last("bladder.catheterised", "bladder.catheter_removed")
    plan = now.last("bladder.planned")
    if newest is None or newest.kind == "bladder.catheter_removed":
        return True
    return plan is not None and plan.occurred_at >= newest.occurred_at


def had_since_discharge(now: Situation, *kinds: str) -> bool:
    """Whether one of these was recorded, since the last discharge where the patient had gone home before."""
    newest, gone = now.last(*kinds), now.last("discharge.discharged")
    return newest is not None and (gone is None or newest.occurred_at >= gone.occurred_at)


COVERED = {
    "steroid_card": "Steroid card and sick-day rules (if on steroids)",
    "analgesia": "Pain relief to take home",
    "equipment": "Equipment and package of care",
    "follow_up": "Follow-up booked",
    "preferences": "Resuscitation and escalation preferences",
}


def covered(now: Situation, item: str) -> bool:
    """Whether the newest plan, agreed since the last discharge, covers this. A card goes with a steroid only."""
    plan = now.last("discharge.plan_agreed")
    if plan is None or not had_since_discharge(now, "discharge.plan_agreed"):
        return True
    return item in plan.answers.get("covers", ()) or (item == "steroid_card" and not now.had(*STEROID_BEGUN))


def needs(sentence: str, *kinds: str, holds: Callable[[Situation], bool] | None = None) -> Needs:
    """One line of the discharge list; a named senior may let it pass, with a reason."""
    return Needs(f"{sentence} Record it, or name the senior who lets the patient go without it, and why.",
                 holds or (lambda now: had_since_discharge(now, *kinds)), senior=True)  # fmt: skip


READY = (
    Needs(
        "The patient is on dexamethasone without a plan to stop it. Record the taper plan or the last dose first.",
        steroids_settled,
    ),
    needs("No neurological examination of today is recorded.", holds=examined_today),
    needs("No mobility is recorded.", "mobility.assessed"),
    needs("Continence is not recorded.", "bowel.assessed", "bladder.scanned", "bladder.planned"),
    needs("A catheter is in, with no plan for it since.", holds=catheter_settled),
    needs(
        "Dexamethasone was given, and no gastro-protection is recorded.",
        holds=lambda now: not now.had(*STEROID_BEGUN) or now.had("steroids.protected"),
    ),
    needs("No risk of clots is recorded.", "vte.assessed"),
    needs("No pain score is recorded.", "pain.scored"),
    needs("No assessment of ongoing needs is recorded (QS56 statement 7).", "discharge.needs_assessed"),
    needs("No discharge plan was agreed with the patient.", "discharge.plan_agreed"),
    *(
        needs(f"The plan does not cover: {words.lower()}.", holds=partial(covered, item=item))
        for item, words in COVERED.items()
    ),
    needs("The GP was not told.", "told.gp"),
    needs("The patient was not told what to watch for, and whom to call.", "told.patient"),
)
READINESS = {
    "equipment": "Equipment",
    "transfers": "Transfers",
    "stairs": "Stairs",
    "carer": "Carer training",
    "community": "Community referral",
}
CHECKED = observation(
    "readiness.checked",
    "Record readiness to go home",
    done="Readiness to go home",
    by=CARE,
    asks={
        "item": choice("What", *READINESS, words=READINESS),
        "ready": yes_no("Ready, or not needed?"),
        "expected_on": day("If not: expected on", required=False),
        "note": text("In words", required=False),
    },
)
FOLLOWUP = observation(
    "followup.recorded",
    "Record follow-up",
    done="Follow-up recorded",
    by=CARE,
    asks={
        "due": choice("Which", "day_30", "week_8", words={"day_30": "Day 30", "week_8": "Week 8"}),
        **measured("followup.recorded", Measure(MOBILITY, {"code": "mobility"}, optional=True)),
        "alive": yes_no("Alive?"),
    },
)


class Discharge(Step):
    """Leaving hospital."""

    class State(models.TextChoices):
        NONE = "none", "Not started"
        STARTED = "started", "Planning"
        ASSESSED = "assessed", "Needs assessed"
        AGREED = "agreed", "Plan agreed"
        DISCHARGED = "discharged", "Discharged"

    track, title, initial = "discharge", "Discharge", State.NONE
    in_turn = (
        ("discharge.started", "discharge.discharged"),
        ("case.admitted", "discharge.discharged"),
    )
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.STARTED, "Start planning discharge", event="discharge.started",
          done="Discharge planning started", by=CARE)  # fmt: skip
    def start(self, answers: Answers) -> None:
        """Planning starts on admission (QS56 statement 7)."""

    @move((State.NONE, State.STARTED), State.ASSESSED, "Record the assessment of needs",
          event="discharge.needs_assessed", done="Needs assessed", by=CARE, keeps=(State.AGREED,))  # fmt: skip
    def assess(self, answers: Answers) -> None:
        """Equipment, package, community referrals, key worker."""

    @move((State.NONE, State.STARTED, State.ASSESSED), State.AGREED, "Record the agreed plan",
          event="discharge.plan_agreed", done="Discharge plan agreed", by=CARE,
          asks={"covers": several("The plan covers", *COVERED, required=False, words=COVERED)})  # fmt: skip
    def agree(self, answers: Answers) -> None:
        """Agreed with patient and family."""

    @move((State.NONE, State.STARTED, State.ASSESSED, State.AGREED), State.DISCHARGED, "Discharge",
          event="discharge.discharged", done="Discharged", by=MEDICAL, needs=(*READY, IDENTIFIED),
          asks={"destination": choice("To", *DESTINATIONS)})  # fmt: skip
    def discharge(self, answers: Answers) -> None:
        """Never without a steroid plan; the rest of the list may be let pass by a named senior (7.4)."""
