"""A form that was not sent: kept for whoever began it, offered with its age, never sent by that, and gone once sent."""

import logging
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.draft import LARGEST, Draft
from pathway.record.event import Event
from pathway.tasks import nightly
from pathway.web.session import UNSAVED
from tests import factories
from tests.web.forms import address, typed

pytestmark = pytest.mark.django_db
WORDS = "Nobody answers on the ward"


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=1))


@pytest.fixture
def page(case):
    return reverse("observe", args=[case.uuid, "contact.logged"])


@pytest.fixture
def sent(case):
    return typed(case, channel="phone", spoke_to="Ward nurse", purpose="chase", said=WORDS)


def aged(**ago):
    Draft.objects.update(saved_at=now() - timedelta(**ago))


def text(answer):
    return answer.content.decode()


def key_in(answer):
    return re.search(r'name="submission" value="([^"]+)"', text(answer))[1]


def test_put_aside_by_a_button_it_is_no_entry_and_is_offered_with_its_age(case, page, sent, signed_in):
    answer = signed_in.post(page, sent | {"later": "yes"}, follow=True)
    assert "Put aside, not sent: “Log a call”" in text(answer)
    assert Event.objects.count() == 1
    aged(minutes=14, seconds=20)
    fresh = signed_in.get(page)
    assert "saved 14 minutes ago" in text(fresh)
    assert WORDS not in text(fresh)
    listed = text(signed_in.get(reverse("drafts")))
    assert case.patient.name in listed
    assert f"{page}?draft={sent['submission']}" in listed


def test_put_back_it_shows_what_was_typed_and_only_sending_it_records_it(case, page, sent, signed_in):
    signed_in.post(page, sent | {"later": "yes"})
    restored = signed_in.get(f"{page}?draft={sent['submission']}")
    assert WORDS in text(restored)
    assert "Nothing has been sent" in text(restored)
    assert "There is a problem" not in text(restored)
    assert key_in(restored) == str(sent["submission"])
    assert Event.objects.count() == 1
    signed_in.post(page, sent)
    assert Event.objects.get(kind="contact.logged").answers["said"] == WORDS
    assert not Draft.objects.exists()


def test_the_script_saves_without_a_word_and_never_after_the_form_was_sent(page, sent, signed_in):
    assert signed_in.post(page, sent | {"later": "auto"}).status_code == 204
    assert signed_in.post(page, sent | {"later": "auto", "said": "more"}).status_code == 204
    assert Draft.objects.count() == 1
    signed_in.post(page, sent)
    assert signed_in.post(page, sent | {"later": "auto"}).status_code == 409
    assert not Draft.objects.exists()
    again = signed_in.post(page, sent | {"later": "yes"}, follow=True)
    assert "was sent already" in text(again)


def test_nothing_of_the_page_itself_is_kept(page, sent, signed_in):
    signed_in.post(page, sent | {"later": "auto", "csrfmiddlewaretoken": "x" * 64, "time_is_right": "yes"})
    kept = Draft.objects.get().typed
    assert "Nobody" in kept
    assert not [name for name in ("csrf", "seen", "time_is_right", "later", "submission") if name in kept]


def test_nobody_else_sees_it_puts_it_back_or_throws_it_away(page, sent, signed_in, client, clinician):
    signed_in.post(page, sent | {"later": "yes"})
    client.force_login(clinician)
    tried = client.get(f"{page}?draft={sent['submission']}")
    assert WORDS not in text(tried)
    assert "no longer there" in text(tried)
    assert "did not send it" not in text(client.get(page))
    assert "You have no drafts" in text(client.get(reverse("drafts")))
    client.post(reverse("drafts"), {"key": sent["submission"]})
    assert Draft.objects.count() == 1


def test_a_draft_about_a_case_that_the_person_may_no_longer_see_is_not_shown(page, sent, signed_in, coordinator):
    signed_in.post(page, sent | {"later": "yes"})
    coordinator.organisation = factories.organisation()
    coordinator.save()
    assert "You have no drafts" in text(signed_in.get(reverse("drafts")))


def test_thrown_away_by_its_button_and_by_leaving_with_cancel(page, sent, signed_in):
    signed_in.post(page, sent | {"later": "auto"})
    assert "thrown away" in text(signed_in.post(reverse("drafts"), {"key": sent["submission"]}, follow=True))
    signed_in.post(page, sent | {"later": "auto"})
    assert signed_in.post(page, sent | {"later": "throw"}).status_code == 204
    assert not Draft.objects.exists()
    assert signed_in.post(reverse("drafts"), {"key": "x"}).status_code == 400


@pytest.mark.parametrize("wrong", [{"submission": ""}, {"later": "now"}, {"submission": "x"}])
def test_what_no_page_sends_is_refused(page, sent, signed_in, wrong):
    assert signed_in.post(page, sent | {"later": "yes"} | wrong).status_code == 400
    assert not Draft.objects.exists()


def test_what_is_too_long_to_keep_is_said_and_not_cut(page, sent, signed_in):
    answer = signed_in.post(page, sent | {"later": "yes", "said": "x" * LARGEST})
    assert answer.status_code == 413
    assert "what you typed is still there" in text(answer)


def test_a_form_that_came_too_late_takes_its_draft_along(case, signed_in):
    page = address(case, "case.assigned")
    form = typed(case, to="Sister Late")
    signed_in.post(page, form | {"later": "auto"})
    factories.happen(case, "case.assigned", to="Somebody quicker")
    refused = signed_in.post(page, form)
    assert refused.status_code == 409
    assert str(Draft.objects.get().key) == key_in(refused)
    form |= {"submission": key_in(refused), "seen": Event.objects.latest("pk").pk}
    signed_in.post(page, form)
    assert not Draft.objects.exists()


def test_a_field_that_the_form_asked_for_after_a_refusal_comes_back_too(case, signed_in):
    page = address(case, "position.freed")
    form = typed(case, override_by="Dr Senior", override_reason="Spine seen at operation")
    signed_in.post(page, form | {"later": "yes"})
    assert "Spine seen at operation" in text(signed_in.get(f"{page}?draft={form['submission']}"))


def test_a_sheet_of_a_scale_comes_back(case, signed_in):
    page = reverse("observe", args=[case.uuid, "pain.scored"])
    form = typed(case, rest="3", note="Worse at night")
    signed_in.post(page, form | {"later": "yes"})
    back = text(signed_in.get(f"{page}?draft={form['submission']}"))
    assert "Worse at night" in back
    assert re.search(r'name="rest" value="3"[^>]* checked', back)


def test_a_new_case_comes_back_with_its_symptoms_and_the_class_that_was_proposed(unit, signed_in):
    moment = now()
    form = {
        "initials": "AB", "unit": unit.uuid, "neurology": "no", "cancer": "known", "symptoms_0": ["pain.new"],
        "place": "ward", "suspected_by": "ward registrar", "happened_at_date": f"{moment:%Y-%m-%d}",
        "happened_at_time": "00:01", "submission": uuid4(), "decided": "A", "proposed": "B", "reason": "Looks worse",
    }  # fmt: skip
    page = reverse("intake")
    signed_in.post(page, form | {"later": "yes"})
    assert "New case: AB" in text(signed_in.get(reverse("drafts")))
    assert "did not send it" in text(signed_in.get(page))
    back = text(signed_in.get(f"{page}?draft={form['submission']}"))
    assert "Class B is proposed" in back
    assert "Looks worse" in back
    assert re.search(r'value="pain.new"[^>]* checked', back)
    signed_in.post(page, form)
    assert Event.objects.get().answers["class"] == "A"
    assert not Draft.objects.exists()


def test_it_is_offered_again_after_signing_in(page, sent, client, trust):
    person = factories.user("coordinator", trust, password=factories.PASSWORD)
    client.force_login(person)
    for key in (uuid4(), uuid4()):
        client.post(page, sent | {"later": "auto", "submission": key})
    client.logout()
    answer = client.post(
        reverse("account_login"), {"login": person.username, "password": factories.PASSWORD}, follow=True
    )
    assert 'You began 2 forms and did not send them: see <a href="/drafts/">Drafts</a>.' in text(answer)


def test_what_is_saved_without_a_session_is_refused_and_not_called_a_lost_form(page, sent, client):
    answer = client.post(page, sent | {"later": "auto"}, headers={"x-background": "1"})
    assert answer.status_code == 302
    assert UNSAVED not in text(client.get(answer.url))


@pytest.mark.parametrize(("hours", "left"), [(71, 1), (73, 0)])
def test_the_nightly_task_deletes_what_nobody_came_back_to(page, sent, signed_in, hours, left):
    signed_in.post(page, sent | {"later": "auto"})
    aged(hours=hours)
    nightly()
    assert Draft.objects.count() == left


def test_no_log_holds_what_was_typed(page, sent, signed_in, caplog):
    with caplog.at_level(logging.DEBUG):
        signed_in.post(page, sent | {"later": "auto"})
        signed_in.post(page, sent | {"later": "now"})
        signed_in.get(f"{page}?draft={sent['submission']}")
    assert "Bad Request" in caplog.text
    assert "Nobody" not in caplog.text
    assert "Nobody" not in str(Draft.objects.get())


@pytest.mark.parametrize(
    ("ago", "words"),
    [({"seconds": 59}, "less than a minute ago"), ({"seconds": 60}, "1 minute ago"),
     ({"minutes": 59}, "59 minutes ago"), ({"hours": 1}, "1 hour ago"), ({"hours": 47}, "47 hours ago"),
     ({"hours": 49}, "2 days ago")],
)  # fmt: skip
def test_the_age_is_in_words(page, sent, signed_in, ago, words):
    signed_in.post(page, sent | {"later": "auto"})
    aged(**ago)
    assert f"saved {words}" in text(signed_in.get(page))


def test_a_draft_of_the_move_that_records_a_referral_is_its_own(signed_in, unit):
    """Its address holds the word that the referral form's has; it leads back to its own page."""
    case = factories.case(place=unit)
    where = reverse("move", args=[case.uuid, "referral", 1, "receive"])
    signed_in.post(where, {"submission": (key := uuid4()), "referrer": "Dr Long", "later": "yes"})
    text = signed_in.get(reverse("drafts")).content.decode()
    assert f"{where}?draft={key}" in text
    assert "Referral form" not in text
