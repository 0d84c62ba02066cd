"""What the record says against itself: each contradiction with its rule, its source, and the one move that resolves it.

A contradiction stands while its rule holds of the facts and of the clocks that run; nothing else sets or clears it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol as Shape

from pathway.protocol.past import (
    COMPRESSION,
    TREATMENTS,
    Past,
    advice_on_stability,
    consent,
    gets_up,
    haematology_asked,
    held_together,
    irradiation_planned,
    is_last_fraction,
    lawful,
    lies_flat,
    on_steroid,
    opinion_on_stability,
    positive,
    steroids_settled,
    worse_since,
)
from pathway.protocol.types import Fact, Protocol

SITS_UP = ("R2", "R3", "R4", "R5", "R6")
NO_COMPRESSION = ("normal", "other")
NEUROLOGY = ("power", "sensation", "bladder", "bowel", "gait", "autonomic")
CLASS_SET = ("case.suspected", "case.reclassified", "case.reopened")
VERDICTS = ("case.confirmed", "case.impending", "case.metastases_only", "case.excluded", "case.reopened")
COURSE_OVER = ("radiotherapy.completed", "radiotherapy.stopped_early")


class Running(Shape):
    """A run of a clock, as the fold or the stored row has it."""

    standard: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Picture(Past):
    """The facts of a case, and the clocks that are deadlines and still run."""

    running: Sequence[Running]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One rule. `resolves` is the kind of event that ends it, '' for whatever ends the clock that is due next.

    `begins` are answers to begin that event's form with.
    """

    key: str
    sentence: str
    source: str
    stands: Callable[[Picture], bool]
    resolves: str
    begins: Mapping[str, str] = field(default_factory=dict)


def treatments(past: Past) -> list[tuple[str, Fact]]:
    """The first and the newest start of each treatment."""
    found = [(what, past.all(*kinds)) for what, kinds in TREATMENTS.items()]
    return [(what, fact) for what, facts in found if facts for fact in (facts[0], facts[-1])]


def flat_though_stable(now: Picture) -> bool:
    """Whether the order to lie flat is older than the advice that the spine is stable."""
    flat, advice = lies_flat(now), advice_on_stability(now)
    return bool(flat and advice and advice.answers.get("opinion") == "stable" and advice.surely_after(flat))


def flat_though_up(now: Picture) -> bool:
    """Whether the patient has sat up since being ordered to lie flat, and was not laid back."""
    flat, step = lies_flat(now), now.last("rehabilitation.stepped", "rehabilitation.stopped")
    up = step is not None and step.kind == "rehabilitation.stepped" and step.answers.get("step") in SITS_UP
    return bool(up and flat and step and step.occurred_at >= flat.occurred_at)


def up_though_unstable(now: Picture) -> bool:
    """Whether the patient may get up, or does, although the newest opinion is unstable and nothing holds the spine."""
    advice = opinion_on_stability(now)
    unstable = advice is not None and advice.answers.get("opinion") == "unstable"
    return bool(unstable and advice and not held_together(now, advice) and up_in_spite_of(now, advice))


def up_though_worse(now: Picture) -> bool:
    """Whether the patient may get up, or does, although something is worse since stability was last judged."""
    worse = worse_since(now, opinion_on_stability(now))
    return worse is not None and up_in_spite_of(now, worse)


def up_in_spite_of(now: Picture, fact: Fact) -> bool:
    """Whether the patient may get up, or does, and no senior has accepted the risk since a fact."""
    allowed, step = gets_up(now), now.last("rehabilitation.stepped", "rehabilitation.stopped")
    sat_up = step if step and step.kind == "rehabilitation.stepped" and step.answers.get("step") in SITS_UP else None
    flat = lies_flat(now)
    lain_since = bool(flat and sat_up and flat.occurred_at > sat_up.occurred_at)
    up = [each for each in (allowed, None if lain_since else sat_up) if each]
    return any(not (each.occurred_at >= fact.surely_by and "override" in each.answers) for each in up)


def opinions_differ(now: Picture) -> bool:
    """Whether the two newest opinions, by different advisers, say stable and unstable."""
    newest = now.all("stability.advised")[-2:]
    said = {fact.answers.get("opinion") for fact in newest}
    advisers = {str(fact.answers.get("adviser", "")).strip().casefold() for fact in newest}
    return said == {"stable", "unstable"} and len(advisers) > 1


def steroid_before_haematology(now: Picture) -> bool:
    """Whether a steroid is being given although a blood cancer is possible and haematology has not advised."""
    return on_steroid(now) is not None and haematology_asked(now) is not None


def treated_without_consent(now: Picture) -> bool:
    """Whether a treatment began at a time for which no lawful basis is recorded."""
    return any(
        not lawful(now.seen_from(fact.occurred_at), what, begins=fact.answers.get("n", 1) == 1)
        for what, fact in treatments(now)
    )


def treated_though_declined(now: Picture) -> bool:
    """Whether a treatment began after the patient had declined it, with no consent since the refusal."""
    refusal = now.last("case.declined", what="treatment")
    if refusal is None:
        return False
    return any(fact.occurred_at >= refusal.occurred_at and not consent(now, what) for what, fact in treatments(now))


def excluded_since(now: Past) -> Fact | None:
    """The exclusion of compression, where it is the newest verdict."""
    newest = now.last(*VERDICTS)
    return newest if newest is not None and newest.kind == "case.excluded" else None


def treated_though_excluded(now: Picture) -> bool:
    """Whether a treatment of the compression began after compression was excluded."""
    excluded = excluded_since(now)
    return excluded is not None and any(fact.occurred_at >= excluded.occurred_at for _, fact in treatments(now))


def excluded_against_result(now: Picture) -> bool:
    """Whether compression is excluded although the newest result told is compression, or an older and no senior did."""
    excluded, told = excluded_since(now), now.last("imaging.communicated")
    newest = told is not None and told.answers.get("result") in COMPRESSION
    unsaid = excluded is not None and "override" not in excluded.answers and positive(now, "case.reopened")
    return excluded is not None and (newest or bool(unsaid))


def confirmed_against_result(now: Picture) -> bool:
    """Whether compression is confirmed although the newest result told before any treatment of it is none.

    It stands until the scans are read again and that result is told, which may uphold the confirmation, or until the
    result or the confirmation is corrected. No scan by itself takes a confirmation back: treatment may rest on it.
    """
    verdict, begun = now.last(*VERDICTS), [fact.occurred_at for _, fact in treatments(now)]
    told = now.seen_from(min(begun, default=now.at)).last("imaging.communicated")
    confirmed = verdict is not None and verdict.kind == "case.confirmed"
    return confirmed and told is not None and told.answers.get("result") in NO_COMPRESSION


def scanned_though_declined(now: Picture) -> bool:
    """Whether images were acquired after the patient had declined the scan, and no plan says how that came."""
    refusal, scan = now.last("case.declined", what="imaging"), now.last("imaging.acquired")
    after = refusal is not None and scan is not None and scan.occurred_at >= refusal.occurred_at
    return after and not now.since(refusal, "case.planned")


def deteriorated_unexamined(now: Picture) -> bool:
    """Whether nobody has examined the patient, as far as is certain, since something became worse."""
    worse, exam = now.last("case.deteriorated"), now.last("neuro.examined")
    return worse is not None and not (exam and exam.occurred_at >= worse.surely_by)


def neurology_without_class_a(now: Picture) -> bool:
    """Whether an examination or a report since the class was set shows neurology, and the class is not A."""
    given = now.last(*CLASS_SET)
    if given is None or given.answers.get("class") == "A":
        return False
    exam, worse = now.last("neuro.examined"), now.last("case.deteriorated")
    deficit = exam is not None and any(exam.answers.get(scale, "E") != "E" for scale in ("frankel", "ais"))
    neurological = worse is not None and worse.answers.get("what") in NEUROLOGY
    signs = [exam if deficit else None, worse if neurological else None]
    return any(sign is not None and sign.occurred_at >= given.occurred_at for sign in signs)


def gone_home(now: Past) -> Fact | None:
    """The discharge, where no admission came since."""
    newest = now.last("discharge.discharged", "case.admitted")
    return newest if newest is not None and newest.kind == "discharge.discharged" else None


def discharged_with_open_clocks(now: Picture) -> bool:
    """Whether a clock of the stay still runs after the discharge."""
    home = gone_home(now)
    return home is not None and any(run.started_at < home.occurred_at for run in now.running)


def discharged_on_steroid(now: Picture) -> bool:
    """Whether the patient is at home on a steroid whose end nobody has planned."""
    return gone_home(now) is not None and not steroids_settled(now)


def dead_at_follow_up(now: Picture) -> bool:
    """Whether a follow-up says that the patient is dead, and no death is recorded."""
    return now.last("followup.recorded", alive=False) is not None


def doubtful_fractions(now: Past) -> tuple[list[int], list[int]]:
    """The numbers of fractions that come again, and those that were passed over, in all courses."""
    again: list[int] = []
    missing: list[int] = []
    given: list[int] = []
    for fact in now.all("radiotherapy.fraction", *COURSE_OVER):
        if fact.kind in COURSE_OVER:
            missing += gaps(given)
            given = []
            continue
        number = int(fact.answers.get("n", 0))
        again += [number] if number in given else []
        given.append(number)
        if is_last_fraction(fact.answers):
            missing += gaps(given)
            given = []
    return again, missing + gaps(given)


def gaps(given: Iterable[int]) -> list[int]:
    """The numbers below the highest that are not there."""
    numbers = set(given)
    return sorted(set(range(1, max(numbers, default=0))) - numbers)


def fraction_repeated(now: Picture) -> bool:
    """Whether one number of fraction is recorded twice in a course."""
    return bool(doubtful_fractions(now)[0])


def fraction_passed_over(now: Picture) -> bool:
    """Whether the numbers of fractions jump."""
    return bool(doubtful_fractions(now)[1])


def fractions_counted_apart(now: Picture) -> bool:
    """Whether the fractions of a course count to different numbers, and nothing new was prescribed in between."""
    of = None
    for fact in now.all("radiotherapy.fraction", "radiotherapy.decided", *COURSE_OVER):
        count = fact.answers.get("of")
        if of is not None and count not in (of, None):
            return True
        of = None if is_last_fraction(fact.answers) else count
    return False


def fractions_unlike_prescribed(now: Picture) -> bool:
    """Whether the newest fraction counts to another number than the prescription before it, or a newer one."""
    newest, latest = now.last("radiotherapy.fraction"), now.last("radiotherapy.decided")
    before = now.seen_from(newest.occurred_at).last("radiotherapy.decided") if newest else None
    if newest is None or latest is None or before is None:
        return False
    return newest.answers.get("of") not in (before.answers.get("fractions"), latest.answers.get("fractions"))


def irradiated_after_surgery(now: Picture) -> bool:
    """Whether a course began after an operation, not planned with it, and no decision for it came since."""
    operation, first = now.last("surgery.started"), now.last("radiotherapy.fraction", n=1)
    after = operation is not None and first is not None and first.occurred_at > operation.occurred_at
    decided = now.last("decision.made", modality="radiotherapy")
    since = decided and operation and decided.occurred_at >= operation.occurred_at
    return after and not since and not irradiation_planned(now)


ALL: tuple[Contradiction, ...] = (
    Contradiction(
        "deteriorated_unexamined", "Something is worse, and nobody has examined the patient since.",
        "clinical specification 1.12: deterioration goes straight to the top of the ladder",
        deteriorated_unexamined, "neuro.examined",
    ),
    Contradiction(
        "up_though_unstable", "The newest opinion says unstable, but the patient may get up or does.",
        "Royal Marsden Manual: log roll if unstable; join rule 7.2", up_though_unstable, "position.ordered",
        {"position": "flat", "log_roll": "yes"},
    ),
    Contradiction(
        "up_though_worse",
        "Something is worse since stability was last judged, but the patient may get up or does.",
        "7.2: flat again on deterioration; 1.10: stability is judged again", up_though_worse, "position.ordered",
        {"position": "flat", "log_roll": "yes"},
    ),
    Contradiction(
        "opinions_differ", "Two advisers differ: one says stable, the other unstable. One of them must speak again.",
        "NICE NG234: expert advice on stability", opinions_differ, "stability.advised",
    ),
    Contradiction(
        "steroid_before_haematology",
        "A steroid is given although a blood cancer is possible, and haematology has not advised.",
        "local guidelines: no steroid in suspected lymphoma before haematology has advised (1.6)",
        steroid_before_haematology, "steroids.haematology_advised",
    ),
    Contradiction(
        "treated_without_consent", "A treatment began before any basis of consent to it is recorded.",
        "no treatment without consent (1.9)", treated_without_consent, "consent.recorded",
    ),
    Contradiction(
        "treated_though_declined", "The patient declined treatment, and a treatment began later.",
        "refusal with capacity (1.9, 1.13)", treated_though_declined, "consent.recorded",
    ),
    Contradiction(
        "treated_though_excluded", "Compression is excluded, and a treatment of it began later.",
        "7.1: no treatment without a confirmed compression", treated_though_excluded, "case.reopened",
    ),
    Contradiction(
        "excluded_against_result", "Compression is excluded, but a result told is compression.",
        "7.1: the result decides between confirmed and excluded", excluded_against_result, "case.reopened",
    ),
    Contradiction(
        "confirmed_against_result",
        "Compression is confirmed, but the newest result told is none. Have the scans read again and tell that result, "
        "or correct the entry that is wrong.",
        "7.1: the result decides between confirmed and excluded", confirmed_against_result, "imaging.communicated",
    ),
    Contradiction(
        "neurology_without_class_a", "Neurological signs are recorded, but the clocks do not run for class A.",
        "NICE NG234: any neurological symptom or sign is class A (1.2)", neurology_without_class_a,
        "case.reclassified", {"class": "A"},
    ),
    Contradiction(
        "scanned_though_declined",
        "The patient declined the scan, and images were acquired later. Say in the plan what the patient agreed to.",
        "refusal with capacity (1.13)", scanned_though_declined, "case.planned",
    ),
    Contradiction(
        "flat_though_stable", "The newest advice says stable, but the patient is still to lie flat.",
        "NICE NG234: keep flat bed rest short (1.4)", flat_though_stable, "position.reviewed", {"position": "mobile"},
    ),
    Contradiction(
        "flat_though_up", "The patient sits up or walks, but the order to lie flat still stands.",
        "NICE NG234: keep flat bed rest short (1.4)", flat_though_up, "position.reviewed", {"position": "mobile"},
    ),
    Contradiction(
        "discharged_on_steroid", "The patient was discharged on dexamethasone, and no end of it is planned.",
        "join rule 7.2: a steroid is stopped, or tapering with a written plan", discharged_on_steroid,
        "steroids.taper_planned",
    ),
    Contradiction(
        "discharged_with_open_clocks", "The patient was discharged, and clocks of the stay still run.",
        "join rules 7.2 and discharge list 7.4", discharged_with_open_clocks, "",
    ),
    Contradiction(
        "irradiated_after_surgery", "Radiotherapy after the operation began without a decision of its own.",
        "7.1: treatment after treatment is another decision", irradiated_after_surgery, "decision.made",
        {"modality": "radiotherapy"},
    ),
    Contradiction(
        "fraction_repeated", "A fraction is recorded twice. Correct one of the two entries.",
        "track 7.2: fraction n of N", fraction_repeated, "event.corrected",
    ),
    Contradiction(
        "fraction_passed_over", "The fractions jump: one in between is not recorded.",
        "track 7.2: fraction n of N", fraction_passed_over, "radiotherapy.fraction",
    ),
    Contradiction(
        "fractions_counted_apart", "The fractions of one course count to different numbers. Correct the wrong one.",
        "track 7.2: fraction n of N", fractions_counted_apart, "event.corrected",
    ),
    Contradiction(
        "fractions_unlike_prescribed", "The fractions count to another number than was prescribed.",
        "track 7.2: fraction n of N", fractions_unlike_prescribed, "radiotherapy.decided",
    ),
    Contradiction(
        "dead_at_follow_up", "A follow-up says that the patient has died, and no death is recorded.",
        "7.1: no follow-up of a person who has died", dead_at_follow_up, "case.died",
    ),
)  # fmt: skip
BY_KEY = {each.key: each for each in ALL}


def contradictions(facts: Sequence[Fact], runs: Iterable[Running], version: Protocol) -> list[str]:
    """The keys of those that stand, in the order of this file; `facts`, at least one, in the order of their time."""
    deadlines = [run for run in runs if run.ended_at is None and version.standards[run.standard].ladder]
    picture = Picture(facts[-1].occurred_at, facts, deadlines)
    return [each.key for each in ALL if each.stands(picture)]
