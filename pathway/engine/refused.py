"""Why something was not done: in sentences for the person who asked."""

from collections.abc import Mapping, Sequence

from pathway.record.step import Needs


class Refused(Exception):
    """Nothing was written. `reasons` are sentences; `senior` says that a named senior may override, with a reason.

    `asks` are the guards whose missing fact the same form may record as well.
    """

    def __init__(self, *reasons: str, senior: bool = False, asks: Sequence[Needs] = ()) -> None:
        super().__init__(" ".join(reasons))
        self.reasons: Sequence[str] = reasons
        self.senior = senior
        self.asks = asks


class Stale(Refused):
    """The page was drawn before somebody else changed what it shows."""


class Used(Refused):
    """The form made an entry already, and comes again with something else in it."""


class Merged(Refused):
    """The case was merged into another one, where everything is recorded now."""


class Doubtful(Refused):
    """A time that is possible but seldom meant: the person has to say that it is right."""


class Invalid(Refused):
    """Answers that are missing or wrong, by field."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(*(f"{name}: {' '.join(errors)}" for name, errors in fields.items()))
        self.fields = fields


class NotAllowed(Refused):
    """The person's roles do not include this."""
