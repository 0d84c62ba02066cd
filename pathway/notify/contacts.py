"""A person's own addresses: added, proved by a code that goes through the channel itself, ordered, muted, removed."""

import secrets
from datetime import datetime, time, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from pathway.engine.now import now as database_now
from pathway.engine.refused import Invalid, Refused
from pathway.notify.channel import BY_KEY
from pathway.notify.send import CODE, wake
from pathway.notify.text import sign_in
from pathway.record.message import Address, Message, State
from pathway.record.person import User
from pathway.record.shift import can_be_told

GOOD_FOR, TRIES = timedelta(minutes=10), 5
AGAIN_AFTER, IN_AN_HOUR = timedelta(minutes=1), 5
MOST = 8
TEST = "test"


def mine(user: User) -> "QuerySet[Address]":
    """A person's addresses, in the order in which they are tried."""
    return Address.objects.filter(user=user, removed_at=None).order_by("place", "pk")


def why_not(address: Address) -> str:
    """Why nothing is sent to an address, in a sentence; '' where it is used."""
    channel = BY_KEY.get(address.channel)
    if channel is None:
        return "This way of telling people no longer exists. Remove it."
    if channel.off():
        return f"{channel.off()} Ask your administrator."
    if address.verified_at is None:
        return "Not used yet: enter the code that was sent to it."
    last = address.messages.exclude(state__in=(State.CREATED, State.SPARED)).order_by("-created_at").first()
    if last and last.state in (State.FAILED, State.GONE, State.UNKNOWN):
        answer = last.attempts.order_by("-pk").values_list("answer", flat=True).first()
        return f"The last message did not get through ({answer or State(last.state).label}). It is tried all the same."
    return ""


@transaction.atomic
def add(user: User, channel: str, value: str) -> Address:
    """Add an address as the last one to be tried, and send it a code.

    Raises:
        Invalid: the value is no address of the channel, is there already, or the channel is off.
        Refused: the person has too many, or too many codes were asked for.
    """
    found = BY_KEY[channel]
    if off := found.off():
        raise Invalid({"channel": [f"{off} Ask your administrator."]})
    try:
        kept = found.check(value)
    except ValidationError as wrong:
        raise Invalid({"value": wrong.messages}) from None
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if mine(user).filter(channel=channel, value=kept).exists():
        raise Invalid({"value": ["This is one of your contacts already."]})
    if mine(user).count() >= MOST:
        raise Refused(f"You have {MOST} contacts, which is as many as one person may have. Remove one first.")
    last = mine(user).aggregate(last=Max("place"))["last"]
    place = 0 if last is None else last + 1
    now = database_now()
    address = Address.objects.create(user=user, channel=channel, value=kept, place=place, added_at=now)
    send_code(address, now)
    return address


@transaction.atomic
def resend(user: User, address: Address) -> None:
    """Send another code; the one before no longer counts.

    Raises:
        Refused: it is proved already, or codes were asked for too often.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    address = Address.objects.get(pk=address.pk)
    if address.verified_at:
        raise Refused("This contact is confirmed already.")
    send_code(address, database_now())


def send_code(address: Address, now: datetime) -> None:
    """Make a code, keep its hash, and send it. Nobody is flooded by it: neither a person's nor another's address.

    Raises:
        Refused: the last one is less than a minute old, or there were five within an hour.
    """
    refuse_often(address, CODE, now)
    code = f"{secrets.randbelow(1_000_000):06d}"
    address.code_hash, address.code_sent_at, address.code_tries = make_password(code), now, 0
    address.save(update_fields=["code_hash", "code_sent_at", "code_tries"])
    text = f"Your code for the MSCC pathway is {code}. It is good for 10 minutes. If you did not ask for it, ignore it."
    compose(address, CODE, "MSCC pathway: your code", text, now)


def refuse_often(address: Address, purpose: str, now: datetime) -> None:
    """Refuse what would flood an address, or what one person asks for too often.

    Raises:
        Refused: with how long to wait.
    """
    sent = Message.objects.filter(purpose=purpose, created_at__gt=now - timedelta(hours=1))
    to_it = sent.filter(address__channel=address.channel, address__value=address.value)
    if to_it.filter(created_at__gt=now - AGAIN_AFTER).exists():
        raise Refused("One was sent to this address less than a minute ago. Wait a minute, then ask again.")
    if max(to_it.count(), sent.filter(address__user=address.user_id).count()) >= IN_AN_HOUR:
        raise Refused(f"{IN_AN_HOUR} were sent within an hour, which is as many as may be. Wait, then ask again.")


def compose(address: Address, purpose: str, subject: str, text: str, now: datetime) -> Message:
    """Write a message that is no alert, to be sent at once."""
    message = Message.objects.create(
        address=address, purpose=purpose, subject=subject, body=text, created_at=now, next_at=now
    )
    wake()
    return message


def verify(user: User, address: Address, code: str) -> None:
    """Prove an address by the code that was sent to it.

    Raises:
        Refused: there is no code that still counts: it is too old, or was tried five times.
        Invalid: the code is not right.
    """
    with transaction.atomic():
        address = mine(user).select_for_update(no_key=True).get(pk=address.pk)
        now = database_now()
        if address.verified_at:
            return
        if not address.code_hash or address.code_sent_at is None or address.code_sent_at < now - GOOD_FOR:
            raise Refused("The code is too old: it is good for 10 minutes. Ask for a new one.")
        if address.code_tries >= TRIES:
            raise Refused(f"The code was tried {TRIES} times and no longer counts. Ask for a new one.")
        address.code_tries += 1
        right = check_password(code.replace(" ", ""), address.code_hash)
        if right:
            address.verified_at, address.code_hash = now, ""
        address.save(update_fields=["code_tries", "verified_at", "code_hash"])
    if not right:
        left = TRIES - address.code_tries
        raise Invalid({"code": [f"That is not the code. {left} {'try' if left == 1 else 'tries'} left."]})


@transaction.atomic
def earlier(user: User, address: Address) -> None:
    """Try an address before the one that is tried before it now; harmless for the first."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    order = list(mine(user))
    at = [each.pk for each in order].index(address.pk)
    if at:
        order[at - 1], order[at] = order[at], order[at - 1]
    for place, each in enumerate(order):
        each.place = place
    Address.objects.bulk_update(order, ["place"])


def mute(address: Address, begin: time | None, end: time | None) -> None:
    """Set quiet hours, or none. Levels from E3 on are never held back by them."""
    address.quiet_from, address.quiet_until = begin, end
    address.save(update_fields=["quiet_from", "quiet_until"])


@transaction.atomic
def try_out(address: Address) -> None:
    """Send a test message.

    Raises:
        Refused: it is not proved, its channel is off, or one was sent less than a minute ago.
    """
    if address.verified_at is None or BY_KEY[address.channel].off():
        raise Refused(why_not(address))
    now = database_now()
    refuse_often(address, TEST, now)
    compose(address, TEST, "MSCC pathway: a test", f"This is a test. No patient waits for you.\n{sign_in()}", now)


def remove(address: Address) -> None:
    """Use an address no more. What was sent to it stays on record."""
    address.removed_at = database_now()
    address.save(update_fields=["removed_at"])


def unreached(user: User) -> "QuerySet[User]":
    """Everybody of a person's own organisation who can be told of alerts and has no confirmed contact outside."""
    confirmed = Address.objects.filter(user=OuterRef("pk"), removed_at=None).exclude(verified_at=None)
    people = User.objects.filter(can_be_told(), organisation__users=user)
    return people.exclude(Exists(confirmed)).order_by("last_name", "username")
