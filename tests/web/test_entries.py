"""What concerns a whole case, an entry, a clock or the patient: ending, correcting, suspending, voiding, naming."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine import hush
from pathway.engine.now import at as at_time
from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.access import Access
from pathway.record.event import standing
from tests import factories
from tests.web.forms import address, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(hours=2)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


ENDS = {
    "case.closed": {"reason": "x"},
    "case.died": {"source": "ward"},
    "case.left": {"to": "x", "accepted_by": "y"},
    "case.declined": {"what": "everything", "capacity": "has capacity"},
    "case.excluded": {"alternative": "x", "override_by": "Dr Senior", "override_reason": "walked in"},
    "case.entered_in_error": {"reason": "x", "second_person": "y"},
}


@pytest.mark.parametrize("kind", ENDS)
def test_what_ends_a_case_names_the_clocks_that_run_and_asks_whether_they_are_known(case, signed_in, kind):
    page = signed_in.get(address(case, kind)).content.decode()
    assert re.search(r"\d clocks still run, and what .*\s+<ul><li>Speak to the coordinator: [\w ]+ over, due", page)
    assert "MRI within 24 hours of suspicion" in page
    answer = signed_in.post(address(case, kind), typed(case, **ENDS[kind]))
    assert answer.status_code == 422
    assert "Tick this only if they are to end" in answer.content.decode()
    assert "<li>Speak to the coordinator: " in answer.content.decode()
    assert case.events.count() == 1
    assert signed_in.post(address(case, kind), typed(case, clocks_known="on", **ENDS[kind])).status_code == 302
    assert case.events.filter(kind=kind).count() == 1


def test_what_ends_no_clock_asks_for_no_tick(case, signed_in, begun):
    declines = {"what": "imaging", "capacity": "has capacity"}
    assert signed_in.post(address(case, "case.declined"), typed(case, **declines)).status_code == 302
    factories.happen(case, "case.excluded", at=begun + timedelta(minutes=20), override={"by": "x", "reason": "y"})
    for clock in case.clocks.filter(ended_at=None).values_list("standard", flat=True):
        sent = {"reason": "x", "second_person": "Dr Two", "submission": uuid4()}
        assert signed_in.post(reverse("void", args=[case.uuid, clock]), sent).status_code == 302
    assert "clocks_known" not in signed_in.get(address(case, "case.closed")).content.decode()
    assert signed_in.post(address(case, "case.closed"), typed(case, reason="x")).status_code == 302


def test_closing_against_a_result_warns_and_asks_for_the_senior(case, signed_in, begun):
    factories.happen(case, "imaging.communicated", at=begun + timedelta(minutes=30))
    page = signed_in.get(address(case, "case.closed")).content.decode()
    assert "The result told was compression, and the case does not say so." in page
    sent = typed(case, reason="x", clocks_known="on")
    answer = signed_in.post(address(case, "case.closed"), sent)
    assert answer.status_code == 409
    assert signed_in.post(
        address(case, "case.closed"), sent | {"override_by": "Dr Senior", "override_reason": "known before"}
    ).status_code == 302  # fmt: skip


def test_an_entry_is_corrected_in_time_and_words(case, signed_in, begun):
    event = factories.happen(case, "contact.made", at=begun + timedelta(minutes=30), spoke_to="Sister Old")
    path = reverse("correct", args=[case.uuid, event.uuid])
    assert "Sister Old" in signed_in.get(path).content.decode()
    sent = typed(case, begun + timedelta(minutes=10), channel="phone", spoke_to="Sister New")
    assert signed_in.post(path, sent).status_code == 422, "a correction says why"
    assert signed_in.post(path, sent | {"why": "misheard"}).status_code == 302
    now_says = next(each for each in standing(case.events.order_by("pk")) if each.pk == event.pk)
    assert (now_says.occurred_at, now_says.answers["spoke_to"]) == (begun + timedelta(minutes=10), "Sister New")


def test_an_entry_is_taken_back_once_and_the_suspicion_never(case, signed_in, begun):
    event = factories.happen(case, "case.deteriorated", at=begun + timedelta(minutes=30))
    path = reverse("correct", args=[case.uuid, event.uuid])
    assert signed_in.post(path, typed(case, withdrawn="on", why="wrong patient")).status_code == 302
    assert signed_in.get(path).status_code == 404
    first = case.events.get(kind="case.suspected")
    assert b'name="withdrawn"' not in signed_in.get(reverse("correct", args=[case.uuid, first.uuid])).content


def test_a_correction_that_changes_nothing_is_refused(case, signed_in, begun):
    event = factories.happen(case, "contact.made", at=begun + timedelta(minutes=30))
    sent = typed(case, event.occurred_at, why="?", **event.answers)
    answer = signed_in.post(reverse("correct", args=[case.uuid, event.uuid]), sent)
    assert answer.status_code == 409
    assert "Nothing would change" in answer.content.decode()


def test_the_form_says_how_long_a_run_may_still_wait_and_after_four_hours_what_else_to_do(signed_in, unit):
    case = factories.case(place=unit, at=now() - timedelta(hours=9))
    by, path = factories.teller(unit.organisation), reverse("suspend", args=[case.uuid, "mri_a"])
    said = ["it has 3 h 0 min left, until", "has been suspended for four hours in all"]
    for started, waits, sentence in ((8, 1, said[0]), (6, 3, said[1])):
        at = now() - timedelta(hours=started)
        with at_time(at):
            answers = {"until": at + timedelta(hours=waits), "why": "unfit", "named": "Dr One"}
            hush.suspend(case, "mri_a", by=by, answers=answers)
        page = signed_in.get(path).text
        assert [each for each in said if each in page] == [sentence]
    assert "One run may wait for four hours in all." in signed_in.get(path.replace("mri_a", "treatment")).text


def test_a_clock_is_suspended_for_four_hours_at_most(case, signed_in):
    path = reverse("suspend", args=[case.uuid, "mri_a"])

    def sent(hours):
        local = (now() + timedelta(hours=hours)).astimezone(LONDON)
        return {"until_date": local.strftime("%Y-%m-%d"), "until_time": local.strftime("%H:%M"), "why": "unfit",
                "named": "Dr One", "submission": uuid4()}  # fmt: skip

    answer = signed_in.post(path, sent(5))
    assert answer.status_code == 422
    assert "within the next four hours" in answer.content.decode()
    assert "it has 4 h 0 min left, until" in signed_in.get(path).text
    assert signed_in.post(path, sent(2)).status_code == 302
    assert case.clocks.get(standard="mri_a").suspended_until
    assert signed_in.get(reverse("suspend", args=[case.uuid, "nothing"])).status_code == 404


def test_a_clock_is_voided_with_a_second_person(case, signed_in, coordinator):
    path = reverse("void", args=[case.uuid, "contact_a"])
    sent = {"reason": "test call", "second_person": str(coordinator), "submission": uuid4()}
    assert signed_in.post(path, sent).status_code == 422
    assert signed_in.post(path, sent | {"second_person": "Dr Two"}).status_code == 302
    assert case.clocks.get(standard="contact_a").outcome == "void"
    answer = signed_in.post(path, sent | {"second_person": "Dr Two", "submission": uuid4()})
    assert answer.status_code == 409
    assert "is not running" in answer.content.decode()


def test_a_void_drawn_for_the_run_before_is_a_conflict_and_can_be_sent_again(case, signed_in, clinician, begun):
    factories.happen(case, "position.ordered", at=begun + timedelta(minutes=10))
    path = reverse("void", args=[case.uuid, "flat_review"])
    drawn = re.search(r'name="seen" value="(\d+)"', signed_in.get(path).content.decode())[1]
    factories.happen(case, "position.reviewed", at=begun + timedelta(minutes=60), by=clinician)
    sent = {"reason": "walks about", "second_person": "Dr Two", "submission": uuid4(), "seen": drawn}
    answer = signed_in.post(path, sent)
    assert answer.status_code == 409
    assert f"{clinician} recorded “Position reviewed”" in answer.content.decode()
    assert case.clocks.filter(standard="flat_review", ended_at=None).count() == 1
    fresh = re.search(r'name="seen" value="(\d+)"', answer.content.decode())[1]
    assert signed_in.post(path, sent | {"seen": fresh}).status_code == 302
    assert not case.clocks.filter(standard="flat_review", ended_at=None).exists()


def test_a_correction_past_a_guard_asks_for_the_senior(case, signed_in, begun):
    factories.happen(case, "steroids.withheld", at=begun + timedelta(minutes=10))
    factories.happen(case, "steroids.haematology_advised", at=begun + timedelta(minutes=40))
    event = factories.happen(case, "steroids.started", at=begun + timedelta(minutes=60))
    path = reverse("correct", args=[case.uuid, event.uuid])
    sent = typed(case, begun + timedelta(minutes=20), dose_mg="16", route="oral", why="read the chart again")
    answer = signed_in.post(path, sent)
    assert answer.status_code == 409
    assert "haematology has advised" in answer.content.decode()
    assert 'name="override_by"' in answer.content.decode()
    half = signed_in.post(path, sent | {"override_by": "Dr Senior", "override_reason": ""})
    assert half.status_code == 422
    assert signed_in.post(path, sent | {"override_by": "Dr Senior", "override_reason": "legs failing"}).url
    now_says = next(each for each in standing(case.events.order_by("pk")) if each.pk == event.pk)
    assert now_says.answers["override"] == {"by": "Dr Senior", "reason": "legs failing"}
    back = typed(case, why="wrong patient", withdrawn="on", override_by="", override_reason="")
    assert signed_in.post(path, back).status_code == 302


def test_an_identity_is_completed_and_never_with_the_number_of_another(unit, signed_in, coordinator):
    other = factories.patient(unit.organisation, family_name="Else")
    who = factories.patient(unit.organisation, initials="AB", family_name="", birth_date=None)
    case = factories.case(place=unit, who=who, at=now())
    path = reverse("identity", args=[case.uuid])
    full = {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03", "submission": uuid4()}
    answer = signed_in.post(path, full | {"nhs_number": other.nhs_number})
    assert answer.status_code == 409
    assert "ELSE" in answer.content.decode()
    assert signed_in.post(path, full | {"nhs_number": "999 000 0019"}).status_code == 422
    assert signed_in.post(path, full | {"birth_date": "2999-01-01"}).status_code == 422
    assert signed_in.post(path, full | {"nhs_number": "999 000 0018"}).status_code == 302
    case.patient.refresh_from_db()
    assert (case.patient.name, case.patient.nhs_number, case.patient.is_provisional) == (
        "BELL, Ann",
        "9990000018",
        False,
    )
    assert Access.objects.filter(case=case, user=coordinator, what="identity changed").exists()
