"""What the auditor finds lost in telling, and what it takes for no fault."""

from datetime import time, timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine.alerts import recall
from pathway.engine.hush import suspend
from pathway.engine.reconcile import counts
from pathway.engine.recount import raised
from pathway.engine.repin import repin
from pathway.engine.respond import ask_for_help
from pathway.engine.suspect import suspect
from pathway.protocol.hours import LONDON
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.message import Address, Message, Provider
from pathway.record.person import Unit
from tests.engine.test_audit import MINUTE, SECOND, audit_at, found, tick_at
from tests.factories import ANSWERS, START, duty, patient, teller, user
from tests.factories import case as a_case

AMBER = START + 30 * MINUTE
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(unit):
    """Two coordinators on duty, each with an address that was proved long ago."""
    found = [user("coordinator", unit.organisation) for _ in range(2)]
    for person in found:
        duty(unit, "coordinator", person)
        Address.objects.create(
            user=person, channel="sms", value=f"+4477009{person.pk:05d}", added_at=START, verified_at=START
        )
    return found


@pytest.fixture
def case(unit, people):
    return a_case(place=unit)


@pytest.mark.parametrize("channel", ["inbox", "sms"])
def test_what_one_of_two_people_was_told_is_missed_in_the_inbox_and_outside(case, people, channel):
    tick_at(AMBER)
    assert found(audit_at(AMBER + SECOND)) == {}
    Delivery.objects.filter(user=people[1], channel=channel).delete()
    assert found(audit_at(AMBER + 2 * SECOND)) == {"untold": 1}
    levels = counts(AMBER.date())["levels"]["E1"]
    assert (levels["raised"], levels["told"], levels["untold"]) == ((1, 0, 1) if channel == "inbox" else (1, 1, 0))


@pytest.mark.parametrize(
    "fields",
    [{"verified_at": None}, {"verified_at": AMBER}, {"removed_at": AMBER}],
    ids=["unproved", "later", "removed"],
)
def test_who_had_no_address_in_use_when_they_were_told_is_missed_nowhere_outside(case, people, fields):
    Address.objects.filter(user=people[1]).update(**fields)
    tick_at(AMBER)
    Delivery.objects.filter(user=people[1], channel="sms").delete()
    assert found(audit_at(AMBER + SECOND)) == {}


def test_an_alert_that_is_in_nobodys_inbox_is_found(case):
    tick_at(AMBER)
    assert audit_at(AMBER + SECOND).told == 1
    Delivery.objects.all().delete()
    assert found(audit_at(AMBER + MINUTE)) == {"untold": 1, "nobody": 1}
    Alert.objects.update(people=0)
    assert found(audit_at(AMBER + MINUTE)) == {"untold": 1, "nobody": 1}, "somebody was on duty"


def test_an_alert_that_told_nobody_for_want_of_anybody_is_said_until_a_fixed_contact_hears_of_it(unit):
    a_case(place=unit)
    tick_at(AMBER)
    seen = audit_at(AMBER + SECOND)
    assert (found(seen), seen.is_clean) == ({"nobody": 1}, False)
    assert str(seen).endswith("1 standing and told to nobody, for want of anybody on duty and of a fixed contact")
    Unit.objects.update(fixed_contact=user("coordinator", unit.organisation))
    tick_at(AMBER + 2 * timedelta(hours=1))
    contact = Clock.objects.get(standard="contact_a").alerts.latest("rung")
    assert contact.people == 1
    assert audit_at(AMBER + 2 * timedelta(hours=1) + SECOND).nobody == 0


def test_a_recall_tells_outside_too_whoever_was_told_before_and_is_off_duty_now(case, people):
    tick_at(AMBER)
    people[0].duties.all().delete()
    recall([Alert.objects.select_related("case", "clock").get()], now=AMBER + MINUTE)
    again = Delivery.objects.filter(call=2)
    assert again.filter(user=people[0], channel="sms").exists()
    assert Alert.objects.get().people == 4
    assert found(audit_at(AMBER + MINUTE + SECOND)) == {}


def test_help_asked_for_while_a_clock_is_suspended_is_missed_too(case, people):
    """The suspension holds back time and silence, not what somebody passes on."""
    Address.objects.all().delete()
    tick_at(AMBER)
    alert = Alert.objects.get()
    review = {"why": "unfit", "named": "Dr Grey", "until": (AMBER + timedelta(hours=3)).isoformat()}
    with clock.at(AMBER + MINUTE):
        suspend(case, "contact_a", by=teller(case.organisation), answers=review)
    assert found(audit_at(AMBER + 10 * MINUTE)) == {}
    with clock.at(AMBER + 11 * MINUTE):
        ask_for_help(Alert.objects.get(pk=alert.pk), by=people[0])
    Clock.objects.filter(case=case).update(wake_at=AMBER + timedelta(hours=3))
    Case.objects.update(wake_at=AMBER + timedelta(hours=3), changed_at=AMBER)
    assert audit_at(AMBER + 12 * MINUTE).missing == 1
    tick_at(AMBER + 13 * MINUTE)
    seen = audit_at(AMBER + 13 * MINUTE + SECOND)
    assert (seen.missing, seen.late_ms) == (0, 2 * 60_000), "since help was asked for"


def test_before_its_first_level_a_suspended_clock_is_not_waited_for(case):
    review = {"why": "unfit", "named": "Dr Grey", "until": (START + timedelta(hours=3)).isoformat()}
    with clock.at(START + MINUTE):
        suspend(case, "mri_a", by=teller(case.organisation), answers=review)
    tick_at(START + timedelta(hours=3))
    assert found(audit_at(START + timedelta(hours=3, seconds=30))) == {}


def test_quiet_hours_excuse_what_waits_only_while_it_is_quiet_on_the_wall(case):
    tick_at(AMBER)
    late = AMBER + 10 * MINUTE
    local = late.astimezone(LONDON)
    Address.objects.update(quiet_from=time(3), quiet_until=time(4))
    assert found(audit_at(late)) == {"unsent": 2}
    Address.objects.update(quiet_from=time(3), quiet_until=(local + MINUTE).time())
    assert found(audit_at(late)) == {}
    Address.objects.update(quiet_until=(local - MINUTE).time())
    assert found(audit_at(late)) == {}, "it has two minutes from the end of the quiet hours on"
    Address.objects.update(quiet_until=(local - 3 * MINUTE).time())
    assert found(audit_at(late)) == {"unsent": 2}


@pytest.mark.parametrize(("minutes", "unsent", "trouble"), [(4, 0, False), (6, 1, True)])
def test_a_provider_that_wants_a_pause_is_no_fault_for_five_minutes_and_then_a_trouble(case, minutes, unsent, trouble):
    address = Address.objects.first()
    Message.objects.create(address=address, subject="1", body="1", created_at=START, next_at=START)
    Provider.objects.create(name="sms", paused_until=START + 2 * MINUTE + minutes * MINUTE)
    seen = audit_at(START + 2 * MINUTE)
    assert seen.unsent == unsent
    assert any("“sms” wants no call until" in each for each in seen.troubles) == trouble


def test_an_alert_is_counted_by_the_ladder_on_which_it_was_raised(unit, people):
    """Between 2026.1 and 2026.2 the second level of the scan goes from the limit to six hours before it."""
    by, limit = teller(unit.organisation), START + timedelta(hours=24)
    with clock.at(START):
        case = suspect(
            patient(unit.organisation), unit, by=by, at=START, answers=ANSWERS["case.suspected"], version="mscc-2026.1"
        )
    tick_at(limit)
    (told,) = Alert.objects.filter(case=case, clock__standard="mri_a")
    assert (told.level, told.rung) == ("E3", 1)
    with clock.at(limit + MINUTE):
        repin(case, to="mscc-2026.2", by=by, why="agreed anew")
    (counted,) = [each for each in raised(START, limit) if each.id == told.pk]
    assert (counted.was_due, counted.late_ms, counted.early) == (limit, 0, False)
