"""The pages at the bedside as answers: one entry a form, refusals on the form, one's own settings, nothing lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.event import Event, standing
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def walked(unit):
    """A case of yesterday, of somebody who walks with a frame."""
    case = factories.case(place=unit, at=now() - 30 * HOUR)
    factories.happen(case, "mobility.assessed", at=now() - 20 * HOUR, code="M3")
    return case


def asking(client, person, case):
    """`ask("bedside", code="M4")` sends a form of this page; without answers it is opened."""
    client.force_login(person)

    def ask(name, *more, headers=None, **sent):
        address = reverse(name, args=[case.uuid, *more])
        if not sent:
            return client.get(address)
        form = {"submission": uuid4(), "seen": Event.objects.filter(case=case).latest("pk").pk} | sent
        return client.post(address, form, headers=headers)

    return ask


def sat_up(case):
    """The same case, cleared to sit."""
    factories.happen(case, "stability.advised", at=now() - 5 * HOUR)
    factories.happen(case, "position.cleared_to_sit", at=now() - 4 * HOUR)
    return case


@pytest.fixture
def case(unit):
    return walked(unit)


@pytest.fixture
def ask(client, physiotherapist, case):
    return asking(client, physiotherapist, case)


def entries(case, kind):
    return [each for each in standing(Event.objects.filter(case=case).order_by("pk")) if each.kind == kind]


def text(answer):
    return answer.content.decode()


def test_one_press_is_one_entry_however_often_it_is_sent(ask, case):
    key = uuid4()
    first, again = (ask("bedside", code="M4", submission=key) for _ in range(2))
    assert first.url == again.url == f"{reverse('bedside', args=[case.uuid])}?done={key}"
    assert [event.answers["code"] for event in entries(case, "mobility.assessed")] == ["M3", "M4"]


def test_a_script_that_sends_what_was_kept_hears_where_the_page_goes(ask, case, physiotherapist):
    mine = {"X-Kept": str(physiotherapist.uuid)}
    answer = ask("bedside", code="M4", happened_at=(now() - HOUR).isoformat(), headers=mine)
    assert (answer.status_code, answer.json()["said"][:9]) == (201, "Recorded:")
    assert answer.headers["Location"].startswith(reverse("bedside", args=[case.uuid]))
    event = entries(case, "mobility.assessed")[-1]
    assert abs(now() - HOUR - event.occurred_at) < timedelta(minutes=1)
    assert ask("bedside", code="M99", headers=mine).status_code == 422


def test_what_another_person_had_kept_is_not_taken(ask, case):
    assert ask("bedside", code="M4", headers={"X-Kept": str(uuid4())}).status_code == 401
    assert len(entries(case, "mobility.assessed")) == 1


def test_a_kept_form_whose_page_is_older_than_the_sign_in_is_sent_again_and_not_refused(case, physiotherapist):
    """The key of the form is of the session before: the next page has the new one."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(physiotherapist)
    form = {"submission": uuid4(), "code": "M4"}
    where = reverse("bedside", args=[case.uuid])
    assert strict.post(where, form, headers={"X-Kept": str(physiotherapist.uuid)}).status_code == 401
    assert strict.post(where, form).status_code == 403


def test_a_kept_form_after_the_session_ended_says_nothing_of_a_loss(client, case, physiotherapist):
    for headers, said in (({"X-Kept": str(physiotherapist.uuid)}, False), (None, True)):
        client.logout()
        answer = client.post(reverse("bedside", args=[case.uuid]), {"code": "M4"}, headers=headers)
        assert (answer.status_code, "Nothing was saved" in text(client.get(answer.url))) == (302, said)


@pytest.mark.parametrize(
    ("sent", "says"),
    [({}, "Mobility"), ({"code": "M99"}, "is not one of"), ({"code": "M4", "happened_at_date": "x"}, "real date")],
)
def test_bad_input_names_its_field_and_keeps_what_was_typed(ask, case, sent, says):
    answer = ask("bedside", note="after the walk", **sent)
    assert (answer.status_code, says in text(answer), "after the walk" in text(answer)) == (422, True, True)
    assert len(entries(case, "mobility.assessed")) == 1


def test_the_tile_says_who_decided_until_when_and_who_signed(ask, case):
    assert "Nobody has ordered how the patient may lie" in text(ask("bedside"))
    factories.happen(case, "position.ordered", at=now() - HOUR, ordered_by="Dr Lime", position="elevated", degrees=30)
    factories.happen(case, "orthosis.fitted", at=now() - HOUR)
    shown = text(ask("bedside"))
    for words in (
        "Head raised, 30°",
        "Brace, thoracolumbar",
        "<strong>Dr Lime</strong>",
        "Signed: teller",
        "Holds until",
    ):
        assert words in shown, words
    factories.happen(case, "position.ordered", at=now() - HOUR / 2, log_roll="yes")
    shown = text(ask("bedside"))
    assert "Log roll" in shown
    assert "Review: <span" in shown


@pytest.fixture
def cleared(case):
    return sat_up(case)


def test_minutes_missed_sessions_and_readiness_go_back_to_the_bedside_and_can_be_undone(ask, client, case):
    home = reverse("bedside", args=[case.uuid])
    for kind, sent in (
        ("physiotherapy.treated", {"minutes": "40"}),
        ("physiotherapy.missed", {"reason": "away"}),
        ("readiness.checked", {"item": "carer", "ready": "no", "note": "daughter comes Friday"}),
    ):
        answer = ask("bedside_note", kind, **sent)
        assert answer.url.startswith(f"{home}?done=")
        assert "Undo (until" in text(client.get(answer.url))
    shown = text(ask("bedside"))
    for words in ("<strong>40 minutes</strong> in 1 session; 1 missed", "Away for a scan", "daughter comes Friday",
                  "<strong>Carer training</strong> holds the date: nobody knows when yet",
                  "Not looked at"):  # fmt: skip
        assert words in shown, words
    assert ask("bedside_note", "physiotherapy.treated", minutes="0").status_code == 422
    assert ask("bedside_note", "contact.logged").status_code == 404


def test_minutes_are_for_those_who_treat(ask, client, manager, outsider, case):
    for who, status in ((manager, 403), (outsider, 404)):
        client.force_login(who)
        assert ask("bedside_note", "physiotherapy.treated").status_code == status
        assert ask("bedside_note", "physiotherapy.treated", minutes="40").status_code == status
    assert entries(case, "physiotherapy.treated") == []


def test_undo_says_why_it_came_too_late_and_knows_only_this_case(ask, client, case, unit):
    entry = entries(case, "mobility.assessed")[0]
    assert ask("undo", entry.uuid, x=1).url == reverse("bedside", args=[case.uuid])
    assert "so only they can undo it" in text(ask("bedside"))
    other = factories.happen(factories.case(place=unit), "mobility.assessed")
    assert ask("undo", other.uuid, x=1).status_code == 404
    ask("bedside", code="M4")
    mine = entries(case, "mobility.assessed")[-1]
    ask("undo", mine.uuid, x=1)
    assert len(entries(case, "mobility.assessed")) == 1


def test_blind_scoring_is_a_setting_of_the_person(ask, client, physiotherapist, case):
    assert "Last: <strong>M3" in text(ask("bedside"))
    page = f"http://testserver{reverse('bedside', args=[case.uuid])}"
    assert client.post(reverse("blind"), {"on": "yes"}, headers={"Referer": page}).url == reverse(
        "bedside", args=[case.uuid]
    )
    shown = text(ask("bedside"))
    assert "The grade before is hidden" in shown
    assert "Last:" not in shown
    assert "Hidden until you enter yours" in text(client.get(reverse("physio")))
    physiotherapist.refresh_from_db()
    assert physiotherapist.scores_blind
    client.post(reverse("blind"), {"on": "no"})
    assert "Last: <strong>M3" in text(ask("bedside"))


@pytest.mark.parametrize(
    ("code", "choices"),
    [("M1", ["Same M1", "Worse M2"]), ("M8", ["Same M8", "Better M7"]), ("M9", ["Same M9"]), ("M0", ["Same M0"])],
)
def test_better_and_worse_are_the_grades_beside_what_was_measured(ask, case, code, choices):
    ask("bedside", code=code)
    bed = ask("bedside").context["bed"]
    assert [f"{each.word} {each.option.key}" for each in bed.choices] == choices


def test_the_first_grade_of_all_has_nothing_to_compare(ask, client, unit, physiotherapist):
    case = factories.case(place=unit)
    assert client.get(reverse("bedside", args=[case.uuid])).context["bed"].choices == []


def test_the_top_of_the_page_says_how_to_lie_and_whether_to_sit_up(ask):
    """Before anything is tapped: the position, until when it holds, and that nobody may be sat up yet."""
    top = text(ask("bedside")).partition('id="how"')[0]
    assert "No position ordered" in top
    assert "<strong>No sitting up now</strong>" in top


def test_minutes_that_were_undone_are_gone(ask, client, case):
    ask("bedside_note", "physiotherapy.treated", minutes="40")
    (event,) = entries(case, "physiotherapy.treated")
    assert ask("undo", event.uuid, x=1).url == reverse("bedside", args=[case.uuid])
    assert entries(case, "physiotherapy.treated") == []


def test_a_time_alone_is_of_today_or_of_yesterday_where_it_is_still_to_come(ask, client, case):
    at = now().astimezone(LONDON)
    past, coming = at - timedelta(minutes=2), at + timedelta(minutes=2)
    yesterday = at - timedelta(days=1) + timedelta(minutes=2)
    for clock, found in ((past, past), (coming, yesterday)):
        answer = ask("bedside", code="M3", happened_at_time=f"{clock:%H:%M}")
        assert answer.status_code == 302
        shown = text(client.get(answer.url))
        assert f"{found:%a} {found.day} {found:%b} {found:%H:%M}" in shown.partition('class="app-done')[2]
    assert "Left empty: now. A time alone: today, or yesterday" in text(ask("bedside"))
    assert ask("bedside", code="M3", happened_at_time="25:00").status_code == 422


def test_a_time_alone_of_an_entry_that_waited_is_of_no_day(ask, case, physiotherapist):
    kept = {"X-Kept": str(physiotherapist.uuid), "X-Waited": "yes"}
    assert ask("bedside", code="M3", happened_at_time="00:00", headers=kept).status_code == 422
    assert len(entries(case, "mobility.assessed")) == 1


@pytest.mark.parametrize("name", ["bedside", "ladder"])
def test_a_case_that_ended_says_so_and_takes_only_what_was_earlier(ask, client, cleared, name):
    factories.happen(cleared, "case.closed", at=now() - HOUR / 2)
    shown = text(ask(name))
    assert "The case has ended" in shown
    for words in ("app-grade", "Record this step", "Undo", 'name="happened_at_time"'):
        assert words not in shown, words
    page = client.get(f"{reverse(name, args=[cleared.uuid])}?earlier=yes")
    assert '<details class="nhsuk-details app-when" open>' in text(page)
    assert ("app-grade" if name == "bedside" else "Record this step") in text(page)
    sent = {"bedside": {"code": "M3"}, "ladder": {"rung": "R2-15"}}[name]
    refused = ask(name, **sent)
    assert refused.status_code == 409
    assert "What you typed is below" in text(refused)
    assert 'name="happened_at_time"' in text(refused)
    assert ask(name, **sent, happened_at=(now() - HOUR).isoformat()).status_code == 302


def test_minutes_of_a_case_that_ended_are_asked_for_only_with_their_time(ask, cleared):
    factories.happen(cleared, "case.closed", at=now() - HOUR / 2)
    shown = text(ask("bedside_note", "physiotherapy.treated"))
    assert ("The case has ended" in shown, 'name="minutes"' in shown) == (True, False)


def test_a_refused_form_says_nothing_of_what_was_recorded_before(ask, client, cleared):
    done = ask("ladder", rung="R3").url
    shown = text(client.get(done))
    assert "<title>Recorded: R3: sitting on the edge of the bed" in shown
    assert 'id="done" tabindex="-1" autofocus' in shown
    refused = text(client.post(done, {"submission": uuid4(), "rung": "R9"}))
    assert ("Undo (until" in refused, "There is a problem" in refused) == (False, True)


def test_a_date_that_has_passed_is_marked_and_holds_as_an_unknown_one(ask, case):
    today = now().astimezone(LONDON).date()
    for item, days in (("equipment", 3), ("stairs", -1)):
        day = (today + timedelta(days=days)).isoformat()
        factories.happen(case, "readiness.checked", item=item, ready=False, expected_on=day)
    shown = text(ask("bedside"))
    assert shown.count("Date passed") == 1
    assert "<strong>Stairs</strong> holds the date: it was expected" in shown
    assert "which has passed" in shown
