"""A rota out of a CSV file: every row checked and reported; all of it is entered, or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from pathway.engine.duty import changed, changing, keep
from pathway.engine.refused import Invalid
from pathway.engine.shifts import checked
from pathway.protocol.hours import shown
from pathway.protocol.shifts import Kind, closing
from pathway.protocol.types import Role
from pathway.record import rota
from pathway.record.ask import Instant
from pathway.record.csv_table import Line, NotATable, Problem, read
from pathway.record.person import Unit, User
from pathway.record.shift import Shift

COLUMNS = ("unit", "role", "username", "from", "to")
FIELDS = {"starts_at": "from", "ends_at": "to", "user": "username"}
Key = tuple[int | None, str, int, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it was understood; `known` says where the same shift stands already: "the rota", or a row."""

    row: int
    shift: Shift
    known: str = ""

    @property
    def words(self) -> str:
        """`Ann, coordinator in Ward A, 20:00 on 2 March 2026 to 08:00 on 3 March 2026`."""
        shift = self.shift
        return f"{shift.user}, {shift.role} in {shift.unit}, {shown(shift.starts_at)} to {shown(shift.ends_at)}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a file says: the rows that were understood, and what is wrong with the others."""

    entries: Sequence[Entry]
    problems: Sequence[Problem]

    @property
    def new(self) -> list[Shift]:
        """The shifts that the rota does not hold yet."""
        return [entry.shift for entry in self.entries if not entry.known]


def look(data: bytes, by: User) -> Report:
    """What a file would enter; nothing is written."""
    try:
        lines = read(data, COLUMNS)
    except NotATable as refusal:
        return Report([], refusal.problems)
    units = {unit.name.casefold(): unit for unit in rota.units_of(by)}
    people = {user.username.casefold(): user for user in rota.colleagues(by)}
    shifts: list[tuple[int, Shift]] = []
    problems: list[Problem] = []
    for line in lines:
        try:
            shifts.append((line.row, shift_of(line, units, people)))
        except NotATable as refusal:
            problems += refusal.problems
    return Report(compared(shifts, units.values()), problems)


def enter(data: bytes, by: User) -> tuple[Report, int]:
    """Enter all shifts of a file that are new, or nothing where a row is wrong; also how many alerts it told.

    Whoever changes the rota of these units by a file meanwhile waits.

    Raises:
        Refused: as `duty.changing`.
    """
    with changing():
        list(Unit.objects.filter(organisation=by.organisation_id).order_by("pk").select_for_update(no_key=True))
        report = look(data, by)
        if report.problems or not report.new:
            return report, 0
        Shift.objects.bulk_create(report.new)
        units = sorted({shift.unit for shift in report.new if shift.unit}, key=lambda unit: unit.pk)
        for unit in units:
            count = sum(shift.unit == unit for shift in report.new)
            keep([unit], f"{count} shift{'' if count == 1 else 's'} in {unit} out of a file", by=by)
    return report, changed(units, by=by)


def shift_of(line: Line, units: Mapping[str, Unit], people: Mapping[str, User]) -> Shift:
    """The shift that one row tells.

    Raises:
        NotATable: with every cell that is wrong, or with their number.
    """
    if line.problem:
        raise NotATable(line.problem)
    problems, times = [], {}
    unit = units.get(line.cells["unit"].casefold())
    if unit is None:
        problems.append(Problem(line.row, "unit", "your organisation has no unit of this name."))
    role = next((role for role in rota.told() if role.value.casefold() == line.cells["role"].casefold()), None)
    if role is None:
        known = ", ".join(rota.told())
        problems.append(Problem(line.row, "role", f"no ladder tells this role. Choose one of: {known}."))
    user = people.get(line.cells["username"].casefold())
    if user is None:
        reason = "nobody of your organisation with this user name can be put on duty."
        problems.append(Problem(line.row, "username", reason))
    for column in ("from", "to"):
        try:
            times[column] = Instant(label=column).clean(line.cells[column])
        except ValidationError as error:
            problems.append(Problem(line.row, column, " ".join(error.messages)))
    if problems or unit is None or role is None or user is None:
        raise NotATable(*problems)
    return accepted(line.row, unit, role, user, times)


def accepted(row: int, unit: Unit, role: Role, user: User, times: Mapping[str, datetime]) -> Shift:
    """A shift of these parts, checked as one that is typed.

    Raises:
        NotATable: it cannot be meant.
    """
    shift = Shift(
        kind=Kind.EXTRA.value,
        unit=unit,
        role=role.value,
        user=user,
        starts_at=times["from"],
        ends_at=closing(times["to"]),
    )
    try:
        checked(shift)
    except Invalid as refusal:
        wrong = [Problem(row, FIELDS[name], " ".join(reasons)) for name, reasons in refusal.fields.items()]
        raise NotATable(*wrong) from refusal
    return shift


def compared(shifts: Sequence[tuple[int, Shift]], units: Collection[Unit]) -> list[Entry]:
    """The rows, each with where the same shift stands already."""
    standing = Shift.objects.filter(unit__in=units, kind=Kind.EXTRA.value)
    known: dict[Key, str] = dict.fromkeys(
        standing.values_list("unit_id", "role", "user_id", "starts_at", "ends_at"), "in the rota already"
    )
    found = []
    for row, shift in shifts:
        key = (shift.unit_id, shift.role, shift.user_id, shift.starts_at, shift.ends_at)
        found.append(Entry(row, shift, known.get(key, "")))
        known.setdefault(key, f"the same as row {row}")
    return found
