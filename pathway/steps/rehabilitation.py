"""Rehabilitation: therapists' first assessments, and the ladder from lying flat to walking."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.forms import Field

from pathway.protocol.hours import shown
from pathway.protocol.past import advice_on_stability, lies_flat, stable, steadied, worse_since
from pathway.protocol.types import Answers, Fact
from pathway.record.ask import choice, text, whole
from pathway.record.guards import why_not_stable
from pathway.record.step import CARE, ByAnswer, Needs, Situation, StateField, Step, move, observation
from pathway.record.therapy import STEPPED, STOPPED, measured

STEP_WORDS = {
    "R0": "R0: flat, log roll, bed exercises",
    "R1": "R1: declared stable",
    "R2": "R2: sitting up in steps to 60 degrees",
    "R3": "R3: sitting on the edge of the bed",
    "R4": "R4: transfers",
    "R5": "R5: standing and walking with an aid",
    "R6": "R6: stairs, wheelchair skills, home equipment",
}
PHYSIOTHERAPY = observation(
    "physiotherapy.assessed",
    "Record the first physiotherapy assessment",
    done="Physiotherapy assessed",
    by=CARE,
    asks={},
)
TREATED = observation(
    "physiotherapy.treated",
    "Record a physiotherapy session",
    done="Physiotherapy session",
    by=CARE,
    asks={
        "minutes": whole("Minutes with the patient", least=1, most=240),
        "note": text("In words", required=False),
    },
)
MISSED = observation(
    "physiotherapy.missed",
    "Record a missed session",
    done="Physiotherapy session missed",
    by=CARE,
    asks={
        "reason": choice(
            "Why it was missed", "unwell", "pain", "declined", "away", "no_therapist",
            words={"away": "Away for a scan or treatment", "no_therapist": "No therapist free"},
        ),
        "note": text("In words", required=False),
    },
)  # fmt: skip
OCCUPATIONAL_THERAPY = observation(
    "occupational_therapy.assessed",
    "Record the first occupational therapy assessment",
    done="Occupational therapy assessed",
    by=CARE,
    asks={},
)
BACK = dict(zip(STEP_WORDS, ("R0", *list(STEP_WORDS)[:-1]), strict=True))
SAY_OTHERWISE = (
    "stability.advised", "position.ordered", "position.immobilised", "position.reviewed", "case.reopened",
)  # fmt: skip
IN_BED = ("R0", "R1")
REASONS = ("pain", "neurology", "blood_pressure", "breathlessness", "other")


def cleared(now: Situation) -> bool:
    """Whether somebody cleared the patient to sit, surely after every opinion, lying flat and deterioration."""
    newest = now.last("position.cleared_to_sit", "position.freed", *SAY_OTHERWISE)
    if newest is None or newest.kind in SAY_OTHERWISE:
        return False
    return newest.surely_after(*now.all(*SAY_OTHERWISE)) and worse_since(now, newest) is None


def flat_since(now: Situation) -> Fact | None:
    """The order to lie flat that still stands, where nothing that made the spine stable surely came after it."""
    flat, advice = lies_flat(now), advice_on_stability(now)
    if flat is None or advice is None:
        return None
    grounds = [*steadied(now), *([advice] if advice.answers.get("opinion") == "stable" else [])]
    return None if any(each.surely_after(flat) for each in grounds) else flat


def why_flat(now: Situation) -> str:
    """The order that stands against getting up, and the way on."""
    flat = flat_since(now)
    at = f" ({shown(flat.occurred_at)})" if flat else ""
    return (
        f"The patient is to lie flat{at}, by an order that is newer than the advice or the brace, or may be. Review "
        "the position or clear the patient to sit first, or name the senior who accepts the risk, and why."
    )


DECLARED_STABLE = Needs(
    why_not_stable,
    lambda now: now.answers.get("step") in IN_BED or cleared(now) or stable(now),
    senior=True,
    asks="stability.advised",
)
NOT_FLAT_SINCE = Needs(
    why_flat,
    lambda now: now.answers.get("step") in IN_BED or cleared(now) or flat_since(now) is None,
    senior=True,
)


NO_WORSE = Needs(
    "Neurology is worse: do not go on. Stop the step because of neurology instead, and report that something is worse.",
    lambda now: now.answers.get("neurology") != "worse",
    field="neurology",
)
LIMITS = {"pain": ("Pain rose", 1, 2), "systolic": ("The upper pressure fell", -1, 20)}


def not_borne(now: Situation) -> list[str]:
    """What of pain and pressure is beyond its limit (1.10), against the newest value that was measured before."""
    found = []
    for name, (words, sign, limit) in LIMITS.items():
        value, before = now.answers.get(name), measured(now.all(STEPPED, STOPPED), name)
        if value is not None and before and sign * (value - before.answers[name]) >= limit:
            found.append(f"{words} from {before.answers[name]} ({shown(before.occurred_at)}) to {value}.")
    return found


def why_not_borne(now: Situation) -> str:
    """What is beyond its limit, and the way on."""
    return f"{' '.join(not_borne(now))} Stop the step instead, or name the senior who lets it go on, and why."


BORNE = Needs(why_not_borne, lambda now: now.answers.get("step") in IN_BED or not not_borne(now), senior=True)


def watched() -> dict[str, Field]:
    """What is measured at a step: the angle, pain, pressure and neurology."""
    return {
        "degrees": whole("Sitting at (degrees)", least=0, most=90, required=False),
        "pain": whole("Pain (0 to 10)", least=0, most=10, required=False),
        "systolic": whole("Systolic pressure (mmHg)", least=40, most=300, required=False),
        "neurology": choice("Neurology since the step before", "same", "worse", required=False),
    }


def back_from(*states: str, **declared: Any) -> Callable[[Any], Any]:
    """Declare the move that goes back below the step that was tried, and from no state ever up."""

    def declare(method: Any) -> Any:
        for state in states:
            down = ByAnswer("step", {tried: min(state, back) for tried, back in BACK.items()})
            method = move((state,), down, **declared)(method)
        return method

    return declare


class Rehabilitation(Step):
    """The sitting and walking ladder."""

    class State(models.TextChoices):
        R0 = "R0", "R0: flat"
        R1 = "R1", "R1: declared stable"
        R2 = "R2", "R2: sitting up"
        R3 = "R3", "R3: edge of the bed"
        R4 = "R4", "R4: transfers"
        R5 = "R5", "R5: standing, walking"
        R6 = "R6", "R6: stairs, home"

    track, title, initial = "rehabilitation", "Rehabilitation", State.R0
    state = StateField(default=State.R0, choices=State)

    @move(State.values, ByAnswer("step", {step: step for step in State.values}), "Record a step",
          event="rehabilitation.stepped", done="Rehabilitation step", by=CARE,
          needs=(DECLARED_STABLE, NOT_FLAT_SINCE, NO_WORSE, BORNE),
          asks={"step": choice("Step reached", *STEP_WORDS, words=STEP_WORDS),
                **watched()})  # fmt: skip
    def step_up(self, answers: Answers) -> None:
        """From R2 on only once the spine is declared stable, or a senior accepted the risk (1.10, 7.2)."""

    @back_from(
          *State.values, label="Stop a step and go back", event="rehabilitation.stopped",
          done="Rehabilitation step stopped", by=CARE,
          asks={"step": choice("Step that was tried", *STEP_WORDS, words=STEP_WORDS),
                "reason": choice("Why", *REASONS),
                **watched()})  # fmt: skip
    def stop(self, answers: Answers) -> None:
        """Back to the last safe step; stability is to be reassessed (1.10)."""
