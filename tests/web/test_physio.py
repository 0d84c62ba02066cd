"""The physiotherapists' list and the charts: what is due first, every open case, and every value in a table."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import physio
from pathway.casefile.trends import trends
from pathway.engine.correct import correct
from pathway.engine.merge import merge
from pathway.engine.now import now
from pathway.record.case import Case
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def admitted(unit, hours=20):
    case = factories.case(place=unit, at=now() - hours * HOUR)
    factories.happen(case, "case.admitted", at=now() - (hours - 1) * HOUR)
    factories.happen(case, "case.confirmed", at=now() - (hours - 1) * HOUR)
    return case


def placed(user, **given):
    """The codes of the cases in each group."""
    return {key: [each.case.code for each in rows] for key, _, rows in physio.work(user, **given).groups}


def test_each_open_case_stands_once_in_the_group_of_what_is_due_first(unit, physiotherapist):
    later, sooner, other = admitted(unit), admitted(unit, 30), factories.case(place=unit, at=now() - HOUR)
    flat = factories.case(place=unit, at=now() - 3 * HOUR)
    factories.happen(flat, "position.ordered", at=now() - 2 * HOUR)
    sits = factories.case_at("position.cleared_to_sit", now() - 6 * HOUR, place=unit)
    factories.happen(sits, "rehabilitation.stepped", at=now() - HOUR, pain=0)
    factories.happen(factories.case(place=unit, at=now() - HOUR), "case.died", at=now())
    assert placed(physiotherapist) == {
        "first": [sooner.code, later.code], "review": [flat.code], "ladder": [sits.code], "other": [other.code],
    }  # fmt: skip


def test_a_row_says_position_ladder_grade_minutes_and_what_was_missed(client, unit, physiotherapist):
    case = factories.case_at("position.cleared_to_sit", now() - 6 * HOUR, place=unit)
    factories.happen(case, "rehabilitation.stepped", at=now() - HOUR)
    factories.happen(case, "rehabilitation.stopped", at=now() - HOUR / 2)
    factories.happen(case, "mobility.assessed", at=now() - HOUR, code="M6")
    wrong = factories.happen(case, "physiotherapy.treated", at=now() - HOUR, minutes=99)
    factories.happen(case, "physiotherapy.treated", at=now() - HOUR)
    factories.happen(case, "physiotherapy.missed", at=now() - HOUR)
    correct(wrong, by=physiotherapist, why="twice", withdrawn=True)
    client.force_login(physiotherapist)
    shown = client.get(reverse("physio")).content.decode()
    for words in (
        "Cleared to sit",
        "R1: declared stable",
        "stopped because of pain",
        "<strong>M6</strong>",
        "30 min, 1 missed",
    ):
        assert words in shown, words


def test_the_list_takes_as_many_questions_for_many_cases_as_for_one(unit, physiotherapist, django_assert_num_queries):
    admitted(unit)
    with django_assert_num_queries(4):
        physio.work(physiotherapist)
    for _ in range(4):
        admitted(unit)
    with django_assert_num_queries(4):
        physio.work(physiotherapist)


def test_one_unit_is_chosen_and_what_did_not_fit_is_counted(client, unit, physiotherapist, outsider, monkeypatch):
    here, there = admitted(unit), factories.case(place=factories.unit(unit.organisation), at=now() - HOUR)
    admitted(factories.unit(outsider.organisation))
    assert placed(physiotherapist, unit=str(unit.uuid))["other"] == []
    assert placed(physiotherapist)["other"] == [there.code]
    monkeypatch.setattr(physio, "SHOWN", 1)
    assert (physio.work(physiotherapist).hidden, placed(physiotherapist)["first"]) == (1, [here.code])
    client.force_login(physiotherapist)
    assert "1 more open case with nothing due does not fit here" in client.get(reverse("physio")).content.decode()
    assert "Cases of other units are hidden" in client.get(f"{reverse('physio')}?unit={unit.uuid}").content.decode()
    assert client.get(f"{reverse('physio')}?unit=x").status_code == 400


def test_every_value_of_a_chart_is_in_its_table_and_every_treatment_in_the_list(client, unit, physiotherapist):
    case = factories.case_at("position.cleared_to_sit", now() - 30 * HOUR, place=unit)
    for hours, kind, answers in (
        (20, "mobility.assessed", {"code": "M3"}), (19, "mobility.assessed", {"code": "M9"}),
        (18, "mobility.assessed", {"code": "M5"}), (17, "neuro.examined", {"frankel": "D", "L2_right": "4"}),
        (16, "pain.scored", {}), (15, "case.deteriorated", {}),
    ):  # fmt: skip
        factories.happen(case, kind, at=now() - hours * HOUR, **answers)
    charts, marks = trends(case)
    assert [mark.words for mark in marks] == ["First dexamethasone given", "Cleared to sit", "Something worse"]
    found = {chart.key: chart.spec["layer"][-1]["data"]["values"] for chart in charts}
    drawn = {key: [(each["which"], each["least"], each["most"]) for each in values] for key, values in found.items()}
    assert drawn == {
        "mobility": [("", 3, 3), ("", 5, 5)], "frankel": [("", 3, 3)], "ais": [("", 3, 3)], "mrc": [("", 4, 99)],
        "pain": [("Pain at rest", 2, 2), ("Pain on movement", 5, 5)],
    }  # fmt: skip
    client.force_login(physiotherapist)
    page = client.get(reverse("trends", args=[case.uuid]))
    shown = page.content.decode()
    for words in (
        "M9: In bed by order",
        "M5: Walks a few steps",
        "rest 2, movement 5",
        "1 score. Newest: D",
        "3 scores. Newest: M5",
    ):
        assert words in shown, words
    assert all(json.loads(chart.json)["description"].startswith(chart.title) for chart in page.context["charts"])
    assert "<script>" not in shown


def test_a_chart_shows_the_time_on_the_wall_in_summer_and_in_winter(unit, at):
    case = factories.case(place=unit, at=at("2026-06-01 09:00"))
    factories.happen(case, "mobility.assessed", at=at("2026-06-01 10:00"))
    (chart,), marks = trends(case)
    assert (chart.spec["layer"][-1]["data"]["values"][0]["at"], marks) == ("2026-06-01T11:00:00Z", [])
    assert "(Mon 1 Jun 11:00)" in chart.summary


def test_without_a_score_the_page_says_how_a_chart_comes_to_be(client, unit, manager):
    client.force_login(manager)
    shown = client.get(reverse("trends", args=[factories.case(place=unit).uuid])).content.decode()
    assert "A chart appears here with the first score" in shown
    assert "vega" not in shown
    assert "Record at the bedside" not in shown


def test_a_case_of_a_version_that_only_a_newer_release_knows_spoils_no_list(client, unit, physiotherapist):
    case = admitted(unit)
    Case.objects.filter(pk=case.pk).update(protocol="mscc-2099.1")
    client.force_login(physiotherapist)
    shown = client.get(reverse("physio"))
    assert (shown.status_code, "First physiotherapy assessment" in shown.content.decode()) == (200, True)
    assert client.get(reverse("bedside", args=[case.uuid])).status_code == 409


def test_what_a_merged_case_says_of_position_and_grade_stands_in_the_list_and_at_the_bedside(
    client, unit, physiotherapist, coordinator
):
    """Given an order on one case, lapsed, when it is merged into another, then both pages say so in the same words."""
    who = factories.patient(unit.organisation)
    one, two = (factories.case(place=unit, who=who, at=now() - hours * HOUR) for hours in (40, 30))
    factories.happen(one, "position.ordered", at=now() - 26 * HOUR, log_roll="yes", ordered_by="Dr Lime")
    factories.happen(one, "mobility.assessed", at=now() - 20 * HOUR, code="M6")
    merge(one, by=coordinator, answers=factories.ANSWERS["case.merged"] | {"into": two.code})
    (row,) = [each for _, _, rows in physio.work(physiotherapist).groups for each in rows]
    assert (row.case, row.position.words, row.position.lapsed, row.grade[0].short) == (two, "Flat", True, "M6")
    client.force_login(physiotherapist)
    for page in (reverse("physio"), reverse("bedside", args=[two.uuid])):
        shown = client.get(page).content.decode()
        for words in ("Flat", "Lapsed", "M6"):
            assert words in shown, words
        assert "Not yet ordered" not in shown
        assert "No position ordered" not in shown


def test_a_patient_is_found_by_name_and_by_number(client, unit, physiotherapist):
    here = factories.case(place=unit, who=factories.patient(unit.organisation, family_name="Quince"))
    factories.case(place=unit)
    client.force_login(physiotherapist)
    for find in ("quin", here.patient.nhs_number, here.code):
        shown = client.get(reverse("physio"), {"find": find}).content.decode()
        assert ("QUINCE" in shown, shown.count("data-case="), f"Only “{find}”" in shown) == (True, 1, True)
    assert "Nobody." in client.get(reverse("physio"), {"find": "Nobody of this name"}).content.decode()
    assert client.get(reverse("physio"), {"find": "a\x00b"}).status_code == 400


def test_a_physiotherapist_begins_on_the_list_and_has_it_first_in_the_menu(client, physiotherapist, coordinator):
    for who, first in ((physiotherapist, "physio"), (coordinator, "worklist")):
        who.set_password(factories.PASSWORD)
        who.save()
        answer = client.post(reverse("account_login"), {"login": who.username, "password": factories.PASSWORD})
        assert answer.url == reverse(first)
        assert client.get(answer.url).context["frame"].navigation[0].name == first
        client.logout()
    asked = f"{reverse('account_login')}?next={reverse('inbox')}"
    physiotherapist.refresh_from_db()
    sent = {"login": physiotherapist.username, "password": factories.PASSWORD, "next": reverse("inbox")}
    assert client.post(asked, sent).url == reverse("inbox")
