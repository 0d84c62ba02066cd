"""A fire drill: every level, whoever is on duty, nobody's case; it ends by itself and is in no list and no figure."""

from datetime import time, timedelta

import pytest

from pathway import protocol, worklist
from pathway.engine import drill
from pathway.engine import now as clock
from pathway.engine.audit import audit
from pathway.engine.likely import likely
from pathway.engine.refused import Refused
from pathway.engine.tick import tick
from pathway.notify.inbox import inbox, unread
from pathway.protocol.drill import LEVELS, PACE, PROTOCOL
from pathway.record.alert import Alert, Delivery
from pathway.record.case import Case
from pathway.record.drill import Drill
from pathway.record.heartbeat import Heartbeat
from pathway.record.message import Address, Message
from pathway.record.person import Unit
from pathway.record.shift import Pattern, Shift
from pathway.tasks import drill as by_timetable
from tests.factories import START, duty, user
from tests.factories import case as a_case
from tests.factories import unit as a_unit

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def started(unit, at=START):
    with clock.at(at):
        return drill.start(unit)


def swept(until, since=START):
    """Sweep each second, from the first to the last."""
    for seconds in range(int((until - since).total_seconds()) + 1):
        with clock.at(since + seconds * SECOND):
            tick(by="sweeper")


@pytest.fixture
def manned(unit):
    """A unit in which somebody holds each role that a drill tells."""
    person = user("coordinator", unit.organisation, "clinician")
    for role in dict.fromkeys(role for rung in PROTOCOL.all[0].ladder for role in rung.roles(in_hours=True)):
        duty(unit, role.value, person)
    return unit


def test_its_ladder_tells_whom_the_current_protocol_tells_at_each_level():
    current = protocol.get(protocol.CURRENT).all
    (standard,) = PROTOCOL.all
    assert [rung.level for rung in standard.ladder] == list(LEVELS)
    for rung in standard.ladder:
        told = {role for each in current for other in each.ladder if other.level is rung.level
                for role in (*other.tell, *other.tell_out, *other.copy)}  # fmt: skip
        assert set(rung.tell) == told
    assert protocol.get("drill") is PROTOCOL
    assert "drill" not in protocol.VERSIONS, "no case of a patient can have it"


def test_it_climbs_through_every_level_and_reports_the_times(manned):
    going = started(manned)
    swept(going.started_at + PACE * len(LEVELS))
    alerts = Alert.objects.filter(case=going.case).order_by("rung")
    assert [alert.level for alert in alerts] == [level.value for level in LEVELS]
    assert [alert.raised_at - START for alert in alerts] == [PACE * (n + 1) for n in range(len(LEVELS))]
    with clock.at(START + PACE * 6):
        assert drill.end_all() == [going]
    done = Drill.objects.get()
    assert [(each["level"], each["late_ms"], each["nobody"]) for each in done.levels] == [
        (level.value, 0, False) for level in LEVELS
    ]
    assert done.proved == [
        "5 of 5 levels were raised, the latest 0.00 s after its time.",
        "inbox: 5 rows were written, each with its alert.",
    ]
    assert done.not_proved[0] == "Any channel outside the service: nobody who was told has a verified address."
    assert str(done) == f"drill in {manned} at 2026-03-02 09:00"


def test_it_ends_by_itself_its_alerts_stand_down_and_nobody_is_acknowledged_for(manned):
    going = started(manned)
    swept(START + PACE * 6)
    with clock.at(START + PACE * 6):
        drill.end_all()
        assert drill.end(going, clock.now()).ended_at == clock.now(), "once"
    assert not Alert.objects.open().exists()
    assert not Alert.objects.exclude(acknowledged_at=None).exists()
    case = Case.objects.get()
    assert (case.state, case.is_open, case.wake_at) == ("closed", False, None)


def test_a_drill_in_which_nothing_is_raised_ends_too_and_says_so(manned):
    going = started(manned)
    with clock.at(going.ends_at - SECOND):
        assert drill.end_all() == []
    with clock.at(going.ends_at):
        assert drill.end_all() == [going]
    done = Drill.objects.get()
    assert done.proved == ["0 of 5 levels were raised."]
    assert "E3 was not raised before the drill ended." in done.not_proved


def test_the_auditor_ends_what_the_timetable_began(manned):
    with clock.at(START):
        by_timetable()
    assert Drill.objects.get().by == "the timetable"
    swept(START + PACE * 6)
    with clock.at(START + PACE * 6):
        audit()
    assert Drill.objects.get().ended_at == START + PACE * 6


def test_without_anybody_on_duty_there_is_no_drill(unit):
    by_timetable()
    assert not Drill.objects.exists()


def test_a_level_for_which_nobody_is_on_duty_is_said(unit):
    duty(unit, "on-call consultant", user(trust=unit.organisation))
    started(unit)
    swept(START + PACE * 6)
    with clock.at(START + PACE * 6):
        drill.end_all()
    done = Drill.objects.get()
    by_level = {each["level"]: each for each in done.levels}
    assert by_level["E1"]["nobody"]
    assert by_level["E3"]["late_ms"] is None, "before its time: the levels before it were empty"
    assert "E1: nobody was on duty for it." in done.not_proved


def test_each_week_it_is_the_turn_of_the_unit_whose_last_drill_is_the_longest_ago(manned):
    other = a_unit(manned.organisation)
    duty(other, "coordinator", user(trust=manned.organisation))
    a_unit(manned.organisation)
    turns = []
    for week in range(3):
        place = drill.next_unit()
        turns.append(place)
        going = started(place, START + week * timedelta(days=7))
        with clock.at(going.ends_at):
            drill.end_all()
    assert turns == [manned, other, manned]


def test_the_timetable_reaches_a_unit_whose_rota_is_a_pattern_or_a_shift_while_somebody_is_on(trust):
    patterned, dated, bare = (a_unit(trust) for _ in range(3))
    person, other, idle = (user("clinician", trust) for _ in range(3))
    at = {"begins": time(8), "ends": time(20), "first": START.date(), "days": [0]}
    Pattern.objects.create(unit=patterned, role="coordinator", user=person, **at)
    span = {"starts_at": START, "ends_at": START + timedelta(hours=1)}
    Shift.objects.create(kind="extra", unit=dated, role="coordinator", user=other, **span)
    Shift.objects.create(kind="extra", unit=bare, role="coordinator", user=idle, **span)
    Shift.objects.create(kind="away", user=idle, **span)
    found = []
    for number in range(3):
        with clock.at(START + number * timedelta(minutes=30)):
            found.append(drill.next_unit())
        started(found[-1], START + number * timedelta(minutes=30))
        with clock.at(START + number * timedelta(minutes=30) + timedelta(minutes=20)):
            drill.end_all()
    assert found == [patterned, dated, patterned], "the shift is over by then"
    with clock.at(START + timedelta(days=1)):
        assert drill.next_unit() is None


def test_two_drills_in_one_unit_are_refused(manned):
    started(manned)
    with pytest.raises(Refused, match="Wait until it has ended"):
        started(manned)


def test_it_waits_for_messages_and_reports_each_channel(manned):
    person = Unit.objects.get(pk=manned.pk).duties.first().user
    Address.objects.create(user=person, channel="sms", value="1", added_at=START, verified_at=START)
    going = started(manned)
    swept(START + PACE * 6)
    outside = list(Delivery.objects.filter(channel="sms").order_by("pk"))
    assert len(outside) == len(LEVELS)
    with clock.at(START + PACE * 6):
        assert drill.end_all() == [], "they wait to be sent"
    for number, (delivery, state) in enumerate(zip(outside, ["delivered", "sent", "gone", "delivered"], strict=False)):
        handed = delivery.told_at + (number + 1) * SECOND
        message = Message.objects.create(
            address=delivery.address, subject="DRILL", body="DRILL", created_at=delivery.told_at, state=state,
            sent_at=None if state == "gone" else handed, ended_at=None if state == "sent" else handed + SECOND,
            next_at=handed + 60 * SECOND if state == "sent" else None,
        )  # fmt: skip
        Delivery.objects.filter(pk=delivery.pk).update(message=message)
    Delivery.objects.filter(pk=outside[4].pk).update(message=message)
    with clock.at(START + PACE * 7):
        assert drill.end_all() == [], "a receipt may still come"
    Message.objects.filter(state="sent").update(next_at=None)
    with clock.at(START + PACE * 7):
        assert drill.end_all() == [going]
    done = Drill.objects.get()
    first = next(each for each in done.levels[0]["channels"] if each["channel"] == "sms")
    assert (first["people"], first["handed_over_ms"], first["received_ms"]) == (1, 1_000, 2_000)
    assert any(
        said.startswith("sms: 4 of 5 were handed to the provider, the slowest after 4.0 s") for said in done.proved
    )
    assert "E2: by sms no receipt came for 1." in done.not_proved
    assert "E3: 1 of 1 were not handed over by sms." in done.not_proved


def test_nobody_sees_it_as_a_case(manned):
    person = manned.duties.first().user
    started(manned)
    swept(START + PACE * 6)
    case = Case.objects.get()
    real = a_case(place=manned)
    assert list(Case.objects.visible_to(person)) == list(Case.objects.real()) == [real]
    board = worklist.board(person, worklist.Filters())
    assert ([row.case for row in board.rows], board.total, board.pressing) == ([real], 1, [])
    assert worklist.find_case(person, case.uuid) is None
    assert (unread(person), inbox(person).standing) == (0, [])
    assert Delivery.objects.filter(user=person, alert__case=case).exists(), "and yet it was told"
    assert likely(manned.organisation, case.patient.named) == []
    assert case.patient.organisation != manned.organisation


def test_a_drill_is_no_heartbeat_of_its_own(manned):
    started(manned)
    assert not Heartbeat.objects.exists()
