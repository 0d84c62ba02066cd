"""Jobs: asked for once with a reason, taken by one worker, never stuck, their files piece by piece."""

import hashlib
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from pathway.engine import jobs
from pathway.engine import now as clock
from pathway.engine.jobs import LEASE, MOST_AT_ONCE, MOST_TRIES, Stopped, ask, cancel, claim, work
from pathway.engine.refused import Invalid, NotAllowed, Refused, Used
from pathway.record.job import PIECE, Job, Piece, State, jobs_of, piece, remove_old
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
DATA = bytes(range(256)) * (PIECE // 200)  # two pieces, the second one short


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch):
    """Let every telling be written, not one a second."""
    monkeypatch.setattr(jobs, "EVERY", 0.0)


@pytest.fixture
def wanted(manager):
    """Ask for a job, as the manager unless told otherwise."""

    def wanted(**change):
        said = {"by": manager, "kind": "count", "parameters": {"to": 3}, "reason": "Audit", "submission": uuid4()}
        return ask(**said | change)

    return wanted


def counted(job, tell):
    """Count to what is asked for, and write a file."""
    with tell.file("numbers.bin", "application/octet-stream") as file:
        for number in range(job.parameters["to"]):
            tell(number, job.parameters["to"], "counting")
        file.write(DATA)
    return {"counts": {"numbers": job.parameters["to"]}}


def again(job):
    return Job.objects.get(pk=job.pk)


def contents(job):
    found, place = b"", 0
    while data := piece(job, place):
        found, place = found + data, place + 1
    return found


def test_a_job_is_done_and_its_file_is_what_was_written(wanted, manager):
    asked = wanted(reason=" For  the audit ")
    assert (asked.state, asked.reason, list(jobs_of(manager))) == (State.QUEUED, "For the audit", [asked])
    assert work({"count": counted}, by="jobs")
    job = again(asked)
    assert (job.state, job.tries, job.done, job.total, job.result) == (State.DONE, 1, 2, 3, {"counts": {"numbers": 3}})
    assert (job.file_name, job.file_size, job.file_hash) == (
        "numbers.bin", len(DATA), hashlib.sha256(DATA).hexdigest()
    )  # fmt: skip
    assert contents(job) == DATA
    assert Piece.objects.filter(job=job).count() == 2
    assert not work({"count": counted}, by="jobs")


def test_the_same_form_sent_twice_is_one_job(wanted, manager):
    key = uuid4()
    assert wanted(submission=key) == wanted(submission=key)
    assert Job.objects.count() == 1
    with pytest.raises(Used, match="asked for something else already"):
        wanted(submission=key, parameters={"to": 4})
    with pytest.raises(Used, match="asked for something else already"):
        wanted(submission=key, reason="For the board")
    assert wanted(submission=key, reason=" Audit  ").reason == "Audit"


def test_without_a_reason_nothing_is_asked_for(wanted):
    with pytest.raises(Invalid, match="reason: Say why"):
        wanted(reason=" ")
    assert not Job.objects.exists()


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "administrator", "auditor"])
def test_only_managers_ask(wanted, trust, role):
    with pytest.raises(NotAllowed, match="is for a manager"):
        wanted(by=factories.user(role, trust))


def test_too_many_at_once_are_refused(wanted):
    asked = [wanted() for _ in range(MOST_AT_ONCE)]
    with pytest.raises(Refused, match=f"{MOST_AT_ONCE} of your jobs wait or run already"):
        wanted()
    cancel(asked[0], by=asked[0].asked_by)
    assert wanted().state == State.QUEUED


def test_jobs_are_done_in_order_and_those_of_a_newer_release_are_left(wanted):
    first, newer, second = wanted(), wanted(kind="newer"), wanted()
    assert [claim({"count": counted}), claim({"count": counted}), claim({"count": counted})] == [first, second, None]
    assert again(newer).state == State.QUEUED


def test_what_fails_says_so_in_a_sentence_and_leaves_no_file(wanted, caplog):
    def broken(job, tell):
        with tell.file("numbers.bin", "text/plain") as file:
            file.write(DATA)
        raise ZeroDivisionError

    def refused(job, tell):
        raise Refused("There are too many cases. Choose a shorter period.")

    asked, other = wanted(), wanted(kind="other")
    for _ in range(2):
        assert work({"count": broken, "other": refused}, by="jobs")
    assert (again(asked).state, again(asked).message, again(asked).file_name) == (State.FAILED, jobs.BROKE, "")
    assert "ZeroDivisionError" in caplog.text
    assert again(other).message == "There are too many cases. Choose a shorter period."
    assert not Piece.objects.exists()


def test_a_file_of_text_is_written_through_and_closed_once(wanted):
    def text(job, tell):
        with tell.file("words.txt", "text/plain") as file, io.TextIOWrapper(file, "utf-8", newline="") as words:
            words.write("Grüße")
        return {}

    asked = wanted()
    assert work({"count": text}, by="jobs")
    assert (again(asked).file_size, contents(again(asked))) == (7, "Grüße".encode())
    assert Piece.objects.count() == 1


def test_a_file_of_nothing_is_a_file(wanted):
    def nothing(job, tell):
        tell.file("empty.txt", "text/plain").close()
        return {}

    asked = wanted()
    assert work({"count": nothing}, by="jobs")
    assert (again(asked).state, again(asked).file_name, again(asked).file_size) == (State.DONE, "empty.txt", 0)
    assert not Piece.objects.exists()


def test_what_breaks_after_the_job_was_cancelled_leaves_it_cancelled(wanted, manager):
    def broken(job, tell):
        cancel(job, by=manager)
        raise ZeroDivisionError

    asked = wanted()
    assert work({"count": broken}, by="jobs")
    assert (again(asked).state, again(asked).message) == (State.CANCELLED, "")


@pytest.mark.parametrize(("statement", "sentence"), [
    ("SELECT pg_sleep(1)", jobs.TOO_LONG), ("SELECT 1 / 0", jobs.BROKE), ("SELECT no_such_column", jobs.BROKE),
])  # fmt: skip
def test_what_the_database_will_not_do_another_time_either_fails_at_once(wanted, statement, sentence):
    def asks(job, tell):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '50ms'")
            cursor.execute(statement)

    asked = wanted()
    assert work({"count": asks}, by="jobs")
    assert (again(asked).state, again(asked).message, again(asked).tries) == (State.FAILED, sentence, 1)


def test_what_two_writers_did_to_each_other_is_tried_again(wanted):
    def asks(job, tell):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'in each other''s way' USING ERRCODE = '40P01'; END $$")

    asked = wanted()
    with pytest.raises(OperationalError):
        work({"count": asks}, by="jobs")
    assert again(asked).state == State.RUNNING


def test_a_job_whose_worker_fell_silent_is_taken_up_again_and_ends_after_some_tries(wanted):
    asked = wanted()
    kinds = {"count": counted}
    for number in range(MOST_TRIES):
        with clock.at(START + number * 2 * LEASE):
            taken = claim(kinds)
            assert taken.tries == number + 1
            assert claim(kinds) is None
        with clock.at(START + number * 2 * LEASE + LEASE):
            assert claim(kinds) is None
    with clock.at(START + MOST_TRIES * 2 * LEASE):
        assert claim(kinds) is None
    assert (again(asked).state, again(asked).message) == (State.FAILED, jobs.KILLED)


def test_what_a_worker_writes_that_was_given_up_counts_no_more(wanted):
    asked = wanted()

    def slow(job, tell):
        tell(1, 2)
        with clock.at(clock.now() + 2 * LEASE):
            assert work({"count": counted}, by="other")
        with tell.file("late.bin", "text/plain") as file:
            file.write(b"late")
        return {"late": True}

    work({"count": slow}, by="jobs")
    job = again(asked)
    assert (job.state, job.tries, job.file_name, job.result) == (
        State.DONE, 2, "numbers.bin", {"counts": {"numbers": 3}}
    )  # fmt: skip
    assert contents(job) == DATA


def test_a_worker_that_tells_keeps_its_job(wanted):
    wanted()

    def long(job, tell):
        with clock.at(clock.now() + 2 * LEASE):
            tell(1, 2)
            assert claim({"count": long}) is None
        return {}

    assert work({"count": long}, by="jobs")
    assert Job.objects.get().state == State.DONE


def test_a_cancelled_job_stops_and_leaves_nothing(wanted, manager):
    asked = wanted()

    def stopped(job, tell):
        tell.file("x.bin", "text/plain").write(DATA)
        cancel(job, by=manager)
        with pytest.raises(Stopped):
            tell(1)
        raise Stopped

    assert work({"count": stopped}, by="jobs")
    assert again(asked).state == State.CANCELLED
    assert not Piece.objects.exists()
    with pytest.raises(Refused, match="has ended already"):
        cancel(asked, by=manager)


def test_a_job_of_somebody_who_may_no_longer_is_not_done(wanted, manager):
    asked = wanted()
    manager.roles = ["coordinator"]
    manager.save(update_fields=["roles"])
    assert work({"count": counted}, by="jobs")
    assert (again(asked).state, again(asked).message) == (State.FAILED, jobs.NO_LONGER)
    assert not jobs_of(manager).exists()


def test_files_are_removed_after_their_days_and_what_was_asked_stays(wanted, settings):
    settings.JOB_DAYS = 2
    asked = wanted()
    work({"count": counted}, by="jobs")
    ended = again(asked).ended_at
    assert again(asked).kept_until == ended + timedelta(days=2)
    assert remove_old(ended + timedelta(days=2)) == 0
    assert contents(again(asked)) == DATA
    assert remove_old(ended + timedelta(days=2, seconds=1)) == 1
    assert (again(asked).state, contents(again(asked)), again(asked).reason) == (State.EXPIRED, b"", "Audit")
