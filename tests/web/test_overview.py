"""The audit's home and the way between its pages."""

from datetime import timedelta
from html import unescape
from re import sub

import pytest
from django.urls import reverse

from pathway.analytics.cohort import Scope
from pathway.analytics.overview import overview, unexplained
from pathway.analytics.spc import Sense
from pathway.engine import now as clock
from pathway.engine import rebase
from pathway.engine.correct import correct
from pathway.engine.past_cases import enter
from pathway.engine.tick import tick
from pathway.record.alert import Alert
from pathway.record.event import Event
from pathway.web.audit_nav import PAGES
from tests import factories
from tests.engine.test_past_cases import WHOLE, file
from tests.factories import at

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
YEAR = {"first": "2025-01-01", "last": "2026-01-31"}
NOW = at("2026-03-20 12:00")


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(status=200, **query):
        with clock.at(NOW):
            answer = client.get(reverse("audit"), YEAR | query)
        assert answer.status_code == status
        answer.said = " ".join(unescape(sub(r"<[^>]*>", "", answer.content.decode())).split())
        return answer

    return look


def scanned(place, month, *hours):
    """Class A cases suspected in a month, counted from January 2025, each scanned after so many hours; None: never."""
    for number, after in enumerate(hours):
        begins = at(f"{2025 + month // 12}-{month % 12 + 1:02}-10 09:00") + number * HOUR
        with clock.at(begins + 60 * HOUR):
            case = factories.case(place=place, at=begins, recorded=begins + 60 * HOUR)
            if after:
                factories.happen(case, "imaging.acquired", at=begins + after * HOUR)


@pytest.fixture
def year(trust):
    """Twelve months in which all but one were scanned in time, in the odd ones all; in the thirteenth none."""
    place = factories.unit(trust, "East")
    for month in range(12):
        scanned(place, month, 6, 6, 6, 6, 30 if month % 2 else 6)
    scanned(place, 12, 30, 30, 30, 30, 30)
    return place


def figure(scope, key, now=NOW):
    return next(each for each in overview(scope, now).figures if each.result.measure.key == key)


def test_what_changed_for_the_worse_comes_first_in_words_and_names_nobody(look, year):
    said = look().said
    assert "65 cases. Not among them: 0 merged into another case, 0 entered in error" in said
    worse = said.index("Changed for the worse")
    assert worse < said.index("Waits for somebody") < said.index("What is missing") < said.index("No change beyond")
    assert "K1 MRI within 24 hours of suspicion, class A" in said[worse : said.index("Waits for somebody")]
    assert "Jan 2026 0 of 5 (0.0 %), against a mean of 83.1 %: beyond a limit (low)." in said
    assert "Trial limits" not in said[worse : said.index("Waits for somebody")]
    assert "6 clocks that ended late without a reason, in cases suspected in the last 90 days" in said
    assert not set(Event.objects.values_list("case__patient__family_name", flat=True)) & set(said.split())


def test_a_missing_entry_has_its_list_behind_and_a_share(look, year):
    page = look()
    shares = [each.share for each in page.context["lacking"]]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1
    assert "K1b MRI within 24 hours of the call to the coordinator, class A" in page.said
    assert reverse("measure_cases", args=["K1b", "no_contact"]) in page.content.decode()
    assert "65 of 65" in page.said


def test_nothing_is_claimed_of_few_cases_of_a_month_that_goes_on_or_before_twelve_months(year, manager):
    scope = Scope(manager, at("2025-01-01 00:00"), at("2026-02-01 00:00"))
    assert figure(scope, "K1").sense is Sense.CONCERN
    assert figure(scope, "K2").newest is None  # no case of class B at all
    cut = Scope(manager, scope.start, at("2026-01-31 00:00"))
    assert figure(cut, "K1").newest.label == "Dec 2025"  # January is cut off
    assert figure(scope, "K1", at("2026-01-31 12:00")).newest.label == "Dec 2025"  # and is not over
    assert (figure(cut, "K1").sense, figure(cut, "K1").on_trial) == (Sense.COMMON, False)
    later = Scope(manager, at("2025-02-01 00:00"), scope.end)
    assert figure(later, "K1").on_trial is False
    assert figure(Scope(manager, at("2025-03-01 00:00"), scope.end), "K1").on_trial
    scanned(year, 13, 30, 30, 30)
    few = figure(Scope(manager, scope.start, at("2026-03-01 00:00")), "K1")
    assert (few.newest.label, few.older, few.few, few.sense) == ("Jan 2026", 1, False, Sense.CONCERN)
    with clock.at(NOW):
        rebase.rebase(by=manager, measure="K1", unit=None, begins_on=at("2026-01-01 00:00").date(), reason="New place")
    assert figure(scope, "K1").sense is Sense.COMMON  # the limits begin anew with it


def test_after_quiet_months_a_measure_is_judged_by_the_newest_that_can_be_and_says_so(look, year, client):
    """Given a concern, when two months with fewer than five cases follow, then it is still the first thing to read."""
    scanned(year, 13, 6)
    said = look(last="2026-02-28").said
    assert "Jan 2026, 1 month before the newest that is over: 0 of 5 (0.0 %), against a mean of" in said
    assert "can be judged yet" not in said
    with clock.at(at("2026-04-10 12:00")):
        said = " ".join(client.get(reverse("audit"), YEAR | {"last": "2026-04-10"}).content.decode().split())
    assert "Jan 2026, 2 months before the newest that is over: 0 of 5 (0.0 %), against a mean of" in said


def test_where_no_month_has_enough_cases_that_is_said(look, trust):
    scanned(factories.unit(trust), 0, 6, 6, 6)
    said = look().said
    assert "figures can be judged yet: there is no month of the period that is over and of which 5 or more" in said
    assert "No month of the period is over and has 5 or more counted, with at most one in ten not due yet: K1 " in said


def test_a_month_in_which_many_are_not_due_yet_says_nothing_yet(trust, manager):
    place = factories.unit(trust)
    for month in (0, 1):
        for day in range(5):
            with clock.at(at(f"2025-0{month + 1}-{20 + day} 09:00")):
                case = factories.case(place=place, at=clock.now())
                factories.happen(case, "case.confirmed", at=clock.now())
    scope = Scope(manager, at("2025-01-01 00:00"), at("2025-03-01 00:00"))
    assert figure(scope, "K18a", at("2025-03-02 00:00")).newest.label == "Jan 2025"
    assert figure(scope, "K18a", at("2025-04-02 00:00")).newest.label == "Feb 2025"


def test_what_waits_is_counted_and_an_explanation_or_an_answer_ends_that(look, client, trust, manager):
    place = factories.unit(trust)
    factories.staff(place)
    scope = Scope(manager, at("2026-01-01 00:00"), at("2026-04-01 00:00"))
    with clock.at(NOW - 40 * HOUR):
        case = factories.case(place=place, at=clock.now())
    with clock.at(NOW - 10 * HOUR):
        tick()
        Alert.objects.update(unanswered_at=clock.now())
        factories.happen(case, "imaging.acquired", at=NOW - 11 * HOUR)
    before = unexplained(scope).total()
    assert before >= 1
    page = look(first="2026-01-01", last="2026-03-31")
    assert f"{before} clock{'' if before == 1 else 's'} that ended late without a reason" in page.said
    open_yet = Alert.objects.open().count()
    assert page.context["unanswered"] == open_yet > 0
    for label, count, words in page.context["late"]:
        assert f"{label}: {count}" in page.said
        answer = client.get(reverse("delays"), words)
        assert len(answer.context["found"].late) - answer.context["found"].explained == count
    with clock.at(NOW - 9 * HOUR):
        said = factories.happen(case, "clock.explained", at=NOW - 9 * HOUR, clock="mri_a", reason="bed")
    assert unexplained(scope).total() == before - 1
    with clock.at(NOW - 8 * HOUR):
        correct(said, by=factories.teller(trust), why="another case", withdrawn=True)
    assert unexplained(scope).total() == before
    assert look(first="2026-01-01", last="2026-03-31", unit=str(factories.unit(trust).uuid)).context["unanswered"] == 0


def test_each_run_of_a_clock_wants_a_reason_of_its_own(trust, manager):
    start = at("2026-03-02 09:00")
    case = factories.case(place=factories.unit(trust), at=start)
    for hours in (26, 53):
        factories.happen(case, "neuro.examined", at=start + hours * HOUR)
    scope = Scope(manager, at("2026-01-01 00:00"), at("2026-04-01 00:00"))
    for before, run in ((2, start.isoformat()), (1, None)):
        assert unexplained(scope) == {"neuro_exam": before}
        given = {"run": run} if run else {}
        factories.happen(case, "clock.explained", at=start + 54 * HOUR, clock="neuro_exam", reason="bed", **given)
    assert unexplained(scope) == {}


def test_cases_from_a_file_ask_nobody_why_and_are_counted_beside_the_list(look, trust, manager):
    place = factories.unit(trust, "Ward A")
    scanned(place, 2, 30)
    period = {"first": "2025-01-01", "last": "2025-03-31"}
    scope = Scope(manager, at("2025-01-01 00:00"), at("2025-04-01 00:00"))
    before = unexplained(scope)
    assert before["mri_a"] == 1
    assert "entered from a file" not in look(**period).said
    with clock.at(NOW):
        rows = [{**each, "time": each["time"].replace("2024", "2025")} for each in WHOLE]
        enter(file(*rows), manager, second_person="Anne Colleague")
    assert unexplained(scope) == before
    past = unexplained(scope, past=True).total()
    page = look(**period)
    assert past > 1
    assert page.context["unexplained"] == before.total()
    assert f"Beside these, {past} clocks of cases entered from a file ended late without a reason: nobody" in page.said


def test_a_new_service_is_told_how_to_begin(look):
    page = look()
    assert "No case in this period" in page.said
    assert "Enter past cases from a file" in page.said
    assert "Changed for the worse" not in page.said
    assert "ends before it begins" in look(422, first="2026-02-01").said


def test_the_menu_has_one_entry_for_the_audit_and_each_page_of_it_leads_to_all(client, manager):
    client.force_login(manager)
    for name, label in PAGES:
        frame = client.get(reverse(name)).context["frame"]
        assert [(link.name, link.current) for link in frame.navigation if "/audit/" in link.url] == [("audit", True)]
        assert [(link.name, link.url) for link in frame.within] == [(each, reverse(each)) for each, _ in PAGES]
        assert [link.label for link in frame.within if link.current] == [label]
    page = client.get(reverse("measure", args=["K1"])).context["frame"]
    assert [link.name for link in page.within if link.current] == ["measures"]
    assert client.get(reverse("worklist")).context["frame"].within == []


def test_who_does_not_audit_sees_no_way_there(client, coordinator):
    client.force_login(coordinator)
    frame = client.get(reverse("worklist")).context["frame"]
    assert "audit" not in {link.name for link in frame.navigation}
    refused = client.get(reverse("audit"))
    assert refused.status_code == 403
    assert 'aria-label="Audit"' not in refused.content.decode()
