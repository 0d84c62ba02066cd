"""Many cases whose next level falls due within a short while, and beside them what has to come of each.

What is due is written by hand here, not worked out by the ladder: a test that asked the product would believe it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from pathway.engine.suspect import suspect
from pathway.protocol import CURRENT
from pathway.protocol.types import Role
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.message import Address
from pathway.record.person import Organisation, Patient, Unit, User
from pathway.record.shift import Duty

# What each person of a unit holds, in and out of hours alike; and at which addresses they are told outside.
TEAM = {
    "coordinator": ((Role.COORDINATOR,), ("sms", "email")),
    "ward": ((Role.NURSE_IN_CHARGE, Role.SITE_NURSE, Role.RADIOGRAPHER), ()),
    "registrar": ((Role.RADIOLOGY_REGISTRAR,), ("email",)),
    "consultant": ((Role.CONSULTANT, Role.MSCC_LEAD), ("webhook", "sms")),
}
NO_REGISTRAR, NOBODY = 2, 2  # so many units where nobody is the registrar; where there is only a fixed contact
BEGUN, MINUTE, QUARTER, FAR = timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=12)
SCHEMA = """
CREATE SCHEMA IF NOT EXISTS faults;
CREATE TABLE IF NOT EXISTS faults.expected (clock bigint, rung int, at timestamptz, people bigint[]);
CREATE INDEX IF NOT EXISTS expected_clock ON faults.expected (clock, rung);
CREATE TABLE IF NOT EXISTS faults.before (alert bigint PRIMARY KEY);
CREATE TABLE IF NOT EXISTS faults.arrival (at timestamptz, line text, key text, taken boolean);
CREATE TABLE IF NOT EXISTS faults.away (what text, during tstzrange);
"""
EMPTY = """
SET session_replication_role = replica;
TRUNCATE pathway_patient, pathway_message, pathway_provider CASCADE;
TRUNCATE faults.expected, faults.before, faults.arrival, faults.away;
SET session_replication_role = DEFAULT;
"""
SOONER = """
UPDATE pathway_case SET wake_at = wake_at - %(by)s, next_amber_at = next_amber_at - %(by)s,
  next_due_at = next_due_at - %(by)s, overdue_from = overdue_from - %(by)s,
  suspected_at = suspected_at - %(by)s WHERE wake_at IS NOT NULL;
UPDATE pathway_clock SET wake_at = wake_at - %(by)s, amber_at = amber_at - %(by)s, due_at = due_at - %(by)s,
  started_at = started_at - %(by)s, entered_at = entered_at - %(by)s WHERE wake_at IS NOT NULL;
UPDATE pathway_alert SET raised_at = raised_at - %(by)s, called_at = called_at - %(by)s
  WHERE id IN (SELECT alert FROM faults.before);
UPDATE faults.expected SET at = at - %(by)s
"""
PAST_ALERTS = 5000
PAST = f"""
INSERT INTO pathway_alert (uuid, case_id, clock_id, protocol, rung, level, raised_at, late_entry, nobody, why,
  called_at, calls, passed_why, snoozed_by, acknowledged_by, stood_down_at, stood_down_why)
SELECT gen_random_uuid(), case_id, clock_id, protocol, n, level, raised_at, false, false, why, called_at, calls, '', '',
  '', stood_down_at, stood_down_why
FROM pathway_alert, generate_series(1, {PAST_ALERTS}) n;
INSERT INTO pathway_delivery (alert_id, user_id, channel, call, told_at)
SELECT alert.id, told.user_id, 'inbox', 1, told.told_at FROM pathway_alert alert, pathway_delivery told
WHERE alert.rung > 0
"""


@dataclass(frozen=True)
class Team:
    """One unit and who works there, by the words of TEAM; somebody who is not there is missing."""

    unit: Unit
    people: dict[str, User]

    def called(self, *names):
        """Who must be told, of these; where nobody works, the fixed contact."""
        return [self.people[name].pk for name in names if name in self.people] or [self.unit.fixed_contact_id]


@dataclass(frozen=True)
class Due:
    """One clock as it is made: what it stands at, and the levels that it must come to, each with who must be told."""

    team: Team
    standard: str
    at: datetime
    amber_at: datetime
    due_at: datetime
    steps: tuple[tuple[int, datetime, tuple[str, ...]], ...]
    called_at: datetime | None = None
    acting_until: datetime | None = None


class World:
    """The people of the load, made once, and one real case that all others are copies of."""

    def __init__(self, pager, units=30):
        """`pager` is the address of the gateway that consultants carry."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SCHEMA)
        self.trust = Organisation.objects.create(name="Trust of the faults", ods_code="FAULT")
        fixed = self.person("fixed", [Role.COORDINATOR], ("sms",), pager, 0)
        self.teams = [self.team(number, units, fixed, pager) for number in range(units)]
        patient = Patient.objects.create(organisation=self.trust, family_name="Test", initials="TT", synthetic=True)
        answers = {"class": "A", "suspected_by": "ward registrar", "place": "ward"}
        case = suspect(patient, self.teams[0].unit, by=self.teams[0].people["coordinator"], answers=answers)
        case = Case.objects.get(pk=case.pk)
        self.models = [values(patient), values(case), values(Event.objects.get(case=case))]

    def person(self, name, roles, channels, pager, number):
        """Somebody with verified addresses."""
        person = User.objects.create(username=f"{name}{number}", organisation=self.trust, roles=[roles[0].value])
        if roles[0] not in {Role.COORDINATOR}:
            User.objects.filter(pk=person.pk).update(roles=["clinician"])
        value = {
            "sms": f"+4477009{person.pk:05d}", "email": f"{name}{number}@hospital.example", "webhook": pager,
        }  # fmt: skip
        now = datetime.now(UTC)  # noqa: TID251 - the tests' own clock is the database's: it is the same machine's
        for place, channel in enumerate(channels):
            Address.objects.create(
                user=person, channel=channel, value=value[channel], place=place, added_at=now, verified_at=now
            )
        return person

    def team(self, number, units, fixed, pager):
        """A unit; of the last ones some have no registrar, some nobody at all."""
        unit = Unit.objects.create(organisation=self.trust, name=f"Unit {number}", fixed_contact=fixed)
        left = units - number
        missing = set(TEAM) if left <= NOBODY else {"registrar"} if left <= NOBODY + NO_REGISTRAR else set()
        people = {}
        for name, (roles, channels) in TEAM.items():
            if name in missing:
                continue
            people[name] = self.person(name, roles, channels, f"{pager}/{number}", number)
            Duty.objects.bulk_create([Duty(unit=unit, role=role.value, user=people[name]) for role in roles])
        return Team(unit, people)


def values(row):
    """The columns of a row, but for those that make it this row."""
    names = [field.attname for field in row._meta.concrete_fields]
    return type(row), {name: getattr(row, name) for name in names if name not in ("id", "uuid", "submission")}


def empty(world):
    """Take all cases and messages away; people and heartbeats stay, and a past that is over.

    A table that was empty when a connection opened is read through at each foreign key check: none ever is.
    """
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
    with transaction.atomic():  # no sweep sees it before it is over
        make(world, [limit(world.teams[0], datetime(2026, 1, 5, 9, tzinfo=UTC))])
        clock = Clock.objects.get()
        Clock.objects.update(ended_at=clock.due_at, outcome="met", wake_at=None)
        Case.objects.update(wake_at=None)
        Alert.objects.update(stood_down_at=clock.due_at, stood_down_why="clock ended")
    with connection.cursor() as cursor:
        cursor.execute(PAST)
        cursor.execute("TRUNCATE faults.expected, faults.before")
    analyse()


def analyse():
    """Let the database know how much there is, as it does by itself within a minute."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan(world, count, begin, window, random):
    """So many clocks that fall due from `begin` on within `window` seconds, over all units.

    What is told quietly comes early: a later urgent message takes along what waits for its minute to be over.
    """

    def during(first, last):
        return begin + timedelta(seconds=window * random.uniform(first, last))

    made = []
    for number, team in enumerate(world.teams):
        if not team.people:
            made.append(limit(team, during(0, 1)))
            continue
        early = during(0, 0.3)
        made += [near(team, early), climbs(team, early), silent(team, early) if number % 2 else lapses(team, early)]
        made.append(at_once(team, during(0.9, 1)))
    others = [team for team in world.teams if team.people]
    while len(made) < count:
        made.append(random.choice((limit, limit, at_once))(random.choice(others), during(0, 1)))
    return made


def storm(world, count, begin):
    """So many clocks that reach their limit at one instant."""
    others = [team for team in world.teams if team.people]
    return [limit(others[number % len(others)], begin) for number in range(count)]


COPIED = ("consultant", "coordinator")


def near(team, at):
    """A scan whose limit comes near."""
    return Due(team, "mri_a", at, at, at + FAR, ((0, at, ("coordinator", "ward")),))


def limit(team, at):
    """A first contact that was called for five minutes ago, and reaches its limit."""
    before = at - 5 * MINUTE
    return Due(team, "contact_a", at, before, at, ((1, at, COPIED),), called_at=before)


def climbs(team, at):
    """A first contact that comes near its limit, and reaches it six seconds later."""
    end = at + timedelta(seconds=6)
    return Due(team, "contact_a", at, at, end, ((0, at, ("coordinator", "ward")), (1, end, COPIED)))


def at_once(team, at):
    """A patient who got worse."""
    return Due(team, "deterioration", at, at, at + FAR, ((0, at, COPIED),))


def onward(team, at):
    """The registrar's level of a scan; where there is no registrar, the consultant's as well, at once."""
    if "registrar" in team.people:
        return ((1, at, ("registrar", "coordinator")),)
    return ((1, at, ("coordinator",)), (2, at, COPIED))


def silent(team, at):
    """A scan of which nobody said anything for a quarter of an hour."""
    before = at - QUARTER
    return Due(team, "mri_a", at, before, before + FAR, onward(team, at), called_at=before)


def lapses(team, at):
    """A scan on which somebody acted until now, and did nothing."""
    before = at - 10 * MINUTE
    return Due(team, "mri_a", at, before, before + FAR, onward(team, at), called_at=before, acting_until=at)


@transaction.atomic
def make(world, dues):
    """Write these clocks, with their cases and what was told of them before, and what is expected of each."""
    (patients, of_patient), (cases, of_case), (events, of_event) = world.models
    people = patients.objects.bulk_create([patients(**of_patient) for _ in dues], batch_size=1000)
    shown = [
        cases(**of_case | {
            "unit_id": due.team.unit.pk, "patient_id": person.pk, "wake_at": due.at, "next_standard": due.standard,
            "next_amber_at": due.amber_at, "next_due_at": due.due_at, "overdue_from": due.due_at,
            "suspected_at": due.amber_at - BEGUN,
        })
        for due, person in zip(dues, people, strict=True)
    ]  # fmt: skip
    cases.objects.bulk_create(shown, batch_size=1000)
    events.objects.bulk_create([events(**of_event | {"case_id": case.pk}) for case in shown], batch_size=1000)
    clocks = [
        Clock(
            case=case, standard=due.standard, started_at=due.amber_at - BEGUN, entered_at=due.amber_at - BEGUN,
            amber_at=due.amber_at, due_at=due.due_at, wake_at=due.at, rung=1 if due.called_at else 0,
        )
        for due, case in zip(dues, shown, strict=True)
    ]  # fmt: skip
    Clock.objects.bulk_create(clocks, batch_size=1000)
    before([(due, clock) for due, clock in zip(dues, clocks, strict=True) if due.called_at])
    rows = [(clock.pk, *step, due.team) for due, clock in zip(dues, clocks, strict=True) for step in due.steps]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO faults.expected VALUES (%s, %s, %s, %s)",
            [(clock, rung, at, team.called(*names)) for clock, rung, at, names, team in rows],
        )
        cursor.execute("NOTIFY pathway_wake")
    return len(rows)


def hurry(length):
    """Let everything that is to come come so much sooner; what it takes to write many is no part of the delay."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in SOONER.split(";"):
            cursor.execute(statement, {"by": length})
        cursor.execute("NOTIFY pathway_wake")


def before(known):
    """The first level of these clocks, told before: it is in the inbox, and on some of them somebody acts."""
    alerts = [
        Alert(
            case_id=clock.case_id, clock=clock, protocol=CURRENT, rung=0, level="E1", raised_at=due.called_at,
            called_at=due.called_at,
            **({"acknowledged_at": due.called_at + MINUTE, "acknowledged_by": "somebody",
                "acting_until": due.acting_until} if due.acting_until else {}),
        )
        for due, clock in known
    ]  # fmt: skip
    Alert.objects.bulk_create(alerts, batch_size=1000)
    told = [
        Delivery(alert=alert, user_id=due.team.called("coordinator")[0], told_at=due.called_at)
        for (due, _), alert in zip(known, alerts, strict=True)
    ]
    Delivery.objects.bulk_create(told, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO faults.before SELECT unnest(%s::bigint[])", [[alert.pk for alert in alerts]])
