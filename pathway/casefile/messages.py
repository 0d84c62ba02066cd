"""The messages about a case: who was told of which alert, over what, and whether they have seen it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pathway.protocol.types import Standard
from pathway.record.alert import Alert, Delivery

CHANNEL_WORDS = {"inbox": "inbox", "sms": "text message", "email": "email", "webhook": "pager gateway"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One telling of one person; `seen_at` is when they opened the case or their inbox's message of it."""

    alert: Alert
    label: str
    person: str
    channel: str
    at: datetime
    seen_at: datetime | None
    said: str


def messages(alerts: Sequence[Alert], standards: Mapping[str, Standard]) -> list[Sent]:
    """Every telling of these alerts, the newest first."""
    found = [sent(alert, delivery, standards) for alert in alerts for delivery in alert.deliveries.all()]
    return sorted(found, key=lambda each: each.at, reverse=True)


def sent(alert: Alert, delivery: Delivery, standards: Mapping[str, Standard]) -> Sent:
    """One telling in words."""
    label = f"{alert.level}: {standards[alert.clock.standard].label}"
    message = delivery.message
    if delivery.address_id is None:
        said = "seen" if delivery.read_at else "not seen yet"
    else:
        said = str(message.get_state_display()).lower() if message else "waits to be sent"
    channel = CHANNEL_WORDS[delivery.channel]
    return Sent(alert, label, str(delivery.user), channel, delivery.told_at, delivery.read_at, said)
