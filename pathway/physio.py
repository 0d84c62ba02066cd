"""The physiotherapists' list: first assessments and reviews due, ladders in progress, and every other open case."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, Subquery

from pathway import protocol
from pathway.engine.now import now as database_now
from pathway.protocol.merged import united
from pathway.protocol.past import LIES, Past
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from pathway.record.measure import kept
from pathway.record.person import User
from pathway.record.search import named
from pathway.record.therapy import MISSED, STEPPED, STOPPED, TREATED, WEEK, Dose, Tried, dose, ladder
from pathway.scales.mobility import MOBILITY
from pathway.scales.types import Score
from pathway.steps.position import Lies, lies
from pathway.steps.rehabilitation import Rehabilitation

FIRST, REVIEWS = "physiotherapy", ("flat_review", "remobilise")
KINDS = ("mobility.assessed", STEPPED, STOPPED, TREATED, MISSED, *LIES)
SHOWN = 200
GROUPS = {
    "first": "First assessment due",
    "review": "Reviews due",
    "ladder": "On the sitting ladder",
    "other": "Other open cases",
}


class BadUnit(ValueError):
    """A unit that no link of this list names."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One case on the list. How it stands is derived here, never stored."""

    case: Case
    now: datetime
    clocks: list[Clock] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def due(self) -> list[tuple[str, Clock]]:
        """The clocks of therapists that run, in words, the first to run out in front."""
        running = sorted(self.clocks, key=lambda clock: clock.due_at)
        return [(protocol.label(self.case.protocol, clock.standard), clock) for clock in running]

    @property
    def tried(self) -> Tried | None:
        """The newest step of the ladder."""
        return next(reversed(ladder(self.facts)), None)

    @property
    def on_ladder(self) -> bool:
        """Whether the ladder was begun and is not at its end."""
        return self.tried is not None and Rehabilitation.folded(self.of_ladder) not in ("R0", "R6")

    @property
    def of_ladder(self) -> list[Fact]:
        """The facts of the ladder."""
        return [each for each in self.facts if each.kind in (STEPPED, STOPPED)]

    @property
    def ladder_words(self) -> str:
        """How far the ladder has come."""
        return Rehabilitation.words()[Rehabilitation.folded(self.of_ladder)] if self.tried else ""

    @property
    def position(self) -> Lies:
        """How the patient is to lie, sit or move."""
        return lies(Past(self.now, self.facts))

    @property
    def grade(self) -> tuple[Score, datetime] | None:
        """The newest grade of mobility, and when it was found."""
        found = [(score, each.occurred_at) for each in self.facts for score in kept(each.answers)]
        return next(((score, at) for score, at in reversed(found) if score.scale == MOBILITY.key), None)

    @property
    def dose(self) -> Dose:
        """What was given, and missed, in the last seven days."""
        return dose(self.facts, self.now - WEEK)

    @property
    def group(self) -> str:
        """One of GROUPS: what is due comes before what is going on."""
        kinds = {clock.standard for clock in self.clocks}
        if FIRST in kinds:
            return "first"
        if kinds:
            return "review"
        return "ladder" if self.on_ladder else "other"


@dataclass(frozen=True, slots=True)
class Round:
    """The whole list, by group; `hidden` is how many open cases did not fit on it."""

    now: datetime
    groups: list[tuple[str, str, list[Patient]]]
    shown: int
    hidden: int


def work(user: User, unit: str = "", find: str = "") -> Round:
    """The list of the cases that a person may see, of one unit or found by name or number, in four queries.

    Raises:
        BadUnit: that is no unit.
    """
    now = database_now()
    cases = Case.objects.visible_to(user).open().filter(survivor=None)
    if unit:
        try:
            cases = cases.filter(unit__uuid=UUID(unit))
        except ValueError:
            raise BadUnit(unit) from None
    if find:
        cases = cases.filter(named(find))
    mine = Clock.objects.running().filter(case=OuterRef("pk"), standard__in=(FIRST, *REVIEWS))
    begun = Rehabilitation._default_manager.filter(case=OuterRef("pk"))
    ordered = cases.alias(due=Subquery(mine.order_by("due_at").values("due_at")[:1]), begun=Exists(begun)).order_by(
        F("due").asc(nulls_last=True), F("begun").desc(), "-id"
    )
    shown = list(ordered.select_related("patient", "unit")[:SHOWN])
    found = dressed(shown, now)
    groups = [(key, words, [each for each in found if each.group == key]) for key, words in GROUPS.items()]
    hidden = cases.count() - SHOWN if len(shown) == SHOWN else 0
    return Round(now, groups, len(shown), hidden)


def dressed(cases: list[Case], now: datetime) -> list[Patient]:
    """The cases with their clocks and what happened to them: two queries, however many they are."""
    keys = [case.pk for case in cases]
    clocks: dict[int, list[Clock]] = defaultdict(list)
    for clock in Clock.objects.running().filter(case_id__in=keys, standard__in=(FIRST, *REVIEWS)):
        clocks[clock.case_id].append(clock)
    own: dict[int, list[Event]] = defaultdict(list)
    merged: dict[int, list[Event]] = defaultdict(list)
    told = Q(kind__in=KINDS) | Q(corrects__kind__in=KINDS)
    for event in Event.objects.of(keys).filter(told).select_related("case").order_by("pk"):
        into = event.case.survivor_id
        (merged[into] if into else own[event.case_id]).append(event)
    facts = {key: united(map(fact, standing(own[key])), map(fact, standing(merged[key]))) for key in keys}
    return [Patient(case, now, clocks[case.pk], facts[case.pk]) for case in cases]
