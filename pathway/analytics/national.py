"""What the country asks to be counted: the statements of QS56 and the audit of NG234, with the measures of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One statement, or one part of the audit: its words, the measures that count it, and what they leave open."""

    name: str
    asks: str
    measures: tuple[str, ...]
    note: str = ""


QS56 = (
    Part(
        "Statement 2", "Imaging of the spine and a plan within 1 week where spinal metastases are suspected", ("K2",)
    ),
    Part("Statement 3", "MRI within 24 hours where compression is suspected", ("K1", "K1b")),
    Part("Statement 4", "Investigations coordinated by the coordinator of the service", ("K3",)),
    Part(
        "Statement 5", "Care coordinated by the coordinator once compression is confirmed", (),
        "No measure counts it: the named coordinator stands on each case.",
    ),
    Part(
        "Statement 6", "Radiotherapy within 24 hours of the decision", ("K8", "K9"),
        "K9 is the wording of 2014, kept so that older figures can be compared.",
    ),
    Part("Statement 7", "Needs assessed and planned for before discharge", ("K17",)),
)  # fmt: skip
QS56_NOTE = "The statements as they stand since September 2023, when statement 1 was removed."

NG234 = (
    Part("Incidence", "How many are referred, and what the referrals come to", ("K19a", "K19b")),
    Part("Recognition and imaging", "From the suspicion to the scan", ("K4", "K3", "K1", "K1b", "K2")),
    Part("Decision and treatment", "From the result to the treatment", ("K11", "K12", "K8", "K9", "K10")),
    Part(
        "Care on the way", "Steroids, bed rest, therapy and discharge",
        ("K5", "K6", "K7", "K13", "K14a", "K14b", "K17"),
    ),
    Part(
        "Outcomes", "Walking, continence, deaths and harm",
        ("K15a", "K15b", "K15c", "K15d", "K16a", "K16b", "K18a", "K18b", "K20"),
    ),
)  # fmt: skip
NG234_NOTE = (
    "NG234 asks for a prospective audit of incidence, timeliness and outcomes by agreed measures, and does not name the"
    " measures: these are the ones of the service."
)
