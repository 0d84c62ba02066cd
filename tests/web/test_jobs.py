"""The list of jobs: one's own alone, with progress and file; each download is logged, and one may be cancelled."""

import asyncio
from uuid import uuid4

import pytest
from django.test import AsyncClient
from django.urls import reverse

from pathway import tasks
from pathway.analytics import jobs as kinds
from pathway.analytics.jobs import Kind
from pathway.engine.jobs import ask, claim, work
from pathway.management.commands.jobs import Command
from pathway.record.access import Access, log
from pathway.record.job import PIECE, Job, State
from tests import factories

pytestmark = pytest.mark.django_db
DATA = b"code\n" + b"M1\n" * (PIECE // 3)  # two pieces


def listing(job, tell):
    with tell.file("codes.csv", "text/csv") as file:
        file.write(DATA)
    return {"counts": {"cases": 3}}


LISTING = Kind("List of codes", listing, lambda parameters: f"of {parameters['year']}")


@pytest.fixture(autouse=True)
def one_kind(monkeypatch):
    monkeypatch.setattr(kinds, "KINDS", {"codes": LISTING})
    monkeypatch.setattr("pathway.web.jobs.KINDS", {"codes": LISTING})
    for place in ("pathway.tasks.WORK", "pathway.management.commands.jobs.WORK"):
        monkeypatch.setattr(place, {"codes": listing})


@pytest.fixture
def asked(manager):
    return ask(by=manager, kind="codes", parameters={"year": 2026}, reason="Yearly audit", submission=uuid4())


@pytest.fixture
def done(asked):
    work({"codes": listing}, by="jobs")
    return Job.objects.get(pk=asked.pk)


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def words(answer):
    return " ".join(answer.content.decode().split())


def address(job, name="job_file"):
    return reverse(name, args=[job.uuid])


async def taken(user, job):
    """The answer to a download, and what came."""
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(address(job))
    return answer, b"".join([part async for part in answer.streaming_content])


def test_celery_does_what_waits(asked, signed_in):
    tasks.jobs.apply(throw=True)
    assert Job.objects.get(pk=asked.pk).state == State.DONE
    assert "Done" in words(signed_in.get(reverse("jobs")))


def test_the_plain_loop_does_what_waits(asked):
    loop = Command()
    assert (loop.turn(), Job.objects.get(pk=asked.pk).state) == (0.0, State.DONE)
    assert loop.turn() > 0


def test_the_list_says_how_far_each_job_is(asked, signed_in):
    page = words(signed_in.get(reverse("jobs")))
    assert "List of codes: of 2026" in page
    assert "Yearly audit" in page
    assert 'data-unfinished="yes"' in page
    Job.objects.filter(pk=claim({"codes": listing}).pk).update(done=30, total=40, message="cases")
    part = words(signed_in.get(reverse("jobs_table")))
    assert '<progress max="100" value="75"' in part
    assert "75 %, cases" in part
    assert "<h1>" not in part


def test_an_ended_job_has_its_file_with_counts_and_hash(done, signed_in):
    page = words(signed_in.get(reverse("jobs")))
    assert "Cases: 3." in page
    assert f'href="{address(done)}"' in page
    assert done.file_hash in page
    assert 'data-unfinished=""' in page


@pytest.mark.django_db(transaction=True)
def test_a_download_is_the_file_and_is_logged(done, manager, auditor):
    # When a file of two pieces is taken
    answer, came = asyncio.run(taken(manager, done))
    # Then it is whole, and the auditor of the organisation sees who took what
    assert (answer.status_code, answer["Content-Length"], came) == (200, str(len(DATA)), DATA)
    assert answer["Content-Disposition"] == 'attachment; filename="codes.csv"'
    assert answer["Cache-Control"] == "no-store"
    (entry,) = log(auditor)
    assert (entry.user, entry.job, entry.case, entry.what) == (manager, done, None, "download")
    assert not log(factories.user("auditor")).exists()


def test_the_access_log_names_the_file_and_the_reason(done, client, auditor, manager):
    Access.objects.create(user=manager, job=done, what="download")
    client.force_login(auditor)
    assert "codes.csv: Yearly audit" in words(client.get(reverse("access_log")))


@pytest.mark.parametrize("name", ["job_file", "cancel_job"])
def test_a_job_of_somebody_else_does_not_exist(done, client, trust, name):
    for other in (factories.user("manager", trust), factories.user("manager")):
        client.force_login(other)
        assert client.post(address(done, name)).status_code == (405 if name == "job_file" else 404)
        assert client.get(address(done)).status_code == 404
        assert "List of codes" not in words(client.get(reverse("jobs")))
    assert not Access.objects.exists()


def test_a_job_asked_for_in_another_organisation_does_not_exist(done, signed_in, manager):
    manager.organisation = factories.organisation()
    manager.save(update_fields=["organisation"])
    assert signed_in.get(address(done)).status_code == 404


def test_there_is_no_file_before_its_end_nor_after_its_days_and_the_page_says_so(asked, signed_in):
    answer = signed_in.get(address(asked))
    assert (answer.status_code, "This job has no file." in words(answer)) == (409, True)
    Job.objects.filter(pk=asked.pk).update(state=State.EXPIRED)
    assert "kept for as long as files are, and removed" in words(signed_in.get(address(asked)))


def test_a_job_is_cancelled_once(asked, signed_in):
    page = words(signed_in.post(address(asked, "cancel_job"), follow=True))
    assert "The job was cancelled." in page
    assert "<strong>Cancelled</strong>" in page
    assert "has ended already" in words(signed_in.post(address(asked, "cancel_job"), follow=True))


def test_a_job_of_a_newer_release_is_listed_by_its_key(manager, signed_in):
    ask(by=manager, kind="newer", parameters={}, reason="Why not", submission=uuid4())
    assert "newer" in words(signed_in.get(reverse("jobs")))
