"""A TCP proxy of the tests in front of a server, well or badly: in a process of its own, told by lines what to do.

    python -m tests.faults.proxy broker=/run/valkey.sock database=127.0.0.1:5432

The first line that it prints is JSON: the port of each name. Then each line that it reads is a name and a mode: `pass`;
`refuse` (hang up on whoever comes, and on who is there); `cut` (hang up on who is there, once); `stall` (take all, pass
nothing); `slow 150` (so many milliseconds later, each way); `lose` (pass what is asked, hang up instead of the answer).
It ends with its standard input.
"""

import asyncio
import json
import socket
import struct
import subprocess
import sys
from contextlib import suppress

HUNG_UP = struct.pack("ii", 1, 0)  # close with a reset
CHUNK = 65536


class Proxy:
    """One server and everybody who is connected to it."""

    def __init__(self, target):
        self.target = target
        self.port = 0
        self.mode, self.delay = "pass", 0.0
        self.flows = asyncio.Event()
        self.flows.set()
        self.clients = set()

    async def open(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def set(self, mode, milliseconds="0"):
        """Change what it does from now on, and to whom is there."""
        self.mode, self.delay = "pass" if mode == "cut" else mode, int(milliseconds) / 1000
        if mode in ("cut", "refuse"):
            for writer in list(self.clients):
                hang_up(writer)
        if mode == "stall":
            self.flows.clear()
        else:
            self.flows.set()

    async def connect(self):
        if self.target.startswith("/"):
            return await asyncio.open_unix_connection(self.target)
        host, _, port = self.target.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def serve(self, reader, writer):
        if self.mode == "refuse":
            return hang_up(writer)
        self.clients.add(writer)
        behind = None
        try:
            await self.flows.wait()
            its_reader, behind = await self.connect()
            await asyncio.gather(self.pump(reader, behind, writer), self.pump(its_reader, writer, writer, answer=True))
        except (OSError, asyncio.IncompleteReadError):
            hang_up(writer)
        finally:
            self.clients.discard(writer)
            for each in filter(None, (writer, behind)):
                each.close()
        return None

    async def pump(self, source, sink, client, *, answer=False):
        """Pass on what comes, as the mode says, until it ends."""
        while data := await source.read(CHUNK):
            await self.flows.wait()
            if self.delay:
                await asyncio.sleep(self.delay)
            if self.mode == "lose" and answer:
                return hang_up(client)
            sink.write(data)
            await sink.drain()
        sink.close()
        return None


def hang_up(writer):
    """End a connection with a reset, as a machine does that has lost it."""
    with suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HUNG_UP)
    writer.transport.abort()


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(wanted):
    proxies = {name: Proxy(target) for name, target in (each.split("=", 1) for each in wanted)}
    for proxy in proxies.values():
        await proxy.open()
    say(json.dumps({name: proxy.port for name, proxy in proxies.items()}))
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, *mode = line.split()
        proxies[name].set(*mode)
        say(line.strip())


class Proxies:
    """The proxies as seen by a test: `ports[name]`, and `proxies("broker", "stall")`."""

    def __init__(self, **targets):
        named = [f"{name}={target}" for name, target in targets.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.proxy", *named],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.ports = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def __call__(self, name, mode):
        """Set a mode; it holds when this returns."""
        self.process.stdin.write(f"{name} {mode}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
