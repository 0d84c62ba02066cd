"""The protocol of the fire drill: one clock that climbs through every level, seconds apart instead of hours.

Each level tells whom the current protocol tells at that level, of any clock, in and out of hours. Drills are no version
that a case of a patient could have.
"""

from datetime import timedelta

from pathway.protocol.mscc_2026_2 import PROTOCOL as CURRENT
from pathway.protocol.types import At, Level, Protocol, Role, Rung, Standard, hours, on

VERSION, KEY = "drill", "drill"
LEVELS = (Level.E1, Level.E2, Level.E3, Level.E4, Level.EX)
PACE = timedelta(seconds=5)


def told(level: Level) -> tuple[Role, ...]:
    """Everybody whom some clock of the current protocol tells at a level."""
    rungs = [rung for standard in CURRENT.all for rung in standard.ladder if rung.level is level]
    return tuple(dict.fromkeys(role for rung in rungs for role in (*rung.tell, *rung.tell_out, *rung.copy)))


PROTOCOL = Protocol(
    version=VERSION,
    title="Fire drill",
    all=(
        Standard(
            key=KEY,
            label="Fire drill: no patient, nothing to do",
            limit=hours(1),
            amber=PACE,
            starts=on("case.suspected"),
            met=(on("case.closed"),),
            ladder=tuple(
                Rung(level, At.AMBER, told(level), acknowledge=hours(1), after=number * PACE)
                for number, level in enumerate(LEVELS)
            ),
            clears="case.closed",
            holder="nobody",
            source="fire drill",
            mark="",
        ),
    ),
)
