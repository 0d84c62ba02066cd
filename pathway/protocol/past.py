"""What the facts of a case say by a time: what rules, guards and prompts ask of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pathway.protocol.types import Answers, Fact
from pathway.protocol.vocabulary import SETS_CLASS, last

LAWFUL = ("given", "best_interests", "emergency")
LIES = ("position.ordered", "position.immobilised", "position.reviewed", "position.cleared_to_sit", "position.freed")
DOSES = ("steroids.started", "steroids.changed", "steroids.stopped")
COURSE = (*DOSES, "steroids.taper_planned")
TREATMENTS = {
    "radiotherapy": ("radiotherapy.fraction",),
    "surgery": ("surgery.started",),
    "systemic": ("systemic.started",),
}


@dataclass(frozen=True, slots=True)
class Past:
    """The facts of a case, in the order in which they happened, as they look from a time."""

    at: datetime
    facts: Sequence[Fact]

    def had(self, *kinds: str) -> bool:
        """Whether a fact of one of these kinds had happened by then."""
        return self.last(*kinds) is not None

    def last(self, *kinds: str, **answers: object) -> Fact | None:
        """The newest fact of these kinds, with these answers, that had happened by then."""
        later = self.facts and self.facts[-1].occurred_at > self.at
        seen = [fact for fact in self.facts if fact.occurred_at <= self.at] if later else self.facts
        return last(seen, *kinds, **answers)

    def all(self, *kinds: str) -> list[Fact]:
        """Every fact of these kinds that had happened by then, oldest first."""
        return [fact for fact in self.facts if fact.kind in kinds and fact.occurred_at <= self.at]

    def next(self, *kinds: str) -> Fact | None:
        """The first fact of these kinds after that time."""
        return next((fact for fact in self.facts if fact.kind in kinds and fact.occurred_at > self.at), None)

    def first(self, kind: str) -> Fact | None:
        """The first fact of a kind, before or after that time."""
        return next((fact for fact in self.facts if fact.kind == kind), None)

    def since(self, fact: Fact | None, *kinds: str) -> bool:
        """Whether one of these kinds happened at the time of a fact, or later."""
        newest = self.last(*kinds)
        return fact is not None and newest is not None and newest.occurred_at >= fact.occurred_at

    def seen_from(self, at: datetime) -> "Past":
        """The same facts as they look from another time."""
        return Past(at, self.facts)


def imaged(past: Past) -> bool:
    """Whether the newest result told is an answer; a verified report counts where no result was told."""
    told = past.last("imaging.communicated")
    return told.answers.get("result") != "non_diagnostic" if told else past.had("imaging.verified")


def imaged_anew(past: Past) -> bool:
    """Whether a result is an answer, and no older than the newest reopening: the new signs came after that scan."""
    again = past.last("case.reopened")
    return imaged(past) and (again is None or past.since(again, "imaging.communicated", "imaging.verified"))


def found(past: Past) -> bool:
    """Whether compression, its threat or metastases were found, and compression was not excluded since."""
    newest = past.last("case.confirmed", "case.impending", "case.metastases_only", "case.excluded")
    return newest is not None and newest.kind != "case.excluded"


def lawful(past: Past, procedure: str) -> bool:
    """Whether the newest record of consent to a procedure is a basis on which it may go ahead (1.9).

    To decline treatment, or everything, takes back what was consented to before.
    """
    newest = past.last("consent.recorded", procedure=procedure)
    if newest is None or newest.answers.get("basis") not in LAWFUL:
        return False
    refusals = [
        past.last("case.declined", what=what) for what in ("treatment", "everything") if procedure in TREATMENTS
    ]
    return all(newest.occurred_at >= refusal.occurred_at for refusal in refusals if refusal)


def worse_since(past: Past, fact: Fact | None) -> Fact | None:
    """The newest deterioration, a step stopped for neurology included, that a fact did not surely come after."""
    worse = [
        *past.all("case.deteriorated"),
        *(each for each in past.all("rehabilitation.stopped") if each.answers.get("reason") == "neurology"),
    ]
    since = [each for each in worse if fact is None or fact.occurred_at < each.surely_by]
    return max(since, key=lambda each: each.occurred_at, default=None)


def advice_on_stability(past: Past) -> Fact | None:
    """The newest opinion on stability; None where something became worse since: it has to be judged again (1.10)."""
    advice = past.last("stability.advised")
    return None if worse_since(past, advice) else advice


def stable(past: Past) -> bool:
    """Whether the opinion that counts is stable, or the spine was braced or fixed since it was given (7.2)."""
    advice = advice_on_stability(past)
    return advice is not None and (advice.answers.get("opinion") == "stable" or held_together(past, advice))


def held_together(past: Past, advice: Fact) -> bool:
    """Whether the spine was braced or fixed since an opinion was given."""
    since = [fact for fact in (past.last("orthosis.fitted"), fixed(past)) if fact]
    return any(fact.occurred_at >= advice.occurred_at for fact in since)


def fixed(past: Past) -> Fact | None:
    """The end of an operation that stabilised the spine."""
    decided = past.last("surgery.decided")
    if decided is None:
        return None
    stabilises = decided.answers.get("procedure") == "debulking_stabilisation"
    implanted = {"rods", "screws"} & set(decided.answers.get("implants", ()))
    return past.last("surgery.ended") if stabilises or implanted else None


def irradiation_planned(past: Past) -> bool:
    """Whether radiotherapy after the newest operation was prescribed with the decision to operate: one plan (1.7)."""
    operation = past.last("surgery.started")
    before = past.seen_from(operation.occurred_at) if operation else past
    chosen = before.last("decision.made", modality="surgery") or before.last("surgery.decided")
    return operation is not None and before.since(chosen, "radiotherapy.decided")


def lies_flat(past: Past) -> Fact | None:
    """The entry by which the patient is to lie flat or raised; None where another one came since."""
    newest = past.last(*LIES)
    in_bed = newest is not None and newest.answers.get("position") in ("flat", "elevated")
    return newest if newest and (in_bed or newest.kind == "position.immobilised") else None


def gets_up(past: Past) -> Fact | None:
    """The entry by which the patient may get up; None where another one came since."""
    newest = past.last(*LIES)
    return newest if newest is not None and lies_flat(past) is None else None


def haematology_asked(past: Past) -> Fact | None:
    """The newest sign of a possible blood cancer, where haematology has not advised since: no steroid before (1.6)."""
    signs = [
        past.last("steroids.withheld", reason="haematology"),
        past.last(*SETS_CLASS, blood_cancer=True),
        past.last("steroids.indicated", blood_cancer=True),
    ]
    newest = max((sign for sign in signs if sign), key=lambda sign: sign.occurred_at, default=None)
    return None if past.since(newest, "steroids.haematology_advised") else newest


def on_steroid(past: Past) -> Fact | None:
    """The newest dose, where the course has not ended by then."""
    newest = past.last(*DOSES)
    return newest if newest is not None and newest.kind != "steroids.stopped" else None


def steroids_settled(past: Past) -> bool:
    """Whether no steroid was begun, or it has stopped, or its taper is planned with an end.

    A change of dose is a step of a taper that is planned, and otherwise a course whose first dose nobody recorded.
    """
    newest = past.last(*COURSE)
    if newest and newest.kind == "steroids.changed":
        begun = past.last("steroids.started", "steroids.taper_planned", "steroids.stopped")
        return begun is not None and begun.kind == "steroids.taper_planned"
    return newest is None or newest.kind != "steroids.started"


def day_nought(past: Past) -> Fact | None:
    """What the taper counts from: the operation or the first fraction, whichever came last (1.6)."""
    operation, fractions = past.last("surgery.started"), past.all("radiotherapy.fraction")
    first = next((fact for fact in reversed(fractions) if fact.answers.get("n") == 1), None)
    return max((fact for fact in (operation, first) if fact), key=lambda fact: fact.occurred_at, default=None)


def is_last_fraction(answers: Answers) -> bool:
    """Whether a fraction is the last of its course."""
    return answers.get("n") is not None and answers.get("n") == answers.get("of")
