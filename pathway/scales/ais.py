"""AIS, the ASIA Impairment Scale: C or D by the counted key muscles, E only after a deficit."""

from collections.abc import Mapping

from pathway.scales.types import Change, Item, Option, Scale, Unscorable, numbers

KEY_MUSCLES = 20  # ten on each side


def c_or_d(strong: int, examined: int) -> str:
    """D where at least half of the key muscles below the single neurological level have grade 3 or more, else C.

    Raises:
        Unscorable: not 0 <= strong <= examined, or none examined.
    """
    if not (0 <= strong <= examined <= KEY_MUSCLES and examined):
        raise Unscorable(f"Key muscles: {strong} of {examined} is not a count of 1 to {KEY_MUSCLES} muscles.", "strong")
    return "D" if 2 * strong >= examined else "C"


def boundaries(answers: Mapping[str, str]) -> None:
    """Refuse a grade that the other answers contradict.

    Raises:
        Unscorable: E without an earlier deficit, C or D against the counted muscles, or half a count.
    """
    grade = answers.get("grade")
    if grade == "E" and answers.get("earlier_deficit") != "yes":
        said = "AIS grade: E is for a person who had a deficit before; without one, no grade is given."
        raise Unscorable(said, "grade")
    counts = [answers[key] for key in ("strong", "examined") if key in answers]
    if len(counts) == 1:
        given = "strong" if "strong" in answers else "examined"
        raise Unscorable("Key muscles: give both how many were examined and how many have grade 3 or more.", given)
    if counts:
        strong, examined = map(int, counts)
        counted = c_or_d(strong, examined)
        if grade in {"C", "D"} and grade != counted:
            said = f"AIS grade: {strong} of {examined} key muscles at grade 3 or more means {counted}."
            raise Unscorable(said, "grade")


AIS = Scale(
    key="ais",
    title="ASIA Impairment Scale",
    version="2011-1",
    citation="American Spinal Injury Association impairment scale; table read from Medscape, a table in PubMed Central "
    "(PMC4303793) and pacs.de.",
    items=(
        Item(
            "grade",
            "AIS grade",
            (
                Option("A", "Complete: nothing preserved at S4-S5", 0),
                Option("B", "Sensation below the level including S4-S5, no power", 1),
                Option("C", "Power below the level, more than half of the key muscles under grade 3", 2),
                Option("D", "Power below the level, at least half of the key muscles grade 3 or more", 3),
                Option("E", "Normal, in someone who had a deficit", 4),
            ),
        ),
        Item(
            "earlier_deficit",
            "Had a deficit before",
            (Option("yes", "Yes", None), Option("no", "No", None)),
            note="Needed for E.",
            counts=False,
        ),
        Item("strong", "Key muscles below the level with grade 3 or more", numbers(0, KEY_MUSCLES), counts=False),
        Item("examined", "Key muscles below the level that were examined", numbers(1, KEY_MUSCLES), counts=False),
    ),
    graded=True,
    check=boundaries,
    rising=Change.BETTER,
    bedside=True,
)
