"""Moves a case to another version of the protocol: what would change is shown first, then everything is folded anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from pathway import protocol
from pathway.engine import alerts
from pathway.engine.clocks import Key, sync, withdraw
from pathway.engine.hold import Held, hold, newer, permit, said, submitted, used
from pathway.engine.note import checked, note, refuse_ended
from pathway.engine.refused import Refused, Stale
from pathway.protocol.hours import shown
from pathway.protocol.release import RELEASED
from pathway.protocol.types import Protocol
from pathway.record.alert import Alert
from pathway.record.ask import Asks, text
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import REPINNED, Event
from pathway.record.person import User
from pathway.record.step import MEDICAL

WHY: Asks = {"why": text("Why this case moves to another version", long=True)}


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one clock: `new`, `gone`, `due` or `warns` `earlier` or `later`, `outcome`; the rest in words."""

    what: str
    clock: str
    words: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What moving a case to another version changes; the alerts as “E3: Request the scan”."""

    changes: Sequence[Change]
    raised: Sequence[str]
    stood_down: Sequence[str]


@transaction.atomic
def rehearse(case: Case, to: str) -> Difference:
    """Move the case to another version, see what changed, and undo it all.

    Raises:
        Refused: as `repin`.
    """
    held = hold(case.pk)
    before, open_before = rows_of(case), open_alerts(case)
    old = held.case.protocol
    move(held, to)
    sync(held)
    after, labels = rows_of(case), protocol.known(to)
    still = {alert.pk for alert in open_alerts(case)}
    anyway = waiting(before, protocol.get(old), held.now)
    raised = [each for each in waiting(after, protocol.get(to), held.now) if each not in anyway]
    found = Difference(
        [Change(what, labels[key[0]].label, words) for key, what, words in changes(before, after, held.now)],
        [f"{level}: {labels[key[0]].label}" for key, level in raised],
        [f"{alert.level}: {labels[alert.clock.standard].label}" for alert in open_before if alert.pk not in still],
    )
    transaction.set_rollback(True)
    return found


@transaction.atomic
def repin(case: Case, *, to: str, by: User, why: str, seen: int | None = None, submission: UUID | None = None) -> Event:
    """Pin the case to another version and make every clock say what its events mean under that.

    What was told stays on record. A clock whose ladder is another one is told anew.

    Raises:
        Refused: the version is unknown, the one it has, or a draft where there are released ones; the case has ended;
            `Stale` where anything was recorded after `seen`; `Invalid` without a reason, `NotAllowed` for roles.
    """
    held = hold(case.pk)
    permit(by, MEDICAL, "Move to another protocol version")
    answers = {"to": to, **checked(WHY, {"why": why})}
    if made := submitted(held, submission):
        if made.kind != REPINNED or made.answers != {**answers, "from": made.answers["from"]}:
            raise used(made)
        return made
    if news := newer(held, seen):
        raise Stale(*(said(event) for event in news))
    answers["from"] = held.case.protocol
    move(held, to)
    event = note(held, REPINNED, by=by, at=held.now, answers=answers, submission=submission)
    sync(held)
    return event


def move(held: Held, to: str) -> None:
    """Put another version in the place of the case's own; the caller syncs.

    Raises:
        Refused: it must not be.
    """
    old = held.case.protocol
    try:
        version = protocol.get(to)
    except protocol.UnknownVersion as unknown:
        raise Refused(str(unknown)) from unknown
    if to == old:
        raise Refused(f"The case has protocol {to} already.")
    if protocol.CURRENT in RELEASED and to not in RELEASED:
        raise Refused(f"Protocol {to} is a draft and not signed off. Known: {', '.join(RELEASED)}.")
    refuse_ended(held, held.now)
    before = protocol.get(old).standards
    rows = Clock.objects.standing().filter(case=held.case, rung__gt=0)
    other = [row for row in rows if (new := version.standards.get(row.standard)) and
             new.ladder != before[row.standard].ladder]  # fmt: skip
    withdraw(other, held.now)
    alerts.stand_down(other, now=held.now, why="protocol changed")
    held.case.protocol = to
    held.columns["protocol"] = to


def rows_of(case: Case) -> dict[Key, Clock]:
    """The standing clocks of a case."""
    rows = Clock.objects.standing().filter(case=case).order_by("due_at", "pk")
    return {(row.standard, row.started_at, row.nth): row for row in rows}


def open_alerts(case: Case) -> list[Alert]:
    """The alerts of a case that stand."""
    return list(Alert.objects.open().filter(case=case).select_related("clock").order_by("raised_at", "pk"))


def changes(before: dict[Key, Clock], after: dict[Key, Clock], now: datetime) -> Iterator[tuple[Key, str, str]]:
    """Each difference between two sets of clocks, in the order in which they are due."""
    for key, row in after.items():
        if (old := before.get(key)) is None:
            yield key, "new", f"started {shown(row.started_at)}, due {shown(row.due_at)}: {row.said(now)}"
            continue
        for word, was, will in (("due", old.due_at, row.due_at), ("warns", old.amber_at, row.amber_at)):
            if was != will:
                yield key, f"{word} {'earlier' if will < was else 'later'}", f"{shown(was)} becomes {shown(will)}"
        if old.said(now) != row.said(now):
            yield key, "outcome", f"{old.said(now)} becomes {row.said(now)}"
    for key, row in before.items():
        if key not in after:
            yield key, "gone", f"started {shown(row.started_at)}, was due {shown(row.due_at)}: {row.said(now)}"


def waiting(rows: dict[Key, Clock], version: Protocol, now: datetime) -> list[tuple[Key, str]]:
    """The clocks for which the next sweep raises an alert, with its level."""
    last = alerts.newest(rows.values())
    found = []
    for key, row in rows.items():
        ladder, alert = version.standards[row.standard].ladder, last.get(row.pk)
        rung, _ = row.ladder(ladder, alert.call if alert else None).climbed(now)
        if row.wake_at and row.wake_at <= now and rung > row.rung:
            found.append((key, ladder[rung - 1].level.value))
    return found
