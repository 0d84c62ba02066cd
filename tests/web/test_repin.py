"""The pages of a case's protocol version: which it is, what moving it would change, and the move."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import casefile, protocol
from pathway.engine import now as clock
from pathway.engine.now import now
from pathway.engine.repin import repin
from pathway.engine.suspect import suspect
from pathway.engine.tick import tick
from pathway.protocol.release import RELEASED, caveat
from pathway.protocol.types import hours
from pathway.record.alert import Alert, Reply
from pathway.record.case import Case
from tests import factories
from tests.web.forms import typed

pytestmark = pytest.mark.django_db
NEXT = "mscc-test.2"
DRAFT = "(draft, not signed off)"


@pytest.fixture(autouse=True)
def second_version(monkeypatch):
    last = protocol.get(protocol.CURRENT)
    later = tuple(replace(each, limit=hours(20)) if each.key == "mri_a" else each for each in last.all)
    monkeypatch.setitem(protocol.VERSIONS, NEXT, replace(last, version=NEXT, all=later))
    monkeypatch.setattr("pathway.protocol.release.RELEASED", {})
    monkeypatch.setattr("pathway.engine.repin.RELEASED", {})


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=1))


@pytest.fixture
def browse(client, case):
    client.force_login(factories.user("clinician", case.organisation))
    return client


def test_every_page_says_that_the_protocol_is_a_draft(browse, case):
    for page in ("worklist", "inbox", "people", "intake"):
        assert f"Protocol {protocol.CURRENT} {DRAFT}" in browse.get(reverse(page)).text, page
    assert f"{protocol.CURRENT}</a> {DRAFT}" in browse.get(reverse("case", args=[case.uuid])).text


def test_a_released_version_is_no_draft(browse, monkeypatch):
    monkeypatch.setattr("pathway.templatetags.pathway.caveat", lambda _version, _on: "")
    assert DRAFT not in browse.get(reverse("inbox")).text
    assert caveat(NEXT, now().date()) == "draft, not signed off"
    assert NEXT not in RELEASED


def test_the_versions_lead_to_the_dry_run_and_it_to_the_move(browse, case):
    listed = browse.get(reverse("versions", args=[case.uuid])).text
    address = reverse("repin", args=[case.uuid, NEXT])
    assert address in listed
    shown = browse.get(address).text
    assert "<strong>MRI within 24 hours of suspicion</strong>: due earlier, " in shown
    assert Case.objects.get(pk=case.pk).protocol == protocol.CURRENT
    sent = typed(case, why="new limits agreed")
    answer = browse.post(address, sent)
    assert answer.status_code == 302
    assert Case.objects.get(pk=case.pk).protocol == NEXT
    page = browse.get(answer.url).text
    assert "Moved to another protocol version" in page
    assert "new limits agreed" in page
    assert browse.post(address, sent).status_code == 302
    assert case.events.filter(kind="case.repinned").count() == 1


def test_without_a_reason_nothing_moves_and_the_dry_run_stays(browse, case):
    answer = browse.post(reverse("repin", args=[case.uuid, NEXT]), typed(case, why=""))
    assert answer.status_code == 422
    assert "due earlier" in answer.text
    assert Case.objects.get(pk=case.pk).protocol == protocol.CURRENT


def test_a_page_from_before_another_entry_is_shown_anew(browse, case):
    sent = typed(case, why="new limits agreed")
    factories.happen(case, "contact.made")
    answer = browse.post(reverse("repin", args=[case.uuid, NEXT]), sent)
    assert answer.status_code == 409
    assert "new limits agreed" in answer.text
    assert Case.objects.get(pk=case.pk).protocol == protocol.CURRENT


@pytest.mark.parametrize(("version", "status"), [("mscc-1999.1", 404), (protocol.CURRENT, 409)])
def test_a_version_that_is_unknown_or_already_its_own(browse, case, version, status):
    assert browse.get(reverse("repin", args=[case.uuid, version])).status_code == status


def test_a_case_that_has_ended_says_so(browse, case):
    factories.happen(case, "case.closed")
    answer = browse.get(reverse("repin", args=[case.uuid, NEXT]))
    assert answer.status_code == 409
    assert "ended" in answer.text


def test_the_move_is_not_corrected_by_a_page(browse, case):
    browse.post(reverse("repin", args=[case.uuid, NEXT]), typed(case, why="new limits agreed"))
    event = case.events.get(kind="case.repinned")
    address = reverse("correct", args=[case.uuid, event.uuid])
    assert address not in browse.get(reverse("case", args=[case.uuid])).text
    assert browse.get(address).status_code == 404


@pytest.fixture
def told_before(unit):
    """A case of the first version, all of whose early limits had passed before it was moved to the current one."""
    at = now() - timedelta(hours=30)
    with clock.at(at):
        made = suspect(
            factories.patient(unit.organisation), unit, by=factories.teller(unit.organisation), at=at,
            answers=factories.ANSWERS["case.suspected"], version="mscc-2026.1",
        )  # fmt: skip
    factories.staff(unit)
    tick()
    repin(made, to=protocol.CURRENT, by=factories.teller(unit.organisation), why="the ladders of the current one")
    return made


@pytest.mark.parametrize("standard", ["bladder", "neuro_exam", "mri_a", "contact_a"])
def test_what_was_told_before_the_move_stays_at_its_level_and_is_answered_in_a_sentence(client, told_before, standard):
    client.force_login(factories.user("clinician", told_before.organisation))
    alert = Alert.objects.get(case=told_before, clock__standard=standard)
    assert (alert.level, alert.protocol, alert.stood_down_why) == ("E3", "mscc-2026.1", "protocol changed")
    trails = casefile.why(told_before, standard, now()).trails
    (mine,) = (trail for trail in trails if trail.is_of(alert))
    assert [level.rung.level for level in mine.levels if level.alert == alert] == ["E3"]
    assert [level.rung for level in mine.levels] == list(protocol.get("mscc-2026.1").standards[standard].ladder)
    text = client.get(reverse("why", args=[told_before.uuid, standard])).text
    assert "the levels of mscc-2026.1, which the case had then" in text
    page = reverse("alert", args=[alert.uuid])
    assert "E3: limit reached" in client.get(page).text
    for what in Reply:
        answer = client.post(page, {"what": what.value, "minutes": "15", "reason": "x"})
        assert answer.status_code in (409, 422), what
    assert "stood down" in client.post(page, {"what": "acts"}).text
