"""A telephone call as evidence: one form records the call and what it told, and a clock ends or starts by it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.clock import Clock
from tests import factories
from tests.web.forms import address, typed

pytestmark = pytest.mark.django_db
CALL = "also_contact_logged_"
SAID = {f"{CALL}channel": "phone", f"{CALL}spoke_to": "Radiographer", f"{CALL}purpose": "chase", f"{CALL}said": "Done"}


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(hours=3)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


def kinds(case):
    return [event.kind for event in case.events.order_by("pk")][1:]


def at_local(moment):
    local = moment.astimezone(LONDON)
    return {f"{CALL}happened_at_date": f"{local:%Y-%m-%d}", f"{CALL}happened_at_time": f"{local:%H:%M}"}


def clock(case, standard):
    return Clock.objects.standing().get(case=case, standard=standard)


def test_the_page_of_a_call_lists_what_it_may_tell_the_first_clock_to_breach_on_top(case, signed_in):
    page = signed_in.get(reverse("observe", args=[case.uuid, "contact.logged"])).content.decode()
    contact = f"{reverse('move', args=[case.uuid, 'contact', 1, 'make'])}?call=on"
    acquired = f"{reverse('move', args=[case.uuid, 'imaging', 1, 'acquire'])}?call=on"
    assert page.index(contact) < page.index(acquired)
    assert "can stop: " in page
    assert "can start: " in page
    assert "reclassify" not in page, "a new class asks about its call by itself"


def test_a_call_and_the_scan_that_it_told_of_are_recorded_by_one_form_and_the_clock_ends(case, signed_in, begun):
    page = signed_in.get(f"{address(case, 'imaging.acquired')}?call=on").content.decode()
    assert "The call and what it told are recorded together" in page
    assert f'name="{CALL}spoke_to"' in page
    assert clock(case, "mri_a").ended_at is None
    scanned, rang = begun + timedelta(hours=1), begun + timedelta(hours=2)
    form = typed(case, scanned, modality="mri", **SAID, **at_local(rang))
    answer = signed_in.post(address(case, "imaging.acquired"), form)
    assert answer.status_code == 302
    assert kinds(case) == ["contact.logged", "imaging.acquired"]
    call, scan = case.events.order_by("pk")[1:]
    assert (call.occurred_at, scan.occurred_at) == (rang, scanned)
    assert call.answers == {"channel": "phone", "spoke_to": "Radiographer", "purpose": "chase", "said": "Done"}
    assert clock(case, "mri_a").ended_at == scanned
    assert signed_in.post(address(case, "imaging.acquired"), form).status_code == 302, "sent twice"
    assert kinds(case) == ["contact.logged", "imaging.acquired"]


def test_a_call_may_start_a_clock_and_be_of_the_same_track(case, signed_in, begun):
    form = typed(case, begun + timedelta(minutes=9), what="power", **SAID)
    assert signed_in.post(f"{address(case, 'case.deteriorated')}?call=on", form).status_code == 302
    assert clock(case, "deterioration").ended_at is None
    form = typed(case, begun + timedelta(minutes=10), channel="phone", spoke_to="Coordinator", **SAID)
    assert signed_in.post(f"{address(case, 'contact.made')}?call=on", form).status_code == 302
    assert clock(case, "contact_a").ended_at == begun + timedelta(minutes=10)
    assert kinds(case) == ["contact.logged", "case.deteriorated", "contact.logged", "contact.made"]


def test_a_call_that_is_not_filled_in_is_asked_for_and_nothing_is_recorded(case, signed_in):
    answer = signed_in.post(f"{address(case, 'imaging.acquired')}?call=on", typed(case, modality="mri"))
    assert answer.status_code == 422
    assert "Answer this: Spoke to" in answer.content.decode()
    assert kinds(case) == []


def test_a_refused_move_leaves_no_call_and_keeps_what_was_typed(case, signed_in):
    form = typed(case, now() - timedelta(minutes=1), **SAID)
    answer = signed_in.post(f"{address(case, 'surgery.started')}?call=on", form)
    assert answer.status_code in (403, 409)
    assert kinds(case) == []


def test_somebody_was_quicker_is_said_before_the_call_is_recorded(case, signed_in, unit):
    form = typed(case, modality="mri", **SAID)
    factories.happen(case, "imaging.requested")
    answer = signed_in.post(f"{address(case, 'imaging.acquired')}?call=on", form)
    assert answer.status_code == 409
    assert "Somebody was quicker" in answer.content.decode()
    assert kinds(case) == ["imaging.requested"]
    assert SAID[f"{CALL}spoke_to"] in answer.content.decode()


def test_one_form_is_not_used_for_another_call(case, signed_in):
    key = uuid4()
    form = typed(case, modality="mri", **SAID) | {"submission": key}
    assert signed_in.post(address(case, "imaging.acquired"), form).status_code == 302
    other = form | {f"{CALL}said": "Another thing"}
    answer = signed_in.post(address(case, "imaging.acquired"), other)
    assert answer.status_code == 409
    assert "This form was used already" in answer.content.decode()
    assert kinds(case) == ["contact.logged", "imaging.acquired"]


def test_the_case_page_leads_to_the_form_with_its_call(case, signed_in):
    page = signed_in.get(reverse("case", args=[case.uuid])).content.decode()
    assert f"{reverse('move', args=[case.uuid, 'contact', 1, 'make'])}?call=on" in page
    assert "Log a call" in page


def test_a_new_class_never_takes_a_call_that_it_would_lose(case, signed_in):
    page = signed_in.get(f"{address(case, 'case.reclassified')}?call=on").content.decode()
    assert CALL not in page
    assert "Told by telephone?" not in page
