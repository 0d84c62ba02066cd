"""Lists of cases: the worklist, what breaks next, the wall board and the sheet of a hand-over."""

from pathway.worklist.filters import BadFilter, Filters
from pathway.worklist.page import board, row
from pathway.worklist.rows import find_case, organisation_of

__all__ = ["BadFilter", "Filters", "board", "find_case", "organisation_of", "row"]
