"""The page of the sitting ladder as answers: what is proposed, refused and asked, and which step a stop is of."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.now import now
from pathway.record.event import Event
from pathway.record.falls import REPORT
from tests import factories
from tests.web.test_bedside import asking, entries, sat_up, text, walked

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def case(unit):
    return walked(unit)


@pytest.fixture
def ask(client, physiotherapist, case):
    return asking(client, physiotherapist, case)


@pytest.fixture
def cleared(case):
    return sat_up(case)


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


def test_a_step_that_was_undone_leads_back_to_the_ladder_and_nothing_offers_it_again(ask, client, cleared):
    done = ask("ladder", rung="R3").url
    assert "Undo (until" in text(client.get(done))
    (event,) = entries(cleared, "rehabilitation.stepped")
    assert ask("undo", event.uuid, x=1).url == reverse("ladder", args=[cleared.uuid])
    assert "Undo (until" not in text(client.get(done))


def test_the_top_of_the_page_leads_to_the_ladder_where_it_is_open(ask, cleared):
    top = text(ask("bedside")).partition('id="how"')[0]
    assert "Cleared to sit" in top
    assert "No sitting up now" not in top
    assert '<a href="#ladder">The sitting ladder</a> is open' in top


def test_a_stop_is_of_the_step_in_progress_and_goes_below_it(ask, cleared):
    """Given R3 and R4 proposed, when a stop is pressed, then R3 failed, and the patient goes back to R2."""
    ask("ladder", rung="R3")
    page = ask("ladder")
    assert "Stop R3 Sitting on the edge of the bed because of" in text(page)
    form = page.context["form"]
    assert (form["rung"].value(), form["sits"].value()) == ("R4", "R3")
    assert ask("ladder", rung="R4", sits="R3", reason="pain").status_code == 302
    page = ask("ladder")
    assert (page.context["bed"].row.state, page.context["form"]["sits"].value()) == ("R2", "R2")
    assert "Now: " in text(page)
    assert "back from “R3: sitting on the edge of the bed”, stopped because of pain" in text(page)
    assert ", so far" not in text(page)
    assert [event.answers for event in entries(cleared, "rehabilitation.stopped")] == [{"step": "R3", "reason": "pain"}]


def test_a_stop_at_an_angle_keeps_the_angle_that_was_reached(ask, cleared):
    ask("ladder", rung="R2-30")
    page = ask("ladder")
    assert "Stop R2 Sitting up at 30° because of" in text(page)
    answer = ask("ladder", rung="R2-45", sits=page.context["form"]["sits"].value(), reason="pain")
    assert answer.status_code == 302
    (event,) = entries(cleared, "rehabilitation.stopped")
    assert event.answers == {"step": "R2", "degrees": 30, "reason": "pain"}


def test_a_stop_is_of_the_chosen_step_where_somebody_says_that_it_was_tried(ask, cleared):
    ask("ladder", rung="R3")
    assert ask("ladder", sits="R3", tried="on", reason="pain").status_code == 422
    assert ask("ladder", rung="R4", sits="R3", tried="on", reason="pain").status_code == 302
    assert [event.answers["step"] for event in entries(cleared, "rehabilitation.stopped")] == ["R4"]
    assert ask("ladder").context["bed"].row.state == "R3"
    assert ask("ladder", rung="R4", sits="R9", reason="pain").status_code == 400


def test_where_the_ladder_is_closed_only_the_step_in_progress_can_be_stopped(ask, cleared):
    ask("ladder", rung="R3")
    factories.happen(cleared, "case.deteriorated")
    shown = text(ask("ladder"))
    assert 'name="rung"' not in shown
    assert 'name="tried"' not in shown
    assert ask("ladder", sits="R3", reason="pain").status_code == 302
    assert entries(cleared, "rehabilitation.stopped")[-1].answers["step"] == "R3"


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ({"pain": "2"}, {"pain": "4"}, "Pain rose from 2"),
        ({"systolic": "124"}, {"systolic": "104"}, "The upper pressure fell from 124"),
    ],
)
def test_a_step_that_was_not_borne_is_asked_about_before_it_is_recorded(ask, cleared, first, then, says):
    """Given a value two entries ago, when it is beyond its limit (1.10), then: stop, or who lets it go on and why."""
    ask("ladder", rung="R2-15", **first)
    ask("ladder", rung="R2-30")
    ((_, value, _),) = ask("ladder").context["bed"].before
    assert str(value) == next(iter(first.values()))
    answer = ask("ladder", rung="R2-45", **then)
    assert answer.status_code == 409
    for words in (says, "Stop the step instead", "Senior who decides otherwise"):
        assert words in text(answer), words
    assert len(entries(cleared, "rehabilitation.stepped")) == 2
    named = {"override_by": "Dr Pine", "override_reason": "settles within a minute"}
    assert ask("ladder", rung="R2-45", **then, **named).status_code == 302
    assert entries(cleared, "rehabilitation.stepped")[-1].answers["override"]["by"] == "Dr Pine"


@pytest.mark.parametrize("within", [{"pain": "3"}, {"systolic": "105"}, {"systolic": "180"}, {"pain": "0"}])
def test_a_step_within_the_limits_is_recorded_at_once(ask, cleared, within):
    ask("ladder", rung="R2-15", pain="2", systolic="124")
    assert ask("ladder", rung="R2-30", **within).status_code == 302
