"""One case as a plain reading has it, from what the record and the fold say: no SQL, no clock rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from pathway import protocol
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.merged import united
from pathway.record.case import ALIVE, Case
from pathway.record.event import Event, fact, standing

ZERO = timedelta()
NEVER = datetime.max.replace(tzinfo=UTC)
SKIPPED_BY = {
    "radiotherapy": {"case.reclassified", "decision.made"},
    "ppi_glucose": {"case.reclassified", "steroids.stopped"},
}
ONLY_RECLASSIFIED = {"case.reclassified"}
TREATS = ("surgery.started", "radiotherapy.fraction", "systemic.started")


class Told:
    """One case with the facts of those merged into it, and its runs."""

    def __init__(self, case, now):
        self.case, self.now = case, now
        absorbed = [standing(events_of(each)) for each in Case.objects.filter(survivor=case)]
        own = [fact(each) for each in standing(events_of(case))]
        self.facts = united(own, [fact(each) for events in absorbed for each in events])
        self.suspicions = [each for each in own if each.kind == "case.suspected"]
        self.suspicions += [fact(each) for events in absorbed for each in events if each.kind == "case.suspected"]
        self.protocol = protocol.get(case.protocol)
        self.runs = fold(self.facts, self.protocol, partial(in_hours, nation=case.unit.nation))
        classes = [*self.all("case.suspected", "case.reclassified", "case.reopened"), *self.suspicions]
        self.ever_a = any(each.answers["class"] == "A" for each in classes)

    def all(self, *kinds, where=lambda _answers: True):
        found = [each for each in self.facts if each.kind in kinds and where(each.answers)]
        return sorted(found, key=lambda each: (each.occurred_at, each.id))

    def first(self, *kinds, where=lambda _answers: True):
        return next(iter(self.all(*kinds, where=where)), None)

    @property
    def suspected(self):
        return min(each.occurred_at for each in self.suspicions)

    @property
    def treated(self):
        definitive = [
            each for each in self.all(*TREATS) if each.kind != "radiotherapy.fraction" or each.answers["n"] == 1
        ]
        return next(iter(definitive), None)

    def judged(self, run):
        """The run with its lateness and why it ended otherwise; `spared` is what left it out in time."""
        why = run.end.kind if run.outcome in ("void", "frozen") else ""
        if run.outcome == "superseded" and run.end.kind in SKIPPED_BY.get(run.standard, ONLY_RECLASSIFIED):
            why = run.end.kind
        width = run.end.width if why else run.end_width
        if why and width is not None and self.done_within(run.standard, run.ended_at, width):
            width = None
        run = replace(run, end_width=width)
        late = certainly_late(run.due_at, run.start_width, run.ended_at, width, self.now)
        return run, None if late and self.doubted(run) else late, why

    def doubted(self, run):
        """Whether what may be the deed of a run may have come before its start, so that it did not end the run."""
        if run.start_width is None or (run.ended_at and run.ended_at <= run.due_at):
            return False
        used = {each.ended_at for each in self.runs if each.standard == run.standard and each.outcome == "met"}
        begun, last = run.started_at + run.start_width, run.due_at + run.start_width
        near = [each for each in self.facts if each.occurred_at <= last and each.occurred_at not in used]
        vague = [
            each
            for each in near
            if each.occurred_at < begun and (each.width is None or each.occurred_at + each.width >= run.started_at)
        ]
        endings = [wait for version in protocol.VERSIONS.values() for wait in version.standards[run.standard].met]
        return any(
            {part for each in near for part in wait.hits(each)} == set(range(len(wait.parts)))
            and any(wait.hits(each) for each in vague)
            for wait in endings
        )

    def done_within(self, standard, at, width):
        """Whether the deed of a clock is recorded of the time at which something else may have ended it."""
        deeds = {kind for deed in self.protocol.standards[standard].met for kind in deed.kinds}
        return any(each.kind in deeds and at < each.occurred_at <= at + width for each in self.facts)

    def counting(self, standard):
        """The first run that no exclusion ended in time, else the first."""
        judged = [self.judged(run) for run in self.runs if run.standard == standard]
        counts = [each for each in judged if not (each[1] is False and each[2])]
        return next(iter(counts or judged), (None, None, ""))


def events_of(case):
    return list(Event.objects.filter(case=case).order_by("pk"))


def certainly_late(due, start_width, ended, end_width, now):
    """Three answers: whatever start and end there may have been."""
    if start_width is None or (ended and end_width is None):
        return None
    earliest = (ended or now) - (due + start_width)
    latest = (ended or now) + (end_width if ended else ZERO) - due
    return True if earliest > ZERO else False if latest <= ZERO else None


def dated(facts):
    return all(each.width is not None for each in facts)


def by(facts):
    """The time by which the first of them certainly was."""
    return min((each.occurred_at + each.width for each in facts if each.width is not None), default=NEVER)


def alive(told):
    """Every entry of a known time that shows the patient alive."""
    seen = [*told.all(*ALIVE), *told.all("followup.recorded", where=lambda a: a["alive"])]
    return [each for each in seen if each.width is not None]


def dead_by(told):
    """The time by which the patient was certainly dead."""
    died = told.first("case.died")
    said = told.all("followup.recorded", where=lambda a: not a["alive"])
    return by([died] if died and died.width is not None else said)
