"""Guards that several steps ask: the spine is stable, the patient has consented."""

from pathway.record.step import Needs, Situation

LAWFUL = ("given", "best_interests", "emergency")
PROCEDURES = ("radiotherapy", "surgery", "systemic", "biopsy")


def stable(now: Situation) -> bool:
    """Whether the newest stability opinion is stable, or an orthosis was fitted since an opinion was given."""
    advice = now.last("stability.advised")
    fitted = now.last("orthosis.fitted")
    return advice is not None and (
        advice.answers.get("opinion") == "stable" or (fitted is not None and fitted.occurred_at >= advice.occurred_at)
    )


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


def consented(procedure: str) -> Needs:
    """Treatment needs consent, a best-interests decision or an emergency on record (1.9); nobody can let it pass."""

    def holds(now: Situation) -> bool:
        newest = now.last("consent.recorded", procedure=procedure)
        return newest is not None and newest.answers.get("basis") in LAWFUL

    return Needs(
        f"No basis of consent for {procedure} is recorded: record consent given, best interests or emergency first.",
        holds,
    )
