"""What the words of a definition mean: moments of a case, each read from its facts.

A new one is one entry of MOMENTS; what none of the asked measures names is not read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pathway.analytics.facts import among
from pathway.protocol.vocabulary import SETS_CLASS
from pathway.record.case import ALIVE


@dataclass(frozen=True, slots=True)
class Moment:
    """What one word of a definition means: something about the facts of these kinds that satisfy `where`.

    `take`: first (its time), last, surely (the time by which one of them certainly was), ever (whether there is one).
    `beside`: kinds that it looks at otherwise.
    """

    kinds: tuple[str, ...]
    where: str = ""
    take: str = "first"
    beside: tuple[str, ...] = ()

    @property
    def reads(self) -> set[str]:
        """The kinds that have to be read for it."""
        return {*self.kinds, *self.beside}

    def condition(self) -> str:
        """The facts that it looks at."""
        return among(self.kinds) + (f" AND {self.where}" if self.where else "")

    def column(self) -> str:
        """It, for one case."""
        if self.take == "ever":
            return f"COALESCE(bool_or({self.condition()}), false)"
        function = {"first": "min(at)", "last": "max(at)", "surely": "min(at + width)"}[self.take]
        return f"{function} FILTER (WHERE {self.condition()})"

    def width(self) -> str:
        """How much later it may have been."""
        way = {"first": "at, id", "last": "at DESC, id DESC"}[self.take]
        return f"(array_agg(width ORDER BY {way}) FILTER (WHERE {self.condition()}))[1]"


@dataclass(frozen=True, slots=True)
class Answer(Moment):
    """What ends the clock of the scan: the first MRI, or where MRI is contraindicated a CT, once both are recorded."""

    def instead(self) -> str:
        """Whether the CT came to count first."""
        mri, ct, reason = (moment.column() for moment in (MRI, CT, NO_MRI))
        return f"({ct} IS NOT NULL AND {reason} IS NOT NULL AND ({mri} IS NULL OR greatest({ct}, {reason}) < {mri}))"

    def column(self) -> str:
        """It, for one case."""
        return f"CASE WHEN {self.instead()} THEN greatest({CT.column()}, {NO_MRI.column()}) ELSE {MRI.column()} END"

    def width(self) -> str:
        """How much later it may have been."""
        last = f"CASE WHEN {CT.column()} >= {NO_MRI.column()} THEN {CT.width()} ELSE {NO_MRI.width()} END"
        return f"CASE WHEN {self.instead()} THEN {last} ELSE {MRI.width()} END"


@dataclass(frozen=True, slots=True)
class Every(Moment):
    """All of them in their order, as an array; how exactly each is known stands in the same place of another."""

    def column(self) -> str:
        """They, for one case."""
        return f"array_agg(at ORDER BY at, id) FILTER (WHERE {self.condition()})"

    def width(self) -> str:
        """How much later each may have been."""
        return f"array_agg(width ORDER BY at, id) FILTER (WHERE {self.condition()})"


@dataclass(frozen=True, slots=True)
class After(Every):
    """The first of them that is not before the first of the kind `since`, whose facts are read too."""

    since: str = ""

    @property
    def reads(self) -> set[str]:
        """The kinds that have to be read for it."""
        return {*self.kinds, self.since}

    def column(self) -> str:
        """It, for one case."""
        return self.first_of("later")

    def width(self) -> str:
        """How much later it may have been."""
        return self.first_of("wide")

    def first_of(self, column: str) -> str:
        """A column of the first that is not too early."""
        every = f"unnest({Every.column(self)}, {Every.width(self)}) each (later, wide)"
        begins = f"min(at) FILTER (WHERE kind = '{self.since}')"
        return f"(SELECT {column} FROM {every} WHERE later >= {begins} ORDER BY later LIMIT 1)"  # noqa: S608 - constants


RESULT = ("imaging.communicated",)
MRI = Moment(("imaging.acquired",), "answers->>'modality' = 'mri' AND NOT without_answer", beside=RESULT)
CT = Moment(("imaging.acquired",), "answers->>'modality' = 'ct' AND NOT without_answer", beside=RESULT)
NO_MRI = Moment(("imaging.contraindicated",))
DATED = "(width IS NOT NULL)"  # of an unknown time nothing is certain, not even that it was not earlier
DEFINITIVE = "(kind <> 'radiotherapy.fraction' OR answers->>'n' = '1')"
TREATS = ("surgery.started", "radiotherapy.fraction", "systemic.started")
IN_BED = "answers->>'position' IN ('flat', 'elevated')"
LIVE = "answers->>'channel' IN ('phone', 'bleep', 'face_to_face')"
SAT_UP = "answers->>'step' IN ('R2', 'R3', 'R4', 'R5', 'R6')"
LAST_FRACTION = "(kind <> 'radiotherapy.fraction' OR answers->>'n' = answers->>'of')"
OPINION = "answers->>'opinion' <> 'more_information'"
WITH_SINS = "(kind = 'sins.scored' OR COALESCE(answers->>'sins', '') <> '')"

MOMENTS: dict[str, Moment] = {
    "ever_a": Moment(tuple(sorted(SETS_CLASS)), "answers->>'class' = 'A'", "ever"),
    "suspected": Moment(("case.suspected",)),
    "reopened": Every(("case.reopened",)),
    "contact": Moment(("contact.made",), LIVE),
    "referred": Moment(("referral.received",)),
    "triaged": Moment(("referral.triaged",)),
    "requested": Moment(("imaging.requested",)),
    "scanned": Moment(("imaging.acquired",)),
    "answered": Answer(("imaging.acquired", "imaging.contraindicated"), beside=RESULT),
    "mri": MRI,
    "ct": CT,
    "result": Moment(("imaging.communicated",)),
    "indicated": Moment(("steroids.indicated",)),
    "steroid": Moment(("steroids.started",)),
    "steroid_stopped": Moment(("steroids.stopped",), take="last"),
    "doses": Every(("steroids.started",)),
    "stops": Every(("steroids.stopped",)),
    "tapers": Every(("steroids.taper_planned", "steroids.stopped")),
    "confirmed": Moment(("case.confirmed",)),
    "impending": Moment(("case.impending",)),
    "metastases": Moment(("case.metastases_only",)),
    "excluded": Moment(("case.excluded",)),
    "supportive": Moment(("case.supportive_care",)),
    "decided": Moment(("decision.made",)),
    "decided_radiotherapy": Moment(("decision.made",), "answers->>'modality' = 'radiotherapy'"),
    "decided_surgery": Moment(("decision.made",), "answers->>'modality' = 'surgery'"),
    "surgical": Moment(("opinion.surgical",), OPINION),
    "oncological": Moment(("opinion.oncology",), OPINION),
    "treated": Moment(TREATS, DEFINITIVE),
    "treatments": Every(TREATS, DEFINITIVE),
    "first_fraction": Moment(("radiotherapy.fraction",), "answers->>'n' = '1'"),
    "operated": Moment(("surgery.started",)),
    "treatment_over": Moment(
        ("surgery.ended", "radiotherapy.completed", "radiotherapy.stopped_early", "radiotherapy.fraction"),
        LAST_FRACTION,
    ),
    "flat": Moment(("position.ordered", "position.immobilised"), f"(kind <> 'position.ordered' OR {IN_BED})"),
    "cleared": Moment(("position.cleared_to_sit",)),
    "sins": Moment(("sins.scored", "stability.advised"), WITH_SINS),
    "sins_surely": Moment(("sins.scored", "stability.advised"), WITH_SINS, "surely"),
    "sins_undated": Moment(("sins.scored", "stability.advised"), f"{WITH_SINS} AND NOT {DATED}", "ever"),
    "mobilised": Moment(("rehabilitation.stepped",), SAT_UP),
    "mobilised_surely": Moment(("rehabilitation.stepped",), SAT_UP, "surely"),
    "mobilised_undated": Moment(("rehabilitation.stepped",), f"{SAT_UP} AND NOT {DATED}", "ever"),
    "admitted": Moment(("case.admitted",)),
    "catheter": Moment(("bladder.catheterised",)),
    "catheter_out": After(("bladder.catheter_removed",), since="bladder.catheterised"),
    "physiotherapy_seen": Moment(("physiotherapy.assessed",)),
    "needs": Moment(("discharge.needs_assessed",)),
    "discharged": Moment(("discharge.discharged",)),
    "died": Moment(("case.died",)),
    "said_dead": Moment(("followup.recorded",), "answers->>'alive' = 'false'"),
    "said_dead_surely": Moment(("followup.recorded",), "answers->>'alive' = 'false'", "surely"),
    "dead_week_8": Moment(("followup.recorded",), "answers->>'alive' = 'false' AND answers->>'due' = 'week_8'", "ever"),
    "seen": Moment(  # the last entry of a known time that shows the patient alive
        (*sorted(ALIVE), "followup.recorded"),
        f"{DATED} AND (kind <> 'followup.recorded' OR answers->>'alive' = 'true')",
        "last",
    ),
    "left_alliance": Moment(("case.left",)),
    "closed": Moment(("case.closed",)),
    "skin": Moment(("skin.assessed",), take="ever"),
    "damage": Moment(("skin.assessed",), "COALESCE(answers->>'damage', '') <> ''", "ever"),
}


def columns(moments: Mapping[str, Moment], wide: Sequence[str]) -> str:
    """After FACTS: these moments of each case, and how exactly those in `wide` are known."""
    found = [f"{moment.column()} AS {name}" for name, moment in moments.items()]
    found += [f"{moments[name].width()} AS {name}_width" for name in wide]
    return f", moment AS (SELECT subject, {', '.join(found)} FROM fact GROUP BY subject)"  # noqa: S608 - of constants
