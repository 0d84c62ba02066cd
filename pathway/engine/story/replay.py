"""Replays a story through the real engine, under simulated time."""

from datetime import datetime
from typing import Any

from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.correct import correct
from pathway.engine.hush import suspend, void
from pathway.engine.note import observe
from pathway.engine.refused import Refused
from pathway.engine.repin import repin
from pathway.engine.story.outcome import Outcome, Stood
from pathway.engine.story.read import Entry, Story, instant
from pathway.engine.suspect import KIND, suspect
from pathway.engine.tick import sweep
from pathway.protocol.hours import Precision
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import CORRECTED, REPINNED, Event
from pathway.record.person import USER_ROLES, Organisation, Patient, Unit, User
from pathway.record.step import OBSERVATIONS

ABOUT_CLOCKS = {"clock.suspended": suspend, "clock.voided": void}


def replay(story: Story) -> Outcome:
    """Drive the engine through a story; the caller decides whether the transaction is kept."""
    trust, _ = Organisation.objects.get_or_create(ods_code="STORY", defaults={"name": "Replayed stories"})
    unit, _ = Unit.objects.get_or_create(organisation=trust, name="Story unit")
    teller = User(username="story", organisation=trust, roles=[role.value for role in USER_ROLES])
    patient = patient_of(story, trust)
    outcome = Outcome(story.until)
    reached = story.entries[0].recorded
    for each in story.entries:
        run_until(outcome.case, each.recorded, reached=reached, before=True)
        reached = each.recorded
        with clock.at(each.recorded):
            try:
                if each.kind == KIND and outcome.case is None:
                    outcome.case = suspect(
                        patient, unit, **when(each, teller), answers=each.answers, version=story.version
                    )
                else:
                    tell(outcome.case, each, teller)
            except Refused as refusal:
                outcome.refused.append((each, str(refusal)))
        follow(outcome, each.recorded)
    run_until(outcome.case, story.until, reached=reached, before=False)
    if outcome.case:
        outcome.case = Case.objects.get(pk=outcome.case.pk)
        outcome.clocks = list(Clock.objects.standing().filter(case=outcome.case).order_by("started_at", "pk"))
        outcome.alerts = list(
            Alert.objects.filter(case=outcome.case).select_related("clock").order_by("raised_at", "pk")
        )
    return outcome


def follow(outcome: Outcome, at: datetime) -> None:
    """Note which contradictions arose and which were resolved by the entry that was typed in last."""
    if outcome.case is None:
        return
    stand = Case.objects.values_list("contradictions", flat=True).get(pk=outcome.case.pk)
    open_ones = {each.key: each for each in outcome.contradictions if each.resolved is None}
    for key, each in open_ones.items():
        each.resolved = None if key in stand else at
    outcome.contradictions += [Stood(key, at) for key in stand if key not in open_ones]


def patient_of(story: Story, trust: Organisation) -> Patient:
    """The story's patient: the one already there with that NHS number, or a new one."""
    number = story.patient.get("nhs_number", "")
    known = Patient.objects.filter(organisation=trust, nhs_number=number).first() if number else None
    return known or Patient.objects.create(organisation=trust, **story.patient)


def run_until(case: Case | None, until: datetime, *, reached: datetime, before: bool) -> None:
    """Sweep at each instant at which something of the case falls due, up to `until` (not including it if `before`).

    What was due before it was typed in is raised when it is: no sooner than `reached`.
    """
    while case is not None:
        wakes = Case.objects.values_list("wake_at", flat=True).get(pk=case.pk)
        moment = max(wakes, reached) if wakes else None
        if moment is None or moment > until or (before and moment == until):
            return
        with clock.at(moment):
            sweep(moment, 1, only=case.pk)


def when(each: Entry, teller: User) -> dict[str, Any]:
    """By whom and when, as the engine takes it: the story says that its times are right."""
    return {"by": teller, "at": each.at, "precision": each.precision or Precision.MINUTE, "time_is_right": True}


def tell(case: Case | None, each: Entry, teller: User) -> Event:
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
    if each.kind == REPINNED:
        return repin(case, to=str(each.answers.get("to", "")), by=teller, why=str(each.answers.get("why", "")))
    if each.kind == CORRECTED:
        return correct_told(case, each, teller)
    if each.kind in OBSERVATIONS:
        return observe(case, each.kind, **when(each, teller), answers=each.answers)
    step, verb = step_for(case, each.kind, each.at, list(Event.objects.filter(case=case).order_by("pk")), each.answers)
    return advance(step, verb, **when(each, teller), answers=each.answers, override=each.override)


def correct_told(case: Case, each: Entry, teller: User) -> Event:
    """Correct the newest event of the kind that the entry names.

    Raises:
        Refused: there is none.
    """
    wrong = Event.objects.filter(case=case, kind=each.answers.get("event", "")).order_by("-pk").first()
    if wrong is None:
        raise Refused(f"There is no event {each.answers.get('event')!r} to correct.")
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
