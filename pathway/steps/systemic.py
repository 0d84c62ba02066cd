"""Systemic therapy as the treatment of the compression, and bone agents."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.ask import choice
from pathway.record.guards import FOUND, IDENTIFIED, consented
from pathway.record.step import MEDICAL, StateField, Step, move

KINDS = ("chemotherapy", "hormonal", "targeted", "immunotherapy")


class Systemic(Step):
    """One systemic therapy."""

    class State(models.TextChoices):
        NONE = "none", "Not considered"
        DECIDED = "decided", "Decided"
        STARTED = "started", "Started"

    track, title, initial = "systemic", "Systemic therapy", State.NONE
    in_turn = (("systemic.decided", "systemic.started"),)
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.DECIDED, "Record the systemic therapy decided on", event="systemic.decided",
          done="Systemic therapy decided", by=MEDICAL, asks={"kind": choice("Kind", *KINDS)})  # fmt: skip
    def decide(self, answers: Answers) -> None:
        """First for lymphoma, germ-cell, plasma-cell and untreated small-cell tumours (1.8)."""

    @move((State.NONE, State.DECIDED), State.STARTED, "Record the first systemic dose", event="systemic.started",
          done="Systemic therapy started", by=MEDICAL, needs=(consented("systemic"), IDENTIFIED, FOUND),
          asks={"kind": choice("Kind", *KINDS)})  # fmt: skip
    def start(self, answers: Answers) -> None:
        """The first dose given as the treatment of the compression."""


class BoneAgent(Step):
    """A drug for the bones."""

    class State(models.TextChoices):
        NONE = "none", "None"
        GIVEN = "given", "Given"

    track, title, initial = "bone_agent", "Bone agent", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.GIVEN, "Record a bone agent", event="bone_agent.given", done="Bone agent given",
          by=MEDICAL, keeps=(State.GIVEN,),
          asks={"agent": choice("Agent", "bisphosphonate", "denosumab")})  # fmt: skip
    def give(self, answers: Answers) -> None:
        """Bisphosphonates for myeloma and breast; denosumab for other solid tumours, not for prostate (1.8)."""
