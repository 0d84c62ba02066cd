"""Sends the messages that were taken, and writes at once what became of each try.

A process may die between the provider's answer and the writing: the message is then sent again, under the same key.
"""

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error, connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from pathway.engine.alerts import TO_SEND
from pathway.engine.now import now as database_now
from pathway.notify.bundle import ALERTS, DRILL, UNSENT
from pathway.notify.channel import BY_KEY
from pathway.notify.claim import claim, release
from pathway.notify.exchange import exchange
from pathway.notify.text import words
from pathway.notify.types import Letter, Undeliverable
from pathway.record.message import PROVIDER, Attempt, Message, Provider, State

LONGEST_PAUSE, LONGEST_PAUSE_URGENT = 15.0, 5.0
GIVE_UP, GIVE_UP_OTHERS = timedelta(hours=1), timedelta(minutes=2)
CODE, NOT_KEPT = "code", "A code, which is not kept."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one try."""

    state: State
    answer: str
    ref: str = ""
    maybe: bool = False
    retry_after: float | None = None


def drain(provider: str) -> int:
    """Send what is due for one provider until nothing is, or it wants a pause; return how many were tried."""
    tried = 0
    while message := claim(provider):
        attend(message, provider)
        tried += 1
    return tried


def attend(message: Message, provider: str) -> None:
    """Send a message that was taken for a provider, and write what became of it."""
    began, again = time.monotonic(), message.fixed
    try:
        letter = prepared(message, database_now())
        outcome = tried(provider, message, letter) if letter else None
    except Error:
        raise
    except Exception as broken:  # a text that cannot be written is one message's failure
        log.exception("message %s", message.uuid)
        outcome = Outcome(State.FAILED, repr(broken))
    if outcome:
        write(message, outcome, again=again, took=time.monotonic() - began)
    release(message)


def prepared(message: Message, now: datetime) -> Letter | None:
    """What is sent: of alerts, only what is still needed, as it stands now. None where nothing is: it is then spared.

    The text of a message that the provider may have taken already stays as it was.
    """
    again = message.fixed
    if message.purpose in (ALERTS, DRILL):
        told = list(message.deliveries.needed(now).select_related("alert__clock", "alert__case__patient"))
        if not told:
            spare(message, now)
            return None
        if not again:
            channel = BY_KEY.get(message.address.channel)
            said = words(told, now, longest=channel.longest if channel else 0)
            message.subject, message.body = said.subject, said.text
    message.fixed = True
    message.save(update_fields=["subject", "body", "fixed"])
    return Letter(
        str(message.uuid), message.address.value, message.subject, message.body, now, message.urgent, again
    )  # fmt: skip


def tried(provider: str, message: Message, letter: Letter) -> Outcome:
    """Hand it to the channel. Nothing that goes wrong there stops the others."""
    address = message.address
    channel = BY_KEY.get(address.channel)
    if channel is None or channel.off():
        return Outcome(State.GONE, channel.off() if channel else f"There is no channel {address.channel}.")
    if address.removed_at or not address.user.is_active:
        return Outcome(State.GONE, "This address is no longer used.")
    if bars(message):
        return Outcome(State.GONE, "Whoever this reaches may no longer be told of these cases.")
    try:
        sent = exchange(provider, channel.send, letter)
    except Undeliverable as failed:
        state = State.GONE if failed.permanent else State.FAILED
        return Outcome(state, failed.answer, maybe=failed.maybe, retry_after=failed.retry_after)
    except Exception as broken:  # a channel's own fault is one message's failure
        log.exception("message %s", message.uuid)
        return Outcome(State.FAILED, repr(broken), maybe=True)
    return Outcome(State.DELIVERED if sent.delivered else State.SENT, sent.answer, sent.ref)


@transaction.atomic
def bars(message: Message) -> bool:
    """Whether it tells of a case whose organisation the reader has left, or after losing the roles that read cases.

    What they may still be told is put back: it waits for a message of its own, under another key.
    """
    may = list(message.deliveries.to_colleagues().values_list("pk", flat=True))
    if not message.deliveries.exclude(pk__in=may).exists():
        return False
    message.deliveries.filter(pk__in=may).update(message=None)
    return True


@transaction.atomic
def write(message: Message, outcome: Outcome, *, again: bool, took: float) -> None:
    """Keep what became of a try. A receipt that came meanwhile counts more; it never goes backward."""
    now = database_now()
    message = Message.objects.select_for_update(of=("self",)).select_related("address").get(pk=message.pk)
    Attempt.objects.create(
        message=message, at=now, took_ms=int(took * 1000), result=outcome.state, answer=legible(outcome.answer, 500)
    )  # fmt: skip
    learn(message, outcome, now)
    message.provider_ref = legible(outcome.ref, 200) or message.provider_ref
    message.lease_until = None
    if message.state not in UNSENT:
        message.save(update_fields=["provider_ref", "lease_until"])
        return
    message.state = outcome.state
    if outcome.state == State.FAILED:
        message.fixed = again or outcome.maybe
        message.next_at = now + pause(message, outcome.retry_after)
        if message.next_at > message.created_at + (GIVE_UP if message.purpose == ALERTS else GIVE_UP_OTHERS):
            message.state = State.GONE
    else:
        message.sent_at = now if outcome.state != State.GONE else None
    settle(message, now)
    message.save()


def legible(said: str, letters: int) -> str:
    """What a provider said, as the database can keep it: an answer that cannot be written would be asked for again."""
    return said.encode(errors="replace").decode().replace("\0", "\ufffd")[:letters]


def learn(message: Message, outcome: Outcome, now: datetime) -> None:
    """Keep how the provider does: whether it answers, and until when it wants no call."""
    provider = Message.objects.annotate(provider=PROVIDER).values_list("provider", flat=True).get(pk=message.pk)
    known = Provider.objects.filter(name=provider)
    known.update(well=outcome.state != State.FAILED)
    if outcome.retry_after:
        until = now + timedelta(seconds=outcome.retry_after)
        known.update(paused_until=Greatest("paused_until", Value(until)))


def pause(message: Message, retry_after: float | None) -> timedelta:
    """How long until the next try: 1, 2, 4, 8 ... seconds up to a limit, lower for the urgent, never all at once."""
    longest = LONGEST_PAUSE_URGENT if message.urgent else LONGEST_PAUSE
    usual = min(2.0 ** min(message.tries - 1, 10), longest) * random.uniform(0.75, 1.25)  # noqa: S311 - only spreads
    return timedelta(seconds=max(usual, retry_after or 0.0))


def settle(message: Message, now: datetime) -> None:
    """Set what follows from the state: when it is looked at next, when it ended, and that no code is kept."""
    if message.state == State.SENT:
        within = BY_KEY[message.address.channel].receipt_within()
        message.next_at = now + within if within else None
    elif message.state not in UNSENT:
        message.next_at, message.ended_at = None, now
    if message.purpose == CODE and message.state not in UNSENT:
        message.body = NOT_KEPT


@transaction.atomic
def spare(message: Message, now: datetime) -> None:
    """Let a message that was taken not be sent any more; a receipt that came meanwhile counts more."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    message.lease_until = None
    if message.state in UNSENT:
        message.state, message.next_at, message.ended_at = State.SPARED, None, now
    message.save()


def wake() -> None:
    """Let whoever sends look at once."""
    with connection.cursor() as cursor:
        cursor.execute(TO_SEND)
