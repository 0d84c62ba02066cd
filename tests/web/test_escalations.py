"""The pages of escalation: its figures, the alerts behind each, people and shifts, and the count of each day."""

import json
import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine import reconcile
from pathway.engine.repin import repin
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.audit import Reconciliation
from pathway.record.shift import Pattern
from tests import factories
from tests.analytics.five_alarms import alarms
from tests.factories import START

pytestmark = pytest.mark.django_db
PERIOD = {"first": "2026-03-01", "last": "2026-03-31", "clock": "contact_a"}
DAY = timedelta(days=1)


@pytest.fixture
def five(unit):
    return alarms(unit)


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(name="escalations", *args, **query):
        with clock.at(START + 40 * DAY):
            answer = client.get(reverse(name, args=args), PERIOD | query)
        answer.text_said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


def cells(page, head):
    """The cells of the row that begins so, without what is only heard and without links."""
    page = page.replace('<span class="app-number">', "").replace("</span></th>", "</th>")
    row = page.split(f'scope="row">{head}</th>')[1].split("</tr>")[0]
    row = row.replace("<td", "\x00<td").split("\x00")[1:]
    return [plain(cell) for cell in row]


def plain(words):
    """What stands in a cell."""
    while '<span class="nhsuk-u-visually-hidden">' in words:
        before, after = words.split('<span class="nhsuk-u-visually-hidden">', 1)
        words = before + after.split("</span>", 1)[1]
    out, inside = "", False
    for letter in words:
        inside = (inside or letter == "<") and letter != ">"
        out += "" if inside or letter == ">" else letter
    return out.strip()


def test_a_period_says_n_of_n_by_level_and_by_line(look, five):
    page = look().text_said
    said = plain(page)
    assert "7 alerts of 5 cases. Answered before the next level: 3 of 5 (60.0 %), 95 % interval" in said
    assert "Step done within the limit, of those raised before it: 4 of 5 (80.0 %), 95 % interval" in said
    assert "; 1 of all 7 was raised at the limit or later." in said
    assert cells(page, "E1: limit near") == [
        "5", "5 of 5 (100.0 %)", "2 of 5 (40.0 %)", "1 of 3 (33.3 %, small)", "3 of 4 (75.0 %, small)"
    ]  # fmt: skip
    assert cells(page, "All") == [
        "7", "7 of 7 (100.0 %)", "4 of 7 (57.1 %)", "3 of 5 (60.0 %)", "4 of 6 (66.7 %)"
    ]  # fmt: skip
    assert cells(page, "Somebody said to act before the next level") == ["Counted, in the numerator", "3", "1", "2"]
    assert cells(page, "Done before the alert was raised, and recorded after it") == ["Left out", "1", "1", "0"]
    assert cells(page, "Raised to the step done") == ["21 min", "38 min", "6 of 6 (100.0 %)", "nothing"]
    assert cells(page, "Told to seen") == ["6 min", "9 min", "4 of 7 (57.1 %)", "3 not seen"]


def test_every_number_leads_to_as_many_alerts(look, five):
    """Given the page of five cases, when each of its links is followed, then so many alerts are listed."""
    page = look().content.decode().split("<main")[1]
    links = re.findall(r'<a href="/audit/escalations/alerts/(\w+)/\?([^"]+)">(\d+)(?: of (\d+))?', page)
    assert {line for line, _, _, _ in links} >= {"raised", "told", "needed", "due", "unanswered", "over", "no_seen"}
    assert {name for _, query, _, _ in links for name in parse_qs(unescape(query))} == {
        "first", "last", "clock", "level", "hour", "version", "early"
    }  # fmt: skip
    for line, query, n, of in sorted(set(links)):
        listed = look("escalation_alerts", line, **dict(parse_qsl(unescape(query)))).text_said
        assert f": {of or n} alert{'' if (of or n) == '1' else 's'} of " in listed, (line, query)


def test_by_version_the_share_is_of_those_raised_before_the_limit(look, five):
    assert cells(look().text_said, "mscc-2026.2")[1:5] == ["7", "5", "3 of 5 (60.0 %)", "4 of 5 (80.0 %)"]


def test_hours_are_those_on_the_wall_in_a_chart_and_a_table(look, five):
    answer = look()
    assert cells(answer.text_said, "09:00 to 10:00")[:5] == ["6", "2 of 4 (50.0 %, small)", "0", "2", "2"]
    assert cells(answer.text_said, "09:00 to 10:00")[5:7] == ["0", "4 of 5 (80.0 %)"]
    assert cells(answer.text_said, "10:00 to 11:00")[6] == "0 of 0"  # its one alert was raised at the limit
    assert cells(answer.text_said, "03:00 to 04:00") == ["0", "0 of 0", "0", "0", "0", "0", "0 of 0", "\u2013"]
    values = json.loads(answer.context["hours"])["layer"][0]["data"]["values"]
    assert sum(each["value"] for each in values) == 7
    assert {(each["name"], each["part"]): each["value"] for each in values if each["value"]} == {
        ("09", "Somebody said to act before the next level"): 2, ("09", "Nobody said to act"): 2,
        ("09", "No answer needed any more"): 2, ("10", "Somebody said to act before the next level"): 1,
    }  # fmt: skip


def test_an_hour_in_summer_is_that_of_the_clock_on_the_wall(look, unit):
    factories.staff(unit)
    start = factories.at("2026-03-31 09:00")
    factories.case(place=unit, at=start)
    with clock.at(start + timedelta(minutes=30)):
        tick()
    assert cells(look().text_said, "10:00 to 11:00")[0] == "1"


@pytest.mark.parametrize(("line", "query", "found"), [
    ("unanswered", {}, ("2 alerts of 2 cases", {2, 4})),
    ("silent", {"level": "E1"}, ("E1: limit near: 1 alert of 1 case", {2})),
    ("raised", {"level": "E3"}, ("E3: limit reached: 2 alerts of 2 cases", {2, 4})),
    ("raised", {"hour": "10"}, ("raised from 10:00 to 11:00: 1 alert of 1 case", {2})),
    ("raised", {"early": "0"}, ("raised at the limit or later: 1 alert of 1 case", {2})),
    ("due", {"early": "1"}, ("raised before the limit: 5 alerts of 4 cases", {0, 1, 2, 4})),
    ("due", {"early": "1", "hour": "9"}, ("raised before the limit: 5 alerts of 4 cases", {0, 1, 2, 4})),
    ("after_both", {"early": "1"}, ("raised before the limit: 1 alert of 1 case", {2})),
    ("needed", {"version": "mscc-2026.2"}, ("by the ladder of mscc-2026.2: 5 alerts of 3 cases", {0, 2, 4})),
    ("needed", {"version": "mscc-2026.1"}, ("by the ladder of mscc-2026.1: 0 alerts of 0 cases", set())),
    ("no_seen", {}, ("3 alerts of 3 cases", {1, 2, 3})),
    ("moot", {}, ("1 alert of 1 case", {3})), ("again", {}, ("0 alerts of 0 cases", set())),
])  # fmt: skip
def test_behind_a_number_are_its_alerts_by_case(look, five, line, query, found):
    (cases, _), (said, codes) = five, found
    page = look("escalation_alerts", line, **query).text_said
    assert said in page
    assert {number for number, case in enumerate(cases) if f">{case.code}</a>" in page} == codes
    assert all(case.patient.family_name.upper() not in page for case in cases)
    assert all(case.patient.nhs_number not in page for case in cases)


def test_a_list_says_what_became_of_each_alert(look, five):
    page = look("escalation_alerts", "after_limit").text_said
    assert "E3: limit reached: Speak to the coordinator" in page
    row = page.split("E3: limit reached: Speak to the coordinator</th>")[1].split("</tr>")[0]
    assert [plain(cell) for cell in row.replace("<td", "\x00<td").split("\x00")[1:]] == [
        "Somebody said to act before the next level. Done after the limit, before the next level.",
        *("Mon 2 Mar 2026 10:00", "1 person"), *(f"Mon 2 Mar 2026 10:{minutes}" for minutes in (10, 10, 20)),
    ]  # fmt: skip


def test_long_lists_come_in_pages_of_cases(look, five, monkeypatch):
    monkeypatch.setattr("pathway.web.escalations.PAGE", 2)
    pages = [look("escalation_alerts", "raised", page=str(number)).text_said for number in (1, 2, 3)]
    assert [page.count('scope="rowgroup"') for page in pages] == [2, 2, 1]
    assert all("7 alerts of 5 cases" in page for page in pages)
    assert "page=2" in pages[0]


def test_people_are_told_so_many_and_their_alerts_are_listed(look, five):
    person = five[1]
    page = look("escalation_people").text_said
    assert cells(page, str(person)) == [
        "7", "7", "0 of 7 (0.0 %)", "4 of 7 (57.1 %)", "6 min", "3 of 7 (42.9 %)"
    ]  # fmt: skip
    assert "on duty at all times, and so have no shift: 7, 0.2 in 24 hours to all of them together." in page
    assert "The rota has no shifts in these days." in page
    page = look("escalation_alerts", "raised", person=str(person.uuid)).text_said
    assert f"told to {person}: 7 alerts of 5 cases" in page
    assert "Nobody was told" in look("escalation_people", clock="mri_b").text_said


def test_shifts_are_counted_also_those_without_an_alert(look, unit):
    person = factories.user("coordinator", unit.organisation)
    Pattern.objects.create(unit=unit, role="coordinator", user=person, days=[0], begins="08:00", ends="20:00",
                           first="2026-03-02", last="2026-03-09")  # fmt: skip
    factories.case(place=unit)
    with clock.at(START + timedelta(minutes=30)):
        tick()
    page = look("escalation_people").text_said
    assert "2 shifts, 1 of them with an alert; median 0.5, 90th centile 0.9 alerts a shift." in page
    assert cells(page, "None") == cells(page, "1 or 2") == ["1 of 2 (50.0 %, small)"]
    assert cells(page.split("the fullest first</h3>")[1], str(person)) == [
        "Mon 2 Mar 2026 08:00", "Mon 2 Mar 2026 20:00", "1"
    ]  # fmt: skip


def test_each_day_is_shown_and_a_day_without_a_count_is_never_fine(look, db):
    for number, counts in ((9, {}), (10, {"doubled": 1})):
        day = date(2026, 3, number)
        found = reconcile.counts(day) | {"audits": {"made": 1440, "unclean": 0}} | counts
        row = Reconciliation(day=day, made_at=START, counts=found)
        row.sign()
        row.save(force_insert=True)
    page = look("escalation_days").text_said
    assert "<strong>1 of 31 (3.2 %)</strong> days counted, all zero" in page
    assert "<strong>29 days</strong>" in page
    assert cells(page, "9 Mar 2026") == ["All zero", *"000000000", "0 s", "1440"]
    assert cells(page, "10 Mar 2026")[0] == "Not zero."
    assert cells(page, "8 Mar 2026 back to 1 Mar 2026") == ["No count: nothing is known of these 8 days."]
    assert "No day is over" in look("escalation_days", first="2026-06-01", last="2026-06-02").text_said


def test_what_changed_of_the_rules_is_said_with_both_ladders_beside_each_other(look, five, unit):
    factories.case(place=unit, at=START + DAY)
    with clock.at(START + DAY + timedelta(minutes=5)):
        case = unit.cases.order_by("-pk").first()
        repin(case, to="mscc-2026.1", by=factories.user("clinician", unit.organisation), why="a trial")
    with clock.at(START + DAY + timedelta(minutes=30)):
        tick()
    page = look().text_said
    assert "3 Mar 2026: 1 case moved to protocol mscc-2026.1." in page
    assert cells(page, "mscc-2026.2")[1:3] == ["7", "5"]
    assert cells(page, "mscc-2026.1")[1:3] == ["1", "1"]
    assert "This only describes." in page


def test_no_alert_is_said(look, five):
    page = look(clock="mri_b").text_said
    assert "No alert of this clock was raised in the period." in page
    assert "data-chart" not in page


@pytest.mark.parametrize("name", ["escalations", "escalation_people"])
@pytest.mark.parametrize(("query", "sentence"), [
    ({"clock": "tea_time"}, "Choose one of the answers: Clock."),
    ({"first": "2026-03-31", "last": "2026-03-01"}, "The period ends before it begins (31 March 2026)."),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_field(look, name, query, sentence):
    answer = look(name, **query)
    assert answer.status_code == 422
    assert sentence in answer.text_said


def test_days_that_cannot_be_asked_are_refused_with_the_field(look):
    answer = look("escalation_days", first="soon")
    assert answer.status_code == 422
    assert "Enter a real date" in answer.text_said


def test_a_list_that_is_none_is_refused(look, five):
    assert look("escalation_alerts", "tea").status_code == 404


@pytest.mark.parametrize(("query", "named"), [
    ({"level": "E9"}, "level"), ({"hour": "24"}, "hour"), ({"hour": "x"}, "hour"), ({"version": "a b"}, "version"),
    ({"early": "2"}, "early"), ({"person": "x"}, "person"),
    ({"person": "6fe5fc3c-9f0c-4b4e-9a3e-0d7c4c9a7f11"}, "person"), ({"page": "x"}, "page"),
    ({"first": "soon"}, "From: Enter a real date"), ({"clock": "tea"}, "Clock: Choose one of the answers: Clock"),
    ({"first": "2026-03-31", "last": "2026-03-01"}, "To: The period ends before it begins"),
])  # fmt: skip
def test_a_list_that_cannot_be_asked_is_refused_with_the_field(look, five, query, named):
    answer = look("escalation_alerts", "raised", **query)
    assert answer.status_code == 400
    assert f"was not as expected: {named}" in answer.text_said


def test_one_organisation_sees_nothing_of_another(client, five, outsider):
    client.force_login(factories.user("manager", outsider.organisation))
    assert Alert.objects.count() == 7
    for name, args in (("escalations", ()), ("escalation_people", ()), ("escalation_alerts", ("raised",))):
        page = client.get(reverse(name, args=args), PERIOD).content.decode()
        assert all(case.code not in page for case in five[0])
        assert str(five[1]) not in page
