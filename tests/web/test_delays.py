"""The pages of delays: of a period for managers, of one case for whoever may read it."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from pathway.protocol.hours import LONDON
from pathway.record.access import Access
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PERIOD = {"first": "2026-03-01", "last": "2026-03-31"}


@pytest.fixture
def case(unit):
    """A scan 31 hours after the suspicion, of which the referrer had 2 hours, and a reason."""
    case = factories.case(place=unit, at=START, first_symptom_on="2026-02-20")
    for kind, hours in (
        ("contact.made", 2),
        ("referral.triaged", 3),
        ("imaging.requested", 4),
        ("imaging.acquired", 31),
    ):
        factories.happen(case, kind, at=START + hours * HOUR)
    factories.happen(
        case, "clock.explained", at=START + 32 * HOUR, reason="no_scanner_slot", contributory=["transport"]
    )
    return case


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(case=None, **query):
        address = reverse("case_delays", args=[case.uuid]) if case else reverse("delays")
        answer = client.get(address, query)
        answer.text_said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


def cells(page, head):
    """The cells of the row that begins so."""
    row = page.split(f'scope="row">{head}</th>')[1].split("</tr>")[0]
    return [part.split("</td>")[0] for part in row.split('<td class="nhsuk-table__cell">')[1:]]


def test_a_period_says_whose_minutes_and_why(look, case):
    page = look(**PERIOD).text_said
    assert "<strong>1 of 1</strong> run of the clock ended late (small number)" in page
    assert "31 h 0 min in all, of which 7 h 0 min beyond the limit" in page
    assert cells(page, "Radiology") == ["27 h 0 min", "1620", "87.1 %", "1"]
    assert cells(page, "Referrer") == ["3 h 0 min", "180", "9.7 %", "1"]
    assert cells(page, "Coordinator") == ["1 h 0 min", "60", "3.2 %", "1"]
    assert cells(page, "All") == ["31 h 0 min", "1860", "100.0 %", "1"]
    assert cells(page, "No scanner slot") == ["1", "7 h 0 min", "0"]
    assert cells(page, "Transport") == ["0", "0 min", "1"]
    assert "1 of 1 has a reason." in page
    assert "10 days from the first symptom to the suspicion (median of 1 of 1 case). No clock counts these" in page
    assert reverse("case_delays", args=[case.uuid]) in page
    assert page.count("data-chart=") == 2


def test_a_period_names_no_patient(look, case):
    page = look(**PERIOD).text_said
    assert case.code in page
    assert case.patient.family_name.upper() not in page
    assert case.patient.nhs_number not in page


def test_another_clock_may_be_asked_for(look, case):
    page = look(clock="contact_a", **PERIOD).text_said
    assert "Speak to the coordinator</h2>" in page
    assert cells(page, "Referrer") == ["2 h 0 min", "120", "100.0 %", "1"]
    assert cells(page, "No reason given yet") == ["1", "1 h 0 min", "0"]


def test_long_lists_come_in_pages_and_the_figures_are_of_all(look, unit, monkeypatch):
    monkeypatch.setattr("pathway.web.delays.PAGE", 2)
    for number in range(3):
        start = START + number * HOUR
        factories.happen(factories.case(place=unit, at=start), "imaging.acquired", at=start + 30 * HOUR)
    first, second = (look(page=str(number), **PERIOD).text_said for number in (1, 2))
    assert "Page 1 of 2, oldest first." in first
    assert [page.count('&clock=mri_a">M') for page in (first, second)] == [2, 1]
    assert cells(first, "All") == cells(second, "All") == ["90 h 0 min", "5400", "100.0 %", "3"]
    assert look(page="x", **PERIOD).status_code == 400


def test_nothing_late_is_said(look, case):
    page = look(clock="mri_b", **PERIOD).text_said
    assert "No run of this clock ended late" in page
    assert "data-chart" not in page


@pytest.mark.parametrize(("query", "sentence"), [
    ({"clock": "tea_time"}, "Choose one of the answers: Clock."),
    ({"first": "2026-03-31", "last": "2026-03-01"}, "The period ends before it begins (31 March 2026)."),
    ({"last": "9999-12-31"}, "Check the year."), ({"first": "soon"}, "Enter a real date"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_field(look, db, query, sentence):
    answer = look(**PERIOD | query)
    assert answer.status_code == 422
    assert sentence in answer.text_said


def test_one_case_is_split_with_its_reasons(look, case):
    page = look(case).text_said
    assert "31 h 0 min, 7 h 0 min beyond the limit. Why: No scanner slot; also Transport." in page
    assert "10 days from the first symptom (20 Feb 2026) to the suspicion" in page
    split = page.split("MRI within 24 hours of suspicion</h2>")[1].split("</table>")[0]
    assert [cells(split, "Coordinator")[0], cells(split, "Radiology")[0]] == ["Triage", "A slot"]
    assert cells(split, "All")[-1] == "1860"
    assert "Held by one alone" in page


def links(page, words):
    """The addresses to which links with these words lead."""
    return [unescape(part.split('"')[0]) for part in page.text.split('href="')[1:] if f">{words}<" in part]


def test_the_delays_of_a_case_name_it_and_lead_back_to_the_list_that_led_there(look, client, case, coordinator):
    asked = {"first": "2026-03-01", "last": "2026-03-30", "clock": "contact_a", "unit": str(case.unit.uuid)}
    (there,) = links(look(**asked), case.code)
    page = client.get(there)
    assert f"<h1>Delays of {case.code}</h1>" in page.text
    assert f"<title>Delays of {case.code}: " in page.text
    (back,) = links(page, "Delays of all cases")
    assert client.get(back).context["form"].cleaned_data == look(**asked).context["form"].cleaned_data
    assert links(look(case), "Delays of all cases") == [reverse("delays")]
    for wrong in ({"clock": "tea_time"}, {"last": "2026-02-01"}, {"unit": str(factories.unit().uuid)}):
        assert links(look(case, **asked | wrong), "Delays of all cases") == [reverse("delays")]
    client.force_login(coordinator)
    assert links(look(case, **asked), "Delays of all cases") == []


def test_who_may_explain_has_a_link_at_each_run_without_a_reason(look, client, case, coordinator):
    assert links(look(case), "Explain a delay") == []
    client.force_login(coordinator)
    found = look(case).context
    runs = [*found["whole"], *(late for late, _ in found["split"])]
    without = [each for each in runs if not each.why]
    found = links(look(case), "Explain a delay")
    assert len(found) == len(without) == len(runs) - 1 > 1
    for address in found:
        form = client.get(address).context["form"]
        standard, run = form["clock"].value(), form["run"].value()
        (late,) = [each for each in without if each.clock.standard == standard]
        assert run == f"{late.clock.started_at.astimezone(LONDON):%Y-%m-%d %H:%M %Z}"
    factories.happen(case, "case.entered_in_error", at=START + 40 * HOUR)
    assert links(look(case), "Explain a delay") == []


def test_a_case_without_delay_says_so(look, unit):
    case = factories.case(place=unit, at=factories.clock.now() - timedelta(minutes=5))
    page = look(case).text_said
    assert "No clock of this case ended or runs beyond its limit." in page
    assert "from the first symptom" not in page


def test_opening_the_delays_of_a_case_is_recorded(look, case, manager):
    look(case)
    assert list(Access.objects.filter(case=case).values_list("user", "what")) == [(manager.pk, "delays")]


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "administrator", "auditor"])
def test_the_period_is_for_managers(client, trust, role):
    client.force_login(factories.user(role, trust))
    assert client.get(reverse("delays")).status_code == 403


@pytest.mark.parametrize(("role", "status"), [
    ("coordinator", 200), ("clinician", 200), ("physiotherapist", 200), ("manager", 200), ("administrator", 404),
    ("auditor", 404),
])  # fmt: skip
def test_a_case_is_for_those_who_read_it(client, trust, case, role, status):
    client.force_login(factories.user(role, trust))
    assert client.get(reverse("case_delays", args=[case.uuid])).status_code == status


def test_a_case_of_another_organisation_does_not_exist(client, case, outsider):
    client.force_login(outsider)
    assert client.get(reverse("case_delays", args=[case.uuid])).status_code == 404
