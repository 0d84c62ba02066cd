"""The one meaning of a clock: a pure fold of a case's standing events, by when they happened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway.protocol.begun import Begun
from pathway.protocol.groups import FREEZES_GROUP, GROUP_KINDS, VOIDS_GROUP
from pathway.protocol.types import EXACT, Fact, InHours, Limit, On, Protocol, Standard, answers, of_one_row
from pathway.protocol.vocabulary import NEVER_REOPENED, SETS_CLASS, STARTS_ANEW, ends_case, in_order

OPENS_CASE = "case.suspected"
# A reading of the scan: a result told later, that the scan did not answer, takes the ground from it.
READS_SCAN = "case.excluded"
HEARD_BY_ALL = SETS_CLASS | {
    *("case.died", "case.left", "case.closed", "case.entered_in_error", "case.merged", "case.declined"),
    *("clock.suspended", "clock.voided"),
}

Span = tuple[datetime, timedelta | None]
# What is there of each ending: by the number of the ending, its part, and the row of a scan.
Deeds = dict[tuple[int, int, str], Fact]


@dataclass(slots=True)
class Run:
    """One run of one clock. It still runs while `ended_at` is None.

    Start and end are the earliest that they can have been; a width is how much later they may have been, None: unknown.
    The due time counts from the earliest start: an alarm may come early, never late.
    """

    standard: str
    started_at: datetime
    due_at: datetime
    amber_at: datetime
    start: Fact
    ended_at: datetime | None = None
    outcome: str = ""
    end: Fact | None = None
    suspended_until: datetime | None = None
    start_width: timedelta | None = EXACT
    end_width: timedelta | None = EXACT


@dataclass(slots=True)
class Standing:
    """What is true of the whole case while its facts are read."""

    klass: str = ""
    alive: bool = True
    gone: bool = False


def fold(facts: Iterable[Fact], protocol: Protocol, in_hours: InHours) -> list[Run]:
    """Every run of every clock, in order of start. The order in which facts are given makes no difference."""
    ordered = in_order(facts)
    followers = {key: Follower(standard) for key, standard in protocol.standards.items()}
    standing = Standing()
    for fact in ordered:
        ending = ends_case(fact)
        if fact.kind in SETS_CLASS:
            standing.klass = str(fact.answers.get("class", standing.klass))
        standing.gone = standing.gone or fact.kind in NEVER_REOPENED
        standing.alive = not (ending or standing.gone) and (standing.alive or fact.kind == "case.reopened")
        for follower in followers.values():
            if fact.kind in follower.listens:
                follower.see(fact, ending, standing, followers, in_hours)
    for follower in followers.values():
        follower.bring_amber_forward(ordered)
    runs = [run for follower in followers.values() for run in follower.runs]
    return sorted(runs, key=lambda run: run.started_at)


class Follower:
    """Reads the facts for one standard: at each one asks what ends the run, then what starts the next."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.listens = standard.kinds | HEARD_BY_ALL | (GROUP_KINDS[standard.group] if standard.group else frozenset())
        self.runs: list[Run] = []
        self.run: Run | None = None
        self.begun = Begun(standard)
        self.done: Deeds = {}
        self.kept: Deeds = {}
        self.waiting: dict[str, Fact] = {}
        self.given: list[Fact] = []
        self.counts_from: Span | None = None
        self.unanswered: Fact | None = None
        self.meanwhile: tuple[Fact, str] | None = None
        self.fresh_from: datetime | None = None
        self.owed: datetime | None = None
        self.refused = False
        self.asked: Fact | None = None

    def see(
        self, fact: Fact, ending: str, standing: Standing, followers: dict[str, "Follower"], in_hours: InHours
    ) -> None:
        """Take in one fact."""
        self.note(fact)
        met = self.is_met_by(fact)
        was_met = False
        if self.run:
            outcome = "met" if met else self.ended_otherwise(fact, ending)
            if outcome:
                was_met = met
                self.stop(self.run, fact, outcome)
            elif fact.kind == "clock.suspended" and fact.answers.get("clock") == self.standard.key:
                self.run.suspended_until = moment(fact.answers["until"])
        elif self.runs and self.standard.resumes:
            if standing.alive and self.may_run(standing) and answers(self.standard.resumes, fact):
                self.resume(fact)
            elif (outcome := self.ended_otherwise(fact, ending)) and fact.kind != READS_SCAN:
                self.meanwhile = self.meanwhile or (fact, outcome)
        if answers(self.standard.resumes, fact):
            self.unanswered = fact
            if self.standard.by_scan:
                self.done = self.still_answering(self.done, fact)
        starts = self.starts_with(fact, was_met=was_met)
        if self.standard.each_scan:
            self.wait_for(fact, standing)
        if self.run is None and standing.alive and self.may_run(standing):
            if starts:
                self.start(fact, followers, in_hours)
            elif self.waiting:
                self.start(next(iter(self.waiting.values())), followers, in_hours, at=fact.occurred_at)

    def may_run(self, standing: Standing) -> bool:
        """Whether a clock of this kind starts for a case of the standing class."""
        return self.standard.classes is None or standing.klass in self.standard.classes

    def is_met_by(self, fact: Fact) -> bool:
        """Remember which parts of each ending are there, and say whether this fact completes one."""
        complete = False
        if self.may_come_before(fact) or self.is_of_another_scan(fact):
            return False
        for number, wait in enumerate(self.standard.met):
            hits = wait.hits(fact)
            for part in hits:
                row = fact.row if self.standard.by_scan and fact.kind == self.standard.clears else ""
                self.done[number, part, row] = fact
            complete = complete or (bool(hits) and self.is_done(number, wait))
        return complete

    def is_of_another_scan(self, fact: Fact) -> bool:
        """Whether a fact speaks of another scan than the one whose result the run waits for."""
        return self.standard.each_scan and self.run is not None and not of_one_row(self.run.start, fact)

    def wait_for(self, fact: Fact, standing: Standing) -> None:
        """Remember each scan whose result nobody has told, until it is or the case ends."""
        ends = [*self.standard.met, self.standard.superseded]
        if fact.row and answers(self.standard.starts, fact):
            self.waiting[fact.row] = fact
        elif not standing.alive:
            self.waiting = {}
        elif any(answers(wait, fact) for wait in ends):
            self.waiting = {row: scan for row, scan in self.waiting.items() if not of_one_row(scan, fact)}

    def may_come_before(self, fact: Fact) -> bool:
        """Whether a fact may have come before the start of the run, where that is not a matter of course."""
        return self.run is not None and self.is_sure(self.run.start) and fact.occurred_at < self.run.start.surely_by

    def is_sure(self, start: Fact) -> bool:
        """Whether only what surely came after this start ends its run: an alarm may come needlessly, never be lost.

        A step of the pathway follows its start as a matter of course; what a new class or a reopening starts may have
        been done that very day, before anybody knew of it.
        """
        return self.standard.surely or start.kind in STARTS_ANEW

    def is_done(self, number: int, wait: On) -> bool:
        """Whether every part of one ending has happened."""
        return len({part for ending, part, _ in self.done if ending == number}) == len(wait.parts)

    def deeds(self, number: int, wait: On) -> list[Fact]:
        """The first deed for each part of one ending that is there."""
        parts = (
            [deed for key, deed in self.done.items() if key[:2] == (number, part)] for part in range(len(wait.parts))
        )
        return [min(part, key=lambda deed: deed.occurred_at) for part in parts]

    def completed_by(self) -> Fact | None:
        """The deed with which the first ending was there; None where none is."""
        whole = [
            self.deeds(number, wait) for number, wait in enumerate(self.standard.met) if self.is_done(number, wait)
        ]
        last = [max(deeds, key=lambda deed: deed.occurred_at) for deeds in whole]
        return min(last, key=lambda deed: deed.occurred_at, default=None)

    def ended_otherwise(self, fact: Fact, ending: str) -> str:
        """The outcome, other than met, that this fact gives to the run; '' where it goes on."""
        standard, group = self.standard, self.standard.group
        changed = fact.kind in SETS_CLASS and standard.classes is not None
        other = self.may_come_before(fact) or self.is_of_another_scan(fact)
        if (
            (answers(standard.superseded, fact) and not other)
            or self.shows_course(fact)
            or (
                changed
                and fact.kind == "case.reclassified"
                and fact.answers.get("class") not in (standard.classes or ())
            )
        ):
            return "superseded"
        named = fact.kind == "clock.voided" and fact.answers.get("clock") == standard.key
        if (
            named
            or ending == "void"
            or answers(standard.void, fact)
            or (group and answers(VOIDS_GROUP.get(group), fact))
        ):
            return "void"
        if ending or answers(standard.frozen, fact) or (group and answers(FREEZES_GROUP.get(group), fact)):
            return "frozen"
        return ""

    def shows_course(self, fact: Fact) -> bool:
        """Whether the course that the run waits for was begun: not one of which a part was given before the run."""
        course, since = self.standard.course, self.run.start if self.run else None
        if course is None or since is None or not answers(course.later, fact):
            return False
        return not any(of_one_row(part, fact) and part.occurred_at < since.occurred_at for part in self.given)

    def note(self, fact: Fact) -> None:
        """Remember what bears on the next run only: which deeds are outdated, whether the newest voiding is a no."""
        group = self.standard.group
        if self.begun.ends_part(fact) or answers(self.standard.outdated, fact):
            self.fresh_from = max(filter(None, (self.fresh_from, fact.surely_by)))
        if self.standard.course and answers(self.standard.course.begun, fact):
            self.given.append(fact)
        if fact.kind == "case.reopened":
            self.owed = None
        if answers(self.standard.again, fact):
            self.asked = fact
        if self.standard.again and group and answers(VOIDS_GROUP.get(group), fact):
            self.refused = fact.kind == "case.declined"

    def starts_with(self, fact: Fact, *, was_met: bool) -> bool:
        """Whether this fact starts a run: the start is complete, it starts again once met, or a refusal is over."""
        complete = self.begun.completes(fact)
        return complete or (self.standard.repeats and was_met) or self.is_wanted_again(fact)

    def is_wanted_again(self, fact: Fact) -> bool:
        """Whether what the patient had declined, and nothing else has voided since, is asked for again.

        A request of the refusal's instant counts as later, and so does one that may have come after it.
        """
        asked = self.asked if self.refused else None
        if asked is None or asked.surely_by < fact.occurred_at or (asked is not fact and fact.kind != "case.declined"):
            return False
        self.meanwhile = None
        end = self.runs[-1].end if self.runs else None
        return end is not None and end.kind == "case.declined"

    def start(
        self, fact: Fact, followers: dict[str, "Follower"], in_hours: InHours, *, at: datetime | None = None
    ) -> None:
        """Open a run; where the deed came early and counts, the run ends where it starts.

        A start that had to wait until `at` for the run before it is due as if it had not.
        """
        standard, at = self.standard, at or fact.occurred_at
        due = fact.occurred_at + length(standard.limit, fact, in_hours)
        due = min([due, *self.earlier_dues(fact, followers)])
        amber = min(due, fact.occurred_at + length(standard.amber, fact, in_hours))
        self.waiting.pop(fact.row, None)
        started = self.begun.facts.values() if self.begun.complete else (fact,)
        run = self.run = Run(standard.key, at, due, amber, fact, start_width=spread(started, at))
        self.runs.append(run)
        first = self.begun.facts.get(0, fact)
        self.begun.use()
        self.owed, self.refused = None, False
        early, sure = standard.early(fact) if callable(standard.early) else standard.early, self.is_sure(fact)
        self.counts_from = None if early or sure or fact.kind == OPENS_CASE else (at, run.start_width)
        floors = [self.fresh_from, fact.surely_by if sure else None]
        if early and len(standard.starts.parts) > 1:
            self.counts_from = first.occurred_at, first.width
            floors.append(first.occurred_at)
        since = max(filter(None, floors), default=None)
        self.done = {
            key: deed for key, deed in self.done.items() if early and (since is None or deed.occurred_at >= since)
        }
        for number, wait in enumerate(standard.met):
            if early and self.is_done(number, wait):
                self.stop(run, fact, "met")

    def earlier_dues(self, fact: Fact, followers: dict[str, "Follower"]) -> Iterator[datetime]:
        """When a run was due that this one carries on, of the clock that it follows or of its own class before."""
        other = followers[self.standard.due_no_later_than].runs[-1:] if self.standard.due_no_later_than else []
        if other and other[0].end in (None, fact):
            yield other[0].due_at
        if self.owed and fact.kind == "case.reclassified" and not self.completed_by():
            yield self.owed

    def stop(self, run: Run, fact: Fact, outcome: str) -> None:
        """End the run. A deed that met it is used up and counts for no later run."""
        run.ended_at, run.outcome, run.end = fact.occurred_at, outcome, fact
        run.end_width = self.end_width(fact.occurred_at) if outcome == "met" else EXACT
        self.run, self.meanwhile = None, None
        if self.standard.keeps_due and outcome == "superseded" and fact.kind == "case.reclassified":
            self.owed = run.due_at
        if outcome == "met":
            self.kept, self.done = self.done, {}

    def end_width(self, at: datetime) -> timedelta | None:
        """How much later than `at` the ending may have been complete; None where nobody knows, or whether it was."""
        widths = []
        for number, wait in enumerate(self.standard.met):
            if self.is_done(number, wait):
                deeds = self.deeds(number, wait)
                widths.append(None if any(map(self.is_doubtful, deeds)) else spread(deeds, at))
        return min((width for width in widths if width is not None), default=None)

    def is_doubtful(self, deed: Fact) -> bool:
        """Whether a deed may have come before what it has to follow: the start, or a scan that did not answer."""
        if self.counts_from and may_follow(self.counts_from, deed):
            return True
        told = self.unanswered
        return bool(told and self.may_be_of(told, deed) and may_follow((told.occurred_at, told.width), deed))

    def may_be_of(self, told: Fact, deed: Fact) -> bool:
        """Whether a result may be that of the scan which a deed is."""
        return not self.standard.by_scan or of_one_row(told, deed)

    def resume(self, told: Fact) -> None:
        """Run again what was met by a deed that did not answer; what else had happened in the run still counts.

        A refusal since then ends it at its own time, as it would have ended a run that nobody took for met: no alarm
        presses for a scan that the patient has declined. Another scan that answers meets it at its own time.
        """
        last, since = self.runs[-1], self.done
        if last.outcome != "met":
            return
        self.kept = self.done = self.still_answering(self.kept, told)
        deed = self.completed_by()
        if deed and last.ended_at and deed.occurred_at <= last.ended_at:
            self.done = since
            return
        last.ended_at, last.outcome, last.end, last.end_width = None, "", None, EXACT
        self.run = last
        if self.standard.by_scan:
            self.done = self.done | self.still_answering(since, told)
        deed = self.completed_by()
        if self.meanwhile and not (deed and deed.occurred_at < self.meanwhile[0].occurred_at):
            self.stop(last, *self.meanwhile)
        elif deed:
            self.stop(last, deed, "met")

    def still_answering(self, deeds: Deeds, told: Fact) -> Deeds:
        """These deeds without the scan that did not answer, nor what was read from it where no other is left."""
        scan = self.standard.clears
        left = {key: deed for key, deed in deeds.items() if deed.kind == scan and not self.may_be_of(told, deed)}
        gone = {scan} if left else {scan, READS_SCAN}
        return left | {key: deed for key, deed in deeds.items() if deed.kind not in gone}

    def bring_amber_forward(self, ordered: list[Fact]) -> None:
        """Apply the sooner amber to each run that nothing holds back from it."""
        if not (sooner := self.standard.sooner):
            return
        for run in self.runs:
            until = ordered.index(run.end) if run.end else len(ordered)
            heard = [fact for fact in ordered[:until] if fact.kind in sooner.reads]
            if not sooner.unless(heard, run.due_at):
                run.amber_at = min(run.amber_at, run.started_at + sooner.amber)


def spread(facts: Iterable[Fact], since: datetime) -> timedelta | None:
    """How much later than `since` the last of these facts may have happened; None where that is unknown."""
    latest = since
    for fact in facts:
        if fact.width is None:
            return None
        latest = max(latest, fact.occurred_at + fact.width)
    return latest - since


def may_follow(span: Span, deed: Fact) -> bool:
    """Whether what the fold takes to be earlier than a deed may have been later."""
    earliest, width = span
    return width is None or earliest + width > deed.occurred_at


def length(limit: Limit, start: Fact, in_hours: InHours) -> timedelta:
    """The length of a limit, which may depend on the fact that starts the run."""
    return limit(start, in_hours) if callable(limit) else limit


def moment(value: str | datetime) -> datetime:
    """An instant out of an answer, which holds it as ISO 8601 text in UTC."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
