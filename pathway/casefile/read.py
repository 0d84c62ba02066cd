"""Everything that the page of one case shows, read in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pathway import protocol
from pathway.casefile.around import Around, about_patient, around
from pathway.casefile.groups import Group, grouped
from pathway.casefile.late import asked_about
from pathway.casefile.prompt import Prompt
from pathway.casefile.prompts import prompts
from pathway.casefile.runs import Due, Run, Suggestion, due, run, way_to
from pathway.casefile.scores import Series, histories
from pathway.casefile.scores import suggested as of_scores
from pathway.casefile.sources import LAST, as_held, as_known, as_stored, events_of
from pathway.casefile.timeline import Entry, timeline
from pathway.casefile.tracks import Track, View, tracks
from pathway.engine.hold import Held, said
from pathway.engine.now import now as database_now
from pathway.engine.suspect import KIND
from pathway.protocol.contradictions import BY_KEY
from pathway.protocol.types import Fact, Standard
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event, standing
from pathway.record.person import User
from pathway.record.step import Machine, Move, Step, machines


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What the page of a case shows to one person at one time."""

    case: Case
    now: datetime
    seen: int
    ended: str
    suspicion: Fact
    running: list[Run]
    reported: list[Run]
    over: list[Run]
    due: list[Due]
    alerts: list[tuple[Alert, Standard]]
    tracks: list[Track]
    groups: list[Group]
    contradictions: list[Suggestion]
    urgent: list[Suggestion]
    scores: list[Series]
    suggestions: list[Suggestion]
    timeline: list[Entry]
    around: Around
    standards: Mapping[str, Standard]
    held: Held
    told: list[Alert]

    @property
    def todo(self) -> list[Due | Suggestion]:
        """What is to be done, the one next action in front: the urgent, then by time to breach, then the rest."""
        return [*self.urgent, *self.due, *self.suggestions]

    @property
    def suggested(self) -> list[Suggestion]:
        """All that the record asks for, the most pressing first."""
        return [*self.contradictions, *self.urgent, *self.suggestions]


def read(case: Case, user: User, known_at: datetime | None = None) -> CaseFile:
    """The case as it stands now, for this person; or as it was known at an earlier time, with nothing to enter."""
    now = known_at or database_now()
    told = events_of(case, known_at)
    held, stand = as_held(case, now, told), standing(told)
    user = User() if known_at else user
    facts, nearby = held.facts, around(case, held)
    state = Case.folded(held.row_facts(Case.track, 0))
    ended = str(Case.State(state).label) if state in Case.ENDED else ""
    case, clocks, alerts = as_known(held, state) if known_at else as_stored(case)
    every = tracks(View(user, held, ended))
    version = protocol.get(case.protocol)
    standards = version.standards
    clocks.sort(key=lambda clock: (clock.due_at, version.rank[clock.standard]))
    runs = [run(clock, standards, every, user, now) for clock in clocks]
    running = [each for each in runs if each.clock.ended_at is None and each.standard.ladder]
    against = opposed(case.contradictions, running)
    scores = histories(stand)
    prompted = [
        *prompts(case, facts, state, asked_about(held, clocks), now),
        *([] if ended else of_scores(scores, facts)),
    ]
    suggested = [Suggestion(each, way_to(each.kind, every, user)) for each in [*against, *prompted]]
    contradicted, said = suggested[: len(against)], suggested[len(against) :]
    suggestions = [each for each in said if not each.prompt.urgent]
    timed = {each.standard.clears for each in running}
    wanted = timed | {each.prompt.kind for each in suggested}
    known = protocol.known(case.protocol)
    of_patient = [each for each in about_patient(case.patient, nearby.merges) if each.recorded <= (known_at or LAST)]
    return CaseFile(
        case=case,
        now=now,
        seen=max((event.pk for event in held.events), default=0),
        ended=ended,
        suspicion=next(each for each in facts if each.kind == KIND),
        running=running,
        reported=[each for each in runs if each.clock.ended_at is None and not each.standard.ladder],
        over=[each for each in runs if each.clock.ended_at],
        due=due(running, suggestions),
        alerts=[(alert, known[alert.clock.standard]) for alert in highest(alerts, held)],
        tracks=every,
        groups=grouped(every, facts, user, wanted, standards, scores=scores),
        scores=scores,
        contradictions=contradicted,
        urgent=[each for each in said if each.prompt.urgent],
        suggestions=[each for each in suggestions if each.prompt.kind not in timed],
        timeline=marked(case, timeline(told, stand, alerts, of_patient, known)),
        around=nearby,
        standards=standards,
        held=held,
        told=alerts,
    )


def marked(case: Case, entries: list[Entry]) -> list[Entry]:
    """The timeline with the code of the case on what was recorded on a merged one; that is corrected there."""
    for entry in entries:
        if entry.event and entry.event.case_id != case.pk:
            entry.code, entry.can_correct = entry.event.case.code, False
    return entries


def opposed(keys: list[str], running: list[Run]) -> list[Prompt]:
    """Contradictions, each with the one move that resolves it."""
    next_clock = running[0].standard.clears if running else ""
    found = [BY_KEY[key] for key in keys if key in BY_KEY]
    return [Prompt(each.sentence, each.resolves or next_clock, each.begins) for each in found]


def highest(alerts: list[Alert], held: Held) -> list[Alert]:
    """Of the alerts that stand, newest first, the highest of each clock: it takes the place of those below.

    What a merged case has lent stands on the case that goes on.
    """
    top: dict[int, Alert] = {}
    for alert in alerts:
        if alert.lent_by and alert.case_id != held.case.pk:
            continue
        if alert.stood_down_at is None and (alert.clock_id not in top or top[alert.clock_id].rung < alert.rung):
            top[alert.clock_id] = alert
    return list(top.values())


def changes_since(case: Case, seen: int, user: User) -> list[str]:
    """What others recorded since a page was made, oldest first, as sentences."""
    events = Event.objects.filter(case=case, pk__gt=seen).exclude(by_uuid=user.uuid).order_by("pk")
    return [said(event) for event in events]


def opened_at(case: Case) -> datetime:
    """When the case was opened: its first entry was recorded."""
    return Event.objects.filter(case=case).order_by("pk").values_list("recorded_at", flat=True)[0]


def newest(case: Case) -> int:
    """The newest event of a case, for the form that is drawn now."""
    return Event.objects.filter(case=case).order_by("-pk").values_list("pk", flat=True).first() or 0


def step_of(case: Case, track: str, number: int, verb: str) -> tuple[Machine, Move]:
    """The row and the move behind an address; the next free number stands for a new row.

    Raises:
        LookupError: no such track, move or row.
    """
    machine = machines()[track]
    move = machine.moves()[verb]
    if not issubclass(machine, Step):
        if number:
            raise LookupError(number)
        return case, move
    taken = dict(machine._default_manager.filter(case=case).values_list("number", "pk"))
    if number in taken:
        return machine._default_manager.get(pk=taken[number]), move
    if number != max(taken, default=0) + 1:
        raise LookupError(number)
    return machine(case=case), move


def event_of(case: Case, uuid: UUID, sent: UUID | None = None) -> tuple[Event, Event] | None:
    """An event of the case as it was recorded, and as it now stands; None where it was taken back or never was.

    `sent` is the submission of a form about it: was that one recorded, the entry stands as the form was drawn from it.
    """
    events = list(Event.objects.filter(case=case).order_by("pk"))
    made = next((event.pk for event in events if sent and event.submission == sent), None)
    events = [event for event in events if made is None or event.pk < made]
    recorded = next((event for event in events if event.uuid == uuid), None)
    stands = next((event for event in standing(events) if event.uuid == uuid), None)
    return (recorded, stands) if recorded and stands else None
