"""Lets the clock of a process be out by CLOCK_AHEAD seconds, as that of a host may be."""

import datetime
import os
import time

AHEAD = float(os.environ.get("CLOCK_AHEAD", "0"))
Right, right = datetime.datetime, time.time


class Instants(type):
    """All instants count, whichever clock they were read from."""

    def __instancecheck__(cls, thing):
        return isinstance(thing, Right)


class Wrong(Right, metaclass=Instants):
    """Instants that are read from the wrong clock."""

    @classmethod
    def now(cls, tz=None):
        return Right.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.UTC).replace(tzinfo=None)


if AHEAD:
    time.time, datetime.datetime = lambda: right() + AHEAD, Wrong
