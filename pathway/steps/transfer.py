"""Transfer between hospitals: it never stops a clock."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.ask import text
from pathway.record.step import CARE, MEDICAL, StateField, Step, move

WAY = {"from": text("From", required=False), "to": text("To", required=False)}


class Transfer(Step):
    """One journey."""

    class State(models.TextChoices):
        NONE = "none", "None asked for"
        REQUESTED = "requested", "Requested"
        ACCEPTED = "accepted", "Accepted"
        DEPARTED = "departed", "On the way"
        ARRIVED = "arrived", "Arrived"

    track, title, initial = "transfer", "Transfer", State.NONE
    in_turn = (("transfer.requested", "transfer.accepted", "transfer.departed", "transfer.arrived"),)
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.REQUESTED, "Request a transfer", event="transfer.requested", done="Transfer requested",
          by=MEDICAL, asks=WAY)  # fmt: skip
    def request(self, answers: Answers) -> None:
        """Another hospital is asked."""

    @move((State.NONE, State.REQUESTED), State.ACCEPTED, "Record acceptance", event="transfer.accepted",
          done="Transfer accepted", by=MEDICAL, asks=WAY)  # fmt: skip
    def accept(self, answers: Answers) -> None:
        """A named person there has accepted."""

    @move((State.NONE, State.REQUESTED, State.ACCEPTED), State.DEPARTED, "Record departure",
          event="transfer.departed", done="Departed", by=CARE, asks=WAY)  # fmt: skip
    def depart(self, answers: Answers) -> None:
        """The patient has left, flat where that is ordered."""

    @move((State.NONE, State.REQUESTED, State.ACCEPTED, State.DEPARTED), State.ARRIVED, "Record arrival",
          event="transfer.arrived", done="Arrived", by=CARE, asks=WAY)  # fmt: skip
    def arrive(self, answers: Answers) -> None:
        """The patient is there."""
