"""The rota of a unit: a week to read, changed by administrators, taken by those who work; refused in sentences."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.duty import BUSY
from pathway.engine.tick import tick
from pathway.notify.inbox import unread
from pathway.protocol.types import Role
from pathway.record.case import Case
from pathway.record.message import Address
from pathway.record.notice import Notice
from pathway.record.outlook import on_duty_now
from pathway.record.person import Unit
from pathway.record.rota import OnDuty, told
from pathway.record.shift import Duty, Pattern, RotaChange, Shift
from pathway.tasks import nightly
from tests import factories
from tests.faults.crowd import elsewhere, impatient

MONDAY = factories.at("2026-03-02 12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATTERN = {"role": "coordinator", "days": ["0", "1"], "begins": "08:00", "ends": "20:00", "first": "2026-03-02",
           "holidays": "usual"}  # fmt: skip


@pytest.fixture
def post(client, administrator, unit):
    """`post("new_pattern", {...})`: what the administrator sends for the unit, at Monday noon."""

    def post(name, values, *more, by=administrator, at=MONDAY):
        client.force_login(by)
        with clock.at(at):
            return client.post(reverse(name, args=[unit.uuid, *more]), values)

    return post


def holders(unit, role="coordinator", at=MONDAY):
    return OnDuty([unit.pk], at).holders(unit.pk, [Role(role)])


def read(client, unit, user, **query):
    client.force_login(user)
    with clock.at(MONDAY):
        return client.get(reverse("rota", args=[unit.uuid]), query).content.decode()


def test_a_pattern_is_added_changed_and_removed_and_each_is_kept_with_who_did_it(
    post, unit, coordinator, administrator, client
):
    clinician = factories.user("clinician", unit.organisation)
    assert post("new_pattern", PATTERN | {"person": coordinator.uuid}).status_code == 302
    assert holders(unit) == [coordinator.pk]
    assert holders(unit, at=MONDAY + 9 * HOUR) == []
    pattern = Pattern.objects.get()
    assert "Monday, Tuesday 08:00 to 20:00, from 2 March 2026" in read(client, unit, administrator)
    assert post("pattern", PATTERN | {"person": clinician.uuid, "ends": "00:00"}, pattern.uuid).status_code == 302
    assert holders(unit, at=MONDAY + 11 * HOUR) == [clinician.pk]
    assert post("pattern", {"what": "remove"}, pattern.uuid).status_code == 302
    assert not Pattern.objects.exists()
    said = list(RotaChange.objects.order_by("pk").values_list("by", "said"))
    assert [by for by, _ in said] == [administrator.pk] * 3
    assert [words.split(":")[0] for _, words in said] == [f"coordinator, {unit}", "Changed to", "Removed"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"begins": "25:00"}, "Enter a time such as 08:30"),
        ({"ends": ""}, "Answer this: To."),
        ({"days": []}, "Answer this: Days on which the shift begins."),
        ({"role": "plumber"}, "Choose one of the answers: Role."),
        ({"first": "2026-02-30"}, "Enter a real date"),
        ({"last": "2026-03-01"}, "The last day comes before the first one"),
        ({"holidays": "maybe"}, "Choose one of the answers: On bank holidays."),
        ({"days": ["7"]}, "Choose one of the answers"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused_in_a_sentence(post, coordinator, wrong, sentence):
    answer = post("new_pattern", PATTERN | {"person": coordinator.uuid} | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Pattern.objects.exists()


def test_extra_cover_and_away_hold_at_once_and_can_be_removed(post, unit, coordinator, clinician):
    post("new_pattern", PATTERN | {"person": coordinator.uuid})
    span = {"starts_at": "2026-03-02 09:00", "ends_at": "2026-03-02 18:00"}
    cover = {"kind": "cover", "role": "coordinator", "user": clinician.uuid, "instead_of": coordinator.uuid} | span
    assert post("new_shift", cover).status_code == 302
    assert holders(unit) == [clinician.pk]
    assert post("new_shift", {"kind": "away", "user": clinician.uuid} | span).status_code == 302
    assert holders(unit) == []
    for _ in range(2):
        shift = Shift.objects.latest("pk")
        assert post("remove_shift", {}, shift.uuid).status_code == 302
    assert holders(unit) == [coordinator.pk]
    extra = {"kind": "extra", "role": "coordinator", "user": clinician.uuid} | span
    assert [post("new_shift", extra).status_code for _ in range(2)] == [302, 302]
    assert holders(unit) == sorted([coordinator.pk, clinician.pk])
    assert Shift.objects.count() == 1, "the same twice is one"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_at": "2026-03-02 08:00"}, "It ends before it starts"),
        ({"ends_at": "2026-03-09 09:01"}, "A shift is seven days long at most"),
        ({"kind": "away", "ends_at": "2027-03-04 09:00"}, "longer than a year"),
        ({"starts_at": "2020-03-02 09:00", "ends_at": "2020-03-02 18:00"}, "It ended more than a day ago"),
        ({"starts_at": "2028-03-03 09:00", "ends_at": "2028-03-03 18:00"}, "It starts more than two years from now"),
        ({"role": ""}, "Answer this: Role."),
        ({"kind": "cover"}, "Say whom this person covers."),
        ({"kind": "cover", "instead_of": "self"}, "Somebody else has to cover"),
        ({"kind": "cover", "instead_of": "other"}, "does not work as coordinator in"),
        ({"kind": ""}, "Answer this: What."),
        ({"starts_at": "2026-03-29 01:30"}, "does not exist: the clocks go forward"),
        ({"ends_at": "2026-10-25 01:30"}, "happens twice, as the clocks go back"),
    ],
)
def test_a_shift_that_cannot_be_meant_is_refused_in_a_sentence(post, coordinator, clinician, wrong, sentence):
    names = {"self": clinician.uuid, "other": coordinator.uuid}
    span = {"starts_at": "2026-03-02 09:00", "ends_at": "2026-03-02 18:00"}
    values = {"kind": "extra", "role": "coordinator", "user": clinician.uuid} | span
    values |= {key: names.get(value, value) for key, value in wrong.items()}
    answer = post("new_shift", values)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Shift.objects.exists()


def test_somebody_who_is_away_cannot_be_given_a_shift(post, clinician):
    span = {"starts_at": "2026-03-02 09:00", "ends_at": "2026-03-02 18:00", "user": clinician.uuid}
    post("new_shift", {"kind": "away"} | span)
    answer = post("new_shift", {"kind": "extra", "role": "coordinator"} | span)
    assert "is away from 09:00 on 2 March 2026 to 18:00 on 2 March 2026: remove that first" in answer.content.decode()


def test_a_shift_is_taken_by_oneself_and_tells_of_what_had_told_nobody(post, unit, coordinator, client):
    factories.case(at=clock.now() - timedelta(minutes=40), place=unit)
    tick()
    client.force_login(coordinator)
    until = (clock.now() + 3 * HOUR).strftime("%Y-%m-%dT%H:%M+00:00")
    answer = client.post(reverse("take", args=[unit.uuid]), {"role": "coordinator", "until": until}, follow=True)
    text = answer.content.decode()
    assert f"You hold coordinator in {unit} from now." in text
    assert "now told" in text
    assert unread(coordinator) >= 1
    assert holders(unit, at=clock.now()) == [coordinator.pk]
    assert holders(unit, at=clock.now() + 4 * HOUR) == []


@pytest.mark.parametrize(
    ("until", "sentence"),
    [("2026-03-02 11:00", "That time is past"), ("2026-03-04 12:00", "24 hours at most"), ("", "Answer this: Until.")],
)
def test_a_shift_is_not_taken_for_the_past_nor_for_days(post, coordinator, until, sentence):
    answer = post("take", {"role": "coordinator", "until": until}, by=coordinator)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Shift.objects.exists()


def test_a_shift_that_begins_as_the_week_ends_is_not_in_it(unit, manager, client):
    next_monday = factories.at("2026-03-09 00:00")
    Shift.objects.create(unit=unit, role="manager", kind="extra", user=manager, starts_at=next_monday,
                         ends_at=next_monday + DAY)  # fmt: skip
    row = 'app-role">manager</th>'
    assert row not in read(client, unit, manager)
    assert row in read(client, unit, manager, week="2026-03-09")


def test_the_week_names_who_and_gaps_in_words_and_marks_today(post, unit, coordinator, manager, client):
    post("new_pattern", PATTERN | {"person": coordinator.uuid})
    text = read(client, unit, manager)
    assert text.count('aria-current="date"') == 1
    assert "08:00 to 20:00" in text
    assert "Nobody 20:00 to 00:00" in text
    assert "Add a weekly pattern" not in text
    assert "Good Friday" in read(client, unit, manager, week="2026-03-31")
    client.force_login(manager)
    for asked in ("tomorrow", "2026-02-30", "9999-12-31", "0001-01-01"):
        assert client.get(reverse("rota", args=[unit.uuid]), {"week": asked}).status_code == 400


def test_the_rota_of_another_organisation_does_not_exist(client, outsider, unit, post, coordinator):
    post("new_pattern", PATTERN | {"person": coordinator.uuid})
    pattern = Pattern.objects.get()
    outsider.roles = ["administrator", "coordinator"]
    outsider.save()
    client.force_login(outsider)
    for name, more in (("rota", []), ("take", []), ("new_pattern", []), ("new_shift", []), ("pattern", [pattern.uuid])):
        for method in (client.get, client.post):
            if name != "rota" or method == client.get:
                assert method(reverse(name, args=[unit.uuid, *more])).status_code == 404
    foreign = factories.unit(outsider.organisation)
    assert client.get(reverse("pattern", args=[foreign.uuid, pattern.uuid])).status_code == 404
    assert post("new_pattern", PATTERN | {"person": outsider.uuid}).status_code == 422


def test_gaps_and_people_without_a_contact_stand_on_a_page_and_as_a_notice_until_mended(
    post, client, unit, administrator, coordinator
):
    clinician, manager = (factories.user(role, unit.organisation) for role in ("clinician", "manager"))
    post("new_pattern", PATTERN | {"person": coordinator.uuid, "days": [str(day) for day in range(7)]})
    assert Notice.objects.filter(cleared_at=None).count() == 3
    client.force_login(manager)
    with clock.at(MONDAY):
        text = client.get(reverse("gaps")).content.decode()
    assert "Mon 2 Mar" not in text
    assert str(coordinator) in text
    assert "E1 out of hours" in text
    for person, shown in ((administrator, True), (coordinator, True), (clinician, False), (manager, False)):
        client.force_login(person)
        assert ("app-notice" in client.get(reverse("inbox")).content.decode()) == shown
    for role in told():
        factories.duty(unit, role.value, clinician)
    Address.objects.create(user=clinician, channel="email", value="a@example.org", added_at=MONDAY, verified_at=MONDAY)
    Unit.objects.filter(pk=unit.pk).update(fixed_contact=clinician)
    month = {"starts_at": "2026-03-02 00:00", "ends_at": "2026-04-02 00:00"}
    post("new_shift", {"kind": "away", "user": coordinator.uuid} | month)
    assert not Notice.objects.filter(cleared_at=None).exists()
    Duty.objects.filter(role="executive on call").delete()
    with clock.at(MONDAY):
        nightly()
        (notice,) = Notice.objects.filter(cleared_at=None)
        assert "executive on call" in str(notice)
        factories.duty(unit, "executive on call", clinician)
        nightly()
    assert not Notice.objects.filter(cleared_at=None).exists()


def gaps_read(client, user):
    client.force_login(user)
    with clock.at(MONDAY):
        return client.get(reverse("gaps")).content.decode()


def left(person, _):
    person.is_active = False


def moved(person, elsewhere):
    person.organisation = elsewhere


def blind(person, _):
    person.roles = ["administrator"]


@pytest.mark.parametrize("change", [left, moved, blind])
def test_a_unit_without_a_fixed_contact_who_can_be_told_is_named_however_full_its_rota(
    client, unit, coordinator, administrator, change
):
    factories.staff(unit)
    client.force_login(administrator)
    with clock.at(MONDAY):
        nightly()
        notice = Notice.objects.get(kind="no_fixed_contact", cleared_at=None)
        assert notice.text == f"1 unit has no fixed contact who can be told: {unit}."
        assert f"<li>{unit}</li>" in gaps_read(client, coordinator)
        assert ">name one</a>" not in gaps_read(client, coordinator)
        assert ">name one</a>" in gaps_read(client, administrator)
        client.post(reverse("people"), {"what": "contact", "unit": unit.uuid, "person": coordinator.uuid})
        assert not Notice.objects.filter(kind="no_fixed_contact", cleared_at=None).exists()
        assert "Every unit has one." in gaps_read(client, administrator)
        change(coordinator, factories.organisation())
        coordinator.save()
        nightly()
        assert Notice.objects.get(kind="no_fixed_contact", cleared_at=None).text == notice.text
        assert f"<li>{unit}</li>" in gaps_read(client, administrator)


def test_a_unit_without_any_rota_is_one_line_and_one_sentence_of_the_notice(client, unit, trust, administrator):
    bare = [factories.unit(trust, f"Bare {number}") for number in (1, 2)]
    factories.staff(unit)
    Duty.objects.filter(role="executive on call").delete()
    factories.duty(bare[0], "coordinator", factories.user("auditor", trust))
    text = gaps_read(client, administrator)
    assert text.count("Nobody holds any role of this unit in the next 14 days.") == 2
    assert text.count("<table") == 1
    with clock.at(MONDAY):
        nightly()
    said = Notice.objects.get(kind="rota_gaps").text
    assert said.startswith("The rota of the next 14 days has 1")
    assert said.endswith(". 2 units have no rota: Bare 1 and 1 more.")
    Duty.objects.filter(unit=unit).delete()
    with clock.at(MONDAY):
        nightly()
    assert Notice.objects.get(kind="rota_gaps").text == "3 units have no rota: Bare 1 and 2 more."


def test_who_is_on_duty_stands_on_every_page_in_three_queries(
    client, unit, coordinator, post, django_assert_num_queries
):
    clinician = factories.user("clinician", unit.organisation)
    post("new_pattern", PATTERN | {"person": coordinator.uuid})
    factories.duty(unit, "nurse in charge", clinician)
    with django_assert_num_queries(3):
        (found,) = on_duty_now(coordinator, MONDAY)
    nurse = factories.user("clinician", unit.organisation)
    with django_assert_num_queries(1):
        assert on_duty_now(nurse, MONDAY) == []
    turns = {turn.role: turn for turn in found.turns}
    assert turns["coordinator"].now == [coordinator]
    assert (turns["coordinator"].until, turns["coordinator"].next) == (MONDAY + 8 * HOUR, [])
    assert turns["nurse in charge"].until is None
    client.force_login(coordinator)
    with clock.at(MONDAY):
        text = client.get(reverse("inbox")).content.decode()
    assert "On duty now" in text
    assert "until 20:00" in text
    client.logout()
    assert "On duty now" not in client.get(reverse("account_login")).content.decode()


@pytest.fixture
def busy(unit):
    """While somebody else holds the unit, whoever has to wait for it waits too long."""
    impatient(200)
    return elsewhere(lambda: Unit.objects.select_for_update().get(pk=unit.pk))


@pytest.mark.django_db(transaction=True)
def test_a_change_that_has_to_wait_too_long_is_refused_in_a_sentence_and_the_form_keeps_what_was_typed(
    busy, post, client, unit, coordinator
):
    span = {"starts_at": "2026-03-02 13:00", "ends_at": "2026-03-02 18:00"}
    extra = {"kind": "extra", "role": "coordinator", "user": coordinator.uuid} | span
    taken = {"role": "MSCC lead", "until": "2026-03-02 18:30"}
    with busy:
        for answer in (
            post("new_shift", extra),
            post("new_pattern", PATTERN | {"person": coordinator.uuid}),
            post("take", taken, by=coordinator),
        ):
            text = answer.content.decode()
            assert answer.status_code == 409
            assert BUSY in text
            assert "coordinator" in text
        assert "18:30" in text
        client.force_login(factories.user("administrator", unit.organisation))
        wanted = {"what": "add", "unit": unit.uuid, "role": "MSCC lead", "person": coordinator.uuid}
        answer = client.post(reverse("people"), wanted)
    assert answer.status_code == 409
    assert BUSY in answer.content.decode()
    assert not any(table.objects.exists() for table in (Shift, Pattern, Duty))
    assert post("take", taken, by=coordinator).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_removed_at_this_moment_is_said_with_the_way_back(busy, post, unit, coordinator):
    post("new_pattern", PATTERN | {"person": coordinator.uuid})
    pattern = Pattern.objects.get()
    with busy:
        answer = post("pattern", {"what": "remove"}, pattern.uuid)
    assert answer.status_code == 409
    assert BUSY in answer.content.decode()
    assert reverse("rota", args=[unit.uuid]) in answer.content.decode()
    assert Pattern.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_shift_is_taken_while_somebody_is_at_work_on_a_case_of_the_unit(post, unit, coordinator):
    case = factories.case(place=unit, at=MONDAY - HOUR)
    impatient(200)
    with elsewhere(lambda: Case.objects.select_for_update().get(pk=case.pk)):
        answer = post("take", {"role": "coordinator", "until": "2026-03-02 18:00"}, by=coordinator)
    assert answer.status_code == 302
    assert holders(unit) == [coordinator.pk]
