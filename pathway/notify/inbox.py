"""The inbox: what one person was told, and has not yet looked at. Looking ends nothing; only an event does."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator

from pathway import protocol
from pathway.engine.alerts import rung_known
from pathway.engine.now import now as database_now
from pathway.protocol.types import Standard
from pathway.record.alert import Alert, AlertAt, Delivery, DeliveryQuerySet
from pathway.record.case import Case
from pathway.record.person import User
from pathway.record.step import Machine, Move, made_by

PAGE = 25
RECENT = 20
USUAL_MINUTES = 15


@dataclass(frozen=True)
class Message(AlertAt):
    """One alert as its reader sees it."""

    told_at: datetime
    read_at: datetime | None = None

    @property
    def case(self) -> Case:
        """Whom it is about."""
        return self.alert.case

    @property
    def standard(self) -> Standard | None:
        """The clock in the words of the protocol; None where only a newer release knows it."""
        return protocol.known(self.case.protocol).get(self.alert.clock.standard)

    @property
    def minutes(self) -> int:
        """For how long somebody acts who says no other time: the interval of the rung, where it is known."""
        rung = rung_known(self.alert)
        return int(rung.acknowledge.total_seconds() // 60) if rung else USUAL_MINUTES

    @property
    def ends_with(self) -> tuple[type[Machine], Move] | None:
        """The one move that ends the clock, and its machine."""
        return made_by(self.standard.clears) if self.standard else None


@dataclass(frozen=True)
class Inbox:
    """One page of what stands, and the newest of what has stood down."""

    now: datetime
    page: Page[Delivery]
    standing: list[Message]
    over: list[Message]


def latest(deliveries: DeliveryQuerySet) -> DeliveryQuerySet:
    """Only the newest of each clock: a higher rung takes the place of the one before."""
    newest = deliveries.order_by("alert__clock_id", "-alert__rung").distinct("alert__clock_id").values("pk")
    return deliveries.filter(pk__in=newest)


def unread(user: User) -> int:
    """How many of the messages that stand this person has not looked at."""
    return latest(Delivery.objects.to(user).open()).unread().count()


def inbox(user: User, page: int = 1) -> Inbox:
    """What a person was told, newest first; past the last page it is the last."""
    now = database_now()
    mine = Delivery.objects.to(user).select_related("alert__clock", "alert__case__patient", "alert__case__unit")
    standing = Paginator(latest(mine.open()).order_by("-told_at", "-pk"), PAGE).get_page(page)
    over = mine.exclude(alert__stood_down_at=None).order_by("-alert__stood_down_at", "-pk")[:RECENT]
    return Inbox(
        now=now,
        page=standing,
        standing=[message(delivery, now) for delivery in standing.object_list],
        over=[message(delivery, now) for delivery in over],
    )


def message(delivery: Delivery, now: datetime) -> Message:
    """A delivery with its alert, clock and case, as its reader sees it."""
    return Message(delivery.alert, now, delivery.told_at, delivery.read_at)


def alert(user: User, uuid: UUID) -> Alert | None:
    """One alert of the cases that a person may see, whoever was told of it."""
    related = Alert.objects.visible_to(user).select_related("clock", "case__patient", "case__unit")
    return related.filter(uuid=uuid).first()


def seen(user: User, case: Case) -> None:
    """Somebody opened a case: what they were told of it is no longer unread."""
    Delivery.objects.to(user).unread().filter(alert__case=case).update(read_at=database_now())
