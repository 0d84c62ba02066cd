"""Each call, and each offer, is a telling of its own; who has left since is not told, and somebody else is."""

import pytest

from pathway.engine import respond
from pathway.engine.tick import tick
from pathway.notify.deliver import deliver
from pathway.record.alert import Alert, Delivery, Why
from pathway.record.message import Attempt, Message
from tests import factories
from tests.notify.conftest import later, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def colleague(unit):
    """Somebody who can take an alert, and holds no role."""
    return factories.user("clinician", unit.organisation)


def told(person):
    """The texts that one person was sent."""
    found = Message.objects.filter(address__user=person, state__in=("sent", "delivered")).order_by("pk")
    return list(found.values_list("body", flat=True))


@pytest.fixture
def top(unit, on_duty, due):
    """An alert at the top of its ladder, on which the consultant acts for an hour."""
    unit.fixed_contact = factories.user("manager", unit.organisation, "clinician")
    unit.save()
    (alert,) = due("E3")
    return respond.acknowledge(alert, by=on_duty[1], until=later(hours=1))


def test_help_asked_for_at_the_top_of_a_ladder_reaches_people_outside_while_somebody_acts(
    sinks, reach, on_duty, unit, top
):
    second = factories.user("clinician", unit.organisation)
    factories.duty(unit, "on-call consultant", second)
    reach(second, "sms")
    reach(unit.fixed_contact, "email", value="nobody@x.example")
    reach(unit.fixed_contact, "sms")
    respond.ask_for_help(top, by=on_duty[1])
    tick()
    top.refresh_from_db()
    assert (top.calls, top.acting_until is not None) == (2, True)
    for _ in range(2):
        deliver()
    assert [len(told(second)), len(told(unit.fixed_contact))] == [1, 1]


def test_who_acts_after_a_call_spares_the_others_its_messages(sinks, reach, on_duty, unit, top):
    reach(unit.fixed_contact, "sms")
    respond.ask_for_help(top, by=on_duty[1])
    tick()
    respond.acknowledge(top, by=on_duty[1])
    deliver()
    assert states() == ["spared"]


def test_an_offer_is_told_outside_though_who_offers_it_acts_and_says_so_again(sinks, reach, on_duty, due, colleague):
    reach(colleague, "sms")
    (alert,) = due()
    respond.acknowledge(alert, by=on_duty[0])
    respond.offer(alert, by=on_duty[0], to=colleague)
    respond.acknowledge(alert, by=on_duty[0], until=later(hours=2))
    deliver()
    (text,) = told(colleague)
    assert "(a colleague asks you to take it)" in text


def test_an_offer_to_somebody_told_before_is_told_again_and_doubles_nobody_elses(sinks, reach, unit, on_duty, due):
    second = factories.user("coordinator", unit.organisation)
    factories.duty(unit, "coordinator", second)
    reach(second, "sms"), reach(on_duty[0], "sms")
    (alert,) = due()
    deliver()
    for nth in (1, 2):
        respond.offer(alert, by=on_duty[0], to=second)
        deliver(later(minutes=2 * nth))
    assert [len(told(second)), len(told(on_duty[0]))] == [3, 1]
    assert Delivery.objects.get(user=second, channel="inbox").read_at is None
    assert Alert.objects.get(pk=alert.pk).people == Delivery.objects.filter(channel="inbox").count() == 2


@pytest.mark.parametrize("answer", ["accept", "refuse", "contact made"])
def test_an_offer_that_was_answered_or_is_over_is_not_sent_any_more(*, sinks, reach, on_duty, due, colleague, answer):
    reach(colleague, "sms")
    (alert,) = due()
    respond.offer(alert, by=on_duty[0], to=colleague)
    if answer == "accept":
        respond.accept(alert, by=colleague)
    elif answer == "refuse":
        respond.refuse(alert, by=colleague, reason="in theatre")
    else:
        factories.happen(alert.case, "contact.made")
    deliver()
    assert states() == ["spared"]


def test_an_offer_that_did_not_get_through_goes_on_to_the_next_contact(sinks, reach, on_duty, due, colleague):
    reach(colleague, "email", value="nobody@x.example")
    reach(colleague, "sms")
    (alert,) = due()
    respond.acknowledge(alert, by=on_duty[0])
    respond.offer(alert, by=on_duty[0], to=colleague)
    for _ in range(2):
        deliver()
    assert len(told(colleague)) == 1
    assert Delivery.objects.exclude(offer=None).count() == 2


@pytest.mark.parametrize("how", ["organisation", "roles"])
def test_who_left_between_raising_and_sending_is_not_told_and_the_next_level_is(sinks, reach, on_duty, due, how):
    leaver, consultant = on_duty
    reach(leaver, "sms", "email"), reach(consultant, "sms")
    (alert,) = due()
    if how == "organisation":
        leaver.organisation = factories.organisation()
    else:
        leaver.roles = ["administrator"]
    leaver.save()
    for _ in range(2):
        deliver()
    assert sinks.came() == []
    assert Attempt.objects.get().answer == "Whoever this reaches may no longer be told of these cases."
    alert.refresh_from_db()
    assert alert.passed_why == Why.UNREACHABLE
    tick()
    deliver()
    assert "highest E3" in told(consultant)[0]


def test_who_moved_is_told_of_the_cases_of_the_new_place_and_no_longer_of_the_old_one(sinks, reach, on_duty, due):
    mover = on_duty[0]
    reach(mover, "email")
    (left,) = due()
    mover.organisation = factories.organisation()
    mover.save()
    place = factories.unit(mover.organisation)
    factories.duty(place, "coordinator", mover)
    (new,) = due(place=place)
    deliver()
    deliver(later(minutes=2))
    (text,) = told(mover)
    assert new.case.code in text
    assert left.case.code not in "".join(each.text for each in sinks.came())
    assert states() == ["gone", "sent"]
