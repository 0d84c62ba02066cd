"""The kinds of event, in the order that settles ties between events of one instant."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pathway.protocol.types import EXACT, Fact

KINDS: tuple[str, ...] = tuple(
    """
    case.suspected case.admitted case.reclassified case.deteriorated case.assigned case.confirmed case.impending
    case.metastases_only case.excluded case.planned case.supportive_care case.declined case.transferred case.left
    case.died case.closed case.reopened case.entered_in_error case.merged
    contact.made contact.advised contact.logged referral.received referral.triaged
    position.ordered position.immobilised position.reviewed position.cleared_to_sit position.freed
    stability.advised orthosis.fitted
    imaging.requested imaging.vetted imaging.booked imaging.contraindicated imaging.started imaging.acquired
    imaging.abandoned imaging.shared imaging.communicated imaging.verified imaging.acknowledged
    steroids.indicated steroids.withheld steroids.haematology_advised steroids.started steroids.changed
    steroids.protected steroids.glucose_checked steroids.taper_planned steroids.stopped
    opinion.surgical opinion.oncology decision.made consent.recorded
    biopsy.needed biopsy.arranged biopsy.taken biopsy.resulted
    radiotherapy.decided radiotherapy.planned radiotherapy.fraction radiotherapy.completed radiotherapy.stopped_early
    surgery.decided surgery.listed surgery.started surgery.ended systemic.decided systemic.started bone_agent.given
    transfer.requested transfer.accepted transfer.departed transfer.arrived neuro.examined mobility.assessed
    physiotherapy.assessed occupational_therapy.assessed rehabilitation.stepped rehabilitation.stopped
    physiotherapy.treated physiotherapy.missed readiness.checked
    bladder.scanned bladder.planned bladder.catheterised bladder.catheter_removed bowel.assessed skin.assessed
    vte.assessed vte.dosed vte.not_given pain.scored distress.screened told.patient told.family told.gp
    history.symptoms history.cancer history.examination history.scans history.mri_safety history.blood_thinners
    history.background history.bloods history.wishes history.contacts
    discharge.started discharge.needs_assessed discharge.plan_agreed discharge.discharged followup.recorded
    clock.suspended clock.voided clock.explained event.corrected case.repinned
    """.split()  # noqa: SIM905
)
RANK = {kind: rank for rank, kind in enumerate(KINDS)}
FROZEN_BY = frozenset({"case.died", "case.left", "case.closed"})
VOIDED_BY = frozenset({"case.entered_in_error", "case.merged"})
SETS_CLASS = frozenset({"case.suspected", "case.reclassified", "case.reopened"})
STARTS_ANEW = frozenset({"case.reclassified", "case.reopened"})
NEVER_REOPENED = frozenset({"case.died", "case.entered_in_error", "case.merged"})


def ends_case(fact: Fact) -> str:
    """The outcome that this fact gives to every clock of the case: frozen, void, or '' where the case goes on."""
    if fact.kind in FROZEN_BY:
        return "frozen"
    if fact.kind in VOIDED_BY or (fact.kind == "case.declined" and fact.answers.get("what") == "everything"):
        return "void"
    return ""


def place(fact: Fact) -> tuple[datetime, bool, bool, int, str]:
    """Where a fact stands among others: by when it happened; of one instant by the vocabulary.

    What ends a case comes last of its instant, and after all else what no case is reopened from: who is closed and
    dies in one minute was closed first.
    """
    rank = RANK.get(fact.kind, len(KINDS))
    return fact.occurred_at, bool(ends_case(fact)), fact.kind in NEVER_REOPENED, rank, fact.kind


def precedes(fact: Fact, new: Fact) -> bool:
    """Whether a fact came before a new one, typed in later: of one instant all but what ends the case after it."""
    return fact.occurred_at <= new.occurred_at and not (ends_case(fact) and place(new) < place(fact))


def parted(facts: Iterable[Fact], new: Fact) -> tuple[list[Fact], list[Fact]]:
    """The facts before a new one, and the others: they were typed in first, and happened later."""
    known = list(facts)
    return [each for each in known if precedes(each, new)], [each for each in known if not precedes(each, new)]


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort by when things happened; ties by the vocabulary, with what ends a case last, never by order of typing.

    An override is left out of the tie: whether one was needed depends on what had been typed in by then.
    """
    return sorted(
        facts,
        key=lambda fact: (
            place(fact),
            repr(sorted(pair for pair in fact.answers.items() if pair[0] != "override")),
            repr(fact.width) if fact.width != EXACT else "",
            fact.row,
        ),
    )


def last(facts: Sequence[Fact], *kinds: str, **answers: object) -> Fact | None:
    """The newest fact of these kinds, with these answers, among facts in order."""
    wanted = answers.items()
    return next((fact for fact in reversed(facts) if fact.kind in kinds and wanted <= fact.answers.items()), None)
