"""Every failure is a page of its own with a sentence and a way on, for anybody."""

import logging
from io import StringIO

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from config.log import Brief
from pathway.web import errors
from tests import factories


@pytest.fixture(params=["stranger", "coordinator"])
def asked(request, rf, db):
    """A request by somebody who is signed in, or not."""
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.messages.storage.cookie import CookieStorage

    asked = rf.get("/somewhere/")
    asked.user = AnonymousUser() if request.param == "stranger" else request.getfixturevalue("coordinator")
    asked._messages = CookieStorage(asked)
    return asked


@pytest.mark.parametrize(
    ("draw", "status", "sentence"),
    [
        (errors.bad_request, 400, "could not be read"),
        (errors.forbidden, 403, "may not do this"),
        (lambda request: errors.forbidden(request, PermissionDenied("Request MRI")), 403, "allow: Request MRI."),
        (errors.not_found, 404, "no such page"),
        (errors.too_many, 429, "Wait five minutes"),
        (errors.server_error, 500, "Something went wrong"),
    ],
)
def test_a_failure_says_what_happened_and_the_way_on(asked, draw, status, sentence):
    response = draw(asked)
    page = response.content.decode()
    assert response.status_code == status
    assert sentence in page
    assert '<a class="nhsuk-button" href="/"' in page


def test_a_refusal_names_all_that_is_missing_and_leads_back(asked):
    response = errors.conflict(
        asked, "The scan was reported by somebody else.", missing=["Consent", "Stability"], back="/c/"
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert "<li>Consent</li><li>Stability</li>" in page
    assert 'href="/c/"' in page


def test_what_a_person_typed_is_escaped(asked):
    assert b"<script>x" not in errors.conflict(asked, "<script>x</script>").content


def test_a_refusal_leaves_no_traceback_in_the_log_and_a_fault_does(client, coordinator, monkeypatch):
    [handler] = [each for each in logging.getLogger().handlers if any(isinstance(one, Brief) for one in each.filters)]
    monkeypatch.setattr(handler, "stream", StringIO())
    client.force_login(coordinator)
    for address, status in (("/no-such-page/", 404), ("/access-log/", 403), ("/?page=x", 400)):
        assert client.get(address).status_code == status
        assert address.partition("?")[0] in handler.stream.getvalue()
    assert "Traceback" not in handler.stream.getvalue()
    monkeypatch.setattr("pathway.web.worklist.board", None)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500
    assert "Traceback" in handler.stream.getvalue()


def test_a_fault_is_drawn_without_the_database(rf, django_db_blocker):
    with django_db_blocker.block():
        assert errors.server_error(rf.get("/")).status_code == 500


def test_a_missing_page_is_a_404_for_anybody(client, coordinator):
    assert client.get("/no-such-page/").status_code == 404
    client.force_login(coordinator)
    page = client.get("/no-such-page/")
    assert page.status_code == 404
    assert str(coordinator) in page.content.decode()


def test_an_old_form_is_refused_in_words(db):
    response = Client(enforce_csrf_checks=True).post(
        reverse("account_login"),
        {"login": "x", "password": "y"},
        headers={"Referer": "http://testserver/account/login/"},
    )
    assert response.status_code == 403
    page = response.content.decode()
    assert "too old to be accepted" in page
    assert '<a class="nhsuk-button" href="/account/login/"' in page


def test_a_wrong_password_is_said_once_and_politely(client, coordinator):
    response = client.post(reverse("account_login"), {"login": coordinator.username, "password": "not this one"})
    page = response.content.decode()
    assert page.count("The username or the password is not right.") == 1
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="username"' in page
    assert "<title>Error: Sign in" in page


def test_too_many_attempts_are_paused(client, coordinator):
    for _ in range(6):
        page = client.post(reverse("account_login"), {"login": coordinator.username, "password": "wrong"})
    assert "Wait five minutes" in page.content.decode()


def test_an_empty_sign_in_links_each_error_to_its_input(client, db):
    page = client.post(reverse("account_login"), {}).content.decode()
    assert 'href="#id_login"' in page
    assert "Enter your username." in page
    assert "Enter your password." in page
    assert 'aria-describedby="id_login_error"' in page
    assert 'id="id_login_error"' in page


def test_the_icon_is_found_by_whoever_asks(client, db):
    page = client.get(reverse("account_login")).content.decode()
    assert client.get("/favicon.ico").url in page
    assert finders.find("pathway/icon.svg")


def test_a_new_password_asks_for_what_is_missing_by_name(client, trust):
    client.force_login(factories.user("coordinator", trust, password=factories.PASSWORD))
    page = client.post(reverse("account_change_password"), {}).content.decode()
    for name in ("current password", "new password", "new password (again)"):
        assert f"Enter your {name}." in page
    assert "This field is required" not in page
