"""Tells open pages that a case changed: case numbers only, and never the reason for a failed request."""

import logging
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CHANNEL = "pathway.changed"
TIMEOUT = 0.5
SILENT: ContextVar[bool] = ContextVar("silent", default=False)
log = logging.getLogger(__name__)


@cache
def connection() -> redis.Redis:
    """The connection for publishing, with time-outs short enough for a request to bear."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


@contextmanager
def silent() -> Iterator[None]:
    """Say nothing of what changes meanwhile: for what no open page shows."""
    token = SILENT.set(True)
    try:
        yield
    finally:
        SILENT.reset(token)


def publish(cases: Iterable[UUID]) -> None:
    """Say that these cases changed. What cannot be said is logged: pages also poll."""
    if SILENT.get():
        return
    try:
        with connection().pipeline(transaction=False) as pipeline:
            for case in cases:
                pipeline.publish(CHANNEL, str(case))
            pipeline.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("live update not sent: %s", error)


async def listen(every: float) -> AsyncGenerator[str, None]:
    """'' as soon as it listens, then case numbers as they change, and '' whenever `every` seconds pass without one.

    Raises:
        redis.RedisError: the broker is away, or answers no more; the page then polls.
    """
    client = redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
    )
    async with client, client.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(CHANNEL)
        message = await channel.get_message(timeout=every)  # the broker's word that it has subscribed
        while True:
            if message is None:
                await client.ping()  # a broker that is mute looks like one where nothing changes
            yield message["data"].decode() if message else ""
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=every)
