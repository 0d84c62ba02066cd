"""Whose minutes those of a late run were: pure, in whole minutes, which sum to its length and are counted once each.

The path is a row of stages. A minute belongs to the first stage that is not over by then; what belongs to a later stage
shows that the earlier ones are over, whether or not anybody recorded them. Over the path lie the patient's own minutes,
then those of a journey, then those of waiting for a place elsewhere: of what overlaps, the first of these counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from pathway.protocol.fold import moment
from pathway.protocol.types import Fact, Standard

MINUTE = timedelta(minutes=1)
PATIENT, TRANSPORT, BED = "patient", "transport", "bed"
OVER_THE_PATH = (PATIENT, TRANSPORT, BED)


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the path: the clock whose holder has it, what is waited for, and what shows that it is over."""

    standard: str
    waits_for: str
    over: frozenset[str]


def stage(standard: str, waits_for: str, *over: str) -> Stage:
    """A stage that any of these kinds of event ends."""
    return Stage(standard, waits_for, frozenset(over))


PATH = (
    stage("contact_a", "the coordinator to be told", "contact.made", "contact.advised", "referral.received"),
    stage("triage", "triage", "referral.triaged"),
    stage("mri_request", "the request of the scan", "imaging.requested", "imaging.vetted"),
    stage("mri_slot", "a slot", "imaging.booked", "imaging.started"),
    stage("mri_a", "the scan", "imaging.acquired", "imaging.shared", "imaging.verified"),
    stage("report", "the result", "imaging.communicated"),
    stage("result_ack", "the result to be seen", "imaging.acknowledged", "case.confirmed", "case.impending"),
    stage("senior", "the decision", "decision.made", "surgery.decided", "radiotherapy.decided", "systemic.decided"),
    stage("treatment", "the treatment", "surgery.started", "radiotherapy.fraction", "systemic.started"),
)  # fmt: skip
PLACE = {each.standard: number for number, each in enumerate(PATH)}
RANK = {kind: number for number, each in enumerate(PATH) for kind in each.over}
# The clocks that lie over several stages or wait for one of the path, with the last stage of each.
SPANS = {
    **{key: PLACE[key] for key in PLACE},
    "contact_b": PLACE["triage"], "mri_b": PLACE["senior"], "plan_24": PLACE["senior"], "total_48": PLACE["treatment"],
    "radiotherapy": PLACE["treatment"], "surgery": PLACE["treatment"],
}  # fmt: skip
AGAIN, NOT_DONE, ANEW = "imaging.communicated", "imaging.abandoned", "case.reopened"
DECIDED = {"surgery.decided": "surgery", "radiotherapy.decided": "radiotherapy", "systemic.decided": "systemic"}
IS_THERE = frozenset({"transfer.arrived", "imaging.started", "imaging.acquired", *PATH[-1].over})
READS = frozenset(RANK) | IS_THERE | {
    *(NOT_DONE, ANEW, "clock.suspended", "transfer.requested", "transfer.accepted", "transfer.departed"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds from one instant until another, and what is waited for; None: for good. The lowest rank counts."""

    begin: datetime
    end: datetime | None
    rank: int
    holder: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Part:
    """An unbroken part of a run, and whose it is."""

    begin: datetime
    end: datetime
    holder: str
    waits_for: str

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.end - self.begin) // MINUTE


def account(
    key: str, begin: datetime, end: datetime, facts: Sequence[Fact], standards: Mapping[str, Standard]
) -> list[Part]:
    """The run of a clock in parts, oldest first, without a gap; `facts` of the case in order."""
    own = Hold(begin, None, len(OVER_THE_PATH) + 1, standards[key].holder, "its own step")
    if key not in SPANS:
        return split(begin, end, [own])
    return split(begin, end, [own, *stages(facts, SPANS[key], standards), *waits(key, facts), *journeys(facts)])


def split(begin: datetime, end: datetime, holds: Sequence[Hold]) -> list[Part]:
    """Give each minute from `begin` until before `end` to the lowest rank of what holds it, the earlier of two alike.

    Raises:
        ValueError: nothing holds one of them.
    """
    begin, end = whole(begin), whole(end)
    spans = [(max(begin, whole(each.begin)), min(end, whole(each.end or end)), each) for each in holds]
    edges = sorted({begin, end, *(edge for first, last, _ in spans if first < last for edge in (first, last))})
    parts: list[Part] = []
    for opens, closes in pairwise(edges):
        there = [each for since, until, each in spans if since <= opens and closes <= until]
        if not there:
            raise ValueError(f"nobody holds {opens:%Y-%m-%d %H:%M}")
        of = min(there, key=lambda each: (each.rank, each.begin))
        goes_on = bool(parts) and (parts[-1].holder, parts[-1].waits_for) == (of.holder, of.waits_for)
        parts.append(Part(parts.pop().begin if goes_on else opens, closes, of.holder, of.waits_for))
    return parts


def whole(at: datetime) -> datetime:
    """The minute in which something happened: parts of whole minutes add up."""
    return at.replace(second=0, microsecond=0)


def stages(facts: Sequence[Fact], last: int, standards: Mapping[str, Standard]) -> Iterator[Hold]:
    """Who held the path from each of its turns on, as far as the last stage; beyond it nobody does."""
    turns = list(turned(facts))
    for (place, treats, begin), (*_, end) in zip(turns, [*turns[1:], (0, "", None)], strict=False):
        if place <= last:
            waited = PATH[place]
            key = treats if waited.standard == "treatment" and treats in standards else waited.standard
            yield Hold(begin, end, len(OVER_THE_PATH), standards[key].holder, waited.waits_for)


def turned(facts: Sequence[Fact]) -> Iterator[tuple[int, str, datetime]]:
    """The stage that is waited for, the treatment decided on, and since when: at the first fact and at each change."""
    place, treats = 0, ""
    for fact in facts[:1]:
        yield place, treats, fact.occurred_at
    for fact in facts:
        before = place, treats
        if fact.kind == ANEW:
            place, treats = 0, ""
        elif fact.kind == AGAIN and fact.answers.get("result") == "non_diagnostic":
            place = min(place, PLACE["mri_request"])
        elif fact.kind == NOT_DONE:
            place = min(place, PLACE["mri_slot"])
        elif fact.kind in RANK:
            place = max(place, RANK[fact.kind] + 1)
        if fact.kind == "decision.made" or fact.kind in DECIDED:
            treats = DECIDED.get(fact.kind) or str(fact.answers.get("modality", ""))
        if before != (place, treats):
            yield place, treats, fact.occurred_at


def waits(key: str, facts: Iterable[Fact]) -> Iterator[Hold]:
    """When a clock waited for the patient to be well enough: until its review, or another wait took its place."""
    said = [fact for fact in facts if fact.kind == "clock.suspended" and fact.answers.get("clock") == key]
    for fact, later in zip(said, [*said[1:], None], strict=False):
        until = moment(fact.answers["until"])
        end = min(until, later.occurred_at) if later else until
        yield Hold(fact.occurred_at, end, OVER_THE_PATH.index(PATIENT), PATIENT, "the patient to be well enough")


def journeys(facts: Sequence[Fact]) -> Iterator[Hold]:
    """Waiting for a place elsewhere until it is accepted; then the journey, until something shows an arrival."""
    for number, fact in enumerate(facts):
        later = [each for each in facts[number + 1 :] if each.row == fact.row or not each.kind.startswith("transfer.")]
        if fact.kind == "transfer.requested":
            ends = ("transfer.accepted", "transfer.departed", *IS_THERE)
            yield Hold(fact.occurred_at, first(later, ends), OVER_THE_PATH.index(BED), BED, "a place elsewhere")
        elif fact.kind in ("transfer.accepted", "transfer.departed"):
            yield Hold(
                fact.occurred_at, first(later, IS_THERE), OVER_THE_PATH.index(TRANSPORT), TRANSPORT, "the journey"
            )


def first(facts: Iterable[Fact], kinds: Iterable[str]) -> datetime | None:
    """When the first of these kinds happened."""
    wanted = frozenset(kinds)
    return next((fact.occurred_at for fact in facts if fact.kind in wanted), None)
