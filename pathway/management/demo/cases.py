"""The demonstration's cases, each as a clinician would tell it: age, place, and what happened when."""

from pathway.management.demo.plan import ACKNOWLEDGED, Deed, Plan, case, deed

LEGS = "motor.legs_weak gait.unsteady pain.band_like"
NUMB = "sensory.numb sensory.pins pain.progressive"
CAUDA = "sensory.saddle bladder.retention motor.legs_weak"
PAIN = "pain.nocturnal pain.mechanical"
WALK = "gait.difficult pain.radiation_limb"

CALLED = (deed("0:12", "contact.made"), deed("0:18", "referral.received"))
TRIAGED = (*CALLED, deed("0:34", "referral.triaged"))
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
    deed("8:40", "case.confirmed"),
    deed("9:00", "case.assigned"),
    deed("10:30", "stability.advised"),
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


JUST_SUSPECTED = (
    case("A", "0:04", "emergency_department", symptoms=CAUDA),
    case("A", "0:41", "ward", symptoms=LEGS, identity="initials"),
    case("A", "1:25", "gp", deed("1:20", "contact.logged"), symptoms=WALK),
    case("B", "2:00", "gp", symptoms=PAIN, identity="local"),
    case("C", "20:00", "community", symptoms="pain.new", identity="initials"),
)
REFERRED = (
    case("A", "0:32", "helpline", *CALLED, symptoms=NUMB, exact=True),
    case(
        "A", "2:10", "emergency_department", *CALLED, deed("1:56", ACKNOWLEDGED), symptoms=LEGS, exact=True,
    ),
    case("B", "5:00", "clinic", deed("1:00", "contact.advised"), symptoms=PAIN),
)  # fmt: skip
TRIAGE_DONE = (
    case("A", "1:00:00", "ward", *TRIAGED, symptoms=WALK, exact=True),
    case("A", "3:40", "gp", *TRIAGED, deed("0:50", "position.ordered", position="elevated"), symptoms=LEGS),
    case("B", "30:00", "clinic", *WEEK, deed("5:00", "position.ordered", position="mobile"), symptoms=PAIN),
    case(
        "C", "50:00", "gp",
        deed("3:00", "contact.advised"),
        deed("3:20", "referral.received"),
        deed("3:50", "referral.triaged", outcome="advice_only", positioning="mobile"),
        symptoms="pain.strain",
    ),
)  # fmt: skip
IMAGING = (
    case(
        "A", "1:20", "ward", *REQUESTED,
        deed("0:44", "steroids.withheld", reason="haematology"), symptoms=NUMB, exact=True,
    ),
    case("A", "3:50", "emergency_department", *REQUESTED, deed("1:30", "imaging.vetted"), symptoms=WALK),
    case("A", "5:30", "ward", *BOOKED, *STEROID, symptoms=CAUDA),
    # Passes its limit within the first minute of a demonstration.
    case(
        "A", "23:59:10", "ward", *REQUESTED, *STEROID,
        deed("1:20", "imaging.vetted"),
        deed("2:30", "imaging.booked", slot_at="22:00"),
        deed("18:40", "stability.advised", opinion="unstable", sins=14),
        *reviewed("20:30"),
        deed("22:20", "contact.logged", said="Scanner down since 21:40; engineer on the way"),
        symptoms=LEGS, exact=True,
    ),
    case(
        "A", "25:40", "hospice", *REQUESTED, *STEROID, *reviewed("19:00"),
        deed("12:30", ACKNOWLEDGED), deed("13:20", "imaging.booked", slot_at="27:30"),
        deed("25:20", ACKNOWLEDGED),
        symptoms=NUMB, exact=True,
    ),
    # The three whose amber comes in the first minutes after the demonstration starts.
    case(
        "A", "11:58:30", "clinic",
        deed("0:20", "contact.made", channel="bleep"), deed("0:25", "referral.received"),
        deed("0:50", "referral.triaged", positioning="elevated"),
        deed("10:10", "imaging.requested"),
        deed("11:00", "steroids.withheld", reason="infection"),
        symptoms=WALK, exact=True,
    ),
    case("A", "8:13:00", "emergency_department", *SCANNED, symptoms=CAUDA, exact=True),
    case(
        "A", "14:20", "ward", *BOOKED, *STEROID, deed("14:05", "imaging.started"),
        deed("6:00", "case.deteriorated"), symptoms=LEGS,
    ),
    case(
        "A", "16:00", "ward", *BOOKED,
        deed("14:20", "imaging.started"),
        deed("14:45", "imaging.abandoned"),
        deed("0:44", "steroids.indicated"), deed("3:20", "steroids.started"),
        deed("15:30", "clock.suspended", clock="mri_a", until="18:00"),
        symptoms=NUMB, exact=True,
    ),
    case(
        "A", "9:00", "community", *REQUESTED,
        deed("2:40", "imaging.contraindicated"),
        deed("4:00", "steroids.indicated"),
        symptoms=WALK,
    ),
    case(
        "A", "15:00", "clinic", *TOLD[:-1],
        deed("8:20", "imaging.communicated", result="non_diagnostic"),
        deed("9:00", "imaging.requested"), deed("11:40", "imaging.booked", slot_at="16:30"),
        symptoms=LEGS, exact=True,
    ),
)  # fmt: skip
RESULT = (
    case("A", "9:50", "gp", *SCANNED, deed("9:30", "imaging.verified", escc="2"), symptoms=WALK, exact=True),
    case("A", "8:27", "emergency_department", *TOLD, symptoms=LEGS, exact=True),
    case(
        "A", "11:00", "ward", *BOOKED,
        deed("0:44", "steroids.withheld", reason="haematology"),
        deed("2:05", "steroids.haematology_advised"),
        deed("2:20", "steroids.started"),
        deed("7:15", "imaging.acquired"), deed("8:05", "imaging.communicated"), deed("8:15", "imaging.acknowledged"),
        symptoms=CAUDA,
    ),
    case(
        "B", "150:00", "clinic", *WEEK,
        deed("30:00", "imaging.requested"), deed("100:00", "imaging.acquired"),
        deed("101:30", "imaging.communicated", result="metastases"), deed("110:00", "imaging.acknowledged"),
        symptoms=PAIN,
    ),
)  # fmt: skip
OUTCOME = (
    case(
        "A", "45:00", "emergency_department", *CONFIRMED, *reviewed("20:00"),
        deed("11:40", "orthosis.fitted"), deed("12:00", "case.planned"), deed("13:00", "case.transferred"),
        symptoms=CAUDA,
    ),
    case(
        "A", "96:00", "gp", *CONFIRMED, *reviewed("21:00"),
        deed("26:00", "stability.advised", opinion="stable", sins=5),
        deed("27:30", "position.cleared_to_sit"),
        deed("30:00", "steroids.taper_planned", ends_on="200:00"),
        deed("36:00", "case.planned"),
        symptoms=WALK,
    ),
    # The scan was in time but typed in after the alarm: the clock is met, the alarm stays on record.
    case(
        "A", "52:00", "ward", *BOOKED, *STEROID, *reviewed("18:00", "40:00"),
        deed("23:40", "imaging.acquired", late="1:50"),
        deed("25:45", "imaging.communicated"), deed("26:00", "imaging.acknowledged"),
        deed("27:00", "case.confirmed"), deed("30:00", "stability.advised", opinion="indeterminate", sins=9),
        symptoms=NUMB,
    ),
    # The hour of the first dose was mistyped and then corrected.
    case(
        "A", "70:00", "clinic", *CONFIRMED, *reviewed("24:00"),
        deed("11:00", "event.corrected", event="steroids.started", occurred_at="2:35"),
        deed("40:00", "stability.advised", opinion="stable", sins=4), deed("41:00", "position.freed"),
        deed("60:00", "steroids.stopped"),
        symptoms=LEGS,
    ),
    case(
        "B", "61:00", "gp", *WEEK, deed("50:00", "case.reclassified", **{"class": "A"}),
        deed("50:20", "contact.made"), deed("50:40", "position.ordered", position="elevated"),
        deed("51:00", "steroids.indicated"), deed("51:50", "steroids.started"),
        deed("51:10", "imaging.requested"), deed("55:00", "imaging.acquired"),
        deed("56:00", "imaging.communicated", result="impending"), deed("56:20", "imaging.acknowledged"),
        deed("57:00", "case.impending"),
        symptoms=PAIN,
    ),
    case("B", "120:00", "clinic", *WEEK_SCAN, deed("74:00", "case.metastases_only"), symptoms=PAIN),
    case(
        "A", "14:30", "emergency_department", *TOLD[:-1],
        deed("8:05", "imaging.communicated", result="other"), deed("8:20", "imaging.acknowledged"),
        deed("9:30", "case.excluded"), symptoms=WALK,
    ),
    case(
        "A", "20:00", "hospice", *TRIAGED, deed("0:44", "steroids.indicated"), deed("1:20", "steroids.started"),
        deed("2:30", "case.supportive_care"), symptoms=LEGS,
    ),
)  # fmt: skip
ENDED = (
    case("A", "80:00", "gp", *TRIAGED, deed("3:00", "case.declined"), symptoms=NUMB),
    case("A", "140:00", "emergency_department", *CONFIRMED, deed("15:00", "case.left"), symptoms=CAUDA),
    case(
        "C", "160:00", "gp", deed("5:00", "contact.advised"), deed("6:00", "referral.received"),
        deed("6:30", "referral.triaged", outcome="advice_only", positioning="mobile"),
        deed("30:00", "case.closed"), symptoms="pain.new",
    ),
    case("A", "110:00", "hospice", *CONFIRMED, deed("32:00", "case.died"), symptoms=LEGS),
    case("B", "90:00", "ward", deed("1:30", "case.entered_in_error"), symptoms=PAIN),
)  # fmt: skip

HOME: tuple[Plan, ...] = (*JUST_SUSPECTED, *REFERRED, *TRIAGE_DONE, *IMAGING, *RESULT, *OUTCOME, *ENDED)
NEIGHBOUR: tuple[Plan, ...] = (
    case("A", "5:00", "ward", *BOOKED, *STEROID, symptoms=LEGS),
    case("B", "40:00", "gp", *WEEK, symptoms=PAIN),
)
