"""A hand-over: what passes with a case that is taken, and what stays with the giver where it is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pathway.engine import handover
from pathway.engine import now as clock
from pathway.engine.merge import merge
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.engine.respond import acknowledge, offer
from pathway.engine.tick import sweep
from pathway.record.alert import Alert, Delivery, Reply, Response
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.handover import Ended, Handed, Handover
from pathway.record.person import User
from tests import factories
from tests.engine.truth import assert_true
from tests.faults.crowd import apart, elsewhere, somebody_waits, until

START = factories.START
pytestmark = pytest.mark.django_db


def at(minutes):
    return clock.at(START + timedelta(minutes=minutes))


@pytest.fixture
def night(trust):
    return factories.user("clinician", trust)


@pytest.fixture
def acted(unit, coordinator):
    """A case with an alert on which the coordinator acts for two hours."""
    for role in ("coordinator", "on-call consultant"):
        factories.duty(unit, role, coordinator)
    made = factories.case(place=unit)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        acknowledge(Alert.objects.get(case=made), by=coordinator, until=START + timedelta(minutes=151))
    return made


def line(made, case):
    return Handed.objects.get(handover=made, case=case)


def test_who_takes_a_case_takes_the_alerts_on_which_the_giver_acts(unit, coordinator, night, acted):
    with at(40):
        made = handover.start(by=coordinator, to=night, unit=unit)
    alert = Alert.objects.get(case=acted)
    assert alert.acknowledged_by == str(coordinator), "until it is taken, the giver acts"
    assert Delivery.objects.filter(alert=alert, user=night).exists(), "the taker was not told"
    with at(41):
        said = handover.accept(line(made, acted), by=night)
    alert = Alert.objects.get(case=acted)
    assert (alert.acknowledged_by, alert.acting_until) == (str(night), START + timedelta(minutes=151))
    assert said == [
        "You act on E1 until 11:31 on 2 March 2026.", f"You are named as the owner of {acted.code}, which had none."
    ]  # fmt: skip
    taken = line(made, acted)
    assert (taken.outcome, taken.ended_by, taken.ended_at) == (
        Ended.ACCEPTED,
        str(night),
        START + timedelta(minutes=41),
    )
    assert [each.what for each in Response.objects.order_by("pk")] == [Reply.ACTS, Reply.OFFERED, Reply.ACCEPTED]
    assert_true(acted)


def test_an_alert_on_which_the_giver_began_to_act_after_the_sheet_was_made_passes_too(unit, coordinator, night):
    for role in ("coordinator", "on-call consultant"):
        factories.duty(unit, role, coordinator)
    case = factories.case(place=unit)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        acknowledge(Alert.objects.get(case=case), by=coordinator)
        assert "You act on E1 until 09:46 on 2 March 2026." in handover.accept(line(made, case), by=night)
    assert Alert.objects.get(case=case).acknowledged_by == str(night)


def test_an_alert_that_had_lapsed_is_taken_for_the_interval_of_its_level(unit, coordinator, night, acted):
    with at(40):
        made = handover.start(by=coordinator, to=night, unit=unit)
    with at(200):
        handover.accept(line(made, acted), by=night)
    alert = Alert.objects.get(case=acted)
    assert alert.acknowledged_by == str(night)
    assert alert.acting_until > START + timedelta(minutes=200)


def test_what_a_third_person_acts_on_stays_with_them_and_is_said(unit, coordinator, night, acted, trust):
    third = factories.user("clinician", trust)
    with at(40):
        made = handover.start(by=coordinator, to=night, unit=unit)
    with at(160):
        acknowledge(Alert.objects.get(case=acted), by=third)
        said = handover.accept(line(made, acted), by=night)
    assert said[0].startswith(f"{third} is acting on this until")
    assert f"{third} goes on acting on E1, Speak to the coordinator." in said
    assert Alert.objects.get(case=acted).acknowledged_by == str(third)
    assert line(made, acted).outcome == Ended.ACCEPTED


def test_the_owner_changes_by_an_event_of_the_taker_and_only_where_the_giver_is_the_owner(unit, coordinator, night):
    mine, other = factories.case(place=unit), factories.case(place=unit)
    factories.happen(mine, "case.assigned", at=START, to=coordinator.username.upper())
    factories.happen(other, "case.assigned", at=START, to="Sister Jones")
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
        assert handover.accept(line(made, mine), by=night) == [
            "No alert of it is open.", f"You are named as the owner of {mine.code}."
        ]  # fmt: skip
        assert handover.accept(line(made, other), by=night) == [
            "No alert of it is open.", f"Sister Jones is still named as the owner of {other.code}."
        ]  # fmt: skip
    owners = dict(Case.objects.values_list("pk", "owner"))
    assert (owners[mine.pk], owners[other.pk]) == (str(night), "Sister Jones")
    assert Event.objects.filter(case=mine, kind="case.assigned").latest("pk").by == str(night)
    assert_true(mine)


def test_a_physiotherapist_takes_the_case_but_may_not_be_named_as_its_owner(unit, coordinator, physiotherapist):
    case = factories.case(place=unit)
    factories.happen(case, "case.assigned", at=START, to=str(coordinator))
    with at(5):
        made = handover.start(by=coordinator, to=physiotherapist)
        said = handover.accept(line(made, case), by=physiotherapist)
    assert said[-1] == f"{coordinator} is still named as the owner: a coordinator or clinician changes that."
    assert Case.objects.get(pk=case.pk).owner == str(coordinator)


def test_ones_own_cases_are_those_that_name_one_as_the_owner(unit, coordinator, night):
    mine = factories.case(place=unit)
    factories.case(place=unit)
    factories.happen(mine, "case.assigned", at=START, to=str(coordinator))
    with at(5):
        made = handover.start(by=coordinator, to=night)
    assert [each.case for each in made.cases.all()] == [mine]
    assert made.scope == f"cases of {coordinator}"
    assert str(made) == f"{coordinator} to {night}"
    assert str(line(made, mine)) == f"{mine} from {made}"


def test_a_case_that_is_not_taken_stays_with_the_giver_and_says_why(unit, coordinator, night, acted):
    with at(40):
        made = handover.start(by=coordinator, to=night, unit=unit)
        with pytest.raises(Invalid):
            handover.refuse(line(made, acted), by=night, reason=" ")
        handover.refuse(line(made, acted), by=night, reason="In theatre")
    left = line(made, acted)
    assert (left.outcome, left.reason) == (Ended.REFUSED, "In theatre")
    assert Alert.objects.get(case=acted).acknowledged_by == str(coordinator)
    assert Response.objects.latest("pk").what == Reply.REFUSED


def test_the_giver_may_keep_a_case_and_only_the_giver(unit, coordinator, night):
    case = factories.case(place=unit)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
        for act, who in ((handover.keep, night), (handover.accept, coordinator)):
            with pytest.raises(NotAllowed):
                act(line(made, case), by=who)
        handover.keep(line(made, case), by=coordinator)
        with pytest.raises(Refused, match="has answered already"):
            handover.accept(line(made, case), by=night)


def test_who_no_longer_cares_for_patients_takes_nothing(unit, coordinator, night):
    case = factories.case(place=unit)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
    night.roles = ["manager"]
    night.save()
    with at(6), pytest.raises(NotAllowed):
        handover.accept(line(made, case), by=night)


def test_a_case_that_ended_is_not_taken(unit, coordinator, night):
    case = factories.case(place=unit)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
    factories.happen(case, "case.closed", at=START + timedelta(minutes=6))
    with at(7), pytest.raises(Refused, match="has ended: Closed"):
        handover.accept(line(made, case), by=night)
    assert not Handed.objects.waiting().exists()


def test_the_same_sheet_asked_for_twice_is_one(unit, coordinator, night):
    factories.case(place=unit)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
        assert handover.start(by=coordinator, to=night, unit=unit) == made
    assert Handover.objects.count() == 1


def test_another_sheet_for_the_same_case_ends_the_first(unit, coordinator, night, trust):
    case = factories.case(place=unit)
    third = factories.user("coordinator", trust)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
        again = handover.start(by=coordinator, to=third, unit=unit)
    assert line(made, case).outcome == Ended.KEPT
    assert [each.handover for each in Handed.objects.waiting()] == [again]


def test_an_alert_that_was_offered_before_is_not_offered_twice(unit, coordinator, night, acted):
    with at(40):
        offer(Alert.objects.get(case=acted), by=coordinator, to=night)
        handover.start(by=coordinator, to=night, unit=unit)
    assert Response.objects.filter(what=Reply.OFFERED).count() == 1


def test_an_alert_of_a_giver_who_has_left_is_said_to_stay(unit, coordinator, night, trust):
    giver = factories.user("clinician", trust)
    factories.duty(unit, "coordinator", coordinator)
    case = factories.case(place=unit)
    with at(5):
        made = handover.start(by=giver, to=night, unit=unit)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        acknowledge(Alert.objects.get(case=case), by=giver)
        giver.is_active = False
        giver.save()
        said = handover.accept(line(made, case), by=night)
    assert said[0].startswith(f"E1 stays with {giver}. “Hand to a colleague” is for those who care for patients")
    assert Alert.objects.get(case=case).acknowledged_by == str(giver)
    assert line(made, case).outcome == Ended.ACCEPTED


def test_an_alert_that_stood_down_under_the_sheet_goes_over_with_nothing(unit, coordinator, night, acted):
    with at(40):
        made = handover.start(by=coordinator, to=night, unit=unit)
    factories.happen(acted, "contact.made", at=START + timedelta(minutes=41))
    with at(42):
        assert "You act on E1" not in " ".join(handover.accept(line(made, acted), by=night))


def test_nothing_to_hand_over_nobody_who_may_and_nobody_who_can(unit, coordinator, manager, outsider, trust):
    left = factories.user("coordinator", trust)
    left.is_active = False
    left.save()
    with pytest.raises(Refused, match="has no open case"):
        handover.start(by=coordinator, to=factories.user("clinician", trust), unit=unit)
    with pytest.raises(Refused, match="You coordinate no open case"):
        handover.start(by=coordinator, to=factories.user("clinician", trust))
    factories.case(place=unit)
    with pytest.raises(NotAllowed):
        handover.start(by=manager, to=coordinator, unit=unit)
    for nobody in (manager, outsider, left, coordinator):
        with pytest.raises(Invalid, match="choose a colleague"):
            handover.start(by=coordinator, to=nobody, unit=unit)
    assert not Handover.objects.exists()


def called(user, first, last):
    user.first_name, user.last_name = first, last
    user.save()
    return user


def test_a_name_that_two_people_have_is_nobodys(unit, coordinator, night, trust):
    """Given two people called Sam Reed, a case of Sam Reed is neither's; one that names a login is that person's."""
    called(coordinator, "Sam", "Reed")
    called(factories.user("coordinator", trust), "Sam", "Reed")
    doubtful, mine = factories.case(place=unit), factories.case(place=unit)
    factories.happen(doubtful, "case.assigned", at=START, to="Sam Reed")
    factories.happen(mine, "case.assigned", at=START, to=coordinator.username)
    with at(5):
        own = handover.start(by=User.objects.get(pk=coordinator.pk), to=night)
        assert [each.case for each in own.cases.all()] == [mine]
        whole = handover.start(by=coordinator, to=night, unit=unit)
        said = handover.accept(line(whole, doubtful), by=night)
    assert "Several people are called Sam Reed" in said[-1]
    assert Case.objects.get(pk=doubtful.pk).owner == "Sam Reed"


def test_who_shares_a_name_is_named_by_login_when_they_take_a_case(unit, coordinator, night, trust):
    called(night, "Sam", "Reed")
    called(factories.user("coordinator", trust), "Sam", "Reed")
    case = factories.case(place=unit)
    factories.happen(case, "case.assigned", at=START, to=str(coordinator))
    with at(5):
        handover.accept(line(handover.start(by=coordinator, to=night), case), by=User.objects.get(pk=night.pk))
    assert Case.objects.get(pk=case.pk).owner == night.username


def test_what_the_taker_takes_is_not_thereby_read_by_the_giver(unit, coordinator, night):
    """The giver was told of an alert and has not read it; the taker takes the case, and the message stays unread."""
    for role in ("coordinator", "on-call consultant"):
        factories.duty(unit, role, coordinator)
    case = factories.case(place=unit)
    with at(1):
        made = handover.start(by=coordinator, to=night, unit=unit)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        acknowledge(Alert.objects.get(case=case), by=coordinator, until=START + timedelta(minutes=151))
    Delivery.objects.filter(user=coordinator).update(read_at=None)
    with at(40):
        handover.accept(line(made, case), by=night)
    assert Alert.objects.get(case=case).acknowledged_by == str(night)
    assert Delivery.objects.filter(user=coordinator, read_at=None).exists()


def test_what_nobody_coordinates_or_acts_on_is_said_and_the_taker_coordinates_it(unit, coordinator, night, trust):
    """Given a case without an owner whose alert nobody answers, who takes it is its owner and told of the alert."""
    factories.duty(unit, "coordinator", coordinator)
    case, other = factories.case(place=unit), factories.case(at=START + timedelta(minutes=4), place=unit)
    physiotherapist = factories.user("physiotherapist", trust)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
        second = handover.start(by=night, to=physiotherapist, unit=unit)
    sweep(START + timedelta(minutes=30), 10)
    with at(31):
        assert handover.accept(line(made, case), by=night) == [
            "Nobody acts on E1, Speak to the coordinator: act on it now.",
            f"You are named as the owner of {case.code}, which had none.",
        ]
        assert handover.accept(line(second, other), by=physiotherapist) == [
            "No alert of it is open.",
            f"Nobody is named as the owner of {other.code}: a coordinator or clinician changes that.",
        ]
    assert Case.objects.get(pk=case.pk).owner == str(night)
    assert Alert.objects.get(case=case).acting_until is None
    assert_true(case)


def test_a_case_that_was_merged_waits_no_more_and_says_where_it_goes_on(unit, coordinator, night):
    case = factories.case(place=unit)
    other = factories.case(place=unit, who=case.patient)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
        merge(other, by=coordinator, answers=factories.ANSWERS["case.merged"] | {"into": case.code})
        assert [each.case for each in Handed.objects.waiting()] == [case]
        with pytest.raises(Refused, match=f"was merged into {case.code}, which goes on"):
            handover.accept(line(made, other), by=night)


@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_taken_while_the_giver_begins_another_sheet_stays_taken(unit, coordinator, night, trust):
    case, third = factories.case(place=unit), factories.user("clinician", trust)
    factories.happen(case, "case.assigned", at=START, to=str(coordinator))
    with at(5):
        made = handover.start(by=coordinator, to=night)
    with ThreadPoolExecutor(1) as pool, elsewhere(lambda: handover.accept(line(made, case), by=night)) as finish:
        begun = pool.submit(apart, lambda: handover.start(by=coordinator, to=third))
        until(somebody_waits)
        finish()
        with pytest.raises(Refused, match="You coordinate no open case"):
            begun.result(30)
    taken = line(made, case)
    assert (taken.outcome, taken.ended_by) == (Ended.ACCEPTED, str(night))
    assert Case.objects.get(pk=case.pk).owner == str(night)


@pytest.mark.django_db(transaction=True)
def test_a_case_whose_giver_begins_another_sheet_is_not_taken_from_the_first_meanwhile(unit, coordinator, night, trust):
    case, third = factories.case(place=unit), factories.user("clinician", trust)
    with at(5):
        made = handover.start(by=coordinator, to=night, unit=unit)
    with ThreadPoolExecutor(1) as pool, elsewhere(lambda: handover.begin(coordinator, third, unit)) as finish:
        taken = pool.submit(apart, lambda: handover.accept(line(made, case), by=night))
        until(somebody_waits)
        finish()
        with pytest.raises(Refused, match="has answered already"):
            taken.result(30)
    assert line(made, case).outcome == Ended.KEPT
    assert [each.handover.taker for each in Handed.objects.waiting()] == [third]
