"""A manager's jobs: how far each is, what it came to, its file; one that has not ended may be cancelled."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from pathway.analytics.jobs import KINDS
from pathway.analytics.wanted import may_read_words
from pathway.engine import jobs as engine
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.record.access import downloaded
from pathway.record.job import Job, State, jobs_of, piece
from pathway.record.person import User
from pathway.web.live import asked
from pathway.web.period import who_audits

NEWEST = 50
NO_FILE = {
    State.EXPIRED: "Its file was kept for as long as files are, and removed. Ask for it again.",
    State.DONE: "This job has no file: its result is a page.",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One job in the list, with its kind and its parameters in words, and the page of its result."""

    job: Job
    words: str
    about: str
    page: str


def listed(user: User) -> list[Listed]:
    """A person's newest jobs. One of a kind that a newer release has is named by its key."""
    found = []
    for job in jobs_of(user)[:NEWEST]:
        kind = KINDS.get(job.kind)
        page = reverse(kind.page, args=[job.uuid]) if kind and kind.page and job.state == State.DONE else ""
        found.append(Listed(job, kind.words if kind else job.kind, kind.about(job.parameters) if kind else "", page))
    return found


def shown(user: User) -> dict[str, Any]:
    """What the list shows."""
    rows = listed(user)
    return {"rows": rows, "unfinished": any(row.job.is_unfinished for row in rows), "newest": NEWEST, "now": now()}


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The jobs that this person asked for, the newest first."""
    return render(request, "jobs/jobs.html", shown(who_audits(request)))


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The list alone, read again while a job goes on."""
    return render(request, "jobs/_list.html", shown(who_audits(request)))


def job_or_404(user: User, uuid: UUID) -> Job:
    """A job of this person.

    Raises:
        Http404: there is none.
    """
    found = jobs_of(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


@require_POST
def cancel(request: HttpRequest, job: UUID) -> HttpResponse:
    """Let a job come to nothing."""
    user = who_audits(request)
    try:
        engine.cancel(job_or_404(user, job), by=user)
    except Refused as refused:
        messages.info(request, " ".join(refused.reasons))
    else:
        messages.success(request, "The job was cancelled. Nothing of it is kept.")
    return redirect("jobs")


@require_safe
def file(request: HttpRequest, job: UUID) -> HttpResponse | StreamingHttpResponse:
    """The file of a job, to whoever asked for it alone; each download is logged."""
    user = who_audits(request)
    found = job_or_404(user, job)
    if found.state != State.DONE or not found.file_name:
        messages.info(request, NO_FILE.get(State(found.state), "This job has no file. Its line says how it stands."))
        return render(request, "jobs/jobs.html", shown(user), status=409)
    if found.parameters.get("words") and not may_read_words(user):
        raise PermissionDenied("a file with what was typed in words, which is for managers who also care for patients")
    headers = {
        "Content-Disposition": f'attachment; filename="{found.file_name}"',
        "Content-Length": str(found.file_size),
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=found.file_type, headers=headers)
    downloaded(found, by=user)
    return StreamingHttpResponse(body(found), content_type=found.file_type, headers=headers)


async def body(job: Job) -> AsyncIterator[bytes]:
    """A file, a piece at a time; no connection to the database is kept while one is sent."""
    place = 0
    while data := await sync_to_async(asked)(partial(piece, job, place)):
        yield data
        place += 1
