"""Jobs: asked for once, taken by one worker at a time, told of as they go on, ended in a sentence; never stuck.

A worker renews its hold whenever it tells how far it is. One that was killed holds the job no longer than `LEASE`; the
next one begins it anew, and after `MOST_TRIES` it has failed.
"""

import hashlib
import io
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import Error, connection, transaction
from django.db.models import Q
from psycopg.errors import QueryCanceled

from pathway.engine.hold import permit
from pathway.engine.now import now
from pathway.engine.refused import NotAllowed, Refused, Used
from pathway.engine.respond import given
from pathway.record.heartbeat import beat
from pathway.record.job import MAY_ASK, PIECE, Job, Piece, State
from pathway.record.person import Organisation, User

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)  # no statement takes longer, and a worker tells more often
MOST_TRIES, MOST_AT_ONCE, EVERY = 3, 5, 1.0
NAME = "Ask for an export or another job of the audit"
BROKE = "It could not be finished: a fault of the system, which has been logged. Tell your administrator."
TOO_LONG = "The database took too long over it. Ask for less: a shorter period, or one unit."
KILLED = f"It was begun {MOST_TRIES} times, and each time the program that did it was stopped. Ask for less, or again."
NO_LONGER = "Whoever asked for it may no longer do so, so it was not done."


class Stopped(Exception):
    """The job was cancelled, or is another worker's by now: what was done so far counts no more."""


class Tell:
    """How the work on a job says how far it is, and writes its file. Called at least each minute."""

    def __init__(self, job: Job, by: str = "jobs") -> None:
        self.job, self.by, self.told = job, by, 0.0

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Say how far it is; written at most once a second.

        Raises:
            Stopped: the job is no longer this worker's.
        """
        self.write(done=done, message=message, **({} if total is None else {"total": total}))

    def write(self, **values: Any) -> None:
        """Write that the work goes on, at most once a second.

        Raises:
            Stopped: as above.
        """
        if monotonic() - self.told < EVERY:
            return
        self.told = monotonic()
        beat(self.by, now())
        change(self.job, heard_at=now(), **values)

    def file(self, name: str, kind: str) -> "Written":
        """The file that the job makes: to write to, and to close."""
        return Written(self, name, kind)


Work = Callable[[Job, Tell], dict[str, Any]]


class Written(io.RawIOBase):
    """The file of a job while it is written: forward only, a piece at a time; what it is stands once it is closed."""

    def __init__(self, tell: Tell, name: str, kind: str) -> None:
        super().__init__()
        self.going, self.job = tell, tell.job
        self.held, self.place, self.size, self.hash = bytearray(), 0, 0, hashlib.sha256()
        self.job.file_name, self.job.file_type = name, kind

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self.held += data
        while len(self.held) >= PIECE:
            self.put(bytes(self.held[:PIECE]))
            del self.held[:PIECE]
        return len(data)

    def put(self, data: bytes) -> None:
        """Store one piece.

        Raises:
            Stopped: the job is no longer this worker's.
        """
        self.going.write()
        Piece.objects.create(job=self.job, tries=self.job.tries, place=self.place, data=data)
        self.hash.update(data)
        self.place, self.size = self.place + 1, self.size + len(data)

    def close(self) -> None:
        """Store the rest, and say what the file is."""
        if not self.closed:
            if self.held:
                self.put(bytes(self.held))
            self.job.file_size, self.job.file_hash = self.size, self.hash.hexdigest()
        super().close()


def ask(*, by: User, kind: str, parameters: dict[str, Any], reason: str, submission: UUID) -> Job:
    """Ask for a job. The same form sent again is the job that it made.

    Raises:
        Refused: this person waits for enough already; `NotAllowed` for anybody but a manager of an organisation,
            `Invalid` without a reason, `Used` where the form made another job.
    """
    permit(User() if by.organisation_id is None else by, MAY_ASK, NAME)
    reason = given(reason)
    with transaction.atomic():
        mine = Organisation.objects.select_for_update(no_key=True).get(pk=by.organisation_id or 0)
        if before := Job.objects.filter(submission=submission).first():
            made = (before.asked_by_id, before.kind, before.parameters, before.reason)
            if made != (by.pk, kind, parameters, reason):
                raise Used("This form has asked for something else already. Open its page again.")
            return before
        if Job.objects.filter(asked_by=by).unfinished().count() >= MOST_AT_ONCE:
            raise Refused(f"{MOST_AT_ONCE} of your jobs wait or run already. Wait for one to end, or cancel one.")
        return Job.objects.create(
            organisation=mine, asked_by=by, asked_at=now(), submission=submission, kind=kind,
            parameters=parameters, reason=reason,
        )  # fmt: skip


def cancel(job: Job, *, by: User) -> None:
    """Let a job that waits or runs come to nothing; what it wrote is removed.

    Raises:
        Refused: it has ended already, or is nobody's job that this person may see.
    """
    mine = Job.objects.visible_to(by).unfinished().filter(pk=job.pk)
    if not mine.update(state=State.CANCELLED, ended_at=now(), message=""):
        raise Refused("This job has ended already. Nothing was changed.")
    Piece.objects.filter(job=job).delete()


def work(kinds: Mapping[str, Work], *, by: str) -> bool:
    """Do the next job of these kinds; False where there is none.

    A database that is away, or that could not let two writers through, is for the caller to bear: the job is taken up
    again. Whatever else it says would be said again.
    """
    beat(by, now())
    job = claim(kinds)
    if job is None:
        return False
    try:
        end(job, State.DONE, result=done(job, kinds[job.kind], Tell(job, by)), message="")
    except Stopped:
        Piece.objects.filter(job=job, tries=job.tries).delete()
    except Refused as refusal:
        fail(job, str(refusal))
    except Error as error:
        if in_each_others_way(error) or not connection.is_usable():
            raise
        log.exception("job %s (%s)", job.uuid, job.kind)
        fail(job, TOO_LONG if isinstance(error.__cause__, QueryCanceled) else BROKE)
    except Exception:
        log.exception("job %s (%s)", job.uuid, job.kind)
        fail(job, BROKE)
    return True


def in_each_others_way(error: Error) -> bool:
    """Whether the database gave up one of two writers, which may go through the next time (SQLSTATE class 40)."""
    return str(getattr(error.__cause__, "sqlstate", "")).startswith("40")


def done(job: Job, does: Work, tell: Tell) -> dict[str, Any]:
    """What the work of a job comes to, where whoever asked may still ask for it.

    Raises:
        NotAllowed: they may not.
    """
    if job.asked_by.organisation_id != job.organisation_id or not job.asked_by.role_set & MAY_ASK:
        raise NotAllowed(NO_LONGER)
    return does(job, tell)


@transaction.atomic
def claim(kinds: Mapping[str, Work]) -> Job | None:
    """Take the oldest job that waits, or whose worker was not heard of for too long; None where there is none.

    What is of a newer release is left to it.
    """
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, heard_at__lt=now() - LEASE)
    found = Job.objects.filter(free, kind__in=list(kinds)).select_for_update(skip_locked=True, of=("self",))
    for job in found.select_related("asked_by").order_by("asked_at", "pk"):
        Piece.objects.filter(job=job).delete()
        if job.tries >= MOST_TRIES:
            end(job, State.FAILED, message=KILLED)
            continue
        at = now()
        job.state, job.tries, job.started_at, job.heard_at = State.RUNNING, job.tries + 1, at, at
        job.done = job.total = 0
        job.save(update_fields=["state", "tries", "started_at", "heard_at", "done", "total"])
        return job
    return None


def fail(job: Job, sentence: str) -> None:
    """End a job with the sentence that says why it came to nothing."""
    Piece.objects.filter(job=job, tries=job.tries).delete()
    job.file_name = job.file_type = ""
    try:
        end(job, State.FAILED, message=sentence[:300])
    except Stopped:
        return


def end(job: Job, state: State, **values: Any) -> None:
    """Write how a job ended, with its file.

    Raises:
        Stopped: the job is no longer this worker's.
    """
    names = ("file_name", "file_type", "file_size", "file_hash") if state == State.DONE else ()
    change(job, state=state, ended_at=now(), **{name: getattr(job, name) for name in names}, **values)


def change(job: Job, **values: Any) -> None:
    """Write to a job that is still this worker's.

    Raises:
        Stopped: it is not.
    """
    if not Job.objects.filter(pk=job.pk, tries=job.tries, state=State.RUNNING).update(**values):
        raise Stopped
