"""Plays the demonstration's cases through the engine under simulated time, and removes them again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, models

from pathway.engine import now as clock
from pathway.engine.respond import LONGEST, acknowledge
from pathway.engine.story.read import Entry
from pathway.engine.story.replay import run_until, tell
from pathway.engine.suspect import KIND, suspect
from pathway.management.demo import cases, people
from pathway.management.demo.plan import ACKNOWLEDGED, Deed, Plan, span
from pathway.management.demo.rota import roster
from pathway.management.demo.usual import USUAL
from pathway.protocol.symptoms import SYMPTOMS
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import Patient, User

OLDER_BY = timedelta(minutes=8)
SLOT_AFTER = timedelta(hours=4)
LATELY = timedelta(minutes=10)
INSTANTS = ("slot_at", "until", "occurred_at", "ends_on")
BY = {"contact": "coordinator", "referral": "coordinator", "followup": "coordinator"} | dict.fromkeys(
    ("position", "orthosis", "physiotherapy", "occupational_therapy", "rehabilitation", "mobility", "discharge"),
    "physiotherapist",
)
BY_KIND = dict.fromkeys(
    ("position.cleared_to_sit", "position.freed", "position.immobilised", "position.ordered", "discharge.discharged"),
    "clinician",
) | dict.fromkeys(("case.entered_in_error", "case.assigned", "event.corrected", ACKNOWLEDGED), "coordinator")


def seed(number: int, now: datetime) -> int:
    """Make the demonstration, oldest case first, as it is at `now`; the same number makes the same cases."""
    random = Random(number)  # noqa: S311 (nothing secret)
    taken = set(Patient.objects.exclude(nhs_number="").values_list("nhs_number", flat=True))
    identities = people.identities(random, now.date(), taken)
    made = 0
    for ods_code, plans in ((people.HOME, cases.HOME), (people.NEIGHBOUR, cases.NEIGHBOUR)):
        staff = people.staff(ods_code)
        aged = [(plan, now - plan.ago - (timedelta() if plan.exact else OLDER_BY * random.random())) for plan in plans]
        for plan, suspected in sorted(aged, key=lambda each: each[1]):
            play(plan, suspected, next(identities), staff, now)
            made += 1
        roster(staff, now)
    return made


def play(plan: Plan, suspected: datetime, identity: Mapping[str, object], staff: people.Staff, now: datetime) -> Case:
    """Let one case happen, each entry at the time it was recorded, and sweep whenever something falls due."""
    anyone = next(iter(staff.users.values()))
    with clock.at(suspected):
        case = suspect(
            people.patient_of(plan, dict(identity), staff.organisation),
            staff.unit(plan.place),
            by=staff.users.get("clinician", anyone),
            at=suspected,
            time_is_right=True,
            answers={
                "class": plan.klass,
                "suspected_by": "Referring doctor",
                "place": plan.place,
                "symptoms": [code for code in plan.symptoms if code in SYMPTOMS],
            },
        )
    reached = suspected
    acts = staff.users.get("coordinator", anyone) if plan.answered else None
    for each in sorted(plan.deeds, key=lambda deed: deed.after + deed.late):
        recorded = suspected + each.after + each.late
        run_until(case, recorded, acts, reached=reached, before=True, length=LONGEST)
        reached = recorded
        with clock.at(recorded):
            by = staff.users.get(BY_KIND.get(each.kind) or BY.get(each.kind.split(".")[0], "clinician"), anyone)
            happen(case, entry(plan, each, suspected), by)
    lately = max(reached, now - LATELY)
    run_until(case, lately, acts, reached=reached, before=False, length=LONGEST)
    run_until(case, now, None, reached=lately, before=False)
    return case


def happen(case: Case, entry: Entry, by: User) -> None:
    """Record one entry, or acknowledge the newest open alert."""
    if entry.kind == ACKNOWLEDGED:
        acknowledge(Alert.objects.open().filter(case=case).latest("raised_at", "pk"), by=by)
    else:
        tell(case, entry, by)


def entry(plan: Plan, each: Deed, suspected: datetime) -> Entry:
    """A deed with its instants and the usual answers."""
    at = suspected + each.after
    answers = {**USUAL.get(each.kind, {}), **each.answers}
    if each.kind == "referral.triaged":
        answers.setdefault("class", plan.klass)
    for name in INSTANTS:
        if name in answers:
            instant = suspected + span(answers[name])
            answers[name] = instant.date().isoformat() if name.endswith("_on") else instant.isoformat()
    if each.kind == "imaging.booked":
        answers.setdefault("slot_at", (at + SLOT_AFTER).isoformat())
    return Entry(each.kind, at, at + each.late, answers, None)


def demonstration() -> models.QuerySet[Case]:
    """The cases that seeding made: of invented patients, and begun by no form, as every case is that people type.

    One that somebody has tied to a typed case, by a link, a merge or a moved entry, is no longer of the demonstration.
    """
    begun = Event.objects.filter(case=models.OuterRef("pk"), kind=KIND, submission=None)
    invented = Case.objects.filter(organisation__ods_code__in=people.ORGANISATIONS, patient__synthetic=True)
    made = invented.filter(models.Exists(begun))
    typed = Case.objects.exclude(pk__in=made.values("pk"))
    tied = models.Q(followed_by__in=typed) | models.Q(absorbed__in=typed) | models.Q(survivor__in=typed)
    tied |= models.Q(events__moved_to__case__in=typed)
    return made.exclude(pk__in=Case.objects.filter(tied).values("pk"))


def remove() -> None:
    """Delete the demonstration's cases with all that hangs on them, inside the caller's transaction.

    Raises:
        ProgrammingError: the database's user may not step round the trigger that keeps events.
    """
    pairs = list(demonstration().values_list("pk", "patient_id"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        delete(Case, [case for case, _ in pairs])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    gone = Patient.objects.filter(pk__in=[patient for _, patient in pairs], cases=None)
    delete(Patient, list(gone.values_list("pk", flat=True)))


def delete(model: type[models.Model], keys: list[int]) -> None:
    """Delete rows after every row that points to them, in whatever table that is.

    Each step names its keys: nested queries over rows written a moment ago have no statistics to be planned by.
    """
    if not keys:
        return
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.related_model is not model:
            child: Any = relation.related_model
            pointing = child._default_manager.filter(**{f"{relation.field.name}__in": keys})
            delete(child, list(pointing.values_list("pk", flat=True)))
    with connection.cursor() as cursor:
        table, key = (connection.ops.quote_name(name) for name in (model._meta.db_table, str(model._meta.pk.column)))
        cursor.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s)", [keys])  # noqa: S608 (names of the models)
