"""The pages of a hand-over: what each of the two sees, what is refused, and that nobody else sees it."""

from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.record.handover import Handed, Handover
from tests import factories


@pytest.fixture
def night(trust):
    return factories.user("clinician", trust)


@pytest.fixture
def made(signed_in, unit, night):
    """A sheet of two cases, begun through the page."""
    for name in ("Ashdown", "Birch"):
        factories.case(at=None, place=unit, who=factories.patient(unit.organisation, family_name=name))
    answer = signed_in.post(reverse("new_handover"), {"scope": unit.uuid, "to": night.uuid})
    found = Handover.objects.get()
    assert answer.url == reverse("handover", args=[found.uuid])
    return found


def address(made):
    return reverse("handover", args=[made.uuid])


def lines(made):
    return list(made.cases.order_by("case"))


def say(client, user, made, what, handed, **more):
    client.force_login(user)
    return client.post(address(made), {"what": what, "handed": handed.uuid, **more})


def get(client, user, url):
    client.force_login(user)
    return client.get(url).content.decode()


def test_both_see_what_waits_on_the_sheet_the_list_and_the_worklist(client, coordinator, night, made):
    assert "2 cases not taken by" in get(client, coordinator, address(made))
    assert "Keep it myself" in get(client, coordinator, address(made))
    assert "2 cases for you to take" in get(client, night, address(made))
    assert "Not taken yet, still with you" in get(client, coordinator, reverse("handovers"))
    assert f"From {coordinator}: {made.unit}" in get(client, night, reverse("handovers"))
    assert f"2 cases are not taken by {night} yet</a> and stay with you" in get(
        client, coordinator, reverse("worklist")
    )
    text = get(client, night, reverse("worklist"))
    assert f"2 cases for you to take from {coordinator}" in text
    assert text.count("Hand-over not taken") == 2


def test_one_is_taken_one_refused_and_the_sheet_says_so_to_both(client, coordinator, night, made):
    first, second = lines(made)
    assert say(client, night, made, "accept", first).status_code == 302
    assert "You have taken over ASHDOWN" in get(client, night, address(made))
    answer = say(client, night, made, "refuse", second)
    assert answer.status_code == 422
    assert "Answer this: Why do you not take it?" in answer.content.decode()
    say(client, night, made, "refuse", second, reason="In theatre")
    for who in (coordinator, night):
        text = get(client, who, address(made))
        assert "Nothing waits on this sheet" in text
        assert "In theatre" in text
        assert f"Stays with {coordinator}." in text
    assert f"{coordinator} to {night}" in get(client, coordinator, reverse("handovers"))
    assert "not taken by" not in get(client, coordinator, reverse("worklist"))


def test_the_giver_keeps_one_and_what_was_answered_before_is_refused_in_words(client, coordinator, night, made):
    first, _ = lines(made)
    assert say(client, coordinator, made, "keep", first).status_code == 302
    late = say(client, night, made, "accept", first)
    assert late.status_code == 409
    assert "has answered already" in late.content.decode()
    assert say(client, coordinator, made, "accept", lines(made)[1]).status_code == 403


def test_a_case_that_ended_is_named_apart(client, coordinator, night, made):
    factories.happen(lines(made)[0].case, "case.closed")
    text = get(client, night, address(made))
    assert "Ended before anybody took it" in text
    assert "1 case for you to take" in text


def test_a_case_that_ended_is_not_called_untaken_in_the_list_of_ended_cases(client, coordinator, made):
    factories.happen(lines(made)[0].case, "case.died")
    text = get(client, coordinator, f"{reverse('worklist')}?closed=on")
    assert lines(made)[0].case.code in text
    assert "Hand-over not taken" not in text


def test_the_part_that_changes_is_drawn_alone(client, night, made):
    client.force_login(night)
    text = client.get(address(made), headers={"X-Background": "1"}).content.decode()
    assert "<html" not in text
    assert text.count("Take it<span") == 2


def test_a_reason_is_asked_for_first(client, night, made):
    handed = lines(made)[0]
    text = get(client, night, f"{address(made)}?refuse={handed.uuid}")
    assert "Do not take ASHDOWN" in text
    assert 'name="reason"' in text
    for other in ("x", uuid4()):
        assert 'name="reason"' not in get(client, night, f"{address(made)}?refuse={other}")


def test_nobody_else_sees_it(client, trust, outsider, made):
    third = factories.user("coordinator", trust)
    for who in (third, outsider):
        client.force_login(who)
        assert client.get(address(made)).status_code == 404
        assert str(made.uuid) not in client.get(reverse("handovers")).content.decode()
        assert say(client, who, made, "accept", lines(made)[0]).status_code == 404
    assert Handed.objects.waiting().count() == 2


def test_who_has_moved_to_another_organisation_sees_it_no_more(client, night, made, outsider):
    night.organisation = outsider.organisation
    night.save()
    client.force_login(night)
    assert client.get(address(made)).status_code == 404


@pytest.mark.parametrize("form", [{}, {"what": "steal"}, {"what": "accept"}, {"what": "accept", "handed": "x"}])
def test_a_damaged_form_changes_nothing(client, night, made, form):
    client.force_login(night)
    whole = {"handed": lines(made)[0].uuid} if form == {"what": "steal"} else {}
    assert client.post(address(made), form | whole).status_code == 400
    assert Handed.objects.waiting().count() == 2


def test_what_cannot_be_handed_over_is_said_at_its_field(signed_in, unit, outsider, coordinator, night):
    page = reverse("new_handover")
    answer = signed_in.post(page, {"scope": unit.uuid, "to": night.uuid})
    assert answer.status_code == 409
    assert f"{unit} has no open case. There is nothing to hand over." in answer.content.decode()
    answer = signed_in.post(page, {"scope": "mine", "to": night.uuid})
    assert "You coordinate no open case." in answer.content.decode()
    for form in ({}, {"scope": uuid4(), "to": night.uuid}, {"scope": "mine", "to": outsider.uuid},
                 {"scope": "mine", "to": coordinator.uuid}):  # fmt: skip
        answer = signed_in.post(page, form)
        assert answer.status_code == 422
        assert "There is a problem" in answer.content.decode()
    assert not Handover.objects.exists()


def test_a_colleague_who_left_while_the_form_was_open_is_refused(signed_in, unit, night):
    factories.case(at=None, place=unit)
    night.roles = ["manager"]
    night.save()
    answer = signed_in.post(reverse("new_handover"), {"scope": unit.uuid, "to": night.uuid})
    assert answer.status_code == 422
    assert "Choose one of the answers: To whom." in answer.content.decode()
