"""What another limit would have done, as a job: for periods of more cases than a page can wait for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.whatif import compared, rules_of
from pathway.engine.jobs import Tell
from pathway.engine.refused import Refused
from pathway.protocol.types import Level
from pathway.record.access import days
from pathway.record.job import Job
from pathway.record.person import User
from pathway.record.rota import units_of

KEY = "what_if"


def scope_of(user: User, asked: Mapping[str, Any]) -> Scope:
    """The cases that were asked for.

    Raises:
        Refused: their unit is gone.
    """
    first, last = (date.fromisoformat(asked[name]) for name in ("first", "last"))
    unit = units_of(user).filter(uuid=asked["unit"]).first() if asked["unit"] else None
    if asked["unit"] and unit is None:
        raise Refused("The unit that was asked for is gone. Choose another one, or all.")
    return Scope(user, *days(first, last), unit)


def work(job: Job, tell: Tell) -> dict[str, Any]:
    """The comparison, told of as it goes on."""
    base, other = rules_of(job.parameters)
    return compared(scope_of(job.asked_by, job.parameters), base, other, tell=tell)


def about(asked: Mapping[str, Any]) -> str:
    """What is asked for, in words that tell it from any other job of its kind."""
    label = protocol.label(asked["version"] or protocol.CURRENT, asked["clock"])
    lengths = [f"{name} {asked[name]:g} min" for name in ("limit", "amber", *Level) if asked.get(name) is not None]
    first, last = (f"{date.fromisoformat(asked[name]):%-d %b %Y}" for name in ("first", "last"))
    where = asked.get("unit_name") or "all units"
    return ", ".join([label, *lengths, *filter(None, [asked["version"]]), where, f"{first} to {last}"])
