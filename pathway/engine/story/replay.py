"""Replays a story through the real engine, under simulated time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.merge import merge, unmerge
from pathway.engine.note import observe
from pathway.engine.refused import Refused
from pathway.engine.repin import repin
from pathway.engine.respond import act
from pathway.engine.story.outcome import Outcome, Stood
from pathway.engine.story.read import Entry, Story, instant
from pathway.engine.suspect import KIND, suspect
from pathway.engine.tick import sweep
from pathway.protocol.hours import Precision, latest
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import CORRECTED, MERGED, REPINNED, Event
from pathway.record.person import USER_ROLES, Organisation, Patient, Unit, User
from pathway.record.rota import told as on_ladders
from pathway.record.shift import Duty
from pathway.record.step import OBSERVATIONS

LONG = timedelta(days=366)
ABOUT_CLOCKS = {"clock.suspended": suspend, "clock.voided": void}


def replay(story: Story) -> Outcome:
    """Drive the engine through a story; the caller decides whether the transaction is kept."""
    trust, _ = Organisation.objects.get_or_create(ods_code="STORY", defaults={"name": "Replayed stories"})
    unit, _ = Unit.objects.get_or_create(organisation=trust, name="Story unit")
    teller = staffed(unit, trust)
    staff = teller if story.answers else None
    patient = patient_of(story, trust)
    outcome = Outcome(story.until)
    reached = story.entries[0].recorded
    for each in story.entries:
        for case in outcome.cases.values():
            run_until(case, each.recorded, staff, reached=reached, before=True)
        reached = each.recorded
        with clock.at(each.recorded):
            try:
                if each.kind == KIND and each.case not in outcome.cases:
                    outcome.cases[each.case] = opened(outcome, each, patient, unit, by=teller, version=story.version)
                else:
                    tell(outcome.cases.get(each.case), each, teller, outcome.cases)
            except Refused as refusal:
                outcome.refused.append((each, str(refusal)))
        follow(outcome, each.recorded)
    for case in outcome.cases.values():
        run_until(case, story.until, staff, reached=reached, before=False)
    cases = outcome.cases = {name: Case.objects.get(pk=case.pk) for name, case in outcome.cases.items()}
    outcome.case = next(iter(cases.values()), None)
    of_all = {"case__in": list(cases.values())}
    outcome.clocks = list(
        Clock.objects.standing().filter(**of_all).select_related("case").order_by("case", "started_at", "pk")
    )
    outcome.alerts = list(Alert.objects.filter(**of_all).select_related("clock", "case").order_by("raised_at", "pk"))
    return outcome


def opened(outcome: Outcome, each: Entry, patient: Patient, unit: Unit, *, by: User, version: str) -> Case:
    """Open a case of the story's patient; `follows` names the ended case that it follows ("" for the first).

    Raises:
        Refused: as the engine refuses it.
    """
    answers = dict(each.answers)
    earlier = outcome.cases.get(str(answers.pop("follows", None)))
    return suspect(patient, unit, **when(each, by), answers=answers, version=version, follows=earlier)


def follow(outcome: Outcome, at: datetime) -> None:
    """Note which contradictions arose and which were resolved by the entry that was typed in last."""
    for name, case in outcome.cases.items():
        stand = Case.objects.values_list("contradictions", flat=True).get(pk=case.pk)
        open_ones = {each.key: each for each in outcome.contradictions if each.case == name and not each.resolved}
        for key, each in open_ones.items():
            each.resolved = None if key in stand else at
        outcome.contradictions += [Stood(key, at, case=name) for key in stand if key not in open_ones]


def patient_of(story: Story, trust: Organisation) -> Patient:
    """The story's patient: the one already there with that NHS number, or a new one."""
    number = story.patient.get("nhs_number", "")
    known = Patient.objects.filter(organisation=trust, nhs_number=number).first() if number else None
    return known or Patient.objects.create(organisation=trust, **story.patient)


def staffed(unit: Unit, trust: Organisation) -> User:
    """The person who tells a story, and is on duty for every role of its unit."""
    teller, _ = User.objects.get_or_create(
        username="story", defaults={"organisation": trust, "roles": [role.value for role in USER_ROLES]}
    )
    for role in on_ladders():
        Duty.objects.get_or_create(unit=unit, role=role.value, user=teller)
    return teller


def answer(case: Case, by: User | None, at: datetime, length: timedelta) -> None:
    """Let somebody act, for a while, on each alert of the case on which nobody acts; nothing where nobody answers.

    So a story shows which level is reached by time alone, and with `answers = false` also what silence does.
    """
    if by is None:
        return
    for alert in Alert.objects.open().filter(case=case).exclude(acting_until__gt=at).select_related("clock", "case"):
        act(alert, by=by, until=at + length, now=at)


def run_until(
    case: Case, until: datetime, staff: User | None, *, reached: datetime, before: bool, length: timedelta = LONG
) -> None:
    """Sweep at each instant at which something of the case falls due, up to `until` (not including it if `before`).

    What was due before it was typed in is raised when it is: no sooner than `reached`.
    """
    while True:
        wakes = Case.objects.values_list("wake_at", flat=True).get(pk=case.pk)
        moment = max(wakes, reached) if wakes else None
        if moment is None or moment > until or (before and moment == until):
            return
        with clock.at(moment):
            answer(case, staff, moment, length)
            sweep(moment, 1, only=[case.pk])
            answer(case, staff, moment, length)


def when(each: Entry, teller: User) -> dict[str, Any]:
    """By whom and when, as the engine takes it: the story says that its times are right."""
    return {"by": teller, "at": each.at, "precision": each.precision or Precision.MINUTE, "time_is_right": True}


def tell(case: Case | None, each: Entry, teller: User, cases: Mapping[str, Case] | None = None) -> Event:
    """Let one entry of a story happen.

    Raises:
        Refused: as the engine refuses it, or because there is no case yet or already one.
    """
    if case is None:
        raise Refused("There is no case yet: the first event is case.suspected.")
    if each.kind == KIND:
        raise Refused("The case is open already; new neurology is case.reclassified or case.reopened.")
    if each.kind in ABOUT_CLOCKS:
        answers = dict(each.answers)
        return ABOUT_CLOCKS[each.kind](case, str(answers.pop("clock", "")), by=teller, answers=answers)
    if each.kind == MERGED:
        into = (cases or {}).get(str(each.answers.get("into", "")))
        return merge(case, by=teller, answers={**each.answers, "into": into.code if into else "none"})
    if each.kind == REPINNED:
        return repin(case, to=str(each.answers.get("to", "")), by=teller, why=str(each.answers.get("why", "")))
    if each.kind == CORRECTED:
        return correct_told(case, each, teller)
    if each.kind in OBSERVATIONS:
        return observe(case, each.kind, **when(each, teller), answers=each.answers)
    by_then = latest(each.at, each.precision or Precision.MINUTE)
    events = list(Event.objects.filter(case=case).order_by("pk"))
    step, verb = step_for(case, each.kind, by_then, events, each.answers)
    return advance(step, verb, **when(each, teller), answers=each.answers, override=each.override)


def correct_told(case: Case, each: Entry, teller: User) -> Event:
    """Correct the newest event of the kind that the entry names.

    Raises:
        Refused: there is none.
    """
    wrong = Event.objects.filter(case=case, kind=each.answers.get("event", "")).order_by("-pk").first()
    if wrong is None:
        raise Refused(f"There is no event {each.answers.get('event')!r} to correct.")
    if wrong.kind == MERGED:
        return unmerge(case, by=teller, why=str(each.answers.get("why", "")))
    withdrawn, answers = each.answers.get("withdrawn", False), each.answers.get("answers")
    if not isinstance(withdrawn, bool) or not isinstance(answers, dict | None):
        raise Refused("A correction has withdrawn = true or false, and answers = {...}.")
    return correct(
        wrong,
        by=teller,
        why=str(each.answers.get("why", "")),
        occurred_at=instant(each.answers["occurred_at"], "occurred_at") if "occurred_at" in each.answers else None,
        answers=answers,
        withdrawn=withdrawn,
        override=each.override,
        precision=each.precision or None,
        time_is_right=True,
    )
