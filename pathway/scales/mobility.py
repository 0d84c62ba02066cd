"""Mobility M0 to M9, the physiotherapist's value set; a patient ordered to lie flat (M9) is not one who cannot walk."""

from enum import StrEnum

from pathway.scales.types import Band, Change, Item, Option, Scale

MOBILITY = Scale(
    key="mobility",
    title="Mobility",
    version="2026-1",
    citation="This project's own proposal, built on the Frankel grades and on the ambulatory grades of the SCORAD "
    "trial (PubMed Central, PMC6902166); it is not a published scale.",
    items=(
        Item(
            "code",
            "Mobility",
            (
                Option("M1", "Walks, no aid, no help, power 5", 1),
                Option("M2", "Walks with sticks or crutches", 2),
                Option("M3", "Walks with a frame", 3),
                Option("M4", "Walks only with the help of one", 4),
                Option("M5", "Walks a few steps, only with the help of two", 5),
                Option("M6", "Stands or transfers with help, does not walk", 6),
                Option("M7", "Hoist transfer, sits", 7),
                Option("M8", "Bed-bound by neurology", 8),
                Option("M9", "In bed by order, ability to walk unknown", None),
                Option("M0", "Not assessed", None),
            ),
        ),
    ),
    bands=(
        Band("ambulant", "ambulant", 1, 4),
        Band("separate", "counted separately", 5, 5),
        Band("not_ambulant", "not ambulant", 6, 8),
    ),
    graded=True,
    rising=Change.WORSE,
    bedside=True,
)


class Counted(StrEnum):
    """How the audit counts a code."""

    AMBULANT = "ambulant"
    SEPARATE = "separate"
    NOT_AMBULANT = "not_ambulant"
    EXCLUDED = "excluded"
    MISSING = "missing"


def counted(code: str) -> Counted:
    """How the audit counts a code: M9 is left out of it, M0 is missing from it.

    Raises:
        Unscorable: no such code.
    """
    score = MOBILITY.score({"code": code})
    if score.bands and score.grade:
        return Counted(score.bands[0].key)
    return Counted.EXCLUDED if score.grade == "M9" else Counted.MISSING


def ambulant(code: str) -> bool | None:
    """Whether the code is one of M1 to M4; None where nobody knows (M9, M0).

    Raises:
        Unscorable: no such code.
    """
    count = counted(code)
    return None if count in {Counted.EXCLUDED, Counted.MISSING} else count is Counted.AMBULANT
