"""Who does nothing for 30 minutes, or is signed in for 12 hours, is signed out and told so."""

import re
import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from pathway.web.session import ACTIVE, STARTED, in_words
from tests import factories

PAGE = "/account/logout/?tab=2"


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    assert client.get(PAGE).status_code == 200
    return client


def age(client, **seconds):
    session = client.session
    for key, value in seconds.items():
        session[key] = time.time() - value
    session.save()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({ACTIVE: settings.SESSION_IDLE_SECONDS}, "nothing was done for 30 minutes"),
        ({STARTED: settings.SESSION_COOKIE_AGE}, "12 hours have passed"),
    ],
)
def test_past_a_limit_the_person_is_signed_out_told_and_comes_back(signed_in, limit, said):
    age(signed_in, **limit)
    response = signed_in.get(PAGE, follow=True)
    assert response.redirect_chain == [(f"{reverse('account_login')}?next=%2Faccount%2Flogout%2F%3Ftab%3D2", 302)]
    assert said in response.content.decode()
    assert 'name="next" value="/account/logout/?tab=2"' in response.content.decode()
    assert "_auth_user_id" not in signed_in.session


def test_just_before_the_limit_one_stays(signed_in):
    age(signed_in, **{ACTIVE: settings.SESSION_IDLE_SECONDS - 60, STARTED: settings.SESSION_COOKIE_AGE - 60})
    assert signed_in.get(PAGE).status_code == 200
    assert time.time() - signed_in.session[ACTIVE] < 30
    assert time.time() - signed_in.session[STARTED] > settings.SESSION_COOKIE_AGE - 120


def test_what_the_page_asks_by_itself_is_no_activity(signed_in):
    age(signed_in, **{ACTIVE: 1000})
    assert signed_in.get(reverse("pulse")).status_code == 200
    assert signed_in.get(PAGE, headers={"X-Background": "1"}).status_code == 200
    assert time.time() - signed_in.session[ACTIVE] > 990


def test_what_the_page_asks_after_the_limit_gets_a_401(signed_in):
    age(signed_in, **{ACTIVE: settings.SESSION_IDLE_SECONDS})
    assert signed_in.get(reverse("pulse"), headers={"X-Background": "1"}).status_code == 401
    assert signed_in.get(reverse("pulse"), headers={"X-Background": "1"}).status_code == 302


@pytest.mark.parametrize("lost", ["limit", "session", "cookie", "everything"])
def test_a_form_that_arrives_too_late_is_said_not_to_be_saved_and_leads_back_to_its_page(coordinator, unit, lost):
    case, client = factories.case(place=unit), Client(enforce_csrf_checks=True)
    client.force_login(coordinator)
    path = reverse("observe", args=[case.uuid, "contact.logged"])
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get(path).content.decode())[1]
    if lost == "limit":
        age(client, **{ACTIVE: settings.SESSION_IDLE_SECONDS})
    elif lost == "session":
        client.session.delete()
    else:
        del client.cookies[settings.SESSION_COOKIE_NAME]
    if lost == "everything":
        client.cookies.clear()
    sent = {"csrfmiddlewaretoken": token, "said": "slot at 18:00"}
    answer = client.post(path, sent, headers={"Referer": f"http://testserver{path}"}, follow=True)
    page = answer.content.decode()
    assert "Nothing was saved: you were signed out before the form arrived." in page
    assert f'name="next" value="{path}"' in page
    assert case.events.count() == 1
    assert "Nothing was saved" not in client.get(reverse("account_login")).content.decode()


def test_what_a_script_sends_too_late_is_not_called_a_lost_form(signed_in):
    signed_in.session.delete()
    assert signed_in.post(reverse("stay")).status_code == 302
    assert "Nothing was saved" not in signed_in.get(reverse("account_login")).content.decode()


def test_staying_is_activity(signed_in):
    age(signed_in, **{ACTIVE: 1000})
    assert signed_in.post(reverse("stay")).status_code == 204
    assert time.time() - signed_in.session[ACTIVE] < 30


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/account/confirm/?a=1", "%2Faccount%2Fconfirm%2F%3Fa%3D1"),
        ("https://elsewhere.example/steal/", "%2F"),
        ("", "%2F"),
    ],
)
def test_a_form_sent_too_late_leads_back_to_its_page_and_nowhere_else(signed_in, referer, back, settings):
    settings.LOGIN_REDIRECT_URL = "/"
    age(signed_in, **{ACTIVE: settings.SESSION_IDLE_SECONDS})
    response = signed_in.post(PAGE, headers={"Referer": referer})
    assert response.url == f"{reverse('account_login')}?next={back}"


def test_a_session_that_is_gone_is_explained_once(signed_in):
    signed_in.session.delete()
    response = signed_in.get(PAGE, follow=True)
    assert "your time was over" in response.content.decode()
    assert "your time was over" not in signed_in.get(reverse("account_login")).content.decode()


def test_signing_out_is_not_called_a_limit(signed_in):
    response = signed_in.post(reverse("account_logout"), follow=True)
    assert "You are signed out." in response.content.decode()
    assert "limit" not in response.content.decode()
    assert "your time was over" not in response.content.decode()


@pytest.mark.parametrize(
    ("seconds", "words"), [(1800, "30 minutes"), (43_200, "12 hours"), (3600, "1 hour"), (15, "15 seconds")]
)
def test_limits_are_said_as_people_say_them(seconds, words):
    assert in_words(seconds) == words
