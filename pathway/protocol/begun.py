"""What the start of a clock waits for: which parts of it are there, and which stay true once a run has started."""

from pathway.protocol.types import Bar, Fact, Standard, answers
from pathway.protocol.vocabulary import STARTS_ANEW


class Begun:
    """Reads the facts for the start of one clock. What has started a run is forgotten, unless it lasts."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.facts: dict[int, Fact] = {}
        self.true: set[int] = set()
        self.used: set[int] = set()
        self.barred = False
        self.held_off = False

    @property
    def complete(self) -> bool:
        """Whether every part is there."""
        return len(self.facts) == len(self.standard.starts.parts)

    def ends_part(self, fact: Fact) -> bool:
        """Take in what is no longer true, and say whether a part that had started a run is among it.

        The first part is none of these: a deed from before the newest first part is never early.
        """
        lasting = enumerate(self.standard.lasting)
        gone = {part for part, last in lasting if part in self.true and answers(last.until, fact)}
        over = gone & self.used
        self.true -= gone
        self.used -= over
        self.facts = {part: held for part, held in self.facts.items() if part not in over}
        return bool(over - {0})

    def completes(self, fact: Fact) -> bool:
        """Remember which parts are there, and say whether this fact completes the start."""
        shown = {part for part, last in enumerate(self.standard.lasting) if answers(last.shown, fact)} - self.true
        hits = shown.union(self.standard.starts.hits(fact))
        self.facts |= dict.fromkeys(hits, fact)
        self.true |= hits
        starts = self.complete and bool(hits - self.used)
        return self.is_let_through(fact, self.standard.barred, starts=starts) if self.standard.barred else starts

    def is_let_through(self, fact: Fact, bar: Bar, *, starts: bool) -> bool:
        """Whether a start, this one or one that was held off, may go ahead."""
        if answers(bar.by, fact):
            self.barred = True
        elif answers(bar.until, fact):
            starts = starts or (self.held_off and fact.kind not in STARTS_ANEW)
            self.barred = self.held_off = False
        self.held_off = self.held_off or (self.barred and starts)
        return starts and not self.barred

    def use(self) -> None:
        """Forget what has started a run, unless it lasts and is still true."""
        self.used = {part for part in self.facts if part < len(self.standard.lasting) and part in self.true}
        self.facts = {part: self.facts[part] for part in self.used}
