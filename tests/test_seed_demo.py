"""The demonstration: its cases come through the engine, stand in every phase, and keep away from other cases."""

import io
from collections import Counter
from datetime import timedelta
from functools import partial
from random import Random
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.models import F

from pathway import protocol
from pathway.engine.identity import identify
from pathway.engine.intake import take_in
from pathway.engine.misplaced import rehome
from pathway.engine.now import at as simulated
from pathway.engine.now import now as database_now
from pathway.engine.tick import sweep
from pathway.management.demo import cases, people, seeding
from pathway.protocol.fold import fold
from pathway.protocol.hours import in_hours
from pathway.protocol.phase import PHASES
from pathway.record import nhs_number, outlook, rota
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import CORRECTED, Event, fact, standing
from pathway.record.identity import IdentityChange
from pathway.record.person import USER_ROLES, Patient, User
from pathway.record.step import Step, machines
from tests import factories

NOW = factories.at("2026-03-04 10:00")


def seed_demo(*options):
    printed = io.StringIO()
    call_command("seed_demo", *options, stdout=printed)
    return printed.getvalue()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """What the command printed; every test of this module starts from what it made."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed_demo("--now", NOW.isoformat())
        transaction.set_rollback(True)


@pytest.fixture
def seeded(made, db):
    return made


@pytest.fixture
def unseeded(db):
    """A database without the demonstration, whichever test came before."""
    seeding.remove()
    User.objects.all().update(username=F("uuid"))


@pytest.fixture
def afterwards(monkeypatch):
    """How many cases a further seeding makes: few, where only what it keeps is asked."""
    few = cases.HOME[:4]
    monkeypatch.setattr(cases, "HOME", few)
    return len(few) + len(cases.NEIGHBOUR)


def home():
    return Case.objects.filter(organisation__ods_code=people.HOME)


def told():
    """The demonstration as people see it, without what is drawn anew for every row."""
    return [
        (case.patient.name, case.patient.number, case.klass, case.phase, case.suspected_at, case.next_due_at)
        for case in Case.objects.select_related("patient").order_by("suspected_at", "patient__initials")
    ]


def test_forty_cases_stand_in_every_phase_class_and_state_but_none_is_merged(seeded):
    assert home().count() == 40
    assert set(home().values_list("phase", flat=True)) == set(PHASES) - {"merged"}
    assert set(home().values_list("klass", flat=True)) == set("ABC")
    states = {
        track: set(machine._default_manager.values_list("state", flat=True)) for track, machine in machines().items()
    }
    assert states["case"] == set(Case.State.values) - {"merged"}
    assert states["steroids"] == {"indicated", "withheld", "started", "tapering", "stopped"}
    assert states["position"] == {"flat", "elevated", "mobile", "cleared", "freed"}
    assert states["stability"] == {"stable", "indeterminate", "unstable"}
    every = set(machines()["imaging"].State.values)
    assert states["imaging"] == every - {"none"}
    assert all(states.values()), "every track has rows"
    assert Event.objects.filter(kind="steroids.withheld", answers__reason="haematology").exists()


def test_rows_equal_the_fold(seeded):
    for case in Case.objects.select_related("unit"):
        events = list(Event.objects.filter(case=case).order_by("pk"))
        facts = [fact(event) for event in standing(events)]
        runs = fold(facts, protocol.get(case.protocol), partial(in_hours, nation=case.unit.nation))
        rows = Clock.objects.standing().filter(case=case)
        assert Counter(
            (run.standard, run.started_at, run.due_at, run.ended_at, run.outcome) for run in runs
        ) == Counter(rows.values_list("standard", "started_at", "due_at", "ended_at", "outcome"))
        for machine in machines().values():
            if issubclass(machine, Step):
                for row in machine._default_manager.filter(case=case):
                    mine = [each for event, each in zip(standing(events), facts, strict=True)
                            if (event.track, event.track_no) == (row.track, row.number)]  # fmt: skip
                    assert row.state == machine.folded(sorted(mine, key=lambda each: each.occurred_at))


def test_clocks_run_wait_and_are_late_and_alerts_are_open_answered_and_over(seeded):
    running = Clock.objects.running()
    assert running.filter(due_at__lt=NOW).count() > 5
    assert running.filter(due_at__gt=NOW, amber_at__lt=NOW).count() > 5
    assert running.filter(amber_at__gt=NOW).count() > 10
    assert running.filter(suspended_until__gt=NOW).exists()
    assert Alert.objects.open().filter(acknowledged_at=None).exists()
    assert Alert.objects.open().filter(acting_until__gt=NOW).exists()
    assert Alert.objects.exclude(stood_down_at=None).exists()
    assert Alert.objects.filter(late_entry=True).exists()
    assert Event.objects.filter(kind=CORRECTED).exists()
    assert not Alert.objects.filter(nobody=True).exists()


def test_nothing_happens_after_now_and_every_alarm_until_now_was_raised(seeded):
    assert not Event.objects.filter(recorded_at__gt=NOW).exists()
    assert not Alert.objects.filter(raised_at__gt=NOW).exists()
    assert not Case.objects.filter(wake_at__lte=NOW).exists()


def test_an_mri_passes_its_limit_within_the_first_minute_and_others_turn_amber_soon(seeded):
    case = home().get(next_standard="mri_a", next_due_at__gt=NOW, next_due_at__lt=NOW + timedelta(minutes=1))
    assert case.klass == "A"
    assert NOW + timedelta(seconds=40) < case.next_due_at == case.wake_at
    soon = home().filter(next_amber_at__gt=NOW) & home().filter(wake_at__lt=NOW + timedelta(minutes=5))
    assert soon.count() >= 1
    with simulated(case.next_due_at):
        assert sweep(case.next_due_at, 500) == (1, False)
    alert = Alert.objects.get(case=case, clock__standard="mri_a", level="E3")
    assert alert.deliveries.filter(user__username="coordinator").exists()


def test_people_do_not_exist_and_some_are_not_fully_known(seeded):
    numbers = [number for number in Patient.objects.values_list("nhs_number", flat=True) if number]
    assert len(numbers) == len(set(numbers)) > 35
    assert all(number.startswith("999") and nhs_number.clean(number) == number for number in numbers)
    assert all(Patient.objects.values_list("synthetic", flat=True))
    assert any(patient.is_provisional and patient.local_number for patient in Patient.objects.all())


def test_every_log_in_is_printed_and_works(seeded):
    for role in USER_ROLES:
        line = next(line for line in seeded.splitlines() if line.startswith(f"{role.value} "))
        username, printed_role, password = line.split()[:3]
        assert printed_role == role.value
        assert len(password) >= 15
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert user.role_set == {role}
    assert "Acute oncology unit" in seeded


def test_the_neighbour_has_cases_that_nobody_here_sees(seeded):
    coordinator, neighbour = (User.objects.get(username=name) for name in ("coordinator", "neighbour"))
    ours, theirs = Case.objects.visible_to(coordinator), Case.objects.visible_to(neighbour)
    assert (ours.count(), theirs.count()) == (40, 2)
    assert not set(ours) & set(theirs)


def test_every_role_that_a_ladder_tells_is_held(seeded):
    roles = {role.value for role in rota.told()}
    for unit in people.staff(people.HOME).units:
        assert roles <= set(unit.duties.values_list("role", flat=True))


def test_the_same_seed_and_time_make_the_same_cases(seeded):
    first = told()
    seed_demo("--now", NOW.isoformat())
    assert told() == first


def test_another_seed_makes_other_people():
    one, two = (list(people.identities(Random(seed), NOW.date())) for seed in (1, 2))
    assert len(one) == len(two) > 42
    assert not {each["nhs_number"] for each in one} & {each["nhs_number"] for each in two}


def test_other_cases_are_not_mixed_with_invented_ones_unless_forced(unseeded, trust):
    own = factories.case(place=factories.unit(trust))
    with pytest.raises(CommandError, match="holds other cases"):
        seed_demo()
    assert "No demonstration" in seed_demo("--if-stale")
    assert list(Case.objects.all()) == [own]
    before = database_now()
    seed_demo("--force")
    assert Case.objects.filter(pk=own.pk).exists()
    assert home().count() == 40
    soon = before, database_now() + timedelta(minutes=1)
    assert home().filter(next_standard="mri_a", next_due_at__range=soon).exists()


def test_fresh_cases_are_left_alone(seeded):
    before = set(Case.objects.values_list("pk", flat=True))
    printed = seed_demo("--if-stale", "--now", (NOW + timedelta(hours=11)).isoformat())
    assert people.PASSWORD in printed
    assert set(Case.objects.values_list("pk", flat=True)) == before


def test_stale_cases_are_replaced_while_typed_cases_and_passwords_are_kept(seeded):
    coordinator = User.objects.get(username="coordinator")
    coordinator.set_password("my own long password")
    coordinator.save()
    unit = people.staff(people.HOME).units[0]
    walk_in = Patient.objects.create(organisation=unit.organisation, initials="ZZ")
    typed = factories.case(at=NOW, place=unit, who=walk_in)
    before = set(seeding.demonstration().values_list("pk", flat=True))
    later = NOW + timedelta(hours=13)
    seed_demo("--if-stale", "--now", later.isoformat())
    assert User.objects.get(username="coordinator").check_password("my own long password")
    assert Event.objects.filter(case=typed).count() == 1
    assert Clock.objects.filter(case=typed).exists()
    after = set(seeding.demonstration().values_list("pk", flat=True))
    assert len(after) == 42
    assert not after & before
    assert not Event.objects.filter(case__in=before).exists()
    assert Patient.objects.count() == 43
    assert home().filter(next_standard="mri_a", next_due_at__range=(later, later + timedelta(minutes=1))).count() == 1
    with pytest.raises(ProgrammingError, match="events are only added"), transaction.atomic():
        Event.objects.filter(case=typed).update(by="somebody else")


def typed_episode():
    """What a user types: another case of an invented patient, by the form, with the identity changed."""
    coordinator = User.objects.get(username="coordinator")
    first = (
        home().filter(is_open=False, patient__nhs_number__startswith="999").select_related("patient", "unit").first()
    )
    who = {name: getattr(first.patient, name) for name in ("nhs_number", "family_name", "given_names")}
    answers = {"class": "A", "suspected_by": "Ward", "place": "ward"}
    with simulated(NOW):
        made = take_in(
            first.unit, by=coordinator, at=NOW, who=who, answers=answers, known=first.patient.uuid, submission=uuid4()
        )
        identify(made, by=coordinator, who=who | {"given_names": "Changed"})
    return made


def test_another_episode_that_somebody_typed_for_an_invented_patient_is_kept(seeded, afterwards):
    made = typed_episode()
    number = Patient.objects.get(pk=made.patient_id).nhs_number
    assert made not in seeding.demonstration()
    for days in (1, 2):
        seed_demo("--if-stale", "--now", (NOW + timedelta(days=days)).isoformat())
        assert seeding.demonstration().count() == afterwards
        kept = Case.objects.get(pk=made.pk)
        assert (kept.patient.nhs_number, kept.patient.given_names) == (number, "Changed")
        assert kept.events.count() == 1
        assert kept.patient.changes.count() == 1
    assert Patient.objects.filter(nhs_number=number).count() == 1


def test_a_case_that_a_typed_one_follows_or_took_an_entry_from_is_kept(seeded, afterwards):
    coordinator = User.objects.get(username="coordinator")
    made = typed_episode()
    earlier = Case.objects.get(pk=made.pk).patient.cases.exclude(pk=made.pk).get()
    Case.objects.filter(pk=made.pk).update(follows=earlier)
    other = home().filter(state="confirmed", is_open=True).exclude(patient=made.patient).first()
    call = other.events.filter(kind="contact.made").first()
    with simulated(NOW):
        rehome(call, by=coordinator, into=made.code, why="the other patient")
    seed_demo("--if-stale", "--now", (NOW + timedelta(days=1)).isoformat())
    assert set(Case.objects.filter(pk__in=[earlier.pk, other.pk, made.pk])) == {earlier, other, made}
    assert seeding.demonstration().count() == afterwards
    connection.check_constraints()


def test_a_changed_identity_goes_with_its_invented_patient(seeded, afterwards):
    case = home().exclude(patient__family_name="").select_related("patient").first()
    who = {"family_name": case.patient.family_name, "given_names": "Changed"}
    identify(case, by=User.objects.get(username="coordinator"), who=who)
    seed_demo("--if-stale", "--now", (NOW + timedelta(days=1)).isoformat())
    assert not Patient.objects.filter(pk=case.patient_id).exists()
    assert not IdentityChange.objects.exists()
    assert seeding.demonstration().count() == afterwards


def test_only_the_owner_may_remove(seeded):
    """The application's role is told so in one sentence, and everything stays."""
    before = set(Case.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE pathway_app")
        try:
            with pytest.raises(CommandError, match="only by the database's owner"):
                seed_demo("--if-stale", "--now", (NOW + timedelta(hours=13)).isoformat())
        finally:
            cursor.execute("RESET ROLE")
    assert set(Case.objects.values_list("pk", flat=True)) == before


def test_nothing_outside_development(unseeded, settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError, match="PATHWAY_DEVELOPMENT=true or --force"):
        seed_demo()
    assert not Case.objects.exists()


def test_a_user_name_of_somebody_else_stops_it(unseeded, trust):
    User.objects.create_user("coordinator", organisation=trust)
    with pytest.raises(CommandError, match="“coordinator” belongs to somebody"):
        seed_demo()
    assert not Case.objects.exists()


def test_one_unit_has_shifts_that_hold_every_role_but_for_one_gap_next_week(seeded):
    organisation = home().first().organisation_id
    (ahead,) = outlook.gaps_ahead(organisation, NOW)
    assert (ahead.unit.name, ahead.has_rota) == ("Medical wards", True)
    (gap,) = ahead.gaps
    assert (gap.role, gap.empty) == ("physiotherapist", ())
    assert (gap.starts_at, gap.ends_at) == (factories.at("2026-03-12 08:00"), factories.at("2026-03-13 08:00"))
