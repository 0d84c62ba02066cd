"""ECOG (WHO) performance status, 0 to 4, and 5 for dead."""

from pathway.scales.types import Change, Item, Option, Scale

ECOG = Scale(
    key="ecog",
    title="ECOG performance status",
    version="1982-1",
    citation="Eastern Cooperative Oncology Group performance status (Oken and colleagues, 1982), the same as the "
    "WHO's; wording after an NHS suspected cancer referral form (docsbay.net).",
    items=(
        Item(
            "status",
            "ECOG",
            (
                Option("0", "Fully active", 0),
                Option("1", "Restricted in strenuous activity; walks and does light work", 1),
                Option("2", "Walks, all self-care, no work; up more than half of waking hours", 2),
                Option("3", "Limited self-care; in bed or chair more than half of waking hours", 3),
                Option("4", "Completely disabled, no self-care; bound to bed or chair", 4),
                Option("5", "Dead", 5),
            ),
        ),
    ),
    rising=Change.WORSE,
    bedside=True,
)
