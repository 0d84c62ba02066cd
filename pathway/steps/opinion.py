"""Opinions and the decision: what the spinal surgeon and the oncologist say, and which treatment is chosen."""

from django.db import models

from pathway.protocol.past import imaged, irradiation_planned, worse_since
from pathway.protocol.types import Answers
from pathway.record.ask import choice, text
from pathway.record.step import MEDICAL, ByAnswer, Needs, Situation, StateField, Step, move

MODALITIES = ("radiotherapy", "surgery", "systemic", "supportive")
MODALITY_WORDS = {"systemic": "Systemic therapy", "supportive": "Supportive care"}
ASKED = "more_information"
OPINION_WORDS = {"not_suitable": "Not suitable for surgery", **MODALITY_WORDS}


def heard(now: Situation, kind: str) -> bool:
    """Whether an opinion was given; a request for more information is none."""
    return any(
        fact.kind == kind and fact.occurred_at <= now.at and fact.answers.get("opinion") != ASKED for fact in now.facts
    )


IMAGED = Needs(
    "A scan result has not been recorded. Record it, or name the senior who decides without one, and why.",
    imaged,
    senior=True,
)
SURGEON_HEARD = Needs(
    "A surgical opinion has not been recorded. Record it, or name the senior who says why it is not needed.",
    lambda now: heard(now, "opinion.surgical"),
    senior=True,
)
ONCOLOGIST_HEARD = Needs(
    "An oncology opinion has not been recorded. Record it, or name the senior who says why it is not needed.",
    lambda now: heard(now, "opinion.oncology"),
    senior=True,
)


def goes_on_as_planned(now: Situation) -> bool:
    """Whether it is the radiotherapy that was planned with the operation, and nothing is worse since that began."""
    newest = now.last("surgery.started", "systemic.started", "radiotherapy.fraction")
    operated = newest is not None and newest.kind == "surgery.started" and worse_since(now, newest) is None
    return operated and now.answers.get("modality") == "radiotherapy" and irradiation_planned(now)


def examined_anew(now: Situation) -> bool:
    """Whether no treatment has begun, or the patient was examined since the newest one did.

    The new cycle that asks for an examination follows a failure or a deterioration (7.1). The second part of one plan,
    an operation and radiotherapy after it, is none.
    """
    if goes_on_as_planned(now):
        return True
    begun = [now.last("surgery.started", "systemic.started"), now.last("radiotherapy.fraction", n=1)]
    return all(now.since(start, "neuro.examined") for start in begun if start)


EXAMINED_ANEW = Needs(
    "A treatment has begun, and no neurological examination since is recorded. Record it, or name the senior who "
    "decides without one, and why.",
    examined_anew,
    senior=True,
)


class Opinion(Step):
    """One opinion of one adviser."""

    class State(models.TextChoices):
        NONE = "none", "Not given"
        ASKED = "asked", "More information asked for"
        GIVEN = "given", "Given"

    track, title, initial = "opinion", "Opinion", State.NONE
    state = StateField(default=State.NONE, choices=State)
    SURGICAL = ByAnswer("opinion", {"operate": State.GIVEN, "not_suitable": State.GIVEN, ASKED: State.ASKED})
    ONCOLOGY = ByAnswer(
        "opinion", {"radiotherapy": State.GIVEN, "systemic": State.GIVEN, "supportive": State.GIVEN, ASKED: State.ASKED}
    )

    @move((State.NONE,), SURGICAL, "Record the surgical opinion", event="opinion.surgical",
          done="Surgical opinion", by=MEDICAL,
          asks={"opinion": choice("Opinion", *SURGICAL.branches, words=OPINION_WORDS),
                "adviser": text("Spinal surgeon (name and role)")})  # fmt: skip
    def operate(self, answers: Answers) -> None:
        """What the spinal surgeon advises; a request for more information is no opinion."""

    @move((State.NONE,), ONCOLOGY, "Record the oncology opinion", event="opinion.oncology",
          done="Oncology opinion", by=MEDICAL,
          asks={"opinion": choice("Opinion", *ONCOLOGY.branches, words=OPINION_WORDS),
                "adviser": text("Oncologist (name and role)")})  # fmt: skip
    def treat(self, answers: Answers) -> None:
        """What the clinical oncologist advises."""


class Decision(Step):
    """One decision between treatments; a new one follows a failure or a deterioration."""

    class State(models.TextChoices):
        NONE = "none", "Not made"
        MADE = "made", "Made"

    track, title, initial = "decision", "Decision", State.NONE
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.MADE, "Record the treatment decision", event="decision.made",
          done="Treatment decided", by=MEDICAL, needs=(IMAGED, SURGEON_HEARD, ONCOLOGIST_HEARD, EXAMINED_ANEW),
          asks={"modality": choice("Treatment", *MODALITIES, words=MODALITY_WORDS),
                "made_by": text("Made by (name and role)")})  # fmt: skip
    def make(self, answers: Answers) -> None:
        """Needs the result, both opinions and, after a treatment, an examination (7.1, 7.2), or a senior's reason."""
