"""What an export is of: the parameters of its job, in words, and what each file says of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from pathway.analytics.cohort import Scope
from pathway.analytics.measures import REVIEWED, VERSION
from pathway.analytics.rows import Cell, Words, both
from pathway.analytics.snapshot import Snapshot
from pathway.engine.refused import Refused
from pathway.protocol.hours import LONDON
from pathway.record.access import days
from pathway.record.job import Job
from pathway.record.person import Unit, User
from pathway.record.rota import units_of
from pathway.record.step import CARE

TABLES = {"cases": "Cases", "events": "Events (every entry, with its corrections)", "clocks": "Clocks"}
FORMATS = {
    "csv": "CSV: one file a table, in a ZIP archive",
    "xlsx": "XLSX: one workbook, a sheet a table",
    "xes": "XES (IEEE 1849): the event log, in a ZIP archive",
    "ocel": "OCEL 2.0 (JSON): the object-centric event log, in a ZIP archive",
}
LOGS = frozenset({"xes", "ocel"})
MAY_READ_WORDS = frozenset(CARE)
OF_WORDS = "What was typed in words is for managers who also care for patients. Leave it out."


@dataclass(frozen=True)
class Wanted:
    """What an export is of, out of the parameters of its job."""

    scope: Scope
    first: date
    last: date
    format: str
    tables: Sequence[str]
    words: Words

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        what = self.format if self.format in LOGS else "-".join(self.tables)
        whose = slugify(self.scope.user.organisation.ods_code) if self.scope.user.organisation else ""
        return f"mscc-{whose}-{what}-{self.first}-to-{self.last}"


def wanted_of(job: Job) -> Wanted:
    """What a job asks for.

    Raises:
        Refused: its unit is gone, or what was typed in words is not for this person any more.
    """
    asked, user = job.parameters, job.asked_by
    first, last = date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"])
    if asked["words"] and not may_read_words(user):
        raise Refused(OF_WORDS)
    return Wanted(
        Scope(user, *days(first, last), unit_of(user, asked["unit"])), first, last, asked["format"], asked["tables"],
        Words(asked["words"]),
    )  # fmt: skip


def may_read_words(user: User) -> bool:
    """Whether somebody may take what was typed in words with them: it may name people."""
    return bool(user.role_set & MAY_READ_WORDS)


def unit_of(user: User, uuid: str) -> Unit | None:
    """The unit that was asked for; None for all.

    Raises:
        Refused: there is none any more.
    """
    if not uuid:
        return None
    found = next((unit for unit in units_of(user) if unit.uuid == UUID(uuid)), None)
    if found is None:
        raise Refused("The unit that was asked for is no longer one of yours.")
    return found


def about(asked: Mapping[str, Any]) -> str:
    """What an export is of, in words."""
    what = "event log" if asked["format"] in LOGS else ", ".join(asked["tables"])
    first, last = (f"{date.fromisoformat(asked[name]):%-d %b %Y}" for name in ("first", "last"))
    words = ", with what was typed in words" if asked["words"] else ""
    return f"{what} as {asked['format'].upper()}, {asked['unit_name'] or 'all units'}, {first} to {last}{words}"


def header(job: Job, wanted: Wanted, found: Snapshot) -> list[tuple[str, Cell]]:
    """What every file says of itself."""
    merged, in_error = found.removed
    return [
        ("organisation", str(job.organisation)), ("ods_code", job.organisation.ods_code),
        ("cases", "suspected in the period; fire drills, merged duplicates and cases entered in error left out"),
        ("unit", str(wanted.scope.unit or "all units")), ("first_day", wanted.first.isoformat()),
        ("last_day", wanted.last.isoformat()), ("zone", f"UTC, and {LONDON.key} beside it; days are of {LONDON.key}"),
        ("as_at_utc", both(found.at)[0]), ("as_at_london", both(found.at)[1]),
        ("definitions", f"version {VERSION} of {REVIEWED.isoformat()}"), ("protocols", " ".join(found.versions)),
        ("asked_by", str(job.asked_by)), ("asked_at_utc", both(job.asked_at)[0]), ("reason", job.reason),
        ("job", str(job.uuid)),
        ("free_text", "included: it may name people" if wanted.words.free_text else "left out"),
        ("people", "staff as codes, the same in each export; patients as the codes of their cases"),
        ("left_out_merged", merged), ("left_out_entered_in_error", in_error),
    ]  # fmt: skip
