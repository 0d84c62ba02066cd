"""The referrer's link: it says where the referral stands and nothing else, runs out, and can be taken back."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from pathway.casefile.referrer import STAGES
from pathway.engine import now as clock
from pathway.engine import status_link
from pathway.engine.merge import merge
from pathway.engine.now import now
from pathway.engine.refused import NotAllowed
from pathway.record.access import Access
from pathway.record.event import Event
from pathway.record.status_link import StatusLink, StatusOpening
from pathway.web.status_link import A_MINUTE
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_count():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=2))


def text(answer):
    return answer.content.decode()


def page(case):
    return reverse("status_link", args=[case.uuid])


def made(client, case):
    """The address that the page shows once."""
    return client.post(page(case), {"what": "make"}, follow=True).context["address"]


def stages(answer):
    found = re.findall(r"<strong>(Yes|Not yet)</strong> ([^<]+)</li>", text(answer))
    return {words: said == "Yes" for said, words in found}


def test_whoever_has_it_reads_where_the_referral_stands_without_signing_in(case, signed_in, client):
    address = made(signed_in, case)
    client.logout()
    assert stages(client.get(address)) == {words: words == "Received" for words, _ in STAGES}
    for number, kind in enumerate(("contact.made", "imaging.requested", "imaging.booked", "contact.advised"), 1):
        factories.happen(case, kind, at=now() - timedelta(minutes=60 - number))
    reached = stages(client.get(address))
    assert [words for words, yes in reached.items() if not yes] == ["Scan done"]
    factories.happen(case, "case.closed", at=now())
    assert "The referral is closed" in text(client.get(address))


def test_nothing_on_it_identifies_or_gives_a_finding_away(case, signed_in, client, coordinator):
    for number, kind in enumerate(("imaging.acquired", "imaging.communicated", "case.confirmed"), 1):
        factories.happen(case, kind, at=now() - timedelta(minutes=60 - number))
    address = made(signed_in, case)
    client.logout()
    shown = text(client.get(address))
    patient = case.patient
    secrets = (
        *(patient.family_name, patient.given_names, patient.nhs_number, patient.nhs_number[:3] + " ", case.code),
        *(str(case.uuid), str(patient.uuid), case.unit.name, case.organisation.name, coordinator.username),
        *("1957", "lass A", "ompression", "confirmed", "prostate"),
    )
    assert [secret for secret in secrets if secret in shown] == []


def test_it_is_not_stored_tells_no_other_page_its_address_and_is_not_found_by_search_engines(case, signed_in, client):
    address = made(signed_in, case)
    client.logout()
    for asked, status in ((address, 200), (reverse("status", args=["nobody-has-this"]), 404)):
        answer = client.get(asked)
        assert answer.status_code == status
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert not answer.cookies
    assert "http" not in re.sub(r'href="/[^"]*"', "", text(client.get(address))).replace("http-equiv", "")


def test_only_the_hash_is_kept_and_the_token_cannot_be_guessed(case, signed_in):
    token = made(signed_in, case).rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    assert token not in str(StatusLink.objects.values().get())
    assert token not in text(signed_in.get(page(case)))


def test_a_new_one_takes_the_place_of_the_old_and_taken_back_it_leads_nowhere(case, signed_in):
    first, second = made(signed_in, case), made(signed_in, case)
    assert (signed_in.get(first).status_code, signed_in.get(second).status_code) == (404, 200)
    assert "leads nowhere any more" in text(signed_in.post(page(case), {"what": "revoke"}, follow=True))
    gone = signed_in.get(second)
    assert gone.status_code == 404
    assert "taken back, it has run out" in text(gone)
    signed_in.post(page(case), {"what": "revoke"})
    assert text(signed_in.get(page(case))).count("Taken back") == 2


def test_it_runs_out_after_fourteen_days(case, signed_in):
    address = made(signed_in, case)
    with clock.at(StatusLink.objects.get().expires_at - timedelta(seconds=1)):
        assert signed_in.get(address).status_code == 200
    with clock.at(StatusLink.objects.get().expires_at):
        assert signed_in.get(address).status_code == 404
        assert "Ran out" in text(signed_in.get(page(case)))


def test_each_opening_is_logged_and_shown_on_the_case(case, signed_in, client, coordinator):
    address = made(signed_in, case)
    client.logout()
    client.get(address)
    client.get(address)
    client.get(reverse("status", args=["nobody-has-this"]))
    assert StatusOpening.objects.count() == 2
    client.force_login(coordinator)
    assert "Opened 2 times, last" in text(client.get(page(case)))
    assert Access.objects.filter(case=case, what="form: status link").exists()
    assert "status link of" in str(StatusOpening.objects.first())


def test_who_tries_too_many_links_that_lead_nowhere_is_told_to_wait_and_a_right_one_still_opens(case, signed_in):
    """A hospital behind one address: somebody's guesses shut nobody else's link."""
    address = made(signed_in, case)
    wrong = reverse("status", args=["nobody-has-this"])
    for _ in range(A_MINUTE):
        assert signed_in.get(wrong).status_code == 404
    often = signed_in.get(wrong)
    assert often.status_code == 429
    assert "Wait a minute" in text(often)
    assert signed_in.get(address).status_code == 200
    assert StatusOpening.objects.count() == 1


def test_nothing_can_be_sent_to_it_and_it_changes_no_record(case, signed_in):
    address = made(signed_in, case)
    before = Event.objects.count()
    assert signed_in.post(address).status_code == 405
    signed_in.get(address)
    assert Event.objects.count() == before


def test_a_merged_case_shows_where_the_other_stands_and_gets_no_link_of_its_own(case, signed_in, unit, coordinator):
    address = made(signed_in, case)
    other = factories.case(place=unit, who=case.patient, at=now() - timedelta(hours=1))
    factories.happen(other, "imaging.requested", at=now())
    merge(case, by=coordinator, answers=factories.ANSWERS["case.merged"] | {"into": other.code})
    assert stages(signed_in.get(address))["Scan asked for"]
    assert signed_in.post(page(case), {"what": "make"}).status_code == 409


def test_a_case_entered_in_error_is_not_followed_any_more(case, signed_in):
    address = made(signed_in, case)
    factories.happen(case, "case.entered_in_error", at=now())
    shown = signed_in.get(address)
    assert "not followed here any more" in text(shown)
    assert stages(shown) == {}


def test_only_those_who_care_make_and_revoke(case, manager):
    for act in (status_link.make, status_link.revoke):
        with pytest.raises(NotAllowed):
            act(case, by=manager)


def test_reading_the_page_again_makes_no_other_link(case, signed_in, client):
    """The link is shown once; whoever reads the page again does not see it, and it still leads there."""
    address = made(signed_in, case)
    assert "address" not in signed_in.get(page(case)).context or not signed_in.get(page(case)).context["address"]
    assert signed_in.get(address).status_code == 200
