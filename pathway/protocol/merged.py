"""The facts of a case and of the cases merged into it, read as those of one case: a pure function."""

from collections.abc import Iterable
from dataclasses import replace

from pathway.protocol.types import Fact
from pathway.protocol.vocabulary import ends_case, in_order

SUSPECTED, REOPENED, RECLASSIFIED, EXCLUDED = "case.suspected", "case.reopened", "case.reclassified", "case.excluded"
DOUBT = "blood_cancer"


def united(own: Iterable[Fact], merged: Iterable[Fact]) -> list[Fact]:
    """All facts in order, the earliest suspicion as the one from which the clocks count (clinical.md 1.13, duplicate).

    A later suspicion says what it would have said in the first case: a reopening where that had ended or compression
    was excluded by then, a new class where it is graver, else nothing but a possible blood cancer. What ended a merged
    case, and what quietened or voided one of its clocks, is its own and ends or quietens nothing here.
    """
    theirs = [fact for fact in merged if not (ends_case(fact) or fact.kind.startswith("clock."))]
    foreign = {id(fact) for fact in theirs}
    klass, opened, over, doubt = "", False, False, False
    found: list[Fact] = []
    for fact in in_order([*own, *theirs]):
        read: Fact | None = fact
        if opened and (fact.kind == SUSPECTED or (fact.kind == REOPENED and id(fact) in foreign)):
            read = said_again(fact, klass, over=over)
        opened = opened or fact.kind == SUSPECTED
        if read is None:
            doubt = doubt or bool(fact.answers.get(DOUBT))
            continue
        if read.kind in (SUSPECTED, REOPENED, RECLASSIFIED):
            klass = str(read.answers.get("class", klass))
        over = (over and read.kind != REOPENED) or bool(ends_case(read)) or read.kind == EXCLUDED
        found.append(read)
    return in_order(doubted(fact) if doubt and fact.kind == SUSPECTED else fact for fact in found)


def doubted(suspicion: Fact) -> Fact:
    """The suspicion with the blood cancer that another referrer thought possible: no steroid before haematology."""
    return replace(suspicion, answers={**suspicion.answers, DOUBT: True})


def said_again(fact: Fact, klass: str, *, over: bool) -> Fact | None:
    """A further suspicion as a fact of a case that stands in this class; None where it says nothing new."""
    if over:
        return replace(fact, kind=REOPENED)
    return replace(fact, kind=RECLASSIFIED) if str(fact.answers.get("class", klass)) < klass else None
