"""The case under its lock: every writer takes it first, and reads everything else under it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from pathway import live
from pathway.engine.now import SIMULATED
from pathway.engine.refused import Doubtful, Invalid, Merged, NotAllowed, Refused, Stale, Used
from pathway.protocol.hours import LONDON, Precision, earliest, shown, width
from pathway.protocol.merged import united
from pathway.protocol.types import Fact, Role
from pathway.protocol.vocabulary import in_order
from pathway.record.case import Case
from pathway.record.event import Event, fact, standing
from pathway.record.measure import KEPT
from pathway.record.person import User
from pathway.record.step import wording

SUSPECTED = "case.suspected"
MAY_BE_OLDER = (SUSPECTED, "case.admitted", "imaging.acquired")
AHEAD = timedelta(minutes=5)
LONGEST_AGO, BEFORE_SUSPECTED = timedelta(days=366), timedelta(days=31)
LONG_AGO = timedelta(hours=72)


def columns(model: type[Model]) -> str:
    """The columns of a model by name: a prepared `SELECT *` breaks when a migration adds one."""
    return ", ".join(f'{model._meta.db_table}."{field.column}"' for field in model._meta.concrete_fields)


# Written out, because building these queries anew at each move takes longer than answering them.
IDENTIFIED = """(patient.family_name <> '' AND patient.birth_date IS NOT NULL
  AND (patient.nhs_number <> '' OR patient.local_number <> ''))"""  # Patient.is_provisional, the other way round
LOCKED = f"""
SELECT {columns(Case)}, unit.nation, patient.birth_date AS born, statement_timestamp() AS asked_at,
  {IDENTIFIED} AS identified, EXISTS (SELECT FROM pathway_fault fault WHERE fault.case_id = pathway_case.id) AS faulty
FROM pathway_case
JOIN pathway_unit unit ON unit.id = pathway_case.unit_id
JOIN pathway_patient patient ON patient.id = pathway_case.patient_id
WHERE pathway_case.id = %s FOR NO KEY UPDATE OF pathway_case
"""  # noqa: S608
EVENTS = f"""
SELECT {columns(Event)}, statement_timestamp() AS asked_at FROM pathway_event
WHERE case_id = ANY(ARRAY(SELECT %s UNION ALL SELECT id FROM pathway_case WHERE survivor_id = %s)) ORDER BY id
"""  # noqa: S608


@dataclass
class Held:
    """A locked case with its events, and the time at which it was locked.

    `absorbed` are the events of the cases merged into it: they count for its clocks and its own state, no other row.
    """

    case: Case
    now: datetime
    events: list[Event]
    nation: str = "ENG"
    born: date | None = None
    identified: bool = True
    columns: dict[str, object] = field(default_factory=dict)
    faulty: bool = False
    absorbed: list[Event] = field(default_factory=list)

    @cached_property
    def standing(self) -> list[Event]:
        """The events as they now stand, in order of recording."""
        return standing(self.events)

    @property
    def entries(self) -> list[Event]:
        """The standing entries of this case and of those merged into it."""
        return [*self.standing, *standing(self.absorbed)]

    @property
    def merged_in(self) -> list[str]:
        """The codes of the cases merged into it."""
        return [Case(pk=pk).code for pk in sorted({event.case_id for event in self.absorbed})]

    @cached_property
    def facts(self) -> list[Fact]:
        """The standing facts, in the order in which they happened."""
        own = (fact(event) for event in self.standing)
        return united(own, map(fact, standing(self.absorbed))) if self.absorbed else in_order(own)

    @property
    def suspicion(self) -> Fact | None:
        """The suspicion as it stands; the earliest, where cases were merged. None before the first entry."""
        return next((each for each in self.facts if each.kind == SUSPECTED), None)

    def add(self, event: Event) -> None:
        """Take in an event that was just written."""
        self.events.append(event)
        for derived in ("standing", "facts"):
            self.__dict__.pop(derived, None)

    def row_facts(self, track: str, number: int) -> list[Fact]:
        """The facts of one row of one track, in the order in which they happened."""
        if track == Case.track:
            return [each for each in self.facts if each.kind.startswith("case.")]
        mine = {event.pk for event in self.standing if event.track == track and event.track_no == number}
        return [each for each in self.facts if each.id in mine]

    def entry(self, pk: int | None) -> Event:
        """The standing entry behind a fact, of this case or of one merged into it."""
        return next(event for event in self.entries if event.pk == pk)


def hold(pk: int, *, merged: bool = False) -> Held:
    """Lock a case until the transaction ends and read its events; `merged` for who may write to one that was merged.

    Raises:
        Case.DoesNotExist: there is no such case.
        Merged: it was merged into another one, which it names.
    """
    case: Any = next(iter(Case.objects.raw(LOCKED, [pk])), None)
    if case is None:
        raise Case.DoesNotExist(pk)
    if case.survivor_id and not merged:
        raise Merged(f"{case.code} was merged into {Case(pk=case.survivor_id).code}. Record it there.")
    events = list(Event.objects.raw(EVENTS, [pk, pk]))
    # A statement's time is its beginning, and the first one may have waited for the lock: what is recorded now must
    # never come before what the other person recorded meanwhile, or it would pass as a late entry.
    newest: Any = events[-1] if events else case
    transaction.on_commit(lambda: live.publish([case.uuid]))
    absorbed = [event for event in events if event.case_id != pk]
    own = [event for event in events if event.case_id == pk] if absorbed else events
    now = SIMULATED.get() or newest.asked_at
    return Held(case, now, own, case.nation, case.born, case.identified, faulty=case.faulty, absorbed=absorbed)


def hold_both(one: int, other: int) -> tuple[Held, Held]:
    """Lock two cases, always the older first: two people who take them the other way round do not wait for ever."""
    held = {pk: hold(pk, merged=True) for pk in sorted({one, other})}
    return held[one], held[other]


def permit(by: User, roles: frozenset[Role], what: str) -> None:
    """Pass only those who hold one of the roles.

    Raises:
        NotAllowed: with who may do it.
    """
    if not by.role_set & roles:
        who = " or ".join(sorted(role.value for role in roles))
        raise NotAllowed(f"“{what}” is for a {who}.")


def checked_time(
    held: Held, at: datetime | None, precision: str = Precision.MINUTE, longest_ago: timedelta = LONGEST_AGO
) -> datetime:
    """When something happened, at the earliest; now where nobody says.

    Raises:
        Invalid: a time without zone, ahead, before the birth of the patient, or too long ago.
    """
    if at is None:
        return earliest(held.now, precision)
    if wrong := impossible(held, at, longest_ago):
        raise Invalid({"happened_at": [wrong]})
    return earliest(at, precision)


def impossible(held: Held, at: datetime, longest_ago: timedelta = LONGEST_AGO) -> str:
    """Why nothing can have happened to the case at this time; '' where it can.

    Of a case that was suspected long ago it can, from a month before that on.
    """
    if at.tzinfo is None:
        return f"{at:%H:%M on %-d %B %Y} has no zone. Say whether it is UTC or local time."
    if at > held.now + AHEAD:
        return f"{shown(at)} has not come yet: it is {shown(held.now)}. A time may be 5 minutes ahead at most."
    if held.born is not None and at < datetime.combine(held.born, time.min, LONDON):
        return f"{at:%-d %B %Y} is before the patient was born ({held.born:%-d %B %Y})."
    oldest = held.now - longest_ago
    if held.suspicion and (begins := held.suspicion.occurred_at - BEFORE_SUSPECTED) < oldest:
        days, suspected = BEFORE_SUSPECTED.days, held.suspicion.occurred_at.astimezone(LONDON)
        told = f"{at:%-d %B %Y} is more than {days} days before the suspicion of {suspected:%-d %B %Y}. Check the date."
        return told if at < begins else ""
    if at < oldest:
        ago = "a year" if longest_ago == LONGEST_AGO else f"{longest_ago.days // 365} years"
        return f"{at:%-d %B %Y} is more than {ago} ago. Check the date."
    return ""


def beginnings(held: Held, kind: str, at: datetime, precision: str) -> list[datetime]:
    """The instants from which an entry may count, earliest first: what else happened then may have to come before it.

    An entry whose range holds the suspicion follows it; only an admission may be older unasked.
    """
    length = width(at, precision)
    if not length:
        return [at]
    within = {fact.occurred_at for fact in held.facts if at < fact.occurred_at <= at + length}
    first = held.suspicion
    if first and first.occurred_at in within and kind not in (SUSPECTED, "case.admitted"):
        at = first.occurred_at
        within = {each for each in within if each > at}
    return [at, *sorted(within)]


def refuse_doubtful(held: Held, kind: str, at: datetime, *, recorded: datetime, precision: str) -> None:
    """Refuse, until somebody says that it is right, what is long past or before the suspicion.

    `recorded` is when the entry was first made. An admission, and the scan that raised the suspicion, may be older.

    Raises:
        Doubtful: with how long ago it was, or the time of the suspicion (hazard HZ3).
    """
    given, first = shown(at, precision), held.suspicion
    if recorded - at > LONG_AGO:
        days, rest = divmod(recorded - at, timedelta(days=1))
        ago = f"{days} days {rest // timedelta(hours=1)} h"
        raise Doubtful(f"This is {ago} {'ago' if recorded == held.now else 'before it was recorded'} ({given}).")
    if first and at < first.occurred_at and kind not in MAY_BE_OLDER:
        raise Doubtful(f"This ({given}) is before the suspicion ({shown(first.occurred_at)}).")


def refuse_stale(held: Held, seen: int | None, *tracks: str, corrects: Event | None = None) -> None:
    """Refuse a form drawn before the newest event of the tracks it concerns, or before a correction of one event.

    Raises:
        Stale: naming who recorded what, and when.
    """
    news = [event for event in newer(held, seen) if event.track in tracks]
    if corrects is not None:
        news = [event for event in news if event.corrects_id == corrects.pk]
    if news:
        raise Stale(*(said(event) for event in news))


def newer(held: Held, seen: int | None) -> list[Event]:
    """What was recorded after the newest event that a form knew of; nothing where the form does not say.

    Raises:
        Refused: the form claims to know what does not exist yet, and so would never be out of date.
    """
    if seen is None:
        return []
    if seen > max((event.pk for event in held.events), default=0):
        raise Refused("This form is damaged. Open the page again; nothing was saved.")
    return [event for event in held.events if event.pk > seen]


def said(event: Event) -> str:
    """Who recorded what, and when it happened, in a sentence."""
    happened = shown(event.occurred_at, event.precision)
    return f"{event.by} recorded “{wording(event.kind)}” ({happened}) at {shown(event.recorded_at)}."


def already(
    held: Held,
    submission: UUID | None,
    kind: str,
    answers: Mapping[str, Any],
    *,
    at: datetime | None = None,
    precision: str = Precision.MINUTE,
    number: int | None = None,
) -> Event | None:
    """The event that this submission of a form has made; `at` and `number` are compared where the form gives them.

    Raises:
        Used: it made an entry that says something else.
    """
    made = submitted(held, submission)
    if made is None:
        return None
    same = (made.kind, told(made)) == (kind, dict(answers)) and is_of(made, at, precision)
    if not same or number not in (None, made.track_no):
        raise used(made)
    return made


def is_of(event: Event, at: datetime | None, precision: str) -> bool:
    """Whether an event has this time, as exactly known; any where none is given."""
    return at is None or (
        event.precision == precision and earliest(event.occurred_at, precision) == earliest(at, precision)
    )


def submitted(held: Held, submission: UUID | None) -> Event | None:
    """The event of this case that a submission of a form has made."""
    if submission is None:
        return None
    return next((event for event in held.events if event.submission == submission), None)


def told(event: Event) -> dict[str, Any]:
    """The answers of an event as the form gave them: without the senior who let a guard pass, and the scores."""
    return {name: value for name, value in event.answers.items() if name not in ("override", KEPT)}


def used(made: Event) -> Used:
    """The refusal of a form that made one entry and now says another."""
    return Used(f"This form was used already, and what it says now was not saved. {said(made)}")
