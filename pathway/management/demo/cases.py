"""The demonstration's cases, each as a clinician would tell it: age, place, and what happened when."""

from pathway.management.demo.course import (
    BOOKED,
    CALLED,
    CAUDA,
    CONFIRMED,
    LEGS,
    NUMB,
    PAIN,
    REQUESTED,
    SCANNED,
    STEROID,
    TOLD,
    TRIAGED,
    WALK,
    WEEK,
    WEEK_SCAN,
)
from pathway.management.demo.plan import ACKNOWLEDGED, Plan, case, deed
from pathway.management.demo.treated import TREATED

JUST_SUSPECTED = (
    case("A", "0:04", "emergency_department", symptoms=CAUDA),
    case("A", "0:41", "ward", symptoms=LEGS, identity="initials"),
    case("A", "1:25", "gp", deed("1:20", "contact.logged"), symptoms=WALK, answered=False),
    case("B", "2:00", "gp", symptoms=PAIN, identity="local"),
)
REFERRED = (
    case("A", "0:32", "helpline", *CALLED, symptoms=NUMB, exact=True),
    case(
        "A", "2:10", "emergency_department", *CALLED, deed("1:56", ACKNOWLEDGED), symptoms=LEGS, exact=True,
    ),
)  # fmt: skip
TRIAGE_DONE = (
    case("A", "1:00:00", "ward", *TRIAGED, symptoms=WALK, exact=True),
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
        deed("0:44", "steroids.withheld", reason="haematology"), deed("1:10", "imaging.vetted"),
        symptoms=NUMB, exact=True,
    ),
    # Passes its limit within the first minute of a demonstration.
    case(
        "A", "23:59:10", "ward", *REQUESTED, *STEROID,
        deed("1:20", "imaging.vetted"),
        deed("2:30", "imaging.booked", slot_at="22:00"),
        deed("3:00", "neuro.examined"),
        deed("18:40", "stability.advised", opinion="unstable", sins=14),
        deed("20:00", "neuro.examined"),
        deed("20:30", "position.reviewed"),
        deed("21:00", "pain.scored"),
        deed("22:20", "contact.logged", said="Scanner down since 21:40; engineer on the way"),
        symptoms=LEGS, exact=True,
    ),
    case(
        "A", "25:40", "hospice", *REQUESTED, *STEROID, deed("19:00", "position.reviewed"),
        deed("18:00", "neuro.examined"), deed("21:30", "stability.advised"),
        deed("12:30", ACKNOWLEDGED), deed("13:20", "imaging.booked", slot_at="27:30"),
        deed("25:20", ACKNOWLEDGED),
        symptoms=NUMB, exact=True,
    ),
    # The three whose amber comes in the first minutes after the demonstration starts.
    case(
        "A", "11:58:30", "clinic",
        deed("0:20", "contact.made", channel="bleep"), deed("0:25", "referral.received"),
        deed("0:50", "referral.triaged", positioning="elevated"),
        deed("3:20", "bladder.planned"),
        deed("10:10", "imaging.requested"),
        deed("11:00", "steroids.withheld", reason="infection"),
        symptoms=WALK, exact=True,
    ),
    case("A", "8:13:00", "emergency_department", *SCANNED, symptoms=CAUDA, exact=True),
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
        deed("9:00", "imaging.requested"), deed("11:40", "imaging.booked", slot_at="14:40"),
        deed("14:50", "imaging.started"),
        symptoms=LEGS, exact=True,
    ),
)  # fmt: skip
RESULT = (
    # Reported, and nobody was told.
    case("A", "9:30", "gp", *SCANNED, deed("9:10", "imaging.verified", escc="2"), symptoms=WALK, exact=True),
    case("A", "8:27", "emergency_department", *TOLD, symptoms=LEGS, exact=True),
    case(
        "B", "150:00", "clinic", *WEEK,
        deed("30:00", "imaging.requested"), deed("100:00", "imaging.acquired"),
        deed("101:30", "imaging.communicated", result="metastases"), deed("110:00", "imaging.acknowledged"),
        symptoms=PAIN,
    ),
)  # fmt: skip
OUTCOME = (
    case("A", "10:50", "emergency_department", *CONFIRMED, symptoms=CAUDA),
    # The scan was in time but typed in after the alarm: the clock is met, the alarm stays on record.
    case(
        "A", "38:00", "ward", *BOOKED, *STEROID, deed("18:00", "position.reviewed"), deed("21:00", "neuro.examined"),
        deed("23:40", "imaging.acquired", late="1:50"),
        deed("25:45", "imaging.communicated"), deed("26:00", "imaging.acknowledged"),
        deed("27:00", "case.confirmed"),
        deed("28:10", "opinion.surgical", opinion="not_suitable"), deed("29:00", "opinion.oncology"),
        deed("30:00", "stability.advised", opinion="indeterminate", sins=9),
        symptoms=NUMB,
    ),
    case(
        "B", "61:00", "gp", *WEEK, deed("50:00", "case.reclassified", **{"class": "A"}),
        deed("50:20", "contact.made"), deed("50:40", "position.ordered", position="elevated"),
        deed("51:00", "steroids.indicated"), deed("51:50", "steroids.started"), deed("52:00", "bladder.catheterised"),
        deed("51:10", "imaging.requested"), deed("55:00", "imaging.acquired"),
        deed("56:00", "imaging.communicated", result="impending"), deed("56:20", "imaging.acknowledged"),
        deed("57:00", "case.impending"),
        deed("58:30", "opinion.surgical", opinion="more_information"), deed("59:10", "opinion.oncology"),
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
        deed("1:30", "steroids.protected"), deed("1:35", "steroids.glucose_checked"),
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

HOME: tuple[Plan, ...] = (
    *(*JUST_SUSPECTED, *REFERRED, *TRIAGE_DONE, *IMAGING, *RESULT, *OUTCOME),
    *(*TREATED, *ENDED),
)
NEIGHBOUR: tuple[Plan, ...] = (
    case("A", "5:00", "ward", *BOOKED, *STEROID, symptoms=LEGS),
    case("B", "40:00", "gp", *WEEK, symptoms=PAIN),
)
