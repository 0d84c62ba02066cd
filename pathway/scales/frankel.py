"""Frankel, the grade of what is left of power and sensation below the level."""

from pathway.scales.types import Change, Item, Option, Scale

FRANKEL = Scale(
    key="frankel",
    title="Frankel grade",
    version="1969-1",
    citation="Grades of Frankel and colleagues (1969); table read from traumascores.com and a table in BMC "
    "Musculoskeletal Disorders.",
    items=(
        Item(
            "grade",
            "Frankel grade",
            (
                Option("A", "Complete: no power or sensation below the level", 0),
                Option("B", "Sensation only", 1),
                Option("C", "Some power, of no use", 2),
                Option("D", "Useful power: many walk, with or without an aid", 3),
                Option("E", "Normal function; reflexes may be abnormal", 4),
            ),
        ),
    ),
    graded=True,
    rising=Change.BETTER,
    bedside=True,
)
