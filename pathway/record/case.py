"""The case: one person's suspected compression, its coarse state, and what lists need to know of it."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.forms import ChoiceField

from pathway import protocol
from pathway.protocol.hours import LONDON, shown
from pathway.protocol.past import UNFOUND, imaged, imaged_anew, positive
from pathway.protocol.phase import PHASES
from pathway.protocol.types import EXACT, Answers, Fact, Role
from pathway.protocol.vocabulary import SETS_CLASS, STARTS_ANEW
from pathway.record.ask import choice, several, text, yes_no
from pathway.record.person import Organisation, Patient, Unit, User
from pathway.record.step import CARE, MEDICAL, ByAnswer, Machine, Needs, Situation, StateField, move

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from pathway.record.clock import Clock
    from pathway.record.event import Event

READS_CASES = frozenset({Role.COORDINATOR, Role.CLINICIAN, Role.PHYSIOTHERAPIST, Role.MANAGER})
PLACES = (
    *("gp", "emergency_department", "ward", "clinic", "hospice", "community", "ambulance", "helpline", "imaging"),
)
POSITIONS = ("flat", "elevated", "mobile")
POSITION_WORDS = {"elevated": "Head raised: cannot lie flat", "mobile": "Mobile with advice"}
PLACE_WORDS = {"gp": "GP", "imaging": "Found on a scan"}
SIGN_WORDS = {
    "bladder": "Bladder: cannot hold or pass urine",
    "bowel": "Bowel: continence lost",
    "autonomic": "Autonomic dysreflexia: pounding headache, blood pressure up (T6 or above)",
}
SIGNS = ("power", "sensation", "bladder", "bowel", "gait", "pain", "autonomic")
LEVELS = (
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    *(f"S{n}" for n in range(1, 6)),
)
REOPENS = timedelta(days=30)  # clinical.md 7.1: later it is a new case, linked to this one
ALIVE = frozenset(
    """
    case.admitted case.deteriorated position.cleared_to_sit position.freed orthosis.fitted imaging.started
    imaging.acquired steroids.started steroids.changed biopsy.taken radiotherapy.fraction surgery.started
    systemic.started bone_agent.given transfer.departed neuro.examined mobility.assessed physiotherapy.assessed
    occupational_therapy.assessed rehabilitation.stepped rehabilitation.stopped bladder.scanned bladder.catheterised
    bowel.assessed skin.assessed vte.dosed pain.scored distress.screened told.patient discharge.discharged
    """.split()  # noqa: SIM905
)
CLASS_WORDS = {
    "A": "A: cancer or strong suspicion, with any neurological symptom or sign",
    "B": "B: cancer with spinal pain, no neurological symptom or sign",
    "C": "C: no known cancer, suspicious pain",
}


def current_protocol() -> str:
    """The version that a new case is pinned to."""
    return protocol.CURRENT


class CaseQuerySet(models.QuerySet["Case"]):
    """What may be asked of all cases."""

    def visible_to(self, user: User) -> Self:
        """The cases that a person may see: those of their own organisation, for the roles that read cases."""
        if not (user.role_set & READS_CASES) or user.organisation_id is None:
            return self.none()
        return self.real().filter(organisation_id=user.organisation_id)

    def real(self) -> Self:
        """All but fire drills, which no board, list or figure counts."""
        return self.filter(drill=False)

    def open(self) -> Self:
        """The cases that have not ended."""
        return self.filter(is_open=True)


def a_class() -> ChoiceField:
    """The class of a case, in words."""
    return choice("Class", "A", "B", "C", words=CLASS_WORDS)


IMAGING_OR_SENIOR = Needs(
    lambda now: (
        f"A scan result has not been recorded{' since the case was reopened' if imaged(now) else ''}. Record it first, "
        "or give the senior clinician who excludes compression without one, and why."
    ),
    imaged_anew,
    senior=True,
)


SAYS_SO = {
    "mscc": ("confirmed", "supportive_care"),
    "impending": ("confirmed", "impending", "supportive_care"),
}


RESULT_WORDS = {"mscc": "compression", "impending": "impending compression"}


def result_told(now: Situation, *settled: str) -> str:
    """The result told that says compression, with none of these kinds since; else ''."""
    told = positive(now, *settled)
    return str(told.answers["result"]) if told else ""


def result_left_open(now: Situation) -> str:
    """A result told that says compression, where the case does not; else ''."""
    result = result_told(now, "case.metastases_only", "case.excluded", "case.reopened")
    return result if now.state not in SAYS_SO.get(result, (now.state,)) else ""


AS_THE_RESULT_SAYS = Needs(
    lambda now: (
        f"The result told was {RESULT_WORDS[result_left_open(now)]}, "
        "and the case does not say so. Record it first, or give the senior clinician who decides otherwise, and why."
    ),
    lambda now: not result_left_open(now),
    senior=True,
)
NO_RESULT_AGAINST = Needs(
    lambda now: (
        f"A result told was {RESULT_WORDS[result_told(now, *UNFOUND)]}, and no later scan takes that back. "
        "Correct that entry if it is wrong, or give the senior clinician who excludes compression, and why."
    ),
    lambda now: not result_told(now, *UNFOUND),
    senior=True,
)


def standing_class(now: Situation) -> str:
    """The class of the case at the time of the move."""
    newest = now.last(*SETS_CLASS)
    return str(newest.answers["class"]) if newest else ""


ANOTHER_CLASS = Needs(
    lambda now: f"The case is in class {standing_class(now)} already.",
    lambda now: now.answers.get("class") != standing_class(now),
)
NO_OTHER_CLASS_THEN = Needs(
    lambda now: (
        f"Another entry of the same time ({shown(now.at)}) gives the class. Give a later time, or correct that entry."
    ),
    lambda now: not then(now, *STARTS_ANEW),
)
NOT_DISCHARGED_THEN = Needs(
    lambda now: (
        f"The patient was discharged at that very time ({shown(now.at)}), and this would count as before it. Give a "
        "time a minute later, or an earlier one where the admission came first."
    ),
    lambda now: all(fact.width != EXACT for fact in then(now, "discharge.discharged")),
)


def then(now: Situation, *kinds: str) -> list[Fact]:
    """The facts of these kinds at the very time of the move."""
    return [fact for fact in now.all(*kinds) if fact.occurred_at == now.at]


def ending(now: Situation) -> Fact | None:
    """What the case would be reopened after."""
    over = ("case.closed", "case.left", "case.excluded")
    found = [fact for fact in (now.last(*over), now.last("case.declined", what="everything")) if fact]
    return max(found, key=lambda fact: fact.occurred_at, default=None)


def ended_recently(now: Situation) -> bool:
    """Whether the case may still be reopened."""
    last = ending(now)
    return last is None or now.at - last.occurred_at <= REOPENS


def too_long_ago(now: Situation) -> str:
    """Why a case is not reopened, and the way on."""
    last = ending(now)
    day = f"{last.occurred_at.astimezone(LONDON):%-d %B %Y}" if last else "long ago"
    return (
        f"The case ended on {day}, more than {REOPENS.days} days before. "
        "New signs are a new compression: open a new case that follows this one."
    )


RECENT = Needs(too_long_ago, ended_recently)
NOTHING_MERGED_IN = Needs(
    lambda now: (
        f"{' and '.join(now.absorbed)} {'is' if len(now.absorbed) == 1 else 'are'} merged into this case and would be "
        "lost with it. Undo the merge first."
    ),
    lambda now: not now.absorbed,
)


class Case(Machine):
    """A suspected case. Written only by the engine; the columns after `protocol` are kept by its `sync`.

    `survivor` is the case that this one is merged into, `follows` an earlier, ended case of the same patient.
    """

    class State(models.TextChoices):
        SUSPECTED = "suspected", "Suspected"
        CONFIRMED = "confirmed", "Compression confirmed"
        IMPENDING = "impending", "Impending compression"
        METASTASES_ONLY = "metastases_only", "Metastases, no compression"
        EXCLUDED = "excluded", "Compression excluded"
        SUPPORTIVE_CARE = "supportive_care", "Supportive care"
        DECLINED = "declined", "Declined"
        LEFT = "left", "Left the alliance"
        CLOSED = "closed", "Closed"
        DIED = "died", "Died"
        ENTERED_IN_ERROR = "entered_in_error", "Entered in error"
        MERGED = "merged", "Merged into another case"

    track, title, initial = "case", "Case", State.SUSPECTED
    ends: ClassVar = {"case.died": ALIVE}
    OPEN: ClassVar = (
        *(State.SUSPECTED, State.CONFIRMED, State.IMPENDING),
        *(State.METASTASES_ONLY, State.EXCLUDED, State.SUPPORTIVE_CARE),
    )
    ENDED: ClassVar = (
        *(State.DECLINED, State.LEFT, State.CLOSED),
        *(State.DIED, State.ENTERED_IN_ERROR, State.MERGED),
    )

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="cases")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases")
    state = StateField(default=State.SUSPECTED, choices=State)
    survivor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    protocol = models.CharField(max_length=40, default=current_protocol)
    klass = models.CharField("class", max_length=1, choices=[(letter, letter) for letter in "ABC"])
    phase = models.CharField(max_length=20, choices=list(PHASES.items()), default="suspected")
    owner = models.CharField(max_length=200, blank=True)
    is_open = models.BooleanField(default=True)
    drill = models.BooleanField(default=False, db_default=False, help_text="a synthetic case of a fire drill")
    suspected_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    next_standard = models.CharField(max_length=40, blank=True)
    next_amber_at = models.DateTimeField(null=True)
    next_width = models.DurationField(
        null=True, default=EXACT, help_text="how much later the next clock may have started; null: unknown"
    )
    next_due_at = models.DateTimeField(null=True)
    overdue_from = models.DateTimeField(null=True, help_text="from then on one of its clocks is certainly over")
    wake_at = models.DateTimeField(null=True)
    contradictions = ArrayField(models.CharField(max_length=40), default=list)
    tracks = models.JSONField(default=dict, db_default={}, help_text="the newest row of each track that was begun")

    objects = CaseQuerySet.as_manager()
    clocks: "RelatedManager[Clock]"
    events: "RelatedManager[Event]"

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False), name="case_wake"),
            models.Index(
                "organisation",
                models.F("next_due_at").asc(nulls_last=True),
                "id",
                condition=Q(is_open=True),
                name="case_board",
            ),
            models.Index(fields=["organisation", "owner"], condition=Q(is_open=True), name="case_owner"),
            models.Index(fields=["organisation", "suspected_at"], condition=Q(drill=False), name="case_suspected"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """A short name of the case that identifies nobody outside."""
        return f"M{self.pk:05d}"

    @move(OPEN, None, "Record admission", event="case.admitted", done="Admitted", by=CARE,
          needs=(NOT_DISCHARGED_THEN,),
          asks={"site": text("Site", required=False), "ward": text("Ward", required=False)})  # fmt: skip
    def admit(self, answers: Answers) -> None:
        """A bed in a hospital; for somebody already in one, with its true time."""

    @move(OPEN, None, "Change the class", event="case.reclassified", done="Class changed", by=MEDICAL,
          needs=(ANOTHER_CLASS, NO_OTHER_CLASS_THEN),
          asks={"class": a_class(), "reason": text("Why", long=True)})  # fmt: skip
    def reclassify(self, answers: Answers) -> None:
        """Neurology has appeared, or was judged not to be there."""

    @move(OPEN, None, "Report deterioration", event="case.deteriorated", done="Deteriorated", by=CARE,
          asks={"what": choice("What is worse", *SIGNS, words=SIGN_WORDS)})  # fmt: skip
    def deteriorate(self, answers: Answers) -> None:
        """Something is worse than before."""

    @move(OPEN, None, "Name the coordinator", event="case.assigned", done="Coordinator named", by=MEDICAL,
          asks={"to": text("Named coordinator or owner")})  # fmt: skip
    def assign(self, answers: Answers) -> None:
        """One named person coordinates the case (QS56 statement 5)."""

    @move((State.SUSPECTED, State.IMPENDING, State.METASTASES_ONLY), State.CONFIRMED, "Confirm compression",
          event="case.confirmed", done="Compression confirmed", by=MEDICAL, keeps=(State.SUPPORTIVE_CARE,),
          asks={"levels": several("Levels", *LEVELS),
                "site": choice("Site", "cord", "cauda_equina", words={"cord": "Spinal cord"}),
                "known_primary": yes_no("Is the primary cancer known?")})  # fmt: skip
    def confirm(self, answers: Answers) -> None:
        """Imaging shows compression and a clinician records it."""

    @move((State.SUSPECTED, State.METASTASES_ONLY), State.IMPENDING, "Record impending compression",
          event="case.impending", done="Impending compression", by=MEDICAL,
          asks={"levels": several("Levels", *LEVELS)})  # fmt: skip
    def threaten(self, answers: Answers) -> None:
        """The cord is threatened; no compression is established."""

    @move((State.SUSPECTED, State.IMPENDING), State.METASTASES_ONLY, "Record metastases only",
          event="case.metastases_only", done="Metastases, no compression", by=MEDICAL,
          needs=(AS_THE_RESULT_SAYS,), asks={"plan": text("Plan", long=True)})  # fmt: skip
    def find_metastases_only(self, answers: Answers) -> None:
        """Spinal metastases without compression, with a plan."""

    @move((State.SUSPECTED, State.IMPENDING, State.METASTASES_ONLY), State.EXCLUDED, "Exclude compression",
          event="case.excluded", done="Compression excluded", by=MEDICAL, needs=(IMAGING_OR_SENIOR, NO_RESULT_AGAINST),
          asks={"alternative": text("What it is instead", long=True)})  # fmt: skip
    def exclude(self, answers: Answers) -> None:
        """No compression; the alternative is recorded."""

    @move(OPEN, None, "Record the plan", event="case.planned", done="Plan recorded", by=MEDICAL,
          asks={"plan": text("Plan", long=True)})  # fmt: skip
    def plan(self, answers: Answers) -> None:
        """The management plan of a class B case, or the 24-hour plan of a class A case."""

    @move((State.SUSPECTED, State.CONFIRMED, State.IMPENDING, State.METASTASES_ONLY), State.SUPPORTIVE_CARE,
          "Decide on supportive care", event="case.supportive_care", done="Supportive care decided", by=MEDICAL,
          asks={"senior": text("Senior clinician who decided"),
                "discussed_with": text("Discussed with (patient, family)")})  # fmt: skip
    def support(self, answers: Answers) -> None:
        """Not for imaging or treatment; a named senior decided with patient and family."""

    @move(OPEN, ByAnswer("what", {"everything": State.DECLINED}), "Record that the patient declines",
          event="case.declined", done="Declined by the patient", by=MEDICAL,
          asks={"what": choice("What is declined", "everything", "imaging", "treatment",
                               words={"everything": "The whole pathway", "imaging": "The scan"}),
                "capacity": text("Capacity: who assessed it, and what was found", long=True)})  # fmt: skip
    def decline(self, answers: Answers) -> None:
        """A refusal with capacity recorded."""

    @move(OPEN, None, "Transfer within the cancer alliance", event="case.transferred", done="Transferred", by=MEDICAL,
          asks={"to": text("To"), "accepted_by": text("Accepted by (name)")})  # fmt: skip
    def transfer(self, answers: Answers) -> None:
        """Another hospital of the alliance takes over; no clock stops."""

    @move(OPEN, State.LEFT, "Record leaving the cancer alliance", event="case.left",
          done="Left the alliance", by=MEDICAL,
          asks={"to": text("To"), "accepted_by": text("Accepted by (name)")})  # fmt: skip
    def leave(self, answers: Answers) -> None:
        """A service outside the alliance has accepted the patient."""

    @move((*OPEN, State.DECLINED, State.LEFT, State.CLOSED), State.DIED, "Record death", event="case.died",
          done="Died", by=MEDICAL, asks={"source": text("Source of the date and time")})  # fmt: skip
    def die(self, answers: Answers) -> None:
        """All clocks and alerts stop at the time of death."""

    @move(OPEN, State.CLOSED, "Close the case", event="case.closed", done="Case closed", by=MEDICAL,
          needs=(AS_THE_RESULT_SAYS,), asks={"reason": text("Why", long=True)})  # fmt: skip
    def close(self, answers: Answers) -> None:
        """Follow-up is complete, or only advice was needed."""

    @move((State.CLOSED, State.DECLINED, State.LEFT, State.EXCLUDED), State.SUSPECTED, "Reopen the case",
          event="case.reopened", done="Case reopened", by=MEDICAL, needs=(RECENT,),
          asks={"class": a_class(), "reason": text("Why", long=True)})  # fmt: skip
    def reopen(self, answers: Answers) -> None:
        """New neurology, or a refusal taken back: clocks start anew."""

    @move((*OPEN, State.DECLINED, State.LEFT, State.CLOSED, State.DIED), State.ENTERED_IN_ERROR,
          "Mark as entered in error", event="case.entered_in_error", done="Entered in error",
          by=(Role.COORDINATOR,), needs=(NOTHING_MERGED_IN,),
          asks={"reason": text("Why", long=True), "second_person": text("Second person who agrees (name)")},
          )  # fmt: skip
    def mark_in_error(self, answers: Answers) -> None:
        """Never was a case; kept, and left out of every figure."""

    @move(OPEN, State.MERGED, "Merge into another case", event="case.merged", done="Merged into another case",
          by=(Role.COORDINATOR,), page="merge",
          asks={"into": text("Case that goes on"), "reason": text("Why both are one compression", long=True),
                "second_person": text("Second person who agrees (name)")})  # fmt: skip
    def merge(self, answers: Answers) -> None:
        """A duplicate: its facts count for the other case, whose clocks then run from the earlier suspicion."""
