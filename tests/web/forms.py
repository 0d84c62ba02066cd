"""What a browser sends: the address of a move, and its form as people fill it in."""

from uuid import uuid4

from django.urls import reverse

from pathway.engine.now import now
from pathway.protocol.hours import LONDON
from pathway.record.event import Event
from pathway.record.step import made_by


def address(case, kind, number=None):
    """The page of a move on a row: the first of its track unless a number is given."""
    machine, move = made_by(kind)
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
