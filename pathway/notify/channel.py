"""Every way by which people are told outside the service. The inbox is written whatever becomes of these."""

from pathway.notify.email import EMAIL
from pathway.notify.sms import SMS
from pathway.notify.types import Channel
from pathway.notify.webhook import WEBHOOK

CHANNELS: tuple[Channel, ...] = (SMS, EMAIL, WEBHOOK)
BY_KEY = {channel.key: channel for channel in CHANNELS}
