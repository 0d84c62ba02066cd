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
STEROID_BEGUN = ("steroids.started", "steroids.changed", "steroids.taper_planned")  # a course may be known by any
COMPRESSION = ("mscc", "impending")
FINDINGS = ("case.confirmed", "case.impending", "case.metastases_only")
UNFOUND = ("case.excluded", "case.reopened")
GRADES = ("frankel", "ais", "_right", "_left")
TREATMENTS = {
    "radiotherapy": ("radiotherapy.fraction",),
    "surgery": ("surgery.started",),
    "systemic": ("systemic.started",),
}
BEGUN = TREATMENTS | {
    "radiotherapy": ("radiotherapy.fraction", "radiotherapy.completed"),
    "surgery": ("surgery.started", "surgery.ended"),
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

    def all(self, *kinds: str, **answers: object) -> list[Fact]:
        """Every fact of these kinds, with these answers, that had happened by then, oldest first."""
        seen = [fact for fact in self.facts if fact.kind in kinds and fact.occurred_at <= self.at]
        return [fact for fact in seen if answers.items() <= fact.answers.items()] if answers else seen

    def next(self, *kinds: str) -> Fact | None:
        """The first fact of these kinds after that time."""
        return next((fact for fact in self.facts if fact.kind in kinds and fact.occurred_at > self.at), None)

    def first(self, kind: str) -> Fact | None:
        """The first fact of a kind, before or after that time."""
        return next((fact for fact in self.facts if fact.kind == kind), None)

    def since(self, fact: Fact | None, *kinds: str) -> bool:
        """Whether one of these kinds surely happened at the time of a fact, or later."""
        newest = self.last(*kinds)
        return fact is not None and newest is not None and newest.surely_after(fact)

    def seen_from(self, at: datetime) -> "Past":
        """The same facts as they look from another time."""
        return Past(at, self.facts)


def imaged(past: Past) -> bool:
    """Whether the newest result told is an answer; a verified report counts where no result was told."""
    told = past.last("imaging.communicated")
    return told.answers.get("result") != "non_diagnostic" if told else past.had("imaging.verified")


def imaged_anew(past: Past) -> bool:
    """Whether a result is an answer, and no older than the newest reopening: the new signs came after that scan."""
    again = past.all("case.reopened")
    return imaged(past) and all(past.since(each, "imaging.communicated", "imaging.verified") for each in again)


def positive(past: Past, *settled: str) -> Fact | None:
    """The gravest result told that says compression or its threat, unless one of these kinds surely came since.

    A later scan that shows none takes nothing back: the entry is corrected, or a senior decides (7.4).
    """
    told = [fact for fact in past.all("imaging.communicated") if fact.answers.get("result") in COMPRESSION]
    newest = past.last(*settled)
    left = [fact for fact in told if newest is None or newest.occurred_at <= fact.surely_by]
    return min(left, key=lambda fact: COMPRESSION.index(fact.answers["result"]), default=None)


def found(past: Past) -> bool:
    """Whether compression, its threat or metastases were found, surely since any exclusion and any reopening."""
    newest = past.last(*FINDINGS, *UNFOUND)
    return newest is not None and newest.kind in FINDINGS and newest.surely_after(*past.all(*UNFOUND))


def consent(past: Past, procedure: str) -> Fact | None:
    """The newest record of consent to a procedure, where it is lawful (1.9) and surely came after every refusal.

    To decline treatment, or everything, takes back what was consented to before.
    """
    newest = past.last("consent.recorded", procedure=procedure)
    if newest is None or newest.answers.get("basis") not in LAWFUL:
        return None
    declined = [past.all("case.declined", what=what) for what in ("treatment", "everything") if procedure in TREATMENTS]
    refused = past.all("consent.recorded", procedure=procedure, basis="refused")
    return newest if newest.surely_after(*refused, *(each for every in declined for each in every)) else None


def lawful(past: Past, procedure: str, *, begins: bool = True) -> bool:
    """Whether a procedure may go ahead on the consent that counts, given since the case was last reopened.

    Where another operation or course `begins`, an emergency counts only if none has begun on it before.
    """
    basis = consent(past, procedure)
    if basis is None or not basis.surely_after(*past.all("case.reopened")):
        return False
    used = [fact for fact in past.all(*BEGUN.get(procedure, ())) if fact.occurred_at < past.at]
    spent = begins and any(fact.surely_by >= basis.occurred_at for fact in used)
    return basis.answers["basis"] != "emergency" or not spent


def graded(exam: Fact) -> dict[str, str]:
    """The grades of an examination, of which the lower is always the worse: Frankel, AIS, power of each muscle."""
    grades = {name: str(value) for name, value in exam.answers.items() if name.endswith(GRADES)}
    return {name: grade for name, grade in grades.items() if grade != "NT"}


def losses(past: Past) -> list[Fact]:
    """Each examination that found less than was found before, or than one did that may have come before.

    One grade in one muscle is a loss: the patient goes no further without "no new neurology" (1.10), and what two
    examiners would have graded differently is not known here. New advice on stability settles it, as does a senior who
    accepts the risk; no alarm is raised by it. An examination that was mistyped is corrected.
    """
    exams, before, found = past.all("neuro.examined"), dict[str, str](), []
    for number, exam in enumerate(exams, 1):
        perhaps = [graded(each) for each in exams[number:] if not each.surely_after(exam)]
        if any(each.get(name, grade) > grade for each in (before, *perhaps) for name, grade in graded(exam).items()):
            found.append(exam)
        before |= graded(exam)
    return found


def of_neurology(answers: Answers) -> bool:
    """Whether a step of rehabilitation was stopped while neurology was worse, whatever else it was stopped for."""
    return answers.get("reason") == "neurology" or answers.get("neurology") == "worse"


def worse_since(past: Past, fact: Fact | None) -> Fact | None:
    """The newest sign that something is worse (7.2) that a fact did not surely come after.

    A deterioration, a step stopped for neurology, a loss in an examination, and neurology that made the class A.
    """
    worse = [
        *past.all("case.deteriorated"),
        *(each for each in past.all("rehabilitation.stopped") if of_neurology(each.answers)),
        *past.all("case.reclassified", "case.reopened", **{"class": "A"}),
        *losses(past),
    ]
    since = [each for each in worse if fact is None or not fact.surely_after(each)]
    return max(since, key=lambda each: each.occurred_at, default=None)


def opinion_on_stability(past: Past) -> Fact | None:
    """The newest opinion on stability, or one that is less than stable and may be newer."""
    newest = past.last("stability.advised")
    perhaps = [each for each in past.all("stability.advised") if each.answers.get("opinion") != "stable"]
    return next((each for each in reversed(perhaps) if newest and each.surely_by >= newest.occurred_at), newest)


def advice_on_stability(past: Past) -> Fact | None:
    """The opinion on stability that counts.

    None where something became worse or the case was reopened since: it has to be judged again (1.10).
    """
    advice = opinion_on_stability(past)
    since = advice is not None and advice.surely_after(*past.all("case.reopened"))
    return advice if since and worse_since(past, advice) is None else None


def stable(past: Past) -> bool:
    """Whether the opinion that counts is stable, or the spine was braced or fixed since it was given (7.2)."""
    advice = advice_on_stability(past)
    return advice is not None and (advice.answers.get("opinion") == "stable" or held_together(past, advice))


def held_together(past: Past, advice: Fact) -> bool:
    """Whether the spine was braced or fixed, surely since an opinion was given."""
    return any(fact.surely_after(advice) for fact in steadied(past))


def steadied(past: Past) -> list[Fact]:
    """The newest orthosis and the newest operation that fixed the spine."""
    return [fact for fact in (past.last("orthosis.fitted"), fixed(past)) if fact]


def fixed(past: Past) -> Fact | None:
    """The newest end of an operation that stabilised the spine, as that operation was decided on by its own start.

    Each operation has its own row: of two decided on before either starts, the one says nothing of the other.
    """
    decided: dict[str, Fact] = {}
    begun: dict[str, Fact | None] = {}
    found: Fact | None = None
    for fact in past.all("surgery.decided", "surgery.started", "surgery.ended"):
        if fact.kind == "surgery.decided":
            decided[fact.row] = fact
        elif fact.kind == "surgery.started":
            begun[fact.row] = decided.pop(fact.row, None)
        else:
            operation = begun.pop(fact.row, None) or decided.pop(fact.row, None)
            found = fact if stabilises(operation) else found
    return found


def stabilises(decided: Fact | None) -> bool:
    """Whether the operation decided on fixes the spine."""
    if decided is None:
        return False
    implants = {"rods", "screws"} & set(decided.answers.get("implants", ()))
    return bool(implants) or decided.answers.get("procedure") == "debulking_stabilisation"


def irradiation_planned(past: Past) -> bool:
    """Whether radiotherapy after the newest operation was prescribed with the decision to operate: one plan (1.7)."""
    operation = past.last("surgery.started")
    before = past.seen_from(operation.occurred_at) if operation else past
    chosen = before.last("decision.made", modality="surgery") or before.last("surgery.decided")
    return operation is not None and before.since(chosen, "radiotherapy.decided")


def lies_flat(past: Past) -> Fact | None:
    """The entry by which the patient is to lie flat or raised; None where another one surely came since."""
    newest, flat = past.last(*LIES), [each for each in past.all(*LIES) if in_bed(each)]
    if newest in flat:
        return newest
    return next((each for each in reversed(flat) if newest and not newest.surely_after(each)), None)


def in_bed(fact: Fact) -> bool:
    """Whether an entry of the position keeps the patient in bed."""
    return fact.kind == "position.immobilised" or fact.answers.get("position") in ("flat", "elevated")


def gets_up(past: Past) -> Fact | None:
    """The entry by which the patient may get up; None where another one came since, or may have."""
    newest = past.last(*LIES)
    return newest if newest is not None and lies_flat(past) is None else None


def haematology_asked(past: Past) -> Fact | None:
    """The newest sign of a possible blood cancer, where haematology has not advised since: no steroid before (1.6)."""
    signs = [
        *past.all("steroids.withheld", reason="haematology"),
        *past.all(*SETS_CLASS, "steroids.indicated", "history.cancer", blood_cancer=True),
    ]
    open_yet = [sign for sign in signs if not past.since(sign, "steroids.haematology_advised")]
    return max(open_yet, key=lambda sign: sign.occurred_at, default=None)


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
