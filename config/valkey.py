"""The embedded broker, keeping an append-only file that is written to disk every second."""

from pathlib import Path

import redis

from config import binaries
from config.daemons import Daemon, Place


class Valkey(Daemon):
    """Valkey, which answers as Redis does."""

    name = "Valkey"

    def __init__(self, place: Place) -> None:
        self.program = binaries.valkey(place.home, place.account)
        super().__init__(place, place.folder("valkey"))

    @property
    def pidfile(self) -> Path:
        return self.folder / "valkey.pid"

    @property
    def url(self) -> str:
        if self.place.sockets:
            return f"unix://{self.place.sockets / 'valkey.sock'}"
        return f"redis://:{self.place.remembered('password')}@127.0.0.1:{self.place.remembered('valkey_port')}/0"

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _command(self) -> tuple[list[str], str]:
        if self.place.sockets:
            reached = f'port 0\nunixsocket "{self.place.folder("sockets") / "valkey.sock"}"\nunixsocketperm 700\n'
        else:
            password = self.place.remembered("password")
            reached = f"bind 127.0.0.1\nport {self.place.remembered('valkey_port')}\nrequirepass {password}\n"
        kept = f'dir "{self.folder}"\npidfile "{self.pidfile}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
        return [str(self.program), "-"], reached + kept
