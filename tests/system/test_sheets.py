"""A scale at the bedside, in a real browser: worked out by the server as it is filled in, with and without script."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pathway.engine.now import now
from pathway.record.event import Event
from pathway.record.measure import KEPT
from tests import factories

L1 = ("Mechanical: eased", "Lytic", "New deformity", "Collapse of less than 50%", "One side")


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(minutes=40))


@pytest.fixture
def sheet(case, clinician, sign_in):
    """`sheet("sins.scored")`: the sheet on a telephone."""

    def sheet(kind, **options):
        page = sign_in(clinician, "phone", **options)
        page.goto(f"/cases/{case.uuid}/observe/{kind}/")
        return page

    return sheet


def scores(case):
    return [event.answers[KEPT] for event in Event.objects.filter(case=case).order_by("pk") if KEPT in event.answers]


def test_the_result_follows_the_answers_and_two_levels_make_the_patients(case, sheet):
    page = sheet("sins.scored")
    result = page.locator("[data-result]")
    page.get_by_label("Level").select_option("L1")
    expect(result).to_contain_text("SINS incomplete, 3 to 18")
    for label in L1:
        page.get_by_label(label).check()
    expect(result).to_contain_text("SINS 13: unstable; 7 or more: ask for a surgical opinion")
    assert scores(case) == []
    page.get_by_role("button", name="Save, then another level").click()
    expect(page.get_by_text("So far: SINS 13 at L1: unstable")).to_be_visible()
    page.get_by_label("Level").select_option("T5")
    page.get_by_label("Painless").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#sinsscored")).to_contain_text("SINS 13 at L1: unstable; T5 1 to 13")
    assert [each["sins"]["total"] for each in scores(case)] == [13, None]


def test_without_script_it_is_worked_out_by_its_button_and_saved(case, sheet):
    page = sheet("sins.scored", java_script_enabled=False)
    page.get_by_label("Level").select_option("L1")
    for label in L1[1:]:
        page.get_by_label(label).check()
    page.get_by_label("In words").fill("seen with Dr B")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("[data-result]")).to_contain_text("SINS incomplete, 10 to 13 (missing: Pain)")
    expect(page.get_by_label("In words")).to_have_value("seen with Dr B")
    assert scores(case) == []
    page.get_by_label("Mechanical: eased").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".app-message")).to_contain_text("Recorded: SINS 13: unstable")
    assert [each["sins"]["total"] for each in scores(case)] == [13]


def test_without_the_server_nothing_is_worked_out_and_nothing_is_lost(case, sheet):
    page = sheet("pain.scored")
    page.context.set_offline(True)
    page.get_by_role("group", name="Pain at rest").get_by_label("3", exact=True).check()
    expect(page.locator("[data-result]")).to_contain_text("no contact with the server")
    page.context.set_offline(False)
    page.get_by_role("group", name="Pain on movement").get_by_label("7", exact=True).check()
    expect(page.locator("[data-result]")).to_contain_text("7: severe")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#painscored")).to_contain_text("Pain at rest 3, Pain on movement 7")


def test_two_taps_record_how_somebody_walks(case, sheet):
    page = sheet("mobility.assessed")
    page.get_by_label("M4: Walks only with the help of one").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#mobilityassessed")).to_contain_text("M4: Walks only with the help of one; ambulant")
    assert [each["mobility"]["grade"] for each in scores(case)] == ["M4"]


def test_every_square_is_large_enough_for_a_finger(sheet):
    page = sheet("neuro.examined")
    page.locator("summary", has_text="MRC power").click()
    sizes = [each.bounding_box() for each in page.locator(".app-squares label").all()]
    assert len(sizes) > 140
    assert all(box["width"] >= 40 and box["height"] >= 40 for box in sizes)
    rows = {box["y"] for box in sizes}
    assert len(rows) <= 22, "each question is one row on a telephone"
