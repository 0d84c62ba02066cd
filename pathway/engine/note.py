"""Writes what happened: an event of a move, or an observation that changes no state."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import Field

from pathway.engine.clocks import sync
from pathway.engine.hold import Held, already, beginnings, checked_time, hold, newer, permit, refuse_doubtful, said
from pathway.engine.refused import Invalid, Refused, Stale, Used
from pathway.protocol.hours import LONDON, Precision, latest, shown
from pathway.protocol.vocabulary import ends_case
from pathway.record import ask
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.measure import scored
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, Observation

NOTHING = "Nothing is answered yet: answer at least one question, or say in words what was found."
# What people still say and ask of somebody who has died; all else that is told of the time after is a mistake.
AFTER_DEATH = frozenset({"told.family", "told.gp", "contact.logged"})
AFTER_ANY_END = frozenset({"clock.explained"})  # why a clock was late is often known only once all is over


def note(
    held: Held,
    kind: str,
    *,
    by: User,
    at: datetime,
    answers: Mapping[str, Any],
    number: int = 0,
    submission: UUID | None = None,
    precision: str = Precision.MINUTE,
    corrects: Event | None = None,
    moved_from: Event | None = None,
) -> Event:
    """Insert one event. The caller has checked it, holds the case, and syncs afterwards.

    Raises:
        Used: the submission has made an event of another case; `Invalid` for answers that cannot be scored.
    """
    kept = with_scores(kind, answers)
    try:
        event = Event.objects.create(
            case=held.case,
            kind=kind,
            track_no=number,
            occurred_at=at,
            precision=precision,
            recorded_at=held.now,
            by=str(by),
            by_uuid=by.uuid,
            answers=kept,
            submission=submission,
            corrects=corrects,
            moved_from=moved_from,
        )
    except IntegrityError as error:
        if "submission" in str(error):
            raise Used("This form was used already for another case. Nothing was saved.") from error
        raise
    held.add(event)
    return event


def checked(asks: ask.Asks, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The answers, ready to be kept.

    Raises:
        Invalid: naming each answer that is missing, wrong, or not asked for.
    """
    try:
        return ask.clean(asks, given or {})
    except ValidationError as error:
        raise Invalid(error.message_dict) from error


def with_scores(kind: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with what the scales of this kind of event make of them.

    Raises:
        Invalid: naming each answer that contradicts another, or that nothing was answered.
    """
    declared = OBSERVATIONS.get(kind)
    if declared and declared.scored and not answers.keys() - {"scored_by"}:
        raise Invalid({next(iter(declared.asks)): [NOTHING]})
    if declared and (wrong := declared.contradicts(answers)):
        raise Invalid({name: [sentence] for name, sentence in wrong.items()})
    try:
        return {**answers, **scored(kind, answers)}
    except ValidationError as error:
        raise Invalid(error.message_dict) from error


def refuse_ahead(held: Held, kind: str, answers: Mapping[str, Any], at: datetime, precision: str) -> None:
    """Refuse the day of something that had happened, where it lies after the entry that tells of it.

    Raises:
        Invalid: naming each such answer.
    """
    asks = OBSERVATIONS[kind].asks if kind in OBSERVATIONS else {}
    named = [name for name, field in asks.items() if is_past(field) and name in answers]
    days = {name: date.fromisoformat(answers[name]) for name in named}
    told = (held.now if precision == Precision.UNKNOWN else latest(at, precision)).astimezone(LONDON).date()
    wrong = "{:%-d %B %Y} lies after the time of this entry, {:%-d %B %Y}. Correct the one or the other."
    if ahead := {name: [wrong.format(day, told)] for name, day in days.items() if day > told}:
        raise Invalid(ahead)


def is_past(field: Field) -> bool:
    """Whether a question asks for the day of something that had happened."""
    return isinstance(field, ask.Day) and field.past


@transaction.atomic
def observe(
    case: Case,
    kind: str,
    *,
    by: User,
    at: datetime | None = None,
    answers: Mapping[str, Any] | None = None,
    seen: int | None = None,
    submission: UUID | None = None,
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
    moved_from: Event | None = None,
) -> Event:
    """Record a fact that is not a move; `time_is_right` lets a doubtful time pass.

    `seen` is the newest event that the form knew of; `moved_from` is the entry of another case that was meant for this
    one.

    Raises:
        Refused: an impossible time, or a case that had ended; `Doubtful` for a time that somebody has to confirm,
            `Stale` where it would take the place of an entry made after `seen`, `Invalid` for answers, `NotAllowed` for
            roles.
        KeyError: no observation of that kind is declared.
    """
    declared = OBSERVATIONS[kind]
    held = hold(case.pk)
    permit(by, declared.by, declared.label)
    answers = checked(declared.asks, answers)
    if declared.scored:
        answers.setdefault("scored_by", str(by))
    if made := already(held, submission, kind, answers, at=at, precision=precision):
        return made
    refuse_unseen(held, declared, answers, seen)
    at = beginnings(held, kind, checked_time(held, at, precision), precision)[0]
    refuse_ended(held, at, kind)
    refuse_ahead(held, kind, answers, at, precision)
    if not time_is_right:
        refuse_doubtful(held, kind, at, recorded=held.now, precision=precision)
    event = note(
        held, kind, by=by, at=at, answers=answers, submission=submission, precision=precision, moved_from=moved_from
    )
    sync(held)
    return event


def refuse_unseen(held: Held, declared: Observation, answers: Mapping[str, Any], seen: int | None) -> None:
    """Refuse to take the place of an entry that the form did not know of.

    Raises:
        Stale: with who made it, and what it says.
    """
    stands = {event.pk: event for event in held.standing if event.kind == declared.event}
    news = [stands[event.pk] for event in newer(held, seen) if event.pk in stands]
    says = [(each, declared.replaces(each.answers, answers)) for each in news]
    if told := [f"{said(each)} It says: {words}." for each, words in says if words]:
        raise Stale(*told)


def refuse_ended(held: Held, at: datetime, kind: str = "") -> None:
    """Refuse what would happen to a case after it has ended; what ends a case comes last of its own instant.

    Raises:
        Refused: with how it ended and the way on.
    """
    before = [
        fact
        for fact in held.row_facts("case", 0)
        if fact.occurred_at < at or (fact.occurred_at == at and not ends_case(fact))
    ]
    state = Case.folded(before)
    if state not in Case.ENDED or (state == Case.State.DIED and kind in AFTER_DEATH):
        return
    if kind in AFTER_ANY_END and state != Case.State.ENTERED_IN_ERROR:
        return
    ended = [fact.occurred_at for fact in before if ends_case(fact)]
    times = f" ({shown(ended[-1])}), before {shown(at)}" if ended else ""
    way = "Reopen it, or check the time" if Case.can(state, "reopen") else "Check both times, and correct the wrong one"
    raise Refused(f"The case had ended by then: {Case.State(state).label}{times}. {way}.")
