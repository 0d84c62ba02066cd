"""What the demonstration's cases have in common: the deeds from the first call to going home, as they usually go."""

from pathway.management.demo.plan import Deed, deed

LEGS = "motor.legs_weak gait.unsteady pain.band_like"
NUMB = "sensory.numb sensory.pins pain.progressive"
CAUDA = "sensory.saddle bladder.retention motor.legs_weak"
PAIN = "pain.nocturnal pain.mechanical"
WALK = "gait.difficult pain.radiation_limb"

CALLED = (deed("0:12", "contact.made"), deed("0:18", "referral.received"))
TRIAGED = (*CALLED, deed("0:34", "referral.triaged"), deed("0:50", "bladder.scanned"))
ADMITTED = (
    deed("0:25", "case.admitted"),
    deed("1:30", "vte.assessed"),
    deed("1:45", "vte.dosed"),
    deed("2:30", "skin.assessed"),
)
FLAT = (deed("0:40", "position.ordered"), deed("0:42", "position.immobilised"))
REQUESTED = (*TRIAGED, *FLAT, deed("0:55", "imaging.requested"))
BOOKED = (*REQUESTED, deed("1:20", "imaging.vetted"), deed("2:10", "imaging.booked"))
STEROID = (
    deed("0:44", "steroids.indicated"),
    deed("1:35", "steroids.started"),
    deed("1:40", "steroids.protected"),
    deed("2:00", "steroids.glucose_checked"),
)
SCANNED = (*BOOKED, *STEROID, deed("6:30", "imaging.started"), deed("7:15", "imaging.acquired"))
TOLD = (*SCANNED, deed("8:05", "imaging.communicated"))
SEEN = (*TOLD, deed("8:15", "imaging.acknowledged"), deed("9:40", "imaging.verified"))
CONFIRMED = (
    *SEEN,
    *ADMITTED,
    deed("3:00", "neuro.examined"),
    deed("8:40", "case.confirmed"),
    deed("9:00", "case.assigned"),
    deed("10:30", "stability.advised"),
)
NO_SURGERY = (deed("10:40", "opinion.surgical", opinion="not_suitable"), deed("11:20", "opinion.oncology"))
OPERATE = (deed("10:40", "opinion.surgical", opinion="operate"), deed("11:20", "opinion.oncology"))
FOR_RADIOTHERAPY = (
    *CONFIRMED,
    *NO_SURGERY,
    deed("12:10", "decision.made", modality="radiotherapy"),
    deed("12:30", "radiotherapy.decided"),
    deed("12:40", "consent.recorded", procedure="radiotherapy"),
)
FOR_SURGERY = (
    *CONFIRMED,
    *OPERATE,
    deed("12:10", "decision.made", modality="surgery"),
    deed("12:20", "surgery.decided"),
    deed("12:50", "consent.recorded", procedure="surgery"),
    deed("13:30", "surgery.listed"),
)
SECOND_DAY = (
    deed("20:00", "position.reviewed"),
    deed("19:30", "physiotherapy.assessed"),
    deed("22:00", "neuro.examined"),
    deed("27:00", "occupational_therapy.assessed"),
    deed("18:00", "discharge.started"),
)
IRRADIATED = (
    *FOR_RADIOTHERAPY,
    *SECOND_DAY,
    deed("15:30", "radiotherapy.planned"),
    deed("21:00", "radiotherapy.fraction", n=1),
    deed("23:00", "steroids.taper_planned", ends_on="190:00"),
)
COURSE_DONE = (
    *IRRADIATED,
    deed("45:00", "radiotherapy.fraction", n=2),
    deed("69:00", "radiotherapy.fraction", n=3),
    deed("93:00", "radiotherapy.fraction", n=4),
    deed("117:00", "radiotherapy.fraction", n=5),
    deed("117:30", "radiotherapy.completed"),
)
OPERATED = (
    *FOR_SURGERY,
    *SECOND_DAY,
    deed("22:30", "surgery.started"),
    deed("26:40", "surgery.ended"),
    deed("29:00", "neuro.examined"),
    deed("30:00", "steroids.taper_planned", ends_on="180:00"),
)
UP = (
    deed("31:00", "stability.advised", opinion="stable", sins=5),
    deed("32:00", "position.cleared_to_sit"),
    deed("36:00", "rehabilitation.stepped", step="R2", degrees=45),
    deed("38:00", "pain.scored", rest=2, movement=3),
    deed("55:00", "rehabilitation.stepped", step="R3"),
)
PLANNED = (
    deed("80:00", "rehabilitation.stepped", step="R5"),
    deed("82:00", "mobility.assessed"),
    deed("82:20", "bowel.assessed"),
    deed("96:00", "discharge.needs_assessed"),
    deed("100:00", "distress.screened"),
)
HOME_AT_124 = (
    *PLANNED,
    deed("120:00", "discharge.plan_agreed"),
    deed("122:00", "told.gp"),
    deed("122:10", "told.patient"),
    deed("122:20", "told.family"),
    deed("124:00", "neuro.examined"),
    deed("124:00", "discharge.discharged"),
    deed("190:00", "steroids.stopped"),
)
WEEK = (deed("3:10", "contact.advised"), deed("4:00", "referral.received"), deed("4:25", "referral.triaged"))
WEEK_SCAN = (
    *WEEK,
    deed("20:00", "imaging.requested"),
    deed("26:00", "imaging.vetted"),
    deed("28:00", "imaging.booked"),
    deed("70:00", "imaging.acquired"),
    deed("71:10", "imaging.communicated", result="metastases"),
    deed("72:00", "imaging.acknowledged"),
)


def reviewed(*times: str) -> tuple[Deed, ...]:
    """The flat order renewed at these times."""
    return tuple(deed(time, "position.reviewed") for time in times)
