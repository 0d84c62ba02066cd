"""A move with other facts out of one form: the call that told of it, consent before treatment, what became worse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway.engine.advance import advance
from pathway.engine.correct import asked_by
from pathway.engine.hold import hold, impossible, refuse_stale, submitted, told, used
from pathway.engine.intake import record
from pathway.engine.note import checked, observe
from pathway.engine.refused import Refused
from pathway.engine.worse import report_worse
from pathway.protocol.hours import Precision
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, Machine, Step


@dataclass(frozen=True, slots=True)
class Before:
    """A fact that the form records before its move; `at` is None where it happened at the time of the move."""

    kind: str
    answers: Mapping[str, Any]
    at: datetime | None = None


@transaction.atomic
def advance_with(
    step: Machine,
    verb: str,
    *,
    before: Sequence[Before],
    by: User,
    at: datetime | None = None,
    answers: Mapping[str, Any] | None = None,
    override: Mapping[str, Any] | None = None,
    seen: int | None = None,
    submission: UUID | None = None,
    precision: str = Precision.MINUTE,
    time_is_right: bool = False,
) -> Event:
    """Record the facts, make the move, and report what it shows to be worse; a refusal of any writes nothing.

    Raises:
        Refused: as `advance` refuses any of them; `Used` where the form made the move with other facts before it.
    """
    held = hold(step.case_id if isinstance(step, Step) else step.pk)
    made = submitted(held, submission)
    if made is None and before:
        refuse_stale(held, seen, step.track, "case", "event")
        seen = None  # what comes before it is written now, and makes nothing out of date
        for each in before:
            if each.at and (wrong := impossible(held, each.at)):
                raise Refused(wrong)
            entry: dict[str, Any] = {
                "by": by, "at": each.at or at or held.now, "answers": each.answers, "time_is_right": time_is_right,
                "precision": Precision.MINUTE if each.at else precision,
            }  # fmt: skip
            if each.kind in OBSERVATIONS:
                observe(held.case, each.kind, **entry)
            else:
                record(held.case, each.kind, **entry, override=override)
    elif made and not came_before(before, made, held.events):
        raise used(made)
    event = advance(
        step, verb, by=by, at=at, answers=answers, override=override, seen=seen, submission=submission,
        precision=precision, time_is_right=time_is_right,
    )  # fmt: skip
    if made is None:
        report_worse(event, by=by)
    return event


def came_before(before: Sequence[Before], made: Event, events: Sequence[Event]) -> bool:
    """Whether the entries just before the move's own are what the form says now."""
    earlier = [event for event in events if event.pk < made.pk][-len(before) :] if before else []
    pairs = zip(before, earlier, strict=False)
    return len(earlier) == len(before) and all(says(fact, event) for fact, event in pairs)


def says(fact: Before, event: Event) -> bool:
    """Whether an entry is what the form says now."""
    if event.kind != fact.kind:
        return False
    return told(event) == checked(asked_by(fact.kind), fact.answers) and fact.at in (None, event.occurred_at)
