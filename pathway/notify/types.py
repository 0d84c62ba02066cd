"""The words in which a channel is written: what it is given, what it answers, and how it fails."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0
CONNECT_WITHIN, ANSWER_WITHIN = 3.0, 5.0  # seconds, of one connection and of one read
ALTOGETHER = 20.0  # seconds, of a whole exchange; a lease outlasts it


@dataclass(frozen=True)
class Letter:
    """One message as a channel sees it. The key is that of every try; `again`: an earlier one may have got through."""

    key: str
    to: str
    subject: str
    text: str
    at: datetime
    urgent: bool = False
    again: bool = False


@dataclass(frozen=True)
class Sent:
    """The provider has taken it: under which name of its own, and whether it says that it is delivered."""

    ref: str = ""
    delivered: bool = False
    answer: str = ""


class Undeliverable(Exception):
    """It was not taken. `answer` is what the provider said.

    `permanent`: it never will be, at this address. `maybe`: nobody knows, the answer was lost on the way.
    `retry_after`: for so many seconds the provider wants no call at all.
    """

    def __init__(
        self, answer: str, *, permanent: bool = False, maybe: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(answer)
        self.answer, self.permanent, self.maybe, self.retry_after = answer, permanent, maybe, retry_after


def no_receipts() -> timedelta | None:
    """Of a provider that never says whether a message arrived."""
    return None


@dataclass(frozen=True)
class Channel:
    """One way by which people are told outside the service.

    `check` returns an address as it is kept, or raises `ValidationError` with the sentence that says what is wrong.
    `send` raises `Undeliverable`. `off` says in words why the channel cannot be used here, '' where it can.
    `longest` is how many letters a text may have. `receipt_within`: a sent message without a receipt is then "unknown".
    """

    key: str
    label: str
    hint: str
    check: Callable[[str], str]
    send: Callable[[Letter], Sent]
    off: Callable[[], str]
    longest: int
    receipt_within: Callable[[], timedelta | None] = no_receipts


def failure(status: int, said: str, retry_after: str | None = None) -> Undeliverable:
    """How an HTTP provider failed, by its status: asked to wait or in trouble itself (for now), else for good."""
    answer, wait = f"{status} {said}"[:500], seconds(retry_after)
    if status in (408, 425, 429):
        return Undeliverable(answer, retry_after=wait)
    if status >= 500:  # noqa: PLR2004 - the provider's own fault
        return Undeliverable(answer, maybe=True, retry_after=wait)
    return Undeliverable(answer, permanent=True)


def seconds(retry_after: str | None) -> float | None:
    """How long a Retry-After asks to wait, in seconds or until a date, an hour at most; None where it is unreadable."""
    if not retry_after:
        return None
    try:
        wait = float(int(retry_after))
    except ValueError:
        try:
            wait = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(wait, 0.0), LONGEST_WAIT)
