"""Gives a whole exchange with a provider one end: each of its reads may be in time while all of them never end."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread

from pathway.notify.types import ALTOGETHER, Letter, Sent, Undeliverable

MOST = 8  # exchanges of this process with one provider, those that were given up and have not ended among them
going: dict[str, set[str]] = defaultdict(set)


def exchange(provider: str, send: Callable[[Letter], Sent], letter: Letter) -> Sent:
    """What a channel answers to a letter in `ALTOGETHER` seconds. What takes longer is left alone, and taken for lost.

    Raises:
        Undeliverable: there was no answer in time; an earlier try of this letter, or too many others, still go on.
        Exception: whatever the channel raises.
    """
    if letter.key in going[provider] or len(going[provider]) >= MOST:
        raise Undeliverable("an earlier call of this provider has not ended")
    answer: Future[Sent] = Future()
    going[provider].add(letter.key)
    Thread(target=carry_out, args=(provider, send, letter, answer), name=provider, daemon=True).start()
    if not wait([answer], ALTOGETHER).done:
        raise Undeliverable(f"no answer within {ALTOGETHER:.0f} seconds in all", maybe=True)
    return answer.result()


def carry_out(provider: str, send: Callable[[Letter], Sent], letter: Letter, answer: "Future[Sent]") -> None:
    """Let the channel send, and hand on what it answers or raises."""
    try:
        sent = send(letter)
    except Exception as error:  # noqa: BLE001 - whoever waits for the answer raises it
        going[provider].discard(letter.key)
        answer.set_exception(error)
    else:
        going[provider].discard(letter.key)
        answer.set_result(sent)
