"""The symptoms of spinal cord compression, and the class that they propose (clinical specification 1.2)."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing the patient may have: its code, its words, and the class it proposes by itself."""

    code: str
    words: str
    klass: str


GROUPS: dict[str, tuple[Symptom, ...]] = {
    "Pain": (
        Symptom("pain.new", "New, unexplained back or neck pain", "B"),
        Symptom("pain.progressive", "Pain that was mild and is getting worse", "B"),
        Symptom("pain.band_like", "Pain like a band round the chest or tummy", "A"),
        Symptom("pain.radiation_limb", "Pain that spreads down a leg or an arm", "A"),
        Symptom("pain.radiation_back", "Pain that spreads to the lower back or buttocks", "B"),
        Symptom("pain.mechanical", "Pain that is worse with movement", "B"),
        Symptom("pain.strain", "Pain that is worse on lifting, coughing, sneezing or straining", "B"),
        Symptom("pain.nocturnal", "Pain that keeps the patient awake at night", "B"),
        Symptom("pain.tender", "Tenderness at one place of the spine", "B"),
        Symptom("pain.claudication", "Pain in the legs on walking that eases at rest", "B"),
    ),
    "Feeling": (
        Symptom("sensory.numb", "Numbness of toes, fingers, buttocks or trunk", "A"),
        Symptom("sensory.pins", "Pins and needles", "A"),
        Symptom("sensory.saddle", "Numbness round the back passage or between the legs", "A"),
    ),
    "Walking and strength": (
        Symptom("gait.difficult", "Difficulty walking", "A"),
        Symptom("gait.unsteady", "Unsteadiness", "A"),
        Symptom("motor.legs_weak", "Weakness of a leg", "A"),
        Symptom("motor.arms_weak", "Weakness of an arm", "A"),
        Symptom("motor.give_way", "Legs that give way", "A"),
    ),
    "Bladder": (
        Symptom("bladder.incontinent", "Loss of bladder control", "A"),
        Symptom("bladder.small_volumes", "Passing only small amounts of urine", "A"),
        Symptom("bladder.retention", "Passing no urine", "A"),
    ),
    "Bowel": (
        Symptom("bowel.incontinent", "Loss of bowel control", "A"),
        Symptom("bowel.constipated", "New or worse constipation (ask: is it from opioids?)", "A"),
    ),
}
CONSTIPATED = "bowel.constipated"
OPIOIDS = "Constipation is the only sign: ask whether opioids cause it. It stays class A until somebody says so."
SYMPTOMS = {symptom.code: symptom for group in GROUPS.values() for symptom in group}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A class ('' where nothing speaks for one) with the reasons in words. A clinician decides."""

    klass: str
    reasons: tuple[str, ...]


def propose(codes: Collection[str], *, cancer: str) -> Proposal:
    """Propose a class from symptom codes and whether there is a cancer: known, suspected, none or '' (not known).

    Any neurological symptom or sign gives A, upward by default (NG234 as reported; HZ11). Without one, pain gives B
    with a cancer and C without. Unknown codes are left out.
    """
    present = [SYMPTOMS[code] for code in codes if code in SYMPTOMS]
    neurological = tuple(symptom.words for symptom in present if symptom.klass == "A")
    if neurological:
        ask = (OPIOIDS,) if {symptom.code for symptom in present if symptom.klass == "A"} == {CONSTIPATED} else ()
        return Proposal("A", (*(f"{words}: a neurological symptom" for words in neurological), *ask))
    pain = tuple(symptom.words for symptom in present)
    if not pain:
        return Proposal("", ("No symptom is marked. A normal examination does not exclude compression.",))
    if cancer in ("known", "suspected"):
        return Proposal("B", (*pain, "Cancer is known or suspected, and no neurological symptom is marked"))
    return Proposal("C", (*pain, "No cancer is known, and no neurological symptom is marked"))
