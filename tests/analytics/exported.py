"""What the tests of exports share: an export that is asked for and done, cases for it, and how its files are read."""

import csv
import io
import json
import zipfile
from datetime import datetime
from uuid import uuid4

from django.db import connection

from pathway.analytics.jobs import WORK
from pathway.engine.correct import correct
from pathway.engine.jobs import ask, work
from pathway.engine.merge import merge
from pathway.record.case import Case
from pathway.record.job import Job, piece
from tests import factories
from tests.analytics.random_cases import HOUR
from tests.factories import START, happen

HOSTILE = (
    '=HYPERLINK("http://x") \u202ertl\u202c, new\nline, tab\t, \x01 control, \'=quoted, Ä 😀 <b>&amp;</b> '
    + "x" * 30_000
)


def exported(form, by, *, tables=("cases", "events", "clocks"), words=False, unit=None, reason="Audit"):
    """Ask for an export and let it be done: the job and its file."""
    asked = {"format": form, "tables": list(tables), "first": "2026-01-01", "last": "2026-12-31", "words": words,
             "unit": str(unit.uuid) if unit else "", "unit_name": str(unit or "")}  # fmt: skip
    made = ask(by=by, kind="export", parameters=asked, reason=reason, submission=uuid4())
    assert work(WORK, by="jobs")
    job, data, place = Job.objects.get(pk=made.pk), b"", 0
    while part := piece(job, place):
        data, place = data + part, place + 1
    assert len(data) == job.file_size
    return job, data


def three_cases(unit):
    """A case on which an entry was corrected and one taken back, one merged into it, and one of another unit."""
    trust = unit.organisation
    first = factories.case_at("case.confirmed", place=unit)
    told = first.events.get(kind="imaging.acquired")
    correct(told, by=factories.teller(trust), why="typed wrong", occurred_at=told.occurred_at - HOUR / 12)
    logged = happen(first, "contact.logged", at=START + 2 * HOUR, said="=1+1")
    correct(logged, by=factories.teller(trust), why="of another patient", withdrawn=True)
    twin = factories.case(place=unit, who=first.patient, at=START + HOUR)
    happen(twin, "contact.logged", at=START + 3 * HOUR)
    answers = factories.ANSWERS["case.merged"] | {"into": first.code}
    merge(twin, by=factories.teller(trust), answers=answers)
    other = factories.case("B", place=factories.unit(trust), at=START, precision="day")
    wrong = factories.case(place=unit, at=START)
    happen(wrong, "case.entered_in_error", at=START + HOUR)
    factories.case(place=factories.unit(), at=START)
    return Case.objects.get(pk=first.pk), twin, other


def hostile_entry(case):
    """An entry with a text that no form takes; another way in might."""
    told = happen(case, "contact.logged", at=START + HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE pathway_event SET answers = %s WHERE id = %s", [json.dumps({"said": HOSTILE}), told.pk])
        cursor.execute("SET session_replication_role = origin")
    return told


def members(data):
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def of_csv(text):
    """The rows of a CSV file as dictionaries, with the guard of formulas taken off."""
    return [
        {name: cell.removeprefix("'") for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
