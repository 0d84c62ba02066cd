"""The clock table typed out a second time, to hold the protocol against: every event that starts or ends each clock.

Events are told as `"kind answer answer; kind"`: these answers, or every answer where none is named. Lengths are hours.
"""

from dataclasses import dataclass

CLASS_A = (("", "case.suspected A; case.reclassified A; case.reopened A"),)
CLASS_B_C = (("", "case.suspected B C; case.reclassified B C; case.reopened B C"),)
POSITIVE = (("", "imaging.communicated mscc impending"),)
IN_HOSPITAL = (("", ""), ("case.suspected B", "case.admitted"), ("case.admitted", "case.suspected; case.reopened"))
CONFIRMED_THERE = (("", ""), ("case.admitted", "case.confirmed"), ("case.confirmed", "case.admitted"))
TREATED_ON_STEROIDS = (
    ("", ""),
    ("steroids.started", "radiotherapy.fraction 1; surgery.started"),
    ("radiotherapy.fraction 1", "steroids.started; steroids.changed"),
    ("surgery.started", "steroids.started; steroids.changed"),
)
PLANNED = "case.planned; decision.made; case.metastases_only; case.excluded"
SCANNED_BY_CT = "imaging.contraindicated | 1:01 imaging.acquired ct"
TREATED = "surgery.started; radiotherapy.fraction 1; systemic.started"


@dataclass(frozen=True)
class Row:
    """One clock: what starts it after each beginning, and what meets it after each half that is done."""

    limit: str
    amber: str
    starts: tuple[tuple[str, str], ...]
    met: tuple[tuple[str, str], ...]
    superseded: str = ""
    void: str = ""
    classes: str = ""
    group: str = ""
    early: str = "no"


def once(events):
    """Any of these by itself."""
    return (("", events),)


TABLE = {
    "contact_a": Row("1:00", "0:30", CLASS_A, once("contact.made phone bleep face_to_face"),
                     superseded="contact.advised; referral.triaged", classes="A", early="yes"),
    "contact_b": Row("24:00", "18:00", CLASS_B_C, once("contact.advised; referral.triaged"), classes="BC"),
    "triage": Row("0:30", "0:20", once("referral.received"), once("referral.triaged")),
    "mri_request": Row("1:00", "0:30", (("case.suspected A", "referral.triaged pathway"), ("case.suspected B", "")),
                       once("imaging.requested"),
                       superseded="imaging.vetted; imaging.booked; imaging.started; imaging.acquired",
                       classes="A", group="imaging", early="yes"),
    "mri_slot": Row("4:00", "2:00", (("case.suspected A", "imaging.requested"), ("case.suspected C", "")),
                    once("imaging.booked"), superseded="imaging.started; imaging.acquired",
                    classes="A", group="imaging"),
    "mri_a": Row("24:00", "12:00", CLASS_A,
                 (("", "imaging.acquired mri"), ("imaging.contraindicated", "imaging.acquired"),
                  ("imaging.acquired ct", "imaging.acquired mri; imaging.contraindicated")),
                 classes="A", group="imaging", early="found on a scan"),
    "mri_b": Row("168:00", "120:00", CLASS_B_C,
                 (("", ""), ("imaging.acquired ct", ""), ("imaging.contraindicated", ""),
                  ("imaging.acquired mri", PLANNED), (SCANNED_BY_CT, PLANNED),
                  *((plan, "imaging.acquired mri")
                    for plan in ("case.planned", "case.metastases_only", "decision.made surgery")),
                  *((f"{half} | 1:01 case.planned", other)
                    for half, other in (("imaging.contraindicated", "imaging.acquired"),
                                        ("imaging.acquired ct", "imaging.acquired mri; imaging.contraindicated")))),
                 classes="BC", group="imaging", early="found on a scan"),
    "report": Row("2:00", "1:00", once("imaging.acquired"), once("imaging.communicated"),
                  superseded="imaging.acknowledged; case.confirmed; case.impending; case.metastases_only;"
                  " case.excluded"),
    "result_ack": Row("0:30", "0:15", POSITIVE, once("imaging.acknowledged"),
                      superseded="case.confirmed; case.impending; decision.made"),
    "dexamethasone": Row("4:00", "1:00", once("steroids.indicated"), once("steroids.started"),
                         superseded="steroids.changed; steroids.stopped",
                         void="steroids.withheld; case.excluded; case.metastases_only", early="yes"),
    "haematology_advice": Row("2:00", "0:30", once("steroids.withheld haematology"),
                              once("steroids.haematology_advised"), superseded="steroids.started",
                              void="case.excluded"),
    "senior": Row("4:00", "2:00", POSITIVE,
                  (("", ""), ("opinion.surgical more_information", ""), ("opinion.oncology more_information", ""),
                   ("opinion.surgical operate", "opinion.oncology radiotherapy systemic supportive"),
                   ("opinion.surgical not_suitable", "opinion.oncology radiotherapy systemic supportive"),
                   ("opinion.oncology radiotherapy", "opinion.surgical operate not_suitable"),
                   ("opinion.oncology systemic", "opinion.surgical operate not_suitable"),
                   ("opinion.oncology supportive", "opinion.surgical operate not_suitable")),
                  superseded="decision.made", group="treatment"),
    "stability": Row("24:00", "12:00", once("position.immobilised"), once("stability.advised"),
                     superseded="position.cleared_to_sit; position.freed", early="yes"),
    "flat_review": Row("24:00", "20:00",
                       once("position.ordered flat elevated; position.immobilised; position.reviewed flat elevated"),
                       once("position.ordered; position.reviewed; position.cleared_to_sit; position.freed"),
                       group="bedside"),
    "plan_24": Row("24:00", "18:00", CLASS_A, once("case.planned; decision.made"), classes="A", group="treatment"),
    "radiotherapy": Row("24:00", "12:00", once("decision.made radiotherapy"), once("radiotherapy.fraction 1"),
                        superseded="decision.made surgery systemic supportive; radiotherapy.completed",
                        group="treatment"),
    "treatment": Row("24:00", "12:00", once("case.confirmed"), once(TREATED), superseded="radiotherapy.completed",
                     group="treatment"),
    "surgery": Row("24:00", "12:00", once("decision.made surgery; surgery.decided"), once("surgery.started"),
                   superseded="decision.made radiotherapy systemic supportive", group="treatment"),
    "total_48": Row("48:00", "36:00", CLASS_A, once(TREATED), superseded="radiotherapy.completed", classes="A",
                    group="treatment"),
    "taper_plan": Row("24:00", "12:00", TREATED_ON_STEROIDS, once("steroids.taper_planned; steroids.stopped"),
                      early="yes"),
    "taper_end": Row("192:00", "144:00", TREATED_ON_STEROIDS, once("steroids.stopped"), early="yes"),
    "dexamethasone_stop": Row("12:00", "4:00",
                              (("", ""), ("steroids.started", "case.excluded"),
                               ("case.excluded", "steroids.started; steroids.changed")),
                              once("steroids.stopped"), superseded="case.reopened", early="yes"),
    "ppi_glucose": Row("24:00", "12:00", once("steroids.started; steroids.changed"),
                       (("", ""), ("steroids.protected", "steroids.glucose_checked"),
                        ("steroids.glucose_checked", "steroids.protected")),
                       superseded="steroids.stopped", early="yes"),
    "neuro_exam": Row("24:00", "20:00", CLASS_A, once("neuro.examined"), superseded=f"{TREATED}; case.excluded",
                      classes="A", group="bedside"),
    "bladder": Row("4:00", "2:00", CLASS_A, once("bladder.scanned; bladder.planned; bladder.catheterised"),
                   classes="A", group="bedside", early="yes"),
    "vte": Row("14:00", "10:00", IN_HOSPITAL,
               (("", ""), ("vte.assessed", "vte.dosed; vte.not_given"), ("vte.dosed", "vte.assessed"),
                ("vte.not_given", "vte.assessed")),
               group="bedside", early="yes"),
    "skin": Row("6:00", "4:00", IN_HOSPITAL, once("skin.assessed"), group="bedside", early="yes"),
    "physiotherapy": Row("24:00", "18:00", CONFIRMED_THERE, once("physiotherapy.assessed"), group="bedside",
                         early="yes"),
    "occupational_therapy": Row("48:00", "36:00", CONFIRMED_THERE, once("occupational_therapy.assessed"),
                                group="bedside", early="yes"),
    "remobilise": Row("24:00", "12:00", once("position.cleared_to_sit"),
                      once("rehabilitation.stepped R2 R3 R4 R5 R6"),
                      superseded="rehabilitation.stopped; position.ordered flat elevated; position.freed; "
                                 "case.deteriorated", group="bedside"),
    "pain": Row("4:00", "3:00", once("pain.scored 4 6 7 10"), once("pain.scored"), group="bedside"),
    "discharge_plan": Row("48:00", "36:00", IN_HOSPITAL, once("discharge.started; discharge.needs_assessed"),
                          group="bedside", early="yes"),
    "followup_day_30": Row("888:00", "720:00", once("discharge.discharged"), once("followup.recorded day_30")),
    "followup_week_8": Row("1512:00", "1344:00", once("discharge.discharged"), once("followup.recorded week_8")),
    "deterioration": Row("1:00", "0:00", once("case.deteriorated"), once("neuro.examined")),
}  # fmt: skip
