"""Whether the downtime pack is as new as it should be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from pathway.record.heartbeat import last

NAME = "downtime"


@dataclass(frozen=True)
class LastPack:
    """When the last whole set was written, for every organisation; `every` is the interval."""

    now: datetime
    at: datetime | None
    every: timedelta

    @property
    def is_late(self) -> bool:
        """Whether it is older than two intervals, or was never written."""
        return self.at is None or self.now - self.at > 2 * self.every


def last_pack(now: datetime) -> LastPack | None:
    """How the pack stands; None where none is to be written."""
    if not settings.DOWNTIME_FOLDER:
        return None
    return LastPack(now, last({NAME}), timedelta(minutes=settings.DOWNTIME_MINUTES))
