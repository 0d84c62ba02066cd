"""Makes what tests need: people and places directly, cases only by the engine's own moves, under simulated time.

`at` is when something happened and, unless `recorded` says otherwise, also when it was typed in; where both are left
out it is now, by the database's clock.
"""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from itertools import count

from pathway.engine import now as clock
from pathway.engine.advance import advance, step_for
from pathway.engine.note import observe
from pathway.engine.suspect import suspect
from pathway.management.demo.usual import USUAL
from pathway.protocol.hours import latest
from pathway.record import nhs_number
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import Organisation, Patient, Unit, User
from pathway.record.rota import told as on_ladders
from pathway.record.shift import Duty
from pathway.record.step import OBSERVATIONS

NUMBERS = count(1)
PASSWORD = "correct horse battery staple"
ROUTE = (
    *("contact.made", "referral.received", "referral.triaged", "imaging.requested", "imaging.vetted"),
    *("imaging.booked", "imaging.started", "imaging.acquired", "imaging.communicated", "imaging.acknowledged"),
    *("case.confirmed", "steroids.indicated", "steroids.started", "position.ordered", "position.immobilised"),
    *("stability.advised", "position.cleared_to_sit"),
)
# The usual answers of the demonstration, and those that it leaves to each case or does not need.
ANSWERS = USUAL | {
    "case.suspected": {"class": "A", "suspected_by": "Ward registrar", "place": "ward"},
    **{kind: USUAL[kind] | {"class": "A"} for kind in ("case.reclassified", "case.reopened", "referral.triaged")},
    "case.merged": {"reason": "two referrers", "second_person": "second coordinator"},
    "imaging.booked": {"slot_at": "2026-03-02T18:00:00+00:00"},
    "stability.advised": USUAL["stability.advised"] | {"opinion": "stable"},
    "steroids.taper_planned": {"ends_on": "2026-03-09"},
    "opinion.surgical": {"opinion": "not_suitable", "adviser": "spinal surgeon"},
    "opinion.oncology": {"opinion": "radiotherapy", "adviser": "clinical oncologist"},
    "decision.made": {"modality": "radiotherapy", "made_by": "clinical oncologist"},
    "consent.recorded": {"procedure": "radiotherapy", "basis": "given"},
    "radiotherapy.decided": {"dose_gy": 20, "fractions": 5},
    "radiotherapy.fraction": {"n": 1, "of": 5},
    "radiotherapy.stopped_early": {"reason": "too tired to lie still"},
    "surgery.decided": {"procedure": "debulking_stabilisation", "implants": ["rods", "screws"]},
    "systemic.decided": {"kind": "chemotherapy"},
    "systemic.started": {"kind": "chemotherapy"},
    "bone_agent.given": {"agent": "denosumab"},
    "transfer.requested": {"from": "local hospital", "to": "spinal centre"},
    "neuro.examined": {"frankel": "D", "ais": "D", "power": "4 in both legs", "sensory_level": "T8"},
    "mobility.assessed": {"code": "M3", "previous": "M1"},
    "rehabilitation.stepped": {"step": "R2", "degrees": 30, "pain": 2, "systolic": 124, "neurology": "same"},
    "rehabilitation.stopped": {"step": "R2", "reason": "pain", "pain": 7},
    "physiotherapy.treated": {"minutes": 30},
    "physiotherapy.missed": {"reason": "unwell"},
    "readiness.checked": {"item": "equipment", "ready": False, "expected_on": "2026-03-12"},
    "bladder.scanned": {"pvr_ml": 350},
    "bladder.planned": {"plan": "catheter, out when walking"},
    "bowel.assessed": {"continent": True, "last_opened": "2026-03-01"},
    "skin.assessed": {"damage": "sacrum, category 1"},
    "vte.assessed": {"risk": "high"},
    "vte.dosed": {"agent": "low molecular weight heparin"},
    "vte.not_given": {"reason": "operation within 12 hours"},
    "pain.scored": {"rest": 2, "movement": 5},
    "sins.scored": {"level": "L1", "pain": "mechanical", "lesion": "lytic", "alignment": "deformity",
                    "collapse": "under_half", "posterolateral": "unilateral", "imaging": "MRI of 2 March"},
    "escc.scored": {"grade": "2"},
    "ecog.scored": {"status": "2"},
    "karnofsky.scored": {"status": "70"},
    "tokuhashi.scored": {"karnofsky": "80", "extraspinal": "none", "vertebral": "one", "organs": "none",
                         "primary": "breast", "frankel": "D"},
    "rades_short.scored": {"ecog": "3", "primary": "lung", "bone": "yes", "visceral": "no",
                           "interval": "up_to_15_months", "ambulatory": "yes", "deficit": "up_to_7_days"},
    "rades_ambulatory.scored": {"total": 30},
    "rades_survival.scored": {"total": 33},
    "distress.screened": {"score": 6, "feelings": ["fear", "anger"]},
    "discharge.plan_agreed": {"covers": ["steroid_card", "analgesia", "equipment", "follow_up", "preferences"]},
    "discharge.discharged": {"destination": "home"},
    "followup.recorded": {"due": "day_30", "mobility": "M3", "alive": True},
    "clock.explained": {"clock": "mri_a", "reason": "no_scanner_slot", "contributory": ["transport"]},
}  # fmt: skip


def at(text: str) -> datetime:
    """An aware instant in UTC out of "2026-03-02 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


START = at("2026-03-02 09:00")


def organisation(name: str = "") -> Organisation:
    """A trust of its own."""
    number = next(NUMBERS)
    return Organisation.objects.create(name=name or f"Trust {number}", ods_code=f"T{number:05d}")


def unit(trust: Organisation | None = None, name: str = "", **fields) -> Unit:
    """A unit of a trust."""
    return Unit.objects.create(organisation=trust or organisation(), name=name or f"Unit {next(NUMBERS)}", **fields)


def user(role: str = "coordinator", trust: Organisation | None = None, *more: str, password: str = "") -> User:
    """Somebody with a role (and `more` roles), without a usable password unless one is given."""
    person = User(username=f"{role}{next(NUMBERS)}", organisation=trust or organisation(), roles=[role, *more])
    person.set_password(password or None)
    person.save()
    return person


def duty(place: Unit, role: str, person: User) -> Duty:
    """Let somebody hold a role in a unit, so that alerts of that role reach them."""
    return Duty.objects.create(unit=place, role=role, user=person)


def staff(place: Unit) -> User:
    """One person who is on duty for every level of every ladder in a unit."""
    person = user("coordinator", place.organisation, "clinician")
    for role in on_ladders():
        duty(place, role.value, person)
    return person


def a_number() -> str:
    """A fresh NHS number of the range 999, which is reserved for tests."""
    while True:
        start = f"999{next(NUMBERS):06d}"
        for check in range(10):
            try:
                return nhs_number.clean(f"{start}{check}")
            except nhs_number.NotAnNhsNumber:
                continue


def patient(trust: Organisation | None = None, **fields) -> Patient:
    """A synthetic patient with a full identity."""
    values = {"family_name": "Test", "given_names": f"Patient {next(NUMBERS)}", "birth_date": date(1957, 4, 12)}
    if not {"nhs_number", "local_number", "initials"} & fields.keys():
        values["nhs_number"] = a_number()
    return Patient.objects.create(organisation=trust or organisation(), synthetic=True, **values | fields)


def teller(trust: Organisation) -> User:
    """One coordinator and clinician of a trust, made once, who records what tests do not say by whom."""
    person, _ = User.objects.get_or_create(
        username=f"teller{trust.pk}", defaults={"organisation": trust, "roles": ["coordinator", "clinician"]}
    )
    return person


def typed(at: datetime | None, recorded: datetime | None):
    """The simulated time at which something is typed in."""
    moment = recorded or at
    return clock.at(moment) if moment else nullcontext()


def case(
    klass: str = "A",
    *,
    at: datetime | None = START,
    place: Unit | None = None,
    by: User | None = None,
    who: Patient | None = None,
    recorded: datetime | None = None,
    where: str = "ward",
    precision: str = "minute",
    **answers,
) -> Case:
    """A suspected case; `at=None` for one suspected now, `place` is the unit, `where` the answer called place."""
    place = place or unit()
    who = who or patient(place.organisation)
    given = ANSWERS["case.suspected"] | {"class": klass, "place": where} | answers
    with typed(at, recorded):
        by = by or teller(place.organisation)
        return suspect(who, place, by=by, at=at, precision=precision, time_is_right=True, answers=given)


def to_come(kind: str, at: datetime) -> dict[str, str]:
    """The answers that lie ahead of the event itself: a slot, the last dose."""
    if kind == "imaging.booked":
        return {"slot_at": (at + timedelta(hours=9)).isoformat()}
    return {"ends_on": (at + timedelta(days=7)).date().isoformat()} if kind == "steroids.taper_planned" else {}


def happen(
    to: Case,
    kind: str,
    /,
    *,
    at: datetime | None = None,
    recorded: datetime | None = None,
    by: User | None = None,
    override: dict[str, str] | None = None,
    precision: str = "minute",
    **answers,
) -> Event:
    """Record one event of a case by the real move or observation, with plausible answers where none are given."""
    by = by or teller(to.organisation)
    with typed(at, recorded):
        given = ANSWERS.get(kind, {}) | to_come(kind, at or clock.now()) | answers
        when = {"at": at, "precision": precision, "time_is_right": True}
        if kind in OBSERVATIONS:
            return observe(to, kind, by=by, **when, answers=given)
        events = list(Event.objects.filter(case=to).order_by("pk"))
        step, verb = step_for(to, kind, latest(at or clock.now(), precision), events, given)
        return advance(step, verb, by=by, **when, answers=given, override=override)


def case_at(kind: str, start: datetime = START, every: timedelta = timedelta(minutes=10), **fields) -> Case:
    """A case that has just come to an event: along ROUTE where it lies there, else straight from the suspicion."""
    made = case(at=start, **fields)
    steps = ROUTE[: ROUTE.index(kind) + 1] if kind in ROUTE else (kind,) if kind != "case.suspected" else ()
    for number, each in enumerate(steps, 1):
        happen(made, each, at=start + number * every)
    return Case.objects.get(pk=made.pk)
