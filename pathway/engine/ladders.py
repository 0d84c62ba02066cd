"""The ladders of every version of the protocol as a table that a query can join: for those who recount."""

from typing import Any

from pathway import protocol
from pathway.protocol.types import At

# Numbered from 1. A clock that only reports has one row, numbered 0, so that it is not taken for one nobody knows.
LADDERS = """
SELECT * FROM unnest(%(versions)s::text[], %(standards)s::text[], %(numbers)s::int[], %(levels)s::text[],
  %(from_due)s::boolean[], %(after)s::interval[], %(within)s::interval[], %(held)s::boolean[])
  AS ladder (version, standard, number, level, from_due, after, within, held)
"""
HOLDS = ("E0", "E1", "E2")  # levels that wait while somebody acts, by the clinical specification (1.12)


def ladders() -> dict[str, list[Any]]:
    """The values of that table."""
    rows: list[tuple[Any, ...]] = []
    for version in protocol.VERSIONS.values():
        for standard in version.all:
            for number, rung in enumerate(standard.ladder, 1):
                from_due, held = rung.at is At.DUE, rung.level.value in HOLDS
                named = (version.version, standard.key, number, rung.level.value)
                rows.append((*named, from_due, rung.after, rung.acknowledge, held))
            if not standard.ladder:
                rows.append((version.version, standard.key, 0, "", False, None, None, False))
    names = ("versions", "standards", "numbers", "levels", "from_due", "after", "within", "held")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
