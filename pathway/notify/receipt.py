"""What a provider says of a message later on: believed once, and never backward."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from pathway.engine.now import now as database_now
from pathway.notify.send import settle, wake
from pathway.record.message import Attempt, Message, State

AGAIN_AFTER = timedelta(minutes=1)
DRIFT = timedelta(seconds=5)  # a provider's clock may be behind; a message goes out again only after a minute
MAY_BECOME = {
    State.DELIVERED: frozenset(State) - {State.DELIVERED},
    State.GONE: frozenset({State.CREATED, State.FAILED, State.SENT, State.UNKNOWN}),
    State.FAILED: frozenset({State.SENT, State.UNKNOWN}),
}


@transaction.atomic
def receive(
    state: State,
    answer: str,
    *,
    key: UUID | None = None,
    ref: str = "",
    name: str = "",
    said_at: datetime | None = None,
) -> bool:
    """Take in that a message was delivered, failed for good, or failed for now; return whether that was news.

    It is known by the key that it was sent under, or by the provider's own name for it. That a try failed counts only
    for the newest one: an older one's failure is no news, by the provider's name for that try or because it was
    `said_at` a time before. A receipt that came under the same `name` before is no news either.
    """
    known = Q(uuid=key) if key else Q(provider_ref=ref) & ~Q(provider_ref="")
    message = Message.objects.select_for_update(of=("self",)).select_related("address").filter(known).first()
    if message is None or message.state not in MAY_BECOME[state]:
        return False
    if state != State.DELIVERED and ref and message.provider_ref not in ("", ref):
        return False
    if name and message.attempts.filter(receipt=name).exists():
        return False
    if state == State.FAILED and said_at and message.sent_at and said_at < message.sent_at - DRIFT:
        return False
    now = database_now()
    message.state, message.provider_ref = state, message.provider_ref or ref
    if state == State.FAILED:
        message.next_at, message.ended_at = now + AGAIN_AFTER, None
    settle(message, now)
    message.save()
    said = f"receipt: {answer}"[:500]
    Attempt.objects.create(message=message, at=now, result=state, answer=said, receipt=name)
    transaction.on_commit(wake)
    return True
