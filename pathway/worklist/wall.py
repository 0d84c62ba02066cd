"""The wall board: cases by code alone, for a screen that everybody in the room can see."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from pathway.engine.now import now as database_now
from pathway.record.case import Case
from pathway.record.person import User
from pathway.worklist.rows import Row, dressed, pressing, shown

LINES = 24


@dataclass(frozen=True)
class Wall:
    """What stands on the screen: what nobody answers or checks, then the first to breach; and how many are left."""

    now: datetime
    pressing: list[Row]
    rows: list[Row]
    total: int

    @property
    def more(self) -> int:
        """How many open cases are not shown."""
        return self.total - len(self.pressing) - len(self.rows)


def wall(user: User) -> Wall:
    """The screen of a person's organisation."""
    now = database_now()
    visible = Case.objects.visible_to(user).open().filter(survivor=None)
    pressed = pressing(visible, now)
    first = F("next_due_at").asc(nulls_last=True)
    others = list(shown(visible).exclude(pk__in=[case.pk for case in pressed]).order_by(first, "id")[:LINES])
    rows = dressed([*pressed, *others], now)
    return Wall(
        now=now,
        pressing=[rows[case.pk] for case in pressed],
        rows=[rows[case.pk] for case in others[: max(LINES - len(pressed), 0)]],
        total=visible.count(),
    )
