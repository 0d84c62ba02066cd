"""What leaves the hospital: level, initials, code, clock and due time, in few letters; never who the patient is."""

import itertools
import re
from datetime import date, time, timedelta

import pytest

from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.tick import tick
from pathway.notify import text
from pathway.notify.deliver import deliver
from pathway.record.alert import Alert, Delivery
from pathway.record.clock import Clock
from pathway.record.message import Address, Message
from pathway.record.person import Patient
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
NAMED = {
    "family_name": "Featherstonehaugh",
    "given_names": "Wilhelmina Constance",
    "local_number": "RX7788123",
    "local_issuer": "Royal Infirmary",
    "birth_date": date(1957, 4, 12),
}
BIRTH = ("1957", "12/04", "12 Apr", "04-12", "120457")


def everything(sinks):
    """Every letter that any provider was given."""
    return "\n".join(f"{each.text} {each.headers} {each.body.decode('utf-8', 'replace')}" for each in sinks.came())


def test_no_field_of_a_patient_is_in_any_message_over_any_channel(sinks, reach, trust, unit, due):
    number = factories.a_number()
    who = factories.patient(trust, nhs_number=number, **NAMED)
    for channel in ("sms", "email", "webhook"):
        person = factories.user("coordinator", trust)
        factories.duty(unit, "coordinator", person)
        reach(person, channel)
    due(who=who), due("E3", who=who)
    deliver()
    said = everything(sinks)
    assert len(sinks.taken()) == 3
    kept = {field.name: getattr(who, field.name) for field in Patient._meta.concrete_fields}
    told = [str(value) for name, value in kept.items() if isinstance(value, str) and value]
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    for word in {*told, *NAMED["given_names"].split(), str(who.uuid), number, spaced, *BIRTH, *who.sounds}:
        assert word.casefold() not in said.casefold(), word
    assert "WCF M" in said
    assert text.initials(who) == "WCF"


@pytest.mark.parametrize(
    ("fields", "initials"),
    [
        ({"family_name": "O'Neil", "given_names": "Ann"}, "AO"),
        ({"family_name": "Test", "given_names": ""}, "T"),
        ({"family_name": "d'Arc", "given_names": "jeanne marie anne"}, "JMD"),
        ({"initials": "AB"}, "AB"),
        ({"initials": "ab"}, "A"),
        ({"initials": "Ann"}, "A"),
        ({"initials": "Ann", "family_name": "Test"}, "T"),
        ({"initials": "A. b."}, "A"),
        ({"initials": "A.B.C."}, "ABC"),
        ({"initials": "SMITH"}, "S"),
        ({"initials": "1234567"}, "?"),
        ({"family_name": "", "initials": ""}, "?"),
        ({"family_name": "'", "given_names": "4"}, "?"),
    ],
)
def test_initials_are_three_letters_at_most_and_never_a_name(fields, initials):
    assert text.initials(Patient(**fields)) == initials


@pytest.mark.parametrize("count", [1, 2, 3, 9, 40])
def test_a_text_message_is_short_and_counts_what_no_longer_fits(sinks, reach, on_duty, due, count):
    reach(on_duty[0], "sms")
    due(count=count)
    deliver()
    (came,) = sinks.taken()
    assert len(came.text) <= 450
    lines = came.text.splitlines()
    told = [line for line in lines if line.startswith("E1")]
    more = re.search(r"and (\d+) more", came.text)
    assert len(told) + (int(more[1]) if more else 0) == count
    assert lines[-1] == "Sign in: https://pathway.hospital.example/inbox/"


@pytest.mark.parametrize("letters", range(0, 60, 7))
def test_what_fits_is_filled_and_the_first_is_always_there(letters):
    kept = text.fitting((f"line {number}" for number in range(9)), 9, letters)
    assert kept[0] == "line 0"
    assert sum(len(each) + 1 for each in kept) <= max(letters, len("line 0\nand 8 more\n"))
    assert len([each for each in kept if each.startswith("line")]) == 9 or kept[-1].endswith("more")


def test_without_an_address_of_the_service_a_message_names_none(settings):
    settings.SITE_URL = ""
    assert text.sign_in() == "Sign in"
    settings.SITE_URL = "https://x.example/"
    assert text.sign_in() == "Sign in: https://x.example/inbox/"


def line_of(alert, **later):
    return text.line(
        Alert.objects.select_related("clock", "case__patient").get(pk=alert.pk), clock.now() + timedelta(**later)
    )


def test_an_alert_after_an_outage_says_that_it_is_late_and_since_when(on_duty, unit):
    case = factories.case(place=unit, at=clock.now() - timedelta(minutes=50))
    tick()
    assert "(told late, since " in line_of(case.alerts.get())


def test_an_alert_in_time_says_nothing_of_late(on_duty, due):
    (alert,) = due()
    assert "late" not in line_of(alert)
    assert "late" in line_of(alert, minutes=3)


def test_a_start_that_was_recorded_late_makes_no_late_alert(on_duty, unit):
    now = clock.now()
    case = factories.case(place=unit, at=now - timedelta(hours=3), recorded=now)
    tick()
    assert "late" not in line_of(case.alerts.order_by("rung").last())


def test_a_level_that_was_held_back_because_somebody_acted_is_not_late(unit, trust):
    """Its time was while somebody acted; it is raised when they had let it pass, and is to be told from then on."""
    person = factories.user("clinician", trust)
    for role in ("coordinator", "radiology registrar", "duty radiographer"):
        factories.duty(unit, role, person)
    made = factories.case(place=unit, at=clock.now() - timedelta(hours=40))
    amber = made.clocks.get(standard="mri_a").amber_at
    with clock.at(amber):
        tick()
    first = Alert.objects.get(case=made, clock__standard="mri_a")
    for acts in (timedelta(minutes=5), timedelta(hours=4)):
        with clock.at(amber + acts):
            respond.acknowledge(first, by=person, until=amber + acts + timedelta(hours=4))
    with clock.at(amber + timedelta(hours=7)):
        tick()
    assert not Alert.objects.filter(clock=first.clock, level="E2").exists()
    with clock.at(amber + timedelta(hours=8, seconds=2)):
        tick()
    second = Alert.objects.get(clock=first.clock, level="E2")
    assert (second.why, text.should_have_been(second)) == ("time", amber + timedelta(hours=8))


def test_a_level_that_was_passed_on_is_late_from_then_on(on_duty, due):
    (alert,) = due()
    respond.decline(alert, by=on_duty[0], reason="in theatre")
    tick()
    raised = Alert.objects.filter(clock=alert.clock).latest("rung")
    assert text.should_have_been(raised) == raised.called_at


QUIET = (
    (time(22), time(7), "21:59", False),
    (time(22), time(7), "22:00", True),
    (time(22), time(7), "06:59", True),
    (time(22), time(7), "07:00", False),
    (time(13), time(14), "13:30", True),
    (time(13), time(14), "14:00", False),
    (None, None, "03:00", False),
)


@pytest.mark.parametrize(("begin", "until", "at", "quiet"), QUIET)
@pytest.mark.parametrize(("day", "offset"), [("2026-01-14", 0), ("2026-07-14", 1)])
def test_quiet_hours_are_by_the_clock_on_the_wall(*, begin, until, at, quiet, day, offset):
    now = factories.at(f"{day} {at}") - timedelta(hours=offset)
    assert Address(quiet_from=begin, quiet_until=until).is_quiet(now) is quiet


def test_the_order_is_by_level_then_by_how_long_overdue():
    def alert(level, due):
        return Alert(level=level, clock=Clock(due_at=due))

    now = factories.at("2026-03-02 09:00")
    levels = [
        alert(level, now + timedelta(minutes=late))
        for level, late in itertools.product(("E1", "E3", "EX", "E4", "E2"), (0, -9))
    ]
    told = sorted(levels, key=text.rank)
    assert [each.level for each in told] == ["EX", "EX", "E4", "E4", "E3", "E3", "E2", "E2", "E1", "E1"]
    assert all(first.clock.due_at < second.clock.due_at for first, second in zip(told[::2], told[1::2], strict=True))


def test_deliveries_that_wait_are_kept_apart_by_address(sinks, reach, trust, unit, due):
    for _ in range(3):
        person = factories.user("coordinator", trust)
        factories.duty(unit, "coordinator", person)
        reach(person, "email")
    due(count=2)
    deliver()
    assert Message.objects.count() == 3
    for message in Message.objects.all():
        assert set(message.deliveries.values_list("address", "user")) == {(message.address_id, message.address.user_id)}
    assert not Delivery.objects.exclude(address=None).filter(message=None).exists()
