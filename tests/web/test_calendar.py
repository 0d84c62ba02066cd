"""The calendar of one person: read by a real iCalendar reader, in UTC, at a secret address that can be taken back."""

from datetime import timedelta

import icalendar
import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.protocol.types import Role
from pathway.record.rota import OnDuty
from pathway.record.shift import CalendarLink, Pattern, Shift
from tests import factories
from tests.protocol.test_shifts import INSTANTS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = factories.at("2026-03-02 12:00")


@pytest.fixture
def address(client, coordinator):
    client.force_login(coordinator)
    answer = client.post(reverse("calendar"), {"what": "make"})
    client.logout()
    return answer.context["address"]


@pytest.fixture
def nights(unit, coordinator):
    """The coordinator's nights, handed over at the doubled half hour, with an evening besides."""
    other = factories.user("clinician", unit.organisation)
    for user, begins, ends in ((coordinator, "20:00", "01:30"), (other, "01:30", "08:00")):
        Pattern.objects.create(
            unit=unit, role="coordinator", user=user,
            days=list(range(7)), begins=begins, ends=ends, first="2026-01-01",
        )  # fmt: skip


def events(client, address, at):
    with clock.at(at):
        answer = client.get(address)
    assert answer.status_code == 200
    return answer, icalendar.Calendar.from_ical(answer.content).walk("VEVENT")


@pytest.mark.parametrize("at", INSTANTS, ids=str)
@pytest.mark.usefixtures("nights")
def test_the_calendar_and_who_is_on_duty_say_the_same_round_both_clock_changes(client, address, unit, coordinator, at):
    _, found = events(client, address, at)
    there = any(event["DTSTART"].dt <= at < event["DTEND"].dt for event in found)
    assert there == (coordinator.pk in OnDuty([unit.pk], at).holders(unit.pk, [Role.COORDINATOR]))


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_against_a_calendar_in_local_time_only_the_wanted_overlap_differs(nights, unit, coordinator, at):
    """The same shifts as a calendar in Europe/London, read by the package, which takes the first of two readings."""
    day = at.date() - DAY
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    for number in range(3):
        night, morning = (f"{day + (number + more) * DAY:%Y%m%d}" for more in (-1, 0))
        zone = "TZID=Europe/London"
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTAMP:{night}T000000Z", f"DTSTART;{zone}:{night}T200000"]
        lines += [f"DTEND;{zone}:{morning}T013000", "END:VEVENT"]
    found = icalendar.Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""])).walk("VEVENT")
    theirs = any(event["DTSTART"].dt <= at < event["DTEND"].dt for event in found)
    ours = coordinator.pk in OnDuty([unit.pk], at).holders(unit.pk, [Role.COORDINATOR])
    in_the_hour = factories.at("2026-10-25 00:30") <= at < factories.at("2026-10-25 01:30")
    assert ours == (theirs or in_the_hour)


def test_it_holds_utc_instants_and_no_patient_and_is_stable(client, address, nights, unit, coordinator):
    patient = factories.case(place=unit).patient
    answer, found = events(client, address, NOON)
    assert answer["Content-Type"].startswith("text/calendar")
    text = answer.content.decode()
    assert "DTSTART:20260302T200000Z" in text
    assert all(line.endswith("Z") for line in text.splitlines() if line.startswith(("DTSTART", "DTEND", "DTSTAMP")))
    assert max(map(len, answer.content.split(b"\r\n"))) <= 75
    for secret in (patient.family_name.upper(), patient.nhs_number, "BEGIN:VALARM"):
        assert secret not in text
    assert len({str(event["UID"]) for event in found}) == len(found) > 90
    with clock.at(NOON + 5 * HOUR):
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Shift.objects.create(kind="away", user=coordinator, starts_at=NOON, ends_at=NOON + DAY)
    with clock.at(NOON + 5 * HOUR):
        assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_a_standing_duty_is_no_shift_and_a_cover_is(client, address, unit, coordinator, clinician):
    factories.duty(unit, "coordinator", coordinator)
    factories.duty(unit, "nurse in charge", clinician)
    Shift.objects.create(kind="cover", unit=unit, role="nurse in charge", user=coordinator, instead_of=clinician,
                         starts_at=NOON, ends_at=NOON + HOUR)  # fmt: skip
    (event,) = events(client, address, NOON)[1]
    assert str(event["SUMMARY"]) == f"On duty: nurse in charge, {unit}"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOON, NOON + HOUR)


def test_a_link_is_kept_as_a_hash_is_replaced_and_taken_back(client, address, coordinator):
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert token not in str(CalendarLink.objects.values())
    assert client.get(address).status_code == 200
    client.force_login(coordinator)
    second = client.post(reverse("calendar"), {"what": "make"}).context["address"]
    assert (client.get(address).status_code, client.get(second).status_code) == (404, 200)
    assert client.post(reverse("calendar"), {"what": "x"}).status_code == 400
    client.post(reverse("calendar"), {"what": "revoke"})
    assert client.get(second).status_code == 404
    assert second not in client.get(reverse("calendar")).content.decode()


def test_somebody_who_has_left_has_no_calendar_and_nobody_guesses_one(client, address, coordinator):
    coordinator.is_active = False
    coordinator.save()
    for wrong in (address, reverse("calendar_feed", args=["x"]), reverse("calendar_feed", args=["\ud7ff\u00e9"])):
        assert client.get(wrong).status_code == 404
