"""The record in the order of the pathway: tracks and observations under plain headings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pathway.casefile.scores import Series, overview
from pathway.casefile.tracks import Track
from pathway.casefile.words import Said, answers_said
from pathway.protocol.types import Fact, Standard
from pathway.record.measure import KEPT, MEASURES
from pathway.record.person import User
from pathway.record.step import OBSERVATIONS, Observation

OTHER = "Other"
SCORES = "Scores"
ABOUT_SCORE = (KEPT, "scored_by")  # said with the score itself
FEW = 3  # items of a scale whose answers are said beside its result
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Arrival": ("contact", "referral", "history"),
    "Position and stability": ("position", "stability", "orthosis"),
    "Scan": ("imaging",),
    "Steroids": ("steroids",),
    "Tissue": ("biopsy",),
    "Opinions, decision and consent": ("opinion", "decision", "consent"),
    "Treatment": ("radiotherapy", "surgery", "systemic", "bone_agent"),
    "Bedside care": ("bladder", "bowel", "skin", "vte"),
    SCORES: ("neuro", "mobility", "pain"),
    "Rehabilitation": ("physiotherapy", "occupational_therapy", "rehabilitation"),
    "Support": ("distress", "told"),
    "Transfer": ("transfer",),
    "Discharge and follow-up": ("discharge", "readiness", "followup"),
    OTHER: (),
    "The case": ("case", "clock"),
}
PLACE = {key: (title, place) for title, keys in GROUPS.items() for place, key in enumerate(keys)}


@dataclass(frozen=True, slots=True)
class Observed:
    """An observation with its newest entry, and the history of its scores; `may`: this person may record it."""

    observation: Observation
    newest: Fact | None
    said: Said
    may: bool
    scores: list[Series] = field(default_factory=list)
    overview: str = ""


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
    scored = SCORES if f"{key}.scored" in MEASURES else OTHER
    return PLACE.get(key, (scored, 0))[0]


def place_of(key: str) -> int:
    """Where a track or an observation comes under its heading."""
    return PLACE.get(key, (OTHER, len(PLACE)))[1]


def key_of(kind: str) -> str:
    """What a kind of event is about."""
    return kind.split(".", maxsplit=1)[0]


def grouped(
    every: Sequence[Track],
    facts: Sequence[Fact],
    user: User,
    wanted: Collection[str],
    standards: Mapping[str, Standard],
    *,
    scores: Sequence[Series],
) -> list[Group]:
    """Every heading that has something; `facts` are in order, `wanted` are the kinds of event that are next."""
    newest = {fact.kind: fact for fact in facts}
    observed = [
        one_observed(each, newest.get(each.event), user, standards, scores)
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
    observation: Observation,
    newest: Fact | None,
    user: User,
    standards: Mapping[str, Standard],
    scores: Sequence[Series],
) -> Observed:
    """An observation with what its newest entry says, and its scores; what these say is not said twice."""
    measures = MEASURES[observation.event] if observation.scored else ()
    keys = [measure.scale.key for measure in measures]
    told = {
        measure.name(item.key)
        for measure in measures
        for item in measure.scale.items
        if not 1 < len(measure.scale.items) <= FEW
    }
    answers = newest.answers if newest else {}
    left = {name: value for name, value in answers.items() if name not in {*told, *(ABOUT_SCORE if keys else ())}}
    mine = [series for series in scores if series.key in keys]
    summary = next((words for key in keys if (words := overview(key, scores))), "")
    may = bool(user.role_set & observation.by)
    return Observed(observation, newest, answers_said(observation.event, left, standards), may, mine, summary)
