"""What a telephone call may tell: the moves that end a running clock or start one, recorded together with the call."""

from dataclasses import dataclass

from pathway.casefile.read import CaseFile
from pathway.casefile.tracks import Offer, Track
from pathway.protocol.types import On
from pathway.protocol.vocabulary import STARTS_ANEW
from pathway.record.step import Move


@dataclass(frozen=True, slots=True)
class ByCall:
    """One open move, with the labels of the clocks that it may end and may start."""

    track: Track
    offer: Offer
    ends: list[str]
    starts: list[str]


def by_call(file: CaseFile) -> list[ByCall]:
    """What this person may record out of a call: what ends clocks first, in the order in which these are due."""
    found: list[ByCall] = []
    for track in file.tracks:
        for row in [track.rows[-1], *([track.another] if track.another else [])]:
            found += [ByCall(track, offer, *clocks_of(file, offer)) for offer in row.offers if may_be_told(offer.move)]
    due = [run.standard.label for run in file.running]
    told = [each for each in found if each.ends or each.starts]
    return sorted(told, key=lambda each: due.index(each.ends[0]) if each.ends else len(due))


def may_be_told(move: Move) -> bool:
    """Whether the form of a move can take a call too: a new class asks about the call by itself."""
    return not move.page and move.event not in STARTS_ANEW


def clocks_of(file: CaseFile, offer: Offer) -> tuple[list[str], list[str]]:
    """The running clocks that a move may end, and those that it may start and that do not run."""
    kind, runs = offer.move.event, {run.standard.key for run in file.running}
    ends = [run.standard.label for run in file.running if names(run.standard.met, kind)]
    standards = [each for each in file.standards.values() if each.ladder and each.key not in runs]
    classes = [each for each in standards if each.classes is None or file.case.klass in each.classes]
    return ends, [each.label for each in classes if kind in each.starts.kinds]


def names(ended_by: tuple[On, ...], kind: str) -> bool:
    """Whether any of these rules is about events of a kind."""
    return any(kind in each.kinds for each in ended_by)
