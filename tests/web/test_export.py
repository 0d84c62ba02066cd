"""The form of an export: what it offers to whom, what it refuses in a sentence, and the job that it asks for."""

from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse

from pathway.engine.jobs import MOST_AT_ONCE
from pathway.record.job import Job
from tests import factories

pytestmark = pytest.mark.django_db
RIGHT = {"format": "csv", "tables": ["cases", "clocks"], "unit": "", "first": "2026-01-01", "last": "2026-03-31",
         "reason": "Quarterly audit"}  # fmt: skip


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(**change):
        answer = client.post(reverse("export"), {"submission": str(uuid4()), **RIGHT, **change})
        answer.words = " ".join(unescape(answer.content.decode()).split())
        return answer

    return send


def test_the_form_begins_with_the_period_of_the_page_before(client, manager, unit):
    client.force_login(manager)
    page = client.get(f"{reverse('measures')}?first=2026-02-01&last=2026-02-28&unit={unit.uuid}").content.decode()
    address = f"{reverse('export')}?unit={unit.uuid}&first=2026-02-01&last=2026-02-28"
    assert f'href="{address}"' in unescape(page)
    found = client.get(address).context["form"].initial
    assert (found["first"], found["last"], found["unit"]) == ("2026-02-01", "2026-02-28", str(unit.uuid))


def test_what_is_sent_is_one_job_however_often_it_is_sent(send, client, manager, unit):
    key = str(uuid4())
    for _ in range(2):
        answer = send(submission=key, unit=str(unit.uuid))
        assert (answer.status_code, answer.url) == (302, reverse("jobs"))
    job = Job.objects.get()
    assert (job.asked_by, job.organisation, job.kind, job.reason) == (
        manager, manager.organisation, "export", "Quarterly audit"
    )  # fmt: skip
    assert job.parameters == {
        "format": "csv", "tables": ["cases", "clocks"], "first": "2026-01-01", "last": "2026-03-31",
        "unit": str(unit.uuid), "unit_name": unit.name, "words": False,
    }  # fmt: skip
    page = " ".join(client.get(reverse("jobs")).content.decode().split())
    assert f"Export: cases, clocks as CSV, {unit.name}, 1 Jan 2026 to 31 Mar 2026" in page
    for other in ({"reason": "Another"}, {"tables": ["cases"]}):
        answer = send(submission=key, unit=str(unit.uuid), **other)
        assert (answer.status_code, "asked for something else already" in answer.words) == (409, True)


def test_an_event_log_has_no_tables_to_choose(send):
    assert send(format="xes", tables=[]).status_code == 302
    assert Job.objects.get().parameters["tables"] == []


@pytest.mark.parametrize(("change", "sentence"), [
    ({"reason": " "}, "Answer this: Why is this needed?"),
    ({"tables": []}, "Answer this: Tables; an event log holds all of them."),
    ({"tables": ["patients"]}, "Choose"),
    ({"format": "pdf"}, "Choose one of the answers: Form."),
    ({"first": "2026-04-01"}, "The period ends before it begins (1 April 2026)."),
    ({"last": "31/13/2026"}, "Enter a real date"),
    ({"unit": "elsewhere"}, "Choose one of the answers: Unit."),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_the_field(send, change, sentence):
    answer = send(**change)
    assert (answer.status_code, sentence in answer.words) == (422, True)
    assert not Job.objects.exists()


def test_a_damaged_form_is_said(send):
    assert send(submission="x").status_code == 400


def test_too_many_at_once_are_refused(send):
    for _ in range(MOST_AT_ONCE):
        send()
    answer = send()
    assert (answer.status_code, "Wait for one to end, or cancel one." in answer.words) == (409, True)


def test_words_are_offered_only_to_who_also_cares_for_patients(send, client, trust):
    send(words="on")
    assert Job.objects.get().parameters["words"] is False
    client.force_login(factories.user("manager", trust, "clinician"))
    assert "With what was typed in words" in client.get(reverse("export")).content.decode()
    send(words="on")
    assert Job.objects.latest("pk").parameters["words"] is True
