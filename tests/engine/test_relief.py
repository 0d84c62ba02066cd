"""A change of the rota holds up no alarm, and whoever comes on duty by time alone is told of what had told nobody."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pathway.engine import now as clock
from pathway.engine import recount, rota_file
from pathway.engine.duty import BUSY, put_on
from pathway.engine.refused import Refused
from pathway.engine.shifts import add
from pathway.engine.tick import tick
from pathway.protocol.types import Role
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Fault, Heartbeat
from pathway.record.message import Address
from pathway.record.notice import Notice
from pathway.record.person import Unit
from pathway.record.rota import told as on_ladders
from pathway.record.shift import RotaChange, Shift
from tests import factories
from tests.engine.truth import assert_true
from tests.factories import START
from tests.faults.crowd import at_once, elsewhere, impatient

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ELEVEN = START + 2 * HOUR
pytestmark = pytest.mark.django_db(transaction=True)


def held(case):
    """Somebody else is at work on this case."""
    return elsewhere(lambda: Case.objects.select_for_update(no_key=True).get(pk=case.pk))


def tick_at(moment):
    with clock.at(moment):
        tick()


def shift(unit, person, role, starts_at=ELEVEN, hours=8):
    return Shift.objects.create(
        kind="extra", unit=unit, role=role, user=person, starts_at=starts_at, ends_at=starts_at + hours * HOUR
    )


def told(case, person, standard="contact_a"):
    mine = Delivery.objects.filter(user=person, alert__case=case, alert__clock__standard=standard)
    return list(mine.order_by("alert__rung", "call").values_list("alert__level", "told_at", "call"))


@pytest.fixture
def case(unit):
    return factories.case(place=unit)


@pytest.fixture
def clinician(trust):
    return factories.user("clinician", trust)


def test_the_first_sweep_of_the_minute_tells_whoever_has_begun_a_shift_of_every_level_that_told_nobody(
    case, unit, clinician
):
    for role in ("nurse in charge", "on-call consultant"):
        shift(unit, clinician, role)
    for minutes in (30, 60, 90, 119):
        tick_at(START + minutes * MINUTE)
    alerts = Alert.objects.filter(case=case, clock__standard="contact_a").order_by("rung")
    assert [(alert.level, alert.nobody) for alert in alerts] == [("E1", True), ("E3", True)]
    assert told(case, clinician) == []
    tick_at(ELEVEN + SECOND)
    first = [("E1", ELEVEN + SECOND, 1), ("E3", ELEVEN + SECOND, alerts[1].calls)]
    assert told(case, clinician) == first
    assert [alert.nobody for alert in alerts.all()] == [False, False]
    assert_true(case)
    found = recount.clocks(ELEVEN + SECOND)
    assert (found.missing, found.asleep, recount.standing()[0]) == (0, 0, 0)
    for seconds in (2, 30, 61, 130):
        tick_at(ELEVEN + seconds * SECOND)
    assert told(case, clinician) == first


def test_two_sweeps_at_once_tell_whoever_has_begun_a_shift_once(trust):
    ward, person = factories.unit(trust), factories.user("clinician", trust)
    at = clock.now()
    cases = [factories.case(place=ward, at=at - 2 * HOUR) for _ in range(12)]
    tick(by="celery")
    Address.objects.create(user=person, channel="sms", value="+447700900001", added_at=at, verified_at=at)
    for role in on_ladders():
        shift(ward, person, role.value, starts_at=at - SECOND)
    for _ in range(3):
        at_once(*(lambda name=name: tick(by=name) for name in ("one", "two", "three")))
        connection.cursor().execute("UPDATE pathway_heartbeat SET at = at - interval '1 min'")
    standing = Alert.objects.open().filter(case__in=cases, rung=0)
    assert standing.count() >= 12
    for alert in standing:
        assert sorted(alert.deliveries.values_list("channel", "user")) == [("inbox", person.pk), ("sms", person.pk)]
    assert not Alert.objects.filter(case__in=cases, nobody=True, level__in=("E1", "E3")).exists()


def test_an_owner_who_is_back_is_told_where_the_rota_is_empty(case, clinician):
    clinician.first_name, clinician.last_name = "Olive", "Owner"
    clinician.save()
    Shift.objects.create(kind="away", user=clinician, starts_at=START - HOUR, ends_at=ELEVEN)
    factories.happen(case, "case.assigned", at=START + MINUTE, to="Olive Owner")
    tick_at(START + 30 * MINUTE)
    assert Alert.objects.get(case=case, clock__standard="contact_a", rung=0).nobody
    assert told(case, clinician) == []
    tick_at(ELEVEN)
    assert [(level, at) for level, at, _ in told(case, clinician)] == [("E1", ELEVEN)]


def test_a_case_that_was_set_aside_holds_up_nobody_elses_relief(case, unit, clinician):
    other = factories.case(place=unit)
    tick_at(START + 31 * MINUTE)
    Fault.objects.create(case=other, error="a bad one", at=START)
    Case.objects.filter(pk=other.pk).update(protocol="mscc-1999.9")
    Alert.objects.filter(case=other).update(protocol="mscc-1999.9")
    shift(unit, clinician, "nurse in charge", starts_at=START + 32 * MINUTE)
    Case.objects.filter(pk=other.pk).update(wake_at=None)
    tick_at(START + 32 * MINUTE)
    assert [level for level, *_ in told(case, clinician)] == ["E1"]
    assert told(other, clinician) == []


@pytest.mark.parametrize("what", ["version", "clock", "level"])
def test_what_only_a_newer_release_knows_holds_up_nobodys_relief(*, case, unit, clinician, what):
    other = factories.case(place=unit)
    tick_at(START + 31 * MINUTE)
    alert = Alert.objects.get(case=other, clock__standard="contact_a", level="E1")
    if what == "version":
        Case.objects.filter(pk=other.pk).update(protocol="mscc-2099.1")
        Alert.objects.filter(pk=alert.pk).update(protocol="mscc-2099.1")
    elif what == "clock":
        Clock.objects.filter(pk=alert.clock_id).update(standard="of_a_newer_release")
    else:
        Alert.objects.filter(pk=alert.pk).update(rung=9)
    shift(unit, clinician, "nurse in charge", starts_at=START + 32 * MINUTE)
    tick_at(START + 32 * MINUTE)
    assert [level for level, *_ in told(case, clinician)] == ["E1"]
    assert not alert.deliveries.exists()
    assert Heartbeat.objects.get(name="tick").at == START + 32 * MINUTE


def test_the_rota_changes_while_somebody_is_at_work_on_a_case_and_the_next_minute_tells(case, unit, clinician):
    tick_at(START + 31 * MINUTE)
    impatient(300)
    with held(case), clock.at(START + 32 * MINUTE):
        assert put_on(unit, Role.NURSE_IN_CHARGE, clinician, by=clinician) == 0
    assert told(case, clinician) == []
    tick_at(START + 33 * MINUTE)
    assert [level for level, *_ in told(case, clinician)] == ["E1"]


def test_a_change_of_the_rota_locks_only_the_cases_that_had_told_nobody(trust, clinician):
    ward = factories.unit(trust)
    quiet, loud = factories.case(place=ward), factories.case(place=ward, at=START - HOUR)
    with CaptureQueriesContext(connection) as asked, clock.at(START + MINUTE):
        put_on(ward, Role.NURSE_IN_CHARGE, clinician, by=clinician)
    assert locks(asked) == []
    tick_at(START + 2 * MINUTE)
    with CaptureQueriesContext(connection) as asked, clock.at(START + 3 * MINUTE):
        assert put_on(ward, Role.CONSULTANT, factories.user("clinician", trust), by=clinician) >= 1
    (lock,) = locks(asked)
    assert f"({loud.pk})" in lock
    assert str(quiet.pk) not in lock.split("WHERE")[1].split("ORDER")[0].replace(str(loud.pk), "")
    assert "SKIP LOCKED" in lock


def locks(asked):
    return [each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"] and '"pathway_case"' in each["sql"]]


def rows(*units, person, days=2):
    lines = ["unit,role,username,from,to"]
    for unit in units:
        for day in range(1, days + 1):
            lines.append(
                f"{unit.name},coordinator,{person.username},2026-03-{day + 2:02} 08:00,2026-03-{day + 2:02} 20:00"
            )
    return "\n".join(lines).encode()


def test_a_file_is_saved_before_anybody_is_told_and_the_organisation_is_looked_at_once_with_nothing_locked(
    trust, administrator, clinician
):
    units = [factories.unit(trust) for _ in range(3)]
    for unit in units:
        factories.case(place=unit, at=START - HOUR)
    tick_at(START + 2 * MINUTE)
    with clock.at(START + 3 * MINUTE):
        kinds = Notice.objects.count()
        with CaptureQueriesContext(connection) as asked:
            report, _ = rota_file.enter(rows(*units, person=clinician), administrator)
    assert len(report.new) == Shift.objects.count() == 6
    said = [each["sql"] for each in asked]
    looks = [place for place, sql in enumerate(said) if sql.startswith('UPDATE "pathway_notice"')]
    assert kinds == 0
    assert len(looks) == len({said[place].split("kind")[1][:30] for place in looks}) <= 5
    assert said[: looks[0]].count("BEGIN") == said[: looks[0]].count("COMMIT") >= 1
    assert RotaChange.objects.count() == 3


def test_what_two_people_enter_at_the_same_moment_is_refused_and_nothing_of_it_is_kept(
    trust, unit, administrator, clinician
):
    same = {"starts_at": START + 23 * HOUR, "ends_at": START + 35 * HOUR}
    with clock.at(START), elsewhere(lambda: shift(unit, clinician, "coordinator", same["starts_at"], 12)) as commit:
        threading.Timer(0.3, commit).start()
        with pytest.raises(Refused, match=BUSY):
            rota_file.enter(rows(unit, person=clinician), administrator)
    assert Shift.objects.count() == 1
    assert not RotaChange.objects.exists()
    with clock.at(START):
        report, _ = rota_file.enter(rows(unit, person=clinician), administrator)
        assert len(report.new) == 1
        assert add(Shift(kind="extra", unit=unit, role="coordinator", user=clinician, **same), by=administrator) == 0


def test_a_wait_that_grows_too_long_is_refused_and_any_other_fault_is_not_hidden(unit, administrator, clinician):
    impatient(200)
    busy = elsewhere(lambda: Unit.objects.select_for_update().get(pk=unit.pk))
    with busy, clock.at(START), pytest.raises(Refused, match=BUSY):
        rota_file.enter(rows(unit, person=clinician), administrator)
    nowhere = Unit(pk=unit.pk + 1000, name="nowhere", organisation=unit.organisation)
    with pytest.raises(Exception, match="foreign key"):
        put_on(nowhere, Role.COORDINATOR, clinician, by=administrator)
    assert not Shift.objects.exists()
