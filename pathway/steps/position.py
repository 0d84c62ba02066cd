"""Position: lying flat, raised, sitting or free, who ordered it, and when it must be reviewed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.forms import Field

from pathway.protocol.hours import shown
from pathway.protocol.past import LIES, Past, lies_flat, stable
from pathway.protocol.positioning import default_position, lapses_at
from pathway.protocol.types import Answers, Fact
from pathway.record.ask import choice, text, whole, yes_no
from pathway.record.case import POSITION_WORDS, POSITIONS
from pathway.record.guards import STABLE, judge_again, why_not_stable
from pathway.record.step import CARE, MEDICAL, ByAnswer, Needs, Proposed, Situation, StateField, Step, move


def may_mobilise(now: Situation) -> bool:
    """Whether the order keeps the patient in bed, or finds nobody there and nothing worse, or the spine is stable."""
    lies = now.state in {"flat", "elevated"} or lies_flat(now) is not None or bool(judge_again(now))
    return now.answers.get("position") != "mobile" or not lies or stable(now)


STABLE_TO_MOBILISE = Needs(
    why_not_stable,
    may_mobilise,
    senior=True,
    asks="stability.advised",
)
DEGREES = Needs(
    "Degrees belong to a raised head. Choose “Head raised”, or leave the degrees empty.",
    lambda now: not now.answers.get("degrees") or now.answers.get("position") == "elevated",
    field="degrees",
)
INTOLERANCE = {"pain": "Pain", "breathlessness": "Breathlessness"}


def raised() -> dict[str, Field]:
    """What an order to lie with the head raised says: by how much, and why not flat."""
    return {
        "degrees": whole("Head raised by (degrees)", least=0, most=90, required=False),
        "intolerance": choice("Cannot lie flat because of", *INTOLERANCE, required=False),
    }


def by_default(now: Situation) -> Proposed:
    """The default of class, pain and advice."""
    default = default_position(now)
    return Proposed(default.answers, default.why)


class Position(Step):
    """How the patient may lie, sit and move."""

    class State(models.TextChoices):
        UNASSESSED = "unassessed", "Not yet ordered"
        FLAT = "flat", "Flat"
        ELEVATED = "elevated", "Head raised"
        MOBILE = "mobile", "Mobile with advice"
        CLEARED = "cleared", "Cleared to sit"
        FREED = "freed", "Unrestricted"

    track, title, initial = "position", "Position", State.UNASSESSED
    TO = ByAnswer("position", {"flat": State.FLAT, "elevated": State.ELEVATED, "mobile": State.MOBILE})
    state = StateField(default=State.UNASSESSED, choices=State)

    @move(State.values, TO, "Order the position", event="position.ordered", done="Position ordered", by=CARE,
          needs=(STABLE_TO_MOBILISE, DEGREES), proposes=by_default,
          asks={"position": choice("Position", *POSITIONS, words=POSITION_WORDS),
                **raised(),
                "log_roll": yes_no("Log roll?", required=False),
                "ordered_by": text("Ordered by (name)")})  # fmt: skip
    def order(self, answers: Answers) -> None:
        """An explicit order. Flat and raised lapse after 24 hours unless reviewed (NG234)."""

    @move((State.UNASSESSED, State.MOBILE), State.FLAT, "Record lying flat", event="position.immobilised",
          done="Laid flat", by=CARE, keeps=(State.FLAT, State.ELEVATED))  # fmt: skip
    def immobilise(self, answers: Answers) -> None:
        """The patient now lies flat; advice on stability is due within 24 hours."""

    @move((State.UNASSESSED, State.FLAT, State.ELEVATED, State.MOBILE, State.CLEARED), TO, "Review the position",
          event="position.reviewed", done="Position reviewed", by=CARE, needs=(STABLE_TO_MOBILISE, DEGREES),
          asks={"position": choice("Position from now", *POSITIONS, words=POSITION_WORDS),
                **raised(),
                "reviewed_by": text("Reviewed by (name)")})  # fmt: skip
    def review(self, answers: Answers) -> None:
        """A named clinician renews or changes the order."""

    @move((State.UNASSESSED, State.FLAT, State.ELEVATED, State.MOBILE), State.CLEARED, "Clear to sit",
          event="position.cleared_to_sit", done="Cleared to sit", by=MEDICAL, needs=(STABLE,),
          asks={"cleared_by": text("Cleared by (senior's name)")})  # fmt: skip
    def clear(self, answers: Answers) -> None:
        """Sitting up may begin, step by step."""

    @move((State.UNASSESSED, State.FLAT, State.ELEVATED, State.MOBILE, State.CLEARED), State.FREED,
          "Lift all restrictions", event="position.freed", done="Restrictions lifted", by=MEDICAL, needs=(STABLE,),
          )  # fmt: skip
    def free(self, answers: Answers) -> None:
        """No restriction of position or movement remains."""

    @classmethod
    def details(cls, now: Situation) -> list[str]:
        """What became worse, the angle, why not flat, and when the order lapses: it has to be renewed by then."""
        order, lapses, lines = lies_flat(now), lapses_at(now), judge_again(now)
        if order is None or lapses is None:
            return lines
        degrees, because = order.answers.get("degrees"), order.answers.get("intolerance")
        lines += [f"Head raised by {degrees} degrees"] if degrees else []
        lines += [f"Cannot lie flat: {INTOLERANCE.get(str(because), str(because)).lower()}"] if because else []
        if lapses <= now.at:
            return [*lines, f"Lapsed at {shown(lapses)}: review the position, to renew or change the order"]
        return [*lines, f"The order lapses at {shown(lapses)}"]


@dataclass(frozen=True, slots=True)
class Lies:
    """How the patient is to lie, sit or move: in words, by which entry, and until when; `order` None without any."""

    words: str
    order: Fact | None
    lapses: datetime | None
    lapsed: bool


def lies(past: Past) -> Lies:
    """The order that counts, as all the facts say, those of the cases merged into this one too."""
    order, lapses = lies_flat(past) or past.last(*LIES), lapses_at(past)
    words = Position.words()[Position.folded([order])] if order else "No position ordered"
    return Lies(words, order, lapses, lapses is not None and lapses <= past.at)
