"""Consent: one row for each time that it is recorded, for one procedure."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.ask import choice
from pathway.record.guards import IDENTIFIED, PROCEDURES
from pathway.record.step import MEDICAL, ByAnswer, StateField, Step, move


class Consent(Step):
    """On what basis a procedure may, or may not, go ahead."""

    class State(models.TextChoices):
        NONE = "none", "Not recorded"
        GIVEN = "given", "Given"
        REFUSED = "refused", "Refused"
        BEST_INTERESTS = "best_interests", "Best interests (Mental Capacity Act 2005)"
        EMERGENCY = "emergency", "Emergency"

    track, title, initial = "consent", "Consent", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), ByAnswer("basis", {basis: basis for basis in State.values[1:]}), "Record consent",
          event="consent.recorded", done="Consent recorded", by=MEDICAL, needs=(IDENTIFIED,),
          asks={"procedure": choice("Procedure", *PROCEDURES, words={"systemic": "Systemic therapy"}),
                "basis": choice("Basis", *State.values[1:], words=dict(State.choices))})  # fmt: skip
    def record(self, answers: Answers) -> None:
        """The newest record of a procedure counts."""
