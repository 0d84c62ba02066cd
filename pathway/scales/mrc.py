"""MRC power of the ten key muscles on each side (0 to 5, or not testable), and their total of 100."""

from pathway.scales.types import Change, Item, Option, Scale

MUSCLES = {
    "C5": "elbow flexors",
    "C6": "wrist extensors",
    "C7": "elbow extensors",
    "C8": "finger flexors",
    "T1": "finger abductors",
    "L2": "hip flexors",
    "L3": "knee extensors",
    "L4": "ankle dorsiflexors",
    "L5": "long toe extensors",
    "S1": "ankle plantar flexors",
}
SIDES = ("right", "left")
POWER = (
    Option("0", "None", 0),
    Option("1", "Flicker", 1),
    Option("2", "Full range, gravity eliminated", 2),
    Option("3", "Against gravity", 3),
    Option("4", "Against some resistance", 4),
    Option("5", "Normal", 5),
    Option("NT", "Not testable", None),
)

MRC = Scale(
    key="mrc",
    title="MRC power",
    version="1976-1",
    citation="Medical Research Council grades of power, in the key muscles of the American Spinal Injury Association; "
    "grades read from Wikipedia's article on that association.",
    items=tuple(
        Item(f"{root}_{side}", f"{root} {muscle}, {side}", POWER, note="4+ and 4- are not counted: give 4.")
        for root, muscle in MUSCLES.items()
        for side in SIDES
    ),
    rising=Change.BETTER,
    bedside=True,
)
