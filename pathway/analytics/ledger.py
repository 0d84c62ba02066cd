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
        """The contributory reasons, other than the main one."""
        named = self.reason.answers.get("contributory", ()) if self.reason else ()
        return [str(reason) for reason in named if reason != self.why]


@dataclass(frozen=True, slots=True)
class Recognition:
    """The days before the clocks, which none of them counts: first symptom, first told to a professional, suspicion."""

    began: date
    told: date | None
    suspected: date

    @property
    def days(self) -> int:
        """From the first symptom to the suspicion."""
        return (self.suspected - self.began).days

    @property
    def by_patient(self) -> int | None:
        """Of these, until a professional was told; None where that day is not known."""
        return None if self.told is None else (min(self.told, self.suspected) - self.began).days

    @property
    def by_professional(self) -> int | None:
        """Of these, since a professional was told."""
        return None if self.by_patient is None else self.days - self.by_patient


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
    recognised: Sequence[Recognition]

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
    def unrecognised(self) -> list[tuple[str, float, int]]:
        """The median of days before the suspicion, in all and in its two parts, each with how many cases give it."""
        parts: dict[str, list[int | None]] = {
            "from the first symptom to the suspicion": [each.days for each in self.recognised],
            "from the first symptom until a professional was told": [each.by_patient for each in self.recognised],
            "from then until the suspicion": [each.by_professional for each in self.recognised],
        }
        known = ((words, [count for count in days if count is not None]) for words, days in parts.items())
        return [(words, float(median(days)), len(days)) for words, days in known if days]


def most_first(parts: Sequence[Part]) -> list[tuple[str, int]]:
    """The minutes of each holder in these parts."""
    found = Counter[str]()
    for part in parts:
        found[part.holder] += part.minutes
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def of_case(case: Case) -> tuple[list[Late], Recognition | None]:
    """Every run of a case that is certainly late, the oldest first; and how long nobody suspected."""
    now, clocks = database_now(), list(Clock.objects.standing().filter(case=case).order_by("started_at", "pk"))
    facts = facts_of([case.pk])
    return list(read(clocks, {case.pk: case}, facts, now)), recognition(facts[case.pk])


def of_period(scope: Scope, standard: str) -> Ledger:
    """The runs of one clock in the cases of a scope; those that go on are counted and not split."""
    now, runs = database_now(), Clock.objects.standing().filter(case__in=scope.cases, standard=standard)
    by_then = Q(ended_at=None, due_at__lt=now) | Q(due_at__lt=F("ended_at") + F("end_width"))
    doubtful = list(runs.filter(by_then | Q(start_width=None) | Q(end_width=None)).order_by("started_at", "pk"))
    verdicts = [clock.is_certainly_late(now) for clock in doubtful]
    keys = sorted({clock.case_id for clock, is_late in zip(doubtful, verdicts, strict=True) if is_late})
    cases, late = Case.objects.select_related("unit").in_bulk(keys), list[Late]()
    recognised: list[Recognition] = []
    for begin in range(0, len(keys), AT_A_TIME):
        some = frozenset(keys[begin : begin + AT_A_TIME])
        facts = facts_of(some)
        found = list(read(list(runs.filter(case__in=some).order_by("started_at", "pk")), cases, facts, now))
        done = {each.case.pk for each in found if each.clock.ended_at}
        recognised += [days for key in done if (days := recognition(facts[key]))]
        late += found
    ended = [each for each in late if each.clock.ended_at]
    return Ledger(runs.count(), ended, verdicts.count(None), len(late) - len(ended), recognised)


def read(
    clocks: Sequence[Clock], cases: Mapping[int, Case], facts: Mapping[int, Sequence[Fact]], now: datetime
) -> Iterator[Late]:
    """The late ones of these runs, split and with their reasons; `clocks` are all of a case, or all of a clock."""
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
    told = Event.objects.of(keys).filter(kind__in=READ)
    of = dict(Case.objects.filter(survivor__in=keys).values_list("pk", "survivor_id"))
    own, merged = defaultdict[int, list[Fact]](list), defaultdict[int, list[Fact]](list)
    for event in standing(told.order_by("pk")):
        (merged[of[event.case_id]] if event.case_id in of else own[event.case_id]).append(fact(event))
    return {key: united(own[key], merged[key]) if merged[key] else in_order(own[key]) for key in keys}


def recognition(facts: Sequence[Fact]) -> Recognition | None:
    """How long nobody suspected, by the earliest days that were said; None where the first symptom's is not known."""
    suspected = next((each.occurred_at.astimezone(LONDON).date() for each in facts if each.kind == SUSPECTED), None)
    began, told = said_day(facts, "first_symptom_on", "onset"), said_day(facts, "reported_on")
    if began is None or suspected is None:
        return None
    return Recognition(began, max(began, told) if told else None, max(began, suspected))


def said_day(facts: Sequence[Fact], *names: str) -> date | None:
    """The earliest day that a suspicion or the symptoms told give under one of these names."""
    said = [fact.answers.get(name) for fact in facts if fact.kind in (SUSPECTED, SYMPTOMS) for name in names]
    return min((date.fromisoformat(str(day)) for day in said if day), default=None)
