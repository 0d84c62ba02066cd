"""Acceptance question 10: does a mail scanner that opens and posts every link acknowledge anything?"""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from pathway.notify.deliver import deliver
from pathway.record.alert import Alert, Delivery, Response
from pathway.record.message import Address
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
LINK = re.compile(r"https?://[^\s\"'<>]+")


def test_a_mail_scanner_that_opens_and_posts_every_link_acknowledges_nothing(
    *, sinks, reach, trust, unit, due, settings
):
    """It follows the links of every message, the links and forms of those pages, and sends each form as it stands."""
    settings.SITE_URL = "http://testserver"
    for channel in ("sms", "email", "webhook"):
        person = factories.user("coordinator", trust)
        factories.duty(unit, "coordinator", person)
        reach(person, channel)
    due(), due("E3")
    deliver()
    scanner = Client()
    to_see = {urlsplit(link).path for each in sinks.taken() for link in LINK.findall(each.text)}
    assert to_see == {"/inbox/"}
    seen = set()
    while to_see:
        path = to_see.pop()
        seen.add(path)
        pages = [scanner.get(path, follow=True), scanner.head(path), scanner.post(path, follow=True)]
        for page in pages:
            text = page.content.decode()
            form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
            for action in re.findall(r'<form[^>]*action="([^"]*)"', text):
                scanner.post(action or path, form, follow=True)
            scanner.post(path, form, follow=True)
            found = {urlsplit(link).path for link in re.findall(r'href="(/[^"]*)"', text)}
            to_see |= {link for link in found if not link.startswith("/static/")} - seen
        assert pages[0].redirect_chain[0][0].startswith("/account/login/?next=")
    assert not Alert.objects.exclude(acknowledged_at=None).exists()
    assert not Response.objects.exists()
    assert not Delivery.objects.exclude(read_at=None).exists()


def test_even_the_very_address_of_the_alert_does_nothing_for_a_scanner(sinks, reach, on_duty, due):
    (alert,) = due()
    scanner = Client()
    for path in (f"/alerts/{alert.uuid}/", f"/alerts/{alert.uuid}/acknowledge/"):
        for answer in (scanner.get(path), scanner.post(path, {"what": "acts", "minutes": "15"})):
            assert answer.status_code in (302, 404)
    assert Alert.objects.get(pk=alert.pk).acknowledged_at is None
    assert not Address.objects.exists()
