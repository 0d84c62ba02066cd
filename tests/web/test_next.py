"""What breaks next: the deadlines of six hours in time order, who is on duty at each, and the holes of the rota."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import protocol
from pathway.engine import now as clock
from pathway.protocol import CURRENT
from pathway.protocol.types import Role
from pathway.record.shift import Shift
from pathway.worklist import ahead
from pathway.worklist.ahead import breaks_next
from tests import factories

START = factories.START  # a Monday, 09:00 in London


def at(minutes):
    return clock.at(START + timedelta(minutes=minutes))


def shift(unit, role, who, begins, ends):
    times = (START + timedelta(minutes=each) for each in (begins, ends))
    Shift.objects.create(
        kind="extra", unit=unit, role=role, user=who, **dict(zip(("starts_at", "ends_at"), times, strict=True))
    )


def test_deadlines_stand_in_time_order_and_what_is_over_or_later_is_left_out(unit, coordinator):
    first, second = factories.case(at=START - timedelta(hours=2), place=unit), factories.case(place=unit)
    with at(1):
        found = breaks_next(coordinator)
    dues = [each.clock.due_at for each in found.deadlines]
    assert dues == sorted(dues)
    assert all(found.now < due <= found.now + timedelta(hours=6) for due in dues)
    assert {each.case for each in found.deadlines} == {first, second}
    assert next(each.standard.key for each in found.deadlines if each.case == second) == "contact_a"
    assert found.over == 1
    assert not found.more


def test_each_deadline_has_who_is_on_duty_then_not_now(unit, coordinator, clinician, trust):
    case = factories.case(place=unit)
    later = factories.user("clinician", trust)
    shift(unit, "on-call consultant", clinician, -60, 30)
    shift(unit, "on-call consultant", later, 45, 120)
    with at(1):
        contact = next(each for each in breaks_next(coordinator).deadlines if each.standard.key == "contact_a")
    assert (contact.case, contact.ending) == (case, "Record contact with the coordinator")
    assert contact.held == {Role.CONSULTANT: [later], Role.MSCC_LEAD: []}
    assert not contact.empty


def test_where_nobody_is_on_duty_then_it_is_a_hole_although_somebody_is_now(unit, coordinator, clinician):
    factories.case(place=unit)
    shift(unit, "on-call consultant", clinician, -60, 30)
    with at(1):
        found = breaks_next(coordinator)
    contact = next(each for each in found.deadlines if each.standard.key == "contact_a")
    assert contact.empty
    assert found.empty >= 1
    (holes,) = found.holes
    gap = next(each for each in holes.gaps if each.role is Role.CONSULTANT)
    assert (gap.starts_at, gap.ends_at) == (START + timedelta(minutes=30), START + timedelta(minutes=361))


def test_the_owner_counts_where_the_level_tells_the_owner(unit, coordinator):
    case = factories.case_at("case.confirmed", place=unit)
    factories.happen(case, "case.assigned", at=START + timedelta(hours=2), to="Sister Jones")
    found = []
    for hours in range(2, 48, 6):
        with at(hours * 60 + 1):
            found += breaks_next(coordinator).deadlines
    told = [each for each in found if Role.OWNER in ahead.told_at_due(each.standard, within=True)]
    assert [each for each in found if each.owner and each not in told] == []
    assert all(each.owner == "Sister Jones" and not each.empty for each in told)


def test_no_more_are_read_than_there_is_room_for_and_the_page_says_so(signed_in, unit, coordinator, monkeypatch):
    monkeypatch.setattr(ahead, "MOST", 2)
    for _ in range(3):
        factories.case(at=None, place=unit)
    text = signed_in.get(reverse("next")).content.decode()
    assert "2 (the first of more) deadlines until" in text


def test_the_page_says_who_and_marks_holes_by_unit(signed_in, unit, trust, coordinator):
    factories.case(at=None, place=unit)
    factories.duty(unit, "on-call consultant", coordinator)
    factories.unit(trust, "Day unit")
    text = signed_in.get(reverse("next")).content.decode()
    assert f"<b>{coordinator}</b>" in text
    assert "Hole: nobody" not in text.split("Bladder scan or plan")[0]
    assert "Nobody holds any role of this unit." in text
    assert "No rota" in text


def test_an_empty_page_says_so_and_nobody_sees_across_organisations(client, outsider, unit):
    case = factories.case(at=None, place=unit)
    client.force_login(outsider)
    text = client.get(reverse("next"), headers={"X-Background": "1"}).content.decode()
    assert "No deadline in the next six hours" in text
    assert case.code not in text
    assert "<html" not in text


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_grow_with_the_number_of_deadlines(
    unit, coordinator, count, django_assert_num_queries
):
    factories.duty(unit, "on-call consultant", coordinator)
    for _ in range(count):
        factories.case(place=unit)
    with at(1), django_assert_num_queries(6):
        found = breaks_next(coordinator)
        assert all(each.ending and each.case.patient.name and str(each.case.unit) for each in found.deadlines)


def test_what_only_reports_is_no_deadline_and_takes_no_room(unit, coordinator, monkeypatch):
    silent = {"contact_a", "mri_a"}
    shortened = [replace(each, ladder=()) if each.key in silent else each for each in protocol.get(CURRENT).all]
    monkeypatch.setitem(protocol.VERSIONS, CURRENT, replace(protocol.get(CURRENT), all=tuple(shortened)))
    factories.case(place=unit)
    with at(1):
        found = breaks_next(coordinator)
        assert found.deadlines
        assert not silent & {each.clock.standard for each in found.deadlines}
        monkeypatch.setattr(ahead, "MOST", len(found.deadlines))
        assert not breaks_next(coordinator).more
