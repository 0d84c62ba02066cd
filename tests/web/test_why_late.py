"""Why a clock was late: asked at once and on the page of the case, of each run by itself, also when all is over."""

from datetime import timedelta
from html import unescape

import pytest
from django.db.models import F
from django.urls import reverse

from pathway.analytics.cohort import Scope
from pathway.analytics.overview import unexplained
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.now import now
from pathway.engine.past_cases import enter
from pathway.protocol.hours import LONDON
from pathway.protocol.vocabulary import in_order
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event, fact
from pathway.steps.delay import explained, run_of
from tests import factories
from tests.engine.test_past_cases import SUSPECTED, WHOLE, file
from tests.web.forms import address, filled, typed

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CONTACT = "“Speak to the coordinator”, due at "


@pytest.fixture
def begun():
    return now().replace(second=0, microsecond=0) - timedelta(days=5)


@pytest.fixture
def case(unit, begun):
    return factories.case(place=unit, at=begun)


@pytest.fixture
def happen(case, begun):
    def happen(kind, hours, **answers):
        return factories.happen(case, kind, at=begun + hours * HOUR, **answers)

    return happen


@pytest.fixture
def look(client, coordinator, case, begun):
    client.force_login(coordinator)

    def look(hours, path=None):
        with clock.at(begun + hours * HOUR):
            return unescape(client.get(path or reverse("case", args=[case.uuid])).content.decode())

    return look


def asked(page):
    """The questions about late clocks on a page."""
    return [line.split("Why?")[0] for line in page.split("“")[1:] if "ended late. Why?" in line.split("<")[0]]


def link(page):
    """Where the first question leads."""
    return unescape(page.split("/observe/clock.explained/?")[1].split('"')[0])


def test_a_clock_that_ended_late_is_asked_about_until_somebody_says_why(happen, look, begun):
    happen("contact.made", 2)
    page = look(2.1)
    assert [each[:24] for each in asked(page)] == ["Speak to the coordinator"]
    happen("clock.explained", 2.2, clock="contact_a", reason="coordinator_unavailable", contributory=[])
    assert asked(look(2.3)) == []


def test_a_clock_met_at_its_limit_is_not_asked_about(happen, look):
    happen("contact.made", 1)
    assert asked(look(2)) == []


def test_each_run_of_a_clock_is_explained_by_itself(case, happen, look, begun):
    happen("contact.made", 0.5)
    happen("neuro.examined", 26)
    happen("neuro.examined", 53)
    daily = list(Clock.objects.filter(case=case, standard="neuro_exam").exclude(ended_at=None).order_by("started_at"))
    page = look(53.1)
    assert "1 later run is asked about after it." in page
    form = look(53.1, reverse("observe", args=[case.uuid, "clock.explained"]) + "?" + link(page))
    local = begun.astimezone(LONDON).strftime("%Y-%m-%d")
    assert f'name="run_date" value="{local}"' in form
    first = daily[0].started_at.isoformat()
    happen("clock.explained", 54, clock="neuro_exam", run=first, reason="isolation", contributory=[])
    assert [each[:9] for each in asked(look(54.1))] == ["Daily neu"]
    assert "later run" not in look(54.1)
    happen("clock.explained", 55, clock="neuro_exam", reason="transport", contributory=[])
    assert asked(look(55.1)) == []
    facts = [fact(event) for event in Event.objects.filter(case=case, kind="clock.explained").order_by("pk")]
    reasons = {run: each.answers["reason"] for run, each in explained(facts, daily).items()}
    assert reasons == {run_of(daily[0]): "isolation", run_of(daily[1]): "transport"}


def test_an_explanation_is_asked_for_at_the_moment_the_clock_ends_late(client, coordinator, case, look, begun):
    client.force_login(coordinator)
    with clock.at(begun + 2 * HOUR):
        sent = typed(case, **filled("contact.made", factories.ANSWERS["contact.made"]))
        page = unescape(client.post(address(case, "contact.made"), sent, follow=True).content.decode())
    message = page.split("Message:")[2]
    assert CONTACT in message
    assert "Explain a delay" in message.split("</div>")[0]
    assert link(message).startswith("clock=contact_a&run=")


def test_nothing_is_asked_at_the_moment_of_a_clock_that_is_met(client, coordinator, case, begun):
    client.force_login(coordinator)
    with clock.at(begun + HOUR):
        sent = typed(case, **filled("contact.made", factories.ANSWERS["contact.made"]))
        page = client.post(address(case, "contact.made"), sent, follow=True).content.decode()
    assert page.count("Message:") == 1


def test_what_ended_late_without_being_done_is_asked_about_too(happen, look):
    happen("referral.received", 1.5)
    happen("referral.triaged", 1.6, **{"class": "A"})
    assert [each[:24] for each in asked(look(2))] == ["Speak to the coordinator"]


@pytest.mark.parametrize(("kind", "more"), [
    ("case.died", {}), ("case.closed", {}), ("case.left", {}), ("case.declined", {"what": "everything"}),
])  # fmt: skip
def test_a_case_that_has_ended_is_asked_why_and_answers(happen, look, kind, more):
    happen(kind, 30, **more)
    page = look(31)
    assert asked(page)[0].startswith("Speak to the coordinator")
    labels = len(asked(page))
    happen("clock.explained", 32, clock="contact_a", reason="wrong_route", contributory=["mri_vetting", "bed"])
    assert len(asked(look(33))) == labels - 1


def test_what_never_was_a_case_is_not_asked_about(happen, look):
    happen("case.entered_in_error", 30)
    assert asked(look(31)) == []


def test_a_third_contributory_reason_is_refused_in_words(client, coordinator, case, begun):
    client.force_login(coordinator)
    sent = typed(case, begun + HOUR, clock="contact_a", reason="bed", contributory=["transport", "bed", "isolation"])
    answer = client.post(reverse("observe", args=[case.uuid, "clock.explained"]), sent)
    assert answer.status_code == 422
    assert "Name two at most." in answer.content.decode()


def test_a_main_reason_is_no_contributory_one_as_well(client, coordinator, case):
    client.force_login(coordinator)
    url = reverse("observe", args=[case.uuid, "clock.explained"])
    sent = typed(case, clock="contact_a", reason="bed", contributory=["transport", "bed"])
    answer = client.post(url, sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["contributory"]
    assert "“Bed or transfer” is the main reason. Take it out here, or choose another main reason." in answer.text
    assert client.post(url, sent | {"contributory": ["transport", "isolation"]}).status_code == 302


@pytest.fixture
def explain(client, coordinator, case, begun):
    """`explain(form, reason)`: send a form about the scan, typed at 31 hours, when 32 have passed."""
    client.force_login(coordinator)
    url = reverse("observe", args=[case.uuid, "clock.explained"]) + "?clock=mri_a"

    def explain(form, reason, **more):
        with clock.at(begun + 32 * HOUR):
            return client.post(url, form | {"clock": "mri_a", "reason": reason} | more)

    return explain


def stands(case):
    """The reason that counts of the run of the scan."""
    facts = [fact(event) for event in Event.objects.filter(case=case, kind="clock.explained").order_by("pk")]
    (found,) = explained(in_order(facts), list(Clock.objects.filter(case=case, standard="mri_a"))).values()
    return found.answers["reason"]


def test_a_form_that_did_not_know_a_reason_is_refused_with_it_and_replaces_it_when_sent_again(
    case, coordinator, begun, explain
):
    first, second = (typed(case, begun + 31 * HOUR) for _ in range(2))
    assert explain(first, "transport", contributory=["bed"], note="no crew").status_code == 302
    refused = explain(second, "isolation", note="mine")
    assert refused.status_code == 409
    page = unescape(refused.text)
    assert "Somebody was quicker: this was not recorded" in page
    assert f"{coordinator} recorded “Delay explained”" in page
    assert "It says: Transport; also Bed or transfer; “no crew”." in page
    assert 'value="mine"' in page
    assert stands(case) == "transport"
    hidden = refused.context["form"]
    again = second | {"seen": hidden["seen"].value(), "submission": hidden["submission"].value()}
    assert explain(again, "isolation").status_code == 302
    assert stands(case) == "isolation"


def test_the_same_form_sent_twice_is_one_explanation(case, begun, explain):
    form = typed(case, begun + 31 * HOUR)
    assert [explain(form, "transport").status_code for _ in range(2)] == [302, 302]
    assert Event.objects.filter(case=case, kind="clock.explained").count() == 1


def test_another_clock_or_another_run_of_it_stands_in_nobodys_way(case, begun, explain):
    forms = [typed(case, begun + 31 * HOUR) for _ in range(5)]
    local = begun.astimezone(LONDON)
    first = {"run_date": f"{local:%Y-%m-%d}", "run_time": f"{local:%H:%M}"}
    other = first | {"run_date": f"{local - timedelta(days=1):%Y-%m-%d}"}
    assert explain(forms[0], "transport", **first).status_code == 302
    assert explain(forms[1], "transport", clock="contact_a").status_code == 302
    assert explain(forms[2], "bed", **other).status_code == 302
    assert explain(forms[3], "bed", **first).status_code == 409
    assert explain(forms[4], "bed").status_code == 409, "no run is named: it may be the first one"


def test_a_reason_that_was_taken_back_stands_in_nobodys_way(case, begun, explain):
    forms = [typed(case, begun + 31 * HOUR) for _ in range(2)]
    explain(forms[0], "transport")
    with clock.at(begun + 32 * HOUR):
        correct(Event.objects.get(case=case, kind="clock.explained"), by=factories.teller(case.organisation), why="no",
                withdrawn=True)  # fmt: skip
    assert explain(forms[1], "bed").status_code == 302


def test_the_form_shows_the_reason_that_stands_and_explaining_anew_replaces_it(case, coordinator, begun, explain, look):
    path = reverse("observe", args=[case.uuid, "clock.explained"])
    shown = "MRI within 24 hours of suspicion, started"
    assert shown not in look(32, path + "?clock=mri_a")
    explain(typed(case, begun + 31 * HOUR), "transport", contributory=["bed"])
    for query in ("", "?clock=mri_a"):
        page = look(32, path + query)
        assert shown in page
        assert f": Transport; also Bed or transfer ({coordinator}, " in page
    assert shown not in look(32, path + "?clock=contact_a")
    assert explain(typed(case, begun + 30 * HOUR), "isolation").status_code == 302, "what is said last counts"
    assert stands(case) == "isolation"
    assert ": Isolation or infection (" in look(32, path)


def test_a_case_from_a_file_is_not_asked_why_and_may_be_explained(client, coordinator, manager, trust):
    factories.unit(trust, "Ward A")
    enter(file(SUSPECTED, *WHOLE[1:]), manager, second_person="Anne Colleague")
    case = Case.objects.get()
    assert Clock.objects.filter(case=case, standard="contact_a", ended_at__gt=F("due_at")).exists()
    client.force_login(coordinator)
    assert asked(unescape(client.get(reverse("case", args=[case.uuid])).text)) == []
    told = typed(case, factories.at("2024-03-10 09:00"), time_is_right="2024-03-10T09:00:00+00:00 minute")
    page = client.post(reverse("observe", args=[case.uuid, "contact.logged"]),
                       told | factories.ANSWERS["contact.logged"], follow=True)  # fmt: skip
    assert page.redirect_chain
    assert asked(unescape(page.text)) == []
    sent = typed(case, clock="contact_a", reason="data_missing")
    assert client.post(reverse("observe", args=[case.uuid, "clock.explained"]), sent).status_code == 302


def test_a_case_from_a_file_that_is_reopened_is_asked_of_what_is_late_then(client, coordinator, manager, trust):
    """Given a past case that is reopened by hand, when the coordinator is told a day late, then it is asked why."""
    factories.unit(trust, "Ward A")
    enter(file(SUSPECTED, *WHOLE[1:]), manager, second_person="Anne Colleague")
    case, again = Case.objects.get(), factories.at("2024-04-10 09:00")
    with clock.at(again + timedelta(hours=40)):
        for kind, at in (("case.reopened", again), ("contact.made", again + timedelta(hours=30))):
            factories.happen(Case.objects.get(), kind, at=at)
        client.force_login(coordinator)
        page = client.get(reverse("case", args=[case.uuid]))
        found = unexplained(Scope(manager, factories.at("2024-03-01 00:00"), factories.at("2024-05-01 00:00")))
    assert len(asked(unescape(page.text))) == 1
    assert found["contact_a"] == 1


def test_an_explanation_of_a_run_whose_start_was_corrected_stays_with_it(case, happen, look, begun):
    suspicion = Event.objects.get(case=case, kind="case.suspected")
    happen("contact.made", 4)
    happen("clock.explained", 5, clock="contact_a", run=begun.isoformat(), reason="wrong_route", contributory=[])
    with clock.at(begun + 6 * HOUR):
        correct(suspicion, by=factories.teller(case.organisation), occurred_at=begun + HOUR, why="typed wrongly")
    assert asked(look(7)) == []
