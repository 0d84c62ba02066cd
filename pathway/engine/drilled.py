"""What a fire drill showed: by level how late it was raised, whom it told, how fast each channel took it; in words."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pathway.protocol import drill as walk
from pathway.record.alert import Alert, Delivery, Why
from pathway.record.drill import Drill
from pathway.record.message import State

NEVER = (
    "That anybody read it: nobody was asked to answer.",
    "That the same people are on duty at another hour, or in another unit.",
)


def milliseconds(since: datetime, until: datetime) -> int:
    """From one instant to another."""
    return int((until - since).total_seconds() * 1000)


def report(drill: Drill) -> dict[str, Any]:
    """The times of each level and channel, with what they prove and what they do not."""
    alerts = {alert.level: alert for alert in Alert.objects.filter(case=drill.case).select_related("clock")}
    told: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(alert__case=drill.case).select_related("alert", "message"):
        told[delivery.alert.level].append(delivery)
    levels = [of_level(level.value, number, alerts.get(level.value), told[level.value])
              for number, level in enumerate(walk.LEVELS)]  # fmt: skip
    return {"levels": levels, "proved": list(proved(levels)), "not_proved": [*missed(levels), *NEVER]}


def of_level(level: str, number: int, alert: Alert | None, told: list[Delivery]) -> dict[str, Any]:
    """One level, with why it was reached; `late_ms` is None where that was not its time, but the level before it."""
    if alert is None:
        return {"level": level, "raised": False, "channels": []}
    due = alert.clock.amber_at + number * walk.PACE
    by_channel: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in told:
        by_channel[delivery.channel].append(delivery)
    return {
        "level": level,
        "raised": True,
        "why": alert.get_why_display(),
        "late_ms": milliseconds(due, alert.raised_at) if alert.why == Why.TIME else None,
        "nobody": alert.nobody,
        "channels": [of_channel(name, by_channel[name]) for name in sorted(by_channel)],
    }


def of_channel(name: str, told: list[Delivery]) -> dict[str, Any]:
    """One channel of one level: how many people, how many handed over and received, and how long the slowest took."""
    sent = [(each, each.message.sent_at) for each in told if each.message and each.message.sent_at]
    got = [
        (each, each.message.ended_at)
        for each in told
        if each.message and each.message.ended_at and each.message.state == State.DELIVERED
    ]
    return {
        "channel": name,
        "people": len({each.user_id for each in told}),
        "handed_over": len(told) if name == "inbox" else len(sent),
        "received": len(told) if name == "inbox" else len(got),
        "told": len(told),
        "handed_over_ms": max((milliseconds(each.told_at, at) for each, at in sent), default=0),
        "received_ms": max((milliseconds(each.told_at, at) for each, at in got), default=0),
    }


def proved(levels: list[dict[str, Any]]) -> Iterable[str]:
    """What the times prove, in sentences."""
    raised = [level for level in levels if level["raised"]]
    late = [level["late_ms"] for level in raised if level["late_ms"] is not None]
    slowest = f", the latest {max(late) / 1000:.2f} s after its time" if late else ""
    yield f"{len(raised)} of {len(levels)} levels were raised{slowest}."
    for name in sorted({channel["channel"] for level in levels for channel in level["channels"]}):
        of_name = [each for level in levels for each in level["channels"] if each["channel"] == name]
        total = {key: sum(each[key] for each in of_name) for key in ("told", "handed_over", "received")}
        if name == "inbox":
            yield f"inbox: {total['told']} rows were written, each with its alert."
        elif total["handed_over"]:
            slow = max(each["handed_over_ms"] for each in of_name) / 1000
            yield (
                f"{name}: {total['handed_over']} of {total['told']} were handed to the provider, the slowest after "
                f"{slow:.1f} s; {total['received']} were received."
            )


def missed(levels: list[dict[str, Any]]) -> Iterable[str]:
    """What they do not prove, in sentences."""
    for level in levels:
        if not level["raised"]:
            yield f"{level['level']} was not raised before the drill ended."
        elif level["nobody"]:
            yield f"{level['level']}: nobody was on duty for it."
        for each in level["channels"]:
            if left := each["told"] - each["handed_over"]:
                yield f"{level['level']}: {left} of {each['told']} were not handed over by {each['channel']}."
            elif each["received"] < each["told"]:
                yield f"{level['level']}: by {each['channel']} no receipt came for {each['told'] - each['received']}."
    if not any(each["channel"] != "inbox" for level in levels for each in level["channels"]):
        yield "Any channel outside the service: nobody who was told has a verified address."
