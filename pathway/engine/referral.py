"""A referral form becomes the events that its answers are: all of them, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from pathway.engine.hold import already, hold, permit
from pathway.engine.intake import record
from pathway.engine.note import checked
from pathway.engine.worse import observe_with
from pathway.protocol.hours import Precision
from pathway.protocol.vocabulary import KINDS
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import User
from pathway.record.step import CARE, OBSERVATIONS, made_by

LABEL = "Send the referral form"


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of the form as the event that it becomes. `key` is that of the form's step."""

    kind: str
    answers: Mapping[str, Any]
    at: datetime
    key: UUID
    precision: str = Precision.MINUTE
    time_is_right: bool = False

    @property
    def submission(self) -> UUID:
        """What makes a second sending return the first one's event: the steps of a form make several."""
        return uuid5(self.key, self.kind)

    @property
    def place(self) -> tuple[datetime, int]:
        """When it is recorded among the others: as they happened, of one instant as the vocabulary says."""
        return self.at, KINDS.index(self.kind) if self.kind in KINDS else len(KINDS)


@transaction.atomic
def refer(case: Case, *, by: User, told: Sequence[Told]) -> list[Event]:
    """Record all that a referral form tells; a second sending returns the events of the first.

    Raises:
        Refused: as `advance` and `observe` refuse any of them; nothing is recorded then.
    """
    permit(by, CARE, LABEL)
    hold(case.pk)
    return [entered(case, each, by) for each in sorted(told, key=lambda each: each.place)]


def try_out(case: Case, *, by: User, told: Sequence[Told]) -> None:
    """Find out whether `refer` would record this; nothing is.

    Raises:
        Refused: as `refer` refuses it.
    """
    with transaction.atomic():
        refer(case, by=by, told=told)
        transaction.set_rollback(True)


def entered(case: Case, each: Told, by: User) -> Event:
    """One of the events, by the door that its kind has."""
    entry: dict[str, Any] = {"by": by, "at": each.at, "precision": each.precision, "time_is_right": each.time_is_right}
    if each.kind in OBSERVATIONS:
        return observe_with(case, each.kind, **entry, answers=each.answers, submission=each.submission)
    declared = made_by(each.kind)
    if declared is None:
        raise LookupError(each.kind)
    answers = checked(declared[1].asks, each.answers)
    made = already(hold(case.pk), each.submission, each.kind, answers, at=each.at, precision=each.precision)
    return made or record(case, each.kind, **entry, answers=each.answers, submission=each.submission)
