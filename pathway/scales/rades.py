"""Rades, three scores: short survival, worked out; ability to walk and survival, totals that a clinician types."""

from pathway.scales.types import Band, Change, Item, Option, Scale, numbers

CAUTION = "Supports a decision, in adults only; older than much of today's drug treatment."
BEST_SUPPORTIVE_FROM = 19  # a total from here on may not benefit from aggressive treatment


def yes_no(key: str, label: str, *, yes: int, no: int) -> Item:
    """An item that is answered yes or no."""
    return Item(key, label, (Option("yes", "Yes", yes), Option("no", "No", no)))


SHORT_SURVIVAL = Scale(
    key="rades_short",
    title="Rades score of short survival",
    version="1",
    citation="Score of Rades and colleagues (Luebeck and Mayo Clinic Scottsdale) for death within two months; table "
    "read from medicalalgorithms.com, whose minimum of 6 and maximum of 25 agree with it.",
    items=(
        Item(
            "ecog",
            "ECOG",
            (Option("2", "ECOG 2", 0), Option("3", "ECOG 3", 4), Option("4", "ECOG 4", 4)),
            note="Nobody with ECOG 0 or 1 was among the patients from whom the score was made.",
        ),
        Item(
            "primary",
            "Primary cancer",
            (
                Option("breast", "Breast", 1),
                Option("prostate", "Prostate", 2),
                Option("myeloma_lymphoma", "Myeloma or lymphoma", 1),
                Option("lung", "Lung", 3),
                Option("other", "Other", 3),
            ),
        ),
        yes_no("bone", "Other bone metastases", yes=3, no=1),
        yes_no("visceral", "Visceral metastases", yes=4, no=1),
        Item(
            "interval",
            "From the diagnosis of cancer to the compression",
            (Option("up_to_15_months", "15 months or less", 3), Option("over_15_months", "More than 15 months", 1)),
        ),
        yes_no("ambulatory", "Walks before treatment", yes=1, no=4),
        Item(
            "deficit",
            "Motor deficit developed over",
            (Option("up_to_7_days", "7 days or less", 4), Option("over_7_days", "More than 7 days", 1)),
        ),
    ),
    bands=(
        Band("below", "below the threshold", 6, 18),
        Band("short", "may not benefit from aggressive treatment", BEST_SUPPORTIVE_FROM, 25),
    ),
    caution=CAUTION,
    rising=Change.WORSE,
)

AMBULATORY = Scale(
    key="rades_ambulatory",
    title="Rades ambulatory score",
    version="2008-1",
    citation="Score of Rades and colleagues for walking after radiotherapy; range and bands after the abstract of its "
    "validation (University of Luebeck). The points of its five factors were not found: a total is typed.",
    items=(Item("total", "Ambulatory score", numbers(21, 44)),),
    bands=(
        Band("21-28", "21 to 28", 21, 28),
        Band("29-31", "29 to 31", 29, 31),
        Band("32-34", "32 to 34", 32, 34),
        Band("35-37", "35 to 37", 35, 37),
        Band("38-44", "38 to 44", 38, 44),
    ),
    typed=True,
    caution=CAUTION,
)

SURVIVAL = Scale(
    key="rades_survival",
    title="Rades survival score",
    version="2008-1",
    citation="First survival score of Rades and colleagues (Cancer, 2008); range after its abstract, bands after its "
    "validation in 2010 (University of Luebeck). The points of its six factors were not found: a total is typed.",
    items=(Item("total", "Survival score", numbers(20, 45)),),
    bands=(
        Band("20-25", "20 to 25", 20, 25),
        Band("26-30", "26 to 30", 26, 30),
        Band("31-35", "31 to 35", 31, 35),
        Band("36-40", "36 to 40", 36, 40),
        Band("41-45", "41 to 45", 41, 45),
    ),
    typed=True,
    caution=CAUTION,
)
