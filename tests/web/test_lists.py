"""The pages of every list: one rule for what the address asks for."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.notify import inbox
from pathway.record.access import Access
from pathway.web import audit
from tests import factories

LISTS = ("worklist", "worklist_table", "inbox", "access_log")


@pytest.fixture
def reader(client, trust):
    """Somebody who may read every list, signed in."""
    person = factories.user("coordinator", trust, "auditor")
    client.force_login(person)
    return person


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("page", ["x", "", "1.5", "²", "1e3", "--1"])
def test_what_is_no_number_is_refused(client, reader, name, page):
    assert client.get(reverse(name), {"page": page}).status_code == 400


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("page", ["-1", "0", "1", "1000000000", "9" * 5000])
def test_what_is_out_of_range_is_the_nearest_page(client, reader, unit, monkeypatch, name, page):  # noqa: PLR0917
    for module in (inbox, audit):
        monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr("pathway.worklist.rows.PAGE", 2)
    factories.duty(unit, "coordinator", reader)
    for number in range(3):
        factories.case(at=clock.now() - timedelta(hours=2, minutes=number), place=unit)
    tick()
    for case in unit.cases.all():
        Access.objects.create(user=reader, case=case, what="case page", at=clock.now())
    answer = client.get(reverse(name), {"page": page})
    shown = answer.context.get("page_obj") or answer.context["board"].page
    last = shown.paginator.num_pages
    assert last > 1
    assert shown.number == (1 if page in ("-1", "0", "1") else last)
