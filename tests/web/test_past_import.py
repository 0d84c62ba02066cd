"""The page of past cases: a file is looked at, then entered on a second word; what is wrong is said with its place."""

from html import unescape

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from pathway.engine.past_cases import LOCK
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.imported import ImportedFile
from tests import factories
from tests.engine.test_past_cases import CLOSED, EXAMPLE, SUSPECTED, WHOLE, file
from tests.faults.crowd import elsewhere

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward(trust):
    return factories.unit(trust, "Ward A")


@pytest.fixture
def send(client, manager, ward):
    """`send(file=b"...")` or `send(text="...")`: the answer."""
    client.force_login(manager)

    def send(status, **data):
        if "file" in data:
            data["file"] = SimpleUploadedFile("past.csv", data["file"], "text/csv")
        answer = client.post(reverse("past_import"), data)
        assert answer.status_code == status
        answer.said = answer.content.decode()
        return answer

    return send


def test_one_case_is_not_said_as_several(send, client):
    seen = send(200, file=file(*WHOLE))
    send(302, text=seen.context["text"], second_person="Anne Colleague")
    assert "Entered 3 of 3 rows, 1 case opened." in client.get(reverse("past_import")).content.decode()


def test_a_file_is_looked_at_and_entered_on_a_second_word_and_says_so_on_the_case(send, client, manager, coordinator):
    seen = send(200, file=EXAMPLE)
    assert "25 of 25 rows are new, of 3 cases; 3 cases would be opened" in seen.said
    assert "Images acquired, 20:15 on 4 March 2024" in seen.said
    assert "<br>Ward A 9990000" in seen.said
    assert "Class: A" in unescape(seen.said), "what a second person compares with the records"
    assert not Case.objects.exists()
    assert send(422, text=seen.context["text"], second_person=str(manager)).context["second"].errors
    assert not Case.objects.exists()
    send(302, text=seen.context["text"], second_person="Anne Colleague")
    page = client.get(reverse("past_import")).content.decode()
    assert "Entered 25 of 25 rows, 3 cases opened." in page
    assert ImportedFile.objects.get().sha256 in page
    assert "there is nothing to enter" in send(200, file=EXAMPLE.replace(b"\n", b"\r\n")).said
    send(302, text=seen.context["text"], second_person="Anne Colleague")
    assert "All of it was there already: nothing was entered." in client.get(reverse("past_import")).content.decode()
    assert Event.objects.count() == 25
    client.force_login(coordinator)
    case = Case.objects.earliest("suspected_at")
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    for words in ("From a file of past cases", f"by {manager} with Anne Colleague", "Radiographer", "only the day"):
        assert words in page


def test_a_name_that_is_refused_costs_no_second_look(send, manager, monkeypatch):
    """Given a file that was looked at, when the second name is one's own, then it is kept and not tried once more."""
    seen = send(200, file=file(*WHOLE))
    with monkeypatch.context() as patched:
        patched.setattr("pathway.engine.past_cases.Attempt.made", lambda _self: pytest.fail("tried again"))
        for name in (str(manager), ""):
            kept = send(422, text=seen.context["text"], second_person=name)
            assert "Nothing has been entered yet" in kept.said
    send(302, text=kept.context["text"], second_person="Anne Colleague")
    assert Case.objects.count() == 1


def test_a_likely_double_stops_the_file_until_it_is_ticked(send, trust, ward):
    known = factories.case(place=ward, who=factories.patient(trust, nhs_number="9990000018"))
    seen = send(200, file=file(*WHOLE))
    assert f"Case 1 is none of: {known.code}" in seen.said
    words = {"text": seen.context["text"], "second_person": "Anne Colleague"}
    refused = send(422, **words)
    assert "Say below of each case that it is none of those that stand" in refused.said
    assert 'value="Anne Colleague"' in refused.said
    assert Case.objects.count() == 1
    kept = send(422, text=words["text"], second_person="", apart=f"1|{known.code}").said
    assert f'<input type="hidden" name="apart" value="1|{known.code}">' in kept
    send(302, **words, apart=f"1|{known.code}")
    assert Case.objects.count() == 2


def test_what_came_to_stand_against_it_meanwhile_is_said_with_its_rows(send, ward):
    """Given a file that was looked at, when its ward is renamed before the second word, then that is what is said."""
    seen = send(200, file=file(*WHOLE))
    ward.name = "Ward C"
    ward.save()
    refused = send(422, text=seen.context["text"], second_person="Anne Colleague")
    assert "Name one unit of your organisation" in refused.said
    assert "Say below of each case" not in refused.said
    assert refused.context["second"].errors == {}
    assert not Case.objects.exists()


HEAD = file()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty"),
        (HEAD, "no row below its head"),
        (file(*WHOLE).decode().encode("utf-16"), "This file is UTF-16 text"),
        (file({**SUSPECTED, "note": "Ren\u00e9"}).decode().encode("latin-1"), "Row 2, column note: it holds a letter"),
        (file({**SUSPECTED, "note": "a\0b"}), "Row 2, column note: it holds a control character"),
        (HEAD.replace(b"unit", b"ward"), "Missing: unit."),
        (HEAD.replace(b"note", b"note,note") + b"1,,,,,,,,,\n", "no other, but for those that begin with answer."),
        (file(SUSPECTED).replace(b"Ward A", b'"Ward A'), "its quotation marks do not pair"),
        (file(*[CLOSED] * 1001), "more than 1000 rows"),
        (file(*[CLOSED] * 6000), "larger than 256 KB"),
        (b"PK\x03\x04" + b"x" * 50, "This is a workbook"),
        (file(SUSPECTED, {**CLOSED, "time": "2024-02-30 12:00"}), "Row 3, column time: This is no date and time"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_table_is_refused_with_the_place(send, data, sentence):
    answer = send(422, file=data)
    assert sentence in answer.said
    assert not Case.objects.exists()


def test_what_was_not_tried_is_said_below_the_faults(send):
    said = send(422, file=file({**SUSPECTED, "time": "1.2.2025"}, *WHOLE[1:])).said
    assert said.count("<li>Row ") == 1
    assert "<p>2 more rows of case 1 were not tried: mend row 2 first.</p>" in said


@pytest.mark.django_db(transaction=True)
def test_that_one_is_being_entered_just_now_may_be_by_oneself(send, trust):
    def enters():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, trust.pk])

    with elsewhere(enters):
        said = send(409, file=file(*WHOLE)).said
    assert "is being entered just now, perhaps by you in another window" in said
    assert "Somebody else" not in said


def test_what_is_too_large_is_not_read(send):
    assert "The file is too large" in send(413, file=b"x" * 1_000_000).said


def test_what_was_changed_between_the_two_words_is_looked_at_again(send):
    assert "would still be open" in send(422, text=file(SUSPECTED).decode(), second_person="Anne Colleague").said
    assert not Case.objects.exists()


def test_the_page_names_the_units_and_every_kind_of_event_with_its_answers(send, client, ward):
    page = unescape(client.get(reverse("past_import")).content.decode())
    assert f"The units of your organisation: {ward.name}." in page
    assert "modality*: mri, " in page
    for kind in ("case.suspected", "imaging.acquired", "case.closed", "mobility.assessed"):
        assert f"<code>{kind}</code>" in page
    for kind in ("clock.suspended", "event.corrected", "case.merged"):
        assert f"<code>{kind}</code>" not in page


def test_the_example_can_be_had_from_the_page(send, client):
    assert b"pathway/past-cases" in client.get(reverse("past_import")).content
    assert (settings.ROOT / "pathway/static/pathway/past-cases.csv").read_bytes() == EXAMPLE
