"""The record in the order of the pathway: tracks and observations under plain headings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pathway.casefile.tracks import Track
from pathway.casefile.words import Said, answers_said
from pathway.protocol.types import Fact, Standard
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, Observation

OTHER = "Other"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Arrival": ("contact", "referral"),
    "Position and stability": ("position", "stability", "orthosis"),
    "Scan": ("imaging",),
    "Steroids": ("steroids",),
    "Tissue": ("biopsy",),
    "Opinions, decision and consent": ("opinion", "decision", "consent"),
    "Treatment": ("radiotherapy", "surgery", "systemic", "bone_agent"),
    "Bedside care": ("bladder", "bowel", "skin", "vte", "pain"),
    "Examination": ("neuro", "mobility"),
    "Rehabilitation": ("physiotherapy", "occupational_therapy", "rehabilitation"),
    "Support": ("distress", "told"),
    "Transfer": ("transfer",),
    "Discharge and follow-up": ("discharge", "followup"),
    OTHER: (),
    "The case": ("case", "clock"),
}
PLACE = {key: (title, place) for title, keys in GROUPS.items() for place, key in enumerate(keys)}


@dataclass(frozen=True, slots=True)
class Observed:
    """An observation with its newest entry; `may` is whether this person may record it."""

    observation: Observation
    newest: Fact | None
    said: Said
    may: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One heading of the record; it is `wanted` where something under it is next."""

    title: str
    tracks: list[Track]
    observed: list[Observed]
    wanted: bool

    @property
    def states(self) -> list[tuple[str, list[str]]]:
        """The tracks that were begun, each with the states of its rows, oldest first."""
        begun = [(track.title, [row.words for row in track.rows if not row.new]) for track in self.tracks]
        return [(title, words) for title, words in begun if words]

    @property
    def newest(self) -> list[Observed]:
        """The observations that were made."""
        return [each for each in self.observed if each.newest]


def title_of(key: str) -> str:
    """The heading of a track, or of the part of an observation's kind before the dot."""
    return PLACE.get(key, (OTHER, 0))[0]


def place_of(key: str) -> int:
    """Where a track or an observation comes under its heading."""
    return PLACE.get(key, (OTHER, 0))[1]


def key_of(kind: str) -> str:
    """What a kind of event is about."""
    return kind.split(".", maxsplit=1)[0]


def grouped(
    every: Sequence[Track],
    facts: Sequence[Fact],
    user: User,
    wanted: Collection[str],
    standards: Mapping[str, Standard],
) -> list[Group]:
    """Every heading that has something; `facts` are in order, `wanted` are the kinds of event that are next."""
    newest = {fact.kind: fact for fact in facts}
    observed = [
        one_observed(each, newest.get(each.event), user, standards)
        for each in sorted(OBSERVATIONS.values(), key=lambda each: place_of(key_of(each.event)))
    ]
    asked = {title_of(key_of(kind)) for kind in wanted}
    found = [group(title, every, observed, wanted=title in asked) for title in GROUPS]
    return [each for each in found if each.tracks or each.observed]


def group(title: str, every: Sequence[Track], observed: Sequence[Observed], *, wanted: bool) -> Group:
    """What belongs under one heading."""
    tracks = [track for track in every if title_of(track.track) == title]
    tracks.sort(key=lambda track: place_of(track.track))
    noted = [each for each in observed if title_of(key_of(each.observation.event)) == title]
    return Group(title, tracks, noted, wanted)


def one_observed(
    observation: Observation, newest: Fact | None, user: User, standards: Mapping[str, Standard]
) -> Observed:
    """An observation with what its newest entry says."""
    said = answers_said(observation.event, newest.answers, standards) if newest else []
    return Observed(observation, newest, said, bool(user.role_set & observation.by))
