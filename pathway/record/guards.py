"""Guards that several steps ask: a scan has answered, the spine is stable, the patient has consented."""

from pathway.protocol.types import Fact
from pathway.record.step import Needs, Situation

LAWFUL = ("given", "best_interests", "emergency")
PROCEDURES = ("radiotherapy", "surgery", "systemic", "biopsy")


def imaged(now: Situation) -> bool:
    """Whether the newest result told is an answer; a verified report counts where no result was told."""
    told = now.last("imaging.communicated")
    return told.answers.get("result") != "non_diagnostic" if told else now.had("imaging.verified")


def stable(now: Situation) -> bool:
    """Whether the newest stability opinion is stable, or the spine was braced or fixed since it was given (7.2)."""
    advice = now.last("stability.advised")
    since = [fact for fact in (now.last("orthosis.fitted"), fixed(now)) if fact]
    return advice is not None and (
        advice.answers.get("opinion") == "stable" or any(fact.occurred_at >= advice.occurred_at for fact in since)
    )


def fixed(now: Situation) -> Fact | None:
    """The end of an operation that stabilised the spine."""
    decided = now.last("surgery.decided")
    if decided is None:
        return None
    stabilises = decided.answers.get("procedure") == "debulking_stabilisation"
    implanted = {"rods", "screws"} & set(decided.answers.get("implants", ()))
    return now.last("surgery.ended") if stabilises or implanted else None


def why_not_stable(now: Situation) -> str:
    """What stands against getting up."""
    advice = now.last("stability.advised")
    if advice is None:
        return "No advice on stability has been recorded. Record it, or name the senior who accepts the risk, and why."
    return (
        f"The newest opinion on stability is “{advice.answers.get('opinion')}”, and no orthosis was fitted since. "
        "Name the senior who accepts the risk, and why."
    )


STABLE = Needs(why_not_stable, stable, senior=True)


FOUND = Needs(
    "No compression is confirmed, nor impending compression or metastases recorded. Record it, or name the consultant "
    "who treats on clinical grounds, and why.",
    lambda now: now.had("case.confirmed", "case.impending", "case.metastases_only"),
    senior=True,
)


def consented(procedure: str, begun: str = "") -> Needs:
    """Treatment needs consent, a best-interests decision or an emergency on record (1.9); nobody can let it pass.

    In the state `begun` the question was answered when the treatment began.
    """

    def holds(now: Situation) -> bool:
        newest = now.last("consent.recorded", procedure=procedure)
        return now.state == begun or (newest is not None and newest.answers.get("basis") in LAWFUL)

    return Needs(
        f"No basis of consent for {procedure} is recorded: record consent given, best interests or emergency first.",
        holds,
    )
