"""The page of one case: what it shows, what it links to, and what a form on it has to know."""

from pathway.casefile.read import CaseFile, changes_since, event_of, newest, opened_at, read, step_of
from pathway.casefile.runs import Run, room
from pathway.casefile.why import why

__all__ = ["CaseFile", "Run", "changes_since", "event_of", "newest", "opened_at", "read", "room", "step_of", "why"]
