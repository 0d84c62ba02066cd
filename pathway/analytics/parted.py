"""A measure in each group of what its cases may be parted by: the place of the suspicion, the class, the hours."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import Result, result
from pathway.analytics.dossier import judged
from pathway.analytics.lines import Measure
from pathway.analytics.times import Interval, Split, names_of, timed
from pathway.engine.now import now as database_now

NOT_RECORDED = "not-recorded"
ZERO = Interval("zero", "Suspicion", "suspected", "suspected")
TOLD = "SELECT subject, line, '' FROM judged UNION ALL SELECT subject, line, part FROM parted"


@dataclass(frozen=True, slots=True)
class Group:
    """A measure over the cases of one group."""

    key: str
    label: str
    found: Result


def groups_of(scope: Scope, split: Split) -> Mapping[str, str]:
    """Every group of a split in words, in their order; the last has those of whom nothing says."""
    return {**names_of(scope, split), NOT_RECORDED: "Not recorded"}


def group_of(scope: Scope, split: Split, now: datetime | None = None) -> dict[int, str]:
    """The group of each case of a scope; hours and weekday are those of clock zero, the suspicion."""
    each = f" SELECT subject, {split.part} FROM timed AS started"  # noqa: S608 - of constants
    return {subject: part or NOT_RECORDED for subject, part in timed(scope, [ZERO], each, now, graded=split.graded)}


def by_group(scope: Scope, measure: Measure, split: Split, now: datetime | None = None) -> list[Group]:
    """A measure in each group that has a case: what they count adds up to what is counted of all."""
    at = now or database_now()
    found: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    group = group_of(scope, split, at)
    for subject, line, part in judged(scope, [measure], at, TOLD):
        found[group.get(subject, NOT_RECORDED)][measure.key, line, part] += 1
    words = groups_of(scope, split)
    others = sorted(found.keys() - words.keys())  # what the words of today no longer have is counted all the same
    return [Group(key, words.get(key, key), result(measure, found[key])) for key in (*words, *others) if key in found]
