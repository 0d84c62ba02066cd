"""The referral form: steps that are left and come back to, one page to check all, and each answer its own event."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.case import Case
from pathway.record.draft import LARGEST, Draft
from pathway.record.event import Event
from pathway.web.referral_form import STEPS
from tests import factories

pytestmark = pytest.mark.django_db
FILLED = {
    "referrer": {
        "referral_received_channel": "phone", "referral_received_referrer": "Dr Ward, registrar",
        "contact_made_channel": "phone", "contact_made_spoke_to": "Coordinator on duty",
    },
    "cancer": {
        "history_cancer_known": "current", "history_cancer_primary": "prostate", "history_cancer_spread": ["bone"],
    },
    "symptoms": {"history_symptoms_symptoms": ["pain.new", "gait.difficult"], "history_symptoms_onset": "2026-01-02"},
    "neurology": {
        "neuro_examined_frankel": "D", "neuro_examined_power": "4 in both legs", "mobility_assessed_code": "M3",
    },
    "examination": {
        "history_examination_examiner": "Dr Ward, registrar", "history_examination_anal_tone": "reduced",
        "history_examination_news2": "2",
    },
    "bladder-and-bowel": {
        "bladder_scanned_pvr_ml": "350", "bladder_catheterised_tick": "on", "bowel_assessed_continent": "yes",
    },
    "pain": {"pain_scored_rest": "3", "pain_scored_movement": "7"},
    "scans": {"imaging_requested_modality": "mri", "history_scans_scans": "CT in January: bone metastases"},
    "mri-safety": {"history_mri_safety_devices": ["pacemaker"], "history_mri_safety_lies_flat": "no"},
    "blood-thinners": {"history_blood_thinners_taken": "yes", "history_blood_thinners_agent": "Apixaban"},
    "background": {"history_background_allergies": "None known", "history_background_diabetes": "insulin"},
    "bloods": {"history_bloods_taken_on": "2026-01-05", "history_bloods_calcium": "2.9"},
    "performance": {"ecog_scored_status": "2"},
    "wishes": {"history_wishes_wishes": "Wants to walk", "told_patient_tick": "on", "told_family_tick": "on"},
    "contacts": {"history_contacts_call_back": "Bleep 1234"},
}  # fmt: skip
KINDS = {
    "referral.received", "contact.made", "history.cancer", "history.symptoms", "neuro.examined", "mobility.assessed",
    "bladder.scanned", "bladder.catheterised", "bowel.assessed", "pain.scored", "imaging.requested", "history.scans",
    "history.mri_safety", "history.blood_thinners", "ecog.scored", "history.wishes", "told.patient", "told.family",
    "history.contacts", "history.examination", "history.background", "history.bloods",
}  # fmt: skip


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=2))


def text(answer):
    return answer.content.decode()


def url(case, step=""):
    return reverse("referral_step", args=[case.uuid, step]) if step else reverse("referral", args=[case.uuid])


def filled(moment=None, **answers):
    local = (moment or now()).astimezone(LONDON)
    when = {"happened_at_date": f"{local:%Y-%m-%d}", "happened_at_time": f"{local:%H:%M}"}
    return when | {"submission": uuid4()} | answers


def keep(client, case, *steps):
    for step in steps or FILLED:
        assert client.post(url(case, step), filled(**FILLED[step])).status_code == 302


def seen(answer):
    return re.search(r'name="seen" value="([^"]+)"', text(answer))[1]


def send(client, case, **answers):
    return client.post(url(case), {"seen": seen(client.get(url(case)))} | answers)


def kinds(case):
    return set(Event.objects.filter(case=case).values_list("kind", flat=True)) - {"case.suspected"}


def test_every_answer_becomes_its_event_and_only_when_the_form_is_sent(case, signed_in):
    keep(signed_in, case)
    assert kinds(case) == set()
    assert Draft.objects.count() == len(STEPS)
    page = text(signed_in.get(url(case)))
    for words in ("Dr Ward, registrar", "Prostate", "Difficulty walking", "350", "Pacemaker", "Apixaban", "Bleep 1234"):
        assert words in page
    assert send(signed_in, case).url == reverse("case", args=[case.uuid])
    assert kinds(case) == KINDS
    assert not Draft.objects.exists()
    assert Event.objects.get(kind="history.cancer").answers == {
        "known": "current", "primary": "prostate", "spread": ["bone"],
    }  # fmt: skip
    assert case.clocks.get(standard="contact_a").ended_at is not None
    shown = text(signed_in.get(reverse("case", args=[case.uuid])))
    assert "MRI safety asked" in shown
    assert "Pacemaker or implanted defibrillator" in shown


def test_sent_twice_it_makes_each_entry_once(case, signed_in):
    keep(signed_in, case)
    kept = list(Draft.objects.values())
    form = {"seen": seen(signed_in.get(url(case)))}
    signed_in.post(url(case), form)
    before = Event.objects.count()
    second = signed_in.post(url(case), form)
    assert second.status_code == 409
    assert "the form was sent already" in text(second)
    # The other half of a double click read the drafts before the first half had deleted them.
    Draft.objects.bulk_create(Draft(**values) for values in kept)
    send(signed_in, case)
    assert Event.objects.count() == before
    assert not Draft.objects.exists()


def test_a_step_is_left_and_come_back_to(case, signed_in):
    answer = signed_in.post(url(case, "wishes"), filled(history_wishes_resuscitation="attempt", later="yes"))
    assert answer.url == reverse("case", args=[case.uuid])
    Draft.objects.update(saved_at=now() - timedelta(minutes=14))
    back = text(signed_in.get(url(case, "wishes")))
    assert "saved 14 minutes ago" in back
    assert re.search(r'value="attempt"[^>]* checked', back)
    listed = text(signed_in.get(reverse("drafts")))
    assert listed.count("Referral form</h2>") == 1
    assert f'href="{url(case)}"' in listed


def test_what_was_saved_half_done_is_named_and_holds_the_form(case, signed_in):
    keep(signed_in, case, "pain")
    signed_in.post(url(case, "wishes"), filled(history_wishes_resuscitation="attempt", later="auto"))
    page = text(signed_in.get(url(case)))
    assert "Not complete" in page
    assert "What matters to the patient, and limits of treatment: Answer this" in page
    assert "A step is not complete" in text(send(signed_in, case))
    assert kinds(case) == set()


def test_a_part_that_was_begun_asks_for_the_rest_by_its_name(case, signed_in):
    answer = signed_in.post(url(case, "pain"), filled(pain_scored_rest="3"))
    assert answer.status_code == 422
    assert 'href="#id_pain_scored_movement_0"' in text(answer)
    assert not Draft.objects.exists()


def test_a_step_without_an_answer_is_left_out_and_clears_what_was_kept(case, signed_in):
    keep(signed_in, case, "pain")
    key = Draft.objects.get().key
    signed_in.post(url(case, "pain"), filled(submission=key))
    assert not Draft.objects.exists()
    assert "Begin" in text(signed_in.get(url(case)))


def test_save_and_continue_leads_through_all_steps_and_a_change_back_to_the_whole(case, signed_in):
    at = url(case, STEPS[0].slug)
    for step in STEPS[1:]:
        at = signed_in.post(at, filled()).url
        assert at == url(case, step.slug)
    assert signed_in.post(at, filled()).url == url(case)
    assert signed_in.post(f"{url(case, 'pain')}?change=1", filled()).url == url(case)


def test_a_doubtful_time_is_asked_about_at_its_step_and_counts_when_sent(case, signed_in):
    form = filled(now() - timedelta(days=5), **FILLED["neurology"])
    asked = signed_in.post(url(case, "neurology"), form)
    assert asked.status_code == 422
    tick = re.search(r'name="time_is_right" value="([^"]+)"', text(asked))[1]
    assert signed_in.post(url(case, "neurology"), form | {"time_is_right": tick}).status_code == 302
    assert "time_is_right" in text(signed_in.get(url(case, "neurology")))
    send(signed_in, case)
    assert kinds(case) == {"neuro.examined", "mobility.assessed"}


def test_what_the_engine_refuses_is_said_at_its_step_with_both_times(case, signed_in):
    old = (now() - timedelta(hours=9)).astimezone(LONDON)
    answer = signed_in.post(
        url(case, "scans"),
        filled(imaging_acquired_modality="mri", imaging_acquired_at_date=f"{old:%Y-%m-%d}",
               imaging_acquired_at_time=f"{old:%H:%M}"),
    )  # fmt: skip
    assert answer.status_code == 422
    assert "would be older than the suspicion" in text(answer)
    assert kinds(case) == set()


def test_an_impossible_time_is_said_beside_it(case, signed_in):
    answer = signed_in.post(url(case, "pain"), filled(now() + timedelta(hours=3), **FILLED["pain"]))
    assert answer.status_code == 422
    assert "has not come yet" in text(answer)
    assert 'href="#id_happened_at_0"' in text(answer)


def test_a_scan_with_a_time_of_its_own(case, signed_in):
    done = (now() - timedelta(minutes=30)).astimezone(LONDON).replace(second=0, microsecond=0)
    signed_in.post(
        url(case, "scans"),
        filled(imaging_acquired_modality="mri", imaging_acquired_at_date=f"{done:%Y-%m-%d}",
               imaging_acquired_at_time=f"{done:%H:%M}"),
    )  # fmt: skip
    send(signed_in, case)
    assert Event.objects.get(kind="imaging.acquired").occurred_at == done


def test_what_is_on_record_already_is_said_and_not_asked_again(case, signed_in):
    keep(signed_in, case, "referrer", "scans")
    factories.happen(case, "referral.received", at=now())
    factories.happen(case, "imaging.requested", at=now())
    page = text(signed_in.get(url(case, "referrer")))
    assert "On record already: Referral received" in page
    assert "referral_received_referrer" not in page
    assert "On record already. Scan requested" in text(signed_in.get(url(case)))
    send(signed_in, case)
    assert Event.objects.filter(kind__in=["referral.received", "imaging.requested"]).count() == 2


def test_a_page_that_shows_older_answers_sends_nothing(case, signed_in):
    keep(signed_in, case, "pain")
    shown = seen(signed_in.get(url(case)))
    again = filled(submission=Draft.objects.get().key, pain_scored_rest="9", pain_scored_movement="9")
    assert signed_in.post(url(case, "pain"), again).url == url(case, "scans")
    answer = signed_in.post(url(case), {"seen": shown})
    assert answer.status_code == 409
    assert "changed since this page was drawn" in text(answer)
    assert kinds(case) == set()


@pytest.mark.parametrize(("choice", "klass"), [("A", "A"), ("B", "B")])
def test_the_class_that_the_symptoms_propose_is_shown_with_reasons_and_decided(unit, signed_in, choice, klass):
    case = factories.case("B", place=unit, at=now() - timedelta(hours=2))
    keep(signed_in, case, "symptoms")
    page = text(signed_in.get(url(case)))
    assert "Class A is proposed; the case is class B" in page
    assert "Difficulty walking: a neurological symptom" in page
    undecided = send(signed_in, case)
    assert undecided.status_code == 422
    assert "Choose the class." in text(undecided)
    assert "Say why the class changes." in text(send(signed_in, case, klass="A", reason=" "))
    assert kinds(case) == set()
    send(signed_in, case, klass=choice, reason="Walks badly since Monday")
    assert Case.objects.get().klass == klass


def test_a_class_c_case_with_a_cancer_is_proposed_as_class_b(unit, signed_in):
    case = factories.case("C", place=unit, at=now() - timedelta(hours=2))
    signed_in.post(url(case, "symptoms"), filled(history_symptoms_symptoms=["pain.new"]))
    assert "is proposed; the case" not in text(signed_in.get(url(case)))
    keep(signed_in, case, "cancer")
    assert "Class B is proposed; the case is class C" in text(signed_in.get(url(case)))


def test_a_physiotherapist_is_told_to_tell_and_asks_for_no_scan(unit, client, physiotherapist):
    case = factories.case("B", place=unit, at=now() - timedelta(hours=2))
    client.force_login(physiotherapist)
    keep(client, case, "symptoms")
    assert "tell them now" in text(client.get(url(case)))
    assert "imaging_requested" not in text(client.get(url(case, "scans")))
    send(client, case)
    assert kinds(case) == {"history.symptoms"}


def test_a_possible_blood_cancer_told_here_holds_the_steroid(case, signed_in):
    signed_in.post(url(case, "cancer"), filled(history_cancer_known="suspected", history_cancer_blood_cancer="yes"))
    send(signed_in, case)
    page = text(signed_in.get(reverse("move", args=[case.uuid, "steroids", 1, "start"])))
    assert "aematology" in page


def test_each_person_has_a_form_of_their_own(case, signed_in, client, clinician):
    keep(signed_in, case, "pain")
    client.force_login(clinician)
    assert "Nothing answered" in text(client.get(url(case, "")))
    assert "was put back" not in text(client.get(url(case, "pain")))


def test_a_case_that_ended_meanwhile_refuses_the_form_and_keeps_it(case, signed_in):
    keep(signed_in, case, "pain")
    factories.happen(case, "case.died", at=now() - timedelta(minutes=5))
    answer = send(signed_in, case)
    assert answer.status_code == 409
    assert "Your answers are kept" in text(answer)
    assert Draft.objects.count() == 1


def test_what_nobody_types_is_refused(case, signed_in):
    assert signed_in.get(url(case, "nothing")).status_code == 404
    assert signed_in.post(url(case, "pain"), filled(submission="x", **FILLED["pain"])).status_code == 400
    assert signed_in.post(url(case, "pain"), filled(submission="", later="yes")).status_code == 400
    long = filled(history_scans_scans="x", **{"x" * 9: "y" * LARGEST})
    assert signed_in.post(url(case, "scans"), long).status_code == 413


@pytest.mark.parametrize("empty", [False, True])
def test_two_windows_of_one_step_throw_nothing_away_unseen(case, signed_in, empty):
    """Given a step kept in one window, when a second one goes on, then both are there, and one has to be chosen."""
    keep(signed_in, case, "pain")
    first = Draft.objects.get()
    sent = filled() if empty else filled(pain_scored_rest="9", pain_scored_movement="9")
    answer = signed_in.post(url(case, "pain"), sent)
    assert answer.url == f"{url(case, 'pain')}?draft={sent['submission']}"
    shown = text(signed_in.get(answer.url))
    assert "Another window holds this step too" in shown
    assert set(Draft.objects.values_list("key", flat=True)) == {first.key} | (set() if empty else {sent["submission"]})
    if empty:
        return
    assert 'value="9"' in shown
    assert f'data-key="{first.key}"' in shown
    assert "Another window holds this step too" in text(signed_in.get(url(case)))
    assert send(signed_in, case).status_code == 409
    signed_in.post(reverse("drafts"), {"key": first.key})
    assert send(signed_in, case).status_code == 302
    assert Event.objects.get(kind="pain.scored").answers["rest"] == 9
