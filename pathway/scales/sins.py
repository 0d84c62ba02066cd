"""SINS, the Spinal Instability Neoplastic Score of one level (0 to 18), and the highest of a patient's levels."""

from collections.abc import Sequence

from pathway.scales.types import Band, Change, Component, Item, Option, Scale, Score, Unscorable

OPINION_FROM = 7  # a total from here on asks for a surgical opinion

LOCATIONS = {
    "junctional": (3, ("C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5", "S1")),
    "mobile": (2, ("C3", "C4", "C5", "C6", "L2", "L3", "L4")),
    "semirigid": (1, ("T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10")),
    "rigid": (0, ("S2", "S3", "S4", "S5")),
}
SPINE = {"C": 7, "T": 12, "L": 5, "S": 5}
LEVELS = tuple(f"{region}{number}" for region, count in SPINE.items() for number in range(1, count + 1))


def location(level: str) -> str:
    """Where in the spine a level lies: junctional, mobile, semirigid or rigid.

    Raises:
        Unscorable: no such level.
    """
    for name, (_, levels) in LOCATIONS.items():
        if level in levels:
            return name
    raise Unscorable(f"Level: {level!r} is not one of C1 to C7, T1 to T12, L1 to L5, S1 to S5.")


def needs_surgical_opinion(score: Score) -> bool | None:
    """Whether the score asks for a surgical opinion; None where the missing items decide it."""
    return score.at_least(OPINION_FROM)


def patient(scores: Sequence[Score]) -> Score:
    """The patient's SINS: the highest of the levels, a range while any level is incomplete.

    Raises:
        Unscorable: no level is scored, a score is not a SINS, or a level is scored twice.
    """
    if not scores or any(score.scale != SINS.key for score in scores):
        raise Unscorable("SINS of a patient: it needs the SINS of one level or more, and nothing else.")
    levels = [score.answers.get("level", "level not given") for score in scores]
    twice = next((level for level in levels if levels.count(level) > 1), "")
    if twice:
        raise Unscorable(f"SINS of a patient: {twice} is scored twice.")
    least = max(score.least for score in scores if score.least is not None)
    most = max(score.most for score in scores if score.most is not None)
    missing = tuple(f"{level} {key}" for level, score in zip(levels, scores, strict=True) for key in score.missing)
    return Score(
        scale="sins_patient",
        version=SINS.version,
        components=tuple(Component(level, "", score.total) for level, score in zip(levels, scores, strict=True)),
        total=None if missing else least,
        grade="",
        least=least,
        most=most,
        missing=missing,
        bands=SINS.touched(least, most),
    )


def prompt(score: Score) -> str:
    """What to ask for at this score."""
    asks = needs_surgical_opinion(score)
    if asks is None:
        return f"it can still reach {OPINION_FROM}: from there on, ask for a surgical opinion"
    return f"{OPINION_FROM} or more: ask for a surgical opinion" if asks else ""


SINS = Scale(
    key="sins",
    title="SINS",
    version="2010-1",
    citation="Spinal Instability Neoplastic Score of the Spine Oncology Study Group (2010); table read from "
    "Radiopaedia, CancerCalc and pacs.de, which agree. Copies that give pain 3, 2, 1 or call 1 to 6 stable are wrong.",
    items=(
        Item(
            "level",
            "Level",
            tuple(Option(level, f"{level} ({location(level)})", LOCATIONS[location(level)][0]) for level in LEVELS),
            note="The location is worked out from the level.",
        ),
        Item(
            "pain",
            "Pain",
            (
                Option("mechanical", "Mechanical: eased by lying down, or worse on movement or loading", 3),
                Option("occasional", "Occasional, not mechanical", 1),
                Option("painless", "Painless", 0),
            ),
        ),
        Item(
            "lesion",
            "Bone lesion",
            (Option("lytic", "Lytic", 2), Option("mixed", "Mixed", 1), Option("blastic", "Blastic", 0)),
        ),
        Item(
            "alignment",
            "Alignment",
            (
                Option("subluxation", "Subluxation or translation", 4),
                Option("deformity", "New deformity (kyphosis or scoliosis)", 2),
                Option("normal", "Normal", 0),
            ),
        ),
        Item(
            "collapse",
            "Vertebral body collapse",
            (
                Option("over_half", "Collapse of more than 50%", 3),
                Option("under_half", "Collapse of less than 50%", 2),
                Option("involved", "No collapse, more than 50% of the body involved", 1),
                Option("none", "None of these", 0),
            ),
            note="Exactly 50% is not defined: choose the category, it is not derived from a number.",
        ),
        Item(
            "posterolateral",
            "Posterolateral elements",
            (Option("bilateral", "Both sides", 3), Option("unilateral", "One side", 1), Option("none", "None", 0)),
        ),
    ),
    bands=(
        Band("stable", "stable", 0, 6),
        Band("indeterminate", "indeterminate", 7, 12),
        Band("unstable", "unstable", 13, 18),
    ),
    rising=Change.WORSE,
    per="level",
    overall=patient,
    imaged=True,
    remark=prompt,
)
