"""The words in which a protocol is written: what starts and ends a clock, how long it has, and who is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

Answers = Mapping[str, Any]
Where = Callable[[Answers], bool]
InHours = Callable[[datetime], bool]
EXACT = timedelta()


class Role(StrEnum):
    """What a person may do (the first six) or whom a rung tells (any)."""

    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    PHYSIOTHERAPIST = "physiotherapist"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    NURSE_IN_CHARGE = "nurse in charge"
    RADIOGRAPHER = "duty radiographer"
    CONSULTANT = "on-call consultant"
    MSCC_LEAD = "MSCC lead"
    OWNER = "case owner"
    SITE_NURSE = "site nurse"
    RADIOLOGY_REGISTRAR = "radiology registrar"
    ONCOLOGY_REGISTRAR = "oncology registrar"
    SPINAL_REGISTRAR = "spinal registrar"
    HAEMATOLOGY_REGISTRAR = "haematology registrar"
    SERVICE_MANAGER = "service manager"
    DUTY_MANAGER = "site or duty manager"
    EXECUTIVE = "executive on call"


class Level(StrEnum):
    """The levels of the escalation ladder (clinical specification 1.12). E0 is the worklist itself: it tells nobody."""

    E0 = "E0"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    EX = "EX"


@dataclass(frozen=True, slots=True)
class Fact:
    """One standing event of a case, as the fold reads it.

    `occurred_at` is the earliest that it can have happened, and `width` how much later it may have; None: unknown.
    `row` names the row of its track, which no other case shares; '' where it is of none.
    """

    kind: str
    occurred_at: datetime
    answers: Answers = field(default_factory=dict)
    recorded_at: datetime | None = None
    id: int = 0
    width: timedelta | None = EXACT
    row: str = ""

    @property
    def surely_by(self) -> datetime:
        """The instant by which it had certainly happened: the end of its range, or when it was recorded."""
        if self.width == EXACT:
            return self.occurred_at
        ends = [self.occurred_at + self.width] if self.width is not None else []
        return min([*ends, *([self.recorded_at] if self.recorded_at else [])], default=datetime.max.replace(tzinfo=UTC))

    def surely_after(self, *others: "Fact") -> bool:
        """Whether it certainly did not come before any of the others; of one instant it counts as later."""
        return all(self.occurred_at >= other.surely_by for other in others)


@dataclass(frozen=True, slots=True)
class Given:
    """A condition that can be read back: every named answer is one of its values, and `where` holds."""

    wanted: tuple[tuple[str, tuple[str | int, ...]], ...]
    where: Where | None = None

    def __call__(self, answers: Answers) -> bool:
        """Whether these answers satisfy it."""
        return all(answers.get(name) in values for name, values in self.wanted) and (
            self.where is None or self.where(answers)
        )


@dataclass(frozen=True)
class On:
    """What is waited for: every part, each part being any of its (kind, condition on the answers) alternatives."""

    parts: tuple[tuple[tuple[str, Where | None], ...], ...]

    def __add__(self, other: "On") -> "On":
        """Wait for both, in either order: the later of the two counts."""
        return On(self.parts + other.parts)

    def __or__(self, other: "On") -> "On":
        """Wait for the first of the two. Both sides must be single parts."""
        if len(self.parts) != 1 or len(other.parts) != 1:
            raise ValueError("'|' joins single events; give alternatives of several events as a tuple")
        return On((self.parts[0] + other.parts[0],))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every kind of event that matters here."""
        return frozenset(kind for part in self.parts for kind, _ in part)

    def hits(self, fact: Fact) -> list[int]:
        """Which parts this fact answers."""
        return [
            number
            for number, part in enumerate(self.parts)
            if any(kind == fact.kind and (where is None or where(fact.answers)) for kind, where in part)
        ]


def on(*kinds: str, of: tuple[str, ...] = (), where: Where | None = None, **answers: str | int | tuple[str, ...]) -> On:
    """Wait for all of these kinds. `answers` asks for a value, or for one of several: `on("x", result=("a", "b"))`.

    `of` asks for one of these classes, as the answer itself is a word that Python keeps.
    """
    asked = {**({"class": of} if of else {}), **answers}
    wanted = tuple((name, value if isinstance(value, tuple) else (value,)) for name, value in asked.items())
    condition = Given(wanted, where) if wanted else where
    return On(tuple(((kind, condition),) for kind in kinds))


def of_one_row(fact: Fact, other: Fact) -> bool:
    """Whether two facts may be of one row of a track: a fact of no row is of any."""
    return not fact.row or not other.row or fact.row == other.row


def answers(wait: On | None, fact: Fact) -> bool:
    """Whether a fact by itself is what is waited for."""
    return wait is not None and bool(wait.hits(fact))


class At(StrEnum):
    """The two instants of a clock from which a rung may count."""

    AMBER = "amber"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: `after` this instant, tell these roles; they are to acknowledge within `acknowledge`.

    Out of hours `tell_out` are told instead, where it names anybody. `copy` are told too, but their absence makes no
    level empty: the level is for the others to answer.
    """

    level: Level
    at: At
    tell: tuple[Role, ...]
    acknowledge: timedelta = timedelta(minutes=15)
    after: timedelta = timedelta(0)
    tell_out: tuple[Role, ...] = ()
    copy: tuple[Role, ...] = ()

    def roles(self, *, in_hours: bool) -> tuple[Role, ...]:
        """Who has to answer this level, in or out of hours."""
        return self.tell if in_hours or not self.tell_out else self.tell_out

    def time(self, *, amber_at: datetime, due_at: datetime) -> datetime:
        """When this rung is climbed."""
        return (amber_at if self.at is At.AMBER else due_at) + self.after


@dataclass(frozen=True, slots=True)
class Sooner:
    """An amber that comes earlier, unless the facts (of kinds `reads`) hold it back from a run due at a given time."""

    amber: timedelta
    unless: Callable[[Sequence[Fact], datetime], bool]
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A part of a start that stays true when it has started a run, until something ends it.

    `shown`: an event that shows it to be true where nothing else had said so.
    """

    until: On
    shown: On | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps a clock from starting, and what lifts that: a start that came meanwhile then starts it."""

    by: On
    until: On


@dataclass(frozen=True, slots=True)
class Course:
    """A treatment in parts. A `later` part shows that the first was given, not when: it supersedes a clock that waits.

    It does not where its course had `begun` before the run: that is another than the one waited for.
    """

    begun: On
    later: On


class Group(StrEnum):
    """Clocks that some events of the case end together (rules 9 and 10 of the clock table)."""

    IMAGING = "imaging"
    TREATMENT = "treatment"
    BEDSIDE = "bedside"


Limit = timedelta | Callable[[Fact, InHours], timedelta]


@dataclass(frozen=True)
class Standard:
    """The definition of one clock. Limit and amber are elapsed time from the start of a run.

    `surely`: a deed that may have come before the start, one of the two being known less exactly, does not end it.
    `lasting`: every part of the start in its order, or none. `outdated`: what came before one of these is not early.
    `again`: starts a clock anew that a refusal had voided. `keeps_due`: who comes back to a class has no longer than
    the run had that left it. `by_scan`: a scan that was told not to answer counts neither then nor later, and another
    does. `each_scan`: each start waits for the end of its own row; one that came meanwhile has its run after that.
    """

    key: str
    label: str
    limit: Limit
    amber: Limit
    starts: On
    met: tuple[On, ...]
    ladder: tuple[Rung, ...]
    clears: str
    holder: str
    source: str
    mark: str
    superseded: On | None = None
    void: On | None = None
    frozen: On | None = None
    classes: frozenset[str] | None = None
    group: Group | None = None
    early: bool | Callable[[Fact], bool] = False
    repeats: bool = False
    surely: bool = False
    resumes: On | None = None
    due_no_later_than: str = ""
    sooner: Sooner | None = None
    lasting: tuple[Lasting, ...] = ()
    barred: Bar | None = None
    course: Course | None = None
    outdated: On | None = None
    again: On | None = None
    keeps_due: bool = False
    by_scan: bool = False
    each_scan: bool = False

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every kind of event that this clock's own row of the table names."""
        asked = [self.starts, *self.met, self.superseded, self.void, self.frozen, self.resumes]
        asked += [self.outdated, self.again, *(wait for part in self.lasting for wait in (part.until, part.shown))]
        asked += [self.barred.by, self.barred.until] if self.barred else []
        asked += [self.course.begun, self.course.later] if self.course else []
        reads = self.sooner.reads if self.sooner else frozenset()
        return frozenset(kind for wait in asked if wait for kind in wait.kinds) | reads


@dataclass(frozen=True)
class Protocol:
    """One version of what is expected, pinned on each case."""

    version: str
    title: str
    all: tuple[Standard, ...]

    @cached_property
    def standards(self) -> dict[str, Standard]:
        """The standards by key."""
        return {standard.key: standard for standard in self.all}

    @cached_property
    def rank(self) -> dict[str, int]:
        """The place of each standard in the protocol: of two clocks due at one instant the first counts as next."""
        return {standard.key: place for place, standard in enumerate(self.all)}

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every kind of event that some standard's own row names."""
        return frozenset(kind for standard in self.all for kind in standard.kinds)


def hours(count: float) -> timedelta:
    """A limit in hours of elapsed time."""
    return timedelta(hours=count)


def minutes(count: float) -> timedelta:
    """A limit in minutes of elapsed time."""
    return timedelta(minutes=count)
