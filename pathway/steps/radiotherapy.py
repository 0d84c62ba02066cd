"""Radiotherapy: one row a course, from dose and fractions to the last fraction."""

from typing import ClassVar

from django.db import models

from pathway.protocol.hours import shown
from pathway.protocol.past import is_last_fraction
from pathway.protocol.types import Answers
from pathway.record.ask import number, text, whole
from pathway.record.guards import FOUND, IDENTIFIED, consented
from pathway.record.step import CARE, MEDICAL, ByAnswer, Needs, Proposed, Situation, StateField, Step, move

MOST_FRACTIONS, MOST_GRAY = 30, 60
LAST, MORE = "the last of the course", "more to come"
N_OF_N = Needs(
    "The fraction's number is larger than the number of fractions.",
    lambda now: int(now.answers.get("n", 1)) <= int(now.answers.get("of", MOST_FRACTIONS)),
)


def counts(now: Situation) -> list[int]:
    """What the course may count to, newest last: what its last fraction says, and what was prescribed since."""
    told = [fact for fact in now.row if fact.kind in ("radiotherapy.decided", "radiotherapy.fraction")]
    fractions = [place for place, fact in enumerate(told) if fact.kind == "radiotherapy.fraction"]
    since = told[fractions[-1] :] if fractions else []
    return [int(fact.answers["of"] if "of" in fact.answers else fact.answers["fractions"]) for fact in since]


def why_another_course(now: Situation) -> str:
    """Both numbers, and the ways on."""
    counted, said = " or ".join(str(count) for count in dict.fromkeys(counts(now))), now.answers.get("of")
    return (
        f"This course counts to {counted} fractions, and this says {said}. Correct the number. Where another dose was "
        "prescribed, record dose and fractions first; where this is another course, stop this one early."
    )


def of_this_course(now: Situation) -> bool:
    """Whether a fraction counts to what the course counts to; nothing stands against the first."""
    counted, said = counts(now), now.answers.get("of")
    return not counted or said is None or said in counted


SAME_COURSE = Needs(why_another_course, of_this_course, field="of")


def whether_last(answers: Answers) -> str:
    """The last fraction completes the course."""
    return LAST if is_last_fraction(answers) else MORE


def next_fraction(now: Situation) -> Proposed:
    """The next number of the course, of as many as were counted so far or, the newer, prescribed."""
    given = [fact.answers for fact in now.row if fact.kind == "radiotherapy.fraction"]
    prescribed = [fact.answers["fractions"] for fact in now.row if fact.kind == "radiotherapy.decided"]
    of = next(reversed(counts(now) or prescribed), None)
    number = max((int(answers["n"]) for answers in given), default=0) + 1
    return Proposed({"n": min(number, int(of or number)), **({"of": of} if of else {})})


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
        ("radiotherapy.fraction", "radiotherapy.completed"),
        ("radiotherapy.planned", "radiotherapy.fraction", "radiotherapy.stopped_early"),
    )
    numbered: ClassVar = {"radiotherapy.fraction": "n"}
    BEFORE = (State.NONE, State.DECIDED, State.PLANNED)
    TO = ByAnswer(whether_last, {LAST: State.COMPLETED, MORE: State.STARTED})
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE,), State.DECIDED, "Record dose and fractions", event="radiotherapy.decided",
          done="Radiotherapy prescribed", by=MEDICAL, keeps=(State.DECIDED, State.PLANNED, State.STARTED),
          asks={"dose_gy": number("Dose in all (Gy)", least=0.5, most=MOST_GRAY),
                "fractions": whole("Fractions", least=1, most=MOST_FRACTIONS)})  # fmt: skip
    def decide(self, answers: Answers) -> None:
        """For example 8 Gy in 1, 20 Gy in 5 or 30 Gy in 10 (1.8)."""

    @move((State.NONE, State.DECIDED), State.PLANNED, "Record planning", event="radiotherapy.planned",
          done="Radiotherapy planned", by=MEDICAL)  # fmt: skip
    def plan(self, answers: Answers) -> None:
        """The plan is ready."""

    @move((*BEFORE, State.STARTED), TO, "Record a fraction", event="radiotherapy.fraction", done="Fraction given",
          by=CARE, needs=(consented("radiotherapy"), IDENTIFIED, FOUND, N_OF_N, SAME_COURSE), proposes=next_fraction,
          asks={"n": whole("Fraction number", least=1, most=MOST_FRACTIONS),
                "of": whole("Of how many", least=1, most=MOST_FRACTIONS)})  # fmt: skip
    def give(self, answers: Answers) -> None:
        """The first fraction is the start of definitive treatment, the last completes the course."""

    @move((*BEFORE, State.STARTED), State.COMPLETED, "Record the end of the course", event="radiotherapy.completed",
          done="Radiotherapy completed", by=CARE, keeps=(State.COMPLETED,),
          needs=(consented("radiotherapy", begun=(State.STARTED, State.COMPLETED)),))  # fmt: skip
    def complete(self, answers: Answers) -> None:
        """All fractions were given, or no more will be counted one by one."""

    @move((*BEFORE, State.STARTED), State.STOPPED, "Stop radiotherapy early", event="radiotherapy.stopped_early",
          done="Radiotherapy stopped early", by=MEDICAL, asks={"reason": text("Why", long=True)})  # fmt: skip
    def stop(self, answers: Answers) -> None:
        """No further fraction will be given."""

    @classmethod
    def details(cls, now: Situation) -> list[str]:
        """Dose and schedule, and how far the course has come."""
        lines = [
            f"{fact.answers['dose_gy']:g} Gy in {fact.answers['fractions']} fractions"
            for fact in now.row
            if fact.kind == "radiotherapy.decided"
        ][-1:]
        given = [fact for fact in now.row if fact.kind == "radiotherapy.fraction"]
        if given:
            numbers = {fact.answers["n"] for fact in given}
            of = given[-1].answers["of"]
            lines.append(f"{len(numbers)} of {of} recorded, the last at {shown(given[-1].occurred_at)}")
        return lines
