"""What must hold of a case after anything: rows, columns and states are what the events say, no alarm is lost."""

from collections import Counter, defaultdict
from datetime import timedelta
from functools import partial

from pathway import protocol
from pathway.engine.now import now as database_now
from pathway.protocol.contradictions import contradictions
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.merged import united
from pathway.protocol.past import Past, advice_on_stability
from pathway.protocol.phase import phase
from pathway.protocol.positioning import lapses_at
from pathway.protocol.vocabulary import in_order
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from pathway.record.step import Step, machines


def facts_of(case):
    """The facts of the case, with those of the cases merged into it."""
    own, merged = (
        [fact(event) for event in standing(Event.objects.filter(**{of: case}).order_by("pk"))]
        for of in ("case", "case__survivor")
    )
    return united(own, merged) if merged else in_order(own)


def out_of_turn(case):
    """The keys of the standing entries that the machine of their row does not allow where they stand.

    The suspicion is made by no move; of merged cases it is the earliest one.
    """
    stands = standing(Event.objects.filter(case=case).order_by("pk"))
    rows = {}
    for event in stands:
        rows.setdefault((event.track, event.track_no), set()).add(event.pk)
    facts = facts_of(case)
    rows[Case.track, 0] = {each.id for each in facts if each.kind.startswith("case.")}
    return {
        each.id
        for (track, number), row in rows.items()
        if (machine := machines().get(track)) and (number or track == "case")
        for each in machine.out_of_turn(one for one in facts if one.id in row)
        if each.kind != "case.suspected"
    }


def runs_of(case, facts):
    """The fold of the case's events, made anew."""
    return fold(facts, protocol.get(case.protocol), partial(in_hours, nation=case.unit.nation))


def seen(run):
    """What a row and a run have in common."""
    times = run.started_at, run.amber_at, run.due_at, run.ended_at, run.suspended_until
    return run.standard, *times, run.outcome


def clocks_of(case):
    """The clocks of a case as a value that can be compared."""
    return sorted((seen(row) for row in Clock.objects.standing().filter(case=case)), key=repr)


def assert_true(case):
    """Compare everything that is stored about a case with its events."""
    case = Case.objects.select_related("unit").get(pk=case.pk)
    facts = facts_of(case)
    runs = runs_of(case, facts)
    rows = list(Clock.objects.standing().filter(case=case))
    assert Counter(map(seen, rows)) == Counter(map(seen, runs))
    assert_states(case, facts)
    assert_columns(case, facts, runs, rows)
    assert_tracks(case, facts)
    assert_alerts(case)
    assert (case.survivor is None) == (case.state != Case.State.MERGED)
    if not case.is_open:
        assert case.phase == case.state
        assert not [row for row in rows if row.ended_at is None], "a clock outlives its case"


def assert_states(case, facts):
    of_row = defaultdict(set)
    for pk, kind, number in Event.objects.filter(case=case).values_list("pk", "kind", "track_no"):
        of_row[kind.split(".")[0], number].add(pk)
    of_row[Case.track, 0] = {each.id for each in facts if each.kind.startswith("case.")}
    for track, machine in machines().items():
        of_step = issubclass(machine, Step)
        for row in machine.objects.filter(case=case) if of_step else [case]:
            mine = of_row[track, row.number if of_step else 0]
            folded = machine.folded(each for each in facts if each.id in mine)
            assert row.state == folded, f"{row}: stored {row.state}, the events say {folded}"


def assert_columns(case, facts, runs, rows):
    standards = protocol.get(case.protocol).standards
    wakeful = [run for run in runs if run.ended_at is None and standards[run.standard].ladder]
    running = sorted(wakeful, key=lambda run: (run.due_at, list(standards).index(run.standard)))
    classes = [each for each in facts if each.kind in ("case.suspected", "case.reclassified", "case.reopened")]
    owners = [each for each in facts if each.kind == "case.assigned"]
    assert case.phase == phase(facts)
    assert case.klass == classes[-1].answers["class"]
    assert case.owner == (owners[-1].answers["to"] if owners else "")
    assert case.suspected_at == next(each.occurred_at for each in facts if each.kind == "case.suspected")
    assert case.is_open == (case.state not in Case.ENDED)
    assert case.next_standard == (running[0].standard if running else "")
    assert case.next_due_at == (running[0].due_at if running else None)
    said = contradictions(facts, runs, protocol.get(case.protocol))
    assert case.contradictions == (said if case.is_open else [])
    assert case.next_amber_at == min((run.amber_at for run in running), default=None)
    wakes = [wake for row in rows if (wake := expected_wake(case, row))]
    assert case.wake_at == min(wakes, default=None)


def assert_tracks(case, facts):
    """The column of the tracks says what the rows themselves say, of those that some standing entry made."""
    made = {(fact.kind.split(".")[0], fact.row) for fact in facts}
    shown = {}
    for track, machine in machines().items():
        rows = machine.objects.filter(case=case).order_by("number") if issubclass(machine, Step) else []
        if begun := [row for row in rows if (track, f"{case.pk}/{row.number}") in made]:
            shown[track] = {"state": begun[-1].state, "rows": len(begun)}
    assert {track: {"state": kept["state"], "rows": kept["rows"]} for track, kept in case.tracks.items()} == shown
    past = Past(database_now(), facts)
    judged = advice_on_stability(past) is not None
    assert case.tracks.get("stability", {}).get("again", False) == ("stability" in shown and not judged)
    lapses = lapses_at(past) if "position" in shown else None
    assert case.tracks.get("position", {}).get("until") == (lapses.isoformat() if lapses else None)


def expected_wake(case, row):
    """When a row should wake, worked out from the ladder; checked against what the row says."""
    ladder = protocol.get(case.protocol).standards[row.standard].ladder
    newest = Alert.objects.filter(clock=row).order_by("-rung").first() if row.rung else None
    times, until = [], None
    if newest:
        said = [each for each in (newest.acting_until, newest.snoozed_until) if each and each > newest.called_at]
        until = max(said, default=None)
        interval = timedelta(hours=1) if newest.unanswered_at else ladder[newest.rung].acknowledge
        lapses = until or newest.called_at + interval
        times.append(newest.passed_at or max(lapses, row.suspended_until or lapses))
    for rung in ladder[row.rung :]:
        time = rung.time(amber_at=row.amber_at, due_at=row.due_at)
        held = max(time, until) if until and rung.level in {"E1", "E2"} else time
        times.append(max(held, row.suspended_until or held))
    wake = min(times, default=None) if row.ended_at is None else None
    assert row.wake_at == wake, f"{row} wakes at {row.wake_at}, should at {wake}"
    return wake


def assert_alerts(case):
    now = database_now()
    alerts = list(Alert.objects.filter(case=case).select_related("clock"))
    assert len({(alert.clock_id, alert.rung) for alert in alerts}) == len(alerts), "a rung was told twice"
    for alert in alerts:
        clock, ladder = alert.clock, protocol.known(case.protocol)[alert.clock.standard].ladder
        ended = clock.ended_at is not None or clock.withdrawn_at is not None
        assert clock.case_id == case.pk, f"{alert} stands on a clock of another case"
        assert not (ended and alert.stood_down_at is None), f"{alert} is open and its clock is not running"
        assert alert.raised_at <= now
        if alert.stood_down_at is None and alert.why == "time" and (rung := ladder[alert.rung]).at == "due":
            time = rung.time(amber_at=clock.amber_at, due_at=clock.due_at)
            assert time <= now, f"{alert} is open before its time"
    for clock in Clock.objects.running().filter(case=case, rung__gt=0):
        still = {alert.rung for alert in alerts if alert.clock_id == clock.pk and alert.stood_down_at is None}
        assert clock.rung - 1 in still, f"{clock} is past rung {clock.rung} and nobody is told any more"
