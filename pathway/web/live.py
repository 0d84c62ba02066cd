"""The stream of changes: case numbers only, for as long as the person may see them; no database connection is kept."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import redis
from asgiref.sync import sync_to_async
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error, connections
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from pathway import live
from pathway.engine.now import now
from pathway.record.case import READS_CASES
from pathway.record.person import User
from pathway.web.find import person
from pathway.web.session import spent
from pathway.worklist import organisation_of

BEAT, CHECK = 4.0, 30.0  # seconds
MOST_KNOWN = 10_000
KNOWN: dict[str, int] = {}
Answer = TypeVar("Answer")


class Gone(Exception):
    """The person has signed out, left, or has other rights than when the stream began."""


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """`changed` with a case number, or empty for everything (at once, and at every check); `beat` with the time."""
    body = events(request.session.session_key or "", person(request))
    response = StreamingHttpResponse(body, content_type="text/event-stream")
    response.headers["Cache-Control"], response.headers["X-Accel-Buffering"] = "no-store", "no"
    return response


async def events(session: str, user: User) -> AsyncIterator[str]:
    """The events of one stream; it ends when the broker is away or the person is gone, and the page then polls."""
    sees = user.organisation_id if user.role_set & READS_CASES else None
    checked, beaten, ahead = -CHECK, -BEAT, timedelta()
    try:
        async with aclosing(live.listen(BEAT / 2)) as changes:
            async for case in changes:
                # A change goes out before the next beat: a beat says that everything up to it has been told.
                if case and sees is not None and await organisation(case) == sees:
                    yield event("changed", case)
                passed = time.monotonic()
                if passed - checked >= CHECK:
                    ahead, checked = await verified(session, user), passed
                    yield event("changed")
                if passed - beaten >= BEAT:
                    beaten = passed
                    yield event("beat", (timezone.now() + ahead).isoformat(timespec="milliseconds"))
    except (Gone, redis.RedisError, OSError, Error):
        return


def event(name: str, data: str = "") -> str:
    """One event as the browser reads it."""
    return f"event: {name}\ndata: {data}\n\n"


async def organisation(case: str) -> int | None:
    """Whose case it is; asked once, as it never changes."""
    if case not in KNOWN and (found := await sync_to_async(asked)(lambda: organisation_of(UUID(case)))):
        if len(KNOWN) >= MOST_KNOWN:
            KNOWN.clear()
        KNOWN[case] = found
    return KNOWN.get(case)


async def verified(session: str, user: User) -> timedelta:
    """How far the database's clock is ahead of this process's.

    Raises:
        Gone: the stream is to end.
    """
    if not await sync_to_async(asked)(lambda: is_still(session, user)):
        raise Gone
    return await sync_to_async(asked)(lambda: now() - timezone.now())


def is_still(key: str, user: User) -> bool:
    """Whether the session is still that of this person, within its limits, with the rights of the beginning."""
    request = HttpRequest()
    request.session = SessionStore(key)
    known = auth.get_user(request)
    return (
        isinstance(known, User)
        and (known.pk, known.organisation_id, known.role_set) == (user.pk, user.organisation_id, user.role_set)
        and not spent(dict(request.session.items()), time.time())
    )


def asked(question: Callable[[], Answer]) -> Answer:
    """Ask the database, and keep no connection to it while the stream rests."""
    try:
        return question()
    finally:
        connections.close_all()
