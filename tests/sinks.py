"""A mail server and a web server that play the providers, well or badly: for tests, and as a process of its own.

    python -m tests.sinks --smtp 2525 --http 8099

`POST /control {"mode": "429", "retry_after": 30}` sets how both behave from then on, `{"smtp": ...}` or `{"http": ...}`
one of them; `GET /control` says what came. The modes: ok, slow (answers after `slow` seconds), down (hangs up at once),
500, 429, 400, lost (takes the message, then hangs up without an answer), garbled (takes it, and answers `garbled`).
"""

import argparse
import asyncio
import email
import email.policy
import json
import socket
import struct
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from aiosmtpd.controller import Controller
from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
API_KEY = f"sink-{SERVICE}-{SECRET}"
TOKEN = "a-token-that-only-the-provider-knows"
HUNG_UP = struct.pack("ii", 1, 0)  # close with a reset


@dataclass
class Arrival:
    """One request that came, whether it was taken or not."""

    at: float
    line: str  # smtp, sms or webhook
    key: str
    to: str
    text: str
    taken: bool
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Sinks:
    """Both servers and what they have seen. `with Sinks() as sinks` for a test."""

    smtp_port: int = 0
    http_port: int = 0
    smtp_mode: str = "ok"
    http_mode: str = "ok"
    slow: float = 12.0
    retry_after: str = "2"
    status: str = "created"  # what Notify says of a message that it took
    garbled: bytes = b"<html>"  # what both web providers then answer
    receipts: dict[str, Any] = field(default_factory=dict)  # url, token, status, times, delay
    arrivals: list[Arrival] = field(default_factory=list)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "Sinks":
        self.smtp_port = self.smtp_port or free_port()
        self.mail = Controller(Mailbox(self), hostname="127.0.0.1", port=self.smtp_port, ready_timeout=10)
        self.mail.start()
        self.web = ThreadingHTTPServer(("127.0.0.1", self.http_port), type("Bound", (Web,), {"sinks": self}))
        self.web.daemon_threads, self.http_port = True, self.web.server_address[1]
        threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.mail.stop()
        self.web.shutdown()
        self.web.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def came(self, line: str = "") -> list[Arrival]:
        """Every request, or those over one line, in order."""
        return [each for each in list(self.arrivals) if line in ("", each.line)]

    def taken(self, line: str = "") -> list[Arrival]:
        """Those that were taken."""
        return [each for each in self.came(line) if each.taken]

    def keys(self, line: str = "") -> Counter[str]:
        """How often each key was taken."""
        return Counter(each.key for each in self.taken(line))

    def note(self, arrival: Arrival) -> None:
        with self.lock:
            self.arrivals.append(arrival)

    def set(self, wanted: dict[str, Any]) -> None:
        """What the control path does."""
        if mode := wanted.get("mode"):
            self.smtp_mode = self.http_mode = mode
        self.smtp_mode, self.http_mode = wanted.get("smtp", self.smtp_mode), wanted.get("http", self.http_mode)
        for name in ("slow", "retry_after", "status", "receipts"):
            if name in wanted:
                setattr(self, name, wanted[name])

    def say(self) -> dict[str, Any]:
        """What the control path tells: counts, and every arrival."""
        seen = [{"at": a.at, "line": a.line, "key": a.key, "to": a.to, "taken": a.taken} for a in self.came()]
        return {"smtp": self.smtp_mode, "http": self.http_mode, "arrivals": seen}


class Mailbox:
    """The mail server's side: one decision for each message."""

    def __init__(self, sinks: Sinks) -> None:
        self.sinks = sinks

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("full@"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        sinks, mode = self.sinks, self.sinks.smtp_mode
        mail: EmailMessage = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        taken = mode in ("ok", "slow", "lost")
        text = mail.get_content()
        key = mail["Message-ID"].strip("<>").partition("@")[0]
        sinks.note(Arrival(time.time(), "smtp", key, ",".join(envelope.rcpt_tos), text, taken, dict(mail.items())))
        if mode == "slow":
            await asyncio.sleep(sinks.slow)
        if mode in ("down", "lost"):
            server.transport.abort()
        refused = {"429": "421 4.7.0 try later", "500": "451 4.3.0 trouble", "400": "554 5.7.1 refused"}
        return refused.get(mode, "250 OK")


class Web(BaseHTTPRequestHandler):
    """GOV.UK Notify, a gateway that takes signed webhooks, and the control path."""

    sinks: Sinks
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing: the arrivals are the log."""

    def answer(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HUNG_UP)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/control":
            return self.answer(200, self.sinks.say())
        if parts.path != "/v2/notifications" or not self.is_signed():
            return self.answer(403, {"message": "not for you"})
        if self.sinks.http_mode == "down":
            return self.hang_up()
        if (mode := self.sinks.http_mode) in ("500", "429"):
            return self.answer(int(mode), {"message": "trouble"}, {"Retry-After": self.sinks.retry_after})
        wanted = parse_qs(parts.query).get("reference", [""])[0]
        found = [each for each in self.sinks.notifications if each["reference"] == wanted]
        return self.answer(200, {"notifications": found, "links": {}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/control":
            self.sinks.set(json.loads(body))
            return self.answer(200, self.sinks.say())
        is_sms = self.path == "/v2/notifications/sms"
        if is_sms and not self.is_signed():
            return self.answer(403, {"message": "Invalid token"})
        return self.take(body, "sms" if is_sms else "webhook")

    def is_signed(self) -> bool:
        """Whether the caller has the key of the service."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            return get_token_issuer(token) == SERVICE and bool(decode_jwt_token(token, SECRET))
        except TokenError:
            return False

    def take(self, body: bytes, line: str) -> None:
        """Do with one message what the mode says."""
        sinks, mode, said = self.sinks, self.sinks.http_mode, json.loads(body)
        sms = line == "sms"
        key = said["reference"] if sms else self.headers["webhook-id"]
        to = said["phone_number"] if sms else self.path
        text = said["personalisation"]["message"] if sms else said["data"]["text"]
        taken = mode in ("ok", "slow", "lost", "garbled")
        sinks.note(Arrival(time.time(), line, key, to, text, taken, dict(self.headers.items()), body))
        known = {"id": str(uuid4()), "reference": key, "status": sinks.status}
        if taken:
            with sinks.lock:
                sinks.notifications.append(known)
        if mode == "slow":
            time.sleep(sinks.slow)
        if mode in ("down", "lost"):
            return self.hang_up()
        if mode == "garbled":
            return self.answer(201, sinks.garbled)
        if mode == "redirect":
            return self.answer(302, b"", {"Location": sinks.url + "/elsewhere"})
        if not taken:
            words = {"status_code": int(mode), "errors": [{"error": "E", "message": "not now"}]}
            return self.answer(int(mode), words, {"Retry-After": sinks.retry_after} if mode in ("429", "503") else {})
        with suppress(OSError):
            self.answer(201, known)
        if sinks.receipts:
            threading.Thread(target=self.receipt, args=(dict(sinks.receipts), known), daemon=True).start()
        return None

    def receipt(self, wanted: dict[str, Any], known: dict[str, Any]) -> None:
        """Call back as GOV.UK Notify does, as often and as late as wanted."""
        time.sleep(wanted.get("delay", 0))
        body = json.dumps(known | {"status": wanted.get("status", "delivered")}).encode()
        for _ in range(wanted.get("times", 1)):
            call = urllib.request.Request(wanted["url"], body, {"Content-Type": "application/json"})  # noqa: S310
            call.add_header("Authorization", f"Bearer {wanted.get('token', TOKEN)}")
            with suppress(OSError), urllib.request.urlopen(call, timeout=10):  # noqa: S310 - loopback
                pass


def free_port() -> int:
    """A port of the loopback address that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Plays the providers that messages are handed to.")
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--http", type=int, required=True)
    wanted = parser.parse_args()
    with Sinks(wanted.smtp, wanted.http):
        threading.Event().wait()


if __name__ == "__main__":
    main()
