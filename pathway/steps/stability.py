"""Stability of the spine: the expert's opinion, and the collar or brace."""

from django.db import models

from pathway.protocol.types import Answers
from pathway.record.ask import choice, text, whole
from pathway.record.guards import judge_again
from pathway.record.step import CARE, MEDICAL, ByAnswer, Situation, StateField, Step, move


class Stability(Step):
    """What the spinal expert says."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not known"
        STABLE = "stable", "Stable"
        INDETERMINATE = "indeterminate", "Indeterminate"
        UNSTABLE = "unstable", "Unstable"

    track, title, initial = "stability", "Stability", State.UNKNOWN
    state = StateField(default=State.UNKNOWN, choices=State)

    @move(State.values, ByAnswer("opinion", {opinion: opinion for opinion in State.values[1:]}),
          "Record advice on stability", event="stability.advised", done="Advice on stability", by=MEDICAL,
          asks={"opinion": choice("Opinion", *State.values[1:]),
                "adviser": text("Adviser (name and role)"),
                "sins": whole("SINS", least=0, most=18, required=False,
                              hint="Spinal Instability Neoplastic Score, 0 to 18; surgical opinion from 7")},
          )  # fmt: skip
    def advise(self, answers: Answers) -> None:
        """An opinion by a named expert; the newest counts, until something becomes worse."""

    @classmethod
    def details(cls, now: Situation) -> list[str]:
        """That the opinion is older than what became worse."""
        return judge_again(now)


class Orthosis(Step):
    """A collar or brace."""

    class State(models.TextChoices):
        NONE = "none", "None"
        FITTED = "fitted", "Fitted"

    track, title, initial = "orthosis", "Orthosis", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.FITTED, "Record collar or brace", event="orthosis.fitted", done="Orthosis fitted",
          by=CARE, keeps=(State.FITTED,),
          asks={"device": choice("Device", "collar", "brace"),
                "region": choice("Region", "cervical", "cervicothoracic", "thoracolumbar", "lumbar")})  # fmt: skip
    def fit(self, answers: Answers) -> None:
        """Fitted by level of the spine."""
