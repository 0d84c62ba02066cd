"""The pages of measures, times and survival: who may see them, what they say, and what bad addresses get."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from pathway.analytics.measures import MEASURES
from pathway.engine import now as clock
from pathway.engine.merge import merge
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PERIOD = {"first": "2026-03-01", "last": "2026-03-31"}
NAMES = ("measures", "times", "survival")


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(name, *parts, status=200, **query):
        answer = client.get(reverse(name, args=parts), PERIOD | query)
        assert answer.status_code == status
        answer.said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


@pytest.fixture
def march(trust):
    """In East one scan in time and one late, in West one not done, one excluded first and one merged."""
    east, west = factories.unit(trust, "East"), factories.unit(trust, "West")
    made = {}
    for name, place, hours in (("early", east, 6), ("late", east, 30), ("none", west, None)):
        made[name] = factories.case(place=place, at=factories.START)
        if hours:
            factories.happen(made[name], "imaging.acquired", at=factories.START + hours * HOUR)
    made["declined"] = factories.case(place=west, at=factories.START)
    factories.happen(made["declined"], "case.declined", at=factories.START + HOUR, what="everything")
    who = factories.patient(trust, family_name="Nightingale")
    made["first"], again = (factories.case(place=west, at=factories.START + hours * HOUR, who=who) for hours in (0, 1))
    answers = factories.ANSWERS["case.merged"] | {"into": made["first"].code}
    with clock.at(factories.START + 2 * HOUR):
        merge(again, by=factories.teller(trust), answers=answers)
    factories.happen(made["first"], "case.left", at=factories.START + 3 * HOUR)
    return made


def test_all_measures_with_what_is_beside_them(look, march):
    page = look("measures").said
    for measure in MEASURES:
        assert f"{measure.key} {measure.title}" in page
    assert "<strong>5</strong> cases. Not among them: 1 merged into another case, 0 entered in error" in page
    row = page.split("K1 MRI within 24 hours of suspicion, class A</a></th>")[1]
    cells = [cell.split("</td>")[0].split(">")[-1] for cell in row.split("<td")[1:7]]
    assert cells == ["1 of 3 (small)", "33.3", "6.1 to 79.2", "0", "0", "2"]


def test_one_measure_has_every_line_and_the_cases_behind_each(look, march):
    page = look("measure", "K1").said
    assert "<strong>1 of 3</strong>: 33.3 % (95 % interval 6.1 to 79.2)" in page
    assert "3 of 5 cases counted; 0 lack an entry or an exact time, 0 are not due yet, 2 are left out" in page
    for words in ("Declined by the patient before the limit", "Left the cancer alliance before the limit"):
        assert words in page
    late = look("measure_cases", "K1", "late").said
    assert march["late"].code in late
    assert march["early"].code not in late
    both = look("measure_cases", "K1", "all-unmet").said
    assert march["late"].code in both
    assert march["none"].code in both
    assert "2 cases, in order of suspicion" in both


def test_a_unit_counts_its_own_cases_only(look, march):
    east = str(march["early"].unit.uuid)
    assert "<strong>1 of 2</strong>" in look("measure", "K1", unit=east).said
    assert march["none"].code not in look("measure_cases", "K1", "all-unmet", unit=east).said


def test_a_measure_is_parted_and_each_group_leads_to_its_cases(look, march):
    """Given scans of two units, when K1 is parted by unit, each has its own n of N, its lines and the cases of each."""
    east = str(march["early"].unit_id)
    page = look("measure", "K1", by="unit").said
    rows = [row.split("</tr>")[0] for row in page.split('aria-label="By group"')[1].split('scope="row">')[1:3]]
    assert [re.findall(r">([^<>]+)</(?:a|td)>", row)[:3] for row in rows] == [
        ["East", "1 of 2 (small)", "50.0"], ["West", "0 of 1 (small)", "0.0"],
    ]  # fmt: skip
    assert f"by=unit&group={east}" in unescape(page)
    only = look("measure", "K1", by="unit", group=east).said
    assert "<strong>1 of 2</strong>" in only
    assert "Unit: East</h2>" in only
    assert f"all-unmet/?first=2026-03-01&last=2026-03-31&by=unit&group={east}" in only
    cases = look("measure_cases", "K1", "all-unmet", by="unit", group=east).said
    assert march["late"].code in cases
    assert march["none"].code not in cases
    assert "Mar 2026, East: 1 case, in order of suspicion" in cases


def test_a_group_without_a_case_is_empty_and_one_that_is_none_is_refused(look, march):
    """Given the weekdays, when one is asked for on which nobody was suspected, then nothing is counted of it."""
    page = look("measure", "K1", by="weekday", group="7").said
    assert "<strong>0 of 0</strong>" in page
    assert "Weekday of the start: Sunday</h2>" in page
    assert "No case of the period is on this line." in look("measure_cases", "K1", "met", by="weekday", group="7").said
    for query in ({"by": "weekday", "group": "8"}, {"by": "unit", "group": "x' OR 1=1"}, {"group": "7"}):
        for page in (("measure", "K1"), ("measure_cases", "K1", "met")):
            assert "Group: cases are not parted so, or there is no such group." in look(*page, status=400, **query).said
    assert "Parted by" in look("measure", "K1", by="colour", status=422).said
    assert "Parted by: " in look("measure_cases", "K1", "met", by="colour", status=400).said


def test_the_form_keeps_a_group_until_it_asks_for_others(look, march):
    """Given one group that is open, when the form asks for other days it is still open, and by others it is not."""
    east = str(march["early"].unit_id)
    form = look("measure", "K1", by="unit", group=east).said
    assert f'<input type="hidden" name="group" value="{east}"><input type="hidden" name="of" value="unit">' in form
    assert "Unit: East</h2>" in look("measure", "K1", by="unit", group=east, of="unit", last="2026-03-30").said
    assert "Only the cases of this group" not in look("measure", "K1", by="weekday", group=east, of="unit").said


def test_of_nobody_nothing_is_small(look, march):
    assert "Small number" not in look("measure", "K13").said
    assert "0 of 0</td>" in look("measures").said


def test_no_page_names_a_patient(look, march):
    told = [look(name).said for name in NAMES] + [look("measure_cases", "K1", f"all-{side}").said
                                                 for side in ("met", "unmet", "out")]  # fmt: skip
    assert march["first"].code in told[-1]
    assert not any("Nightingale" in each.upper().title() for each in told)


def test_times_of_a_step_by_unit_and_case_by_case(look, march):
    page = look("times", by="unit").said
    assert (
        "Median <strong>18 h 0 min</strong> from 2 of 5 cases that began it; 3 lack an end, 0 lack an exact time"
        in page
    )
    assert "kept in 1 of 2" in page
    assert f'{march["late"].code}</a></th><td class="nhsuk-table__cell">' in page
    assert "30 h 0 min, over" in page
    assert "No time" in look("times", step="surgery").said


def test_the_axis_has_times_of_day_where_all_began_within_a_few_days(look, unit):
    """Given two scans of one day, then one of the week after, the axis has times of day, then days."""
    for days, axis in ((0, "%-d %b %H:%M"), (0.2, "%-d %b %H:%M"), (8, "%-d %b %Y")):
        case = factories.case(place=unit, at=factories.START + 24 * days * HOUR)
        factories.happen(case, "imaging.acquired", at=case.suspected_at + 5 * HOUR)
        page = look("times")
        assert json.loads(page.context["spec"])["layer"][0]["encoding"]["x"]["axis"]["format"] == axis


def test_survival_with_numbers_at_risk_and_the_test(look, march):
    with clock.at(factories.START + 100 * HOUR):
        page = look("survival", by="unit").said
    assert "5 cases, followed until death, leaving, closing or declining everything, unless reopened, else" in page
    assert "until now: 2 came to the event." in page
    assert "the longest that anybody was followed is 100.0 hours." in page
    assert "Log-rank test: χ² " in page
    assert "2 of 2 (small)" in page
    assert "Nobody is followed" in look("survival", event="treatment").said


def test_where_nobody_is_left_the_share_has_no_interval(look, unit):
    for hours in (5, 9):
        case = factories.case(place=unit, at=factories.START)
        factories.happen(case, "imaging.acquired", at=factories.START + hours * HOUR)
    with clock.at(factories.START + 100 * HOUR):
        page = look("survival").said
    shares = re.findall(r'>([\d.]+ %)</td><td class="nhsuk-table__cell">([^<]+)</td></tr>', page)
    assert shares == [("50.0 %", "0.6 to 91.0"), ("0.0 %", "\u2013")]


def test_one_is_not_said_as_several(look, unit):
    """Given one order to lie flat and one case without an exact time, when they are counted, then it is one of each."""
    case = factories.case(place=unit, at=factories.START)
    factories.happen(case, "position.ordered", at=factories.START + HOUR)
    factories.happen(case, "stability.advised", at=factories.START + 4 * HOUR)
    factories.happen(case, "position.cleared_to_sit", at=factories.START + 5 * HOUR)
    factories.happen(case, "imaging.acquired", at=factories.START + 6 * HOUR, precision="hour")
    assert "1 of 1 flat order counted" in look("measure", "K13").said
    assert ": 1 flat order, in order of suspicion" in look("measure_cases", "K13", "all-met").said
    factories.happen(factories.case(place=unit, at=factories.START), "imaging.acquired", at=factories.START + 9 * HOUR)
    assert "1 more lacks a time that is known exactly enough" in look("survival").said


def test_groups_that_are_not_drawn_stand_in_the_tables(look, trust):
    """Given ten units, when they are set side by side, then the eight with most cases are drawn, and all are told."""
    for number in range(10):
        place = factories.unit(trust, f"Unit {number}")
        for _ in range(1 + (number == 9)):
            case = factories.case(place=place, at=factories.START)
        factories.happen(case, "imaging.acquired", at=factories.START + (5 + 20 * number) * HOUR)
    with clock.at(factories.START + 300 * HOUR):
        page = look("survival", by="unit")
    assert "2 more groups, of the fewest cases, are not drawn; the tables and the test count them." in page.said
    assert page.said.count('scope="row">Unit 8</th>') == 2
    assert "Unit 9" in page.context["spec"]
    assert page.context["until"] > 185


def test_the_cases_of_a_part_that_is_said_beside_stand_behind_it(look, trust, march):
    case = factories.case(place=march["early"].unit, at=factories.START)
    factories.happen(case, "imaging.contraindicated", at=factories.START + HOUR)
    factories.happen(case, "imaging.acquired", at=factories.START + 2 * HOUR, modality="ct")
    address = reverse("measure_cases", args=["K1", "of-ct"])
    assert f'href="{address}?' in look("measure", "K1").said
    page = look("measure_cases", "K1", "of-ct").said
    assert case.code in page
    assert march["early"].code not in page
    assert "CT in lieu of MRI" in page


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "administrator", "auditor"])
def test_only_managers_open_them(client, trust, role):
    client.force_login(factories.user(role, trust))
    for name, parts in ((NAMES[0], []), ("measure", ["K1"]), ("measure_cases", ["K1", "met"]), ("times", []),
                        ("survival", [])):  # fmt: skip
        assert client.get(reverse(name, args=parts)).status_code == 403


def test_a_manager_of_elsewhere_counts_none_of_these_cases(client, march):
    client.force_login(factories.user("manager", factories.organisation()))
    page = client.get(reverse("measure_cases", args=["K1", "all-met"]), PERIOD).content.decode()
    assert march["early"].code not in page
    assert "No case" in page
    east = {"unit": str(march["early"].unit.uuid)}
    assert client.get(reverse("measure", args=["K1"]), PERIOD | east).status_code == 422


@pytest.mark.parametrize(("name", "parts", "query", "status"), [
    ("measures", [], {"first": "2026-04-01"}, 422), ("measures", [], {"last": "soon"}, 422),
    ("measure", ["K1"], {"first": "2026-13-01"}, 422), ("measure", ["K99"], {}, 404),
    ("measure_cases", ["K1", "nothing"], {}, 404), ("measure_cases", ["K99", "met"], {}, 404),
    ("measure_cases", ["K1", "met"], {"first": "soon"}, 400), ("measure_cases", ["K1", "met"], {"page": "x"}, 400),
    ("times", [], {"step": "x"}, 422), ("times", [], {"by": "name"}, 422),
    ("survival", [], {"event": "x"}, 422), ("survival", [], {"by": "x"}, 422),
    ("measures", [], {"unit": "\x00"}, 422),
])  # fmt: skip
def test_a_bad_address_is_refused_in_words(look, name, parts, query, status):
    look(name, *parts, status=status, **query)
