"""What a file of past cases says: each row, what stands against it, and what may be there already."""

from dataclasses import dataclass, field

from pathway.engine.past_row import Row
from pathway.record.case import Case
from pathway.record.csv_table import Problem


@dataclass(frozen=True, slots=True)
class Entry:
    """One row; `known` says where the same entry stands already: out of an earlier file, or a row of this one."""

    row: Row
    known: str = ""


@dataclass(frozen=True, slots=True)
class Double:
    """A case of the file with what may be the same: cases that stand, others of the file.

    `apart`: somebody who was shown all of these says that it is none of them.
    """

    case: str
    standing: list[Case]
    twins: list[str]
    apart: bool = False

    @property
    def key(self) -> str:
        """The case with what it was set beside: what is said of it holds of no other."""
        return "|".join((self.case, *(case.code for case in self.standing), *self.twins))


@dataclass(slots=True)
class Report:
    """What a file says: its rows, what is wrong, and which of its cases may be there already under another number.

    `untried` says of which cases rows were not tried, as others have to be mended first.
    """

    sha256: str
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    doubles: list[Double] = field(default_factory=list)
    opened: list[Case] = field(default_factory=list)

    @property
    def new(self) -> list[Row]:
        """The rows that are not there yet."""
        return [entry.row for entry in self.entries if not entry.known]

    @property
    def cases(self) -> int:
        """How many cases the file has."""
        return len({entry.row.case for entry in self.entries})

    @property
    def may_be_entered(self) -> bool:
        """Whether something is new, nothing is wrong, and of each likely double somebody says that it is none."""
        return bool(self.new) and not self.problems and all(double.apart for double in self.doubles)
