"""Radiotherapy: one row a course, from dose and fractions to the last fraction."""

from typing import ClassVar

from django.db import models
from django_fsm import FSMField

from pathway.protocol.types import Answers
from pathway.record.ask import number, text, whole
from pathway.record.guards import FOUND, consented
from pathway.record.step import CARE, MEDICAL, Needs, Step, move

MOST_FRACTIONS, MOST_GRAY = 30, 60
N_OF_N = Needs(
    "The fraction's number is larger than the number of fractions.",
    lambda now: int(now.answers.get("n", 1)) <= int(now.answers.get("of", MOST_FRACTIONS)),
)


class Radiotherapy(Step):
    """One course. Two fractions may be given on one day."""

    class State(models.TextChoices):
        NONE = "none", "Not considered"
        DECIDED = "decided", "Prescribed"
        PLANNED = "planned", "Planned"
        STARTED = "started", "In treatment"
        COMPLETED = "completed", "Completed"
        STOPPED = "stopped", "Stopped early"

    track, title, initial = "radiotherapy", "Radiotherapy", State.NONE
    in_turn = (
        ("radiotherapy.decided", "radiotherapy.fraction", "radiotherapy.completed"),
        ("radiotherapy.planned", "radiotherapy.fraction", "radiotherapy.stopped_early"),
    )
    numbered: ClassVar = {"radiotherapy.fraction": "n"}
    BEFORE = (State.NONE, State.DECIDED, State.PLANNED)
    state = FSMField(default=State.NONE, choices=State, protected=True)

    @move((State.NONE,), State.DECIDED, "Record dose and fractions", event="radiotherapy.decided",
          done="Radiotherapy prescribed", by=MEDICAL, keeps=(State.DECIDED, State.PLANNED),
          asks={"dose_gy": number("Dose in all (Gy)", least=0.5, most=MOST_GRAY),
                "fractions": whole("Fractions", least=1, most=MOST_FRACTIONS)})  # fmt: skip
    def decide(self, answers: Answers) -> None:
        """For example 8 Gy in 1, 20 Gy in 5 or 30 Gy in 10 (1.8)."""

    @move((State.NONE, State.DECIDED), State.PLANNED, "Record planning", event="radiotherapy.planned",
          done="Radiotherapy planned", by=MEDICAL)  # fmt: skip
    def plan(self, answers: Answers) -> None:
        """The plan is ready."""

    @move(BEFORE, State.STARTED, "Record a fraction", event="radiotherapy.fraction", done="Fraction given", by=CARE,
          keeps=(State.STARTED,), needs=(consented("radiotherapy"), FOUND, N_OF_N),
          asks={"n": whole("Fraction number", least=1, most=MOST_FRACTIONS),
                "of": whole("Of how many", least=1, most=MOST_FRACTIONS)})  # fmt: skip
    def give(self, answers: Answers) -> None:
        """The first fraction is the start of definitive treatment."""

    @move((*BEFORE, State.STARTED), State.COMPLETED, "Record the end of the course", event="radiotherapy.completed",
          done="Radiotherapy completed", by=CARE, needs=(consented("radiotherapy", begun=State.STARTED),))  # fmt: skip
    def complete(self, answers: Answers) -> None:
        """All fractions were given."""

    @move((*BEFORE, State.STARTED), State.STOPPED, "Stop radiotherapy early", event="radiotherapy.stopped_early",
          done="Radiotherapy stopped early", by=MEDICAL, asks={"reason": text("Why", long=True)})  # fmt: skip
    def stop(self, answers: Answers) -> None:
        """No further fraction will be given."""
