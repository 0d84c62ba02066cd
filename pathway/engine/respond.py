"""What a person may say to an alert: acting, asking for time, declining, asking for help, handing it to a colleague.

None of it ends the clock: only an event does. Each is kept as a row, and moves when the ladder goes on.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from pathway import protocol
from pathway.engine import alerts
from pathway.engine.alerts import rung_of
from pathway.engine.clocks import wakes
from pathway.engine.hold import Held, hold
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.protocol.hours import shown
from pathway.protocol.types import Level
from pathway.record.alert import Alert, Delivery, Reply, Response, Why
from pathway.record.person import User
from pathway.record.shift import can_be_told
from pathway.record.step import CARE

LONGEST, LONGEST_SNOOZE = timedelta(hours=4), timedelta(hours=1)


@transaction.atomic
def acknowledge(alert: Alert, *, by: User, until: datetime | None = None) -> Alert:
    """Say that somebody acts, until a time (the rung's own interval where none is given). It lapses; it ends nothing.

    Raises:
        Refused: the alert has stood down, somebody else is acting, or the time is past or over four hours ahead;
            `NotAllowed` for who neither cares for patients nor was told of it.
    """
    held, alert = open_alert(alert, by, "Acknowledge")
    refuse_taken(alert, held.now, by.uuid)
    return act(alert, by=by, until=time_asked(alert, until, held.now), now=held.now)


def act(alert: Alert, *, by: User, until: datetime, now: datetime, what: Reply = Reply.ACTS, **kept: Any) -> Alert:
    """Let somebody act on an alert from now on. The caller holds its case, and has checked what is asked.

    What was passed on and waits for the sweep thereby stays where it is; but not where help was asked for.
    """
    alert.acknowledged_at, alert.acknowledged_by, alert.acting_until = now, str(by), until
    if is_newest(alert) and alert.passed_why != Why.HELP:
        alert.passed_at, alert.passed_why = None, ""
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "acting_until", "passed_at", "passed_why"])
    say(alert, what, by=by, now=now, until=until, **kept)
    rearm(alert)
    return alert


@transaction.atomic
def snooze(alert: Alert, *, by: User, until: datetime) -> Alert:
    """Ask for time before the next level is told: of level E1 only, once, an hour at most.

    Raises:
        Refused: as `acknowledge`; or the level is higher, the next was told already, or time was asked for before.
    """
    held, alert = open_alert(alert, by, "Ask for time")
    refuse_taken(alert, held.now, by.uuid)
    if alert.level != Level.E1:
        raise Refused(f"An alert of level {alert.level} cannot wait. Say that you act, or pass it on.")
    if not is_newest(alert):
        raise Refused("The next level has been told already: nothing is left to wait. Say that you act, or decline.")
    if alert.snoozed_until:
        raise Refused(f"{alert.snoozed_by} has asked for time before. Say that you act, or pass it on.")
    if not held.now < until <= held.now + LONGEST_SNOOZE:
        raise Refused("Ask for an hour at most.")
    alert.snoozed_until, alert.snoozed_by = until, str(by)
    alert.save(update_fields=["snoozed_until", "snoozed_by"])
    say(alert, Reply.SNOOZED, by=by, now=held.now, until=until)
    rearm(alert)
    return alert


@transaction.atomic
def decline(alert: Alert, *, by: User, reason: str) -> Alert:
    """Say that one does not act, or no longer, and why: the next level is told at once.

    Raises:
        Refused: as `acknowledge`. `Invalid` where no reason is given.
    """
    held, alert = open_alert(alert, by, "Decline")
    refuse_taken(alert, held.now, by.uuid)
    alert.acknowledged_at, alert.acknowledged_by, alert.acting_until = None, "", None
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "acting_until"])
    say(alert, Reply.DECLINED, by=by, now=held.now, reason=given(reason))
    alerts.pass_on(alert, Why.DECLINED, now=held.now)
    return alert


@transaction.atomic
def ask_for_help(alert: Alert, *, by: User, reason: str = "") -> Alert:
    """Let the next level be told at once, while whoever acts goes on acting.

    Raises:
        Refused: as `acknowledge`, but for who acts on it; somebody else acts on a level that was told since.
    """
    held, alert = open_alert(alert, by, "Ask for help")
    newest = alerts.newest([alert.clock])[alert.clock_id]
    if newest.pk != alert.pk:
        refuse_taken(newest, held.now, by.uuid)
    say(alert, Reply.HELP, by=by, now=held.now, reason=" ".join(reason.split())[:300])
    alerts.pass_on(newest, Why.HELP, now=held.now)
    return alert


@transaction.atomic
def offer(alert: Alert, *, by: User, to: User, present: bool = True) -> Alert:
    """Ask a named colleague to take it. Until they accept, whoever acts goes on acting, and the ladder goes on too.

    Not `present` is who has offered it before, with a whole case: they say nothing now, and so have read nothing.

    Raises:
        Refused: as `acknowledge`; `Invalid` where the colleague cannot be told.
    """
    held, alert = open_alert(alert, by, "Hand to a colleague")
    refuse_taken(alert, held.now, by.uuid)
    same = User.objects.filter(can_be_told(), pk=to.pk, organisation=held.case.organisation_id).exclude(pk=by.pk)
    if not same.exists():
        raise Invalid({"to": [f"{to} cannot take it: choose a colleague of this organisation who reads cases."]})
    asked = say(alert, Reply.OFFERED, by=by, now=held.now, present=present, to=str(to), to_uuid=to.uuid)
    alerts.ask(asked, to.pk, held.now)
    return alert


def offered(alert: Alert, to: User) -> Response | None:
    """The offer to this person that they have not answered; None where nothing was offered or it was taken already."""
    found: Response | None = None
    for each in alert.responses.order_by("pk"):
        if each.what == Reply.OFFERED:
            found = each if each.to_uuid == to.uuid else found
        elif each.what in (Reply.ACCEPTED, Reply.REFUSED) and each.by_uuid == to.uuid:
            found = None
    return found


@transaction.atomic
def accept(alert: Alert, *, by: User, until: datetime | None = None) -> Alert:
    """Take an alert from the colleague who offered it, and act on it from now on.

    Raises:
        Refused: as `acknowledge`, whoever acts being neither of the two; or nobody has offered it.
    """
    held, alert = open_alert(alert, by, "Take over")
    asked = pending(alert, by)
    refuse_taken(alert, held.now, by.uuid, asked.by_uuid)
    until = time_asked(alert, until, held.now)
    return act(alert, by=by, until=until, now=held.now, what=Reply.ACCEPTED, to=asked.by, to_uuid=asked.by_uuid)


@transaction.atomic
def refuse(alert: Alert, *, by: User, reason: str) -> Alert:
    """Do not take an alert that a colleague offered, and say why: it stays with whoever acts.

    Raises:
        Refused: as `acknowledge`, but for who acts on it; nobody has offered it. `Invalid` without a reason.
    """
    held, alert = open_alert(alert, by, "Refuse")
    asked = pending(alert, by)
    say(alert, Reply.REFUSED, by=by, now=held.now, reason=given(reason), to=asked.by, to_uuid=asked.by_uuid)
    return alert


def pending(alert: Alert, by: User) -> Response:
    """The offer that a person answers.

    Raises:
        Refused: there is none.
    """
    asked = offered(alert, by)
    if asked is None:
        raise Refused("Nobody has asked you to take this, or you have answered already.")
    return asked


def may_answer(person: User, alert: Alert) -> bool:
    """Whether a person may say something to an alert: those who care for patients, and whoever was told of it."""
    told = Delivery.objects.filter(alert__clock=alert.clock_id, user_id=person.pk)
    return bool(person.role_set & CARE) or told.exists()


def open_alert(alert: Alert, by: User, what: str) -> tuple[Held, Alert]:
    """The alert, read again under the lock of its case.

    Raises:
        NotAllowed: the person neither cares for patients nor was told of it.
        Refused: it has stood down, or stands on another case since.
    """
    held = hold(alert.case_id)
    if not may_answer(by, alert):
        raise NotAllowed(f"“{what}” is for those who care for patients, and for whoever was told of this alert.")
    alert = Alert.objects.select_related("clock", "case").get(pk=alert.pk)
    if alert.case_id != held.case.pk:
        raise Refused(f"{alert.case.code} and {held.case.code} were parted meanwhile. Open the alert again.")
    if alert.stood_down_at:
        raise Refused(f"This alert has stood down: {alert.stood_down_why}, {shown(alert.stood_down_at)}.")
    return held, alert


def refuse_taken(alert: Alert, now: datetime, *but: UUID) -> None:
    """Refuse what would go over the head of whoever acts, unless that is one of these people.

    Raises:
        Refused: naming who acts, until when.
    """
    if alert.acting_until and alert.acting_until > now and actor(alert) not in but:
        raise Refused(f"{alert.acknowledged_by} is acting on this until {shown(alert.acting_until)}.")


def time_asked(alert: Alert, until: datetime | None, now: datetime) -> datetime:
    """Until when somebody acts: as they say, else for the interval of the level.

    Raises:
        Refused: the time is past or too far ahead.
    """
    until = until or now + rung_of(alert).acknowledge
    if not now < until <= now + LONGEST:
        raise Refused("Say a time within the next four hours until which you act.")
    return until


def is_newest(alert: Alert) -> bool:
    """Whether no higher level of its clock was told."""
    return alert.clock.rung == alert.rung + 1


def actor(alert: Alert) -> UUID | None:
    """Who said last to act on it; two people may have one name."""
    acting = alert.responses.filter(what__in=(Reply.ACTS, Reply.ACCEPTED)).order_by("-pk")
    return acting.values_list("by_uuid", flat=True).first()


def acts(person: User, alert: Alert) -> bool:
    """Whether whoever acts on it is this person."""
    return actor(alert) == person.uuid


def given(reason: str) -> str:
    """A reason, in one line.

    Raises:
        Invalid: there is none, or it is longer than 300 letters.
    """
    words = " ".join(reason.split())
    if not words or len(words) > 300:  # noqa: PLR2004 - the column
        raise Invalid({"reason": ["Say why, in 300 letters at most." if words else "Say why."]})
    return words


def say(alert: Alert, what: Reply, *, by: User, now: datetime, present: bool = True, **kept: Any) -> Response:
    """Keep and return what a person said; what they were told of it is thereby read, where they are present."""
    said = Response.objects.create(alert=alert, what=what, at=now, by=str(by), by_uuid=by.uuid, **kept)
    if present:
        Delivery.objects.filter(alert=alert, user_id=by.pk, read_at=None).update(read_at=now)
    return said


def rearm(alert: Alert) -> None:
    """Set anew when the clock of an alert wakes, where the alert is its newest. The caller holds its case."""
    if is_newest(alert):
        standard = protocol.get(alert.case.protocol).standards[alert.clock.standard]
        alerts.wake(alert.clock, wakes(alert.clock, standard, alert))
