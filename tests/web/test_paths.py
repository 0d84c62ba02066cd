"""The journey map: a drawing with its tables, and the cases that left the standard path."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PERIOD = {"first": "2026-03-01", "last": "2026-03-31"}


@pytest.fixture
def cases(unit):
    """One case on the standard path as far as it went, and one of which no referral is recorded."""
    made = []
    for told in (("contact.made", "referral.received", "referral.triaged"), ("contact.made", "referral.triaged")):
        made.append(factories.case(place=unit, at=START))
        for hours, kind in enumerate(told, 1):
            factories.happen(made[-1], kind, at=START + hours * HOUR)
    return made


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(**query):
        answer = client.get(reverse("paths"), PERIOD | query)
        answer.text_said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


def test_the_map_has_every_move_with_how_often_and_how_long(look, cases):
    page = look(show="100").text_said
    assert "5 of 5 moves in 2 cases (small number)" in page
    assert "<title>Suspected to Coordinator spoken to: 2 times, median 1.0 h</title>" in page
    assert 'data-way="over"' in page
    assert "Referral triaged (2)" in page
    row = page.split('scope="row">Referral received</th>')[1].split("</tr>")[0]
    assert [cell.split("</td>")[0] for cell in row.split('<td class="nhsuk-table__cell">')[1:]] == [
        "Referral triaged", "1", "1 (small)", "1 h 0 min", "1 of 1",
    ]  # fmt: skip


def test_rarer_moves_may_be_left_out_and_are_counted(look, cases):
    page = look(show="80").text_said
    assert "4 of 5 moves in 2 cases (small number): the most frequent; 1 rarer kind of move is left out" in page


def test_who_left_the_standard_path_is_listed_by_code_with_where(look, cases):
    page = look().text_said
    assert "<strong>1 of 2</strong> cases left it (small number)." in page
    left = page.split('id="left"')[1]
    assert f'{cases[1].code}</a></th><td class="nhsuk-table__cell">Coordinator spoken to</td>' in left
    assert 'Referral triaged</td><td class="nhsuk-table__cell">Referral received</td>' in left
    assert cases[0].code not in left
    assert "(standard, as far as it went)" in page
    assert cases[1].patient.family_name.upper() not in page


def test_long_lists_come_in_pages(look, cases, unit, monkeypatch):
    monkeypatch.setattr("pathway.web.paths.PAGE", 1)
    factories.happen(factories.case(place=unit, at=START), "imaging.acquired", at=START + HOUR)
    first, second = (look(page=str(number)).text_said for number in (1, 2))
    assert "Page 1 of 2, by where they left it." in first
    assert cases[1].code not in first.split('id="left"')[1]
    assert cases[1].code in second.split('id="left"')[1]


def test_back_and_beside_are_drawn(look, unit):
    case = factories.case(place=unit, at=START)
    for hours, kind in enumerate(("imaging.acquired", "imaging.communicated", "imaging.acquired", "case.excluded",
                                  "case.closed"), 1):  # fmt: skip
        answers = {"result": "normal"} if kind == "imaging.communicated" else {}
        factories.happen(case, kind, at=START + hours * HOUR, **answers)
    page = look(show="100").text_said
    assert 'data-way="back"' in page
    assert 'data-way="aside"' in page
    assert "Compression excluded (1)" in page


def test_a_period_without_moves_says_so(look, unit):
    factories.case(place=unit, at=START)
    assert "No case of the period has two steps." in look().text_said


@pytest.mark.parametrize(("query", "sentence"), [
    ({"show": "half"}, "Choose one of the answers: Show."),
    ({"first": "2026-03-31", "last": "2026-03-01"}, "The period ends before it begins (31 March 2026)."),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_field(look, query, sentence):
    answer = look(**query)
    assert answer.status_code == 422
    assert sentence in answer.text_said
