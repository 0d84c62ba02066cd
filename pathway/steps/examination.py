"""Examinations: neurology and mobility, as often as somebody looks."""

from pathway.record.ask import choice, text
from pathway.record.case import LEVELS
from pathway.record.step import CARE, observation

GRADES = ("A", "B", "C", "D", "E")
MOBILITY_WORDS = {
    "M0": "M0: not assessed",
    "M1": "M1: walks, no aid, no help",
    "M2": "M2: walks with sticks or crutches",
    "M3": "M3: walks with a frame",
    "M4": "M4: walks only with the help of one",
    "M5": "M5: walks a few steps with the help of two",
    "M6": "M6: stands or transfers with help, does not walk",
    "M7": "M7: hoist transfer, sits",
    "M8": "M8: in bed because of the paralysis",
    "M9": "M9: in bed by order; walking not known",
}

NEURO = observation(
    "neuro.examined",
    "Record a neurological examination",
    done="Neurological examination",
    by=CARE,
    asks={
        "frankel": choice("Frankel grade", *GRADES, required=False),
        "ais": choice("ASIA impairment scale", *GRADES, required=False),
        "power": text("Power of the key muscles (MRC 0 to 5)", required=False),
        "sensory_level": choice("Sensory level", *LEVELS, required=False),
    },
)
MOBILITY = observation(
    "mobility.assessed",
    "Record mobility",
    done="Mobility assessed",
    by=CARE,
    asks={
        "code": choice("Mobility now", *MOBILITY_WORDS, words=MOBILITY_WORDS),
        "previous": choice("Before this illness", *MOBILITY_WORDS, words=MOBILITY_WORDS, required=False),
    },
)
