"""What a referral tells beside the suspicion (clinical specification 2.2 to 2.6): symptoms, cancer, safety, wishes."""

from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.ask import choice, day, number, several, text, whole, yes_no
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

FOUND = ("normal", "reduced", "absent", "not_tested")
DIABETES = {"none": "None", "diet": "Yes, by diet", "tablets": "Yes, tablets or injections", "insulin": "Yes, insulin"}
PROGNOSIS = {
    "under_1": "Less than a month", "1_to_3": "1 to 3 months", "3_to_6": "3 to 6 months", "6_to_12": "6 to 12 months",
    "over_12": "More than a year", "unknown": "Not known",
}  # fmt: skip
TOLD_TO = {"gp": "GP", "specialist_nurse": "Specialist nurse", "emergency": "Emergency department"}

SYMPTOMS_TOLD = observation(
    "history.symptoms",
    "Record the symptoms",
    done="Symptoms told",
    by=CARE,
    asks={
        "symptoms": several("Symptoms", *SYMPTOMS),
        "onset": day("First symptom on", required=False, past=True),
        "tempo": choice("How fast they came", "sudden", "hours", "days", "weeks", required=False,
                        words={"sudden": "Suddenly", "hours": "Over hours", "days": "Over days",
                               "weeks": "Over weeks"}),
        "trend": choice("Now they are", "better", "same", "worse", required=False,
                        words={"better": "Getting better", "same": "The same", "worse": "Getting worse"}),
        "walked_on": day("Last walked alone on", required=False, past=True),
        "reported_on": day("First told to a professional on", required=False, past=True),
        "reported_to": choice("First told to", *TOLD_TO, "other", required=False, words=TOLD_TO),
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
        "histology": text("Histology: what, and when", required=False),
        "diagnosed_on": day("Diagnosed on", required=False, past=True),
        "spread": several("Known spread", "bone", "organs", "brain", required=False,
                          words={"organs": "other organs"}),
        "radiotherapy": text("Radiotherapy to the spine before: where, dose, when", required=False),
        "systemic": text("Drug treatment: which line and drug, last given, in a trial", required=False),
        "markers": text("Hormone receptors, or PSA", required=False),
        "prognosis": choice("Estimated prognosis", *PROGNOSIS, required=False, words=PROGNOSIS),
        "oncologist": text("Responsible oncologist or key worker", required=False),
    },
)  # fmt: skip
EXAMINATION = observation(
    "history.examination",
    "Record the examination",
    done="Examined",
    by=CARE,
    asks={
        "examiner": text("Examined by (name and grade)"),
        "reflexes": choice(
            "Reflexes of the legs", "normal", "brisk", "reduced", "absent", "not_tested", required=False
        ),
        "plantars": choice("Plantar responses", "down", "up", "unclear", "not_tested", required=False),
        "tone": choice("Tone of the legs", "normal", "raised", "reduced", "not_tested", required=False),
        "perianal": choice("Feeling round the back passage", *FOUND, required=False),
        "anal_tone": choice("Anal tone", *FOUND, required=False),
        "touch": text("Light touch and pin prick: level, left and right", required=False),
        "systolic": whole("Systolic blood pressure (mmHg)", least=40, most=300, required=False),
        "pulse": whole("Pulse (a minute)", least=20, most=250, required=False),
        "oxygen": whole("Oxygen saturation (%)", least=50, most=100, required=False),
        "temperature": number("Temperature (°C)", least=30, most=43, required=False),
        "news2": whole("NEWS2", least=0, most=20, required=False),
    },
)
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
BACKGROUND = observation(
    "history.background",
    "Record other illness and allergies",
    done="Background told",
    by=CARE,
    asks={
        "allergies": text("Allergies: which, or none known"),
        "diabetes": choice("Diabetes (dexamethasone raises the glucose)", *DIABETES, required=False, words=DIABETES),
        "ulcer": yes_no("Has there been a stomach or duodenal ulcer?", required=False),
        "infection": yes_no("Is there an active infection?", required=False),
        "isolation": text("Infection control: what, and which isolation", required=False),
        "frailty": whole("Clinical Frailty Scale (1 to 9), before this illness", least=1, most=9, required=False),
        "weight": number("Weight (kg)", least=20, most=400, required=False),
        "others": text("Other illness, and medicines that matter", required=False, long=True),
    },
)  # fmt: skip
BLOODS = observation(
    "history.bloods",
    "Record blood results",
    done="Blood results told",
    by=CARE,
    asks={
        "taken_on": day("Blood taken on", past=True),
        "platelets": whole("Platelets (10⁹/L)", least=0, most=3000, required=False),
        "inr": number("INR", least=0.5, most=20, required=False),
        "haemoglobin": whole("Haemoglobin (g/L)", least=20, most=250, required=False),
        "white_cells": number("White cells (10⁹/L)", least=0, most=500, required=False),
        "neutrophils": number("Neutrophils (10⁹/L)", least=0, most=200, required=False),
        "crp": number("CRP (mg/L)", least=0, most=1000, required=False),
        "egfr": whole("eGFR (mL/min/1.73 m²)", least=0, most=200, required=False),
        "calcium": number("Adjusted calcium (mmol/L)", least=0.5, most=6, required=False),
        "glucose": number("Glucose (mmol/L)", least=0.5, most=80, required=False),
        "note": text("Liver, HbA1c and others", required=False),
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
