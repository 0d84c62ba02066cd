"""The one view of every move: what is recorded, what is refused and how, and what is typed is never lost."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.access import Access
from tests import factories
from tests.web.forms import address, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(hours=2)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


def test_the_form_stands_alone_and_its_opening_is_logged(case, signed_in, coordinator):
    page = signed_in.get(address(case, "imaging.requested")).content.decode()
    assert "<h1>Request the scan</h1>" in page
    assert case.patient.name in page
    assert Access.objects.filter(user=coordinator, case=case, what="form: imaging").count() == 1


def test_a_move_is_recorded_and_leads_back_to_its_track(case, signed_in, coordinator):
    answer = signed_in.post(address(case, "imaging.requested"), typed(case, modality="mri"))
    assert answer.url == reverse("case", args=[case.uuid]) + "#imaging"
    event = case.events.get(kind="imaging.requested")
    assert (event.by, event.answers, event.track_no) == (str(coordinator), {"modality": "mri"}, 1)
    assert "Recorded: Scan requested." in signed_in.get(answer.url).content.decode()


def test_it_is_recorded_when_it_happened(case, signed_in, begun):
    signed_in.post(
        address(case, "contact.made"), typed(case, begun + timedelta(minutes=7), channel="phone", spoke_to="x")
    )
    assert case.events.get(kind="contact.made").occurred_at == begun + timedelta(minutes=7)


def test_a_double_submit_makes_one_event_and_leads_to_the_same_place(case, signed_in):
    sent = typed(case, modality="mri")
    first, second = (signed_in.post(address(case, "imaging.requested"), sent) for _ in range(2))
    assert first.url == second.url
    assert case.events.filter(kind="imaging.requested").count() == 1


def test_a_form_sent_again_with_something_else_is_kept_and_may_be_sent_as_another_entry(case, signed_in):
    first = typed(case, channel="phone", spoke_to="radiology", purpose="chase", said="no slot yet")
    path = reverse("observe", args=[case.uuid, "contact.logged"])
    signed_in.post(path, first)
    answer = signed_in.post(path, first | {"said": "slot at 14:00"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "used already" in page
    assert "slot at 14:00" in page
    key = re.search(r'name="submission" value="([^"]+)"', page)[1]
    signed_in.post(path, first | {"said": "slot at 14:00", "submission": key})
    said = [event.answers["said"] for event in case.events.filter(kind="contact.logged").order_by("pk")]
    assert said == ["no slot yet", "slot at 14:00"]


def test_a_key_that_another_case_has_used_is_refused_in_words(case, unit, signed_in):
    sent = typed(case, modality="mri")
    signed_in.post(address(case, "imaging.requested"), sent)
    other = factories.case(place=unit, at=now() - timedelta(hours=1))
    again = typed(other, modality="mri") | {"submission": sent["submission"]}
    answer = signed_in.post(address(other, "imaging.requested"), again)
    assert answer.status_code == 409
    assert "used already" in answer.content.decode()
    assert not other.events.filter(kind="imaging.requested").exists()


def test_what_is_wrong_is_named_and_linked_and_what_was_typed_is_kept(case, signed_in):
    answer = signed_in.post(address(case, "contact.made"), typed(case, spoke_to="Sister <Ò'Neill>"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_channel_0"' in page
    assert "Sister &lt;Ò&#x27;Neill&gt;" in page
    assert "<title>Error: " in page
    assert case.events.count() == 1


def test_a_stale_form_names_who_changed_what_and_can_be_sent_again(case, signed_in, clinician):
    sent = typed(case, modality="mri")
    minute = now().replace(second=0, microsecond=0)
    factories.happen(case, "imaging.requested", by=clinician, modality="ct", at=minute)
    answer = signed_in.post(address(case, "imaging.acquired"), sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody was quicker" in page
    assert f"{clinician} recorded “Scan requested”" in page
    newest = case.events.latest("pk").pk
    assert f'name="seen" value="{newest}"' in page
    again = signed_in.post(address(case, "imaging.acquired"), sent | {"seen": newest})
    assert again.status_code == 302


def test_a_step_back_to_lying_flat_takes_no_senior_though_the_form_asks_for_one(case, signed_in):
    path, nobody = address(case, "rehabilitation.stepped"), {"override_by": "", "override_reason": ""}
    assert 'name="override_by"' in signed_in.get(path).text
    refused = signed_in.post(path, typed(case, step="R2", **nobody))
    assert refused.status_code == 409
    assert "No advice on stability has been recorded" in refused.text
    assert signed_in.post(path, typed(case, step="R0", **nobody)).status_code == 302
    assert "override" not in case.events.get(kind="rehabilitation.stepped").answers


def test_a_refusal_lists_everything_keeps_what_was_typed_and_asks_for_the_senior(case, signed_in):
    sent = typed(case, cleared_by="Dr Kept")
    answer = signed_in.post(address(case, "position.cleared_to_sit"), sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "No advice on stability has been recorded" in page
    assert "Dr Kept" in page
    assert 'name="override_by"' in page
    assert "This field is required" not in page
    half = signed_in.post(
        address(case, "position.cleared_to_sit"), sent | {"override_by": "Dr Senior", "override_reason": ""}
    )
    assert half.status_code == 422
    whole = sent | {"override_by": "Dr Senior", "override_reason": "pain, dying"}
    assert signed_in.post(address(case, "position.cleared_to_sit"), whole).status_code == 302
    event = case.events.get(kind="position.cleared_to_sit")
    assert event.answers["override"] == {"by": "Dr Senior", "reason": "pain, dying"}


def test_a_move_that_the_state_refuses_is_a_conflict(case, signed_in, begun):
    factories.happen(case, "case.died", at=begun + timedelta(minutes=30))
    answer = signed_in.post(address(case, "imaging.requested"), typed(case, modality="mri"))
    assert answer.status_code == 409
    assert "ended" in answer.content.decode()
    late = signed_in.post(address(case, "imaging.requested"), typed(case, begun + timedelta(minutes=5), modality="mri"))
    assert late.status_code == 302, "a late entry of what happened before the end"


def test_excluded_and_then_found_by_a_second_scan_the_board_and_the_page_say_what_holds(case, signed_in, begun):
    """Excluded, then compression on another scan: to confirm it takes a reopening, and the phase is of the newest."""
    for minute, result in enumerate(["normal", "mscc"], 1):
        factories.happen(case, "imaging.communicated", at=begun + timedelta(minutes=30 * minute), result=result)
        if result == "normal":
            factories.happen(case, "case.excluded", at=begun + timedelta(minutes=40))
    confirmation = {"levels": ["T8"], "site": "cord", "known_primary": "yes"}
    answer = signed_in.post(address(case, "case.confirmed"), typed(case, **confirmation))
    assert answer.status_code == 409
    assert "Reopen the case, or correct that entry if it is wrong." in answer.content.decode()
    again = typed(case, begun + timedelta(minutes=70), reason="a second scan shows it", **{"class": "A"})
    assert signed_in.post(address(case, "case.reopened"), again).status_code == 302
    assert says_of(signed_in, case, "Suspected")
    assert signed_in.post(address(case, "case.confirmed"), typed(case, **confirmation)).status_code == 302
    assert says_of(signed_in, case, "Compression confirmed")


def says_of(browser, case, phase):
    """Whether the page of a case, and its row on the board, name this phase."""
    page = browser.get(reverse("case", args=[case.uuid])).content.decode()
    row = browser.get(reverse("worklist_row", args=[case.uuid])).content.decode()
    return f"<h1>Class A: {phase}</h1>" in page and f", {phase}<br>" in row


def test_the_wrong_role_is_forbidden_to_look_and_to_write(case, client, physiotherapist):
    client.force_login(physiotherapist)
    assert client.get(address(case, "imaging.requested")).status_code == 403
    answer = client.post(address(case, "imaging.requested"), typed(case, modality="mri"))
    assert answer.status_code == 403
    assert "Request the scan" in answer.content.decode()
    assert case.events.count() == 1


@pytest.mark.parametrize(
    "path", ["nothing/1/request", "imaging/1/nothing", "imaging/2/request", "imaging/0/request", "case/1/plan",
             "imaging/99999999999999999999/request", "imaging/1/folded", "imaging/1/__init__"]
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_there_is_not_is_not_found(case, signed_in, path, method):
    assert getattr(signed_in, method)(f"/cases/{case.uuid}/{path}/").status_code == 404


def test_other_methods_are_refused(case, signed_in):
    assert signed_in.delete(address(case, "imaging.requested")).status_code == 405
    assert signed_in.put(address(case, "imaging.requested")).status_code == 405


GOOD = {"channel": "phone", "spoke_to": "x"}
BAD = {
    "no answers": {"channel": "", "spoke_to": ""},
    "control character": {"spoke_to": "a\x00b"},
    "vertical tab": {"spoke_to": "a\x0bb"},
    "huge": {"spoke_to": "x" * 100_000},
    "unknown choice": {"channel": "smoke"},
    "an array": {"channel": ["phone", "smoke"]},
    "no date": {"happened_at_date": ""},
    "no time": {"happened_at_time": "", "happened_at_date": ""},
    "31 June": {"happened_at_date": "2026-06-31"},
    "24:00": {"happened_at_time": "24:00"},
    "leap second": {"happened_at_time": "23:59:60"},
    "year 1": {"happened_at_date": "0001-01-01", "happened_at_time": "00:00"},
    "year 9999": {"happened_at_date": "9999-12-31", "happened_at_time": "23:59"},
    "an hour skipped": {"happened_at_date": "2026-03-29", "happened_at_time": "01:30"},
    "an hour doubled": {"happened_at_date": "2025-10-26", "happened_at_time": "01:30"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_input_is_refused_by_name_and_records_nothing(case, signed_in, bad):
    answer = signed_in.post(address(case, "contact.made"), typed(case, **GOOD) | bad)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert case.events.count() == 1


@pytest.mark.parametrize(
    ("kind", "wrong", "sentence"),
    [
        ("contact.made", {"channel": "smoke"}, "Choose one of the answers: How."),
        ("contact.made", {"spoke_to": "x" * 201}, "Shorten this to 200 characters: it has 201."),
        ("steroids.started", {"dose_mg": "a lot"}, "Enter a number from"),
        ("steroids.started", {"dose_mg": "9999"}, "Enter a number from"),
        ("steroids.taper_planned", {"ends_on": "31/2/2026"}, "Enter a real date, such as 27/3/2026."),
    ],
)
def test_a_wrong_answer_is_told_what_to_enter(case, signed_in, kind, wrong, sentence):
    page = signed_in.post(address(case, kind), typed(case, **wrong)).content.decode()
    assert sentence in page


@pytest.mark.parametrize(
    "hidden", [{"submission": ""}, {"submission": "'; drop"}, {"seen": "1e309"}, {"seen": "9" * 5000}]
)
def test_a_form_whose_hidden_part_was_changed_is_called_damaged(case, signed_in, hidden):
    answer = signed_in.post(address(case, "contact.made"), typed(case, **GOOD) | hidden)
    assert answer.status_code == 400
    assert "This form is damaged; open the page again. Nothing was saved." in answer.content.decode()
    assert case.events.count() == 1


@pytest.mark.parametrize(("day", "sentence"), [("2026-03-29", "does not exist"), ("2025-10-26", "happens twice")])
def test_the_nights_of_the_clock_change_are_explained(case, signed_in, day, sentence):
    bad = {"channel": "phone", "spoke_to": "x", "happened_at_date": day, "happened_at_time": "01:30"}
    assert sentence in signed_in.post(address(case, "contact.made"), typed(case) | bad).content.decode()


def test_a_form_too_large_to_read_is_refused(case, signed_in):
    answer = signed_in.post(address(case, "contact.made"), typed(case, spoke_to="x" * 2_000_000))
    assert answer.status_code == 400
    assert case.events.count() == 1


def test_five_minutes_ahead_are_taken_and_more_is_refused(case, signed_in):
    ahead = typed(case, now() + timedelta(minutes=10), channel="phone", spoke_to="x")
    answer = signed_in.post(address(case, "contact.made"), ahead)
    assert answer.status_code == 422
    assert "has not come yet" in answer.content.decode()
    assert signed_in.post(
        address(case, "contact.made"), typed(case, now() + timedelta(minutes=4), channel="phone", spoke_to="x")
    ).status_code == 302  # fmt: skip


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2999-01-01", "Check the year"),
        ("2198-01-01", "has not come yet"),
        ("1900-01-01", "before the patient was born"),
        ("2020-01-01", "more than a year ago"),
    ],
)
def test_an_impossible_time_is_said_at_its_field(case, signed_in, begun, day, sentence):
    wrong = {"happened_at_date": day, "happened_at_time": "09:40"}
    event = factories.happen(case, "contact.logged", at=begun + timedelta(minutes=30))
    for path, answers in (
        (address(case, "contact.made"), GOOD),
        (reverse("observe", args=[case.uuid, "contact.logged"]), event.answers),
        (reverse("correct", args=[case.uuid, event.uuid]), event.answers | {"why": "misread"}),
    ):
        answer = signed_in.post(path, typed(case, **answers) | wrong)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert re.search(rf'<a href="#id_happened_at_0">When it happened: [^<]*{sentence}', page)
        assert re.search(rf'id="id_happened_at_error">[^\n]*{sentence}', page)
    assert case.events.count() == 2


def test_a_form_that_came_back_still_says_what_stands_in_the_way(case, signed_in):
    page = signed_in.get(address(case, "position.cleared_to_sit")).content.decode()
    guard = re.search(r'<p class="app-guard">(.*?)</p>', page)[1]
    answer = signed_in.post(address(case, "position.cleared_to_sit"), typed(case, override_by="", override_reason=""))
    assert answer.status_code == 422
    again = answer.content.decode()
    assert f'<p class="app-guard">{guard}</p>' in again
    assert 'name="override_by"' in again
    assert "Position now:" in again


def test_an_answer_with_an_impossible_year_never_reaches_the_record(case, signed_in):
    slot = {"slot_at_date": "0001-01-01", "slot_at_time": "00:00"}
    assert signed_in.post(address(case, "imaging.booked"), typed(case, **slot)).status_code == 422
    assert signed_in.get(reverse("case", args=[case.uuid])).status_code == 200


def test_answers_proposed_in_the_address_begin_the_form_and_no_others(case, signed_in):
    page = signed_in.get(address(case, "position.ordered") + "?position=flat&seen=1&ordered_by=Dr+A").content.decode()
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == ["flat", "yes"]
    assert 'value="Dr A"' in page
    assert re.findall(r'name="seen" value="(\d+)"', page) == [str(case.events.latest("pk").pk)]


def test_the_change_to_class_a_also_records_that_the_coordinator_knows(unit, signed_in, begun):
    case = factories.case("B", place=unit, at=begun)
    sent = typed(case, **{"class": "A", "reason": "legs weaker", "coordinator_knows": "yes"})
    answer = signed_in.post(address(case, "case.reclassified"), sent)
    assert answer.status_code == 422
    sent |= {"contact_channel": "phone", "contact_spoke_to": "Coordinator One"}
    for _ in range(2):
        assert signed_in.post(address(case, "case.reclassified"), sent).status_code == 302
    kinds = list(case.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["case.suspected", "case.reclassified", "contact.made"]
    assert case.clocks.get(standard="contact_a").outcome == "met"


def test_that_the_coordinator_knows_of_a_new_class_takes_its_time_to_the_minute(unit, signed_in, begun):
    case = factories.case("B", place=unit, at=begun)
    sent = typed(case, **{"class": "A", "reason": "legs weaker", "coordinator_knows": "yes"})
    sent |= {"contact_channel": "phone", "contact_spoke_to": "Coordinator One", "happened_at_precision": "day"}
    answer = signed_in.post(address(case, "case.reclassified"), sent)
    assert answer.status_code == 422
    assert "record the contact by itself, with its own time" in answer.content.decode()
    assert case.events.count() == 1
    assert signed_in.post(address(case, "case.reclassified"), sent | {"coordinator_knows": ""}).status_code == 302
    assert case.clocks.get(standard="contact_a").outcome == ""


def test_a_call_is_logged(case, signed_in):
    sent = typed(case, channel="phone", spoke_to="radiology", purpose="chase", said="slot at 18:00")
    answer = signed_in.post(reverse("observe", args=[case.uuid, "contact.logged"]), sent)
    assert answer.status_code == 302
    assert case.events.get(kind="contact.logged").answers["said"] == "slot at 18:00"
    assert signed_in.get(reverse("observe", args=[case.uuid, "imaging.requested"])).status_code == 404


def test_a_slot_in_the_past_is_named_at_its_field(case, signed_in):
    slot = {"slot_at_date": "2020-03-02", "slot_at_time": "12:00"}
    answer = signed_in.post(address(case, "imaging.booked"), typed(case, **slot))
    assert answer.status_code == 422
    assert "would be before it was booked" in answer.content.decode()
    assert not case.events.filter(kind="imaging.booked").exists()


def test_a_step_that_is_stopped_for_neurology_is_reported_from_this_page_too(unit, client, physiotherapist):
    """The bedside has a page of its own; the general one tells the same people."""
    case = factories.case_at("position.cleared_to_sit", place=unit)
    factories.happen(case, "rehabilitation.stepped", at=factories.START + timedelta(hours=6))
    client.force_login(physiotherapist)
    sent = typed(case, step="R3", reason="neurology", time_is_right="on")
    answer = client.post(address(case, "rehabilitation.stopped"), sent)
    assert answer.status_code == 302, answer.content.decode()
    assert case.events.get(kind="case.deteriorated").answers == {"what": "power"}
    assert "it was reported at once" not in answer.url
    assert "Worse than before: this was reported at once" in client.get(answer.url).content.decode()


def test_a_lower_grade_is_reported_from_the_sheet_of_scores_too(unit, client, physiotherapist):
    case = factories.case(place=unit, at=now() - timedelta(hours=30))
    factories.happen(case, "mobility.assessed", at=now() - timedelta(hours=20), code="M3")
    client.force_login(physiotherapist)
    answer = client.post(reverse("observe", args=[case.uuid, "mobility.assessed"]), typed(case, code="M6"))
    assert case.events.get(kind="case.deteriorated").answers == {"what": "gait"}
    assert "Worse than before: this was reported at once" in client.get(answer.url).content.decode()
