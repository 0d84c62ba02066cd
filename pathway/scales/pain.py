"""Pain, a number from 0 to 10 at rest and on movement; the higher of the two counts."""

from pathway.scales.types import Band, Change, Item, Scale, numbers

PAIN = Scale(
    key="pain",
    title="Pain (NRS)",
    version="2026-1",
    citation="Numeric rating scale, 0 to 10; its bands are in common use and were not found in a source, so they are "
    "for clinical sign-off.",
    items=(Item("rest", "Pain at rest", numbers(0, 10)), Item("movement", "Pain on movement", numbers(0, 10))),
    bands=(
        Band("none", "none", 0, 0),
        Band("mild", "mild", 1, 3),
        Band("moderate", "moderate", 4, 6),
        Band("severe", "severe", 7, 10),
    ),
    combine=max,
    rising=Change.WORSE,
    bedside=True,
)
