"""A rota out of a CSV file: looked at first, entered whole or not at all, refused with row and column."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.duty import BUSY
from pathway.record.person import Unit
from pathway.record.shift import RotaChange, Shift
from tests import factories
from tests.faults.crowd import elsewhere, impatient

HEAD = "unit,role,username,from,to\n"
pytestmark = pytest.mark.usefixtures("in_march")


@pytest.fixture
def in_march():
    """Everything is sent on the day before the shifts of these files."""
    with clock.at(factories.at("2026-03-01 12:00")):
        yield


@pytest.fixture
def ward(trust):
    return factories.unit(trust, "Ward A")


@pytest.fixture
def ann(trust):
    person = factories.user("clinician", trust)
    person.username = "ann"
    person.save()
    return person


@pytest.fixture
def look(client, administrator, ward, ann):
    """`look(b"...")`: the answer to a file."""

    def look(data, name="rota.csv"):
        client.force_login(administrator)
        return client.post(reverse("rota_import"), {"file": SimpleUploadedFile(name, data, "text/csv")})

    return look


def row(**other):
    cells = {"unit": "Ward A", "role": "coordinator", "username": "ann", "from": "2026-03-02 20:00",
             "to": "2026-03-03 08:00"} | other  # fmt: skip
    return ",".join(cells.values()) + "\n"


def enter(client, answer):
    return client.post(reverse("rota_import"), {"text": answer.context["text"]}, follow=True)


GOOD = (HEAD + row() + row(**{"from": "2026-03-03 20:00", "to": "2026-03-04 08:00"})).encode()


@pytest.mark.parametrize(
    "data",
    [GOOD, b"\xef\xbb\xbf" + GOOD, GOOD.replace(b",", b";"), GOOD.replace(b"\n", b"\r\n"), GOOD.replace(b"\n", b"\r"),
     GOOD + b"\n\n", GOOD.replace(b"Ward A", b'"ward a"'), GOOD.upper().replace(b"UNIT,ROLE", b"Unit , Role ")],
    ids=["plain", "bom", "semicolons", "crlf", "cr", "empty-rows", "quotes", "case"],
)  # fmt: skip
def test_a_file_is_looked_at_then_entered_and_a_second_time_writes_nothing(look, client, ward, ann, data):
    answer = look(data)
    assert answer.status_code == 200
    assert (
        "Row 2: ann, coordinator in Ward A, 20:00 on 2 March 2026 to 08:00 on 3 March 2026" in answer.content.decode()
    )
    assert not Shift.objects.exists()
    assert "Entered 2 of 2 shifts." in enter(client, answer).content.decode()
    assert set(Shift.objects.values_list("unit", "role", "user", "kind")) == {(ward.pk, "coordinator", ann.pk, "extra")}
    again = look(data)
    assert "there is nothing to enter" in again.content.decode()
    assert "Entered 0 of 2 shifts." in enter(client, again).content.decode()
    assert Shift.objects.count() == 2
    assert [change.said for change in RotaChange.objects.all()] == ["2 shifts in Ward A out of a file"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (GOOD.decode().encode("utf-16"), "This file is UTF-16 text"),
        (GOOD.decode().encode("utf-16-le"), "This file is UTF-16 text"),
        (
            (HEAD + row(username="ren\u00e9")).encode("latin-1"),
            "Row 2, column username: it holds a letter that is not UTF-8",
        ),
        ((HEAD + row() + row(unit="Caf\u00e9")).encode("cp1252"), "Row 3, column unit: it holds a letter"),
        (HEAD.encode(), "no row below its head"),
        (b"", "This file is empty"),
        (b" \n\n", "This file is empty"),
        ((HEAD + "Ward A,coordinator,ann,2026-03-02 20:00\n").encode(), "Row 2: it has 4 cells and the head has 5"),
        ((HEAD + row().strip() + ",more\n").encode(), "Row 2: it has 6 cells and the head has 5"),
        ((HEAD + row() + row(username="a\0n")).encode(), "Row 3, column username: it holds a control character"),
        ((HEAD + row(username="=cmd|calc")).encode(), "Row 2, column username: nobody of your organisation"),
        ((HEAD + row(unit="@SUM(A1)")).encode(), "Row 2, column unit: your organisation has no unit of this name"),
        ((HEAD + row(unit='"Ward A')).encode(), "Row 2: its quotation marks do not pair"),
        ((HEAD + row(unit="x" * 140_000)).encode(), "Row 2: its quotation marks do not pair, or a cell is too long"),
        ((HEAD + row() * 2001).encode(), "more than 2000 rows"),
        ((HEAD + row() * 5000).encode(), "larger than 256 KB"),
        (b"PK\x03\x04" + b"x" * 50, "This is a workbook"),
        (b"%PDF-1.7 x", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "This is a picture"),
        (b"<html><body>rota</body></html>", "This is a web page"),
        (
            b"just some words",
            "Row 1, column unit: The first row has to name the columns unit, role, username, from, to",
        ),
        (HEAD.replace("to", "until").encode() + row().encode(), "Missing: to."),
        (("more," + HEAD + "x," + row()).encode(), "each once and no other"),
        (("unit," + HEAD + "x," + row()).encode(), "Row 1, column unit:"),
        ((HEAD + row(unit="Ward B")).encode(), "Row 2, column unit: your organisation has no unit of this name"),
        ((HEAD + row(role="plumber")).encode(), "Row 2, column role: no ladder tells this role"),
        ((HEAD + row(username="bob")).encode(), "Row 2, column username: nobody of your organisation"),
        ((HEAD + row(to="2026-03-02 19:00")).encode(), "Row 2, column to: It ends before it starts"),
        ((HEAD + row(to="2026-03-09 20:01")).encode(), "Row 2, column to: A shift is seven days long at most"),
        ((HEAD + row(**{"from": "1900-01-01 00:00", "to": "1900-01-01 08:00"})).encode(), "column to: It ended more"),
        ((HEAD + row(**{"from": "2026-02-28 03:00", "to": "2026-02-28 11:59"})).encode(), "column to: It ended more"),
        (
            (HEAD + row(**{"from": "2199-12-31 20:00", "to": "2199-12-31 23:59"})).encode(),
            "Row 2, column from: It starts more than two years from now",
        ),
        ((HEAD + row(to="tomorrow")).encode(), "Row 2, column to: Enter a real date and a time"),
        ((HEAD + row(to="")).encode(), "Row 2, column to: Answer this"),
        (
            (HEAD + row(**{"from": "2026-03-29 01:30"})).encode(),
            "Row 2, column from: 01:30 on 29 March 2026 does not exist",
        ),
        (
            (HEAD + row(**{"from": "2026-10-25 01:30", "to": "2026-10-25 08:00"})).encode(),
            "column from: 01:30 on 25 October 2026 happens twice",
        ),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_with_row_and_column_and_nothing_is_written(look, client, data, sentence):
    answer = look(data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    sent = client.post(reverse("rota_import"), {"text": text})
    assert sent.status_code == 422
    assert not Shift.objects.exists()


def test_one_wrong_row_keeps_the_right_ones_out_and_every_wrong_row_is_named(look, client):
    answer = look((HEAD + row() + row(username="bob") + row(role="x", unit="y")).encode())
    text = answer.content.decode()
    assert "Row 2," not in text
    assert all(name in text for name in ("Row 3, column username", "Row 4, column unit", "Row 4, column role"))
    assert not Shift.objects.exists()


def test_the_doubled_hour_is_told_apart_and_the_same_row_twice_is_one(look, client):
    times = {"from": "2026-10-25 01:30 GMT", "to": "2026-10-25 23:59"}
    answer = look((HEAD + row(**times) + row(**times)).encode())
    assert "the same as row 2" in answer.content.decode()
    enter(client, answer)
    shift = Shift.objects.get()
    assert (shift.starts_at, shift.ends_at) == (factories.at("2026-10-25 01:30"), factories.at("2026-10-26 00:00"))


def test_somebody_away_cannot_be_rostered_by_a_file(look, ann):
    Shift.objects.create(
        kind="away", user=ann, starts_at=factories.at("2026-03-01 00:00"), ends_at=factories.at("2026-03-09 00:00")
    )
    assert "Row 2, column username: ann is away" in look(GOOD).content.decode()


def test_a_huge_file_is_refused_before_it_is_read_and_only_administrators_may_send_one(look, client, coordinator):
    answer = look(b"x" * 2_000_000)
    assert answer.status_code == 413
    assert "larger than 256 KB" in answer.content.decode()
    client.force_login(coordinator)
    assert client.post(reverse("rota_import"), {"text": GOOD.decode()}).status_code == 403
    assert not Shift.objects.exists()


def test_a_file_from_another_site_is_refused(administrator, ward, ann):
    foreign = Client(enforce_csrf_checks=True)
    foreign.force_login(administrator)
    assert foreign.post(reverse("rota_import"), {"text": GOOD.decode()}).status_code == 403
    assert not Shift.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_has_to_wait_too_long_is_refused_in_a_sentence_and_can_be_sent_again(look, client, ward):
    text = look(GOOD).context["text"]
    impatient(200)
    with elsewhere(lambda: Unit.objects.select_for_update().get(pk=ward.pk)):
        answer = client.post(reverse("rota_import"), {"text": text})
    assert answer.status_code == 409
    assert BUSY in answer.content.decode()
    assert not Shift.objects.exists()
    assert "Entered 2 of 2 shifts." in enter(client, answer).content.decode()
