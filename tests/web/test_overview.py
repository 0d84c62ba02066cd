"""The audit's home and the way between its pages."""

import pytest
from django.urls import reverse

from pathway.web.audit_nav import PAGES

pytestmark = pytest.mark.django_db


def test_the_menu_has_one_entry_for_the_audit_and_each_page_of_it_leads_to_all(client, manager):
    client.force_login(manager)
    for name, label in PAGES:
        frame = client.get(reverse(name)).context["frame"]
        assert [(link.name, link.current) for link in frame.navigation if "/audit/" in link.url] == [("audit", True)]
        assert [(link.name, link.url) for link in frame.within] == [(each, reverse(each)) for each, _ in PAGES]
        assert [link.label for link in frame.within if link.current] == [label]
    page = client.get(reverse("measure", args=["K1"])).context["frame"]
    assert [link.name for link in page.within if link.current] == ["measures"]
    assert client.get(reverse("worklist")).context["frame"].within == []


def test_who_does_not_audit_sees_no_way_there(client, coordinator):
    client.force_login(coordinator)
    frame = client.get(reverse("worklist")).context["frame"]
    assert "audit" not in {link.name for link in frame.navigation}
    refused = client.get(reverse("audit"))
    assert refused.status_code == 403
    assert 'aria-label="Audit"' not in refused.content.decode()
