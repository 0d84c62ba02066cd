"""What a referral tells beside the suspicion: symptoms, cancer, earlier scans, safety, wishes, and whom to ring."""

from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.ask import choice, day, several, text, yes_no
from pathway.record.step import CARE, observation

PRIMARIES = (
    *("breast", "lung_small_cell", "lung_other", "prostate", "myeloma", "lymphoma", "kidney", "thyroid"),
    *("upper_gi", "colorectal", "melanoma", "sarcoma", "germ_cell", "bladder", "unknown", "other"),
)
PRIMARY_WORDS = {
    "lung_small_cell": "Lung, small cell", "lung_other": "Lung, other", "upper_gi": "Upper gastrointestinal",
    "germ_cell": "Germ cell or testicular", "unknown": "Unknown primary",
}  # fmt: skip
DEVICES = (
    *("pacemaker", "neurostimulator", "aneurysm_clip", "cochlear_implant", "eye_metal", "shunt", "recent_implant"),
    *("claustrophobia", "pregnancy", "weight", "none"),
)
DEVICE_WORDS = {
    "pacemaker": "Pacemaker or implanted defibrillator", "eye_metal": "Metal in an eye", "shunt": "Programmable shunt",
    "recent_implant": "Another implant, or a recent one", "pregnancy": "Pregnancy, or not excluded",
    "weight": "Near the weight limit of the scanner", "none": "None of these",
}  # fmt: skip

SYMPTOMS_TOLD = observation(
    "history.symptoms",
    "Record the symptoms",
    done="Symptoms told",
    by=CARE,
    asks={
        "symptoms": several("Symptoms", *SYMPTOMS),
        "onset": day("First symptom on", required=False),
        "tempo": choice("How fast they came", "sudden", "hours", "days", "weeks", required=False,
                        words={"sudden": "Suddenly", "hours": "Over hours", "days": "Over days",
                               "weeks": "Over weeks"}),
        "trend": choice("Now they are", "better", "same", "worse", required=False,
                        words={"better": "Getting better", "same": "The same", "worse": "Getting worse"}),
        "walked_on": day("Last walked alone on", required=False),
        "note": text("In words", required=False, long=True),
    },
)  # fmt: skip
CANCER_TOLD = observation(
    "history.cancer",
    "Record the cancer",
    done="Cancer told",
    by=CARE,
    asks={
        "known": choice("Is there a cancer?", "current", "past", "suspected", "none",
                        words={"current": "Yes, known", "past": "In the past", "none": "None known"}),
        "primary": choice("Primary", *PRIMARIES, required=False, words=PRIMARY_WORDS),
        "blood_cancer": yes_no("Could it be a blood cancer (lymphoma, myeloma) without a diagnosis?", required=False),
        "spread": several("Known spread", "bone", "organs", "brain", required=False,
                          words={"organs": "other organs"}),
        "radiotherapy": text("Radiotherapy to the spine before: where, dose, when", required=False),
        "systemic": text("Drug treatment: which, last given", required=False),
        "oncologist": text("Responsible oncologist or key worker", required=False),
    },
)  # fmt: skip
SCANS_TOLD = observation(
    "history.scans",
    "Record earlier scans",
    done="Earlier scans told",
    by=CARE,
    asks={"scans": text("Earlier scans: what, when, where, and what they showed", long=True)},
)
MRI_SAFETY = observation(
    "history.mri_safety",
    "Record the MRI safety questions",
    done="MRI safety asked",
    by=CARE,
    asks={
        "devices": several("Anything that may not go into the scanner", *DEVICES, words=DEVICE_WORDS),
        "lies_flat": yes_no("Can the patient lie flat for an hour?", required=False),
        "note": text("Which device, and what is needed to lie flat", required=False),
    },
)
BLOOD_THINNERS = observation(
    "history.blood_thinners",
    "Record blood thinners",
    done="Blood thinners told",
    by=CARE,
    asks={
        "taken": choice("Blood thinners (anticoagulant or antiplatelet)", "yes", "no", "not_known"),
        "agent": text("Which, and why", required=False),
        "last_dose": text("Last dose: when", required=False),
    },
)
WISHES = observation(
    "history.wishes",
    "Record what the patient wishes",
    done="Wishes told",
    by=CARE,
    asks={
        "resuscitation": choice("Resuscitation", "attempt", "not_to_attempt", "not_discussed", required=False,
                                words={"attempt": "To be attempted", "not_to_attempt": "Not to be attempted"}),
        "advance_decision": yes_no("Is there an advance decision?", required=False),
        "wishes": text("What matters to the patient, and limits of treatment", long=True),
    },
)  # fmt: skip
CONTACTS = observation(
    "history.contacts",
    "Record whom to ring",
    done="Contacts told",
    by=CARE,
    asks={
        "call_back": text("Number for the coordinator to ring back"),
        "next_of_kin": text("Next of kin: name and number", required=False),
        "needs": text("Interpreter, or other needs in talking", required=False),
    },
)
