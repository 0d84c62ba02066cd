"""Tokuhashi, the revised score of 2005 (0 to 15) for how long a person with spinal metastases may live."""

from pathway.scales.types import Band, Change, Item, Option, Scale

PRIMARIES = {
    0: ("lung", "osteosarcoma", "stomach", "bladder", "oesophagus", "pancreas"),
    1: ("liver", "gallbladder", "unidentified"),
    2: ("other",),
    3: ("kidney", "uterus"),
    4: ("rectum",),
    5: ("thyroid", "breast", "prostate", "carcinoid"),
}


def condition(karnofsky: int) -> int:
    """The points of a Karnofsky status from 10 to 100."""
    return sum(karnofsky >= threshold for threshold in (50, 80))


TOKUHASHI = Scale(
    key="tokuhashi",
    title="Revised Tokuhashi score",
    version="2005-1",
    citation="Revised score of Tokuhashi and colleagues (2005), after appendix 3 of NICE CG75, its lost rows completed "
    "from neurosurgerynotes. The version of 1990, with a maximum of 12 and other points for the primary, is not this.",
    items=(
        Item(
            "karnofsky",
            "General condition (Karnofsky)",
            tuple(Option(str(status), f"Karnofsky {status}", condition(status)) for status in range(10, 101, 10)),
        ),
        Item(
            "extraspinal",
            "Bone metastases outside the spine",
            (Option("three_or_more", "3 or more", 0), Option("one_or_two", "1 or 2", 1), Option("none", "None", 2)),
        ),
        Item(
            "vertebral",
            "Metastases in vertebral bodies",
            (Option("three_or_more", "3 or more", 0), Option("two", "2", 1), Option("one", "1", 2)),
        ),
        Item(
            "organs",
            "Metastases in major internal organs",
            (Option("unremovable", "Unremovable", 0), Option("removable", "Removable", 1), Option("none", "None", 2)),
        ),
        Item(
            "primary",
            "Primary cancer",
            tuple(Option(name, name.capitalize(), points) for points, names in PRIMARIES.items() for name in names),
        ),
        Item(
            "frankel",
            "Palsy (Frankel)",
            tuple(
                Option(grade, f"Frankel {grade}", points)
                for points, grades in enumerate(("AB", "CD", "E"))
                for grade in grades
            ),
        ),
    ),
    bands=(
        Band("under_6_months", "less than 6 months", 0, 8),
        Band("6_months", "6 months or more", 9, 11),
        Band("12_months", "12 months or more", 12, 15),
    ),
    caution="Supports a decision, in adults only; older than much of today's drug treatment.",
    rising=Change.BETTER,
    imaged=True,
)
