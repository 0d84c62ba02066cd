"""Late runs with whose minutes they were and why: of one case, and of all cases of a period."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import F, Q

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.delays import MINUTE, READS, Part, account, whole
from pathway.engine.now import now as database_now
from pathway.protocol.hours import LONDON
from pathway.protocol.merged import united
from pathway.protocol.types import EXACT, Fact, Standard
from pathway.protocol.vocabulary import KINDS, in_order
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import CORRECTED, Event, fact, standing
from pathway.steps.delay import EXPLAINED, REASONS, explained, run_of

SUSPECTED, SYMPTOMS = "case.suspected", "history.symptoms"
READ = READS | {kind for kind in KINDS if kind.startswith("case.")} | {EXPLAINED.event, SYMPTOMS, CORRECTED}
AT_A_TIME = 1000


@dataclass(frozen=True, slots=True)
class Late:
    """A run that was over its limit, until it ended or until now; `reason` is the newest explanation of it."""

    case: Case
    clock: Clock
    standard: Standard
    until: datetime
    parts: Sequence[Part]
    reason: Fact | None

    @property
    def total(self) -> int:
        """The minutes of the run: those of its parts together."""
        return sum(part.minutes for part in self.parts)

    @property
    def over(self) -> int:
        """The minutes beyond the limit."""
        return (whole(self.until) - whole(self.clock.due_at)) // MINUTE

    @property
    def rough(self) -> bool:
        """Whether its start or its end is not known to the minute, and counts as the earliest that it can have been."""
        return (self.clock.start_width, self.clock.end_width) != (EXACT, EXACT)

    @property
    def by_holder(self) -> list[tuple[str, int]]:
        """The minutes of each holder, the most first."""
        return most_first(self.parts)

    @property
    def why(self) -> str:
        """The main reason; '' while nobody has given one."""
        return str(self.reason.answers["reason"]) if self.reason else ""

    @property
    def also(self) -> list[str]:
        """The contributory reasons."""
        return list(self.reason.answers.get("contributory", ())) if self.reason else []


@dataclass(frozen=True, slots=True)
class Share:
    """What one holder had of all late runs: minutes, and in how many of them any."""

    holder: str
    minutes: int
    runs: int


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason: the runs whose main reason it is, their minutes beyond the limit, and those to which it added."""

    reason: str
    words: str
    runs: int
    over: int
    also: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The late runs of one clock in a period. `runs` are all of it; what nobody can tell and what goes on is apart."""

    runs: int
    late: Sequence[Late]
    uncertain: int
    going_on: int
    recognised: Sequence[int]

    @property
    def total(self) -> int:
        """The minutes of all late runs."""
        return sum(each.total for each in self.late)

    @property
    def over(self) -> int:
        """Their minutes beyond the limit."""
        return sum(each.over for each in self.late)

    @property
    def cases(self) -> int:
        """How many cases the late runs are of."""
        return len({each.case.pk for each in self.late})

    @property
    def holders(self) -> list[Share]:
        """What each holder had, the most first; the minutes sum to the total."""
        runs = Counter(holder for each in self.late for holder in {part.holder for part in each.parts})
        found = most_first([part for each in self.late for part in each.parts])
        return [Share(holder, minutes, runs[holder]) for holder, minutes in found]

    @property
    def explained(self) -> int:
        """How many have a reason."""
        return sum(bool(each.why) for each in self.late)

    @property
    def causes(self) -> list[Cause]:
        """Each reason that was given, the most frequent first, then those without one; the runs sum to all."""
        runs, also, over = Counter[str](), Counter[str](), Counter[str]()
        for each in self.late:
            runs[each.why] += 1
            over[each.why] += each.over
            also.update(each.also)
        named = sorted({*runs, *also} - {""}, key=lambda reason: (-runs[reason], -also[reason], reason))
        without = [""] if runs[""] else []
        words = {**REASONS, "": "No reason given yet"}
        return [Cause(key, words.get(key, key), runs[key], over[key], also[key]) for key in [*named, *without]]

    @property
    def days_before(self) -> float | None:
        """The median of days from the first symptom to the suspicion, where the day of the symptom is known."""
        return median(self.recognised) if self.recognised else None


def most_first(parts: Sequence[Part]) -> list[tuple[str, int]]:
    """The minutes of each holder in these parts."""
    found = Counter[str]()
    for part in parts:
        found[part.holder] += part.minutes
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def of_case(case: Case) -> tuple[list[Late], date | None, int | None]:
    """Every run of a case that is certainly late, the oldest first; the first symptom, and the days unrecognised."""
    now, clocks = database_now(), list(Clock.objects.standing().filter(case=case).order_by("started_at", "pk"))
    facts = facts_of([case.pk])
    told = facts[case.pk]
    return list(read(clocks, {case.pk: case}, facts, now)), first_symptom(told), days_unrecognised(told)


def of_period(scope: Scope, standard: str) -> Ledger:
    """The runs of one clock in the cases of a scope; those that go on are counted and not split."""
    now, runs = database_now(), Clock.objects.standing().filter(case__in=scope.cases, standard=standard)
    by_then = Q(ended_at=None, due_at__lt=now) | Q(due_at__lt=F("ended_at") + F("end_width"))
    doubtful = list(runs.filter(by_then | Q(start_width=None) | Q(end_width=None)).order_by("started_at", "pk"))
    verdicts = [clock.is_certainly_late(now) for clock in doubtful]
    keys = sorted({clock.case_id for clock, is_late in zip(doubtful, verdicts, strict=True) if is_late})
    cases, late = Case.objects.select_related("unit").in_bulk(keys), list[Late]()
    days: list[int] = []
    for begin in range(0, len(keys), AT_A_TIME):
        some = frozenset(keys[begin : begin + AT_A_TIME])
        facts = facts_of(some)
        late += read([clock for clock in doubtful if clock.case_id in some], cases, facts, now)
        days += [count for each in facts.values() if (count := days_unrecognised(each)) is not None]
    ended = [each for each in late if each.clock.ended_at]
    return Ledger(runs.count(), ended, verdicts.count(None), len(late) - len(ended), days)


def read(
    clocks: Sequence[Clock], cases: Mapping[int, Case], facts: Mapping[int, Sequence[Fact]], now: datetime
) -> Iterator[Late]:
    """The late ones of these runs, split and with their reasons; `clocks` has all that may be late of a case."""
    runs: dict[int, list[Clock]] = defaultdict(list)
    for clock in clocks:
        runs[clock.case_id].append(clock)
    for key, mine in runs.items():
        told, case = facts.get(key, []), cases[key]
        standards, reasons = protocol.known(case.protocol), explained(told, mine)
        for clock in mine:
            if clock.is_certainly_late(now):
                until = clock.ended_at or now
                parts = account(clock.standard, clock.started_at, until, told, standards)
                yield Late(case, clock, standards[clock.standard], until, parts, reasons.get(run_of(clock)))


def facts_of(keys: Collection[int]) -> dict[int, list[Fact]]:
    """What delays are read from, in order, by case; with the facts of the cases merged into it."""
    told = Event.objects.filter(Q(case__in=keys) | Q(case__survivor__in=keys), kind__in=READ)
    of = dict(Case.objects.filter(survivor__in=keys).values_list("pk", "survivor_id"))
    own, merged = defaultdict[int, list[Fact]](list), defaultdict[int, list[Fact]](list)
    for event in standing(told.order_by("pk")):
        (merged[of[event.case_id]] if event.case_id in of else own[event.case_id]).append(fact(event))
    return {key: united(own[key], merged[key]) if merged[key] else in_order(own[key]) for key in keys}


def first_symptom(facts: Sequence[Fact]) -> date | None:
    """The day of the first symptom, where somebody said it."""
    said = [fact.answers.get("first_symptom_on") for fact in facts if fact.kind == SUSPECTED]
    said += [fact.answers.get("onset") for fact in facts if fact.kind == SYMPTOMS]
    return min((date.fromisoformat(str(day)) for day in said if day), default=None)


def days_unrecognised(facts: Sequence[Fact]) -> int | None:
    """The days from the first symptom to the suspicion, which no clock counts; None where one is not known."""
    began = first_symptom(facts)
    suspected = next((each.occurred_at for each in facts if each.kind == SUSPECTED), None)
    if began is None or suspected is None:
        return None
    return max(0, (suspected.astimezone(LONDON).date() - began).days)
