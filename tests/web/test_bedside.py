"""The pages at the bedside as answers: one entry a form, refusals on the form, one's own settings, nothing lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.event import Event, standing
from pathway.record.falls import REPORT
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def case(unit):
    case = factories.case(place=unit, at=now() - 30 * HOUR)
    factories.happen(case, "mobility.assessed", at=now() - 20 * HOUR, code="M3")
    return case


@pytest.fixture
def ask(client, physiotherapist, case):
    """`ask("bedside", code="M4")` sends a form of this page; without answers it is opened."""
    client.force_login(physiotherapist)

    def ask(name, *more, headers=None, **sent):
        address = reverse(name, args=[case.uuid, *more])
        if not sent:
            return client.get(address)
        form = {"submission": uuid4(), "seen": Event.objects.filter(case=case).latest("pk").pk} | sent
        return client.post(address, form, headers=headers)

    return ask


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
    assert (answer.status_code, answer.content) == (201, b"")
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
    factories.happen(case, "stability.advised", at=now() - 5 * HOUR)
    factories.happen(case, "position.cleared_to_sit", at=now() - 4 * HOUR)
    return case


def test_a_step_is_recorded_with_what_was_measured_and_the_next_is_proposed(ask, cleared):
    assert ask("ladder").context["form"]["rung"].value() == "R2-15"
    sent = ask("ladder", rung="R2-30", pain="0", systolic="118", neurology="same")
    assert sent.status_code == 302
    (event,) = entries(cleared, "rehabilitation.stepped")
    assert event.answers == {"step": "R2", "degrees": 30, "pain": 0, "systolic": 118, "neurology": "same"}
    page = ask("ladder").context
    assert page["form"]["rung"].value() == "R2-45"
    assert page["bed"].tried[-1].pain == "0"


@pytest.mark.parametrize(("rung", "then"), [("R2-60", "R3"), ("R3", "R4"), ("R6", "R6")])
def test_what_is_proposed_next(ask, cleared, rung, then):
    ask("ladder", rung=rung)
    assert ask("ladder").context["form"]["rung"].value() == then


def test_a_stop_keeps_what_was_measured_and_one_for_neurology_is_reported(ask, client, cleared):
    ask("ladder", rung="R3")
    answer = ask("ladder", rung="R4", reason="neurology", pain="8", systolic="90")
    (event,) = entries(cleared, "rehabilitation.stopped")
    assert event.answers == {"step": "R4", "reason": "neurology", "pain": 8, "systolic": 90}
    assert len(entries(cleared, REPORT)) == 1
    page = client.get(answer.url)
    assert "Worse than before: reported at" in text(page)
    assert page.context["bed"].row.state == "R3"


def test_a_stop_for_pain_while_neurology_is_worse_is_reported_too(ask, cleared):
    ask("ladder", rung="R3")
    assert ask("ladder", rung="R4", reason="pain", neurology="worse").status_code == 302
    (event,) = entries(cleared, "rehabilitation.stopped")
    assert event.answers == {"step": "R4", "reason": "pain", "neurology": "worse"}
    assert len(entries(cleared, REPORT)) == 1


def test_a_stop_that_was_kept_in_a_dead_spot_is_taken_after_what_was_kept_before_it(ask, cleared, physiotherapist):
    """Given two entries of one page, drawn before either, when the line is back, then the second is no less true."""
    seen = Event.objects.filter(case=cleared).latest("pk").pk
    mine = {"X-Kept": str(physiotherapist.uuid)}
    kept = {"seen": seen, "headers": mine | {"X-Waited": "yes"}}
    early, late = ((now() - minutes * HOUR / 60).isoformat() for minutes in (20, 10))
    assert ask("ladder", rung="R3", happened_at=early, **kept).status_code == 201
    assert ask("ladder", rung="R4", reason="neurology", happened_at=late, seen=seen, headers=mine).status_code == 409
    assert ask("ladder", rung="R4", reason="neurology", happened_at=late, **kept).status_code == 201
    assert len(entries(cleared, REPORT)) == 1


def test_worse_neurology_is_no_step_and_the_form_says_what_to_do(ask, cleared):
    answer = ask("ladder", rung="R2-15", neurology="worse", pain="3")
    assert answer.status_code == 422
    assert "Stop the step because of neurology instead" in text(answer)
    assert 'value="3"' in text(answer)
    assert ask("ladder", rung="R9").status_code == 422
    assert ask("ladder", rung="R2-15", reason="boredom").status_code == 422
    assert entries(cleared, "rehabilitation.stepped") == []


def test_a_step_is_refused_with_the_reason_while_stability_is_not_known_and_keeps_what_was_typed(ask, case):
    answer = ask("ladder", rung="R2-15", pain="3")
    assert answer.status_code == 409
    for words in ("No advice on stability has been recorded", 'value="3"', "Senior who decides otherwise"):
        assert words in text(answer), words
    assert "R2-15" not in text(ask("ladder"))
    let_through = ask("ladder", rung="R2-15", override_by="Dr Pine", override_reason="dying, wants to sit")
    assert let_through.status_code == 302
    (event,) = entries(case, "rehabilitation.stepped")
    assert event.answers["override"]["by"] == "Dr Pine"


def test_who_sits_when_something_becomes_worse_can_be_stopped_and_not_taken_further(ask, cleared):
    ask("ladder", rung="R3")
    factories.happen(cleared, "case.deteriorated")
    shown = text(ask("ladder"))
    assert "No sitting up now" in shown
    assert "Record this step" not in shown
    assert ask("ladder", rung="R3", reason="pain").status_code == 302
    assert ask("ladder").context["bed"].row.state == "R2"


def test_a_clinician_may_give_the_missing_advice_on_the_same_form(ask, client, clinician, case):
    client.force_login(clinician)
    asked = ask("ladder", rung="R2-15")
    assert asked.status_code == 409
    names = [name for name in asked.context["form"].fields if "opinion" in name or "adviser" in name]
    sent = dict(zip(sorted(names), ("Dr Oak", "stable"), strict=True))
    assert ask("ladder", rung="R2-15", **sent).status_code == 302
    assert len(entries(case, "stability.advised")) == 1


def test_minutes_missed_sessions_and_readiness_go_back_to_the_bedside(ask, case):
    home = reverse("bedside", args=[case.uuid])
    assert ask("bedside_note", "physiotherapy.treated", minutes="40").url == home
    assert ask("bedside_note", "physiotherapy.missed", reason="away").url == home
    assert ask("bedside_note", "readiness.checked", item="carer", ready="no", note="daughter comes Friday").url == home
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


def test_a_step_that_was_undone_leads_back_to_the_ladder_and_nothing_offers_it_again(ask, client, cleared):
    done = ask("ladder", rung="R3").url
    assert "Undo (until" in text(client.get(done))
    (event,) = entries(cleared, "rehabilitation.stepped")
    assert ask("undo", event.uuid, x=1).url == reverse("ladder", args=[cleared.uuid])
    assert "Undo (until" not in text(client.get(done))


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


def test_the_top_of_the_page_leads_to_the_ladder_where_it_is_open(ask, cleared):
    top = text(ask("bedside")).partition('id="how"')[0]
    assert "Cleared to sit" in top
    assert "No sitting up now" not in top
    assert '<a href="#ladder">The sitting ladder</a> is open' in top
