"""Biopsy: tissue where the compression is the first sign of a cancer."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.step import CARE, MEDICAL, StateField, Step, move


class Biopsy(Step):
    """One specimen, from the question to the result."""

    class State(models.TextChoices):
        NONE = "none", "Not asked"
        NEEDED = "needed", "Needed"
        ARRANGED = "arranged", "Arranged"
        TAKEN = "taken", "Taken"
        RESULTED = "resulted", "Result known"

    track, title, initial = "biopsy", "Biopsy", State.NONE
    in_turn = (("biopsy.needed", "biopsy.arranged", "biopsy.taken", "biopsy.resulted"),)
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.NEEDED, "Record that a biopsy is needed", event="biopsy.needed", done="Biopsy needed",
          by=MEDICAL)  # fmt: skip
    def need(self, answers: Answers) -> None:
        """The primary is not known; the biopsy never delays urgent treatment without the senior advisers' say-so."""

    @move((State.NONE, State.NEEDED), State.ARRANGED, "Record the appointment for biopsy", event="biopsy.arranged",
          done="Biopsy arranged", by=CARE)  # fmt: skip
    def arrange(self, answers: Answers) -> None:
        """A time and a place are agreed."""

    @move((State.NONE, State.NEEDED, State.ARRANGED), State.TAKEN, "Record the specimen taken", event="biopsy.taken",
          done="Specimen taken", by=MEDICAL)  # fmt: skip
    def take(self, answers: Answers) -> None:
        """The tissue is on its way."""

    @move((State.NONE, State.NEEDED, State.ARRANGED, State.TAKEN), State.RESULTED, "Record the biopsy result",
          event="biopsy.resulted", done="Biopsy result known", by=MEDICAL)  # fmt: skip
    def result(self, answers: Answers) -> None:
        """The pathologist has reported."""
