"""The worklist as pages: the whole, its table, one row."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.tick import tick
from tests import factories


@pytest.fixture
def late(unit):
    """A case whose contact clock passed its limit three hours and twenty minutes ago; nobody was told."""
    made = factories.case(at=clock.now() - timedelta(hours=4, minutes=20), place=unit)
    tick()
    return made


def get(client, user, address, **options):
    client.force_login(user)
    return client.get(address, **options)


def test_the_page_says_how_far_over_and_what_ends_it(client, coordinator, late):
    text = get(client, coordinator, reverse("worklist")).content.decode()
    assert '3 h 20 min over</span><span class="app-clock__due">, due' in text
    assert "Record contact with the coordinator" in text
    assert "1 open case" in text
    assert re.search(r"As of \d\d:\d\d:\d\d", text)


def test_the_row_names_the_other_clocks_that_are_over(client, coordinator, unit):
    factories.case(at=clock.now() - timedelta(hours=25), place=unit)
    text = get(client, coordinator, reverse("worklist")).content.decode()
    others = "Bladder scan or plan, MRI within 24 hours of suspicion, Daily neurological examination"
    assert f"<strong>Also overdue:</strong> {others}</span>" in text
    assert "Also due soon" not in text


def test_a_case_that_nobody_answers_stands_above_the_list(client, coordinator, late):
    text = get(client, coordinator, reverse("worklist")).content.decode()
    assert text.index("Unanswered: act on this case now") < text.index("<table")
    assert "Unanswered</strong>" in text


def test_page_table_and_row_draw_the_same_row(client, coordinator, late):
    rows = []
    for address in (reverse("worklist"), reverse("worklist_table"), reverse("worklist_row", args=[late.uuid])):
        text = get(client, coordinator, address).content.decode()
        row = re.search(r"<tr [^>]*data-case=.*?</tr>", text, re.DOTALL)[0]
        rows.append(re.sub(r'data-(read-at|now)="[^"]*"|\d+ min( \d+ s)?', "", row))
    assert rows[0] == rows[1] == rows[2]


def test_the_row_of_a_case_that_is_not_shown_is_not_found(client, coordinator, outsider, auditor, late):
    address = reverse("worklist_row", args=[late.uuid])
    assert get(client, coordinator, address).status_code == 200
    assert get(client, coordinator, address, data={"klass": "C"}).status_code == 404
    assert get(client, coordinator, reverse("worklist_row", args=[uuid4()])).status_code == 404
    assert get(client, outsider, address).status_code == 404
    assert get(client, auditor, address).status_code == 404
    factories.happen(late, "case.closed")
    assert get(client, coordinator, address).status_code == 404


def test_filters_are_kept_and_say_what_they_hide(client, coordinator, late):
    text = get(client, coordinator, reverse("worklist"), data={"klass": "C"}).content.decode()
    assert "0 of 1 open case shown; 1 hidden by filters" in text
    assert '<option value="C" selected>' in text
    assert "The hidden cases may be overdue." in text
    assert "Unanswered: act on this case now" in text


def test_closed_cases_are_counted_and_can_be_seen(client, coordinator, late):
    factories.happen(late, "case.closed")
    text = get(client, coordinator, reverse("worklist")).content.decode()
    assert '<a href="/?closed=on">1 closed case</a> is not in this list' in text
    assert late.code not in text
    assert late.code in get(client, coordinator, "/?closed=on").content.decode()


def test_an_empty_list_says_so_and_leads_to_the_intake(client, coordinator):
    text = get(client, coordinator, reverse("worklist")).content.decode()
    assert "No open case" in text
    assert f'href="{reverse("intake")}"' in text


@pytest.mark.parametrize("query", ["klass=D", "phase=never", "state=late", "unit=1"])
def test_what_no_link_leads_to_is_refused(client, coordinator, unit, query):
    for name in ("worklist", "worklist_table"):
        answer = get(client, coordinator, f"{reverse(name)}?{query}")
        assert answer.status_code == 400
        assert f"was not as expected: filter: {query.partition('=')[0]}." in answer.content.decode()


def test_the_unit_of_another_organisation_is_no_filter(client, coordinator, outsider):
    foreign = factories.unit(outsider.organisation)
    assert get(client, coordinator, reverse("worklist"), data={"unit": foreign.uuid}).status_code == 400


def test_the_pages_of_a_long_list_lead_to_each_other(client, coordinator, unit):
    for number in range(51):
        factories.case(at=clock.now() - timedelta(minutes=51 - number), place=unit)
    first = get(client, coordinator, reverse("worklist")).content.decode()
    assert "51 open cases, page 1 of 2" in first
    assert 'href="?page=2"' in first
    second = get(client, coordinator, reverse("worklist"), data={"page": "2"}).content.decode()
    assert second.count("data-case=") == 1


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_a_role_that_reads_no_cases_is_told_so(client, trust, late, role):
    answer = get(client, factories.user(role, trust), reverse("worklist"))
    assert "Your role does not read cases" in answer.content.decode()
    assert late.code not in answer.content.decode()


def test_nobody_of_another_organisation_sees_the_case(client, outsider, late):
    for name in ("worklist", "worklist_table"):
        assert late.code not in get(client, outsider, reverse(name)).content.decode()


@pytest.mark.parametrize("name", ["worklist", "worklist_table", "live", "inbox", "people", "access_log"])
def test_a_stranger_has_to_sign_in(client, db, name):
    assert client.get(reverse(name)).url.startswith("/account/login/")


def test_only_reading_is_offered(client, coordinator, late):
    client.force_login(coordinator)
    for address in (reverse("worklist"), reverse("worklist_table"), reverse("worklist_row", args=[late.uuid])):
        assert client.post(address).status_code == 405


def test_names_are_escaped(client, coordinator, unit, trust):
    factories.case(at=None, place=unit, who=factories.patient(trust, family_name="<script>alert(1)</script>"))
    text = get(client, coordinator, reverse("worklist")).content.decode()
    assert "<SCRIPT>" not in text
    assert "&lt;SCRIPT&gt;" in text


def test_a_search_for_a_case_that_has_ended_leads_to_it(client, coordinator, late):
    factories.happen(late, "case.died")
    client.force_login(coordinator)
    text = client.get(reverse("worklist"), {"text": late.patient.family_name}).content.decode()
    link = f'<a href="{reverse("worklist")}?text={late.patient.family_name}&amp;closed=on">1 closed case</a>'
    assert f"{link} fits this search." in text
    found = client.get(reverse("worklist"), {"text": late.patient.family_name, "closed": "on"}).content.decode()
    assert late.code in found
