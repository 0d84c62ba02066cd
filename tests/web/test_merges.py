"""The pages of duplicates: asked at intake and when the identity is completed, merged with a preview, undone, moved."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.engine.tick import tick
from pathway.record.access import Access
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.identity import Judgement, PatientMerge
from pathway.record.person import Patient
from tests import factories
from tests.web.test_intake import URL, call
from tests.web.test_symptoms import WEAK
from tests.web.test_time import ticked

pytestmark = pytest.mark.django_db
BELL = {"family_name": "Bell", "given_names": "Ann", "birth_date": date(1950, 2, 3)}
TYPED = {"initials": "", "family_name": "Belle", "given_names": "Anne", "birth_date": "1950-03-02"}
WHY = {"reason": "two referrers", "second_person": "Second Coordinator"}


@pytest.fixture
def bell(unit):
    who = factories.patient(unit.organisation, **BELL)
    return factories.case(place=unit, who=who, at=now() - timedelta(hours=3))


def text(answer):
    return " ".join(answer.content.decode().split())


def button(page, words):
    """What the button of these words sends."""
    found = re.search(r'<button[^>]*name="(\w+)" value="([^"]*)"[^>]*>[^<]*' + re.escape(words), page)
    return {found[1]: found[2]}


def hidden(page):
    """What the hidden fields of the page hold."""
    tags = [tag for tag in re.findall(r"<input [^>]*>", page) if 'type="hidden"' in tag and "csrf" not in tag]
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    return {name[1]: value[1] if value else "" for name, value in pairs}


def test_a_likely_duplicate_is_shown_beside_what_is_typed_before_anything_is_created(unit, signed_in, bell):
    ended = factories.case(place=unit, who=bell.patient, at=now() - timedelta(days=50))
    factories.happen(ended, "case.closed", at=now() - timedelta(days=49))
    answer = signed_in.post(URL, call(unit, **TYPED))
    page = text(answer)
    assert (answer.status_code, Case.objects.count(), Patient.objects.count()) == (409, 2, 1)
    for words in ("Is this the same person?", "BELLE, Anne", "BELL, Ann", "3 Feb 1950", "birth dates that differ",
                  bell.code, ended.code, "<strong>open</strong>", "ended (closed)", str(unit)):  # fmt: skip
        assert words in page, words
    assert "There is a problem" not in page
    assert Access.objects.filter(case=bell, what="asked: same person?").exists()


def test_the_same_person_gets_a_second_case_and_somebody_else_a_record_of_their_own(unit, signed_in, bell):
    sent = call(unit, **TYPED)
    page = text(signed_in.post(URL, sent))
    signed_in.post(URL, sent | button(page, "Another episode"))
    assert [case.patient for case in Case.objects.all()] == [bell.patient] * 2
    assert Judgement.objects.get().same
    sent = call(unit, **TYPED)
    signed_in.post(URL, sent | button(text(signed_in.post(URL, sent)), "Somebody else"))
    assert (Patient.objects.count(), Judgement.objects.filter(same=False).count()) == (2, 1)
    page = text(signed_in.get(reverse("case", args=[Case.objects.latest("pk").uuid])))
    assert "Said to be somebody else" in page
    assert "BELL, Ann" in page


def test_what_was_said_survives_the_question_about_the_class(unit, signed_in, bell):
    sent = call(unit, **TYPED, others=str(bell.patient.uuid)) | WEAK
    answer = signed_in.post(URL, sent)
    page = text(answer)
    assert "is proposed" in page
    fields = hidden(page)
    assert fields["others"] == str(bell.patient.uuid)
    klass = fields["proposed"]
    assert signed_in.post(URL, sent | {"decided": klass, "proposed": klass}).status_code == 302
    assert Patient.objects.count() == 2


def test_what_was_said_survives_the_question_about_a_doubtful_time(unit, signed_in, bell):
    sent = call(unit, now() - timedelta(days=5), **TYPED)
    sent |= button(text(signed_in.post(URL, sent)), "Somebody else")
    page = text(signed_in.post(URL, sent))
    assert "This is 5 days" in page
    del sent["others"]
    sent |= hidden(page) | {"time_is_right": ticked(page)}
    assert signed_in.post(URL, sent).status_code == 302
    assert (Patient.objects.count(), Judgement.objects.get().same) == (2, False)


def test_a_new_case_that_follows_an_ended_one_is_offered_on_both_pages(unit, signed_in, bell):
    factories.happen(bell, "case.closed", at=now() - timedelta(hours=2))
    page = text(signed_in.get(reverse("case", args=[bell.uuid])))
    address = f"{URL}?follows={bell.uuid}"
    assert address in page
    page = text(signed_in.get(address))
    assert 'value="Bell"' in page
    sent = call(unit, initials="", family_name="Bell", given_names="Ann", birth_date="1950-02-03")
    sent |= {"nhs_number": bell.patient.nhs_number}
    offered = text(signed_in.post(URL, sent))
    assert f"new case that follows {bell.code}" in offered
    fields = hidden(page)
    answer = signed_in.post(URL, sent | {"known": fields["known"], "follows": fields["follows"]})
    new = Case.objects.latest("pk")
    assert (answer.status_code, new.follows, new.patient) == (302, bell, bell.patient)
    assert f'Follows <a href="{reverse("case", args=[bell.uuid])}"' in text(signed_in.get(answer.url))
    assert f'Followed by <a href="{reverse("case", args=[new.uuid])}"' in text(
        signed_in.get(reverse("case", args=[bell.uuid]))
    )


def test_a_case_of_another_organisation_cannot_be_followed(signed_in):
    assert signed_in.get(f"{URL}?follows={factories.case().uuid}").status_code == 404
    assert signed_in.get(f"{URL}?follows=x").status_code == 400


def test_completing_an_identity_asks_and_keeps_what_was_typed(unit, signed_in, bell):
    who = factories.patient(unit.organisation, family_name="", given_names="", initials="AB", birth_date=None)
    provisional = factories.case(place=unit, who=who, at=None)
    url = reverse("identity", args=[provisional.uuid])
    sent = hidden(text(signed_in.get(url))) | {"family_name": "Bell", "given_names": "Ann", "birth_date": "1950-02-03"}
    answer = signed_in.post(url, sent)
    page = text(answer)
    assert answer.status_code == 409
    assert 'value="Bell"' in page
    assert reverse("same_person", args=[provisional.uuid]) + f"?with={bell.patient.uuid}" in page
    assert signed_in.post(url, sent | button(page, "Somebody else")).status_code == 302
    assert Patient.objects.get(pk=who.pk).name == "BELL, Ann"


@pytest.fixture
def duplicate(unit, bell):
    return factories.case(place=unit, who=bell.patient, at=now() - timedelta(hours=1))


def test_two_cases_are_merged_after_a_preview_and_parted_again(signed_in, bell, duplicate):
    page = text(signed_in.get(reverse("case", args=[duplicate.uuid])))
    assert f'Also open for this patient:</strong> <a href="{reverse("case", args=[bell.uuid])}"' in page
    url = reverse("merge", args=[duplicate.uuid])
    page = text(signed_in.get(url))
    for words in (
        f"{duplicate.code} ends and goes on in {bell.code}",
        f"{bell.code} afterwards",
        "MRI within 24 hours",
    ):
        assert words.lower() in page.lower(), words
    assert not Event.objects.filter(kind="case.merged").exists()
    sent = hidden(page) | WHY
    assert signed_in.post(url, sent | {"second_person": ""}).status_code == 422
    answer = signed_in.post(url, sent)
    assert answer.url == reverse("case", args=[bell.uuid])
    page = text(signed_in.get(answer.url))
    assert "was merged into this case; the clocks count from the earlier suspicion" in page
    assert f"on {duplicate.code}</span>" in page
    then = re.search(rf'href="({reverse("known", args=[duplicate.uuid])}[^"]*)"', page)[1]
    assert signed_in.get(then).status_code == 200, "what was known then is known of the case it was recorded on"
    old = text(signed_in.get(reverse("case", args=[duplicate.uuid])))
    assert "Everything is recorded there" in old
    assert "/correct/" not in old
    board = text(signed_in.get(reverse("worklist")))
    assert bell.code in board
    assert duplicate.code not in board
    found = text(signed_in.get(reverse("worklist"), {"text": duplicate.code, "q": duplicate.code}))
    assert bell.code in found
    undo = reverse("unmerge", args=[duplicate.uuid])
    sent = hidden(text(signed_in.get(undo))) | {"why": "two compressions"}
    again = signed_in.post(undo, sent | {"submission": Event.objects.get(kind="case.merged").submission})
    assert (again.status_code, Case.objects.get(pk=duplicate.pk).is_open) == (409, False)
    assert signed_in.post(undo, sent).status_code == 302
    assert Case.objects.get(pk=duplicate.pk).is_open
    assert {"form: merge two cases", "cases merged", "merge undone"} <= set(
        Access.objects.filter(case=bell).values_list("what", flat=True)
    )


def test_an_alert_of_the_merged_case_stands_on_the_one_that_goes_on_and_is_told_no_more(
    signed_in, coordinator, bell, duplicate
):
    factories.duty(bell.unit, "coordinator", coordinator)
    tick()
    bladder = Alert.objects.get(case=bell, clock__standard="bladder")
    goes_on, merged = (reverse("case", args=[each.uuid]) for each in (duplicate, bell))
    assert reverse("alert", args=[bladder.uuid]) in text(signed_in.get(merged))
    url = reverse("merge", args=[bell.uuid])
    signed_in.post(url, hidden(text(signed_in.get(url))) | WHY)
    tick()
    there, here = text(signed_in.get(goes_on)), text(signed_in.get(merged))
    line = f"<dt>Told on</dt><dd>{bell.code}, which was merged into {duplicate.code}: it stands there</dd>"
    assert reverse("alert", args=[bladder.uuid]) in there
    assert reverse("alert", args=[bladder.uuid]) not in here
    assert line in there
    assert line in here
    assert reverse("alert", args=[bladder.uuid]) in text(signed_in.get(reverse("inbox")))
    assert Alert.objects.filter(clock__standard="bladder").count() == 1
    signed_in.post(reverse("alert", args=[bladder.uuid]), {"what": "acts", "minutes": "30"})
    undo = reverse("unmerge", args=[bell.uuid])
    page = text(signed_in.get(undo))
    assert "its alerts go back to it" in page
    signed_in.post(undo, hidden(page) | {"why": "two compressions"})
    assert "Told on" not in text(signed_in.get(goes_on))
    assert f"{coordinator} is acting until" in text(signed_in.get(merged))


def test_a_write_to_a_merged_case_is_refused_with_a_link_to_the_one_that_goes_on(signed_in, bell, duplicate):
    sent = hidden(text(signed_in.get(reverse("merge", args=[duplicate.uuid])))) | WHY
    move = reverse("move", args=[duplicate.uuid, "case", 0, "plan"])
    form = hidden(text(signed_in.get(move))) | {"plan": "Typed and kept"}
    form |= {name: value for name, value in call(bell.unit).items() if name.startswith("happened_at")}
    signed_in.post(reverse("merge", args=[duplicate.uuid]), sent)
    answer = signed_in.post(move, form)
    page = text(answer)
    assert answer.status_code == 409
    assert f"{duplicate.code} was merged into {bell.code}. Record it there." in page
    assert reverse("case", args=[bell.uuid]) in page
    assert "Typed and kept" in page


def test_what_stands_against_a_merge_is_said_instead_of_a_form(signed_in, bell, duplicate):
    factories.happen(bell, "case.confirmed", at=now() - timedelta(minutes=50))
    factories.happen(duplicate, "case.metastases_only", at=now() - timedelta(minutes=40))
    page = text(signed_in.get(reverse("merge", args=[duplicate.uuid])))
    assert "cannot both be true" in page
    assert "second_person" not in page


def test_two_records_are_compared_merged_and_parted(unit, signed_in, bell):
    who = factories.patient(unit.organisation, family_name="Belle", given_names="Ann", birth_date=BELL["birth_date"],
                            initials="", local_number="H7", local_issuer="General")  # fmt: skip
    other = factories.case(place=unit, who=who, at=now() - timedelta(hours=1))
    url = reverse("same_person", args=[other.uuid])
    page = text(signed_in.get(url))
    assert "Records that are alike" in page
    assert "BELL, Ann" in text(signed_in.get(url, {"q": bell.code}))
    assert "No other record" in text(signed_in.get(url, {"q": "nobody"}))
    page = text(signed_in.get(url, {"with": bell.patient.uuid}))
    assert "the same birth date, names that sound" in page
    sent = hidden(page) | WHY | {"keeps": "other"}
    assert signed_in.post(url, sent | {"keeps": ""}).status_code == 422
    assert signed_in.post(url, sent).status_code == 302
    page = text(signed_in.get(reverse("case", args=[other.uuid])))
    for words in ("BELL, Ann", "Also recorded as BELLE, Ann", "Two records merged as one person", "Second Coordinator"):
        assert words in page, words
    made = PatientMerge.objects.get()
    undo = reverse("two_people", args=[other.uuid, made.uuid])
    assert undo in page
    page = text(signed_in.get(undo))
    assert other.code in page
    assert signed_in.post(undo, hidden(page) | {"why": "twins"}).status_code == 302
    page = text(signed_in.get(reverse("case", args=[other.uuid])))
    assert "BELLE, Ann" in page
    assert "Merge of two records undone" in page


def test_a_record_of_another_organisation_does_not_exist(signed_in, bell):
    stranger = factories.case()
    url = reverse("same_person", args=[bell.uuid])
    assert signed_in.get(url, {"with": stranger.patient.uuid}).status_code == 404
    assert stranger.patient.name not in text(signed_in.get(url, {"q": stranger.code}))


def test_an_entry_is_moved_after_the_other_patient_was_shown(unit, signed_in, bell, clinician):
    right = factories.case(place=unit, at=now() - timedelta(hours=3))
    made = factories.happen(bell, "contact.logged", at=now() - timedelta(hours=2), by=clinician, said="slot at 4")
    correct = reverse("correct", args=[bell.uuid, made.uuid])
    url = reverse("misplaced", args=[bell.uuid, made.uuid])
    assert url in text(signed_in.get(correct))
    assert "There is no other case" in text(signed_in.get(url, {"into": bell.code}))
    page = text(signed_in.get(url, {"into": right.code}))
    assert right.patient.name in page
    assert right.patient.number in page
    answer = signed_in.post(url, hidden(page) | {"why": "wrong patient"})
    assert answer.status_code == 302
    page = text(signed_in.get(reverse("case", args=[bell.uuid])))
    assert f"It belongs to another case and was moved to {right.code}" in page
    page = text(signed_in.get(reverse("case", args=[right.uuid])))
    assert f"on {bell.code} by {clinician}" in page
    assert "slot at 4" in page
    assert {"form: move an entry", "entry moved here"} <= set(
        Access.objects.filter(case=right).values_list("what", flat=True)
    )
    suspicion = bell.events.get(kind="case.suspected")
    assert signed_in.get(reverse("misplaced", args=[bell.uuid, suspicion.uuid])).status_code == 404
    assert signed_in.post(url, {"into": "M99999", "why": "x", "submission": uuid4()}).status_code == 404
