"""Cases, clocks and events as rows: who sees them, what a clock says, and what corrections leave standing."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.identity import identify
from pathway.engine.one_person import join
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record import access
from pathway.record.access import Access
from pathway.record.alert import Alert, Delivery, Response
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, standing
from pathway.record.heartbeat import Fault, Heartbeat
from pathway.record.identity import IdentityChange, Judgement, PatientMerge
from pathway.record.job import Job, Piece
from pathway.record.message import Address, Attempt, Message, Provider
from pathway.record.notice import Notice
from pathway.record.rebase import Rebase
from pathway.record.saved import SavedFilter
from pathway.record.shift import CalendarLink, Duty, Pattern, RotaChange, Shift
from pathway.record.tally import Tally
from pathway.steps.imaging import ImagingRequest
from tests import factories
from tests.factories import START, at


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("coordinator", True),
        ("clinician", True),
        ("physiotherapist", True),
        ("manager", True),
        ("administrator", False),
        ("auditor", False),
    ],
)
def test_cases_are_seen_by_those_who_work_on_them_in_their_own_trust(unit, role, sees):
    case = factories.case(place=unit)
    factories.case()
    person = factories.user(role, unit.organisation)
    assert list(Case.objects.visible_to(person)) == ([case] if sees else [])
    assert not Case.objects.visible_to(factories.user(role)).filter(pk=case.pk).exists()
    assert not Alert.objects.visible_to(factories.user(role)).exists()


def test_nobody_sees_cases_without_a_trust_a_role_or_an_active_account(unit):
    factories.case(place=unit)
    person = factories.user("coordinator", unit.organisation)
    for field, value in (("organisation", None), ("roles", []), ("is_active", False)):
        changed = type(person)(organisation=unit.organisation, roles=person.roles, is_active=True)
        setattr(changed, field, value)
        assert list(Case.objects.visible_to(changed)) == []


def test_a_superuser_without_a_role_sees_no_case(unit):
    factories.case(place=unit)
    person = factories.user("administrator", unit.organisation)
    person.is_superuser = person.is_staff = True
    assert list(Case.objects.visible_to(person)) == []


@pytest.mark.parametrize(
    ("ended", "outcome", "now", "said"),
    [
        (None, "", "0:00:00", "running"),
        (None, "", "24:00:00", "running"),
        (None, "", "24:00:01", "overdue"),
        ("24:00:00", "met", "30:00:00", "met"),
        ("24:00:01", "met", "30:00:00", "breached"),
        ("24:00:01", "void", "30:00:00", "void"),
        ("24:00:01", "superseded", "30:00:00", "superseded"),
        ("24:00:01", "frozen", "30:00:00", "frozen"),
    ],
)
def test_what_a_clock_says_at_the_very_second(ended, outcome, now, said):
    def after(text):
        hours, minutes, seconds = map(int, text.split(":"))
        return START + timedelta(hours=hours, minutes=minutes, seconds=seconds)

    clock = Clock(due_at=START + timedelta(hours=24), ended_at=ended and after(ended), outcome=outcome)
    assert clock.said(after(now)) == said
    assert clock.is_late(after(now)) is (said in {"overdue", "breached"} or bool(ended and ended > "24:00:00"))


def test_a_clock_ends_with_an_outcome_and_runs_once(db):
    case = factories.case()
    clock = Clock.objects.filter(case=case).first()
    twin = Clock(case=case, standard=clock.standard, started_at=clock.started_at, nth=clock.nth,
                 entered_at=START, amber_at=START, due_at=START)  # fmt: skip
    with pytest.raises(IntegrityError, match="clock_run_once"), transaction.atomic():
        twin.save()
    twin.withdrawn_at = START
    twin.save()
    for ended, outcome in ((START, ""), (None, "met")):
        twin.ended_at, twin.outcome = ended, outcome
        with pytest.raises(IntegrityError, match="clock_ended_with_outcome"), transaction.atomic():
            twin.save()


def test_corrections_change_what_stands_and_nothing_else(db):
    case = factories.case()
    made = factories.happen(case, "contact.made", at=at("2026-03-02 09:30"))
    by = factories.teller(case.organisation)
    with factories.typed(at("2026-03-02 10:00"), None):
        correct(made, by=by, why="read the wrong clock", occurred_at=at("2026-03-02 09:20"))
        correct(made, by=by, why="it was a message", answers={"channel": "message", "spoke_to": "coordinator"})
    rows = list(Event.objects.filter(case=case).order_by("pk"))
    assert [row.kind for row in rows] == ["case.suspected", "contact.made", "event.corrected", "event.corrected"]
    assert rows[1].occurred_at == at("2026-03-02 09:30")
    assert rows[1].answers["channel"] == "phone"
    _, stands = standing(rows)
    assert (stands.pk, stands.occurred_at, stands.recorded_at) == (made.pk, at("2026-03-02 09:20"), made.recorded_at)
    assert stands.answers["channel"] == "message"
    with factories.typed(at("2026-03-02 10:05"), None):
        correct(made, by=by, why="never happened", withdrawn=True)
    assert [event.kind for event in standing(Event.objects.filter(case=case).order_by("pk"))] == ["case.suspected"]


def test_who_opened_which_case_is_for_auditors_of_the_same_trust(unit, auditor, coordinator):
    access.opened(factories.case(place=unit), by=coordinator)
    assert Access.objects.visible_to(auditor).count() == 1
    for person in (coordinator, factories.user("auditor")):
        assert not Access.objects.visible_to(person).exists()
    auditor.organisation = None
    assert not Access.objects.visible_to(auditor).exists()


@pytest.fixture
def a_busy_morning(unit, coordinator):
    """A case with a row of each kind."""
    case = factories.case(place=unit, at=START)
    factories.duty(unit, "coordinator", coordinator)
    factories.happen(case, "imaging.requested", at=START)
    with clock.at(START + timedelta(minutes=30)):
        tick()
        acknowledge(Alert.objects.get(), by=coordinator)
        twin = factories.patient(unit.organisation, nhs_number="", local_number="X1", local_issuer="elsewhere")
        join(twin, case.patient, by=coordinator, answers={"reason": "typed twice", "second_person": "ward sister"})
        identify(case, by=coordinator, who=WHO | {"nhs_number": case.patient.nhs_number})
    Judgement.objects.create(patient=case.patient, same=True, at=START, by="A", by_uuid=coordinator.uuid)
    place = {"unit": unit, "user": coordinator}
    Pattern.objects.create(**place, role="nurse in charge", days=[0, 1, 2, 3, 4], begins=time(20), ends=time(8),
                           first=date(2026, 3, 2), last=date(2026, 4, 3), holidays="not")  # fmt: skip
    Shift.objects.create(**place, role="coordinator", kind="cover", instead_of=coordinator, starts_at=START,
                         ends_at=START + timedelta(hours=1))  # fmt: skip
    RotaChange.objects.create(organisation=unit.organisation, at=START, by=coordinator, said="somebody came")
    CalendarLink.objects.create(user=coordinator, token_hash="0", made_at=START)
    Notice.objects.create(organisation=unit.organisation, kind="gaps", text="a gap", raised_at=START)
    Fault.objects.create(case=case, error="disk full", at=START)
    address = Address.objects.create(user=coordinator, channel="sms", value="+447700900001", added_at=START)
    message = Message.objects.create(address=address, subject="One alert", body="E1", created_at=START)
    Attempt.objects.create(message=message, at=START, result="sent")
    Provider.objects.create(name="sms")
    return case


WHO = {"family_name": "Test", "given_names": "Ann", "birth_date": "1957-04-12"}
NAMES = {
    Case: "{case.code}",
    Clock: "contact_a of {case.code}, due 2026-03-02 10:00",
    Event: "case.suspected at 2026-03-02 09:00",
    Alert: "E1 of contact_a of {case.code}, due 2026-03-02 10:00",
    Response: "{coordinator} acts on it: E1 of contact_a of {case.code}, due 2026-03-02 10:00",
    Delivery: "E1 of contact_a of {case.code}, due 2026-03-02 10:00 to {coordinator}",
    Access: "{coordinator} opened {case.code} (identity changed)",
    Pattern: "nurse in charge, {case.unit}: {coordinator}, Monday to Friday 20:00 to 08:00, from 2 March 2026 until "
    "3 April 2026, not on bank holidays",
    Shift: "{coordinator} covers {coordinator} as coordinator in {case.unit}, 09:00 on 2 March 2026 to "
    "10:00 on 2 March 2026",
    RotaChange: "somebody came ({coordinator})",
    CalendarLink: "calendar of {coordinator}",
    Notice: "{case.organisation}: a gap",
    Duty: "coordinator, {case.unit}: {coordinator}",
    Fault: "{case.code}: disk full",
    Heartbeat: "tick at 09:30:00",
    IdentityChange: "given_names changed by {coordinator}",
    Judgement: "A says the same person",
    ImagingRequest: "imaging 1",
    Address: "sms +447700900001",
    Message: "One alert to sms +447700900001: created",
    Provider: "sms",
}


@pytest.mark.parametrize("model", NAMES, ids=lambda model: model.__name__)
def test_a_row_names_itself(a_busy_morning, coordinator, model):
    wanted = NAMES[model].format(case=a_busy_morning, coordinator=coordinator)
    assert wanted in [str(row) for row in model.objects.all()]


def test_a_try_names_its_message(a_busy_morning):
    assert str(Attempt.objects.get()) == f"{Message.objects.get().pk}: sent"


def test_a_merge_of_records_names_both_and_who_says_so(a_busy_morning, coordinator):
    merge = PatientMerge.objects.get()
    assert str(merge) == f"{merge.absorbed} merged into {merge.survivor} by {coordinator}"


def test_a_judgement_says_somebody_else(coordinator):
    assert str(Judgement(same=False, by="A")) == "A says somebody else"


def test_what_the_audit_keeps_says_what_it_is(coordinator):
    job = Job(kind="export", asked_by=coordinator, state="done")
    for row, words in (
        (job, f"export for {coordinator}: done"), (Piece(job_id=7, place=2), "piece 2 of 7"),
        (Rebase(measure="K1", begins_on=date(2026, 7, 1)), "K1 from 1 July 2026"), (SavedFilter(name="Mine"), "Mine"),
        (Tally(case_id=3, holds_until=at("2026-03-02 09:00")), "3 until 2026-03-02 09:00"),
    ):  # fmt: skip
        assert str(row) == words
