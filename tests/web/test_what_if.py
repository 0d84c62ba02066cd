"""The page of what if: another limit over past cases, at once for a few cases and as a job for many."""

from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway import protocol
from pathway.analytics.jobs import WORK
from pathway.engine import jobs
from pathway.engine import now as clock
from pathway.record.alert import Alert
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.imported import ImportedFile, ImportedRow
from pathway.record.job import Job
from tests import factories
from tests.analytics.swept import sweep
from tests.factories import START

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERIOD = {"first": "2026-03-01", "last": "2026-03-31"}


@pytest.fixture
def cases(unit):
    """A scan 20 hours after the suspicion, in time, and one after 30; nobody answers, so all three levels rang."""
    factories.staff(unit)
    made = [factories.case(place=unit, at=START) for _ in range(2)]
    for case, begins, scanned in zip(made, (0, 20), (20, 30), strict=True):
        sweep(START + begins * HOUR, START + scanned * HOUR)
        factories.happen(case, "imaging.acquired", at=START + scanned * HOUR)
    return made


@pytest.fixture
def look(client, manager):
    client.force_login(manager)

    def look(**query):
        answer = client.get(reverse("what_if"), PERIOD | query)
        answer.text_said = " ".join(unescape(answer.content.decode()).split())
        return answer

    return look


def cells(page, head, part="<main"):
    """The cells of the row that begins so."""
    row = page.split(part)[-1].split(f'scope="row">{head}</th>')[1].split("</tr>")[0]
    return [part.split("</td>")[0] for part in row.split('<td class="nhsuk-table__cell">')[1:]]


def test_the_rules_as_they_were_are_shown_to_give_what_was_raised(look, cases):
    page = look().text_said
    assert "give <strong>6 of 6</strong> alerts that were really raised" in page
    assert "It gives none that was not raised." in page
    assert "Enter another limit" in page
    assert 'id="load"' not in page


def test_a_shorter_limit_reaches_its_level_sooner_and_the_first_warning_stays(look, cases):
    page = look(limit="480", amber="480", E3="-60").text_said
    assert cells(page, "Limit") == ["24 h 0 min", "<strong>8 h 0 min</strong>"]
    assert cells(page, "E3 from the limit") == ["0 min", "<strong>1 h 0 min before</strong>"]
    assert cells(page, "E1", 'id="load"')[:2] == ["2", "0"]
    assert cells(page, "E3", 'id="load"')[:2] == ["2", "2"]
    assert "5 h 0 min</td>" in page.split('id="earlier"')[1]


def test_an_earlier_amber_warns_earlier_and_says_what_noise_it_makes(look, cases, unit):
    quiet = factories.case(place=unit, at=START + HOUR)
    factories.happen(quiet, "imaging.acquired", at=START + 12 * HOUR)
    page = look(amber="600").text_said
    assert cells(page, "E1", 'id="load"') == ["2", "3", "0.5", "0.7", "+1"]
    assert cells(page, "All", 'id="load"') == ["6", "9", "1.4", "2.1", "+3"]
    assert cells(page, str(cases[0].unit.duties.first().user)) == ["6", "9", "1.4", "2.1", "+3"]
    assert "<strong>3 of 3</strong> cases would have been warned earlier, 1 of them in a run that was late." in page
    assert (
        "Of the 2 runs that ended in time by the limit as it is, 1 rang now and <strong>2</strong> would ring." in page
    )
    assert "1 h 0 min before it ended" in page
    assert quiet.code in page.split('id="noise"')[1]
    assert quiet.patient.family_name.upper() not in page


def test_what_rings_only_because_the_end_was_entered_later_is_noise_and_not_earlier(look, unit):
    case = factories.case(place=unit, at=START)
    scanned = START + 9 * HOUR
    factories.happen(case, "imaging.acquired", at=scanned, recorded=START + 11 * HOUR)
    page = look(amber="600").text_said
    assert "<strong>0 of 1</strong> case would have been warned earlier" in page
    assert "it had ended, which was entered later" in page.split('id="noise"')[1]
    assert case.code in page.split('id="noise"')[1]


def test_it_writes_nothing(look, cases):
    before = [(model.objects.count()) for model in (Alert, Event)]
    look(limit="600", amber="300")
    assert [model.objects.count() for model in (Alert, Event)] == before


@pytest.mark.parametrize(("query", "sentence"), [
    ({"limit": "0"}, "Enter a number from 1 to 527040."),
    ({"limit": "soon"}, "Enter a number from 1 to 527040."),
    ({"limit": "600", "amber": "601"}, "Amber would come after the limit. Enter 600 at most."),
    ({"amber": "1441"}, "Amber would come after the limit. Enter 1440 at most, or a limit too."),
    ({"limit": "60"}, "Amber would come after this limit. Enter 1080 at least, or an amber too."),
    ({"version": "mscc-2026.1", "limit": "60"}, "Amber would come after this limit. Enter 1080 at least,"),
    ({"E1": "-721"}, "E1 would come before the clock starts. Enter -720 at least."),
    ({"amber": "60", "E2": "-61"}, "E2 would come before the clock starts. Enter -60 at least."),
    ({"E3": "-1441"}, "E3 would come before the clock starts. Enter -1440 at least."),
    ({"unit": "no such"}, "Choose one of the answers: Unit."),
    ({"limit": "600.5", "amber": "60"}, "Enter whole minutes."),
    ({"E4": "10"}, "This clock has no level E4, only E1, E2, E3. Leave it empty."),
    ({"E1": "9999999"}, "Enter a number from -527040 to 527040."),
    ({"clock": "tea_time"}, "Choose one of the answers: Clock."),
    ({"version": "mscc-1999.1"}, "Choose one of the answers: Compared with."),
    ({"first": "2026-03-31", "last": "2026-03-01"}, "The period ends before it begins (31 March 2026)."),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_field(look, query, sentence):
    answer = look(**query)
    assert answer.status_code == 422
    assert sentence in answer.text_said


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("pathway.web.whatif.AT_ONCE", 1)


def test_of_many_cases_the_newest_are_shown_and_all_are_a_job(look, few, client, cases, manager):
    page = look(amber="600").text_said
    assert "The 1 oldest case of the period is left out." in page
    address = reverse("what_if") + "?first=2026-03-01&last=2026-03-31&amber=600"
    submission = str(uuid4())
    assert client.post(address, {"submission": submission}).status_code == 422
    damaged = client.post(address, {"submission": "x", "reason": "before 2027.1"})
    assert (damaged.status_code, "damaged" in damaged.content.decode()) == (400, True)
    answer = client.post(address, {"submission": submission, "reason": "before 2027.1"})
    assert answer.url == reverse("jobs")
    assert jobs.work(WORK, by="jobs")
    job = Job.objects.get()
    assert (job.state, job.message) == ("done", "")
    listed = client.get(reverse("jobs")).content.decode()
    assert "What if: MRI within 24 hours of suspicion, amber 600 min, all units, 1 Mar 2026 to 31 Mar 2026" in listed
    page = " ".join(client.get(reverse("what_if_result", args=[job.uuid])).content.decode().split())
    assert "<strong>2 of 2</strong> cases would have been warned earlier" in page
    assert "left out" not in page
    client.force_login(factories.user("manager", manager.organisation))
    assert client.get(reverse("what_if_result", args=[job.uuid])).status_code == 404


def test_cases_of_a_file_ask_for_no_job(look, few, cases):
    """Given a page that waits for one case, when the other is of a file, then nothing is left for a job."""
    trust, event = cases[0].organisation, Event.objects.filter(case=cases[0]).first()
    file = ImportedFile.objects.create(
        organisation=trust, sha256="0" * 64, cases=1, by=factories.user("manager", trust), second_person="a colleague"
    )
    ImportedRow.objects.create(organisation=trust, file=file, case_number="1", digest="0" * 64, event=event)
    page = look(amber="600").text_said
    assert "1 case suspected" in page
    assert "Replay all cases" not in page


def test_two_jobs_of_other_lengths_or_units_are_called_otherwise(look, few, client, cases, unit):
    """Given jobs of two limits and of a unit, when they are listed, then each says its own, and the result its unit."""
    for query in ("limit=720&amber=300", f"limit=1200&unit={unit.uuid}"):
        address = f"{reverse('what_if')}?first=2026-03-01&last=2026-03-31&{query}"
        client.post(address, {"submission": str(uuid4()), "reason": "before 2027.1"})
        assert jobs.work(WORK, by="jobs")
    listed = client.get(reverse("jobs")).content.decode()
    assert "limit 720 min, amber 300 min, all units, 1 Mar 2026 to 31 Mar 2026" in listed
    assert f"limit 1200 min, {unit}, 1 Mar 2026 to 31 Mar 2026" in listed
    assert "Noise:" not in listed
    job = Job.objects.get(parameters__unit=str(unit.uuid))
    assert f"{unit}: 2 cases suspected" in client.get(reverse("what_if_result", args=[job.uuid])).content.decode()


def test_the_result_of_a_job_keeps_the_lengths_by_which_it_was_made(look, few, client, cases, monkeypatch):
    """Given a job that is done, when the clock gets another limit, then its page says what it had compared."""
    address = reverse("what_if") + "?first=2026-03-01&last=2026-03-31&amber=600"
    client.post(address, {"submission": str(uuid4()), "reason": "before 2027.1"})
    assert jobs.work(WORK, by="jobs")
    old = protocol.get(protocol.CURRENT)
    shorter = [replace(each, limit=20 * HOUR) if each.key == "mri_a" else each for each in old.all]
    monkeypatch.setitem(protocol.VERSIONS, protocol.CURRENT, replace(old, all=tuple(shorter)))
    page = " ".join(client.get(reverse("what_if_result", args=[Job.objects.get().uuid])).content.decode().split())
    assert cells(page, "Limit") == ["24 h 0 min", "the same"]
    assert cells(page, "Amber") == ["18 h 0 min", "<strong>10 h 0 min</strong>"]
    assert cells(look().text_said, "Limit") == ["20 h 0 min", "the same"]
    job = Job.objects.get()
    del job.result["lengths"]
    job.save()
    page = client.get(reverse("what_if_result", args=[job.uuid])).content.decode()
    assert "made by an earlier release" in page


def test_cases_of_a_version_with_other_lengths_are_said(look, cases):
    """Given a case of a version without E2, when each is replayed by its own, then it is said whose the lengths are."""
    sentence = "These lengths are those of mscc-2026.2. 1 of the cases was replayed by mscc-2026.1, or had it"
    assert "These lengths" not in look().text_said
    Case.objects.filter(pk=cases[0].pk).update(protocol="mscc-2026.1")
    assert sentence in look().text_said
    assert "These lengths" not in look(version="mscc-2026.1").text_said


def test_alerts_a_week_are_of_the_weeks_of_the_period(look, few, unit):
    """Given one case late in March, then its alerts are of 1.4 weeks; of 4.4 where the service is older than that."""
    factories.case(place=unit, at=START + 20 * DAY)
    assert "Over 1.4 weeks, from 22 Mar 2026." in look(amber="600").text_said
    factories.case(place=factories.unit(unit.organisation), at=START - 60 * DAY)
    assert "Over 4.4 weeks, from 1 Mar 2026." in look(amber="600").text_said
    factories.case(place=unit, at=START)
    page = look(amber="600").text_said
    assert "Over 1.4 weeks, from 22 Mar 2026." in page
    assert "The 1 oldest case of the period is left out." in page


def test_a_level_that_a_higher_one_overtakes_is_said(look, cases):
    sentence = "<strong>{}</strong>, so that time alone would not tell {}"
    for query, levels, them in (
        ({"E1": "2000"}, "E1 would come no sooner than a higher level", "it"),
        ({"E1": "360"}, "E1 would come no sooner than a higher level", "it"),
        ({"limit": "480", "amber": "480", "E3": "-60"}, "E1, E2 would come no sooner than a higher level", "them"),
    ):
        assert sentence.format(levels, them) in look(**query).text_said
    for query in ({}, {"E2": "60"}, {"E2": "400"}):  # by the sooner amber E2 comes before the limit
        assert "no sooner than a higher level" not in look(**query).text_said


def test_of_a_case_that_still_runs_a_warning_is_not_given_up(look, unit):
    """Given a clock that runs and rang, when by the other ladder it has not rung so far, then it is not yet warned."""
    factories.staff(unit)
    start = factories.at("2026-03-30 09:00")
    case = factories.case(place=unit, at=start)
    sweep(start + 11 * HOUR, start + 13 * HOUR)
    with clock.at(start + 14 * HOUR):
        page = look(E1="720", E2="1440").text_said
    row = page.split('id="earlier"')[1].split(f"{case.code}</a>")[1].split("</tr>")[0]
    assert "not yet" in row
    with clock.at(start + 14 * HOUR):
        page = look(first="2026-03-30", last="2026-03-30", amber="600").text_said
    assert "too few days to say how many a week" in page
    row = page.split('id="earlier"')[1].split(f"{case.code}</a>")[1].split("</tr>")[0]
    assert "2 h 0 min" in row
    with clock.at(start + 11 * HOUR):
        page = look(amber="600").text_said
    row = page.split('id="earlier"')[1].split(f"{case.code}</a>")[1].split("</tr>")[0]
    assert ("not yet" in row, "1 h 0 min before this was read" in row) == (True, True)
    assert cells(page, "E1", 'id="load"')[2:4] == ["\u2013", "\u2013"]


def test_of_few_cases_there_is_no_job(look, client, cases):
    address = reverse("what_if") + "?first=2026-03-01&last=2026-03-31"
    assert client.post(address, {"submission": str(uuid4()), "reason": "before 2027.1"}).url == address
    assert not Job.objects.exists()


def test_a_job_of_a_unit_that_is_gone_says_so(look, few, client, cases):
    address = reverse("what_if") + f"?first=2026-03-01&last=2026-03-31&unit={cases[0].unit.uuid}"
    client.post(address, {"submission": str(uuid4()), "reason": "before 2027.1"})
    job = Job.objects.get()
    job.parameters["unit"] = str(uuid4())
    job.save()
    assert jobs.work(WORK, by="jobs")
    assert Job.objects.get().message == "The unit that was asked for is gone. Choose another one, or all."


def test_what_cannot_be_asked_makes_no_job(look, few, client, cases):
    answer = client.post(reverse("what_if") + "?limit=0", {"reason": "x"})
    assert answer.status_code == 400
    assert "was not as expected: Limit" in unescape(answer.content.decode())


def test_a_job_that_is_not_done_has_no_page(look, few, client, cases):
    address = reverse("what_if") + "?first=2026-03-01&last=2026-03-31"
    client.post(address, {"submission": str(uuid4()), "reason": "before 2027.1"})
    assert client.get(reverse("what_if_result", args=[Job.objects.get().uuid])).status_code == 404
