"""The page of a control chart: who may see it, what it says, and how its limits begin anew."""

import json
import re
from datetime import date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.urls import reverse

from pathway.analytics.control import Asked, control
from pathway.analytics.drawn import drawn
from pathway.analytics.spc import Assurance, Sense
from pathway.engine import now as clock
from pathway.engine.repin import repin
from pathway.protocol.hours import LONDON
from pathway.record.case import Case
from pathway.record.rebase import Rebase
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FIRST, LAST = date(2025, 1, 1), date(2026, 2, 28)


def month(number):
    """Nine o'clock of the 10th of a month, counted from January 2025."""
    return datetime(2025 + number // 12, number % 12 + 1, 10, 9, tzinfo=LONDON)


def scanned(place, at, *hours):
    """Cases of class A, scanned so many hours after the suspicion."""
    for each in hours:
        case = factories.case(place=place, at=at)
        factories.happen(case, "imaging.acquired", at=at + each * HOUR)


@pytest.fixture
def fourteen(unit):
    """Fourteen months: half of the scans in time in each of the first twelve, all of them in the last two."""
    for number in range(14):
        scanned(unit, month(number), 10, 30 if number < 12 else 12)
    return unit


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(post=None, **query):
        address = reverse("control") + "?" + "&".join(f"{name}={value}" for name, value in (WANTED | query).items())
        answer = client.post(address, post, follow=True) if post is not None else client.get(address)
        answer.text_said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


WANTED = {"measure": "K1", "by": "month", "first": FIRST.isoformat(), "last": LAST.isoformat()}


def test_a_chart_by_month_with_its_table(look, fourteen):
    page = look(target=90).text_said
    assert '<th class="nhsuk-table__cell" scope="row">Jan 2025</th> <td class="nhsuk-table__cell">50.0</td>' in page
    assert "1 of 2 (small)" in page
    assert "2 of 2 (small)" in page
    assert "Some points rest on fewer than 10 cases" in page
    assert "Most values are the same" not in page, "they are a concern"
    assert "Trial limits" not in page


def test_the_ordinary_value_is_named_with_its_limits_and_unit(look, unit, client):
    """Given scans after ten hours but for one month, when those are a run on the better side, then it is said why."""
    for number in range(14):
        scanned(unit, month(number), 30 if number == 8 else 10)
    why = "as more than half of them are. That is ordinary, and flagged only where it is a concern."
    assert f"The points begin with 100.0 %, {why}" in look().text_said
    assert f"The points begin with 10.00 h, {why}" in look(by="case").text_said
    pack = " ".join(client.get(reverse("pack"), {"period": "3-1-2026-01-01"}).content.decode().split())
    assert f"Most values are the same. The points begin with 100.0 %, {why}" in pack
    parted = look({"begins_on": "2025-10-01", "reason": "A second scanner"}).text_said
    assert f"The points before L1 begin with 100.0 %, {why}" in parted


def test_the_figures_of_a_chart_are_those_worked_by_hand(fourteen, manager):
    found = control(manager, Asked("K1", "month", FIRST, LAST, target=90))
    # Twelve of 50 and two of 100: the mean is 800/14; one moving range of 50 in thirteen, without which all would be 0.
    assert [float(row.judged.value) for row in found.drawn] == [50.0] * 12 + [100.0] * 2
    assert found.chart.points[0].limits.mean * 14 == 800
    assert found.chart.points[0].limits.range * 13 == 50
    assert (found.chart.last.label, found.chart.last.sense) == ("O", Sense.IMPROVEMENT)
    assert (found.chart.assurance, found.chart.met) == (Assurance.HIT_AND_MISS, (2, 14))
    assert found.noisy
    assert not found.on_trial


def test_hours_case_by_case_are_better_when_fewer(fourteen, manager, look):
    found = control(manager, Asked("K1", "case", FIRST, LAST))
    assert [float(row.judged.value) for row in found.drawn] == [10.0, 30.0] * 12 + [10.0, 12.0] * 2
    page = look(by="case").text_said
    assert '<th class="nhsuk-table__header" scope="col">Hours</th>' in page
    assert "n of N" not in page
    assert look(by="case", target=101).status_code == 200


def test_a_quarter_is_one_point(fourteen, manager):
    found = control(manager, Asked("K1", "quarter", FIRST, LAST))
    assert [(row.point.label, row.point.n, row.point.of) for row in found.rows] == [
        ("Q1 2025", 3, 6), ("Q2 2025", 3, 6), ("Q3 2025", 3, 6), ("Q4 2025", 3, 6)
    ]  # fmt: skip
    assert (found.cut, found.waiting) == ("Q1 2026", []), "the period ends before the quarter"
    assert found.on_trial


def test_a_quarter_that_began_before_the_period_is_not_judged_by_a_part_of_it(fourteen, manager, look):
    found = control(manager, Asked("K1", "quarter", date(2025, 2, 1), LAST))
    assert [row.point.label for row in found.rows] == ["Q2 2025", "Q3 2025", "Q4 2025"]
    assert found.begun == "Q1 2025"
    page = look(by="quarter", first="2025-02-01").text_said
    assert "Not judged, as the period begins within it: Q1 2025." in page
    assert control(manager, Asked("K1", "month", date(2025, 2, 1), LAST)).begun == ""


def test_a_quarter_within_which_the_period_ends_is_not_said_to_go_on(fourteen, unit, look):
    """Given a quarter that is over, when the period ends within it, then that is why; without a case it is that."""
    page = look(by="quarter").text_said
    assert "Not judged, as the period ends within it: Q1 2026." in page
    assert "Not judged yet" not in page
    with clock.at(month(13) + timedelta(days=10)):
        page = look(by="quarter").text_said
    assert "due: Q1 2026." in page
    assert "the period ends within it" not in page
    page = look(by="quarter", last="2026-04-15").text_said
    assert "Without a counted case, and so without a point: Q2 2026." in page
    assert "the period ends within it" not in page


def test_a_month_without_a_case_does_not_settle_the_one_before_it(unit, look):
    """Given confirmed cases whose 30 days are not over, when a month without a case follows, then they wait."""
    for number, days in ((0, 1), (1, 1), (2, 36)):
        case = factories.case(place=unit, at=month(number))
        factories.happen(case, "case.confirmed", at=month(number) + timedelta(days=days))
    with clock.at(datetime(2025, 5, 2, 9, tzinfo=LONDON)):
        page = look(measure="K18a", last="2025-05-02").text_said
    assert "is not due: Mar 2025, May 2025." in page
    assert "Without a counted case, and so without a point: Apr 2025." in page


def test_limits_are_shown_in_the_table_where_they_are_drawn(unit, manager, look):
    """Given limits beyond 0 and 100, when they are shown, then within them; they are judged where they are."""
    for number in range(6):
        scanned(unit, month(number), 1, 3 if number % 2 else 10)
        scanned(unit, month(number), 30 if number % 2 else 12)
    found = control(manager, Asked("K1", "month", FIRST, LAST))
    assert found.chart.points[0].limits.upper > 100
    page = look().text_said
    row = page.split('scope="row">Jan 2025</th>')[1].split("</tr>")[0]
    assert '<td class="nhsuk-table__cell">100.0</td> <td class="nhsuk-table__cell">\u2013</td>' in row
    hours = control(manager, Asked("K1", "case", FIRST, LAST))
    assert hours.chart.points[0].limits.lower < 0
    assert '<td class="nhsuk-table__cell">0.00</td>' in look(by="case").text_said


def test_a_chart_of_hours_says_who_is_not_on_it(fourteen, unit, manager, look):
    """Given two cases that were never scanned, when hours are drawn case by case, then none passes without them."""
    for _ in range(2):
        factories.case(place=unit, at=month(13))
    assert control(manager, Asked("K1", "case", FIRST, LAST)).unseen == 2
    page = look(by="case", target=200).text_said
    assert "2 counted cases have no time and are not drawn" in page
    assert "the target of 200 hours is met whatever chance does, of the cases that have a time." in page
    assert "Met at 28 of 28 points; 2 counted have none" in page
    assert "have no time" not in look(by="month").text_said


def test_where_nothing_is_over_yet_it_is_not_said_that_no_case_counts(unit, look):
    scanned(unit, month(1), 10)
    page = look(by="quarter", last="2025-02-28").text_said
    assert "Nothing of this period can be judged." in page
    assert "Not judged, as the period ends within it: Q1 2025." in page
    with clock.at(datetime(2025, 2, 20, 9, tzinfo=LONDON)):
        assert "not due: Q1 2025." in look(by="quarter", last="2025-02-28").text_said


def test_months_without_a_case_have_no_point_and_are_named(unit, manager, look):
    scanned(unit, month(0), 10)
    scanned(unit, month(2), 10)
    found = control(manager, Asked("K1", "month", date(2025, 1, 1), date(2025, 3, 31)))
    assert ([row.point.label for row in found.drawn], found.empty) == (["Jan 2025", "Mar 2025"], ["Feb 2025"])
    page = look(last="2025-03-31").text_said
    assert "Without a counted case, and so without a point: Feb 2025." in page
    assert "no case" in page


def test_new_limits_part_the_chart_for_a_reason_and_are_taken_back(look, fourteen, manager, client):
    done = look(post={"begins_on": "2026-01-01", "reason": "A second scanner"})
    assert done.status_code == 200
    assert "New limits are set, with your name and the reason." in done.text_said
    assert f"From 1 Jan 2026: A second scanner ({manager}," in done.text_said
    found = control(manager, Asked("K1", "month", FIRST, LAST))
    assert [point.group for point in found.chart.points] == [0] * 12 + [1] * 2
    assert [(mark.place, mark.sign) for mark in found.limits] == [(12.5, "L1")]
    assert "Trial limits" in done.text_said
    address = reverse("take_back", args=[Rebase.objects.get().uuid])
    assert f'href="{address}?' in done.text_said
    assert client.post(address, {"reason": ""}).status_code == 422
    back = client.post(address, {"reason": "It is not lasting"}, follow=True)
    assert "The limits from before go on." in back.content.decode()
    page = look().text_said
    assert f"Taken back by {manager}" in page
    assert "It is not lasting" in page
    assert {point.group for point in control(manager, found.asked).chart.points} == {0}
    opened = client.get(address).content.decode()
    assert f"They were taken back already, by {manager}" in opened
    assert "Why are these limits taken back?" not in opened
    again = client.post(address, {"reason": "Again"})
    assert again.status_code == 409
    assert f"{manager} took these limits back at" in again.content.decode()


def test_taking_limits_back_leads_back_to_the_chart_as_it_was_seen(look, fourteen, client):
    seen = {"by": "quarter", "target": "90", "unit": str(fourteen.uuid)}
    page = look({"begins_on": "2025-07-01", "reason": "A second scanner"}, **seen).text_said
    address = re.search(r'href="([^"]+)">Take back', page)[1]
    (way_back,) = re.findall(r'nhsuk-back-link" href="([^"]+)"', unescape(client.get(address).content.decode()))
    done = client.post(address, {"reason": "It is not lasting"})
    for back in (way_back, done["Location"]):
        assert back.startswith(reverse("control") + "?")
        assert dict(parse_qsl(back.partition("?")[2])) == WANTED | seen


@pytest.mark.parametrize(("sent", "sentence"), [
    ({"begins_on": "2025-06-01", "reason": ""}, "Answer this: Why: what changed."),
    ({"begins_on": "", "reason": "A second scanner"}, "Answer this: New limits from."),
    ({"begins_on": "2025-01-01", "reason": "A second scanner"}, "This day parts no points of the chart"),
    ({"begins_on": "2026-02-11", "reason": "A second scanner"}, "This day parts no points of the chart"),
])  # fmt: skip
def test_limits_that_make_no_sense_are_refused_in_a_sentence(look, fourteen, sent, sentence):
    answer = look(post=sent)
    assert answer.status_code == 422
    assert sentence in answer.text_said
    assert not Rebase.objects.exists()


def test_limits_that_somebody_has_set_already_are_refused_with_who_did(look, fourteen, manager):
    look(post={"begins_on": "2026-01-01", "reason": "A second scanner"})
    answer = look(post={"begins_on": "2026-01-01", "reason": "Another"})
    assert answer.status_code == 409
    assert f"{manager} began new limits on 1 January 2026 already: “A second scanner”." in answer.text_said


def test_limits_of_one_unit_are_not_those_of_all(look, fourteen, manager):
    look(post={"begins_on": "2026-01-01", "reason": "A second scanner"}, unit=fourteen.uuid)
    assert {point.group for point in control(manager, Asked("K1", "month", FIRST, LAST)).chart.points} == {0}
    found = control(manager, Asked("K1", "month", FIRST, LAST, unit=fourteen))
    assert {point.group for point in found.chart.points} == {0, 1}


@pytest.mark.parametrize(("query", "sentence"), [
    ({"measure": "K99"}, "Choose one of the answers: Measure."),
    ({"by": "week"}, "Choose one of the answers: Points are."),
    ({"first": "2025-02-30"}, "Enter a real date"),
    ({"first": "0001-01-01"}, "Check the year."),
    ({"last": "9999-12-31"}, "Check the year."),
    ({"last": "2024-12-31"}, "The period ends before it begins (1 January 2025)."),
    ({"target": "101"}, "A percentage is 100 at most."),
    ({"target": "much"}, "Enter a number from 0 to 100000."),
    ({"unit": "elsewhere"}, "Choose one of the answers: Unit."),
    ({"measure": "K3", "by": "case"}, "This measure has no time of each case."),
])  # fmt: skip
def test_a_chart_that_cannot_be_is_refused_with_the_field(look, db, query, sentence):
    answer = look(**query)
    assert answer.status_code == 422
    assert sentence in answer.text_said


def test_nothing_to_show_is_said(look):
    page = look().text_said
    assert "No case of this period counts for this measure." in page
    assert "data-chart" not in page


def test_cases_of_another_organisation_are_not_counted(look, fourteen, outsider, client):
    client.force_login(factories.user("manager", outsider.organisation))
    assert "No case of this period counts for this measure." in look().text_said


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "administrator", "auditor"])
def test_only_managers_open_it(client, trust, manager, role):
    client.force_login(factories.user(role, trust))
    made = Rebase.objects.create(
        organisation=trust, measure="K1", begins_on=FIRST, reason="x", made_by=manager, made_at=month(0)
    )
    assert client.get(reverse("control")).status_code == 403
    assert client.post(reverse("control"), {"begins_on": "2026-01-01", "reason": "y"}).status_code == 403
    assert client.post(reverse("take_back", args=[made.uuid]), {"reason": "y"}).status_code == 403
    assert Rebase.objects.count() == 1


def test_limits_of_another_organisation_do_not_exist(client, trust, manager, outsider):
    made = Rebase.objects.create(
        organisation=trust, measure="K1", begins_on=FIRST, reason="x", made_by=manager, made_at=month(0)
    )
    client.force_login(factories.user("manager", outsider.organisation))
    assert client.post(reverse("take_back", args=[made.uuid]), {"reason": "y"}).status_code == 404


def test_a_released_version_is_marked_in_its_month(unit, manager):
    at = datetime(2026, 11, 10, 9, tzinfo=LONDON)
    scanned(unit, at - timedelta(days=31), 10)
    scanned(unit, at, 12)
    with clock.at(datetime(2026, 11, 30, 9, tzinfo=LONDON)):
        going_on = control(manager, Asked("K1", "month", date(2026, 10, 1), date(2026, 11, 30)))
    assert ([row.point.label for row in going_on.drawn], going_on.waiting) == (["Oct 2026"], ["Nov 2026"])
    assert [mark.place for mark in going_on.versions] == [1.5, 1.5]  # after October, not in it
    x = json.loads(drawn(going_on))["layer"][0]["encoding"]["x"]
    assert x["scale"]["domain"] == [0.5, 3]  # with room for the signs
    assert ([marks for _, marks in going_on.lines], going_on.since) == ([[]], list(going_on.versions))
    with clock.at(datetime(2026, 12, 2, 9, tzinfo=LONDON)):
        found = control(manager, Asked("K1", "month", date(2026, 10, 1), date(2026, 11, 30)))
    assert [(mark.place, mark.sign) for mark in found.versions] == [(2, "V1"), (2, "V2")]
    assert found.versions[0].words == "Protocol mscc-2026.1 released"
    assert found.versions[1].words.startswith("Protocol mscc-2026.2 released: another ladder for ")
    assert ([marks for _, marks in found.lines], found.since) == ([[], list(found.versions)], [])
    assert json.loads(drawn(found))["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0.5, 4]
    data = [layer["data"]["values"] for layer in json.loads(drawn(found))["layer"]]
    assert {"place": 2, "says": "V1 V2"} in [value for values in data for value in values]  # not one over the other
    cases = control(manager, Asked("K1", "case", date(2026, 10, 1), date(2026, 11, 30)))
    assert [mark.place for mark in cases.versions] == [2.5, 2.5]
    assert control(manager, Asked("K1", "month", date(2026, 10, 1), date(2026, 11, 20))).versions == ()


def test_cases_that_were_moved_and_new_limits_are_marked_in_the_table_too(look, fourteen, manager):
    case = Case.objects.visible_to(manager).order_by("suspected_at").first()
    with clock.at(month(5)):
        repin(case, to="mscc-2026.1", by=factories.user("clinician", fourteen.organisation), why="a trial")
    look({"begins_on": "2026-01-01", "reason": "A second scanner"})
    found = control(manager, Asked("K1", "month", FIRST, LAST))
    assert [(mark.place, mark.sign, mark.words) for mark in found.moves] == [
        (6, "R1", "1 case moved to protocol mscc-2026.1")
    ]  # fmt: skip
    assert {row.point.label: [mark.sign for mark in marks] for row, marks in found.lines if marks} == {
        "Jun 2025": ["R1"], "Jan 2026": ["L1"]
    }  # fmt: skip
    page = look().text_said
    assert "<strong>R1</strong> 10 Jun 2025: 1 case moved to protocol mscc-2026.1." in page
    row = page.split('scope="row">Jun 2025</th>')[1].split("</tr>")[0]
    assert "R1, 10 Jun 2025: 1 case moved to protocol mscc-2026.1" in row
    signs = [layer["data"]["values"] for layer in json.loads(drawn(found))["layer"]]
    assert [{"place": 6, "says": "R1"}] in signs


def test_what_is_drawn_is_what_was_judged(fourteen, manager):
    spec = json.loads(drawn(control(manager, Asked("K1", "month", FIRST, LAST, target=90))))
    points = spec["layer"][-1]["data"]["values"]
    assert [point["value"] for point in points] == [50.0] * 12 + [100.0] * 2
    assert [point["letter"] for point in points] == ["N"] * 12 + ["O"] * 2
    assert points[-1]["sense"] == "improvement"
    limits = spec["layer"][1]["data"]["values"]
    assert [(each["from"], each["to"]) for each in limits] == [(0.5, 14.5)] * 2
