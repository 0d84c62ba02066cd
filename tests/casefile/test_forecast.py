"""Who is told if a clock runs out: what the preview says is what the sweep then does, and it writes nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import protocol
from pathway.casefile import forecast
from pathway.engine import now as clock
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Delivery
from pathway.record.clock import Clock
from pathway.record.message import Address
from pathway.record.shift import Pattern
from tests import factories
from tests.factories import START

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BOXING_DAY = factories.at("2026-12-26 03:10")
pytestmark = pytest.mark.django_db


def night(unit, role, person, begins="20:00", ends="08:00", **more):
    return Pattern.objects.create(unit=unit, role=role, user=person, days=list(range(7)), begins=begins, ends=ends,
                                  first="2026-01-01", **more)  # fmt: skip


@pytest.fixture
def staffed(unit, coordinator, clinician, manager):
    """Nights with a consultant and a coordinator; by day nobody; the manager is the fixed contact."""
    night(unit, "coordinator", coordinator)
    night(unit, "on-call consultant", clinician)
    unit.fixed_contact = manager
    unit.save()
    for place, (channel, proved) in enumerate((("sms", True), ("email", True), ("pager", False))):
        Address.objects.create(user=clinician, channel=channel, value=channel, place=place, added_at=START,
                               verified_at=START if proved else None)  # fmt: skip
    return unit


def seen(steps):
    return [(step.level, step.at, [str(each.person) for each in step.told], step.nobody) for step in steps]


def test_a_clock_that_runs_out_at_ten_past_three_on_boxing_day(staffed, coordinator, clinician, manager):
    standard = protocol.get(protocol.CURRENT).standards["mri_a"]
    steps = forecast.of_unit(staffed, standard, BOXING_DAY)
    assert (steps[0].level, steps[0].at) == ("E1", BOXING_DAY - 6 * HOUR)
    e3 = next(step for step in steps if step.level == "E3")
    named = {str(each.person): each.channels for each in e3.told}
    assert named[str(clinician)] == ["inbox", "sms", "email"]
    assert named[str(coordinator)] == ["inbox"]
    assert not e3.in_hours
    last = steps[-1]
    assert last.again
    assert any(each.is_fixed and each.person == manager for each in last.told)
    empty = [step for step in steps if step.nobody]
    assert [step.level for step in empty] == ["E2"], "no registrar is on duty: passed at once"
    assert not Alert.objects.exists()


def test_what_is_foretold_is_what_the_sweep_then_does(staffed, coordinator):
    case = factories.case(at=START, place=staffed)
    ((row, steps),) = forecast.of_case(case, "mri_a")
    before = Clock.objects.filter(pk=row.pk).values().get()
    at = START
    while at < steps[-1].at:
        at += MINUTE
        with clock.at(at):
            tick()
    assert before["rung"] == 0
    told = [(alert.level, alert.raised_at, alert.nobody) for alert in Alert.objects.filter(clock=row).order_by("rung")]
    assert told == [(step.level, step.at, step.nobody) for step in steps if not step.again]
    calls = Delivery.objects.filter(alert__clock=row, channel="inbox").order_by("told_at", "pk")
    foretold = sorted((step.at, each.person.pk) for step in steps for each in step.told)
    assert sorted((each.told_at, each.user_id) for each in calls) == foretold


def test_an_answer_moves_what_is_still_to_come(staffed, coordinator):
    case = factories.case(at=START, place=staffed)
    with clock.at(START + 18 * HOUR):
        tick()
        alert = Alert.objects.filter(clock__standard="mri_a").latest("rung")
        acknowledge(alert, by=coordinator, until=START + 20 * HOUR)
    ((_, steps),) = forecast.of_case(case, "mri_a")
    assert steps[0].at == START + 20 * HOUR


def test_the_pages_say_it_with_gaps_marked(client, staffed, coordinator, clinician):
    case = factories.case(at=clock.now() - HOUR, place=staffed)
    client.force_login(coordinator)
    text = client.get(reverse("ahead", args=[case.uuid, "mri_a"])).content.decode()
    assert "Nobody holds a role of this level then" in text
    assert "told again every hour" in text
    assert client.get(reverse("ahead", args=[case.uuid, "nothing"])).status_code == 404
    assert "only reported" in client.get(reverse("ahead", args=[case.uuid, "total_48"])).content.decode()
    asked = {"unit": staffed.uuid, "clock": "mri_a", "at": "2026-12-26 03:10"}
    page = client.get(reverse("preview"), asked).content.decode()
    assert f"<b>{clinician}</b>: inbox, then sms, then email" in page
    refused = {
        ("at", "2026-03-29 01:30"): "not exist",
        ("clock", "x"): "Choose one of",
        ("unit", ""): "Answer this: Unit.",
    }
    for (name, wrong), sentence in refused.items():
        answer = client.get(reverse("preview"), asked | {name: wrong})
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("key", [standard.key for standard in protocol.get(protocol.CURRENT).all])
def test_every_clock_of_the_protocol_ends_loud_wherever_nobody_is(unit, key):
    standard = protocol.get(protocol.CURRENT).standards[key]
    steps = forecast.of_unit(unit, standard, BOXING_DAY)
    assert bool(steps) == bool(standard.ladder)
    assert [step.level for step in steps if not step.again] == [rung.level for rung in standard.ladder]
    assert all(step.nobody for step in steps)


def test_nobody_on_duty_at_three_on_boxing_day(unit, clinician, manager):
    """Acceptance question 4: who is told, within how many seconds? The fixed contact, by that very sweep."""
    for role in ("coordinator", "on-call consultant", "radiology registrar", "site nurse"):
        night(unit, role, clinician, begins="08:00", ends="20:00")
    night(unit, "nurse in charge", clinician, begins="00:00", ends="00:00", holidays="not")
    unit.fixed_contact = manager
    unit.save()
    three = factories.at("2026-12-26 03:00")
    case = factories.case(at=three - 12 * HOUR, place=unit)
    row = Clock.objects.get(case=case, standard="mri_a")
    assert row.amber_at == three
    with clock.at(three - timedelta(seconds=1)):
        tick()
    assert not Alert.objects.filter(clock=row).exists()
    with clock.at(three):
        tick()
    alerts = list(Alert.objects.filter(clock=row).order_by("rung"))
    assert [(alert.level, alert.nobody) for alert in alerts] == [("E1", True), ("E2", True), ("E3", True)]
    told = Delivery.objects.filter(alert__in=alerts)
    assert {(each.user, (each.told_at - three).total_seconds()) for each in told} == {(manager, 0.0)}
