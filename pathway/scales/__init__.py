"""How a patient is measured: answers in, score and band out; one scale per file, each with its citation."""

from pathway.scales.ais import AIS
from pathway.scales.ecog import ECOG
from pathway.scales.escc import ESCC
from pathway.scales.frankel import FRANKEL
from pathway.scales.karnofsky import KARNOFSKY
from pathway.scales.mobility import MOBILITY
from pathway.scales.mrc import MRC
from pathway.scales.pain import PAIN
from pathway.scales.rades import AMBULATORY, SHORT_SURVIVAL, SURVIVAL
from pathway.scales.sins import SINS
from pathway.scales.tokuhashi import TOKUHASHI
from pathway.scales.types import Scale

SCALES: dict[str, Scale] = {
    scale.key: scale
    for scale in (
        *(SINS, ESCC, FRANKEL, AIS, MRC, ECOG, KARNOFSKY),
        *(TOKUHASHI, SHORT_SURVIVAL, AMBULATORY, SURVIVAL, MOBILITY, PAIN),
    )
}
