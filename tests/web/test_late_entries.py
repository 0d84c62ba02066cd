"""The page of late entries: how many, each by case and code, what they decided, and what cannot be asked."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PERIOD = {"first": "2026-03-01", "last": "2026-03-31"}


@pytest.fixture
def case(unit):
    """A case whose call was made in time and typed in two hours later, and whose referral was typed in at once."""
    case = factories.case(place=unit, at=START)
    factories.happen(case, "referral.received", at=START + 20 * MINUTE, recorded=START + 25 * MINUTE)
    factories.happen(case, "contact.made", at=START + 50 * MINUTE, recorded=START + 170 * MINUTE)
    return case


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(**query):
        answer = client.get(reverse("late_entries"), PERIOD | query)
        answer.text_said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


def test_a_late_entry_is_told_by_code_with_how_late_and_what_it_decided(look, case):
    page = look().text_said
    assert "<strong>1 of 3 (33.3 %, small)</strong> entries was late, half of them by 2 h 0 min or less" in page
    assert "<strong>1</strong> of them made a clock met in time when its limit had passed already." in page
    row = page.split(f">{case.code}</a>")[1].split("</tr>")[0]
    cells = [cell.split("</td>")[0] for cell in row.split('<td class="nhsuk-table__cell">')[1:]]
    assert cells == [
        "Coordinator contacted", "Mon 2 Mar 2026 09:50", "Mon 2 Mar 2026 11:50, recorded", "2 h 0 min",
        "Speak to the coordinator",
    ]  # fmt: skip
    assert case.patient.family_name not in page


def test_only_what_decided_a_clock_may_be_shown(look, case):
    factories.happen(case, "case.admitted", at=START + HOUR, recorded=START + 9 * HOUR)
    every, only = look().text_said, look(show="deciding").text_said
    assert ("Admitted" in every.split('id="entries"')[1], "Admitted" in only.split('id="entries"')[1]) == (True, False)
    assert "2 of 4" in only


def test_a_period_without_late_entries_says_so(look, unit):
    factories.case(place=unit, at=START)
    page = look().text_said
    assert "0 of 1 (0.0 %, small)" in page
    assert "Nothing was recorded late" in page
    assert "None of them made a clock met" in page


@pytest.mark.parametrize(("query", "status"), [
    ({"show": "x"}, 422), ({"first": "soon"}, 422), ({"first": "2026-04-01"}, 422), ({"page": "x"}, 400),
    ({"page": "99"}, 200),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(look, case, query, status):
    assert look(**query).status_code == status


def test_a_manager_of_elsewhere_sees_none_of_it(client, case):
    client.force_login(factories.user("manager", factories.organisation()))
    page = client.get(reverse("late_entries"), PERIOD).content.decode()
    assert case.code not in page
    assert "0 of 0" in page
