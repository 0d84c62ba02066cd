"""The scores of a case: the history of each, how each compares with the one before, and what they suggest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pathway import scales
from pathway.casefile.prompt import Prompt
from pathway.casefile.sources import events_of
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.event import Event, standing
from pathway.record.falls import REPORT, unreported
from pathway.record.measure import kept, said, title_of
from pathway.scales.ais import AIS
from pathway.scales.frankel import FRANKEL
from pathway.scales.sins import SINS, needs_surgical_opinion, prompt
from pathway.scales.types import Change, Score


@dataclass(frozen=True, slots=True)
class Reading:
    """One score of an entry, and how it compares with the one before."""

    event: Event
    score: Score
    change: Change | None
    before: str

    @property
    def words(self) -> str:
        """What it says."""
        return said(self.score)

    @property
    def by(self) -> str:
        """Who scored."""
        return str(self.event.answers.get("scored_by") or self.event.by)

    @property
    def compared(self) -> str:
        """The change since the one before; '' for the first, and where nothing can be said."""
        if self.change is None:
            return ""
        return "same" if self.change is Change.SAME else f"{self.change}: {self.before} → {self.score.short}"


@dataclass(frozen=True, slots=True)
class Series:
    """Every score on one scale, the newest first; `of` is the level, where each level has scores of its own."""

    key: str
    of: str
    readings: list[Reading] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The scale, and of what."""
        return f"{title_of(self.key)}, {self.of}" if self.of else title_of(self.key)

    @property
    def newest(self) -> Reading:
        """The score that counts."""
        return self.readings[0]


def histories(stands: Iterable[Event]) -> list[Series]:
    """The scores of the standing entries, in the order of the scales and of what each is of."""
    found: dict[tuple[str, str], Series] = {}
    for event in sorted(stands, key=lambda event: (event.occurred_at, event.pk)):
        for score in kept(event.answers):
            scale = scales.SCALES.get(score.scale)
            of = score.answers.get(scale.per, "") if scale else ""
            series = found.setdefault((score.scale, of), Series(score.scale, of))
            # What could not be measured (in bed by order, not testable) must not hide a fall from what was before it.
            before = next((each.score for each in series.readings if each.score.least is not None), None)
            change = scale.change(before, score) if scale and before else None
            series.readings.insert(0, Reading(event, score, change, before.short if before else ""))
    return sorted(found.values(), key=place)


def place(series: Series) -> tuple[str, int]:
    """Where a series comes: by its title, then as the scale's own table has what it is of."""
    scale = scales.SCALES.get(series.key)
    per = next((item for item in scale.items if item.key == scale.per), None) if scale else None
    words = [option.key for option in per.options] if per else []
    return title_of(series.key), words.index(series.of) if series.of in words else 0


def overall(key: str, every: Sequence[Series]) -> Score | None:
    """The patient's score out of the newest of each level, for a scale that makes one."""
    scale = scales.SCALES.get(key)
    newest = [series.newest.score for series in every if series.key == key]
    return scale.overall(newest) if scale and scale.overall and newest else None


def overview(key: str, every: Sequence[Series]) -> str:
    """The patient's score in words: where it is highest, then the others."""
    score = overall(key, every)
    if score is None:
        return ""
    mine = [series for series in every if series.key == key]
    high = [series for series in mine if series.newest.score.most == score.most]
    top = [each.of for each in high if each.newest.score.least == score.least] or [each.of for each in high]
    bands = " to ".join(dict.fromkeys(band.label for band in (*score.bands[:1], *score.bands[-1:])))
    others = [f"{series.of} {series.newest.score.short}" for series in mine if series.of not in top]
    return "; ".join([f"{title_of(key)} {score.short} at {', '.join(top)}: {bands}", *others])


def suggested(every: Sequence[Series], facts: Sequence[Fact]) -> list[Prompt]:
    """What the scores ask for. A score never moves the case by itself."""
    return [*sins_wanted(every, facts), *opinion_wanted(every, facts), *fallen(facts)]


def sins_wanted(every: Sequence[Series], facts: Sequence[Fact]) -> list[Prompt]:
    """The SINS of each level once compression is confirmed (clinical specification 7.1)."""
    confirmed = any(fact.kind == "case.confirmed" for fact in facts)
    if not confirmed or any(series.key == SINS.key for series in every):
        return []
    return [Prompt("Compression is confirmed: score the SINS of each level.", "sins.scored")]


def opinion_wanted(every: Sequence[Series], facts: Sequence[Fact]) -> list[Prompt]:
    """A SINS of 7 or more that no expert has seen yet."""
    score = overall(SINS.key, every)
    if score is None or not needs_surgical_opinion(score):
        return []
    since = max(series.newest.event.occurred_at for series in every if series.key == SINS.key)
    if any(fact.kind in ("opinion.surgical", "stability.advised") and fact.occurred_at >= since for fact in facts):
        return []
    return [Prompt(f"{overview(SINS.key, every)}. {prompt(score)}.", "opinion.surgical")]


def fallen(facts: Sequence[Fact]) -> list[Prompt]:
    """Power or walking that became worse, until a deterioration is reported."""
    words = "{} is {}. Report it: it tells the top of the ladder at once."
    found = [
        Prompt(words.format(title_of(each.scale), each.compared), REPORT, {"what": each.what}, urgent=True)
        for each in unreported(facts)
        if each.scale
    ]
    return found[:1]


def begun_with(kind: str, every: Sequence[Series]) -> Mapping[str, str]:
    """The answers that the scores give to a form to begin with; a person confirms them."""
    if kind == "stability.advised":
        score = overall(SINS.key, every)
        return {"sins": str(score.total)} if score and score.total is not None else {}
    graded = [
        reading.score.grade for series in every if series.key in (FRANKEL.key, AIS.key) for reading in series.readings
    ]
    return {"ais_earlier_deficit": "yes"} if kind == "neuro.examined" and set(graded) & set("ABCD") else {}


def scores_of(case: Case) -> list[Series]:
    """The scores of a case as it stands now."""
    return histories(standing(events_of(case)))
