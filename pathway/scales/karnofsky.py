"""Karnofsky performance status, 0 to 100 in steps of 10."""

from pathway.scales.types import Change, Item, Option, Scale, Score, Unscorable

ROUGHLY = {100: 0, 90: 0, 80: 1, 70: 1, 60: 2, 50: 2, 40: 3, 30: 3, 20: 4, 10: 4}


def roughly_ecog(total: int) -> str:
    """What to show beside a Karnofsky status; a sentence, so that it cannot be stored as a measured ECOG.

    Raises:
        Unscorable: the map has no such status (it has none for 0).
    """
    if total not in ROUGHLY:
        raise Unscorable(f"Karnofsky: {total} is not on the map to ECOG, which has 10 to 100 in steps of 10.")
    return f"roughly ECOG {ROUGHLY[total]}, not measured"


def beside(score: Score) -> str:
    """The rough ECOG beside a status that is on the map."""
    return roughly_ecog(score.total) if score.total in ROUGHLY else ""


KARNOFSKY = Scale(
    key="karnofsky",
    title="Karnofsky performance status",
    version="1949-1",
    citation="Performance status of Karnofsky and Burchenal (1949); wording after University Hospital Southampton's "
    "referral page for stereotactic radiosurgery.",
    items=(
        Item(
            "status",
            "Karnofsky",
            (
                Option("0", "Dead", 0),
                Option("10", "Moribund", 10),
                Option("20", "Very sick", 20),
                Option("30", "Severely disabled, in hospital", 30),
                Option("40", "Disabled", 40),
                Option("50", "Considerable help and frequent care", 50),
                Option("60", "Occasional assistance", 60),
                Option("70", "Cares for self, no normal activity", 70),
                Option("80", "Normal activity with effort", 80),
                Option("90", "Minor signs", 90),
                Option("100", "Normal", 100),
            ),
        ),
    ),
    rising=Change.BETTER,
    bedside=True,
    remark=beside,
)
