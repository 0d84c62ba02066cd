"""What the entries of a case show to be worse, until somebody reports it: a fall in grade is an emergency by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pathway.protocol.past import of_neurology
from pathway.protocol.types import Fact
from pathway.record.measure import kept
from pathway.record.therapy import STOPPED
from pathway.scales import SCALES
from pathway.scales.ais import AIS
from pathway.scales.frankel import FRANKEL
from pathway.scales.mobility import MOBILITY
from pathway.scales.mrc import MRC
from pathway.scales.types import Change, Score

REPORT, EXAMINED = "case.deteriorated", "neuro.examined"
OF_LEGS = frozenset({"power", "gait"})
FALLS: Mapping[str, str] = {FRANKEL.key: "power", AIS.key: "power", MOBILITY.key: "gait", MRC.key: "power"}
# One muscle that loses one grade may be the examiner: a person decides whether that is to be reported.
GRADES = frozenset({FRANKEL.key, AIS.key, MOBILITY.key})


@dataclass(frozen=True, slots=True)
class Worse:
    """An entry that shows something to be worse: `what`, as a report names it, and `scale`, '' for a stopped step.

    `since` is the time of the grade before, None for a step; `compared` is how the two compare, in words.
    """

    fact: Fact
    what: str
    scale: str = ""
    since: datetime | None = None
    compared: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether nobody need decide that it is to be reported."""
        return not self.scale or self.scale in GRADES


def unreported(facts: Sequence[Fact]) -> list[Worse]:
    """What the newest grades, and the newest step stopped for neurology, show to be worse and nobody has reported."""
    found = [fallen for key in FALLS if (fallen := fall(facts, key))]
    stops = [fact for fact in facts if fact.kind == STOPPED and of_neurology(fact.answers)]
    if stops:
        found.append(Worse(stops[-1], "power"))
    return [each for each in found if not is_reported(each, facts)]


def fall(facts: Sequence[Fact], key: str) -> Worse | None:
    """The newest grade of a scale, where it is worse than the one measured before it.

    One whose time is not known counts from when it had certainly happened: else an older one would hide it.
    """
    grades = measured(facts, key)
    if not grades[1:]:
        return None
    (earlier, before), (newest, after) = grades[-2:]
    if SCALES[key].change(before, after) is not Change.WORSE:
        return None
    return Worse(newest, FALLS[key], key, earlier.surely_by, f"{Change.WORSE}: {before.short} → {after.short}")


def measured(facts: Sequence[Fact], key: str) -> list[tuple[Fact, Score]]:
    """Every grade of a scale that was measured, in the order in which each had certainly happened."""
    ordered = sorted(facts, key=lambda fact: (fact.surely_by, fact.id))
    found = [(fact, score) for fact in ordered for score in kept(fact.answers) if score.scale == key]
    return [(fact, score) for fact, score in found if score.least is not None]


def is_reported(worse: Worse, facts: Sequence[Fact]) -> bool:
    """Whether a report that legs are worse stands for it: made since, or before it and not yet answered by examining.

    A report of something else says nothing of legs, and one that was dealt with nothing of what came after it.
    """
    at = worse.fact.surely_by
    examined = [fact.occurred_at for fact in facts if fact.kind == EXAMINED and fact.id != worse.fact.id]
    for report in (fact for fact in facts if fact.kind == REPORT and fact.answers.get("what") in OF_LEGS):
        told = report.occurred_at
        goes_on = not any(told <= each <= at for each in examined)
        if told >= at or (goes_on and (worse.since is None or told > worse.since)):
            return True
    return False
