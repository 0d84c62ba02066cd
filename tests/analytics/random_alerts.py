"""Random histories of alerts, made by the engine's own sweep, answers, moves, corrections, merges and drills."""

from contextlib import suppress
from datetime import timedelta

from pathway import protocol
from pathway.engine import drill
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.hush import void
from pathway.engine.merge import merge
from pathway.engine.refused import Refused
from pathway.engine.repin import repin
from pathway.engine.respond import acknowledge, ask_for_help, decline, snooze
from pathway.engine.tick import tick
from pathway.notify.inbox import seen
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event, standing
from tests import factories
from tests.engine.test_any_order import record
from tests.factories import START

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATEST = START + 26 * HOUR
ROLES = ("coordinator", "nurse in charge", "on-call consultant", "MSCC lead", "radiology registrar", "service manager")
DEEDS = (
    *(("contact.made", {}), ("referral.received", {}), ("referral.triaged", {"outcome": "pathway"})),
    *(("imaging.requested", {}), ("imaging.acquired", {"modality": "mri"}), ("bladder.scanned", {})) * 2,
    *(("pain.scored", {}), ("neuro.examined", {})) * 2,
    *(("case.declined", {}), ("case.excluded", {})),
)


def staffed(random):
    """A unit in which some roles are held by somebody and others by nobody, perhaps with a fixed contact."""
    unit = factories.unit()
    people = [factories.user("clinician", unit.organisation, "coordinator") for _ in range(2)]
    for role in ROLES:
        if random.random() < 0.6:
            factories.duty(unit, role, random.choice(people))
    if random.random() < 0.5:
        unit.fixed_contact = people[0]
        unit.save()
    return unit, people


def history(random):
    """A unit whose cases were swept, answered and worked on for a day; its people."""
    unit, people = staffed(random)
    cases = [
        factories.case(random.choice("AAB"), at=START + number * 20 * MINUTE, place=unit, who=who, precision=precision,
                       recorded=START + random.choice((1, 1, 5)) * HOUR)
        for who in (factories.patient(unit.organisation), factories.patient(unit.organisation))
        for number, precision in enumerate(random.choices(("minute", "minute", "minute", "hour", "unknown"), k=2))
    ]  # fmt: skip
    with clock.at(START + HOUR):
        drill.start(unit)
    at = START + 50 * MINUTE
    while at < LATEST:
        at += timedelta(minutes=random.choice((10, 20, 60, 150, 360)))
        with clock.at(at):
            tick()
        for _ in range(random.choice((2, 4, 6))):
            with suppress(Refused), clock.at(at + 6 * MINUTE):
                something(random, random.choice(cases), random.choice(people), at)
    return unit, people


def something(random, case, by, at):
    """One thing that somebody says, reads, records or changes."""
    alerts = list(Alert.objects.open().filter(case=case).order_by("pk"))
    draw = random.random()
    if draw < 0.5 and alerts:
        answer(random, random.choice(alerts), by, at)
    elif draw < 0.6:
        seen(by, case)
    elif draw < 0.97:
        kind, answers = random.choice(DEEDS)
        precision = random.choice(("minute", "minute", "minute", "hour", "day"))
        record(case, kind, at + random.choice((5, 5, 5, 0, -1, -30, -300)) * MINUTE, answers, precision)
    else:
        disturb(random, Case.objects.get(pk=case.pk), by)


def answer(random, alert, by, at):
    """What somebody says to an alert."""
    what = random.choice((acknowledge, acknowledge, decline, snooze, ask_for_help))
    if what is snooze:
        snooze(alert, by=by, until=at + 20 * MINUTE)
    elif what is decline:
        decline(alert, by=by, reason="busy")
    else:
        what(alert, by=by)


def disturb(random, case, by):
    """What moves or ends clocks otherwise: a correction, a void, another version, a merge."""
    draw = random.choice(("moved", "withdrawn", "void", "repin", "merge", "in error"))
    entry = random.choice(standing(Event.objects.filter(case=case).order_by("pk")))
    if draw == "moved":
        correct(entry, by=by, why="mistyped", occurred_at=entry.occurred_at + 7 * MINUTE, time_is_right=True)
    elif draw == "withdrawn":
        correct(entry, by=by, why="never happened", withdrawn=True)
    elif draw == "void":
        void(case, "mri_a", by=by, answers={"reason": "unfit", "second_person": "second consultant"})
    elif draw == "in error":
        record(case, "case.entered_in_error", clock.now(), {}, "minute")
    elif draw == "repin":
        repin(case, to=next(each for each in protocol.VERSIONS if each != case.protocol), by=by, why="a trial")
    else:
        other = Case.objects.filter(patient=case.patient).exclude(pk=case.pk).first()
        answers = {"into": other.code, "reason": "two referrers", "second_person": "second coordinator"}
        merge(case, by=by, answers=answers)
