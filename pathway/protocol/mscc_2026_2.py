"""MSCC pathway, version 2026.2: the clocks of 2026.1 with the whole ladder, in and out of hours.

What some clocks say otherwise than in 2026.1 is one table, below.

Which levels a clock has is the column "Escalates to" of the clinical specification, 7.3: the first is reached at
amber, the last at the limit. Who is told, and how soon they answer, is its ladder (1.12).
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pathway.protocol import mscc_2026_1
from pathway.protocol.past import LAWFUL, TREATMENTS
from pathway.protocol.types import (
    At,
    Bar,
    Course,
    Lasting,
    Level,
    On,
    Protocol,
    Role,
    Rung,
    Standard,
    hours,
    minutes,
    on,
)

REGISTRARS = (Role.RADIOLOGY_REGISTRAR, Role.ONCOLOGY_REGISTRAR, Role.SPINAL_REGISTRAR)
RADIOLOGY, ONCOLOGY = (Role.RADIOLOGY_REGISTRAR,), (Role.ONCOLOGY_REGISTRAR,)
SPINAL, HAEMATOLOGY = (Role.SPINAL_REGISTRAR,), (Role.HAEMATOLOGY_REGISTRAR,)
IMAGING, THERAPY, WARD = (Role.RADIOGRAPHER,), (Role.PHYSIOTHERAPIST,), (Role.NURSE_IN_CHARGE,)
INFORMED = (Role.COORDINATOR,)
HALF_AN_HOUR = minutes(30)


def e1(*also: Role) -> Rung:
    """Amber: the owner of the case, the coordinator and the ward; out of hours the coordinator and the site nurse."""
    return Rung(
        Level.E1, At.AMBER, (Role.OWNER, Role.COORDINATOR, Role.NURSE_IN_CHARGE, *also),
        tell_out=(Role.COORDINATOR, Role.SITE_NURSE, *also),
    )  # fmt: skip


def e2(who: tuple[Role, ...], at: At, after: timedelta = timedelta()) -> Rung:
    """The registrar of the specialty, on call out of hours."""
    return Rung(Level.E2, at, who, after=after, copy=INFORMED)


def e3(level: Level = Level.E3, at: At = At.DUE, acknowledge: timedelta = HALF_AN_HOUR) -> Rung:
    """The consultant on call and the lead; out of hours the consultant."""
    return Rung(
        level, at, (Role.CONSULTANT, Role.MSCC_LEAD), acknowledge, tell_out=(Role.CONSULTANT,), copy=INFORMED
    )  # fmt: skip


def e4(after: timedelta) -> Rung:
    """The manager of the service; out of hours the manager on duty and the executive on call."""
    return Rung(
        Level.E4, At.DUE, (Role.SERVICE_MANAGER,), minutes(60), after=after,
        tell_out=(Role.DUTY_MANAGER, Role.EXECUTIVE), copy=(Role.CONSULTANT, *INFORMED),
    )  # fmt: skip


def from_amber(who: tuple[Role, ...]) -> tuple[Rung, ...]:
    """The registrar at amber, the consultant at the limit."""
    return (e2(who, At.AMBER), e3())


def at_once(at: At) -> tuple[Rung, ...]:
    """Straight to the top, to be answered within 15 minutes; then, or two hours over the limit, the manager."""
    return (e3(Level.EX, at, minutes(15)), e4(hours(2)))


NEAR = (e1(),)
LADDERS: dict[str, tuple[Rung, ...]] = {
    "contact_a": (e1(), e3()),
    "contact_b": NEAR,
    "triage": from_amber(ONCOLOGY),
    "mri_request": (e1(), e2(REGISTRARS, At.DUE)),
    "mri_slot": from_amber(RADIOLOGY),
    # E2 six hours after amber: at three quarters of the limit where no slot was booked, with the limit where one was.
    "mri_a": (e1(*IMAGING), e2(RADIOLOGY, At.AMBER, hours(6)), e3()),
    "mri_b": (e1(*IMAGING), e2(RADIOLOGY, At.DUE)),
    "report": (e2(RADIOLOGY, At.AMBER),),
    "result_ack": (e1(), *at_once(At.DUE)),
    "dexamethasone": (e1(), e3()),
    "haematology_advice": (e2(HAEMATOLOGY, At.AMBER),),
    "senior": from_amber((*SPINAL, *ONCOLOGY)),
    "stability": from_amber(SPINAL),
    "flat_review": (e1(*THERAPY), e2(SPINAL, At.DUE)),
    "radiotherapy": from_amber(ONCOLOGY),
    "treatment": from_amber((*ONCOLOGY, *SPINAL)),
    "surgery": (*from_amber(SPINAL), e4(hours(24))),
    "physiotherapy": (e1(*THERAPY),),
    "occupational_therapy": (e1(*THERAPY),),
    "remobilise": (e1(*THERAPY),),
    "deterioration": at_once(At.AMBER),
}
REPORT_ONLY = ("plan_24", "total_48")
COURSE_OVER = on("radiotherapy.completed")
STEROID = Lasting(until=on("steroids.stopped") | on("steroids.started"), shown=on("steroids.changed"))
EXCLUDED = TREATED = Lasting(until=on("case.reopened"))
CONFIRMED = Lasting(until=on("case.excluded") | on("case.metastases_only") | on("case.reopened"))
ADMITTED = Lasting(until=on("discharge.discharged") | on("case.left"))
SUSPECTED = Lasting(
    until=on("case.closed") | on("case.left") | on("case.declined", what="everything"), shown=on("case.reopened")
)
IN_HOSPITAL, KNOWN_THERE = (SUSPECTED, ADMITTED), (ADMITTED, CONFIRMED)
PLAN = on("case.planned") | on("decision.made") | on("case.metastases_only") | on("case.excluded")
NO_ANSWER = on("imaging.communicated", result="non_diagnostic")
ASKED_AGAIN = on("imaging.requested") | on("imaging.booked")
TO_TREAT = on("decision.made", modality=tuple(TREATMENTS))


def consented(*treatments: str) -> On:
    """A basis of consent to one of these treatments: who had declined it wants it after all."""
    return on("consent.recorded", procedure=treatments, basis=LAWFUL)


A = ("A",)
OF_SUSPICION = {"keeps_due": True}
# What this version says otherwise than the one before, by clock; the reasons are in decision 22.
CHANGED: dict[str, dict[str, Any]] = {
    "mri_a": {"again": ASKED_AGAIN, "by_scan": True, **OF_SUSPICION},
    "mri_b": {
        "met": (
            on("imaging.acquired", modality="mri") + PLAN,
            on("imaging.contraindicated") + on("imaging.acquired", modality="ct") + PLAN,
        ),
        "resumes": NO_ANSWER, "again": ASKED_AGAIN, "by_scan": True, **OF_SUSPICION,
    },
    "report": {"each_scan": True},
    "stability": {
        "outdated": on("case.suspected", of=A) | on("case.reclassified", of=A) | on("case.reopened")
        | on("case.deteriorated"),
    },
    "dexamethasone": {
        "course": Course(
            begun=on("steroids.started") | on("steroids.changed"), later=on("steroids.changed") | on("steroids.stopped")
        ),
    },
    "flat_review": {"surely": True},
    "haematology_advice": {"surely": True},
    "plan_24": OF_SUSPICION,
    "radiotherapy": {
        "course": Course(begun=on("radiotherapy.fraction"), later=COURSE_OVER), "again": consented("radiotherapy"),
    },
    "surgery": {"again": consented("surgery")},
    "treatment": {
        "superseded": COURSE_OVER,
        "barred": Bar(by=on("case.supportive_care"), until=TO_TREAT | on("case.reopened")),
        "again": TO_TREAT | consented(*TREATMENTS),
    },
    "total_48": {"superseded": COURSE_OVER, **OF_SUSPICION},
    "taper_plan": {"lasting": (STEROID, TREATED)},
    "taper_end": {"lasting": (STEROID, TREATED)},
    "dexamethasone_stop": {"lasting": (STEROID, EXCLUDED), "superseded": on("case.reopened")},
    "ppi_glucose": {"lasting": (STEROID,)},
    "vte": {"lasting": IN_HOSPITAL},
    "skin": {"lasting": IN_HOSPITAL},
    "discharge_plan": {"lasting": IN_HOSPITAL},
    "physiotherapy": {"lasting": KNOWN_THERE},
    "occupational_therapy": {"lasting": KNOWN_THERE},
    "remobilise": {"superseded": mscc_2026_1.NO_LONGER_UP | on("case.deteriorated")},
}  # fmt: skip


def climbing(last: Standard) -> Standard:
    """A clock of the version before as it is here, with its ladder; what only reports has none."""
    ladder = last.ladder if last.key in REPORT_ONLY else LADDERS.get(last.key, NEAR)
    return replace(last, ladder=ladder, **CHANGED.get(last.key, {}))


PROTOCOL = Protocol(
    version="mscc-2026.2",
    title=mscc_2026_1.PROTOCOL.title,
    all=tuple(map(climbing, mscc_2026_1.PROTOCOL.all)),
)
