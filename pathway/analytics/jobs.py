"""The kinds of job: what each is called, what does it, and the page of its result where it has one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pathway.analytics import export, wanted, whatif_job
from pathway.engine.jobs import Work


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job. `about` says its parameters in words; `page` names an address that takes the job's uuid."""

    words: str
    work: Work
    about: Callable[[Mapping[str, Any]], str]
    page: str = ""


KINDS: Mapping[str, Kind] = {
    "export": Kind("Export", export.work, wanted.about),
    whatif_job.KEY: Kind("What if", whatif_job.work, whatif_job.about, page="what_if_result"),
}
WORK: Mapping[str, Work] = {key: kind.work for key, kind in KINDS.items()}
