"""What a browser sends: the address of a move, and its form as people fill it in."""

from datetime import datetime
from uuid import uuid4

from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.ask import Instant
from pathway.record.event import Event
from pathway.record.step import made_by


def address(case, kind, number=None):
    """The page of a move on a row: the first of its track unless a number is given."""
    machine, move = made_by(kind)
    if move.page:
        return reverse(move.page, args=[case.uuid])
    first = 0 if machine.track == "case" else 1
    return reverse("move", args=[case.uuid, machine.track, first if number is None else number, move.verb])


def typed(case, moment=None, **answers):
    """Date and time as people type them, the newest event, and a key of its own."""
    local = (moment or now()).astimezone(LONDON)
    return {
        "happened_at_date": local.strftime("%Y-%m-%d"),
        "happened_at_time": local.strftime("%H:%M"),
        "seen": Event.objects.filter(case=case).latest("pk").pk,
        "submission": uuid4(),
    } | answers


def filled(kind, answers):
    """The answers to a move as a browser sends them."""
    _, move = made_by(kind)
    sent = {}
    for name, value in answers.items():
        if isinstance(move.asks[name], Instant):
            local = datetime.fromisoformat(value).astimezone(LONDON)
            sent |= {f"{name}_date": local.strftime("%Y-%m-%d"), f"{name}_time": local.strftime("%H:%M")}
        else:
            sent[name] = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return sent
