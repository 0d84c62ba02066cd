"""Surgery: one row an operation, from the decision to the end."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.ask import choice, several
from pathway.record.guards import FOUND, IDENTIFIED, consented
from pathway.record.step import MEDICAL, StateField, Step, move

PROCEDURE_WORDS = {
    "debulking_stabilisation": "Debulking and stabilisation",
    "decompression_laminectomy": "Decompression (laminectomy)",
}


class Surgery(Step):
    """One operation."""

    class State(models.TextChoices):
        NONE = "none", "Not considered"
        DECIDED = "decided", "Decided"
        LISTED = "listed", "Listed"
        STARTED = "started", "In theatre"
        ENDED = "ended", "Done"

    track, title, initial = "surgery", "Surgery", State.NONE
    in_turn = (
        ("surgery.decided", "surgery.started", "surgery.ended"),
        ("surgery.listed", "surgery.started"),
    )
    BEFORE = (State.NONE, State.DECIDED, State.LISTED)
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.DECIDED, "Record the operation decided on", event="surgery.decided",
          done="Operation decided", by=MEDICAL, keeps=(State.DECIDED, State.LISTED),
          asks={"procedure": choice("Operation", *PROCEDURE_WORDS, "other", words=PROCEDURE_WORDS),
                "implants": several("Implants", "rods", "screws", "bone_graft", required=False)})  # fmt: skip
    def decide(self, answers: Answers) -> None:
        """Which operation, and with what."""

    @move((State.NONE, State.DECIDED), State.LISTED, "Record listing for theatre", event="surgery.listed",
          done="Listed for theatre", by=MEDICAL)  # fmt: skip
    def enlist(self, answers: Answers) -> None:
        """A place on the list."""

    @move(BEFORE, State.STARTED, "Record the start of the operation", event="surgery.started",
          done="Operation started", by=MEDICAL, needs=(consented("surgery"), IDENTIFIED, FOUND))  # fmt: skip
    def start(self, answers: Answers) -> None:
        """Knife to skin."""

    @move((*BEFORE, State.STARTED), State.ENDED, "Record the end of the operation", event="surgery.ended",
          done="Operation ended", by=MEDICAL, needs=(consented("surgery", begun=(State.STARTED,)),))  # fmt: skip
    def end(self, answers: Answers) -> None:
        """The patient has left theatre."""
