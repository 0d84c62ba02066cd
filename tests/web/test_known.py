"""A case as it was known at an earlier time: by when things were recorded, with nothing to enter."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway import casefile
from pathway.engine import now as clock
from pathway.engine.correct import correct
from pathway.engine.merge import merge, unmerge
from pathway.engine.one_person import join, part
from pathway.engine.respond import acknowledge
from pathway.engine.tick import tick
from pathway.record.access import Access
from pathway.record.alert import Alert
from tests import factories
from tests.factories import START

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(unit, coordinator):
    """Suspected at 9, the consultant on duty alerted, the scan of 12 typed in at 15 and corrected at 20."""
    made = factories.case(place=unit, at=START)
    factories.duty(unit, "coordinator", coordinator)
    with clock.at(START + HOUR / 2):
        tick()
        acknowledge(Alert.objects.get(case=made), by=coordinator)
    factories.happen(made, "case.assigned", at=START + 2 * HOUR, to="Sister Early")
    factories.happen(made, "contact.made", at=START + 3 * HOUR)
    scan = factories.happen(made, "imaging.acquired", at=START + 3 * HOUR, recorded=START + 6 * HOUR)
    with clock.at(START + 11 * HOUR):
        correct(scan, by=coordinator, why="other scanner", occurred_at=START + 4 * HOUR)
    return made


@pytest.fixture
def look(client, coordinator, case):
    """`look(at)`: the answer for one time, as text or as a moment."""
    client.force_login(coordinator)

    def look(at=None, **query):
        query |= {"at": at.isoformat() if hasattr(at, "isoformat") else at} if at is not None else {}
        with clock.at(START + 30 * HOUR):
            return client.get(reverse("known", args=[case.uuid]), query)

    return look


def text_of(answer, status=200):
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_what_was_recorded_later_is_left_out(look):
    before, after, corrected = (text_of(look(START + hours * HOUR)) for hours in (5, 6, 12))
    assert "Images acquired" not in before
    assert "Happened <time" in after
    assert "Mon 2 Mar 12:00</time>" in after.split('id="timeline"', 1)[1].split("Images acquired", 1)[1]
    assert "corrected" not in after.split('id="timeline"', 1)[1]
    assert "other scanner" in corrected


def test_clocks_are_judged_at_that_time(look):
    assert "Overdue" not in text_of(look(START + HOUR / 2)).split('id="clocks"', 1)[1].split('id="record"', 1)[0]
    card = text_of(look(START + 5 * HOUR)).split("MRI within 24 hours of suspicion</h3>", 1)[1].split("</div>", 1)[0]
    assert "19 h 0 min left" in card
    assert 'data-state="met">Met</strong> <strong>MRI within 24 hours' in text_of(look(START + 6 * HOUR))


def test_states_owner_and_phase_are_those_of_then(look):
    early, later = text_of(look(START + HOUR)), text_of(look(START + 7 * HOUR))
    assert "Coordinator: Sister Early" not in early
    assert "<h1>Class A: Suspected</h1>" in early
    assert "Coordinator: Sister Early" in later
    assert "<h1>Class A: Imaging</h1>" in later
    assert "Images acquired</strong>" in later


def test_alerts_are_those_raised_by_then_with_who_was_told_and_who_acted(look, case, coordinator):
    assert "Open alerts" not in text_of(look(START + timedelta(minutes=29)))
    then = text_of(look(START + timedelta(minutes=31)))
    assert f"{coordinator} is acting until" in then
    assert f"<dt>Told</dt><dd>{coordinator}</dd>" in then
    assert "nobody acts now" in text_of(look(START + 2 * HOUR))
    assert "Open alerts" not in text_of(look(START + 4 * HOUR))
    assert "Stood down" in text_of(look(START + 4 * HOUR))


def test_a_case_merged_into_it_counts_while_it_was_merged_though_parted_since(look, case, unit, coordinator):
    twin = factories.case("A", place=unit, who=case.patient, at=START - 2 * HOUR)
    factories.happen(twin, "imaging.requested", at=START + 2 * HOUR)
    with clock.at(START + 7 * HOUR):
        merge(twin, by=coordinator, answers=factories.ANSWERS["case.merged"] | {"into": case.code})
    with clock.at(START + 9 * HOUR):
        unmerge(twin, by=coordinator, why="two compressions")
    alone, both, apart = (casefile.read(case, coordinator, START + hours * HOUR) for hours in (6.5, 8, 10))
    for file, suspected, merged in ((alone, START, []), (both, START - 2 * HOUR, [twin]), (apart, START, [])):
        assert (file.suspicion.occurred_at, file.case.suspected_at) == (suspected, suspected)
        assert {run.clock.started_at for run in file.over if run.standard.key == "mri_a"} == {suspected}
        assert [each.case for each in file.around.merged] == merged
        assert {entry.code for entry in file.timeline} == {"", *(each.code for each in merged)}
    assert f"On {twin.code}, merged into this case" in text_of(look(START + 8 * HOUR))
    assert "merged into this case" not in text_of(look(START + 10 * HOUR))
    ended = casefile.read(twin, coordinator, START + 8 * HOUR)
    assert (ended.ended, ended.running) == ("Merged into another case", [])
    assert casefile.read(twin, coordinator, START + 6 * HOUR).ended == ""


def test_an_alert_of_a_merged_case_is_known_of_that_one_until_it_was_merged(look, case, unit, coordinator):
    twin = factories.case("A", place=unit, who=case.patient, at=START - 2 * HOUR)
    with clock.at(START + HOUR):
        tick()
    with clock.at(START + 3 * HOUR / 2):
        merge(twin, by=coordinator, answers=factories.ANSWERS["case.merged"] | {"into": case.code})
    bladder = Alert.objects.get(clock__standard="bladder")
    assert bladder.case == case

    def known(of, at):
        file = casefile.read(of, coordinator, START + at * HOUR)
        told = [entry.title for entry in file.timeline if "bladder" in entry.title.lower()]
        return [alert for alert, _ in file.alerts if alert == bladder], len(told)

    assert (known(twin, 1.2), known(case, 1.2)) == (([bladder], 1), ([], 0))
    assert (known(twin, 1.6), known(case, 1.6)) == (([], 1), ([bladder], 1))
    bladder.refresh_from_db()
    assert bladder.lent_by.case == twin, "looking at the past changes nothing"


def test_the_records_of_one_person_are_those_that_were_one_then(look, case, unit, coordinator):
    other = factories.patient(unit.organisation, nhs_number="", family_name="Otherwise")
    twin = factories.case(place=unit, who=other, at=START - 2 * HOUR)
    factories.happen(twin, "contact.logged", at=START + HOUR, said="from the other case")
    agreed = {"reason": "two referrers", "second_person": "second coordinator"}
    with clock.at(START + 7 * HOUR):
        one = join(other, case.patient, by=coordinator, answers=agreed)
        merge(twin, by=coordinator, answers=agreed | {"into": case.code})
    with clock.at(START + 9 * HOUR):
        unmerge(twin, by=coordinator, why="two compressions")
        part(one, by=coordinator, why="two people")
    before, then, after = (text_of(look(START + hours * HOUR)) for hours in (6.5, 8, 10))
    assert "from the other case" in then
    assert "from the other case" not in before + after
    assert "Two records merged as one person" not in before
    assert "Merge of two records undone" not in then
    assert "Merge of two records undone" in after


def test_nothing_can_be_entered_and_the_page_says_what_it_is(look, case):
    page = text_of(look(START + HOUR))
    assert "As known on Mon 2 Mar 2026 10:00:00." in page
    main = page.split("<main", 1)[1]
    assert 'method="post"' not in main
    for track in ("contact", "imaging", "case"):
        assert f"/cases/{case.uuid}/{track}/" not in main
    assert "data-still" in main
    assert "data-live" not in main


def test_looking_is_logged(look, case, coordinator):
    look(START + HOUR)
    assert Access.objects.get(user=coordinator, case=case).what == "as known at 10:00 on 2 March 2026"


def test_the_timeline_leads_there_and_the_entry_itself_is_known_then(client, coordinator, case):
    client.force_login(coordinator)
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    scan = case.events.get(kind="imaging.acquired")
    address = f"{reverse('known', args=[case.uuid])}?at="
    links = [part.split('"', 1)[0] for part in page.split(f'href="{address}')[1:]]
    assert len(links) == 4
    shown = [client.get(f"{address}{link}").content.decode() for link in links]
    assert sum("Images acquired</p>" in each for each in shown) == 1
    assert scan.recorded_at.isoformat().replace("+", "%2B").replace(":", "%3A") in "".join(links)


def test_a_time_typed_as_date_and_time_is_local(look):
    page = text_of(look(at_date="2026-03-02", at_time="10:30"))
    assert "As known on Mon 2 Mar 2026 10:30:00." in page
    assert 'name="at_time" value="10:30"' in page


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (START - timedelta(seconds=1), "Nothing was known at 08:59 on 2 March 2026: the case was opened at 09:00"),
        (START + 31 * HOUR, "has not come yet"),
        ("yesterday", "Enter a real date and a time"),
        ("2026-13-40T09:00", "Enter a real date and a time"),
        ("2025-10-26 01:30", "happens twice"),
        ("", "Answer this: As known at."),
        ("9999-12-31T23:59:59Z", "Check the year"),
    ],
)
def test_an_impossible_time_gets_a_sentence(look, case, at, sentence):
    page = text_of(look(at), status=422)
    assert sentence in page
    assert "Class A" not in page.split("<main", 1)[1]
    assert not Access.objects.filter(case=case).exists()


def test_without_a_time_it_asks_for_one(look):
    assert "Show what was known then" in text_of(look())


def test_a_case_of_another_organisation_is_not_there(client, case):
    client.force_login(factories.user("coordinator"))
    assert client.get(reverse("known", args=[case.uuid]), {"at": START.isoformat()}).status_code == 404


def test_nothing_is_written_but_the_log(look, case, django_assert_num_queries):
    before = list(type(case).objects.filter(pk=case.pk).values())
    look(START + HOUR)
    assert list(type(case).objects.filter(pk=case.pk).values()) == before
