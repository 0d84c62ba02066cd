"""A believable rota of the demonstration: day and night shifts in one unit, with one gap next week."""

from datetime import date, datetime, time, timedelta

from pathway.management.demo.people import Staff
from pathway.protocol.hours import LONDON
from pathway.protocol.types import Role
from pathway.record.shift import Duty, Pattern

UNIT = "Medical wards"
EVERY, WORKDAYS, WEEKEND = list(range(7)), list(range(5)), [5, 6]
TURNS = (
    (Role.COORDINATOR, "coordinator", WORKDAYS, time(8), time(20)),
    (Role.COORDINATOR, "clinician", WEEKEND, time(8), time(20)),
    (Role.COORDINATOR, "registrar", EVERY, time(20), time(8)),
    (Role.NURSE_IN_CHARGE, "clinician", EVERY, time(7, 30), time(19, 30)),
    (Role.NURSE_IN_CHARGE, "registrar", EVERY, time(19, 30), time(7, 30)),
)
BEFORE, GAP_IN, DAY = timedelta(weeks=8), timedelta(days=8), timedelta(days=1)


def roster(staff: Staff, now: datetime) -> None:
    """Give one unit shifts in the place of its standing duties; patterns that exist are kept.

    The physiotherapist works all day and every day, but for the day of next week that nobody has entered.
    """
    unit = next((unit for unit in staff.units if unit.name == UNIT), None)
    if unit is None:
        return
    shared = {role.value for role, *_ in TURNS} | {Role.PHYSIOTHERAPIST.value}
    Duty.objects.filter(unit=unit, role__in=shared).delete()
    if unit.patterns.exists():
        return
    today = now.astimezone(LONDON).date()
    first, gap = today - BEFORE, today + GAP_IN
    turns: list[tuple[Role, str, list[int], time, time, date, date | None]] = [
        *((*turn, first, None) for turn in TURNS),
        (Role.PHYSIOTHERAPIST, "physiotherapist", EVERY, time(8), time(8), first, gap - DAY),
        (Role.PHYSIOTHERAPIST, "physiotherapist", EVERY, time(8), time(8), gap + DAY, None),
    ]
    Pattern.objects.bulk_create(
        Pattern(
            unit=unit, role=role.value, user=staff.users[who], days=days,
            begins=begins, ends=ends, first=start, last=last,
        )
        for role, who, days, begins, ends, start, last in turns
    )  # fmt: skip
