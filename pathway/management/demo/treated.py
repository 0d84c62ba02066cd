"""The demonstration's cases from the decision on treatment to the follow-up at home."""

from pathway.management.demo.course import (
    BOOKED,
    CAUDA,
    COURSE_DONE,
    FOR_RADIOTHERAPY,
    FOR_SURGERY,
    HOME_AT_124,
    IRRADIATED,
    LEGS,
    NUMB,
    OPERATED,
    PLANNED,
    UP,
    WALK,
)
from pathway.management.demo.plan import case, deed

DECIDED = (
    case("A", "19:00", "gp", *FOR_RADIOTHERAPY, deed("15:30", "radiotherapy.planned"), symptoms=WALK),
    case(
        "A", "26:30", "emergency_department", *FOR_SURGERY,
        deed("13:00", "transfer.requested"), deed("14:20", "transfer.accepted"), deed("15:00", "transfer.departed"),
        deed("16:10", "transfer.arrived"), deed("16:20", "case.transferred"),
        deed("11:40", "orthosis.fitted"), deed("20:00", "position.reviewed"), deed("22:00", "neuro.examined"),
        deed("19:00", "physiotherapy.assessed"),
        symptoms=CAUDA,
    ),
)  # fmt: skip
IN_TREATMENT = (
    # The hour of the first dose was mistyped and then corrected.
    case(
        "A", "74:00", "clinic", *IRRADIATED,
        deed("11:00", "event.corrected", event="steroids.started", occurred_at="2:35"),
        deed("40:00", "stability.advised", opinion="stable", sins=4), deed("41:00", "position.freed"),
        deed("45:00", "radiotherapy.fraction", n=2), deed("69:00", "radiotherapy.fraction", n=3),
        deed("73:10", "pain.scored", rest=3, movement=5),
        symptoms=LEGS,
    ),
    # A lymphoma: no steroid before haematology has spoken, then chemotherapy.
    case(
        "A", "30:00", "ward", *BOOKED,
        deed("0:44", "steroids.withheld", reason="haematology"),
        deed("2:05", "steroids.haematology_advised"),
        deed("4:00", "biopsy.needed"), deed("5:10", "biopsy.arranged"), deed("9:30", "biopsy.taken"),
        deed("9:50", "steroids.started"), deed("9:55", "steroids.protected"), deed("10:10", "steroids.glucose_checked"),
        deed("7:15", "imaging.acquired"), deed("8:05", "imaging.communicated"), deed("8:15", "imaging.acknowledged"),
        deed("8:40", "case.confirmed", known_primary="no"), deed("9:10", "stability.advised", opinion="stable", sins=3),
        deed("10:00", "opinion.surgical", opinion="not_suitable"),
        deed("10:40", "opinion.oncology", opinion="systemic"),
        deed("20:00", "neuro.examined"), deed("20:20", "position.reviewed"), deed("21:30", "biopsy.resulted"),
        deed("23:00", "decision.made", modality="systemic"), deed("23:10", "systemic.decided"),
        deed("23:30", "consent.recorded", procedure="systemic"), deed("26:00", "systemic.started"),
        symptoms=CAUDA,
    ),
    # Worse during the night, and in theatre now.
    case(
        "A", "24:20", "ward", *FOR_SURGERY, deed("20:00", "position.reviewed"), deed("20:30", "case.deteriorated"),
        deed("20:50", "neuro.examined", frankel="C", ais="C"), deed("19:30", "physiotherapy.assessed"),
        deed("23:10", "surgery.started"),
        symptoms=LEGS, exact=True,
    ),
)  # fmt: skip
REHABILITATING = (
    case(
        "A", "96:00", "gp", *OPERATED, *UP,
        deed("70:00", "rehabilitation.stepped", step="R4"),
        deed("76:00", "rehabilitation.stopped", step="R5", reason="blood_pressure"),
        deed("77:00", "mobility.assessed", code="M6"), deed("90:00", "bone_agent.given"),
        deed("71:00", "pain.scored", rest=4, movement=6), deed("91:00", "pain.scored", rest=2, movement=4),
        deed("69:00", "physiotherapy.treated", minutes=35), deed("92:00", "physiotherapy.treated", minutes=45),
        deed("80:00", "physiotherapy.missed", reason="away"), deed("93:00", "mobility.assessed", code="M5"),
        deed("94:00", "readiness.checked", item="transfers", ready="yes"),
        deed("94:10", "readiness.checked", item="equipment", ready="no", note="Hospital bed ordered"),
        symptoms=WALK,
    ),
)  # fmt: skip
LEAVING = (
    case(
        "A", "150:00", "hospice", *COURSE_DONE, *UP, *PLANNED,
        deed("118:00", "discharge.plan_agreed"), deed("119:00", "told.patient"),
        symptoms=NUMB,
    ),
)  # fmt: skip
AT_HOME = (
    case("A", "870:00", "ward", *OPERATED, *UP, *HOME_AT_124, symptoms=LEGS),
    case(
        "A", "1200:00", "clinic", *COURSE_DONE, *UP, *HOME_AT_124, deed("860:00", "followup.recorded", due="day_30"),
        symptoms=NUMB,
    ),
)  # fmt: skip
TREATED = (*DECIDED, *IN_TREATMENT, *REHABILITATING, *LEAVING, *AT_HOME)
