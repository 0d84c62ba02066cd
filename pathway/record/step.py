"""The state machines: what a step is, how a move is declared, and what a guard asks."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import Any, ClassVar
from uuid import uuid4

import django_fsm
from django.apps import apps
from django.db import models

from pathway.protocol.past import Past
from pathway.protocol.types import Answers, Fact, Role
from pathway.record.ask import Asks

MEDICAL = frozenset({Role.COORDINATOR, Role.CLINICIAN})
CARE = MEDICAL | {Role.PHYSIOTHERAPIST}


@dataclass(frozen=True, slots=True)
class Situation(Past):
    """What a guard may look at: the facts of the case and of its row, the move's time and answers, whether the patient
    is fully identified, and the codes of the cases `absorbed`: merged into this one. Those of its row that happened
    `later` were typed in before.
    """

    answers: Answers
    state: str
    overridden: bool = False
    row: Sequence[Fact] = ()
    later: Sequence[Fact] = ()
    identified: bool = True
    absorbed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """Answers to begin a form with, and why."""

    answers: Answers
    why: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """A guard with its reason. Where `senior` is set, a named senior may let it pass and say why.

    `field` names the answer that the guard is about, so that the form shows the reason there. `asks` is the kind of
    event whose absence it speaks of: the form asks for it too, and records both; `given` are answers known already.
    """

    reason: str | Callable[[Situation], str]
    holds: Callable[[Situation], bool]
    senior: bool = False
    asks: str = ""
    given: Answers = field(default_factory=dict, hash=False)
    field: str = ""

    def missing(self, situation: Situation) -> str:
        """The sentence to show where the guard does not hold, else ''."""
        if self.holds(situation):
            return ""
        return self.reason if isinstance(self.reason, str) else self.reason(situation)

    def __call__(self, step: "Machine") -> bool:
        """The guard as django-fsm asks it, on a step that knows its situation."""
        situation = step.situation
        return situation is not None and (self.holds(situation) or (self.senior and situation.overridden))


@dataclass(frozen=True, slots=True)
class Move:
    """Everything that page, API, diagram and permission need to know of one move.

    `page` names the page of a move that takes more than its own case, and so an engine function of its own.
    """

    verb: str
    event: str
    label: str
    done: str
    by: frozenset[Role]
    asks: Asks = field(default_factory=dict)
    needs: tuple[Needs, ...] = ()
    page: str = ""
    proposes: Callable[[Situation], Proposed] | None = None


class StateField(django_fsm.FSMField):
    """The state of a machine: only moves change it.

    In migrations it is a plain column: there every model is made hundreds of times, and the library's field keeps
    listening for each of them, which makes a new database take more than twice as long.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "protected": True})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Say how a migration writes it down."""
        name, _, args, kwargs = super().deconstruct()
        del kwargs["protected"]
        return name, "django.db.models.CharField", args, kwargs


class ByAnswer(django_fsm.GET_STATE):
    """A target state that follows from one answer, or from a rule that makes a word of the answers.

    What is not listed keeps the state.
    """

    def __init__(self, answer: str | Callable[[Answers], str], states: Mapping[str, str]) -> None:
        self.answer, self.branches = answer, dict(states)
        super().__init__(self.of)

    def of(self, step: "Machine", answers: Answers) -> str:
        """The state to go to."""
        return self.to(str(step.state), answers)

    def to(self, state: str, answers: Answers) -> str:
        """The state to go to from a state."""
        word = self.answer(answers) if callable(self.answer) else str(answers.get(self.answer))
        return str(self.branches.get(word, state))


def move(
    source: Collection[str],
    target: str | ByAnswer | None,
    label: str,
    *,
    event: str,
    done: str,
    by: Collection[Role],
    asks: Asks | None = None,
    needs: Sequence[Needs] = (),
    keeps: Collection[str] = (),
    proposes: Callable[[Situation], Proposed] | None = None,
    page: str = "",
) -> Callable[[Any], Any]:
    """Declare one move: from `source` to `target`, and from `keeps` as a fact that leaves the state as it is.

    `proposes` gives the answers to begin the form with.
    """

    def declare(method: Any) -> Any:
        declared = Move(method.__name__, event, label, done, frozenset(by), asks or {}, tuple(needs), page, proposes)
        common: dict[str, Any] = {
            "field": "state",
            "conditions": list(needs),
            "permission": lambda _step, user: bool(declared.by & user.role_set),
            "custom": {"move": declared},
        }
        if keeps:
            method = django_fsm.transition(source=list(keeps), target=None, **common)(method)
        if source:
            method = django_fsm.transition(source=list(source), target=target, **common)(method)
        return method

    return declare


class Machine(models.Model):
    """A row with one state machine. Its stored state is the fold of its own events.

    In each chain of `in_turn` no fact of the row comes before the first of an earlier kind, as far as that is recorded.
    `numbered` names the answer by which facts of one kind follow each other, and `ends` what a kind comes after always.
    """

    track: ClassVar[str]
    title: ClassVar[str]
    initial: ClassVar[str]
    in_turn: ClassVar[tuple[tuple[str, ...], ...]] = ()
    numbered: ClassVar[Mapping[str, str]] = {}
    ends: ClassVar[Mapping[str, frozenset[str]]] = {}
    state: Any
    situation: Situation | None = None

    class Meta:
        abstract = True

    @classmethod
    def transitions(cls) -> Iterator[Any]:
        """Every django-fsm transition of this machine."""
        state: Any = cls._meta.get_field("state")
        yield from state.get_all_transitions(cls)

    @classmethod
    @cache
    def words(cls) -> dict[str, str]:
        """The states as people read them."""
        state: Any = cls._meta.get_field("state")
        return dict(state.flatchoices)

    @classmethod
    @cache
    def moves(cls) -> dict[str, Move]:
        """The moves by verb."""
        return {transition.name: transition.custom["move"] for transition in cls.transitions()}

    @classmethod
    @cache
    def table(cls) -> dict[tuple[str, str], Any]:
        """The target of each (state, event kind) that is possible; None keeps the state."""
        return {
            (str(transition.source), transition.custom["move"].event): transition.target
            for transition in cls.transitions()
        }

    @classmethod
    def after(cls, state: str, fact: Fact) -> str:
        """The state after a fact; one that the machine does not allow from here leaves the state."""
        target = cls.table().get((state, fact.kind))
        if isinstance(target, ByAnswer):
            return target.to(state, fact.answers)
        return state if target is None else str(target)

    @classmethod
    def folded(cls, facts: Iterable[Fact]) -> str:
        """The state to which these facts, of this row alone and in order, lead."""
        return reduce(cls.after, facts, str(cls.initial))

    @classmethod
    def out_of_turn(cls, facts: Iterable[Fact]) -> list[Fact]:
        """Of these facts, of one row and in order, those that the machine does not allow where they stand."""
        state, found = str(cls.initial), []
        for fact in facts:
            if (state, fact.kind) not in cls.table():
                found.append(fact)
            state = cls.after(state, fact)
        return found

    @classmethod
    def can(cls, state: str, verb: str) -> bool:
        """Whether the machine has this move from this state."""
        return (state, cls.moves()[verb].event) in cls.table()

    @classmethod
    def details(cls, now: Situation) -> list[str]:
        """What a row says beside its state: a dose, an angle, how far a course has come. `now.row` are its facts."""
        return []


class Step(Machine):
    """One row of a parallel track of a case, for example one imaging request."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    case = models.ForeignKey("pathway.Case", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="%(class)s_of_case")]

    def __str__(self) -> str:
        return f"{self.track} {self.number}"


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact that changes no state and belongs to no machine: a telephone call, a score.

    `contradicts` gives a sentence for each answer that another one rules out. Where a new entry takes the place of an
    earlier one, `replaces` gives what the earlier one said in words, by the answers of both; '' where it does not.
    """

    event: str
    label: str
    done: str
    by: frozenset[Role]
    asks: Asks = field(default_factory=dict)
    contradicts: Callable[[Answers], Mapping[str, str]] = lambda answers: {}
    replaces: Callable[[Answers, Answers], str] = lambda earlier, new: ""

    @property
    def scored(self) -> bool:
        """Whether it is the sheet of a scale, which asks who scored."""
        return "scored_by" in self.asks


OBSERVATIONS: dict[str, Observation] = {}


def observation(
    event: str, label: str, *, done: str, by: Collection[Role], asks: Asks, **rules: Callable[..., Any]
) -> Observation:
    """Declare an observation, with the `rules` that it has for its answers."""
    OBSERVATIONS[event] = Observation(event, label, done, frozenset(by), asks, **rules)
    return OBSERVATIONS[event]


def machines() -> dict[str, type[Machine]]:
    """Every state machine by its track, the case's own first."""
    found = [model for model in apps.get_models() if issubclass(model, Machine)]
    return {model.track: model for model in sorted(found, key=lambda model: model.track != "case")}


def made_by(kind: str) -> tuple[type[Machine], Move] | None:
    """The machine and the move that make an event of this kind; None where no move does."""
    machine = machines().get(kind.split(".", maxsplit=1)[0])
    if machine is None:
        return None
    return next(((machine, declared) for declared in machine.moves().values() if declared.event == kind), None)


@cache
def asked(kind: str) -> str:
    """The label of the move or the observation that makes an event of this kind; '' where nothing does."""
    if kind in OBSERVATIONS:
        return OBSERVATIONS[kind].label
    found = made_by(kind)
    return found[1].label if found else ""


def wording(kind: str) -> str:
    """What an event of this kind says happened, for the timeline."""
    if kind in OBSERVATIONS:
        return OBSERVATIONS[kind].done
    found = made_by(kind)
    return found[1].done if found else WORDS.get(kind, kind.replace(".", ": ").replace("_", " "))


WORDS = {
    "case.suspected": "Compression suspected",
    "case.repinned": "Moved to another protocol version",
    "clock.suspended": "Clock suspended",
    "clock.voided": "Clock voided",
    "event.corrected": "Entry corrected",
}
