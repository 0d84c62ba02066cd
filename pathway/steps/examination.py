"""Examinations and scores: neurology, mobility, pain, and one entry for each other scale."""

from pathway.protocol.types import Role
from pathway.record.ask import choice, text
from pathway.record.case import LEVELS
from pathway.record.measure import ABOUT, IMAGING, Answer, Measure, measured
from pathway.record.step import CARE, MEDICAL, observation
from pathway.scales import SCALES
from pathway.scales.ais import AIS
from pathway.scales.frankel import FRANKEL
from pathway.scales.mobility import MOBILITY
from pathway.scales.mrc import MRC
from pathway.scales.pain import PAIN
from pathway.scales.types import Scale

AIS_NAMES = {"grade": "ais", **{key: f"ais_{key}" for key in ("earlier_deficit", "strong", "examined")}}

NEURO = observation(
    "neuro.examined",
    "Record a neurological examination",
    done="Neurological examination",
    by=CARE,
    asks={
        **measured(
            "neuro.examined",
            Measure(FRANKEL, {"grade": "frankel"}, optional=True),
            Measure(AIS, AIS_NAMES, optional=True),
            Measure(MRC, optional=True),
        ),
        "power": text("Power in words", required=False),
        "sensory_level": choice("Sensory level", *LEVELS, required=False),
        **ABOUT,
    },
)
ASSESSED = observation(
    "mobility.assessed",
    "Record mobility",
    done="Mobility assessed",
    by=CARE,
    asks={
        **measured("mobility.assessed", Measure(MOBILITY)),
        "previous": Answer(MOBILITY.items[0], label="Before this illness", listed=True),
        **ABOUT,
    },
)
SCORED = observation(
    "pain.scored",
    "Record pain",
    done="Pain scored",
    by=CARE,
    asks={**measured("pain.scored", Measure(PAIN, needs=("rest", "movement"))), **ABOUT},
)


def entry_of(scale: Scale) -> None:
    """Declare the entry of a scale that has none of its own; a total worked out elsewhere is for clinicians."""
    kind = f"{scale.key}.scored"
    asks = measured(kind, Measure(scale))
    by = {Role.CLINICIAN} if scale.typed else CARE if scale.bedside else MEDICAL
    about = {**(IMAGING if scale.imaged else {}), **ABOUT}
    observation(kind, f"Record {scale.title}", done=scale.title, by=by, asks={**asks, **about})


for each in SCALES.values():
    if each not in (FRANKEL, AIS, MRC, MOBILITY, PAIN):
        entry_of(each)
