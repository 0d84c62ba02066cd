"""The moves of a case by who may make them now: one's own first, then those of each other role; and why others wait."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pathway.casefile.tracks import Blocked, Offer, Track


@dataclass(frozen=True, slots=True)
class Mine:
    """The open moves of one track that this person may make."""

    track: Track
    offers: list[Offer]


@dataclass(frozen=True, slots=True)
class Theirs:
    """The moves that others may make now; `who` names their roles."""

    who: str
    moves: list[tuple[Track, Blocked]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Whose:
    """All moves of a case, as one person sees them."""

    mine: list[Mine]
    theirs: list[Theirs]
    waiting: list[tuple[Track, Blocked]]

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many are one's own, other people's, and not open."""
        return (
            sum(len(each.offers) for each in self.mine),
            sum(len(each.moves) for each in self.theirs),
            len(self.waiting),
        )


def by_whom(tracks: Sequence[Track]) -> Whose:
    """Sort the moves of the newest row of each track, and of the row that would come after it."""
    mine: list[Mine] = []
    theirs: dict[str, Theirs] = {}
    waiting: list[tuple[Track, Blocked]] = []
    for track in tracks:
        rows = [track.rows[-1], *([track.another] if track.another else [])]
        if offers := [offer for row in rows for offer in row.offers]:
            mine.append(Mine(track, offers))
        for blocked in (each for row in rows for each in row.blocked):
            if blocked.is_open:
                theirs.setdefault(blocked.who, Theirs(blocked.who)).moves.append((track, blocked))
            else:
                waiting.append((track, blocked))
    return Whose(mine, sorted(theirs.values(), key=lambda each: each.who), waiting)
