"""What a person may say to an alert on its page, what is refused, and why there is an alert or none."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine import respond
from pathway.engine.hush import suspend
from pathway.engine.tick import tick
from pathway.record.alert import Alert, Reply, Response
from pathway.record.message import Address, Attempt, Message
from pathway.record.person import User
from pathway.web.alerts import CHOICES
from tests import factories

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def named(first, last, unit):
    person = factories.user("clinician", unit.organisation)
    person.first_name, person.last_name = first, last
    person.save()
    return person


@pytest.fixture
def colleague(unit):
    return named("Bea", "Second", unit)


@pytest.fixture
def consultant(unit):
    return named("Cleo", "Consultant", unit)


@pytest.fixture
def case(unit, coordinator, consultant):
    """A case whose contact clock is amber; the coordinator was told, and a consultant is on duty for the next level."""
    factories.duty(unit, "coordinator", coordinator)
    factories.duty(unit, "on-call consultant", consultant)
    made = factories.case(at=clock.now() - 40 * MINUTE, place=unit)
    tick()
    return made


@pytest.fixture
def alert(case):
    return case.alerts.get()


@pytest.fixture
def say(client, coordinator, alert):
    """Sends one answer as one person."""

    def say(what, by=coordinator, about=alert, **answers):
        client.force_login(by)
        return client.post(reverse("alert", args=[about.uuid]), {"what": what, **answers}, follow=True)

    return say


def page(client, user, alert):
    client.force_login(user)
    return client.get(reverse("alert", args=[alert.uuid])).content.decode()


def test_declining_tells_the_next_level_at_once_with_the_reason_on_record(say, case, consultant):
    assert "You declined." in say("declined", reason="not my patient").content.decode()
    tick()
    higher = case.alerts.get(rung=1)
    assert (higher.level, higher.why) == ("E3", "declined")
    assert consultant in {each.user for each in higher.deliveries.all()}
    assert Response.objects.get().reason == "not my patient"


@pytest.mark.parametrize("what", ["declined", "refused", "offered", "snoozed"])
def test_an_answer_without_what_it_asks_for_is_shown_again_with_what_is_missing(say, what, alert):
    answer = say(what)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert not Response.objects.exists()


def test_a_reason_that_is_too_long_loses_nothing(say):
    answer = say("declined", reason="x" * 301)
    assert answer.status_code == 422
    assert "x" * 301 in answer.content.decode()


def test_help_tells_the_next_level_while_the_person_goes_on_acting(say, case, alert, coordinator):
    say("acts", minutes="60")
    say("help", reason="two at once")
    tick()
    assert case.alerts.get(rung=1).why == "help"
    assert Alert.objects.get(pk=alert.pk).acknowledged_by == str(coordinator)


def test_time_is_given_once_and_delays_the_next_level(client, say, case, alert, coordinator):
    assert "The next level is told at" in say("snoozed", minutes="15").content.decode()
    with clock.at(clock.now() + 14 * MINUTE):
        tick()
    assert case.alerts.count() == 1
    assert "Ask for time" not in page(client, coordinator, alert)
    assert "has asked for time before" in say("snoozed", minutes="15").content.decode()


def test_a_colleague_takes_over_and_is_the_one_who_acts(client, say, alert, coordinator, colleague):
    say("acts", minutes="30")
    assert "Bea Second was asked to take this over" in say("offered", to=colleague.uuid).content.decode()
    assert "Take it over" in page(client, colleague, alert)
    assert Alert.objects.get().acknowledged_by == str(coordinator)
    say("accepted", by=colleague, minutes="60")
    taken = Alert.objects.get()
    assert taken.acknowledged_by == "Bea Second"
    assert taken.acting_until > clock.now() + 59 * MINUTE
    assert "have answered already" in say("accepted", by=colleague).content.decode()


def test_a_colleague_who_does_not_take_over_says_why_and_it_stays(say, alert, coordinator, colleague):
    say("acts", minutes="30")
    say("offered", to=colleague.uuid)
    say("refused", by=colleague, reason="in theatre")
    assert Alert.objects.get().acknowledged_by == str(coordinator)
    assert list(Response.objects.order_by("pk").values_list("what", flat=True)) == ["acts", "offered", "refused"]


def test_nobody_takes_over_what_was_not_offered_to_them(say, colleague):
    assert say("accepted", by=colleague, minutes="15").status_code == 409
    assert say("refused", by=colleague, reason="no").status_code == 409


def test_it_is_offered_to_people_of_the_own_organisation_only(say, alert):
    stranger = factories.user("clinician", factories.organisation())
    answer = say("offered", to=stranger.uuid)
    assert answer.status_code == 422
    assert not Response.objects.exists()


def test_somebody_else_may_not_decline_what_one_person_acts_on(client, say, alert, colleague):
    say("acts", minutes="30")
    assert "Decline and pass on" not in page(client, colleague, alert)
    assert say("declined", by=colleague, reason="no").status_code == 409


def test_a_manager_who_was_told_answers_and_one_who_was_not_is_refused(client, say, unit, case, alert):
    manager = factories.user("manager", unit.organisation)
    assert "Only those who care for patients" in page(client, manager, alert)
    assert say("acts", by=manager).status_code == 403
    factories.duty(unit, "on-call consultant", manager)
    say("declined", reason="busy")
    tick()
    higher = case.alerts.get(rung=1)
    say("acts", by=manager, about=higher, minutes="30")
    assert Alert.objects.get(pk=higher.pk).acknowledged_by == str(manager)


def test_an_answer_of_no_known_kind_is_refused_as_damaged(say):
    assert say("forget-it").status_code == 400


def test_what_has_stood_down_takes_no_answer(client, say, case, alert, coordinator):
    factories.happen(case, "contact.made", by=coordinator)
    text = page(client, coordinator, alert)
    assert "This alert stood down" in text
    assert "<button" not in text.split("Why this alert")[0].split("What do you say", 1)[-1].split("<h1>")[-1]
    for what in CHOICES:
        assert say(what.value, minutes="15", reason="x").status_code in {409, 422}, what
    assert not Response.objects.exists()


def test_every_answer_has_a_form_and_only_a_post_says_it(client, coordinator, alert):
    assert set(CHOICES) == set(Reply)
    client.force_login(coordinator)
    for what in CHOICES:
        client.get(reverse("alert", args=[alert.uuid]), {"what": what.value, "minutes": "15", "reason": "x"})
    assert not Response.objects.exists()


def test_the_page_says_why_rule_start_levels_and_each_attempt_to_reach_somebody(client, coordinator, case, alert):
    address = Address.objects.create(user=coordinator, channel="sms", value="07700900001", added_at=clock.now())
    message = Message.objects.create(address=address, subject="E1", body="E1", created_at=clock.now(), state="failed")
    Attempt.objects.create(message=message, at=clock.now(), result="failed", answer="503 from the provider")
    alert.deliveries.create(user=coordinator, channel="sms", told_at=clock.now(), address=address, message=message)
    text = page(client, coordinator, alert)
    for said in ("mscc-2026.2", ", by “", "E3: ", "503 from the provider", "failed for now"):
        assert said.casefold() in text.casefold(), said


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("550 5.1.1 <nurse.private@home.example>: unknown", "550 5.1.1 &lt;[address]&gt;: unknown"),
        ("cannot be reached: https://pager.example/bleep/12 (111)", "cannot be reached: [address] (111)"),
        ("400 +44 7700 900123 is no number", "400 [address] is no number"),
        ("no answer within 20 seconds in all", "no answer within 20 seconds in all"),
    ],
)
def test_what_a_provider_answers_is_shown_without_addresses(*, client, coordinator, alert, answer, shown):
    address = Address.objects.create(user=coordinator, channel="sms", value="07700900001", added_at=clock.now())
    message = Message.objects.create(address=address, subject="E1", body="E1", created_at=clock.now(), state="gone")
    Attempt.objects.create(message=message, at=clock.now(), result="gone", answer=answer)
    alert.deliveries.create(user=coordinator, channel="sms", told_at=clock.now(), address=address, message=message)
    assert f"(“{shown}”)" in page(client, coordinator, alert)


def why(client, user, case, key):
    client.force_login(user)
    return client.get(reverse("why", args=[case.uuid, key])).content.decode()


def test_why_not_says_what_each_clock_waits_for(client, coordinator, clinician, case):
    assert "This clock has not started" in why(client, coordinator, case, "treatment")
    assert "Not yet: told at" in why(client, coordinator, case, "mri_a")
    assert "it has no ladder, and tells nobody" in why(client, coordinator, case, "plan_24")
    until = (clock.now() + timedelta(hours=2)).isoformat()
    suspend(case, "bladder", by=clinician, answers={"until": until, "why": "unfit", "named": "Dr Named"})
    said = why(client, coordinator, case, "bladder")
    assert "decided by Dr Named" in said
    assert "the clock waits for its review" in said
    factories.happen(case, "bladder.scanned", by=coordinator)
    assert "before this level" in why(client, coordinator, case, "bladder")
    assert client.get(reverse("why", args=[case.uuid, "no_such_clock"])).status_code == 404


def test_why_says_where_the_check_of_the_clocks_is_late(client, coordinator, unit):
    case = factories.case(at=clock.now() - 40 * MINUTE, place=unit)
    assert "It should have been raised at" in why(client, coordinator, case, "contact_a")


def test_the_case_says_who_has_seen_it(client, coordinator, clinician, case):
    for reader in (clinician, coordinator):
        client.force_login(reader)
        text = client.get(reverse("case", args=[case.uuid])).content.decode()
    seen = text.split('id="readers"')[1].split("</details>")[0]
    assert seen.index(str(coordinator)) < seen.index(str(clinician))


def test_nobody_is_offered_what_is_not_theirs_to_read(unit, alert, coordinator):
    administrator = factories.user("administrator", unit.organisation)
    with pytest.raises(respond.Invalid):
        respond.offer(alert, by=coordinator, to=administrator)
    assert User.objects.filter(pk=administrator.pk).exists()
