"""Signing in: whose failures count against whom, and what an account without a way in is told."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories

WARD, ELSEWHERE = "10.1.1.1", "10.2.2.2"
WRONG, PAUSE = "The username or the password is not right", "Wait five minutes"


@pytest.fixture
def people(trust):
    """Two people who can sign in."""
    return [factories.user("clinician", trust, password=factories.PASSWORD) for _ in range(2)]


def sign_in(name, password, address):
    """What a new browser at an address gets for an attempt."""
    return Client(REMOTE_ADDR=address).post(reverse("account_login"), {"login": name, "password": password})


def test_the_failures_of_one_account_shut_it_out_from_that_address_and_nobody_else(people):
    one, other = people
    for _ in range(5):
        assert WRONG in sign_in(one.username, "wrong", WARD).text
    assert PAUSE in sign_in(one.username, factories.PASSWORD, WARD).text
    assert sign_in(other.username, factories.PASSWORD, WARD).status_code == 302
    assert sign_in(one.username, factories.PASSWORD, ELSEWHERE).status_code == 302
    assert PAUSE in sign_in(one.username.upper(), factories.PASSWORD, WARD).text


def test_a_ward_of_people_who_mistype_behind_one_address_shuts_nobody_out(people):
    for number in range(31):
        assert WRONG in sign_in(f"somebody{number}", "wrong", WARD).text
    assert sign_in(people[0].username, factories.PASSWORD, WARD).status_code == 302


def test_a_closed_account_is_told_so(client, people):
    people[0].is_active = False
    people[0].save()
    sent = {"login": people[0].username, "password": factories.PASSWORD}
    page = client.post(reverse("account_login"), sent, follow=True)
    assert page.status_code == 200
    assert "This account is closed" in page.text


def test_who_has_no_password_is_told_that_there_is_none_to_change(client, coordinator):
    client.force_login(coordinator)
    page = client.get(reverse("account_change_password"), follow=True)
    assert page.status_code == 200
    assert "Your account has no password here" in page.text
