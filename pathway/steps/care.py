"""Supportive care at the bedside: bladder, bowel, skin, clots."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.ask import day, text, whole, yes_no
from pathway.record.step import CARE, MEDICAL, StateField, Step, move, observation

BOWEL = observation(
    "bowel.assessed",
    "Record the bowels",
    done="Bowels assessed",
    by=CARE,
    asks={"continent": yes_no("Continent?"), "last_opened": day("Last opened on", required=False, past=True)},
)
SKIN = observation(
    "skin.assessed",
    "Record the skin",
    done="Skin assessed",
    by=CARE,
    asks={
        "damage": text(
            "Damage: place and category",
            required=False,
            hint="Left empty where there is none: any word is damage",
        )
    },
)


class Bladder(Step):
    """Emptying, and the catheter."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not assessed"
        ASSESSED = "assessed", "Assessed"
        CATHETER = "catheter", "Catheter in place"
        REMOVED = "removed", "Catheter removed"

    track, title, initial = "bladder", "Bladder", State.UNKNOWN
    state = StateField(default=State.UNKNOWN, choices=State)

    @move((State.UNKNOWN,), State.ASSESSED, "Record a bladder scan", event="bladder.scanned", done="Bladder scanned",
          by=CARE, keeps=(State.ASSESSED, State.CATHETER, State.REMOVED),
          asks={"pvr_ml": whole("Left after passing urine (mL)", least=0, most=3000,
                                hint="Over 200 mL: call. 200 or less does not clear the patient")})  # fmt: skip
    def scan(self, answers: Answers) -> None:
        """Post-void residual; a small one never excludes compression (1.11)."""

    @move((State.UNKNOWN,), State.ASSESSED, "Record the bladder plan", event="bladder.planned", done="Bladder plan",
          by=CARE, keeps=(State.ASSESSED, State.CATHETER, State.REMOVED), asks={"plan": text("Plan")})  # fmt: skip
    def plan(self, answers: Answers) -> None:
        """What is done about it."""

    @move((State.UNKNOWN, State.ASSESSED, State.REMOVED), State.CATHETER, "Record a catheter",
          event="bladder.catheterised", done="Catheter in", by=CARE)  # fmt: skip
    def catheterise(self, answers: Answers) -> None:
        """A catheter is in."""

    @move((State.UNKNOWN, State.ASSESSED, State.CATHETER), State.REMOVED, "Record the catheter out",
          event="bladder.catheter_removed", done="Catheter out", by=CARE)  # fmt: skip
    def remove_catheter(self, answers: Answers) -> None:
        """The trial without catheter begins."""


class Vte(Step):
    """Venous thromboembolism: the risk, and what is done."""

    class State(models.TextChoices):
        NONE = "none", "Not assessed"
        ASSESSED = "assessed", "Risk assessed"
        DOSED = "dosed", "Prophylaxis given"
        NOT_GIVEN = "not_given", "No prophylaxis, with a reason"

    track, title, initial = "vte", "Clot prevention", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.ASSESSED, "Assess the risk of clots", event="vte.assessed", done="Clot risk assessed",
          by=CARE, keeps=(State.ASSESSED, State.DOSED, State.NOT_GIVEN), asks={"risk": text("Risk")})  # fmt: skip
    def assess(self, answers: Answers) -> None:
        """As soon as possible, by the first consultant review (NG89)."""

    @move((State.NONE, State.ASSESSED, State.NOT_GIVEN), State.DOSED, "Record clot prevention", event="vte.dosed",
          done="Clot prevention given", by=CARE, keeps=(State.DOSED,), asks={"agent": text("Agent")})  # fmt: skip
    def dose(self, answers: Answers) -> None:
        """Drug prophylaxis, if used, within 14 hours of admission (NG89)."""

    @move((State.NONE, State.ASSESSED, State.DOSED), State.NOT_GIVEN, "Record why no clot prevention is given",
          event="vte.not_given", done="No clot prevention", by=MEDICAL, keeps=(State.NOT_GIVEN,),
          asks={"reason": text("Why")})  # fmt: skip
    def withhold(self, answers: Answers) -> None:
        """Bleeding risk, or an operation soon."""
