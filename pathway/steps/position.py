"""Position: lying flat, raised, sitting or free, who ordered it, and when it must be reviewed."""

from django.db import models
from django_fsm import FSMField

from pathway.protocol.past import stable
from pathway.protocol.types import Answers
from pathway.record.ask import choice, text, whole, yes_no
from pathway.record.case import POSITION_WORDS, POSITIONS
from pathway.record.guards import STABLE, why_not_stable
from pathway.record.step import CARE, MEDICAL, ByAnswer, Needs, Step, move

STABLE_TO_MOBILISE = Needs(
    why_not_stable,
    lambda now: now.answers.get("position") != "mobile" or now.state not in {"flat", "elevated"} or stable(now),
    senior=True,
)


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
    state = FSMField(default=State.UNASSESSED, choices=State, protected=True)

    @move(State.values, TO, "Order the position", event="position.ordered", done="Position ordered", by=CARE,
          needs=(STABLE_TO_MOBILISE,),
          asks={"position": choice("Position", *POSITIONS, words=POSITION_WORDS),
                "degrees": whole("Head raised by (degrees)", least=0, most=90, required=False),
                "log_roll": yes_no("Log roll?", required=False),
                "ordered_by": text("Ordered by (name)")})  # fmt: skip
    def order(self, answers: Answers) -> None:
        """An explicit order. Flat and raised lapse after 24 hours unless reviewed (NG234)."""

    @move((State.UNASSESSED, State.MOBILE), State.FLAT, "Record lying flat", event="position.immobilised",
          done="Laid flat", by=CARE, keeps=(State.FLAT, State.ELEVATED))  # fmt: skip
    def immobilise(self, answers: Answers) -> None:
        """The patient now lies flat; advice on stability is due within 24 hours."""

    @move((State.UNASSESSED, State.FLAT, State.ELEVATED, State.MOBILE, State.CLEARED), TO, "Review the position",
          event="position.reviewed", done="Position reviewed", by=CARE, needs=(STABLE_TO_MOBILISE,),
          asks={"position": choice("Position from now", *POSITIONS, words=POSITION_WORDS),
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
