"""The page of one case: what it shows, to whom, and in how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pathway.casefile.groups import GROUPS, OTHER, PLACE
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.duty import put_on
from pathway.engine.hush import suspend, void
from pathway.engine.now import now
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.protocol.hours import shown
from pathway.protocol.types import Role
from pathway.record.access import Access
from pathway.record.alert import Alert
from pathway.templatetags.pathway import local_time
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    return now() - timedelta(hours=2)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


@pytest.fixture
def look(client):
    """`look(case, user)`: the text of the page, its white space made single."""

    def look(case, user, name="case"):
        client.force_login(user)
        answer = client.get(reverse(name, args=[case.uuid]))
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return look


def form_at(page, case, track, number, verb):
    """The form of one move, as it stands in the page."""
    action = f'action="{reverse("move", args=[case.uuid, track, number, verb])}"'
    return page.split(action, 1)[1].split("</form>", 1)[0] if action in page else ""


def link_to(case, track, number, verb):
    """The address of one move, as a link has it."""
    return f'href="{reverse("move", args=[case.uuid, track, number, verb])}"'


def part(page, track):
    """What the page says of one track."""
    return page.split(f'<section class="app-track" id="{track}"', 1)[1].split("</section>", 1)[0]


def folded(page):
    """The headings of the record, each with whether it is folded."""
    return {each.split("<h3>", 1)[1].split("</h3>")[0]: not each.startswith(" open") for each in
            page.split('<details class="app-group"')[1:]}  # fmt: skip


def test_it_says_who_the_page_is_about(case, coordinator, look):
    page = look(case, coordinator)
    for words in (case.patient.name, "12 Apr 1957", case.patient.number, case.unit.name, "Class A: Suspected"):
        assert words in page
    assert "Identity incomplete" not in page


def test_a_provisional_identity_is_said(unit, coordinator, look):
    who = factories.patient(unit.organisation, initials="AB", family_name="", birth_date=None)
    page = look(factories.case(place=unit, who=who, at=now()), coordinator)
    assert "Identity incomplete" in page
    assert "Complete the identity" in page


def test_a_local_number_stands_with_its_issuer(unit, coordinator, look):
    who = factories.patient(unit.organisation, local_number="H77", local_issuer="Northern General")
    assert "H77 (Northern General)" in look(factories.case(place=unit, who=who, at=now()), coordinator)


def test_every_opening_is_logged(case, coordinator, look):
    look(case, coordinator)
    assert list(Access.objects.values_list("user", "case", "what")) == [(coordinator.pk, case.pk, "case page")]


def test_clocks_run_first_by_time_to_breach(case, coordinator, look):
    page = look(case, coordinator)
    assert page.index("Speak to the coordinator") < page.index("MRI within 24 hours of suspicion")
    assert "1 h 0 min over" in page
    assert 'data-state="overdue"' in page
    assert 'data-state="on_time"' in page
    assert "Record contact with the coordinator</a> ends it" in page


def test_how_clocks_ended_is_said_in_words(unit, coordinator, clinician, look, begun):
    case = factories.case(place=unit, at=begun)
    factories.happen(case, "contact.made", at=begun + timedelta(minutes=30))
    factories.happen(case, "referral.received", at=begun + timedelta(minutes=30))
    factories.happen(case, "referral.triaged", at=begun + timedelta(minutes=100))
    void(case, "mri_request", by=clinician, answers={"reason": "scan was done elsewhere", "second_person": "Dr Two"})
    page = look(case, coordinator)
    assert "<strong>Speak to the coordinator</strong>: 30 min before the limit" in page
    assert 'data-state="breached">Breached</strong> <strong>Triage the referral</strong>' in page
    assert 'data-state="void">Void</strong> <strong>Request the scan</strong>' in page
    assert "scan was done elsewhere" in page


def test_a_suspended_clock_says_until_when_and_keeps_its_due_time(case, coordinator, clinician, look):
    until = now() + timedelta(hours=1)
    suspend(case, "mri_a", by=clinician, answers={"until": until, "why": "unfit", "named": "Dr One"})
    page = look(case, coordinator)
    assert 'data-state="suspended">Suspended</strong> review' in page
    assert "the due time stays" in page


def test_open_alerts_can_be_acknowledged_and_say_who_acts(case, coordinator, look):
    factories.duty(case.unit, "coordinator", coordinator)
    tick()
    alert = Alert.objects.get(clock__standard="contact_a")
    page = look(case, coordinator)
    assert reverse("alert", args=[alert.uuid]) in page
    assert "Nobody has acknowledged it." in page
    acknowledge(alert, by=coordinator)
    page = look(case, coordinator)
    assert f'id="ack-{alert.uuid}"' not in page
    assert f"{coordinator} is acting until" in page


def test_the_timeline_keeps_every_acknowledgement(case, coordinator, begun, look):
    with clock.at(begun + timedelta(minutes=61)):
        tick()
        assert put_on(case.unit, Role.CONSULTANT, coordinator, by=coordinator) == 1
    alert = Alert.objects.get()
    for minutes in (62, 95):
        with clock.at(begun + timedelta(minutes=minutes)):
            acknowledge(alert, by=coordinator)
    story = look(case, coordinator).split('id="timeline"', 1)[1]
    entry = story.split("Alert E3: Speak to the coordinator", 1)[1].split("</li>", 1)[0]
    assert entry.count("<dt>Answered</dt>") == 2


def test_an_alert_told_later_than_it_was_raised_says_when(case, coordinator, begun, look):
    with clock.at(begun + timedelta(minutes=61)):
        tick()
    assert "nobody for this level" in look(case, coordinator)
    with clock.at(begun + timedelta(minutes=90)):
        put_on(case.unit, Role.CONSULTANT, coordinator, by=coordinator)
    page = look(case, coordinator)
    assert "nobody for this level" not in page
    assert f"<dt>Last told</dt><dd>{shown(begun + timedelta(minutes=90))}</dd>" in page


def test_the_record_is_in_the_order_of_the_pathway_and_open_where_something_is_next(case, coordinator, look):
    headings = folded(look(case, coordinator))
    assert list(headings) == [title for title in GROUPS if title != OTHER]
    assert [title for title in headings if not headings[title]] == [
        "Arrival", "Position and stability", "Scan", "Steroids", "Bedside care", "Scores"]  # fmt: skip


def test_a_heading_says_how_its_tracks_stand_and_what_was_observed(case, coordinator, look, begun):
    for kind in ("opinion.surgical", "opinion.oncology", "told.gp"):
        factories.happen(case, kind, at=begun + timedelta(minutes=5))
    page = look(case, coordinator)
    heading = {each.split("</h3>")[0]: each.split("</summary>")[0] for each in page.split("<summary><h3>")[1:]}
    assert "Opinion <strong>Given; Given</strong>" in heading["Opinions, decision and consent"]
    assert f"GP told <strong>{local_time(begun + timedelta(minutes=5), now())}</strong>" in heading["Support"]
    assert "Nothing yet" in heading["Transfer"]
    assert folded(page)["Support"]


def test_what_nobody_listed_falls_under_other_before_the_case(case, coordinator, look, monkeypatch):
    listed = {key: place for key, place in PLACE.items() if key not in ("steroids", "bowel")}
    monkeypatch.setattr("pathway.casefile.groups.PLACE", listed)
    page = look(case, coordinator)
    assert list(folded(page))[-2:] == [OTHER, "The case"]
    other = page.split(f"<h3>{OTHER}</h3>", 1)[1].split("<h3>", 1)[0]
    assert 'id="steroids"' in other
    assert reverse("observe", args=[case.uuid, "bowel.assessed"]) in other


def test_an_observation_stands_with_its_newest_value_and_time(case, coordinator, manager, look, begun):
    for minutes, movement in ((40, 8), (20, 3)):
        factories.happen(case, "pain.scored", at=begun + timedelta(minutes=minutes), rest=2, movement=movement)
    page = look(case, coordinator)
    pain = page.split('<li id="painscored"', 1)[1].split('<li id="', 1)[0]
    assert "Pain at rest <strong>2</strong>, Pain on movement <strong>8</strong>" in pain
    assert local_time(begun + timedelta(minutes=40), now()) in pain
    assert reverse("observe", args=[case.uuid, "pain.scored"]) in pain
    assert reverse("observe", args=[case.uuid, "pain.scored"]) not in look(case, manager)


def test_a_clock_that_an_observation_ends_leads_to_it(case, coordinator, look):
    address = reverse("observe", args=[case.uuid, "neuro.examined"])
    assert f'<a class="app-next__move" href="{address}">' in look(case, coordinator)


def test_what_ends_two_clocks_is_said_once_under_what_is_next(case, coordinator, look, begun):
    factories.happen(case, "case.deteriorated", at=begun + timedelta(minutes=10))
    following = look(case, coordinator).split('id="next"', 1)[1].split("</section>", 1)[0]
    assert following.count("Record a neurological examination") == 1
    assert "Also for: Daily neurological examination" in following


def test_what_a_clock_and_a_prompt_both_ask_for_stands_once_with_both(case, coordinator, look, begun):
    factories.happen(case, "steroids.indicated", at=begun + timedelta(minutes=5))
    following = look(case, coordinator).split('id="next"', 1)[1].split("</section>", 1)[0]
    assert following.count("Record the first dose</a>") == 1
    entry = following.split("Record the first dose</a>", 1)[1].split("</li>", 1)[0]
    assert "left, due" in entry
    assert "Dexamethasone is indicated: 16 mg" in entry


def test_clocks_that_only_report_stand_apart_and_are_not_next(case, coordinator, look):
    page = look(case, coordinator)
    running, reported = page.split("Reported, raises no alert", 1)
    assert "Plan within 24 hours of suspicion" in reported
    assert "Plan within 24 hours of suspicion" not in running
    assert reverse("suspend", args=[case.uuid, "plan_24"]) not in page


def test_what_is_next_says_whose_it_is(case, coordinator, look):
    following = look(case, coordinator).split('id="next"', 1)[1]
    assert following.index("Record contact with the coordinator") < following.index("Record images acquired")
    assert "Referrer" in following


def test_what_is_next_is_a_form_and_every_other_open_move_a_link(case, coordinator, look):
    page = look(case, coordinator)
    assert form_at(page, case, "contact", 1, "make")
    assert not form_at(page, case, "imaging", 1, "book")
    assert link_to(case, "imaging", 1, "book") in part(page, "imaging")


def test_the_wrong_role_is_told_why_not(case, physiotherapist, look):
    page = look(case, physiotherapist)
    assert link_to(case, "imaging", 1, "request") not in page
    assert link_to(case, "imaging", 1, "book") in page
    assert "Request the scan: For a clinician or coordinator." in page


def test_what_is_not_possible_from_a_state_says_the_state(case, coordinator, look, begun):
    factories.happen(case, "imaging.requested", at=begun + timedelta(minutes=5))
    scan = part(look(case, coordinator), "imaging")
    assert "Request the scan</a>: Not possible from “Requested”." in scan
    assert link_to(case, "imaging", 2, "request") in scan, "a second scan may be asked for"


def test_a_guard_says_that_a_senior_is_asked_for(case, coordinator, look):
    position = part(look(case, coordinator), "position")
    assert f"{link_to(case, 'position', 1, 'clear')}>Clear to sit</a> <span" in position
    assert "asks for what is missing too" in position
    assert "a named senior lets it pass" in part(look(case, coordinator), "decision")


def test_what_was_skipped_is_called_not_recorded(case, coordinator, look, begun):
    factories.happen(case, "imaging.acquired", at=begun + timedelta(minutes=50))
    skipped = look(case, coordinator).split("Not recorded:", 1)[1].split("</p>", 1)[0]
    assert [words for words in ("scan requested", "slot booked", "scan started") if words in skipped] == [
        "scan requested", "slot booked", "scan started"]  # fmt: skip
    assert "abandoned" not in skipped


def test_a_telephone_call_opens_no_row_of_contact(case, coordinator, look):
    factories.happen(case, "contact.logged")
    contact = look(case, coordinator).split('id="contact"', 1)[1].split("</section>", 1)[0]
    assert contact.count("app-row__state") == 1
    assert "No. " not in contact


def test_an_entry_taken_back_stays_and_is_struck_through(case, coordinator, look, begun):
    event = factories.happen(case, "case.deteriorated", at=begun + timedelta(minutes=5))
    correct(event, by=coordinator, why="wrong patient", withdrawn=True)
    page = look(case, coordinator)
    assert "<del>Deteriorated</del>" in page
    assert "wrong patient" in page


@pytest.mark.parametrize(
    ("result", "wanted"),
    [
        ("mscc", "case/0/confirm/"),
        ("impending", "case/0/threaten/"),
        ("metastases", "case/0/find_metastases_only/"),
        ("normal", "case/0/exclude/"),
        ("non_diagnostic", "imaging/2/request/"),
    ],
)
def test_a_result_proposes_what_follows_and_records_nothing(case, look, begun, result, wanted):
    coordinator = factories.user("coordinator", case.organisation)
    factories.happen(case, "imaging.acquired", at=begun + timedelta(minutes=30))
    factories.happen(case, "imaging.communicated", at=begun + timedelta(minutes=40), result=result)
    before = case.events.count()
    assert wanted in look(case, coordinator).split('id="next"', 1)[1].split("</section>", 1)[0]
    assert case.events.count() == before


def test_prompts_for_position_and_steroids_and_first_dose(case, coordinator, look, begun):
    page = look(case, coordinator)
    assert "Default for class A: flat, neutral, log roll" in page
    assert "is dexamethasone indicated?" in page
    factories.happen(case, "steroids.indicated", at=begun + timedelta(minutes=5))
    factories.happen(case, "position.ordered", at=begun + timedelta(minutes=5))
    page = look(case, coordinator)
    assert "Default for class A" not in page
    assert "Record the first dose as soon as it is given" in page


def test_a_triage_of_another_class_says_so_and_offers_the_change(case, coordinator, look, begun):
    triage = {"class": "B", "outcome": "pathway", "positioning": "mobile"}
    factories.happen(case, "referral.triaged", at=begun + timedelta(minutes=20), **triage)
    page = look(case, coordinator)
    assert "Triage says class B, but the clocks run for class A." in page
    assert reverse("move", args=[case.uuid, "case", 0, "reclassify"]) + "?class=B" in page


def test_still_flat_though_stable_is_pointed_out(case, coordinator, look, begun):
    factories.happen(case, "position.ordered", at=begun + timedelta(minutes=5))
    factories.happen(case, "stability.advised", at=begun + timedelta(minutes=25))
    assert "says stable, but the patient is still to lie flat" in look(case, coordinator)


def test_a_case_that_has_ended_offers_no_step_but_a_late_entry(case, coordinator, look, begun):
    factories.happen(case, "case.died", at=begun + timedelta(minutes=30))
    page = look(case, coordinator)
    assert "This case has ended: Died." in page
    assert not form_at(page, case, "imaging", 1, "request")
    assert reverse("move", args=[case.uuid, "imaging", 1, "request"]) in page


def test_a_manager_reads_and_is_offered_nothing_to_write(case, manager, look):
    page = look(case, manager)
    assert 'method="post"' not in page.split("<main", 1)[1]
    assert "/observe/" not in page
    assert "For a clinician or coordinator." in page


def test_the_live_part_says_who_changed_what_since(case, coordinator, clinician, client, begun):
    seen = case.events.latest("pk").pk
    address = reverse("case_now", args=[case.uuid])
    client.force_login(coordinator)
    assert b"Changed since" not in client.get(address, {"seen": seen}).content
    factories.happen(case, "imaging.requested", by=clinician)
    page = client.get(address, {"seen": seen}).content.decode()
    assert f"{clinician} recorded “Scan requested”" in page
    client.force_login(clinician)
    assert b"Changed since" not in client.get(address, {"seen": seen}).content, "one's own entries are no news"


@pytest.mark.parametrize("seen", ["", "x", "9" * 40, "-1", "²"])
def test_a_bad_number_of_the_page_is_no_failure(case, coordinator, client, seen):
    client.force_login(coordinator)
    assert client.get(reverse("case_now", args=[case.uuid]), {"seen": seen}).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_story(
    unit, coordinator, client, begun, django_assert_max_num_queries
):
    short = factories.case(place=unit, at=begun)
    client.force_login(coordinator)
    client.get(reverse("case", args=[short.uuid]))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("case", args=[short.uuid]))
    long = factories.case_at("position.cleared_to_sit", start=begun - timedelta(hours=6), place=unit)
    for _ in range(5):
        factories.happen(long, "contact.logged")
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("case", args=[long.uuid]))


def test_what_nobody_recorded_is_a_link_only_for_who_may_record_it(unit, coordinator, manager, look, begun):
    case = factories.case(place=unit, at=begun)
    factories.happen(case, "imaging.requested", at=begun + timedelta(minutes=10))
    factories.happen(case, "imaging.acquired", at=begun + timedelta(minutes=50))
    pages = [part(look(case, who), "imaging") for who in (coordinator, manager)]
    assert all("Not recorded: " in page and "scan vetted" in page for page in pages)
    assert [link_to(case, "imaging", 1, "vet") in page.split("Not recorded: ")[1].split("</p>")[0] for page in pages] == [
        True, False,
    ]  # fmt: skip
