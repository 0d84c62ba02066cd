"""What another limit would have done, as a job: for periods of more cases than a page can wait for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pathway import protocol
from pathway.analytics.cohort import Scope
from pathway.analytics.whatif import compared, rules_of
from pathway.engine.jobs import Tell
from pathway.record.access import days
from pathway.record.job import Job
from pathway.record.person import Unit, User

KEY = "what_if"


def scope_of(user: User, asked: Mapping[str, Any]) -> Scope:
    """The cases that were asked for; a unit that is no longer of the organisation has none."""
    first, last = (date.fromisoformat(asked[name]) for name in ("first", "last"))
    unit = Unit.objects.get(uuid=asked["unit"], organisation=user.organisation_id) if asked["unit"] else None
    return Scope(user, *days(first, last), unit)


def work(job: Job, tell: Tell) -> dict[str, Any]:
    """The comparison, told of as it goes on."""
    base, other = rules_of(job.parameters)
    return compared(scope_of(job.asked_by, job.parameters), base, other, tell=tell)


def about(asked: Mapping[str, Any]) -> str:
    """Clock and period in words."""
    return (
        f"{protocol.label(asked['version'] or protocol.CURRENT, asked['clock'])}, {asked['first']} to {asked['last']}"
    )
