"""How soon open boards hear of a change: many streams of one real server, and moves made beside it."""

import asyncio
from asyncio import StreamReader, StreamWriter
from statistics import quantiles
from time import perf_counter

from asgiref.sync import sync_to_async

from pathway.engine.note import observe
from pathway.management.bench import load
from pathway.management.bench.scratch import Databases
from pathway.management.bench.server import HOST, server, signed_in
from pathway.record.case import Case
from pathway.record.person import User

CHANGES, APART, WAITS = 10, 0.5, 20.0
CALL = {"channel": "phone", "spoke_to": "ward", "purpose": "chase", "said": "bench"}


def heard(databases: Databases, boards: int) -> tuple[float, float]:
    """Seconds after which so many boards have heard of a change: of 95 in a hundred, and of the last one.

    Raises:
        AssertionError: some board has not heard of some change.
    """
    name = databases.create("boards")
    case, user = load.real_case(0), load.coordinator()
    cookie = signed_in(user)
    with server(name) as port:
        late = asyncio.run(listen(port, cookie, boards, case, user))
    if len(late) != boards * CHANGES:
        raise AssertionError(f"{len(late)} of {boards * CHANGES} were heard of")
    return quantiles(late, n=20)[-1], max(late)


async def listen(port: int, cookie: str, boards: int, case: Case, user: User) -> list[float]:
    """Open the boards, make the changes one after the other, and collect how late each was heard of on each board."""
    made: list[float] = []
    late: list[float] = []
    opened = [await open_board(port, cookie) for _ in range(boards)]
    listening = [asyncio.create_task(count(reader, str(case.uuid), made, late)) for reader, _ in opened]
    for _ in range(CHANGES):
        await asyncio.sleep(APART)
        made.append(perf_counter())
        await sync_to_async(observe)(case, "contact.logged", by=user, answers=CALL)
    await asyncio.wait(listening, timeout=WAITS)
    for task in listening:
        task.cancel()
    for _, writer in opened:
        writer.close()
    return late


async def open_board(port: int, cookie: str) -> tuple[StreamReader, StreamWriter]:
    """One stream, which has said that it listens."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET /live/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    await writer.drain()
    await asyncio.wait_for(reader.readuntil(b"event: beat"), WAITS)
    return reader, writer


async def count(reader: StreamReader, case: str, made: list[float], late: list[float]) -> None:
    """Note how late each change is heard of, from before it was begun."""
    for number in range(CHANGES):
        await reader.readuntil(case.encode())
        late.append(perf_counter() - made[number])
